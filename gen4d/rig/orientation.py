"""Which way up a mesh stands and which way it faces, and the turn that puts it right."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from gen4d.context import Context
from gen4d.errors import ConfigError
from gen4d.rig.checks import check_solid, is_inside_out
from gen4d.rig.config import AxisName, RigConfig
from gen4d.rig.names import PLAN_NAMES
from gen4d.rig.plan_net import LOOK_RESOLUTION, WRONG, axis_rotations, load_plan_net, net_looks, plan_probabilities
from gen4d.rig.slant import RESOLUTION as SLANT_RESOLUTION
from gen4d.rig.slant import Slant, find_slant
from gen4d.rig.voxels import voxelise
from gen4d.rig.weights import weld_mesh
from gen4d.rig.words import plans_from_words
from gen4d.structures import Mesh

# How files usually lie, before the shape is looked at: glTF says +Y up and facing +Z; CAD and Blender say +Z up.
AS_GIVEN, Z_UP, ABOUT_THE_AXIS, LYING = 0.70, 0.06, 0.04, 0.03
SMALLEST_WRONG = 3e-3  # the network is never surer than this that a pose is right
WORD_WEIGHT = 0.95  # of the plans a caption names; the rest is shared by the others
RAISE_CONFIDENCE = 0.7  # what points up is changed only if it is this likely: most files stand, and a fall is worse
FACE_CONFIDENCE = 0.7  # a mesh that stands is turned to the front only if the turn is this likely
AXES = {"x": (1, 0, 0), "y": (0, 1, 0), "z": (0, 0, 1), "-x": (-1, 0, 0), "-y": (0, -1, 0), "-z": (0, 0, -1)}
NAME_OF_AXIS: dict[tuple[int, ...], AxisName] = {axis: name for name, axis in AXES.items()}  # pyright: ignore


@dataclass(frozen=True)
class Orientation:
    """How a mesh stands.

    Fields:
        rotation: (3, 3) int64, turns it to +Y up, facing +Z.
        confidence: probability in [0, 1] that this is right.
    """

    rotation: np.ndarray
    confidence: float

    @property
    def up(self) -> AxisName:
        """The axis of the given mesh that points up."""
        return NAME_OF_AXIS[tuple(self.rotation[1].tolist())]

    @property
    def front(self) -> AxisName:
        """The axis of the given mesh that the subject faces."""
        return NAME_OF_AXIS[tuple(self.rotation[2].tolist())]


def find_orientation(mesh: Mesh, cfg: RigConfig, hint: str = "") -> Orientation:
    """Look at a mesh from all 24 sides and say how it stands.

    `cfg.up`, `cfg.front` and `cfg.plan` are believed where they are given.

    Raises:
        ConfigError: up and front are the same axis.
    """
    if "auto" not in (cfg.up, cfg.front) and cfg.up[-1] == cfg.front[-1]:
        raise ConfigError(f"rig.front: got {cfg.front}, but {cfg.up} is up; they must be different axes.")
    if "auto" not in (cfg.up, cfg.front):
        return Orientation(axis_rotations()[int(_pose_prior(cfg).argmax())], 1.0)
    solid = voxelise(mesh.vertices.cpu().numpy(), mesh.faces.cpu().numpy(), LOOK_RESOLUTION)
    views = plan_probabilities(net_looks(solid), load_plan_net(), axis_rotations())  # (24, P + 1)
    # If one turn is right the other 23 views show it wrong, so what counts is the odds of right against wrong.
    odds = views[:, :WRONG] / np.maximum(views[:, WRONG:], SMALLEST_WRONG)
    table = odds * _plan_prior(cfg, hint)[None] * _pose_prior(cfg)[:, None]
    table = table / max(float(table.sum()), 1e-300)
    poses = table.sum(1)
    best = int(poses.argmax())
    is_thing = PLAN_NAMES[int(table[best].argmax())] == "prop"  # a box has no front, and a chair may lie
    ups = axis_rotations()[:, 1]
    upright = float(poses[(ups == ups[best]).all(1)].sum())  # which end is up may be sure where the front is not
    stands = ups[best].tolist() == ups[int(_pose_prior(cfg).argmax())].tolist()
    sure = poses[best] >= FACE_CONFIDENCE if stands else upright >= RAISE_CONFIDENCE
    if is_thing or not sure:
        best = int(_pose_prior(cfg).argmax())
    return Orientation(axis_rotations()[best], float(poses[best]))


def settle_orientation(mesh: Mesh, cfg: RigConfig, ctx: Context, hint: str = "", *, given: bool = False) -> np.ndarray:
    """The turn a mesh file needs, (3, 3); noted in the report, and told where it is not the file's own.

    Args:
        given: the user gave joints, which fit the mesh as it is; then it is turned only where `cfg` says so.
    """
    check_solid(mesh.vertices.cpu().numpy(), mesh.faces.cpu().numpy())
    if is_inside_out(*weld_mesh(mesh)[1:]):
        ctx.note("rig.inside_out", True)
        ctx.warn(
            "rig: the mesh's faces look inwards, so engines will show its inside; the rig is right all the same, and "
            "the mesh is left as it is: turn its faces over in a modelling program."
        )
    if given:
        fixed = {axis: getattr(cfg, axis) for axis in ("up", "front")}
        usual = {"up": "y", "front": "z"}
        cfg = cfg.model_copy(update={axis: usual[axis] if value == "auto" else value for axis, value in fixed.items()})
    slant = slant_of(mesh) if (cfg.up, cfg.front) == ("auto", "auto") else Slant(1, 0.0)
    found = find_orientation(turn(mesh, slant.rotation), cfg, hint)
    if slant.degrees:
        ctx.note("rig.slant_deg", slant.degrees)
        ctx.warn(
            f"rig: the mesh stands askew and was turned by {slant.degrees:g} degrees about {'xyz'[slant.axis]}, "
            "so that its sides mirror each other; if that is wrong, give --up y --front z."
        )
    ctx.note("rig.up", found.up)
    ctx.note("rig.front", found.front)
    ctx.note("rig.orientation_confidence", round(found.confidence, 3))
    if (found.up, found.front) != ("y", "z") and (cfg.up, cfg.front) != (found.up, found.front):
        ctx.warn(
            f"rig: the mesh is taken to have {found.up} up and to face {found.front}, and was turned; "
            "if that is wrong, give --up y --front z or the right axes."
        )
    return found.rotation @ slant.rotation if slant.degrees else found.rotation


def slant_of(mesh: Mesh) -> Slant:
    """How far a mesh is turned off its axes."""
    return find_slant(voxelise(mesh.vertices.cpu().numpy(), mesh.faces.cpu().numpy(), SLANT_RESOLUTION))


def turn(mesh: Mesh, rotation: np.ndarray) -> Mesh:
    """A mesh under a rotation; the identity gives the very same vertices."""
    if (rotation == np.eye(3)).all():
        return mesh
    matrix = torch.tensor(rotation, dtype=mesh.vertices.dtype, device=mesh.vertices.device)
    normals = None if mesh.normals is None else mesh.normals @ matrix.T
    return replace(mesh, vertices=mesh.vertices @ matrix.T, normals=normals)


def _plan_prior(cfg: RigConfig, hint: str) -> np.ndarray:
    """(P,) how likely each plan is before the shape is looked at."""
    named = (cfg.plan,) if cfg.plan != "auto" else tuple(plan for plan, _ in plans_from_words(hint))
    if not named:
        return np.full(len(PLAN_NAMES), 1 / len(PLAN_NAMES))
    certain = 1.0 if cfg.plan != "auto" else WORD_WEIGHT
    rest = (1 - certain) / (len(PLAN_NAMES) - len(named))
    return np.array([certain / len(named) if plan in named else rest for plan in PLAN_NAMES])


def _pose_prior(cfg: RigConfig) -> np.ndarray:
    """(24,) how likely each turn is before the shape is looked at; what the user says rules the others out."""
    chances = []
    for rotation in axis_rotations():
        up, front = (NAME_OF_AXIS[tuple(rotation[row].tolist())] for row in (1, 2))
        if cfg.up not in ("auto", up) or cfg.front not in ("auto", front):
            chances.append(0.0)
        elif (up, front) == ("y", "z"):
            chances.append(AS_GIVEN)
        elif (up, front) == ("z", "-y"):
            chances.append(Z_UP)
        else:
            chances.append(ABOUT_THE_AXIS if up == "y" else LYING)
    return np.array(chances) / sum(chances)
