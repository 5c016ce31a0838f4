"""The joints of every body plan: their names, their parents, and which of them a body may lack.

These names are a contract with the clips and with users: they change only with a word in the changelog. "root" is
always joint 0 and sits at the origin; its child carries the body and is the joint a clip may move (`moving_joint`).
Rest rotations are identity, so every joint's local axes are the world's: +X left, +Y up, +Z forward.

Left and right joints differ only in the prefix "left" or "right"; "left" is the subject's own left, at +X. Legs are
always `<side><pair>UpperLeg`, `...LowerLeg`, `...Foot` and, where there is a paw or a shoe, `...Toes`.
"""

from dataclasses import dataclass

ROOT = "root"
SIDES = ("left", "right")
LEG_PAIRS = {  # from front to back
    "biped": ("",),
    "bird": ("",),
    "quadruped": ("Front", "Hind"),
    "insect": ("Front", "Middle", "Hind"),
    "spider": ("Front", "FrontMiddle", "HindMiddle", "Hind"),
}
FINGERS = ("Thumb", "Index", "Middle", "Ring", "Little")
PHALANGES = ("Proximal", "Intermediate", "Distal")
MAX_TAIL = 8
MAX_BRANCHES = 10
MAX_BRANCH_BONES = 3
MAX_EXTRAS = 6
MAX_EXTRA_BONES = 5


@dataclass(frozen=True)
class PlanJoint:
    """One joint a body plan knows.

    Fields:
        parent: name of the parent joint.
        optional: a body of this plan may lack it.
    """

    parent: str
    optional: bool = False


def plan_joints(plan: str) -> dict[str, PlanJoint]:
    """Every joint of a plan by name, parents before children, without the root.

    Raises:
        KeyError: no such plan.
    """
    joints = dict(_TEMPLATES[plan])
    if plan in _CARRIERS:
        joints = joints | {name: joint for name, joint in _extras(_CARRIERS[plan]).items() if name not in joints}
    return joints


def mirror_name(name: str) -> str:
    """The name of the joint on the other side; the same name for a joint of the middle."""
    for side, other in (SIDES, SIDES[::-1]):
        if name.startswith(side):
            return other + name[len(side) :]
    return name


def is_finger(name: str, side: str) -> bool:
    """Whether a joint is one of a finger of the hand on that side; an insect's middle leg is none."""
    return name.startswith(tuple(side + finger for finger in FINGERS)) and name.endswith((*PHALANGES, "Metacarpal"))


def both_sides(joints: dict[str, PlanJoint]) -> dict[str, PlanJoint]:
    """The joints of the left, and their mirror images."""
    flipped = {mirror_name(n): PlanJoint(mirror_name(j.parent), j.optional) for n, j in joints.items()}
    return joints | flipped


def _chain(names: tuple[str, ...], parent: str, optional: bool = False) -> dict[str, PlanJoint]:
    return {name: PlanJoint(p, optional) for name, p in zip(names, (parent, *names[:-1]), strict=True)}


def _numbered(stem: str, count: int, parent: str) -> dict[str, PlanJoint]:
    """An optional chain stem1, stem2, ..., of which a body has the first few."""
    return _chain(tuple(f"{stem}{i + 1}" for i in range(count)), parent, optional=True)


def _legs(plan: str, parents: dict[str, str], parts: tuple[str, ...]) -> dict[str, PlanJoint]:
    joints: dict[str, PlanJoint] = {}
    for pair in LEG_PAIRS[plan]:
        joints |= both_sides(_chain(tuple(f"left{pair}{part}" for part in parts), parents[pair]))
    return joints


def _fingers() -> dict[str, PlanJoint]:
    """Five fingers as VRM names them, on hands whose fingers can be told apart."""
    joints: dict[str, PlanJoint] = {}
    for finger in FINGERS:
        parts = ("Metacarpal", "Proximal", "Distal") if finger == "Thumb" else PHALANGES
        joints |= _chain(tuple(f"left{finger}{part}" for part in parts), "leftHand", optional=True)
    return both_sides(joints)


def _extras(carriers: tuple[str, str]) -> dict[str, PlanJoint]:
    """Chains any creature may have; `carriers` are the joints of head and body they usually hang off.

    A fitted skeleton may hang an extra chain off another joint that lies nearer.
    """
    head, body = carriers
    joints = both_sides(_numbered("leftEar", 3, head) | _numbered("leftHorn", 3, head))
    joints |= both_sides(_numbered("leftWing", 3, body))
    for number in range(1, MAX_EXTRAS + 1):
        joints |= _numbered(f"extra{number}_", MAX_EXTRA_BONES, body)
        joints |= both_sides(_numbered(f"leftExtra{number}_", MAX_EXTRA_BONES, body))
    return joints


