"""Which body plan a mesh has: from the words of its caption and from its shape."""

from dataclasses import dataclass

import numpy as np

from gen4d.rig.limb_rules import plan_of_limbs
from gen4d.rig.names import PLAN_NAMES
from gen4d.rig.plan_net import LOOK_RESOLUTION, WRONG, axis_rotations, load_plan_net, net_looks, plan_probabilities
from gen4d.rig.voxels import VoxelSolid, voxelise
from gen4d.rig.words import CARRIED_WORDS, plans_from_words
from gen4d.structures import Mesh

WORD_CONFIDENCE = 0.95  # the caption and the shape agree, or the shape says nothing
DISPUTED_CONFIDENCE = 0.75  # the caption against a shape that clearly says something else
DISGUISED_CONFIDENCE = 0.55  # a body against its name: so little that the user is asked to look
CLEAR_SHAPE = 0.7  # of the network; below, other evidence may overrule it
CREATURES = frozenset({"biped", "quadruped", "bird", "fish", "snake", "insect", "spider"})
NO_BIPEDS = CREATURES - {"biped", "bird"}  # animals that have more than two legs, or none


@dataclass(frozen=True)
class PlanGuess:
    """A body plan, how sure we are in [0, 1], and one phrase that says why."""

    plan: str
    confidence: float
    reason: str


def guess_plan(mesh: Mesh, hint: str = "") -> PlanGuess:
    """Guess the body plan of a mesh that stands upright and faces +Z.

    The head noun of the caption decides, with two exceptions. A subject that is called by two plans, a frog that is an
    astronaut or a `character_gun`, has the one whose limbs are found; a creature else the one the network sees. And a
    body on two legs, seen by both, is a biped even if it is called a frog or a gun: cartoon animals walk upright, and
    some files are named after what their figure holds.

    Args:
        hint: the caption or prompt, or "".
    """
    shape, chances, solid = _look_at(mesh)
    named = plans_from_words(hint)
    if not named:
        return shape
    plan, word = named[0]
    if len(named) > 1:
        words, seen = dict(named), [_plan_of_limbs(solid)]
        if plan in CREATURES:
            seen += [shape.plan, max(words, key=lambda name: chances[PLAN_NAMES.index(name)])]
        if fitting := [plan for plan in seen if plan in words]:
            return PlanGuess(fitting[0], WORD_CONFIDENCE, f"the word '{words[fitting[0]]}', and its shape")
    if shape.plan == plan or shape.confidence < CLEAR_SHAPE:
        return PlanGuess(plan, WORD_CONFIDENCE, f"the word '{word}'")
    if (plan in NO_BIPEDS or word in CARRIED_WORDS) and shape.plan == "biped" and _plan_of_limbs(solid) == "biped":
        return PlanGuess("biped", DISGUISED_CONFIDENCE, f"two legs and arms, although it is called '{word}'")
    return PlanGuess(plan, DISPUTED_CONFIDENCE, f"the word '{word}', although the shape looks like a {shape.plan}")


def plan_of_shape(mesh: Mesh) -> PlanGuess:
    """The plan the network finds most likely; where it is not clear, limbs that are found decide.

    Shape alone, plan right: of 29 artist rigs that no training saw 28, by the network alone as many
    (`gen4d.evaluate.rig_plans`); before it learned from creatures of all plans 24 by itself and 27 with the limbs.
    """
    return _look_at(mesh)[0]


def _look_at(mesh: Mesh) -> tuple[PlanGuess, np.ndarray, VoxelSolid]:
    """The guess from the shape alone, the network's chance of every plan, (P,), and what was looked at."""
    solid = voxelise(mesh.vertices.cpu().numpy(), mesh.faces.cpu().numpy(), LOOK_RESOLUTION)
    chances = plan_probabilities(net_looks(solid), load_plan_net(), axis_rotations()[:1])[0, :WRONG]
    chances = chances / max(float(chances.sum()), 1e-300)
    best = int(chances.argmax())
    guess = PlanGuess(PLAN_NAMES[best], float(chances[best]), "its shape")
    if guess.confidence >= CLEAR_SHAPE:
        return guess, chances, solid
    limbs = plan_of_limbs(solid)
    if limbs is None:
        return guess, chances, solid
    plan, confidence = limbs
    confidence = max(confidence, guess.confidence) if plan == guess.plan else confidence
    return PlanGuess(plan, confidence, "its limbs"), chances, solid


def _plan_of_limbs(solid: VoxelSolid) -> str:
    """The plan the limb rules find, or ""."""
    limbs = plan_of_limbs(solid)
    return limbs[0] if limbs is not None else ""
