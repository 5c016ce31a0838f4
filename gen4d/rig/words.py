"""What the words of a caption say about the body plan."""

import re

# Only words that settle the matter. Within a phrase the last one wins: English puts the head noun last.
BIPED_WORDS = """
    acrobat adult adventurer alien amazon android angel ape archer assassin astronaut athlete avatar baby baker
    ballerina bandit barbarian bard beggar berserker bigfoot bishop bot boxer boy bride bully butcher butler captain
    champion character cheerleader chef child chimpanzee citizen civilian cleric clown commander commando cop cowboy
    cyborg cyclops dad dancer demon detective devil diver doctor droid druid duchess duke dummy dwarf elder elf
    emperor empress engineer explorer fairy farmer fighter figure firefighter fireman gangster gentleman
    ghoul giant girl gladiator gnome goblin golem golfer gorilla grandma grandpa guard guitarist gunner guy healer
    hero heroine hoplite human humanoid hunter imp infantry janitor javelineer jester kid king knight kobold lady
    lich lord mage maid man mannequin mascot mech mecha men merchant miner minotaur mom monk monkey mummy musician
    mutant ninja nomad npc nun nurse officer ogre orc paladin peasant people person pharaoh pilot pirate
    player policeman priest priestess prince princess prisoner punk queen ranger referee robot rogue runner sailor
    samurai santa satyr scarecrow scientist sculptor sergeant servant settler shaman sheriff shopkeeper singer
    skater skeleton skier slinger sniper soldier sorcerer sorceress student sultan superhero surfer survivor swat
    swimmer tailor teacher teddy teen teenager thief titan toddler trader troll trooper vampire viking villager
    villain waiter waitress warlock warrior werewolf witch wizard woman women worker wraith wrestler yeti zombie
"""
QUADRUPED_WORDS = """
    aardvark alligator alpaca anteater antelope apatosaurus armadillo badger beagle bear beaver bison bloodhound
    boar bobcat brontosaurus buffalo bull bulldog bunny calf camel capybara caribou cat cattle chameleon cheetah
    chihuahua chinchilla collie corgi cougar cow coyote crocodile dachshund dalmatian deer dingo dinosaur doe dog
    donkey elephant elk ewe fawn ferret foal fox frog gazelle gecko giraffe goat greyhound guanaco hamster hare
    hedgehog heifer hippo hippopotamus hog horse hound husky hyena ibex iguana jackal jaguar kitten koala labrador
    lamb leopard lion lioness lizard llama lynx mammoth mastiff meerkat mole mongoose moose mouse mule
    muskox mustang ocelot okapi opossum otter ox oxen panda pangolin panther pig piglet pony poodle possum pug puma
    puppy rabbit raccoon ram rat reindeer retriever rhino rhinoceros salamander saurus sheep shepherd shrew
    skunk sloth sow spaniel squirrel stag stallion stegosaurus tapir terrier tiger tigress toad tortoise triceratops
    turtle unicorn vixen vole warthog weasel wildebeest wolf wolfhound wolverine wombat yak zebra zebu
"""
PROP_WORDS = """
    airplane apple armchair axe backpack bag ball banana barrel basket bathtub bed bell bench boat book
    bookshelf bottle bow bowl box bridge broom bucket building cabinet cake candle candlestick cannon carrot
    castle chair chandelier chest clock cloud coin computer couch crate crown crystal cup cupboard cushion desk
    door drawer dress dresser drum fence flag fork fountain fridge furniture gem gift glass guitar gun hammer
    hat helicopter helmet house jar jet jug kettle key keyboard kite knife ladder lamp lantern laptop lever
    lighthouse locker log machine mailbox mirror mug mushroom nightstand oven piano picture pillow pistol plane
    planet plate pot potion pumpkin pyramid racket rifle ring rock rocket sandwich scissors shelf shield ship
    shoe sign sled sofa spaceship spear spoon staff stair stairs star statue stone stool stove submarine sword
    table teapot telescope tent throne toilet tower toy trunk tv ufo umbrella vase violin wall wardrobe watch
    watermelon wheel windmill window yacht
"""
CARRIED_WORDS = {"axe", "backpack", "bow", "gun", "hammer", "pistol", "rifle", "shield", "spear", "staff", "sword"}
BIRD_WORDS = """
    albatross allosaurus bird blackbird budgie buzzard canary carnotaurus cassowary ceratosaurus chick chicken
    cockatoo cockerel compsognathus condor cormorant crane crow cuckoo dilophosaurus dodo dove duck duckling eagle
    emu falcon finch flamingo gallimimus goose griffin grouse gull hawk hen heron hummingbird ibis jay kestrel
    kingfisher kiwi lark macaw magpie moa nightingale osprey ostrich owl pachycephalosaurus parakeet parrot
    partridge peacock peahen pelican penguin pheasant phoenix pigeon pteranodon pterodactyl puffin quail raptor
    raven rhea robin rooster seagull songbird sparrow spinosaurus starling stork swallow swan thrush toucan trex
    turkey tyrannosaurus velociraptor vulture woodpecker wren
"""
FISH_WORDS = """
    angelfish anglerfish barracuda betta cardinal blobfish butterflyfish catfish clownfish cod dolphin fish goldfish
    grouper guppy halibut herring humphead idol koi lionfish mackerel manta narwhal orca perch pike piranha
    plaice puffer pufferfish ray salmon sardine seahorse shark snapper stingray sunfish swordfish tang tetra
    trout tuna turbot whale
"""
SNAKE_WORDS = """
    anaconda boa caterpillar cobra earthworm eel maggot mamba python rattlesnake serpent slug snake viper worm
"""
INSECT_WORDS = """
    ant bee beetle bug bumblebee butterfly cicada cockroach cricket dragonfly firefly fly grasshopper hornet
    insect ladybird ladybug locust mantis mosquito moth termite wasp
"""
SPIDER_WORDS = """
    crab lobster octopus scorpion spider tarantula tick
"""
VEHICLE_WORDS = """
    ambulance atv automobile bicycle bike bulldozer bus buggy cab car carriage cart caravan convertible
    excavator forklift hatchback jeep limousine lorry minibus minivan moped motorbike motorcycle pickup rover
    scooter sedan skateboard suv tank taxi tractor trailer train tram tricycle trolley truck van wagon
    wheelbarrow
"""
PLANT_WORDS = """
    bamboo birch bonsai bush cactus clover corn daisy fern flower grass herb ivy lily maple oak orchid palm pine
    plant poppy reed rose sapling seaweed shrub spruce sunflower tree tulip weed wheat willow
"""
COMPOUND_ENDS = (
    "fish",
    "shark",
    "bird",
    "snake",
    "spider",
    "beetle",
    "tree",
    "truck",
    "bike",
    "saurus",
    "dog",
    "horse",
)
NO_COMPOUNDS = ("starfish", "jellyfish", "crayfish", "hotdog", "seahorse")
PERSON_ENDS = ("man", "men", "woman", "women", "boy", "girl", "smith", "wright")  # swordsman, policewoman, cowboy
NO_PERSONS = (
    "snowman", "german", "roman", "norman", "ottoman", "talisman", "caiman", "cayman", "walkman", "specimen", "dolmen",
    "stamen",
)  # fmt: skip
DIGITS = {"two": "2", "four": "4", "six": "6", "eight": "8"}
PLAN_OF_LEGS = {"2": "biped", "4": "quadruped", "6": "insect", "8": "spider"}
PHRASES = {  # pairs whose last word alone would mislead
    "teddy bear": "biped",
    "polar bear": "quadruped",
    "t rex": "bird",
    "sea horse": "fish",
    "rubber duck": "prop",
    "paper plane": "prop",
    "flower pot": "prop",
    "bird house": "prop",
    "fish tank": "prop",
    "water tank": "prop",
    "gas tank": "prop",
    "christmas tree": "plant",
    "toy car": "vehicle",
    "shopping cart": "vehicle",
    "house plant": "plant",
    "guinea pig": "quadruped",
    "rocking horse": "prop",
    "hot dog": "prop",
    "piggy bank": "prop",
    "chess knight": "prop",
    "chess king": "prop",
    "chess queen": "prop",
}
WORDS = {
    plan: frozenset(words.split())
    for plan, words in (
        ("biped", BIPED_WORDS),
        ("quadruped", QUADRUPED_WORDS),
        ("bird", BIRD_WORDS),
        ("fish", FISH_WORDS),
        ("snake", SNAKE_WORDS),
        ("insect", INSECT_WORDS),
        ("spider", SPIDER_WORDS),
        ("vehicle", VEHICLE_WORDS),
        ("plant", PLANT_WORDS),
        ("prop", PROP_WORDS),
    )
}


