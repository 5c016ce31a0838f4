"""Dual-quaternion skinning: blends rigid motions, so that twisted limbs keep their volume; batched and differentiable.

Game engines show linear blends, as glTF prescribes; this is for baking and for fitting.
Source: Kavan, Collins, Zara and O'Sullivan, Skinning with Dual Quaternions, 2007.
"""

import torch
from torch.nn.functional import pad

from gen4d.motion.kinematics import (
    matrix_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    rest_joint_to_world,
)
from gen4d.structures import Skeleton, Skin


def skin_vertices_dual_quaternion(
    mesh_vertices: torch.Tensor, skin: Skin, skeleton: Skeleton, joint_to_world: torch.Tensor
) -> torch.Tensor:
    """Pose a mesh by blending dual quaternions.

    Args:
        mesh_vertices: (V, 3) metres, in the rest pose.
        joint_to_world: (T, J, 4, 4) rigid, e.g. from `forward_kinematics`.

    Returns:
        vertices: (T, V, 3) metres, of the dtype of `joint_to_world`.
    """
    bind = joint_to_world @ torch.linalg.inv(rest_joint_to_world(skeleton)).to(joint_to_world)  # (T, J, 4, 4)
    return blend_dual_quaternions(mesh_vertices.to(bind), skin, *dual_quaternions(bind))


def dual_quaternions(matrices: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Real and dual parts (..., 4) each of rigid matrices (..., 4, 4)."""
    real = matrix_to_quaternion(matrices[..., :3, :3])
    shift = pad(matrices[..., :3, 3], (0, 1))  # a pure quaternion
    return real, 0.5 * quaternion_multiply(shift, real)


def blend_dual_quaternions(points: torch.Tensor, skin: Skin, real: torch.Tensor, dual: torch.Tensor) -> torch.Tensor:
    """Move points (V, 3) by the weighted mean of their joints' dual quaternions (T, J, 4); (T, V, 3)."""
    total_real = torch.zeros(len(real), len(points), 4, dtype=points.dtype, device=points.device)
    total_dual = torch.zeros_like(total_real)
    pivot = real[:, skin.joints[:, 0]]  # q and -q are the same turn; all are brought to the first one's side
    for slot in range(skin.joints.shape[1]):
        here = real[:, skin.joints[:, slot]]
        side = torch.where((here * pivot).sum(-1, keepdim=True) < 0, -1.0, 1.0).to(points)
        share = side * skin.weights[None, :, slot, None].to(points)
        total_real = total_real + share * here
        total_dual = total_dual + share * dual[:, skin.joints[:, slot]]
    length = total_real.norm(dim=-1, keepdim=True)
    turn, moved = total_real / length, total_dual / length
    shift = 2 * quaternion_multiply(moved, quaternion_conjugate(turn))[..., :3]
    return quaternion_rotate(turn, points) + shift
