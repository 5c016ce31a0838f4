"""Loops found in motions of others: a wave whose period is known."""

import math
from dataclasses import replace

import pytest
import torch

from gen4d.motion.body import make_body
from gen4d.motion.cycle import longest_cycle, part_of, with_fine_times, with_last_keyframe, with_walk_keys
from gen4d.motion.kinematics import axis_angle, quaternion_to_rotation_vector, rotation_vector_to_quaternion
from gen4d.motion.pose import Pose
from gen4d.structures import Clip

X = (1.0, 0.0, 0.0)
PERIOD = 24


def _swinging(frames: int, fps: float = 24.0, joints: int = 2) -> Clip:
    """Joints that swing with a period of 24 frames, some a quarter later."""
    phase = 2 * math.pi * torch.arange(frames, dtype=torch.float64) / PERIOD
    angles = torch.stack([0.8 * torch.sin(phase - 0.5 * math.pi * j) for j in range(joints)], 1)
    rotation = axis_angle(X, angles).float()
    return Clip("swing", torch.arange(frames) / fps, rotation, torch.zeros(frames, 3), 0, loop=False)


def test_a_missing_last_keyframe_is_repeated() -> None:
    clip = _swinging(PERIOD)  # 24 keyframes of a period of 24 steps: the 25th is the first
    closed = with_last_keyframe(clip)
    assert len(closed.times) == PERIOD + 1
    assert torch.allclose(closed.times.diff(), clip.times[1].expand(PERIOD))
    assert torch.equal(closed.rotation[-1].abs(), clip.rotation[0].abs())


@pytest.mark.parametrize("frames", [PERIOD + 1, PERIOD // 2 + 1, 2 * PERIOD // 3])
def test_a_clip_that_is_closed_or_no_cycle_gets_no_keyframe(frames: int) -> None:
    clip = _swinging(frames)
    assert with_last_keyframe(clip) is clip


def test_the_longest_cycle_is_whole_periods_and_closes() -> None:
    clip = _swinging(5 * PERIOD + 7)
    found = longest_cycle(clip.rotation.double(), 24.0, 0.25)
    assert found is not None
    start, end = found
    assert (end - start) % PERIOD == 0 and end - start >= 3 * PERIOD
    part = part_of(clip, start, end)
    assert float(part.times[0]) == 0 and len(part.times) == end - start + 1
    assert float((part.rotation[0] - part.rotation[-1]).norm()) < 1e-5


def test_a_motion_that_never_returns_has_no_cycle() -> None:
    angle = torch.linspace(0, 3, 80, dtype=torch.float64)
    assert longest_cycle(axis_angle(X, angle)[:, None], 24.0, 0.25) is None
    assert longest_cycle(axis_angle(X, angle[:6])[:, None], 24.0, 0.25) is None


def test_fine_times_pass_through_the_keyframes_near_the_true_curve() -> None:
    clip = _swinging(PERIOD // 2 + 1)
    fine = with_fine_times(clip)
    assert len(fine.times) == PERIOD + 1 and fine.times[-1] == clip.times[-1]
    assert torch.allclose(fine.rotation[::2], clip.rotation, atol=1e-6)
    exact = _swinging(PERIOD + 1, 48.0)
    phase = math.pi * torch.arange(PERIOD + 1, dtype=torch.float64) / PERIOD
    truth = axis_angle(X, 0.8 * torch.sin(phase)).float()
    assert float((fine.rotation[:, 0] - truth).norm(dim=-1).max()) < 0.01
    assert with_fine_times(exact) is exact


def test_a_closed_pose_meets_itself_and_moves_evenly_through_the_seam(dolls) -> None:
    skeleton, skin, mesh = dolls["biped"]
    pose = Pose(make_body(skeleton, mesh, skin), 31)
    share = torch.linspace(0, 1, 31, dtype=torch.float64)
    pose.turn("spine", axis_angle(X, 0.9 * (2 * share - 1).abs() + 0.05 * share))  # a corner and a gap at the seam
    way = torch.tensor([0.0, 0.0, 1.2], dtype=torch.float64)
    pose.shift = way * (share + 0.05 * share**2)[:, None]

    def corner() -> float:
        turns = quaternion_to_rotation_vector(pose.local_turn("spine"))[:, 0]
        return float(((turns[1] - turns[0]) - (turns[-1] - turns[-2])).abs())

    before = corner()
    pose.close(way, 5)
    assert torch.allclose(pose.local_turn("spine")[0], pose.local_turn("spine")[-1], atol=1e-12)
    assert torch.allclose(pose.shift[-1], pose.shift[0] + way, atol=1e-12)
    assert corner() < 0.4 * before


def test_rotation_vectors_come_back() -> None:
    vector = 3 * torch.rand(50, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64) - 1.5
    vector = torch.cat([vector, torch.zeros(1, 3).double(), 1e-14 * torch.ones(1, 3).double()])
    assert torch.allclose(quaternion_to_rotation_vector(rotation_vector_to_quaternion(vector)), vector, atol=1e-12)


def test_a_closing_keyframe_is_not_made_of_a_body_that_went_on() -> None:
    clip = _swinging(PERIOD)
    gone = replace(clip, root_translation=torch.linspace(0, 2, PERIOD)[:, None] * torch.tensor([0.0, 0.0, 1.0]))
    assert with_last_keyframe(gone) is gone


def test_walk_keys_pass_through_the_clips_own_and_leave_quick_clips_alone() -> None:
    phase = 2 * torch.pi * torch.arange(25) / 24
    half = 0.3 * torch.sin(phase)
    rotation = torch.stack([torch.sin(half), 0 * half, 0 * half, torch.cos(half)], 1)[:, None].float()
    clip = Clip("walk", torch.arange(25) / 24.0, rotation, torch.zeros(25, 3), 0, True)
    fine = with_walk_keys(clip)
    assert len(fine.times) == 73 and fine.loop and torch.allclose(fine.rotation[::3], rotation, atol=1e-6)
    exact = 0.3 * torch.sin(2 * torch.pi * torch.arange(73) / 72)
    assert float((fine.rotation[:, 0, 0] - torch.sin(exact)).abs().max()) < 2e-3
    quick = replace(clip, times=0.5 * clip.times)
    assert with_walk_keys(quick) is quick
