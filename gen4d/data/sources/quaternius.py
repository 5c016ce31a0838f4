"""Quaternius low-poly packs (CC0): `FOLDER/PACK/NAME.glb`, the pack and file names are the labels."""

import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from gen4d.data.articles import COUNT_WORDS, with_article
from gen4d.data.gltf_scene import GlbScene
from gen4d.data.objects import SourceObject, canonical
from gen4d.data.records import Rejection, unreadable
from gen4d.errors import InputError

# Pieces of level kits and gun bodies that no one would ask for by name.
SKIPPED_PACKS = ("modular_sci_fi_guns_pack/Body_", "modular_sci_fi_guns_pack/Barrel_", "street_pack/Street")
SKIPPED_NAMES = re.compile(
    r"Platform|Cube_|Connector|_Corner|_Straight|_Square|Path_|Smoke|Cable|Lure|_Side(_|$)|Ramp|Hook|Tile|Modular|Rail",
)
NOISE = re.compile(
    r"\b(lvl ?\d*|level ?\d*|mat|transformed|first ?age|second ?age|\d+|anim(ated)?|character|humanoid rig|"
    r"crop|resource|\w+ the)\b",  # the last is a proper name: "fernando the flamingo mech"
)
PACK_CATEGORY = {
    "animals_pack": "animal", "dinosaurs_pack": "dinosaur", "easy_enemies_pack": "monster", "fish_pack": "fish",
    "cute_fish_pack": "fish", "crops_pack": "plant", "nature_pack": "plant", "simple_nature_pack": "plant",
    "modular_men": "man", "modular_women": "woman", "mech_pack": "mech robot", "tank_pack": "tank",
    "ships_pack": "ship", "spaceships_pack": "spaceship", "house_interior_pack": "furniture",
    "medieval_weapons_pack": "weapon", "rpg_items_pack": "item", "survival_pack": "item",
    "modular_sci_fi_guns_pack": "sci-fi gun", "buildings_pack_2": "building", "buildings_pack_3": "building",
    "real_time_strategy_pack": "building", "medieval_village_pack": "medieval", "street_pack": "street",
    "cyberpunk_pack": "cyberpunk", "platformer_pack": "game", "platformer_game_pack": "game",
    "ultimate_space_pack": "space", "single_knight_pack": "knight",
}  # fmt: skip
# Words a file name hides, by its stem in lower case with spaces.
RENAMED = {
    "trex": "t-rex", "birchtree": "birch tree", "commontree": "tree", "pinetree": "pine tree", "palmtree": "palm tree",
    "rockmoss": "mossy rock", "treestump": "tree stump", "woodlog": "wood log", "boatwsail": "sailboat",
    "knightcharacter": "knight", "firstaidkit": "first aid kit", "bushberries": "berry bush", "ac": "air conditioner",
    "ar": "assault rifle", "smg": "submachine gun", "couch": "couch", "trafficlight": "traffic light",
    "streetlight": "street light", "chickenleg": "chicken leg", "cardinalfish": "cardinal fish",
    "blacklionfish": "lionfish", "bluetang": "blue tang fish", "washingmachine": "washing machine",
    "toiletpaper": "toilet paper", "willow": "willow tree", "mill": "windmill", "propanetank": "propane tank",
    "gascan": "gas can", "flaregun": "flare gun", "beartrap": "bear trap", "geodesicdome": "geodesic dome",
}  # fmt: skip
SPELLED_OUT = {
    "ar": "assault rifle", "smg": "submachine gun", "sci fi": "sci-fi", "vent [lr]": "vent", "l": "l-shaped",
    "two legs": "two-legged", "one drawers": "drawer", "no rope": "",
}  # fmt: skip
ROOMS = ("bathroom", "kitchen", "pickup", "collectible", "prop")
PERSON_PACKS = {"modular_men": "man", "modular_women": "woman"}


def iterate(folder: Path, skip: Callable[[str], bool] = lambda _: False) -> Iterator[SourceObject | Rejection]:
    """Yield every object of the unpacked packs whose id is not skipped, facing +Z, in order of their names.

    In place of an unreadable file its rejection is yielded.

    Raises:
        InputError: the folder holds no packs.
    """
    if not any(folder.glob("*/*.glb")):
        raise InputError(f"{folder.name}: it holds no Quaternius packs, folders of .glb files named as the packs.")
    for path in sorted(folder.glob("*/*.glb")):
        pack, name = path.parent.name, path.stem
        if f"{pack}/{name}".startswith(SKIPPED_PACKS) or SKIPPED_NAMES.search(name):
            continue
        if skip(f"quaternius/{pack}/{name}"):
            continue
        try:
            obj = load(path)
            rotation = front_rotation(obj)
            yield obj if rotation is None else canonical(obj, rotation)
        except (InputError, LookupError, ValueError, TypeError, AttributeError, OSError, struct.error) as error:
            yield unreadable(f"quaternius/{pack}/{name}", error)  # the JSON of a GLB may hold anything


