"""Which body plan an artist's skeleton has, from the names and places of its joints and the name of its file."""

import re

import numpy as np

from gen4d.rig.words import plan_from_words

PAIR_WORDS = ("front", "fore", "back", "hind", "rear", "mid", "top", "bottom")
FOOT_HEIGHT = 0.22  # of the joints' height: what lies this low and off the plane belongs to a foot
OFF_PLANE = 0.03  # of the longest side
FOUR_FEET = 0.25  # of the longest side: how far apart along z front and hind feet stand


def plan_of_rig(name: str, joints: tuple[str, ...], places: np.ndarray | None = None) -> str:
    """The plan a rig was made for; "prop" where neither joints nor file name tell.

    The joints decide where they name limbs: eight, six or four kinds of legs, wings with two legs, arms or two legs.
    Otherwise the words of the path do. Some artists give a bear arms, and a tyrannosaur front legs: there the places
    tell how many feet stand on the ground.

    Args:
        places: (J, 3), +Y up, facing +Z; None where only names are known.
    """
    plan = _plan_by_names(name, joints)
    named = _plan_by_words(name)
    if places is None or plan not in ("biped", "quadruped", "insect", "spider"):
        return plan
    if plan in ("insect", "spider") and named != "quadruped":  # a giraffe's legs have a middle, too
        return plan
    extent = np.ptp(places, axis=0)
    low = places[:, 1] < places[:, 1].min() + FOOT_HEIGHT * extent[1]
    feet = places[low & (np.abs(places[:, 0]) > OFF_PLANE * extent.max())]
    if len(feet) >= 4 and np.ptp(feet[:, 2]) > FOUR_FEET * extent.max():
        return "quadruped"
    if plan == "quadruped" and named == "bird":
        return "bird"
    return plan


def _plan_by_names(name: str, joints: tuple[str, ...]) -> str:
    """The plan that words tell."""
    lower = [re.sub(r"[^a-z]", "", joint.lower()) for joint in joints]
    lower = [joint.replace("armature", "") for joint in lower]
    arms = any("arm" in joint or "hand" in joint or "fist" in joint for joint in lower)
    wings = any("wing" in joint for joint in lower)
    feet = [joint for joint in lower if "leg" in joint or "foot" in joint]
    pairs = {kind for kind in PAIR_WORDS if any(kind in joint for joint in feet)}
    upright = any("upleg" in j or "upperleg" in j or "thigh" in j for j in lower)
    if len(pairs) >= 4 or any("frontmid" in joint for joint in feet):  # four pairs; the inner ones as in our own names
        return "spider"
    if len(pairs) == 3:
        return "insect"
    if len(pairs) == 2 and pairs != {"back", "mid"}:  # the heel and the middle of a bird's or a robot's two legs
        return "quadruped"
    if upright or arms:
        return "bird" if wings and not arms else "biped"
    return _plan_by_words(name)


def _plan_by_words(name: str) -> str:
    """The plan that the words of a path name, or "prop"."""
    named = plan_from_words(re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).replace("_", " ").replace("/", " "))
    return named[0] if named else "prop"
