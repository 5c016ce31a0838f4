"""Trees fall over and come to lie; what is wide stays, and nothing of a plant goes into the ground."""

import math

import pytest
import torch
from dolls import box_doll

from gen4d.motion.body import make_body
from gen4d.motion.clips import make_clips
from gen4d.motion.config import MotionConfig
from gen4d.motion.kinematics import clip_joint_to_world
from gen4d.motion.plant_fall import MOST_SUNK, topple, within_ground
from gen4d.motion.pose import Pose
from gen4d.motion.skinning import skin_vertices

JOINTS = {"trunk1": ("root", (0, 0.0, 0)), "trunk2": ("trunk1", (0, 0.5, 0)), "trunk3": ("trunk2", (0, 1.0, 0))}


def _plant(width: float, height: float):
    skeleton, skin, mesh = box_doll(JOINTS, "plant", thickness=0.1)
    low, high = mesh.bounds
    middle = (low + high) / 2
    size = torch.tensor([width, height, width]) / (high - low)
    vertices = (mesh.vertices - middle) * size + torch.tensor([0.0, height / 2, 0.0])
    return skeleton, skin, type(mesh)(vertices, mesh.faces)


def test_a_tree_falls_ever_quicker_and_lies_on_the_ground(ctx) -> None:
    skeleton, skin, mesh = _plant(0.1, 2.0)
    clip = make_clips(skeleton, MotionConfig(clips=("death",)), ctx, mesh, skin)[0]
    posed = skin_vertices(mesh.vertices.double(), skin, skeleton, clip_joint_to_world(clip, skeleton))
    top = posed[:, mesh.vertices[:, 1].argmax()]  # (T, 3)
    assert float(posed[..., 1].min()) > -0.002 and float(top[-1, 1]) < 0.3 and float(top[-1, 2]) > 1.5
    struck = int((top[:, 1] < 0.3).double().argmax())
    drop = -top[: struck + 1, 1].diff()
    assert float(drop[-1]) > 3 * float(drop[: struck // 2].max())
    sine = clip.rotation[:, skeleton.names.index("trunk1"), :3].double().norm(dim=1)
    tilt = 2 * torch.asin(sine.clamp(max=1))
    struck = int((tilt > tilt.max() - 0.05).double().argmax())
    assert 0.03 < float(tilt[-1] - tilt[struck + 1 :].min()) < 0.4  # it bounces, a little
    assert float((tilt[-3:] - tilt[-1]).abs().max()) < 1e-3  # and lies


def test_a_wide_plant_does_not_topple() -> None:
    skeleton, skin, mesh = _plant(2.0, 1.0)
    assert topple(make_body(skeleton, mesh, skin), MotionConfig()) is None


@pytest.mark.parametrize("angle_deg", [10.0, 60.0])
def test_what_presses_into_the_ground_moves_less(angle_deg: float) -> None:
    skeleton, skin, mesh = _plant(2.0, 1.0)
    pose = Pose(make_body(skeleton, mesh, skin), 3)
    half = math.radians(angle_deg) / 2
    pose.turn("trunk1", torch.tensor([0.0, 0.0, math.sin(half), math.cos(half)], dtype=torch.float64))
    within_ground(pose)
    turned = skin_vertices(mesh.vertices.double(), skin, skeleton, pose.joint_to_world())
    assert 0.3 * MOST_SUNK < -float(turned[..., 1].min()) < 1.3 * MOST_SUNK
