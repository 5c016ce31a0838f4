"""What the names in 0 A.D. mean: tables of words for its people, weapons, animals, buildings and things."""

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
