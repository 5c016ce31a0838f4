"""How thick limbs are, and how far that lets them fold."""

import math
from dataclasses import replace

import pytest
import torch

from gen4d.motion.body import make_body
from gen4d.motion.girth import TOUCHING, girth, least_angle
from gen4d.motion.kinematics import axis_angle
from gen4d.motion.legs import Leg, open_ankle, standing
from gen4d.motion.pose import Pose
from gen4d.structures import Mesh, Skeleton, Skin

LEG = Leg("leftUpperLeg", "leftLowerLeg", "leftFoot", "leftToes", 1.0)
PLACES = {"root": (0, 0, 0), "hips": (0, 1.0, 0), "leftUpperLeg": (0.1, 0.9, 0), "leftLowerLeg": (0.1, 0.5, 0.02)}
PLACES |= {"leftFoot": (0.1, 0.1, 0), "leftToes": (0.1, 0.02, 0.15)}


def tube_legged(radius: float) -> Pose:
    """A leg whose bones are tubes of points of one radius."""
    names = tuple(PLACES)
    parents = torch.tensor([-1, 0, 1, 2, 3, 4])
    world = torch.tensor([PLACES[name] for name in names])
    steps = world - world[parents.clamp(min=0)]
    steps[0] = world[0]
    turns = torch.tensor([0.0, 0.0, 0.0, 1.0]).repeat(len(names), 1)
    skeleton = Skeleton(names, parents, steps, turns, "biped")
    points, joints = [], []
    for joint in range(2, 5):
        bone = torch.nn.functional.normalize(world[joint + 1] - world[joint], dim=0)
        side = torch.linalg.cross(bone, torch.tensor([1.0, 0.0, 0.0]))
        for share in torch.linspace(0.02, 0.98, 12):
            for turn in torch.linspace(0, 2 * math.pi, 9)[:-1]:
                around = math.cos(turn) * torch.tensor([1.0, 0.0, 0.0]) + math.sin(turn) * side
                points.append(torch.lerp(world[joint], world[joint + 1], share) + radius * around)
                joints.append(joint)
    faces = torch.arange(len(points) // 3 * 3).reshape(-1, 3)
    skin = Skin(torch.tensor([[j, 0, 0, 0] for j in joints]), torch.tensor([[1.0, 0, 0, 0]] * len(joints)))
    return Pose(make_body(skeleton, Mesh(torch.stack(points), faces), skin), 3)


@pytest.mark.parametrize("radius", [0.02, 0.05])
def test_girth_of_a_tube_is_its_radius(radius: float) -> None:
    assert girth(tube_legged(radius), "leftUpperLeg", "leftLowerLeg") == pytest.approx(radius, rel=1e-4)


def test_tubes_touch_as_far_from_the_joint_as_told() -> None:
    pose, radius = tube_legged(0.1), 0.1
    angle = least_angle(pose, "leftUpperLeg", "leftLowerLeg", "leftFoot")
    shank = float((pose.position["leftFoot"] - pose.position["leftLowerLeg"]).norm())
    assert radius / math.tan(angle / 2) == pytest.approx(TOUCHING * shank, rel=1e-3)


def test_thicker_limbs_fold_less_and_a_bare_skeleton_as_it_likes() -> None:
    thin, thick = (least_angle(tube_legged(r), *LEG.joints[:3]) for r in (0.03, 0.08))
    assert 0 < thin < thick
    bare = Pose(make_body(tube_legged(0.05).skeleton), 1)
    assert least_angle(bare, *LEG.joints[:3]) == 0.0


@pytest.mark.parametrize("pitch", [-1.6, -0.8, 0.3, 1.4, 2.4])
def test_foot_stays_as_far_from_the_shank_as_the_least_angle(pitch: float) -> None:
    pose, least = tube_legged(0.05), 0.9
    shank = (pose.position["leftLowerLeg"] - pose.position["leftFoot"]).expand(3, 3)
    step = replace(standing(3), pitch=torch.full((3,), pitch, dtype=torch.float64))
    opened = open_ankle(pose, LEG, step, shank, least)
    pose.set_world_turn("leftFoot", axis_angle((1.0, 0.0, 0.0), opened))
    foot = pose.world_position("leftToes") - pose.world_position("leftFoot")
    angle = torch.arccos(torch.cosine_similarity(foot, shank, dim=1))
    assert float(angle.min()) >= least
    told = torch.arccos(torch.cosine_similarity(_turned(pose, pitch), shank[0], dim=0))
    if float(told) > least + 0.4:
        assert float((opened - pitch).abs().max()) < 1e-3


def _turned(pose: Pose, pitch: float) -> torch.Tensor:
    foot = pose.position["leftToes"] - pose.position["leftFoot"]
    y, z = float(foot[1]), float(foot[2])
    turned = (math.cos(pitch) * y - math.sin(pitch) * z, math.sin(pitch) * y + math.cos(pitch) * z)
    return torch.tensor([float(foot[0]), *turned], dtype=torch.float64)
