"""What a pose does to the surface: how much volume it adds or takes, and how much of the skin it draws into webs."""

from collections.abc import Sequence

import torch

from gen4d.motion.body import Body
from gen4d.motion.skinning import skin_vertices
from gen4d.structures import Skin

TORN = 2.5  # times its area at rest: skin stretched further is a web, not a bend


def strain(body: Body, joint_to_world: torch.Tensor, names: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
    """How the named joints, which alone may move, strain the skin; nothing where the body has no mesh.

    Args:
        joint_to_world: (T, J, 4, 4) of poses in which all other joints are at rest.
        names: of the joints that move.

    Returns:
        volume: (T,) its change, as a share of the volume at rest.
        torn: (T,) area of the skin stretched beyond `TORN`, as a share of the whole skin's area at rest.
    """
    none = torch.zeros(len(joint_to_world), dtype=torch.float64)
    if body.mesh is None or body.skin is None:
        return none, none
    vertices, faces = body.mesh.vertices.double().cpu(), body.mesh.faces.cpu()
    joints, weights = body.skin.joints.cpu(), body.skin.weights.cpu()
    moving = torch.tensor([i for i, name in enumerate(body.skeleton.names) if name in names], dtype=torch.int64)
    moved = (weights * torch.isin(joints, moving)).sum(1) > 0
    whole_volume, whole_area = _measures(vertices, faces)
    chosen, corners = faces[moved[faces].any(1)].unique(return_inverse=True)  # what else there is keeps its measures
    if not len(chosen):
        return none, none
    middle = vertices.mean(0)
    rest_volume, rest_area = _measures(vertices[chosen] - middle, corners)
    skin = Skin(joints[chosen], weights[chosen])
    posed = skin_vertices(vertices[chosen], skin, body.skeleton, joint_to_world.double()) - middle
    volume, area = _measures(posed, corners)
    torn = (area * (area > TORN * rest_area)).sum(1)
    size = whole_volume.sum().abs().clamp(min=1e-12)  # 1e-12 m^3: a sheet encloses nothing
    return (volume.sum(1) - rest_volume.sum()) / size, torn / whole_area.sum().clamp(min=1e-12)


def _measures(vertices: torch.Tensor, faces: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Signed volume to the origin, and area, of each face, (..., F) each."""
    a, b, c = (vertices[..., faces[:, corner], :] for corner in range(3))
    volume = (a * torch.linalg.cross(b, c)).sum(-1) / 6
    return volume, torch.linalg.cross(b - a, c - a).norm(dim=-1) / 2