def plan_from_words(text: str) -> tuple[str, str] | None:
    """The body plan a caption names.

    Returns:
        (plan, word), or None when no known word occurs.
    """
    named = plans_from_words(text)
    return named[0] if named else None


def plans_from_words(text: str) -> tuple[tuple[str, str], ...]:
    """Every body plan the subject of a caption is called by: two for "astronaut frog" or "wolf knight".

    The head noun decides: the part before "with", "on", "in", "of", "and" or a comma is read first, from its end. Only
    the first part that holds a known word speaks of the subject.

    Returns:
        (plan, word) of each plan once, the head noun's first.
    """
    text = re.sub(r"(?<=[a-z])(?=[A-Z])|[_-]", " ", text).lower()  # file names: BlueTang, street_lamp
    text = re.sub(r"\b(two|four|six|eight)(?= ?leg)", lambda found: DIGITS[found[1]], text)
    for phrase, plan in PHRASES.items():
        if re.search(rf"\b{phrase}\b", text):
            return ((plan, phrase),)
    phrases = re.split(r"\b(?:with|on|in|at|of|and|riding|holding|wearing|who|that)\b|,", text)
    for phrase in phrases:
        named: dict[str, str] = {}
        for word in reversed(re.findall(r"[a-z]+|\d ?legs?(?:ged)?\b", phrase)):
            if (count := re.fullmatch(r"(\d) ?leg.*", word)) and count[1] in PLAN_OF_LEGS:
                named.setdefault(PLAN_OF_LEGS[count[1]], word)
            for plan, words in WORDS.items():
                if word in words or _singular(word) in words or _kind(word) in words:
                    named.setdefault(plan, word)
        if named:
            return tuple(named.items())
    return ()


def _kind(word: str) -> str:
    """The second half of a compound such as "cardinalfish" or "swordsman"; the word itself where there is none."""
    if word not in NO_PERSONS and any(word.endswith(end) and len(word) > len(end) + 2 for end in PERSON_ENDS):
        return "person"
    if any(word in words for words in WORDS.values()):
        return word
    return next((end for end in COMPOUND_ENDS if word.endswith(end) and word not in NO_COMPOUNDS), word)


def _singular(word: str) -> str:
    """Strip the commonest English plural endings."""
    for ending, replacement in (("ies", "y"), ("ves", "f"), ("ves", "fe"), ("es", ""), ("s", "")):
        if word.endswith(ending) and len(word) > len(ending) + 1 and not word.endswith("ss"):
            candidate = word[: -len(ending)] + replacement
            if any(candidate in words for words in WORDS.values()):
                return candidate
    return word
