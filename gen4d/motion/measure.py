"""How good a clip is, measured on joints and skinned vertices: foot skate, seam, bone lengths, floor."""

from dataclasses import dataclass

import torch

from gen4d.motion.kinematics import clip_joint_to_world
from gen4d.motion.skinning import skin_vertices
from gen4d.structures import Clip, Mesh, Skeleton, Skin

HUMAN_HEIGHT = 1.7  # metres; the rules below are stated at this height and 30 frames a second and scale with both
HUMAN_FPS = 30.0
CONTACT_HEIGHT = 0.005  # metres above the ground
SLIDE = 0.01  # metres a frame
SOLE_VERTICES = 0.15  # of a foot's vertices: the lowest ones in the rest pose count as its sole


@dataclass(frozen=True)
class ClipMeasures:
    """Fields:
    foot_skate: share of contact frames in which the lowest sole vertex moves against the ground by more than 1 cm.
    contact: share of (foot, frame) pairs in contact.
    seam: largest vertex distance between first and last keyframe, over the height.
    bone_drift: largest relative change of a bone's length.
    penetration: metres below y = 0 at human scale, beyond what the rest pose already has.
    floating: metres of air under the lowest vertex at human scale, in the frame where it is largest.
    """

    foot_skate: float
    contact: float
    seam: float
    bone_drift: float
    penetration: float
    floating: float


def measure_clip(clip: Clip, skeleton: Skeleton, skin: Skin, mesh: Mesh) -> ClipMeasures:
    """Pose the mesh through a clip and measure it; joints whose name ends in "Toes" or "Foot" are feet."""
    joint_to_world = clip_joint_to_world(clip, skeleton)
    posed = skin_vertices(mesh.vertices.double(), skin, skeleton, joint_to_world)  # (T, V, 3)
    low, high = mesh.bounds
    height = max(float(high[1] - low[1]), 1e-9)
    scale = HUMAN_HEIGHT / height
    skate, contact = _foot_skate(clip, skeleton, skin, mesh, posed, scale)
    lowest = posed[..., 1].amin(1)  # (T,)
    return ClipMeasures(
        foot_skate=skate,
        contact=contact,
        seam=float((posed[0] - posed[-1]).norm(dim=-1).max()) / height,
        bone_drift=_bone_drift(skeleton, joint_to_world, clip.moving_joint),
        penetration=max(0.0, float(low[1].clamp(max=0) - lowest.min())) * scale,
        floating=max(0.0, float(lowest.max())) * scale,
    )


def _foot_skate(
    clip: Clip, skeleton: Skeleton, skin: Skin, mesh: Mesh, posed: torch.Tensor, scale: float
) -> tuple[float, float]:
    """Slides over contacts, and contacts over all (foot, step) pairs; the ground passes back at the clip's speed."""
    step = clip.times.double().diff()  # (T - 1,)
    slides = contacts = pairs = 0
    for sole in _soles(skeleton, skin, mesh):
        feet = posed[:, sole] * scale  # (T, S, 3)
        moved = feet.diff(dim=0)
        moved[..., 2] += clip.speed * scale * step[:, None]  # against the ground
        lowest = feet[..., 1].argmin(1)[:-1]  # the vertex that touches at the start of each step
        distance = moved[torch.arange(len(step)), lowest][:, [0, 2]].norm(dim=-1)
        touching = (feet[:-1, :, 1].amin(1) < CONTACT_HEIGHT) & (feet[1:, :, 1].amin(1) < CONTACT_HEIGHT)
        slides += int((touching & (distance > SLIDE * HUMAN_FPS * step)).sum())
        contacts += int(touching.sum())
        pairs += len(step)
    return slides / max(contacts, 1), contacts / max(pairs, 1)


def _soles(skeleton: Skeleton, skin: Skin, mesh: Mesh) -> list[torch.Tensor]:
    """For each foot, indices of the lowest vertices it carries."""
    soles = []
    for side in sorted({name.removesuffix("Toes") for name in skeleton.names if name.endswith("Toes")}):
        joints = torch.tensor([i for i, n in enumerate(skeleton.names) if n in (side + "Toes", side + "Foot")])
        share = (skin.weights * torch.isin(skin.joints, joints)).sum(1)
        carried = torch.nonzero(share > 0.5).ravel()
        if len(carried):
            order = mesh.vertices[carried, 1].argsort()
            soles.append(carried[order[: max(3, int(SOLE_VERTICES * len(carried)))]])
    return soles


def _bone_drift(skeleton: Skeleton, joint_to_world: torch.Tensor, moving_joint: int) -> float:
    """Largest (longest - shortest) / mean over bones; the moving joint's own bone is meant to change."""
    worst = 0.0
    for joint, parent in enumerate(skeleton.parents.tolist()):
        if parent < 0 or joint == moving_joint:
            continue
        length = (joint_to_world[:, joint, :3, 3] - joint_to_world[:, parent, :3, 3]).norm(dim=-1)
        worst = max(worst, float((length.max() - length.min()) / length.mean().clamp(min=1e-9)))
    return worst
