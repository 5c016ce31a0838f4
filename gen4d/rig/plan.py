"""Which body plan a mesh has: from the words of its caption, else from its shape."""

from dataclasses import dataclass

from gen4d.rig.names import PLAN_NAMES
from gen4d.rig.plan_net import GRID, WRONG, load_plan_net, net_grid, plan_probabilities
from gen4d.rig.voxels import voxelise
from gen4d.rig.words import plan_from_words
from gen4d.structures import Mesh

WORD_CONFIDENCE = 0.95  # the caption and the shape agree, or the shape says nothing
DISPUTED_CONFIDENCE = 0.75  # the caption against a shape that clearly says something else
CLEAR_SHAPE = 0.7


@dataclass(frozen=True)
class PlanGuess:
    """A body plan, how sure we are in [0, 1], and one phrase that says why."""

    plan: str
    confidence: float
    reason: str


def guess_plan(mesh: Mesh, hint: str = "") -> PlanGuess:
    """Guess the body plan of a mesh that stands upright and faces +Z.

    Args:
        hint: the caption or prompt, or "".
    """
    shape = plan_of_shape(mesh)
    named = plan_from_words(hint)
    if named is None:
        return shape
    plan, word = named
    if shape.plan != plan and shape.confidence >= CLEAR_SHAPE:
        return PlanGuess(plan, DISPUTED_CONFIDENCE, f"the word '{word}', although the shape looks like a {shape.plan}")
    return PlanGuess(plan, WORD_CONFIDENCE, f"the word '{word}'")


def plan_of_shape(mesh: Mesh) -> PlanGuess:
    """The plan the network finds most likely, and its probability."""
    solid = voxelise(mesh.vertices.cpu().numpy(), mesh.faces.cpu().numpy(), GRID)
    chances = plan_probabilities(net_grid(solid), load_plan_net())[0, :WRONG]
    chances = chances / max(float(chances.sum()), 1e-300)
    best = int(chances.argmax())
    return PlanGuess(PLAN_NAMES[best], float(chances[best]), "its shape")
