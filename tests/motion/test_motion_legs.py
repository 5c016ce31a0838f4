"""Legs bent by inverse kinematics: no joint snaps, wherever a step leads, and strays of the skin are no soles."""

import math

import pytest
import torch
from dolls import DOG_LIMBS, DOG_MIDDLE, box_doll, mirrored

from gen4d.evaluate.motion import LIMITS
from gen4d.motion.body import make_body
from gen4d.motion.clips import make_clips
from gen4d.motion.config import MotionConfig
from gen4d.motion.legs import Step, ankle_target, folded_as_room_allows, nearest_fold, place_leg
from gen4d.motion.pose import Pose
from gen4d.motion.quadruped_parts import legs
from gen4d.motion.resample import quickest_turn
from gen4d.structures import Mesh, Skeleton, Skin

DOG = box_doll({**DOG_MIDDLE, **DOG_LIMBS, **mirrored(DOG_LIMBS)}, "quadruped")
FRAMES = 121


def _swung(offset: torch.Tensor, number: int) -> tuple[Pose, Step]:
    """One leg of the doll brought to offsets (T, 3) from where its foot stands."""
    pose = Pose(make_body(*_in_order(DOG)), len(offset))
    flat = torch.zeros(len(offset), dtype=torch.float64)
    step = Step(offset, flat, flat, flat)
    place_leg(pose, legs()[number], step)
    return pose, step


def _in_order(doll: tuple[Skeleton, Skin, Mesh]) -> tuple[Skeleton, Mesh, Skin]:
    skeleton, skin, mesh = doll
    return skeleton, mesh, skin


@pytest.mark.parametrize("number", range(4))
def test_a_foot_led_through_its_own_hip_turns_no_joint_over(number: int) -> None:
    share = torch.linspace(-1, 1, FRAMES, dtype=torch.float64)
    way = torch.stack([0 * share, 0.40 * (1 - share**4), 0.9 * share], 1)  # up to the hip, from far behind to far ahead
    pose, _ = _swung(way, number)
    clip = pose.clip("swing", 60, loop=False)
    assert math.degrees(quickest_turn(clip, DOG[0])) < 30


@pytest.mark.parametrize("number", range(4))
def test_a_foot_on_the_ground_is_exactly_where_its_step_says(number: int) -> None:
    share = torch.linspace(-1, 1, 31, dtype=torch.float64)
    pose, step = _swung(torch.stack([0 * share, 0 * share, 0.1 * share], 1), number)
    pose.shift[:, 1] -= 0.05
    leg = legs()[number]
    place_leg(pose, leg, step)
    assert torch.allclose(pose.world_position(leg.foot), ankle_target(pose, leg, step), atol=1e-9)


LONG_LIMBS = {**DOG_LIMBS, "leftHindFoot": (DOG_LIMBS["leftHindFoot"][0], (0.1, 0.04, -0.60))}  # a paw .25 m long
LONG = box_doll({**DOG_MIDDLE, **LONG_LIMBS, **mirrored(LONG_LIMBS)}, "quadruped")


def test_a_paw_swings_as_folded_as_the_room_under_the_hip_allows() -> None:
    leg, shares = legs()[0], []
    for lowered in (-0.1, 0.05, 0.10):
        pose = Pose(make_body(*_in_order(LONG)), FRAMES)
        pose.shift[:, 1] -= lowered
        swing = torch.sin(torch.linspace(0, 2 * math.pi, FRAMES, dtype=torch.float64)).clamp(min=0.0)
        step = Step(torch.stack([0 * swing, 0.1 * swing, 0 * swing], 1), 1.4 * swing, 0 * swing, 0 * swing)
        hip, nearest = pose.world_position(leg.upper), nearest_fold(pose, leg)
        folded = folded_as_room_allows(pose, leg, step, hip, nearest)
        room, before = ((hip - ankle_target(pose, leg, one))[:, 1].amin() / nearest for one in (folded, step))
        assert torch.equal(folded.pitch[swing == 0], step.pitch[swing == 0])
        shares.append(float(folded.pitch.amax() / step.pitch.amax()))
        assert room == before if shares[-1] == 1 else room > before + 0.1
    assert shares == pytest.approx([1.0, 0.5, 0.5])


def test_skin_far_from_a_foot_is_no_sole(ctx) -> None:
    skeleton, skin, mesh = DOG
    toes = skeleton.names.index("leftHindToes")
    stray = int(torch.nonzero(skin.joints[:, 0] == toes)[-1])
    vertices = mesh.vertices.clone()
    vertices[stray, 2] += 0.45  # a vertex of the belly that weights gave to the paw
    torn = Mesh(vertices, mesh.faces)
    soles = make_body(skeleton, torn, skin).soles
    assert float(soles["leftHindFoot"].points[:, 2].max()) < 0.2
    for clip in make_clips(skeleton, MotionConfig(clips=("walk", "trot", "gallop")), ctx, torn, skin):
        assert math.degrees(quickest_turn(clip, skeleton)) < LIMITS["turn_deg"], clip.name
