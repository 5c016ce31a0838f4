"""The rig stage: a mesh becomes a named skeleton and the weights that bind it."""

import logging

import torch

from gen4d.context import Context
from gen4d.rig.biped import fit_biped
from gen4d.rig.config import PLANS, RigConfig
from gen4d.rig.embedding import Embedding, to_skeleton
from gen4d.rig.plan import PlanGuess, plan_of_solid
from gen4d.rig.prop import fit_prop
from gen4d.rig.quadruped import fit_quadruped
from gen4d.rig.voxels import VoxelSolid, voxelise
from gen4d.rig.weights import bind
from gen4d.structures import Mesh, Skeleton, Skin

LOW_CONFIDENCE = 0.6

logger = logging.getLogger(__name__)


def rig(mesh: Mesh, cfg: RigConfig, ctx: Context, hint: str = "") -> tuple[Skeleton, Skin]:
    """Give a mesh a skeleton and skin weights.

    Works on any triangle soup through a voxel solid; the mesh itself is not changed. Notes `rig.plan` and
    `rig.confidence`, and warns where the plan is uncertain or limbs had to be placed by usual proportions.

    Args:
        mesh: +Y up, facing +Z, metres, feet on y = 0.
        hint: the caption or prompt, or ""; its words help to find the body plan.

    Returns:
        The skeleton, whose only root is "root" at the origin, and one row of weights a vertex.
    """
    vertices, faces = mesh.vertices.cpu().numpy(), mesh.faces.cpu().numpy()
    solid = voxelise(vertices, faces, cfg.resolution)
    guess = plan_of_solid(solid, hint) if cfg.plan == "auto" else PlanGuess(cfg.plan, 1.0, "as asked")
    ctx.note("rig.plan", guess.plan)
    ctx.note("rig.confidence", round(guess.confidence, 3))
    logger.info("rig: %s (%.2f), %s", guess.plan, guess.confidence, guess.reason)
    if guess.confidence < LOW_CONFIDENCE:
        choices = ", ".join(plan for plan in PLANS if plan not in ("auto", guess.plan))
        ctx.warn(
            f"rig: the body plan is taken to be a {guess.plan}, but with little confidence ({guess.confidence:.2f}); "
            f"if it is wrong, give --plan with one of {choices}."
        )
    bones = _fit(guess.plan, solid, mesh, ctx)
    ctx.note("rig.joints", len(bones) + 1)
    skeleton = to_skeleton(bones, guess.plan)
    if guess.plan == "prop":
        return skeleton, _rigid_skin(len(vertices))
    skin = bind(mesh, bones, solid)
    return skeleton, Skin(skin.joints.to(mesh.vertices.device), skin.weights.to(mesh.vertices.device))


def _fit(plan: str, solid: VoxelSolid, mesh: Mesh, ctx: Context) -> Embedding:
    """One template a plan."""
    match plan:
        case "biped":
            return fit_biped(solid, ctx)
        case "quadruped":
            return fit_quadruped(solid, ctx)
        case _:
            low, high = mesh.bounds
            return fit_prop(low.cpu().numpy().astype(float), high.cpu().numpy().astype(float))


def _rigid_skin(num_vertices: int) -> Skin:
    """Everything on joint 1."""
    joints = torch.zeros(num_vertices, 4, dtype=torch.int64)
    weights = torch.zeros(num_vertices, 4)
    joints[:, 0], weights[:, 0] = 1, 1.0
    return Skin(joints, weights)
