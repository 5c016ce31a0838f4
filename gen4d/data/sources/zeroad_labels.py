"""Words for 0 A.D. templates: what people would type for a unit, a building, an animal, a tree or a thing.

A unit's weapons, shield, helmet and mount are read from the meshes it is really made of, so that a caption says only
what can be seen.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

# The people of each civilisation: as a soldier's origin and as a style of building.
PEOPLE = {
    "athen": ("greek", "greek"), "brit": ("celtic", "celtic"), "cart": ("carthaginian", "carthaginian"),
    "gaul": ("gallic", "celtic"), "han": ("chinese", "chinese"), "iber": ("iberian", "iberian"),
    "kush": ("nubian", "nubian"), "mace": ("macedonian", "greek"), "maur": ("indian", "indian"),
    "pers": ("persian", "persian"), "ptol": ("ancient", "egyptian"), "rome": ("roman", "roman"),
    "sele": ("ancient", "greek"), "spart": ("spartan", "greek"),
}  # fmt: skip
# File names of weapons -> the word; the first pattern that fits counts.
WEAPONS = (
    (r"crossbow|gastraphetes|nu_chin", "crossbow"), (r"(^|_)bow", "bow"),
    (r"gladius|sword|xiphos|kopis|falcata|spatha|machaira|jian|dao|sica|rhomphaia|khopesh|makhaira|falx", "sword"),
    (r"javelin|pilum|soliferrum", "javelin"),
    (r"pike|sarissa", "pike"), (r"halberd|(^|_)ji(_|$)|(^|_)ge(_|$)", "halberd"), (r"trident", "trident"),
    (r"spear|dory|hasta|lance|kontos|xyston", "spear"), (r"sling", "sling"), (r"axe|sagaris", "axe"),
    (r"mace|club", "club"), (r"dagger|knife", "dagger"),
)  # fmt: skip
SOLDIERS = {
    "spearman": "spearman", "swordsman": "swordsman", "archer": "archer", "slinger": "slinger", "pikeman": "pikeman",
    "javelineer": "javelin thrower", "axeman": "axe warrior", "maceman": "warrior with a club",
    "crossbowman": "crossbowman",
}  # fmt: skip
# Generic names of units that say more than their people and role.
KNOWN_UNITS = (
    "hoplite", "gladiator", "centurion", "legionary", "praetorian guard", "druid", "peltast", "immortal", "cataphract",
)  # fmt: skip
QUEENS = ("hero_boudicca", "hero_cleopatra_vii", "hero_amanirenas")
SUPPORT = {
    "female_citizen": ("{people} woman", "woman in ancient {people} clothes"),
    "healer": ("{people} priest", "healer", "{people} man in a robe"),
    "trader": ("{people} trader", "merchant"),
    "slave": ("man in simple clothes", "poor man"),
    "minister": ("{people} minister", "chinese official in a robe"),
}
SHIPS = {
    "fishing": ("fishing boat", "small wooden boat", "wooden fishing boat"),
    "merchant": ("sailing ship", "merchant ship", "ancient {people} trading ship"),
    "bireme": ("galley", "warship with oars", "ancient {people} warship"),
    "trireme": ("galley", "trireme", "ancient {people} warship with oars"),
    "quinquereme": ("warship", "large galley", "ancient {people} warship with oars and a sail"),
    "fire": ("wooden ship", "old wooden ship"),
}
ENGINES = (
    ("ram", ("battering ram", "ancient battering ram", "wooden siege ram on wheels")),
    ("tower", ("siege tower", "wooden siege tower on wheels")),
    ("lithobolos|onager|mangonel|catapult", ("catapult", "ancient catapult", "wooden siege catapult")),
    ("oxybeles|scorpio|ballista|polybolos|bolt|nu", ("ballista", "bolt thrower", "wooden siege ballista")),
)
# Animals whose generic name's last word is not what people call them: generic name -> captions without article.
ANIMALS = {
    "sanga cattle": ("bull", "bull with long horns"), "zebu": ("zebu", "humped cow", "cow with a hump"),
    "african bush elephant calf": ("baby elephant", "elephant calf", "young elephant"),
    "asian elephant calf": ("baby elephant", "elephant calf"), "pony": ("pony", "small horse"),
    "mastiff": ("dog", "mastiff", "mastiff dog"), "wolfhound": ("dog", "wolfhound", "hunting dog"),
    "lioness": ("lioness", "female lion"), "lion": ("lion", "male lion", "lion with a mane"),
    "white rhinoceros": ("rhino", "rhinoceros", "white rhinoceros"),
    "hippopotamus": ("hippo", "hippopotamus"), "muskox": ("musk ox", "muskox"), "common zebra": ("zebra",),
    "red deer": ("deer", "red deer"), "wild boar": ("boar", "wild boar"), "bull": ("bull", "ox"),
    "thomson's gazelle": ("gazelle", "antelope"), "blue wildebeest": ("wildebeest", "gnu"),
    "great white shark": ("shark", "great white shark"), "chicken": ("chicken", "hen"), "rabbit": ("rabbit", "bunny"),
    "piglet": ("piglet", "baby pig"), "donkey": ("donkey", "grey donkey"),
}  # fmt: skip
MOUNTLESS_PLANS = {"fish": ("shark", "whale", "fish"), "bird": ("chicken",)}
BUILDINGS = {
    "barracks": ("barracks", "military barracks"), "civic center": ("town hall", "town center",
    "large public building"),
    "farmstead": ("farmhouse", "farmstead", "barn"), "storehouse": ("storehouse", "warehouse", "shed"),
    "dock": ("dock", "harbor", "pier with a boat house"), "forge": ("forge", "blacksmith shop", "smithy"),
    "stone tower": ("tower", "stone tower", "defense tower"), "sentry tower": ("watchtower", "sentry tower"),
    "outpost": ("lookout tower", "outpost", "watch post"), "wall turret": ("wall tower", "fortified tower"),
    "gate": ("gate", "city gate", "fortified gate"), "fortress": ("fortress", "castle", "fort"),
    "practice range": ("practice range", "archery range"), "corral": ("corral", "animal pen", "barn with a pen"),
    "wonder": ("monument", "ancient monument", "monumental building"), "arsenal": ("arsenal", "workshop"),
    "stable": ("stable", "horse stable"), "elephant stable": ("elephant stable", "large stable"),
    "artillery tower": ("tower", "catapult tower"), "bolt tower": ("tower", "ballista tower"),
    "commercial port": ("harbor", "port"), "naval shipyard": ("shipyard", "harbor building"),
    "rotary mill": ("mill", "round mill"), "council chamber": ("council hall",), "obelisk": ("obelisk",
    "stone obelisk"),
    "spartan senate": ("senate building",), "military mess hall": ("hall", "mess hall"),
    "gate of all nations": ("gate hall", "palace gate"), "edict pillar of ashoka": ("pillar", "stone pillar"),
    "revered monument": ("monument", "stone monument"), "stoa": ("stoa", "colonnade", "building with columns"),
    "\"persian\" stoa": ("stoa", "building with columns"), "assembly of princes": ("assembly hall", "round hall"),
    "epic temple": ("temple", "large temple"), "grand temple of amun": ("temple", "large temple"),
    "temple of apedemak": ("temple", "lion temple"), "temple of mars": ("temple", "temple of mars"),
    "temple of vesta": ("temple", "round temple"), "temple of healing": ("temple", "round shrine"),
    "large pyramid": ("pyramid", "large pyramid"), "small pyramid": ("pyramid", "small pyramid"),
    "ishtar gate of babylon": ("ishtar gate", "babylonian gate", "blue gate"), "pagoda": ("pagoda", "chinese pagoda"),
    "mausoleum at halicarnassus": ("mausoleum", "mausoleum at halicarnassus"), "portico": ("gatehouse", "portico"),
    "sanctuary kiosk": ("shrine", "egyptian kiosk"), "great tower": ("tower", "tall tower"),
    "laozigate": ("gate", "chinese gate"), "island settlement": ("round house", "hut on stilts"),
    "apartment building": ("apartment building", "tall house"), "sacrificial temple": ("altar", "sacrificial temple"),
    "bamboo stockade tower": ("bamboo tower", "watchtower"), "bamboo stockade gate": ("bamboo gate",),
    "palisade gate": ("wooden gate", "palisade gate"), "siege wall gate": ("wooden gate", "gate"),
    "siege wall tower": ("wooden tower", "tower"), "watchtower": ("watchtower", "wooden watchtower"),
    "wooden tower": ("wooden tower", "wooden fort"), "tall spikes": ("wooden spikes",),
    "small spikes": ("wooden spikes",),
    "angle spike": ("wooden spikes",), "provincial governor": ("palace", "governor's palace"),
    "imperial court": ("palace", "imperial palace"), "throne hall": ("throne hall", "palace"),
    "noba village": ("village", "round huts"), "blemmye camp": ("camp", "desert camp"),
    "mercenary camp": ("military camp", "camp"), "egyptian mercenary camp": ("military camp", "camp"),
    "library": ("library", "ancient library"), "settlement": ("walled city", "city with walls"),
    "religious sanctuary": ("temple",), "triumphal arch": ("triumphal arch", "arch"),
}  # fmt: skip
ROOFS = {"brit": "thatched", "gaul": "thatched", "han": "curved"}
ROOFED = ("house", "farmstead", "storehouse", "barracks", "stable", "temple", "market", "forge")
# Things of nature and treasures, by the end of the template's name.
THINGS = {
    "treasure/food_barrel": ("barrel", "wooden barrel"), "treasure/food_bin": ("crate of vegetables", "produce bin"),
    "treasure/food_crate": ("crate", "wooden crate"), "treasure/food_jars": ("jars", "amphorae", "clay jars"),
    "treasure/food_persian_big": ("market goods", "pile of food"), "treasure/food_persian_small": ("food baskets",),
    "treasure/golden_fleece": ("golden fleece",), "treasure/metal_persian_big": ("pile of treasure", "trade goods"),
    "treasure/metal_persian_small": ("rugs", "rolled carpets"), "treasure/metal_weapons_small": ("pile of weapons",),
    "treasure/pegasus": ("pegasus", "winged horse", "white horse with wings"),
    "treasure/shipwreck": ("shipwreck",), "treasure/shipwreck_ram_bow": ("shipwreck", "bow of a wrecked ship"),
    "treasure/shipwreck_sail_boat": ("shipwreck", "wrecked sail boat"),
    "treasure/shipwreck_debris": ("floating barrels",),
    "treasure/shipwreck_sail_boat_cut": ("shipwreck", "broken boat"),
    "treasure/standing_stone": ("standing stone", "menhir"), "treasure/stone": ("pile of stones",),
    "treasure/food_barrels_buried": ("barrels", "half-buried barrels"),
    "treasure/stone_pile_granite_large": ("pile of bricks", "stone blocks"), "treasure/wood": ("pile of wood", "logs"),
    "treasure/stone_pile_red": ("pile of red stones",), "treasure/stone_pile_sandstone": ("pile of sandstone blocks",),
    "ruins/column_doric": ("fallen column", "broken stone column"), "ruins/metal_statue_isis": ("statue",
    "statue of a goddess"),
    "ruins/pyramid_great": ("pyramid", "egyptian pyramid", "great pyramid"), "ruins/pyramid_minor": ("pyramid",
    "small pyramid"),
    "ruins/stone_statues_egyptian": ("egyptian statue", "stone statue"),
    "ruins/stone_statues_kushite": ("statue", "nubian statue"), "ruins/stone_statues_kushite_bird": ("bird statue",),
    "ruins/stone_statues_kushite_lion": ("lion statue",), "ruins/stone_statues_kushite_ram": ("ram statue",),
    "ruins/stone_statues_roman": ("roman statue", "stone statue"),
    "ruins/unfinished_greek_temple": ("unfinished temple", "greek temple under construction"),
    "fruit/apple": ("apple tree",), "fruit/banana": ("banana tree", "banana plant"), "fruit/date": ("date palm",
    "palm tree"),
    "fruit/fig": ("fig tree",), "fruit/grapes": ("grape vine", "vine with grapes"),
}  # fmt: skip
PLURALS = (
    "barrels", "jars", "amphorae", "logs", "rugs", "huts", "carpets", "weapons", "spikes", "goods", "baskets", "blocks",
    "stones", "rocks", "boulders", "barracks",
)  # fmt: skip
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


def with_article(words: str) -> str:
    """ "an elephant", "a european oak", "logs"."""
    words = " ".join(words.split())
    head = re.split(r" (?:of|with|in|on) ", words)[0]
    if head.endswith(PLURALS):
        return words
    vowel = re.match("[aeio]|u(?!ni)", words) and not words.startswith("eu")
    return f"{'an' if vowel else 'a'} {words}"


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
