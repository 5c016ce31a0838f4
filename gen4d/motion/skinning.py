"""Linear blend skinning: what the game engine will show."""

import torch

from gen4d.motion.kinematics import rest_joint_to_world
from gen4d.structures import Skeleton, Skin


def skin_vertices(
    mesh_vertices: torch.Tensor, skin: Skin, skeleton: Skeleton, joint_to_world: torch.Tensor
) -> torch.Tensor:
    """Pose a mesh.

    Args:
        mesh_vertices: (V, 3) metres, in the rest pose.
        joint_to_world: (T, J, 4, 4), e.g. from `forward_kinematics`.

    Returns:
        vertices: (T, V, 3) metres, of the dtype of `joint_to_world`.
    """
    bind_to_world = joint_to_world @ torch.linalg.inv(rest_joint_to_world(skeleton)).to(joint_to_world)  # (T, J, 4, 4)
    points = mesh_vertices.to(joint_to_world)
    points = torch.cat([points, torch.ones_like(points[:, :1])], dim=1)  # (V, 4)
    posed = torch.zeros(len(joint_to_world), len(points), 3, dtype=points.dtype, device=points.device)
    for slot in range(skin.joints.shape[1]):  # four small products instead of one (T, V, 4, 4) matrix
        matrices = bind_to_world[:, skin.joints[:, slot], :3]  # (T, V, 3, 4)
        posed = posed + skin.weights[None, :, slot, None].to(points) * torch.einsum("tvij,vj->tvi", matrices, points)
    return posed
