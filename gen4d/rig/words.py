"""What the words of a caption say about the body plan."""

import re

# Only words that settle the matter. Within a phrase the last one wins: English puts the head noun last.
BIPED_WORDS = """
    adventurer alien android angel ape archer astronaut athlete avatar baby ballerina barbarian boxer boy character
    chef child
    chimpanzee clown cowboy cyborg dancer demon doctor dwarf elf fairy farmer fighter figure firefighter fireman
    gentleman girl gnome goblin golem gorilla guy hero human humanoid hunter king knight lady mage maid man
    mannequin mech mecha men minotaur monk monkey mummy ninja npc nurse ogre orc paladin people person pirate player
    policeman priest prince princess punk queen ranger robot rogue runner samurai santa scarecrow sheriff skeleton
    soldier student superhero swat teacher teddy thief troll vampire viking villager warrior werewolf witch wizard woman
    women worker wrestler yeti zombie
"""
QUADRUPED_WORDS = """
    alligator alpaca saurus antelope apatosaurus armadillo badger bear beaver bison boar brontosaurus buffalo bull
    bulldog bunny calf camel cat cattle cheetah corgi cow coyote crocodile dachshund deer dinosaur dog donkey
    elephant elk ferret foal fox frog gazelle gecko giraffe goat hamster hedgehog hippo hippopotamus horse hound
    husky hyena iguana jaguar kitten labrador lamb leopard lion lizard llama lynx mammoth moose mouse mule
    mustang otter ox panda panther pig piglet pony poodle puppy rabbit raccoon ram rat reindeer rhino rhinoceros
    salamander sheep shepherd skunk sloth squirrel stag stallion stegosaurus terrier tiger toad tortoise
    triceratops turtle unicorn weasel wolf zebra
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
BIRD_WORDS = """
    albatross bird blackbird budgie canary chick chicken cockatoo crane crow dodo dove duck duckling eagle emu
    falcon finch flamingo goose griffin gull hawk hen heron hummingbird kiwi macaw magpie ostrich owl parakeet
    parrot peacock pelican penguin phoenix pigeon puffin quail raptor raven robin rooster seagull sparrow stork
    swallow swan toucan trex turkey tyrannosaurus velociraptor vulture woodpecker wren
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
NO_COMPOUNDS = ("starfish", "jellyfish", "crayfish", "hotdog", "seahorse", "tyrannosaurus")
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
    for phrase, plan in PHRASES.items():
        if re.search(rf"\b{phrase}\b", text):
            return ((plan, phrase),)
    phrases = re.split(r"\b(?:with|on|in|at|of|and|riding|holding|wearing|who|that)\b|,", text)
    for phrase in phrases:
        named: dict[str, str] = {}
        for word in reversed(re.findall(r"[a-z]+", phrase)):
            for plan, words in WORDS.items():
                if word in words or _singular(word) in words or _kind(word) in words:
                    named.setdefault(plan, word)
        if named:
            return tuple(named.items())
    return ()


def _kind(word: str) -> str:
    """The second half of a compound such as "cardinalfish"; the word itself where there is none."""
    return next((end for end in COMPOUND_ENDS if word.endswith(end) and word not in NO_COMPOUNDS), word)


def _singular(word: str) -> str:
    """Strip the commonest English plural endings."""
    for ending, replacement in (("ies", "y"), ("ves", "f"), ("ves", "fe"), ("es", ""), ("s", "")):
        if word.endswith(ending) and len(word) > len(ending) + 1 and not word.endswith("ss"):
            candidate = word[: -len(ending)] + replacement
            if any(candidate in words for words in WORDS.values()):
                return candidate
    return word
