"""What the words of a caption say about the body plan."""

import re

# Only words that settle the matter. Within a phrase the last one wins: English puts the head noun last.
BIPED_WORDS = """
    adventurer alien android angel ape archer astronaut athlete baby ballerina barbarian boxer boy chef child
    chimpanzee clown cowboy cyborg dancer demon doctor dwarf elf fairy farmer fighter figure firefighter
    fireman gentleman girl gnome goblin golem gorilla guy hero human humanoid hunter king knight lady mage
    maid man mannequin men minotaur monk monkey mummy ninja nurse ogre orc paladin penguin people person
    pirate policeman priest prince princess punk queen ranger robot rogue runner samurai santa scarecrow
    sheriff skeleton soldier student superhero swat teacher teddy thief troll vampire viking villager warrior
    werewolf witch wizard woman women worker wrestler yeti zombie
"""
QUADRUPED_WORDS = """
    alligator alpaca antelope apatosaurus armadillo badger bear beaver bison boar brontosaurus buffalo bull
    bulldog bunny calf camel cat cattle cheetah corgi cow coyote crocodile dachshund deer dinosaur dog donkey
    elephant elk ferret foal fox frog gazelle gecko giraffe goat hamster hedgehog hippo hippopotamus horse
    hound husky hyena iguana jaguar kitten labrador lamb leopard lion lizard llama lynx mammoth moose mouse
    mule mustang otter ox panda panther pig piglet pony poodle puppy rabbit raccoon ram rat reindeer rhino
    rhinoceros salamander sheep shepherd skunk sloth squirrel stag stallion stegosaurus terrier tiger toad
    tortoise triceratops turtle unicorn weasel wolf zebra
"""
PROP_WORDS = """
    airplane apple armchair axe backpack bag ball banana barrel basket bathtub bed bell bench bicycle bike
    boat book bookshelf bottle bow bowl box bridge broom bucket building bus bush cabinet cactus cake candle
    candlestick cannon car carrot cart castle chair chandelier chest clock cloud coin computer couch crate
    crown crystal cup cupboard cushion desk door drawer dress dresser drum fence flag flower fork fountain
    fridge furniture gem gift glass guitar gun hammer hat helicopter helmet house jar jet jug kettle key
    keyboard kite knife ladder lamp lantern laptop lever lighthouse locker log machine mailbox mirror
    motorcycle mug mushroom nightstand oven piano picture pillow pistol plane planet plant plate pot potion
    pumpkin pyramid racket rifle ring rock rocket sandwich scissors shelf shield ship shoe sign skateboard
    sled sofa spaceship spear spoon staff stair stairs star statue stone stool stove submarine sword table
    tank teapot telescope tent throne toilet tower toy train tree truck trunk tv ufo umbrella van vase violin
    wagon wall wardrobe watch watermelon wheel windmill window yacht
"""
PHRASES = {  # pairs whose last word alone would mislead
    "teddy bear": "biped",
    "polar bear": "quadruped",
    "guinea pig": "quadruped",
    "rocking horse": "prop",
    "hot dog": "prop",
    "piggy bank": "prop",
    "rubber duck": "prop",
    "chess knight": "prop",
    "chess king": "prop",
    "chess queen": "prop",
}
WORDS = {
    plan: frozenset(words.split())
    for plan, words in (("biped", BIPED_WORDS), ("quadruped", QUADRUPED_WORDS), ("prop", PROP_WORDS))
}


def plan_from_words(text: str) -> tuple[str, str] | None:
    """The body plan a caption names.

    The head noun decides: the part before "with", "on", "in", "of", "and" or a comma is read first, from its end.

    Returns:
        (plan, word), or None when no known word occurs.
    """
    for phrase, plan in PHRASES.items():
        if phrase in text.lower():
            return plan, phrase
    phrases = re.split(r"\b(?:with|on|in|at|of|and|riding|holding|wearing|who|that)\b|,", text.lower())
    for phrase in phrases:
        for word in reversed(re.findall(r"[a-z]+", phrase)):
            for plan, words in WORDS.items():
                if word in words or _singular(word) in words:
                    return plan, word
    return None


def _singular(word: str) -> str:
    """Strip the commonest English plural endings."""
    for ending, replacement in (("ies", "y"), ("ves", "f"), ("ves", "fe"), ("es", ""), ("s", "")):
        if word.endswith(ending) and len(word) > len(ending) + 1 and not word.endswith("ss"):
            candidate = word[: -len(ending)] + replacement
            if any(candidate in words for words in WORDS.values()):
                return candidate
    return word
