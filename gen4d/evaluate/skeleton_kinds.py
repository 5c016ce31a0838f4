"""Which body plan an artist's skeleton has, from the names of its joints and of its file."""

import re

from gen4d.rig.words import plan_from_words

PAIR_WORDS = ("front", "fore", "back", "hind", "rear", "mid", "top", "bottom")


def plan_of_rig(name: str, joints: tuple[str, ...]) -> str:
    """The plan a rig was made for; "prop" where neither joints nor file name tell.

    The joints decide where they name limbs: eight, six or four kinds of legs, wings with two legs, arms or two legs.
    Otherwise the words of the path do.
    """
    lower = [re.sub(r"[^a-z]", "", joint.lower()) for joint in joints]
    arms = any("arm" in joint or "hand" in joint or "fist" in joint for joint in lower)
    wings = any("wing" in joint for joint in lower)
    feet = [joint for joint in lower if "leg" in joint or "foot" in joint]
    pairs = {kind for kind in PAIR_WORDS if any(kind in joint for joint in feet)}
    upright = any("upleg" in j or "upperleg" in j or "thigh" in j for j in lower)
    if len(pairs) >= 4:
        return "spider"
    if len(pairs) == 3:
        return "insect"
    if len(pairs) == 2 and pairs != {"back", "mid"}:  # the heel and the middle of a bird's or a robot's two legs
        return "quadruped"
    if upright or arms:
        return "bird" if wings and not arms else "biped"
    named = plan_from_words(re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).replace("_", " ").replace("/", " "))
    return named[0] if named else "prop"