def load(path: Path) -> SourceObject:
    """Read one file of a pack."""
    pack, name = path.parent.name, path.stem
    words = label(name)
    category = PACK_CATEGORY.get(pack, "")
    if person := PERSON_PACKS.get(pack):
        captions = (
            f"a {person} in {words} clothes",
            f"{with_article(words)} {person}",
            f"a {person}",
            f"a person in {words} clothes",
        )
    elif pack == "spaceships_pack":
        captions = ("a spaceship", f"a spaceship called {words}", "a sci-fi spaceship")
    elif pack == "mech_pack":
        captions = ("a mech robot", "a giant robot", f"a mech called {words}")
    elif pack == "tank_pack":
        captions = ("a tank", "an army tank", "a military tank with a cannon")
    elif pack in ("fish_pack", "cute_fish_pack") and "fish" not in words:
        captions = (with_article(words), f"{with_article(words)} fish")
    else:
        captions = (with_article(words), f"{with_article(words)}, {category}")
    scene = GlbScene(path)
    soup = scene.soup()
    if pack in DARK_PACKS:
        soup["corner_colors"] = np.sqrt(soup["corner_colors"])
    return SourceObject(
        id=f"quaternius/{pack}/{name}",
        source="quaternius",
        licence="CC0-1.0",
        author="Quaternius",
        captions=captions,
        category=category,
        plan="",
        variant_of=f"quaternius/{pack}/{re.sub(r'[_ ]?[0-9]+$', '', name)}",
        rigged=scene.rigged,
        **soup,
    )


def label(name: str) -> str:
    """Turn a file name such as `BirchTree_Snow_2` into words, "snow birch tree"."""
    parts = [p for p in re.split(r"[-_]", name) if p]
    first = re.sub(r"\d+$", "", parts[0]).lower()
    head, rest = RENAMED.get(first, _split_words(parts[0])), " ".join(_split_words(p) for p in parts[1:])
    if first in ROOMS:
        words = RENAMED.get(re.sub(r"[\d ]", "", rest), rest)  # the room says nothing a user would type
    elif len(parts) > 1:
        words = f"{rest} {head}"
    else:
        words = head
    if story := re.search(r"(\d) ?story", words):
        look = re.match(r"(wide|slim|small|double) ", words)
        roof = re.search(r"(gable|round) roof", words)
        count = COUNT_WORDS[int(story[1])]
        return f"{look[0] if look else ''}{count}-story building{f' with a {roof[0]}' if roof else ''}"
    words = NOISE.sub(" ", re.sub(r"(?<=[a-z])\d+\b", "", words))
    words = re.sub(r"\b[1-9](?=[a-z])", lambda count: f"{COUNT_WORDS[int(count[0])]} ", words)  # "2legs"
    for short, meant in SPELLED_OUT.items():
        words = re.sub(rf"\b{short}\b", meant, words)
    return " ".join(words.split()) or _split_words(parts[0])


def _split_words(name: str) -> str:
    """`TrafficLight2` -> "traffic light2"."""
    return re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower()


def front_rotation(obj: SourceObject) -> np.ndarray | None:
    """Rotation that makes the object face +Z, None where it does already; the reasons stand in `FRONTS`."""
    pack, name = obj.id.split("/")[1:]
    for prefix, degrees in FRONTS:
        if f"{pack}/{name}".startswith(prefix):
            a = np.deg2rad(degrees)
            return np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    return None


# Yaw in degrees, counter-clockwise seen from above, checked by eye on the contact sheet.
FRONTS: tuple[tuple[str, float], ...] = (
    ("tank_pack/", 90.0),  # guns point to -X
    ("platformer_game_pack/Cannon", 90.0),  # the muzzle points to -X
)
# Packs whose colours were stored twice as dark as drawn: their factors are already sRGB and need one more encoding.
DARK_PACKS = ("dinosaurs_pack", "house_interior_pack")
