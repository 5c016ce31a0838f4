"""Poses are found again in a film drawn from them: outlines of a doll's own skin, seen by a known camera."""

import math

import cv2
import numpy as np
import pytest
import torch

from gen4d.context import Context
from gen4d.errors import InputError
from gen4d.motion.body import make_body
from gen4d.motion.clips import make_clips
from gen4d.motion.config import MotionConfig
from gen4d.motion.film import Film
from gen4d.motion.film_matte import Tracked
from gen4d.motion.kinematics import clip_joint_to_world
from gen4d.motion.pose import Pose
from gen4d.motion.skinning import skin_vertices
from gen4d.motion.video import clip_from_film
from gen4d.motion.video_body import film_body, turns_of_clip
from gen4d.motion.video_poses import axes
from gen4d.structures import Asset, Clip, Material, Mesh, Skeleton, Skin

SIZE, FPS, AZIMUTH_DEG = 120, 10, 90.0
Doll = tuple[Skeleton, Skin, Mesh]


def drawn(clip: Clip, doll: Doll) -> np.ndarray:
    """Outlines (T, SIZE, SIZE) of a clip from the side, by an orthographic camera."""
    skeleton, skin, mesh = doll
    posed = skin_vertices(mesh.vertices.double(), skin, skeleton, clip_joint_to_world(clip, skeleton)).float()
    right, up, _ = axes(torch.tensor(math.radians(AZIMUTH_DEG)), torch.tensor(0.0))
    scale = 0.7 * SIZE / float(mesh.vertices[:, 1].max())
    flat = torch.stack([posed @ right * scale + SIZE / 2, SIZE * 0.85 - posed @ up * scale], -1)  # (T, V, 2)
    masks = []
    for frame in flat.round().int().numpy():
        mask = np.zeros((SIZE, SIZE), np.uint8)
        for face in mesh.faces.numpy():
            cv2.fillConvexPoly(mask, frame[face], 1)
        masks.append(mask > 0)
    return np.stack(masks)


def test_joints_are_where_the_skeletons_own_kinematics_put_them(dolls: dict[str, Doll], ctx: Context) -> None:
    skeleton, skin, mesh = dolls["quadruped"]
    (clip,) = make_clips(skeleton, MotionConfig(clips=("trot",), fps=10, springs=False), ctx, mesh, skin)
    pose = Pose(make_body(skeleton), len(clip.times))
    body = film_body(skeleton, mesh, skin, pose)
    world, place = body.joints(turns_of_clip(clip, skeleton), torch.zeros(len(clip.times), 3))
    wanted = clip_joint_to_world(clip, skeleton)
    carrier = clip.moving_joint
    away = (place - place[:, carrier, None]) - (wanted[..., :3, 3] - wanted[:, carrier, None, :3, 3]).float()
    assert float(away[:, carrier:].abs().max()) < 1e-4 * body.height
    points, normals = body.skin(world, place)
    assert points.shape == normals.shape


@pytest.mark.slow
@pytest.mark.parametrize(("plan", "name"), [("biped", "walk"), ("quadruped", "trot")])
def test_a_clip_is_found_again_in_its_film(plan: str, name: str, dolls: dict[str, Doll], ctx: Context) -> None:
    skeleton, skin, mesh = dolls[plan]
    (clip,) = make_clips(skeleton, MotionConfig(clips=(name,), fps=FPS, springs=False), ctx, mesh, skin)
    masks = drawn(clip, dolls[plan])
    blank = np.zeros((*masks.shape, 3), np.uint8)
    still = np.zeros((len(masks) - 1, SIZE, SIZE, 2), np.float32)
    tracked = Tracked(masks, still, np.zeros(still.shape[:3], bool), 1.0)
    asset = Asset("doll", mesh, Material(torch.full((1, 1, 4), 0.8)), skeleton, skin)
    cfg = MotionConfig(video_azimuth_deg=AZIMUTH_DEG)
    found = clip_from_film(Film(blank, FPS), tracked, asset, cfg, ctx)
    assert found.name == "video"
    assert float(found.times[-1]) == pytest.approx(float(clip.times[-1]), rel=1e-3)
    again = drawn(found, dolls[plan])[: len(masks)]
    overlap = np.mean([_overlap(a, b) for a, b in zip(masks, again, strict=True)])
    resting = drawn(
        Clip(
            "rest", clip.times[:2], skeleton.rest_rotation.repeat(2, 1, 1), skeleton.rest_translation[[1, 1]], 1, True
        ),
        dolls[plan],
    )[0]
    assert overlap > np.mean([_overlap(mask, resting) for mask in masks]) + 0.05


@pytest.mark.slow
def test_a_film_of_something_else_is_refused(dolls: dict[str, Doll], ctx: Context) -> None:
    skeleton, skin, mesh = dolls["biped"]
    masks = np.zeros((6, SIZE, SIZE), bool)
    masks[:, 58:60, 4:116] = True  # a long thin line, which no pose of a man looks like
    still = np.zeros((5, SIZE, SIZE, 2), np.float32)
    asset = Asset("doll", mesh, Material(torch.full((1, 1, 4), 0.8)), skeleton, skin)
    with pytest.raises(InputError, match="too unlike"):
        clip_from_film(
            Film(np.zeros((6, SIZE, SIZE, 3), np.uint8), FPS),
            Tracked(masks, still, np.zeros(still.shape[:3], bool), 1.0),
            asset,
            MotionConfig(),
            ctx,
        )


def test_a_mesh_without_a_rig_is_refused(dolls: dict[str, Doll], ctx: Context) -> None:
    mesh = dolls["biped"][2]
    masks = np.ones((6, 8, 8), bool)
    tracked = Tracked(masks, np.zeros((5, 8, 8, 2), np.float32), np.zeros((5, 8, 8), bool), 1.0)
    bare = Asset("doll", mesh, Material(torch.full((1, 1, 4), 0.8)))
    with pytest.raises(InputError, match="rig"):
        clip_from_film(Film(np.zeros((6, 8, 8, 3), np.uint8), FPS), tracked, bare, MotionConfig(), ctx)


def _overlap(first: np.ndarray, second: np.ndarray) -> float:
    """Of two outlines, their centres of area brought together."""
    move = [round(float(a.mean() - b.mean())) for a, b in zip(np.nonzero(first), np.nonzero(second), strict=True)]
    moved = np.roll(second, move, (0, 1))
    return float((first & moved).sum() / (first | moved).sum())
