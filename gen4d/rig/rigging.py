"""The rig stage: a mesh becomes a named skeleton and the weights that bind it."""

import logging

import numpy as np
import torch

from gen4d.context import Context
from gen4d.rig.biped import fit_biped
from gen4d.rig.bird import fit_bird
from gen4d.rig.config import PLANS, RigConfig
from gen4d.rig.crawlers import fit_insect, fit_spider
from gen4d.rig.embedding import Embedding, to_skeleton
from gen4d.rig.fish import fit_fish
from gen4d.rig.plan import PlanGuess, plan_of_solid
from gen4d.rig.plant import fit_plant
from gen4d.rig.prop import fit_prop
from gen4d.rig.quadruped import fit_quadruped
from gen4d.rig.snake import fit_snake
from gen4d.rig.vehicle import fit_vehicle
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
    bones, rigid = _fit(guess.plan, solid, mesh, ctx)
    ctx.note("rig.joints", len(bones) + 1)
    skin = bind(mesh, bones, solid) if rigid is None else _rigid_skin(rigid)
    device = mesh.vertices.device
    return to_skeleton(bones, guess.plan), Skin(skin.joints.to(device), skin.weights.to(device))


def _fit(plan: str, solid: VoxelSolid, mesh: Mesh, ctx: Context) -> tuple[Embedding, np.ndarray | None]:
    """One template a plan; for things that do not bend also the bone each vertex moves with, (V,)."""
    match plan:
        case "biped":
            return fit_biped(solid, ctx), None
        case "quadruped":
            return fit_quadruped(solid, ctx), None
        case "bird":
            return fit_bird(solid, ctx), None
        case "fish":
            return fit_fish(solid, ctx), None
        case "snake":
            return fit_snake(solid, ctx), None
        case "insect":
            return fit_insect(solid, ctx), None
        case "spider":
            return fit_spider(solid, ctx), None
        case "plant":
            return fit_plant(solid, ctx), None
        case "vehicle":
            return fit_vehicle(mesh, ctx)
        case _:
            low, high = mesh.bounds
            bones = fit_prop(low.cpu().numpy().astype(float), high.cpu().numpy().astype(float))
            return bones, np.zeros(len(mesh.vertices), np.int64)


def _rigid_skin(bone: np.ndarray) -> Skin:
    """Every vertex on one bone, (V,) indices into the embedding."""
    joints = torch.zeros(len(bone), 4, dtype=torch.int64)
    weights = torch.zeros(len(bone), 4)
    joints[:, 0], weights[:, 0] = torch.from_numpy(bone) + 1, 1.0
    return Skin(joints, weights)
