"""From where a photo was taken, and a mesh as it looks from there."""

import math
from dataclasses import replace
from typing import NamedTuple

import torch

from gen4d.structures import Mesh


class Viewpoint(NamedTuple):
    """The place of a camera that looks at the middle of a mesh's box.

    Fields:
        azimuth: radians; 0 before the subject's front, positive on its +X side.
        elevation: radians above the horizon.
        distance: from the middle, in longest sides of the box; infinite for a camera with parallel rays.
    """

    azimuth: float
    elevation: float = 0.0
    distance: float = math.inf

    @property
    def fov_deg(self) -> float:
        """The angle that the box's longest side takes at this distance, degrees; 0 for parallel rays."""
        return math.degrees(2 * math.atan(0.5 / self.distance))

    @property
    def rotation(self) -> torch.Tensor:
        """Columns: image right, image up and the direction to the camera, (3, 3)."""
        a, e = torch.tensor((self.azimuth, self.elevation), dtype=torch.float32)
        zero = torch.zeros(())
        right = torch.stack([a.cos(), zero, -a.sin()])
        toward = torch.stack([a.sin() * e.cos(), e.sin(), a.cos() * e.cos()])
        return torch.stack([right, torch.linalg.cross(toward, right), toward], 1)


def distance_of(fov_deg: float) -> float:
    """The distance at which a box's longest side takes an angle; infinite for 0."""
    return 0.5 / math.tan(math.radians(fov_deg) / 2) if fov_deg > 0 else math.inf


def flattened(mesh: Mesh, viewpoint: Viewpoint) -> Mesh:
    """The mesh of which parallel rays see what the viewpoint's camera sees of the given one.

    Every vertex is moved along its line from the box's middle: what is nearer grows. That is a projective map, so lines
    stay lines and what hides what stays as it is; normals are left out.
    """
    if math.isinf(viewpoint.distance):
        return mesh
    return replace(mesh, vertices=flattened_points(mesh.vertices, mesh, viewpoint), normals=None)


def flattened_points(points: torch.Tensor, mesh: Mesh, viewpoint: Viewpoint) -> torch.Tensor:
    """Where `flattened` would move points (P, 3) that lie about a mesh."""
    if math.isinf(viewpoint.distance):
        return points
    middle, far = _middle_and_distance(mesh, viewpoint)
    local = points - middle
    near = local @ viewpoint.rotation[:, 2:]
    return middle + local * far / (far - near)


def unflattened(vertices: torch.Tensor, mesh: Mesh, viewpoint: Viewpoint) -> torch.Tensor:
    """Vertices (V, 3) in the space that `flattened` made of a mesh, brought back into the mesh's own."""
    if math.isinf(viewpoint.distance):
        return vertices
    middle, far = _middle_and_distance(mesh, viewpoint)
    local = vertices - middle
    near = local @ viewpoint.rotation[:, 2:]
    return middle + local * far / (far + near)


def _middle_and_distance(mesh: Mesh, viewpoint: Viewpoint) -> tuple[torch.Tensor, float]:
    low, high = mesh.bounds
    return (low + high) / 2, viewpoint.distance * float((high - low).max())
