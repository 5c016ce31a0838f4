"""Quaternions, forward and inverse kinematics against scipy, closed forms and numeric gradients."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from gen4d.motion.kinematics import (
    axis_angle,
    forward_kinematics,
    frame,
    make_continuous,
    matrix_to_quaternion,
    quaternion_between,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    quaternion_to_matrix,
    rest_joint_to_world,
    two_bone_ik,
)

SEEDS = st.integers(0, 10_000)


def _quaternions(seed: int, count: int = 8) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.nn.functional.normalize(torch.randn(count, 4, generator=generator, dtype=torch.float64), dim=1)


@given(SEEDS)
def test_quaternions_agree_with_scipy(seed: int) -> None:
    a, b = _quaternions(seed), _quaternions(seed + 1)
    ours, theirs = quaternion_multiply(a, b), (Rotation.from_quat(a.numpy()) * Rotation.from_quat(b.numpy())).as_quat()
    assert np.allclose(np.abs((ours.numpy() * theirs).sum(1)), 1)
    vector = b[:, :3]
    assert np.allclose(quaternion_rotate(a, vector), Rotation.from_quat(a.numpy()).apply(vector.numpy()))
    assert np.allclose(quaternion_to_matrix(a), Rotation.from_quat(a.numpy()).as_matrix())


@given(SEEDS)
def test_matrix_round_trip_keeps_the_rotation(seed: int) -> None:
    q = torch.cat([_quaternions(seed), torch.eye(4, dtype=torch.float64)])  # half turns are the hard cases
    back = matrix_to_quaternion(quaternion_to_matrix(q))
    assert torch.allclose((q * back).sum(1).abs(), torch.ones(len(q), dtype=torch.float64))


@given(SEEDS)
def test_between_is_the_shortest_turn(seed: int) -> None:
    start, end = _quaternions(seed)[:, :3], _quaternions(seed + 1)[:, :3]
    turn = quaternion_between(start, end)
    moved = torch.nn.functional.normalize(quaternion_rotate(turn, start), dim=1)
    assert torch.allclose(moved, torch.nn.functional.normalize(end, dim=1), atol=1e-7)
    angle = torch.arccos(torch.nn.functional.cosine_similarity(start, end))
    assert torch.allclose(2 * torch.arccos(turn[:, 3].clamp(max=1)), angle, atol=1e-6)


def test_continuous_never_opposes_its_neighbour_and_keeps_the_rotations() -> None:
    q = _quaternions(1, 20)[:, None]
    fixed = make_continuous(q)
    assert ((fixed[1:] * fixed[:-1]).sum(-1) >= 0).all()
    assert torch.allclose((fixed * q).sum(-1).abs(), torch.ones(20, 1, dtype=torch.float64))


def test_forward_kinematics_of_a_chain_is_the_closed_form(make_skeleton) -> None:
    arm = make_skeleton({"a": ("root", (0, 1, 0)), "b": ("a", (1, 1, 0)), "c": ("b", (3, 1, 0))}, "prop")
    turn_a, turn_b = torch.tensor([0.3, -1.0], dtype=torch.float64), torch.tensor([0.9, 2.0], dtype=torch.float64)
    rotation = torch.zeros(2, 4, 4, dtype=torch.float64)
    rotation[..., 3] = 1
    rotation[:, 1], rotation[:, 2] = axis_angle((0, 0, 1), turn_a), axis_angle((0, 0, 1), turn_b)
    shift = torch.tensor([[0.0, 1.0, 0.0], [5.0, 6.0, 7.0]], dtype=torch.float64)
    place = forward_kinematics(arm, rotation, 1, shift)[..., :3, 3]
    end_x = shift[:, 0] + torch.cos(turn_a) + 2 * torch.cos(turn_a + turn_b)
    end_y = shift[:, 1] + torch.sin(turn_a) + 2 * torch.sin(turn_a + turn_b)
    assert torch.allclose(place[:, 3], torch.stack([end_x, end_y, shift[:, 2]], 1))


def test_rest_pose_ignores_nothing(turned_biped, dolls) -> None:
    plain = rest_joint_to_world(dolls["biped"][0])[:, :3, 3]
    assert torch.allclose(rest_joint_to_world(turned_biped)[:, :3, 3], plain, atol=1e-6)


@given(SEEDS)
def test_ik_reaches_what_can_be_reached_and_keeps_lengths(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    start = torch.randn(6, 3, generator=generator, dtype=torch.float64)
    upper, lower = 0.2 + torch.rand(2, generator=generator, dtype=torch.float64)
    direction = torch.nn.functional.normalize(torch.randn(6, 3, generator=generator, dtype=torch.float64), dim=1)
    share = torch.linspace(0.1, 1.5, 6, dtype=torch.float64)[:, None]
    target = start + direction * ((upper - lower).abs() + share * (upper + lower - (upper - lower).abs()))
    pole = torch.randn(6, 3, generator=generator, dtype=torch.float64)
    middle, end = two_bone_ik(start, target, upper, lower, pole)
    assert torch.allclose((middle - start).norm(dim=1), upper.expand(6))
    assert torch.allclose((end - middle).norm(dim=1), lower.expand(6))
    assert torch.allclose(end[:4], target[:4])  # the last two are out of reach
    side = middle - start - ((middle - start) * direction).sum(1, keepdim=True) * direction
    assert ((side * pole).sum(1) >= -1e-9).all()  # bends towards the pole


def test_gradients_match_numeric_ones(make_skeleton) -> None:
    arm = make_skeleton({"a": ("root", (0, 1, 0)), "b": ("a", (1, 1, 0))}, "prop")
    rotation = _quaternions(5, 6).reshape(2, 3, 4).requires_grad_()
    shift = torch.randn(2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    assert torch.autograd.gradcheck(lambda r, s: forward_kinematics(arm, r, 1, s), (rotation, shift))
    start = torch.zeros(3, 3, dtype=torch.float64, requires_grad=True)
    target = torch.tensor([[0.3, -1.0, 0.2], [0.1, -0.4, 0], [0, 0.9, 0.5]], dtype=torch.float64, requires_grad=True)
    lengths = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (0.7, 0.6)]
    pole = torch.tensor([[0.0, 0, 1]] * 3, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda *x: two_bone_ik(*x, pole), (start, target, *lengths))
    assert torch.autograd.gradcheck(
        lambda q: matrix_to_quaternion(quaternion_to_matrix(torch.nn.functional.normalize(q, dim=1))), (rotation[0],)
    )


def test_frame_is_a_rotation_along_the_bone() -> None:
    q = _quaternions(9)
    matrix = frame(q[:, :3], q[:, 1:])
    assert torch.allclose(matrix @ matrix.mT, torch.eye(3, dtype=torch.float64).expand(8, 3, 3))
    assert torch.allclose(torch.linalg.det(matrix), torch.ones(8, dtype=torch.float64))
    assert torch.allclose(matrix[..., 1], torch.nn.functional.normalize(q[:, :3], dim=1))


def test_conjugate_undoes_a_turn() -> None:
    q = _quaternions(2)
    identity = quaternion_multiply(q, quaternion_conjugate(q))
    assert torch.allclose(identity, identity.new_tensor([0, 0, 0, 1]).expand(8, 4))
    quarter = axis_angle((0.0, 1.0, 0.0), torch.tensor(math.pi / 2, dtype=torch.float64))
    moved = quaternion_rotate(quarter, torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64))
    assert moved.tolist() == pytest.approx([1.0, 0.0, 0.0])  # right-handed: forward turns to the left, +X
