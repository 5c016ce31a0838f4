"""What PyTorch3D documents of its structures, for tests where it is not installed.

Written from https://pytorch3d.readthedocs.io (structures, cameras, textures): attributes, list methods, and how a
screen-space camera projects. It draws nothing.
"""

from dataclasses import dataclass
from types import ModuleType

import pytest
import torch


class Meshes:
    def __init__(self, verts, faces, textures=None):
        self._verts, self._faces, self.textures = verts, faces, textures

    def verts_list(self):
        return self._verts

    def faces_list(self):
        return self._faces


class TexturesUV:
    """Coordinates run from (0, 0) at the bottom left to (1, 1) at the top right of the map."""

    def __init__(self, maps, faces_uvs, verts_uvs):
        self._maps, self._faces, self._verts = maps, list(faces_uvs), list(verts_uvs)

    def maps_padded(self):
        return self._maps

    def faces_uvs_list(self):
        return self._faces

    def verts_uvs_list(self):
        return self._verts


class TexturesVertex:
    def __init__(self, verts_features):
        self._features = list(verts_features)

    def verts_features_list(self):
        return self._features


@dataclass
class _Cameras:
    R: torch.Tensor
    T: torch.Tensor
    focal_length: torch.Tensor
    principal_point: torch.Tensor
    image_size: torch.Tensor
    in_ndc: object = True

    def __post_init__(self):
        flag = bool(self.in_ndc)
        self.in_ndc = lambda: flag

    def _view(self, points):
        return points @ self.R + self.T[:, None]


class PerspectiveCameras(_Cameras):
    def transform_points_screen(self, points):
        """Screen pixels, +X right and +Y down from the top left; the view has +X left, +Y up, +Z forward."""
        view = self._view(points)
        plane = view[..., :2] / view[..., 2:]
        return self.principal_point[:, None] - self.focal_length[:, None] * plane


class OrthographicCameras(_Cameras):
    def transform_points_screen(self, points):
        return self.principal_point[:, None] - self.focal_length[:, None] * self._view(points)[..., :2]


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `import pytorch3d` find these classes during one test."""
    package, structures, renderer = (ModuleType(f"pytorch3d{n}") for n in ("", ".structures", ".renderer"))
    structures.Meshes = Meshes
    for cls in (TexturesUV, TexturesVertex, PerspectiveCameras, OrthographicCameras):
        setattr(renderer, cls.__name__, cls)
    package.structures, package.renderer = structures, renderer
    for module in (package, structures, renderer):
        monkeypatch.setitem(__import__("sys").modules, module.__name__, module)
