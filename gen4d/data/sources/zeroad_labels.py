"""Words for 0 A.D. templates: what people would type for a unit, a building, an animal, a tree or a thing.

A unit's weapons, shield, helmet and mount are read from the meshes it is really made of, so that a caption says only
what can be seen.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gen4d.data.articles import with_article
from gen4d.data.sources.zeroad_words import (
    ANIMALS,
    BUILDINGS,
    ENGINES,
    KNOWN_UNITS,
    MOUNTLESS_PLANS,
    PEOPLE,
    QUEENS,
    ROOFED,
    ROOFS,
    SHIPS,
    SOLDIERS,
    SUPPORT,
    THINGS,
    WEAPONS,
)

SKIPPED = re.compile(
    r"field$|rice_paddy|wall_(long|medium|short)|palisades_(curve|end|long|medium|short|straight|angle)|siege_wall_(long|"
    r"medium|short)|walls?et|rubble|foundation|pig_flaming|(^|/)army_|^special/|_300$|gaia/fish/|formation",
)
HELD_OUT = re.compile(r"tiger|giraffe|camel|crocodile|peacock")


@dataclass(frozen=True)
class Template:
    """What the game says of one entity: its path, its actor, and its English name in lower case."""

    name: str
    actor: str
    generic: str
    specific: str
    civ: str


@dataclass(frozen=True)
class Label:
    """Words of one object."""

    captions: tuple[str, ...]
    category: str
    plan: str


def is_held_out(paths: Iterable[str]) -> bool:
    """True for what is kept for evaluation: a template, actor or mesh of one of five animals."""
    return any(HELD_OUT.search(path.lower()) for path in paths)


def label(template: Template, parts: list[str]) -> Label | None:
    """Words for a template made of the actors `parts`; None for what nobody would ask for."""
    if SKIPPED.search(template.name):
        return None
    folder, _, rest = template.name.partition("/")
    makers: dict[str, Callable[[Template, str, list[str]], Label | None]] = {
        "gaia": _nature, "units": _unit, "structures": _building, "campaigns": _building,
    }  # fmt: skip
    return makers[folder](template, rest, parts) if folder in makers else None


def _captions(*phrases: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(with_article(phrase) for phrase in phrases if phrase))


def _nature(template: Template, rest: str, parts: list[str]) -> Label | None:
    kind = rest.split("/", maxsplit=1)[0]
    if kind.startswith("fauna"):
        return _animal(template.generic)
    if rest in THINGS:
        category = {"treasure": "thing", "ruins": "monument"}.get(kind, "plant")
        return Label(_captions(*THINGS[rest]), category, "prop" if category in ("thing", "monument") else "")
    if kind == "fruit":
        return Label(_captions("berry bush", "bush with berries"), "plant", "plant")
    if kind == "tree":
        return _tree(rest.split("/")[1], template.specific)
    if kind in ("ore", "rock"):
        cut = rest.endswith("_cut")
        words = ("stone block", "cut stone block") if cut else ("rock", "large rock", "boulder")
        if kind == "ore":
            words = ("rock", "rock with metal ore", "ore vein")
        if rest.startswith(("ore/polar", "rock/polar")):
            words = ("snowy rock", *words)
        return Label(_captions(*words), "rock", "prop")
    return None


def _animal(generic: str) -> Label:
    words = ANIMALS.get(generic, (generic.rsplit(maxsplit=1)[-1], generic))
    plan = next((plan for plan, nouns in MOUNTLESS_PLANS.items() if words[0] in nouns), "quadruped")
    return Label(_captions(*words), "animal", plan)


def _tree(stem: str, specific: str) -> Label:
    if stem.startswith("bush"):
        season = "in autumn" if "autumn" in stem else "in winter" if "winter" in stem else ""
        return Label(_captions("bush", "shrub", f"bush {season}"), "plant", "plant")
    species = specific.removesuffix(" blossom") or stem.replace("_", " ")
    noun = species if re.search("palm|tree|sapling|bamboo|fig", species) else f"{species} tree"
    if "dead" in stem:
        words = ("dead tree", f"dead {noun}", "tree without leaves")
    elif re.search(r"_aut|autumn", stem):
        words = ("autumn tree", f"{noun} in autumn")
    elif re.search(r"winter|_w$", stem):
        words = ("tree in winter", f"{noun} in winter", f"snowy {noun}")
    elif "sapling" in stem:
        words = ("young tree", noun)
    else:
        words = ("palm tree" if "palm" in noun else "bamboo" if "bamboo" in noun else "tree", noun)
    return Label(_captions(*words), "tree", "plant")


def _building(template: Template, rest: str, parts: list[str]) -> Label | None:
    style = PEOPLE.get(template.civ, ("", ""))[1]
    words = BUILDINGS.get(template.generic, (template.generic,))
    if not words[0] or words[0] in ("unit", "structure"):
        return None
    simple = template.generic in ("bench", "table", "column", "fence", "stone fence", "tent", "stone wall", "palisade")
    if simple:
        kind = {"column": "stone column", "fence": "wooden fence"}.get(template.generic, template.generic)
        return Label(_captions(words[0], kind), "thing", "prop")
    styled = [f"{style} {word}" for word in words if style and style not in word]
    if template.civ in ROOFS and template.generic in ROOFED:
        styled.append(f"{words[0]} with a {ROOFS[template.civ]} roof")
    ancient = [] if "ancient" in words[0] or (style and style in words[0]) else [f"ancient {style} {words[0]}"]
    return Label(_captions(words[0], *styled, *words[1:], *ancient), "building", "prop")


def _unit(template: Template, rest: str, parts: list[str]) -> Label | None:
    people = PEOPLE.get(template.civ, ("ancient", ""))[0]
    role = rest.rsplit("/", maxsplit=1)[-1]
    fill = {"people": "" if people == "ancient" else people}
    if role == "plane":
        return Label(_captions("airplane", "fighter plane", "plane with a propeller"), "vehicle", "vehicle")
    if role.startswith("ship_") or "juggernaut" in role:
        words = SHIPS.get(role.split("_")[1], SHIPS["quinquereme"])
        return Label(_captions(*(word.format(**fill) for word in words)), "ship", "vehicle")
    if role.startswith("siege_") and "fireraiser" not in role:
        words = next((words for pattern, words in ENGINES if re.search(pattern, role[6:])), None)
        return None if words is None else Label(_captions(*words), "siege engine", "vehicle")
    if role == "catafalque":
        return Label(_captions("decorated cart", "funeral carriage", "ancient cart"), "vehicle", "vehicle")
    if "dog" in role:
        return Label(_captions("dog", "war dog", "dog with armor"), "animal", "quadruped")
    if mount := _mount(parts):
        return Label(_captions(*_rider(mount, people, role, parts)), "rider", "")
    if role.startswith("support_") or role == "slave":
        kind = next((k for k in SUPPORT if k in role), None)
        if kind is None:
            return None
        known = [k for k in KNOWN_UNITS if k in template.generic]
        return Label(
            _captions(*known, *(w.format(**fill) for w in SUPPORT[kind]), "person in old clothes"), "person", "biped"
        )
    return Label(_captions(*_soldier(template, people, role, parts)), "soldier", "biped")


def _soldier(template: Template, people: str, role: str, parts: list[str]) -> list[str]:
    arms = _arms(parts)
    fighter = next((word for key, word in SOLDIERS.items() if key in role), "soldier")
    known = [k for k in KNOWN_UNITS if k in template.generic]
    woman = role.startswith(QUEENS) or "maiden" in role
    noun = "female warrior" if woman else "soldier"
    words = [f"{people} {noun}"]
    words += [f"{people} queen", "queen with a sword"] if role.startswith(QUEENS) and "sword" in arms else []
    words += [f"{people} general"] if role.startswith("hero_") and not woman else []
    words += known + [f"{people} {k}" for k in known if k not in people]
    words.append(f"{people} {fighter}")
    if arms:
        words.append(f"{people} {noun} with {_listed(arms)}")
        words.append(f"ancient warrior with {_listed(arms[:1])}")
    if any("helmet" in part for part in parts):
        words.append(f"{noun} in a helmet")
    return words


def _rider(mount: str, people: str, role: str, parts: list[str]) -> list[str]:
    arms = _arms(parts)
    if mount == "chariot":
        return ["chariot", f"{people} chariot", "war chariot pulled by horses"]
    if mount == "elephant":
        if "support" in role:
            return ["elephant", "working elephant", "elephant with a rider"]
        return ["war elephant", f"{people} war elephant", "elephant with soldiers on its back"]
    words = [f"{people} horseman", "soldier on a horse", f"{people} soldier riding a horse"]
    if mount == "donkey":
        return ["trader with a donkey", "donkey with packs", f"{people} trader with a donkey"]
    if arms:
        words.append(f"{people} horseman with {_listed(arms)}")
    return words


def _mount(parts: list[str]) -> str:
    """What a unit rides or drives, "" where it goes on foot."""
    carriers = " ".join(part.lower() for part in parts if not part.startswith("props/"))  # a helmet may be a rider's
    for word in ("chariot", "elephant"):
        if word in carriers:
            return word
    if any(re.search("donkey|mule", part.lower()) for part in parts):
        return "donkey"
    return "horse" if re.search(r"horse|cavalry|pony|_m\.xml", carriers) else ""


def _arms(parts: list[str]) -> list[str]:
    """Weapon first, then "shield"; what the meshes are, by their file names."""
    names = [re.sub(r"\.xml$", "", part.split("/")[-1].lower()) for part in parts if "/weapons/" in part]
    names = [name for name in names if "sheath" not in name and "quiver" not in name]
    weapons = [next((word for pattern, word in WEAPONS if re.search(pattern, name)), "") for name in names]
    found = list(dict.fromkeys(word for word in weapons if word))[:1]
    return found + (["shield"] if any("/shields/" in part for part in parts) else [])


def _listed(words: list[str]) -> str:
    return " and ".join(with_article(word) for word in words)