_LEG4 = ("UpperLeg", "LowerLeg", "Foot", "Toes")
_LEG3 = ("UpperLeg", "LowerLeg", "Foot")
_HEAD_AND_TAIL = _chain(("neck", "neck1", "head"), "chest") | _numbered("tail", MAX_TAIL, "hips")

_TEMPLATES: dict[str, dict[str, PlanJoint]] = {
    "biped": {
        **_chain(("hips", "spine", "chest", "upperChest", "neck", "head"), ROOT),
        **both_sides(_chain(("leftShoulder", "leftUpperArm", "leftLowerArm", "leftHand"), "upperChest")),
        **both_sides(
            {
                "leftUpperArmTwist": PlanJoint("leftUpperArm", optional=True),
                "leftLowerArmTwist": PlanJoint("leftLowerArm", optional=True),
            }
        ),
        **_legs("biped", {"": "hips"}, _LEG4),
        **_fingers(),
        **_numbered("tail", MAX_TAIL, "hips"),
    },
    "quadruped": {
        **_chain(("hips", "spine", "spine1", "chest"), ROOT),
        **_legs("quadruped", {"Front": "chest", "Hind": "hips"}, _LEG4),
        **_HEAD_AND_TAIL,
    },
    "bird": {
        **_chain(("hips", "spine", "chest"), ROOT),
        **_HEAD_AND_TAIL,
        **both_sides(_chain(("leftWing1", "leftWing2", "leftWing3"), "chest")),
        **_legs("bird", {"": "hips"}, _LEG4),
    },
    "fish": {
        **_chain(("body", "head"), ROOT),
        **_chain(("spine1", "spine2", "spine3", "tailFin"), "body"),
        **both_sides({"leftFin": PlanJoint("body", optional=True)}),
        "dorsalFin": PlanJoint("body", optional=True),
    },
    "snake": {
        **_chain(("body", "front1", "front2", "front3", "neck", "head"), ROOT),
        **_chain(("tail1", "tail2", "tail3", "tail4", "tail5"), "body"),
    },
    "insect": {
        **_chain(("thorax", "head"), ROOT),
        **_chain(("abdomen1", "abdomen2"), "thorax"),
        **_legs("insect", {pair: "thorax" for pair in LEG_PAIRS["insect"]}, _LEG3),
        **both_sides(_numbered("leftWing", 3, "thorax") | _numbered("leftAntenna", 2, "head")),
    },
    "spider": {
        **_chain(("thorax", "head"), ROOT),
        **_chain(("abdomen1", "abdomen2"), "thorax"),
        **_legs("spider", {pair: "thorax" for pair in LEG_PAIRS["spider"]}, _LEG3),
    },
    "vehicle": {
        **_chain(("body",), ROOT),
        **both_sides(
            {f"left{axle}Wheel": PlanJoint("body", True) for axle in ("Front", "Middle", "Middle2", "Middle3", "Rear")}
        ),
        "frontWheel": PlanJoint("body", optional=True),
        "rearWheel": PlanJoint("body", optional=True),
        "turret": PlanJoint("body", optional=True),
        "barrel": PlanJoint("turret", optional=True),
        "propeller": PlanJoint("body", optional=True),
        "rotor": PlanJoint("body", optional=True),
        **both_sides({"leftDoor": PlanJoint("body", optional=True)}),
    },
    "plant": {
        **_chain(("trunk1", "trunk2", "trunk3", "trunk4"), ROOT),
        **{
            name: joint
            for number in range(1, MAX_BRANCHES + 1)
            for name, joint in _numbered(f"branch{number}_", MAX_BRANCH_BONES, "trunk3").items()
        },
    },
    "prop": {"body": PlanJoint(ROOT)},
}  # fmt: skip
_CARRIERS = {
    "biped": ("head", "upperChest"),
    "quadruped": ("head", "chest"),
    "bird": ("head", "chest"),
    "fish": ("head", "body"),
    "snake": ("head", "body"),
    "insect": ("head", "thorax"),
    "spider": ("head", "thorax"),
    "vehicle": ("body", "body"),
}
PLAN_NAMES = tuple(_TEMPLATES)
