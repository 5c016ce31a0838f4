"""The rig stage: a mesh becomes a named skeleton and the weights that bind it."""

import logging

import numpy as np
import torch

from gen4d.context import Context
from gen4d.errors import InputError
from gen4d.rig.biped import fit_biped
from gen4d.rig.bird import fit_bird
from gen4d.rig.checks import check_solid
from gen4d.rig.config import PLANS, RigConfig
from gen4d.rig.crawlers import fit_insect, fit_spider
from gen4d.rig.embedding import Embedding, even_sides, keep_apart, to_skeleton
from gen4d.rig.extras import add_extras
from gen4d.rig.fingers import add_fingers
from gen4d.rig.fish import fit_fish
from gen4d.rig.given import bones_from_joints
from gen4d.rig.joints_file import GivenJoints
from gen4d.rig.learned import TRUST, see_joints
from gen4d.rig.plan import PlanGuess, guess_plan
from gen4d.rig.plant import fit_plant
from gen4d.rig.prop import fit_prop
from gen4d.rig.quadruped import fit_quadruped
from gen4d.rig.snake import fit_snake
from gen4d.rig.twist import add_twist
from gen4d.rig.vehicle import fit_vehicle
from gen4d.rig.voxels import VoxelSolid, voxelise
from gen4d.rig.weight_net import load_weight_net
from gen4d.rig.weights import bind, weld_mesh
from gen4d.structures import Mesh, Skeleton, Skin

LOW_CONFIDENCE = 0.7  # where `plan.CLEAR_SHAPE` begins; below, the user is told
SHORTEST_BONE = 0.25  # voxels
EVEN = 2.0  # voxels: partners this near to mirror images are made so

logger = logging.getLogger(__name__)


def rig(
    mesh: Mesh, cfg: RigConfig, ctx: Context, hint: str = "", joints: GivenJoints | None = None
) -> tuple[Skeleton, Skin]:
    """Give a mesh a skeleton and skin weights.

    Works on any triangle soup through a voxel solid; the mesh itself is not changed. Notes `rig.plan` and
    `rig.confidence`, and warns where the plan is uncertain or limbs had to be placed by usual proportions.

    Args:
        mesh: +Y up, facing +Z, metres, feet on y = 0.
        hint: the caption or prompt, or ""; its words help to find the body plan.
        joints: a skeleton to bind to instead of finding one, in the mesh's frame.

    Returns:
        The skeleton, whose only root is joint 0, and one row of weights a vertex.

    Raises:
        InputError: the mesh is a point, a line or a flat sheet, or the given joints lie far outside it.
    """
    vertices, faces = mesh.vertices.cpu().numpy(), mesh.faces.cpu().numpy()
    check_solid(vertices, faces)
    solid = voxelise(vertices, faces, cfg.resolution)
    if joints is not None:
        return _bind_given(mesh, joints, solid, cfg, ctx)
    guess = guess_plan(mesh, hint) if cfg.plan == "auto" else PlanGuess(cfg.plan, 1.0, "as asked")
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
    if guess.plan in TRUST and cfg.learned:
        bones = see_joints(bones, solid, guess.plan)
    if guess.plan == "biped" and cfg.fingers:
        _, welded_vertices, welded_faces = weld_mesh(mesh)
        bones = add_fingers(bones, welded_vertices, welded_faces)
    if cfg.extras:
        bones = add_extras(bones, solid, guess.plan)
    if rigid is None:
        bones = even_sides(bones, solid, EVEN * solid.size)
        bones = keep_apart(bones, SHORTEST_BONE * solid.size)
    if guess.plan == "biped" and cfg.twist:
        bones = add_twist(bones)
    ctx.note("rig.joints", len(bones) + 1)
    net = load_weight_net() if cfg.learned else None
    skin = bind(mesh, bones, solid, net) if rigid is None else _rigid_skin(rigid)
    device = mesh.vertices.device
    return to_skeleton(bones, guess.plan), Skin(skin.joints.to(device), skin.weights.to(device))


def _bind_given(
    mesh: Mesh, joints: GivenJoints, solid: VoxelSolid, cfg: RigConfig, ctx: Context
) -> tuple[Skeleton, Skin]:
    """Weights for a skeleton that is given."""
    low, high = solid.to_world(np.zeros(3)), solid.to_world(np.array(solid.occupied.shape) - 1.0)
    margin = (high - low).max()
    outside = ((joints.positions < low - margin) | (joints.positions > high + margin)).any(1)
    if outside.any():
        name = joints.names[int(outside.argmax())]
        raise InputError(
            f"joints: '{name}' lies far outside the mesh; positions must be in the mesh file's own frame and units."
        )
    bones = bones_from_joints(joints.names, joints.parents, joints.positions, solid)
    skin = bind(mesh, bones, solid, load_weight_net() if cfg.learned else None)
    plan = "prop" if cfg.plan == "auto" else cfg.plan
    ctx.note("rig.plan", plan)
    ctx.note("rig.confidence", 1.0)
    ctx.note("rig.joints", len(bones))
    local = joints.positions - np.where(joints.parents[:, None] < 0, 0.0, joints.positions[joints.parents])
    rotation = torch.tensor([0.0, 0.0, 0.0, 1.0]).repeat(len(bones), 1)
    skeleton = Skeleton(joints.names, torch.from_numpy(joints.parents), torch.tensor(local).float(), rotation, plan)
    indices = torch.where(skin.weights > 0, skin.joints - 1, 0)  # `bind` counts from 1, after an implied root
    device = mesh.vertices.device
    return skeleton, Skin(indices.to(device), skin.weights.to(device))


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
