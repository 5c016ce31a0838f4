"""Arms stay out of the body, and the shoulder takes its share of their way."""

import itertools
import math

import pytest
import torch
from dolls import LIMBS, MIDDLE, build_skeleton, mirrored

from gen4d.motion.arms import ELBOW_TOUCHING, GIRDLE, clear_arm, open_elbow, share_with_girdle
from gen4d.motion.body import make_body
from gen4d.motion.girth import least_angle
from gen4d.motion.kinematics import axis_angle
from gen4d.motion.pose import Pose
from gen4d.structures import Mesh, Skin

ARM = ("leftUpperArm", "leftLowerArm", "leftHand")
TRUNK = ("hips", "spine", "chest", "upperChest")


TUBES = {"hips": ("upperChest", 0.13), "upperChest": ("neck", 0.13)}
TUBES |= {
    f"{s}{a}": (f"{s}{b}", 0.04)
    for s in ("left", "right")
    for a, b in itertools.pairwise(("UpperArm", "LowerArm", "Hand"))
}


@pytest.fixture
def pose() -> Pose:
    """A trunk and two arms, each bone a tube of points of one radius."""
    skeleton = build_skeleton({**MIDDLE, **LIMBS, **mirrored(LIMBS)}, "biped")
    bare = Pose(make_body(skeleton), 1)
    points, joints = [], []
    for name, (end, radius) in TUBES.items():
        line = bare.position[end] - bare.position[name]
        side = torch.nn.functional.normalize(torch.linalg.cross(line, torch.tensor([0.0, 0.0, 1.0]).double()), dim=0)
        for share, turn in itertools.product(torch.linspace(0.02, 0.98, 12), torch.linspace(0, 2 * math.pi, 9)[:-1]):
            around = math.cos(turn) * torch.tensor([0.0, 0.0, 1.0]) + math.sin(turn) * side
            points.append((bare.position[name] + share * line + radius * around).float())
            joints.append(bare.index[name])
    faces = torch.arange(len(points) // 3 * 3).reshape(-1, 3)
    skin = Skin(torch.tensor([[j, 0, 0, 0] for j in joints]), torch.tensor([[1.0, 0, 0, 0]] * len(joints)))
    return Pose(make_body(skeleton, Mesh(torch.stack(points), faces), skin), 5)


def bone(pose: Pose, first: str, last: str) -> torch.Tensor:
    return pose.world_position(last) - pose.world_position(first)


def bent(pose: Pose, angle: float) -> float:
    """Bend the elbow ahead until forearm and upper arm are this far apart; how far they are after opening it."""
    rest = pose.position["leftHand"] - pose.position["leftLowerArm"]
    hinge = torch.nn.functional.normalize(torch.linalg.cross(rest, torch.tensor([0.0, 0.0, 1.0]).double()), dim=0)
    pose.turn("leftLowerArm", axis_angle(tuple(hinge.tolist()), torch.full((5,), math.pi - angle).double()))
    open_elbow(pose, ARM)
    apart = torch.cosine_similarity(-bone(pose, *ARM[:2]), bone(pose, *ARM[1:]), dim=1)
    return float(torch.arccos(apart.clamp(-1, 1)).min())


def test_elbow_opens_to_what_its_skin_lets_it_and_no_further(pose) -> None:
    least = least_angle(pose, *ARM, touching=ELBOW_TOUCHING)
    assert least > 0.2
    assert bent(pose, 0.5 * least) >= least


def test_elbow_that_is_open_stays(pose) -> None:
    least = least_angle(pose, *ARM, touching=ELBOW_TOUCHING)
    before = pose.local_turn("leftLowerArm").clone()
    open_elbow(pose, ARM)
    assert least < 2.0
    assert float((pose.local_turn("leftLowerArm") - before).abs().max()) < 1e-3


def test_girdle_takes_its_share_and_the_arm_keeps_its_attitude(pose) -> None:
    angle = torch.linspace(0.0, 1.2, 5, dtype=torch.float64)
    pose.turn("leftUpperArm", axis_angle((0.0, 0.0, 1.0), -angle))
    before = pose.world_turn("leftUpperArm")
    share_with_girdle(pose, "left")
    turned = 2 * torch.atan2(pose.local_turn("leftShoulder")[:, :3].norm(dim=1), pose.local_turn("leftShoulder")[:, 3])
    assert torch.allclose(turned, GIRDLE * angle, atol=1e-6)
    assert torch.allclose((pose.world_turn("leftUpperArm") * before).sum(1).abs(), torch.ones(5).double())


@pytest.mark.parametrize("side, sign", [("left", 1.0), ("right", -1.0)])
def test_arm_in_the_trunk_is_held_off_outwards_and_one_beside_it_is_not(pose, side, sign) -> None:
    shoulder, hand = f"{side}UpperArm", f"{side}Hand"
    down = torch.linspace(0.0, 1.9, 5, dtype=torch.float64)  # from straight out to through the hips
    pose.turn(shoulder, axis_angle((0.0, 0.0, 1.0), -sign * down))
    before = sign * bone(pose, shoulder, hand)[:, 0]
    clear_arm(pose, side, sign, TRUNK)
    after = sign * bone(pose, shoulder, hand)[:, 0]
    assert float(before[-1]) < -0.1 < 0.0 < float(after[-1])
    assert float((after - before)[0].abs()) < 1e-6
