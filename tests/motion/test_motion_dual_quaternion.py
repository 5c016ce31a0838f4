"""Dual quaternions: rigid where one joint holds, equal to linear blending for translations, volume kept in a twist."""

import torch

from gen4d.motion.clips import make_clips
from gen4d.motion.config import MotionConfig
from gen4d.motion.dual_quaternion import blend_dual_quaternions, dual_quaternions, skin_vertices_dual_quaternion
from gen4d.motion.kinematics import axis_angle, clip_joint_to_world, quaternion_to_matrix, rest_joint_to_world
from gen4d.motion.skinning import skin_vertices
from gen4d.structures import Skin


def _rigid(seed: int, count: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    q = torch.nn.functional.normalize(torch.randn(count, 4, generator=generator, dtype=torch.float64), dim=1)
    matrix = torch.eye(4, dtype=torch.float64).repeat(count, 1, 1)
    matrix[:, :3, :3], matrix[:, :3, 3] = quaternion_to_matrix(q), torch.randn(count, 3, generator=generator).double()
    return matrix


def test_rigid_parts_move_as_in_linear_blending(dolls, ctx) -> None:
    skeleton, skin, mesh = dolls["biped"]
    world = clip_joint_to_world(make_clips(skeleton, MotionConfig(clips=("kick",)), ctx)[0], skeleton)
    both = [f(mesh.vertices, skin, skeleton, world) for f in (skin_vertices, skin_vertices_dual_quaternion)]
    assert torch.allclose(both[0], both[1], atol=1e-6)
    rest = skin_vertices_dual_quaternion(mesh.vertices, skin, skeleton, rest_joint_to_world(skeleton)[None])
    assert torch.allclose(rest[0], mesh.vertices.double(), atol=1e-6)


def test_a_twist_keeps_the_radius_where_linear_blending_collapses() -> None:
    ring = torch.tensor([[1.0, 0, 0], [0, 1.0, 0], [-1.0, 0, 0]], dtype=torch.float64)
    skin = Skin(torch.tensor([[0, 1, 0, 0]] * 3), torch.tensor([[0.5, 0.5, 0, 0]] * 3))
    turn = axis_angle((0.0, 0.0, 1.0), torch.tensor([0.0, 3.0], dtype=torch.float64))
    matrices = torch.eye(4, dtype=torch.float64).repeat(1, 2, 1, 1)
    matrices[0, :, :3, :3] = quaternion_to_matrix(turn)
    blended = blend_dual_quaternions(ring, skin, *dual_quaternions(matrices))[0]
    assert torch.allclose(blended.norm(dim=1), torch.ones(3, dtype=torch.float64))
    linear = (ring @ matrices[0].mean(0)[:3, :3].T).norm(dim=1)
    assert linear.max() < 0.1


def test_gradients_match_numeric_ones() -> None:
    points = torch.randn(3, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1)).requires_grad_()
    skin = Skin(
        torch.tensor([[0, 1, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]]),
        torch.tensor([[0.4, 0.6, 0, 0], [1, 0, 0, 0], [0.7, 0.3, 0, 0]]),
    )
    real, dual = (part[None].clone().requires_grad_() for part in dual_quaternions(_rigid(0, 2)))
    assert torch.autograd.gradcheck(lambda p, r, d: blend_dual_quaternions(p, skin, r, d), (points, real, dual))
