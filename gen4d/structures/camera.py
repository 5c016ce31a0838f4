"""A batch of cameras, perspective or orthographic."""

from dataclasses import dataclass, replace

import torch

from gen4d.conventions import VIEW_HALF_EXTENT, canonical_camera_to_world
from gen4d.errors import ShapeError
from gen4d.shapes import check_tensor

RIGID_TOLERANCE = 1e-4  # float32 products of a few rotations stay well below this


@dataclass(frozen=True)
class Camera:
    """N cameras that share one image size.

    Fields:
        camera_to_world: (N, 4, 4) float32, rigid.
        width, height: pixels.
        half_extent: metres from the image centre to its left edge, for orthographic cameras; None for perspective ones.
        intrinsics: (N, 3, 3) float32 in pixels, for perspective cameras; None for orthographic ones.
    """

    camera_to_world: torch.Tensor
    width: int
    height: int
    half_extent: float | None = None
    intrinsics: torch.Tensor | None = None

    def __post_init__(self) -> None:
        sizes: dict[str, int] = {}
        check_tensor("Camera.camera_to_world", self.camera_to_world, ("N", 4, 4), torch.float32, sizes)
        if (self.half_extent is None) == (self.intrinsics is None):
            raise ShapeError("Camera: give half_extent (orthographic) or intrinsics (perspective), and not both.")
        if self.intrinsics is not None:
            check_tensor("Camera.intrinsics", self.intrinsics, ("N", 3, 3), torch.float32, sizes)
        if self.width <= 0 or self.height <= 0:
            raise ShapeError(f"Camera: got {self.width} x {self.height} pixels, both must be positive.")
        rotation = self.camera_to_world[:, :3, :3]
        error = (rotation @ rotation.transpose(1, 2) - torch.eye(3, device=rotation.device)).abs().max()
        if error > RIGID_TOLERANCE or bool((torch.linalg.det(rotation) < 0).any()):
            raise ShapeError("Camera.camera_to_world: its rotation must be orthonormal with determinant +1.")

    def __len__(self) -> int:
        return self.camera_to_world.shape[0]

    def to(self, device: torch.device | str) -> "Camera":
        """The same cameras on another device."""
        intrinsics = None if self.intrinsics is None else self.intrinsics.to(device)
        return replace(self, camera_to_world=self.camera_to_world.to(device), intrinsics=intrinsics)


def canonical_cameras(resolution: int) -> Camera:
    """The six orthographic cameras of the canonical cube, in the order of `conventions.VIEW_NAMES`."""
    return Camera(canonical_camera_to_world(), resolution, resolution, half_extent=VIEW_HALF_EXTENT)


def orbit_camera(
    azimuth: float,
    elevation: float,
    *,
    distance: float,
    fov: float,
    resolution: int,
    target: tuple[float, float, float],
) -> Camera:
    """One perspective camera on a sphere around a target.

    Args:
        azimuth: radians; 0 looks at the subject's front (the camera stands on +Z), positive moves the camera to +X.
        elevation: radians above the horizon, strictly between -pi/2 and pi/2.
        distance: metres from the target.
        fov: vertical field of view in radians.
    """
    a, e = torch.tensor(azimuth), torch.tensor(elevation)
    backward = torch.stack([torch.sin(a) * torch.cos(e), torch.sin(e), torch.cos(a) * torch.cos(e)])
    right = torch.nn.functional.normalize(torch.linalg.cross(torch.tensor([0.0, 1.0, 0.0]), backward), dim=0)
    pose = torch.eye(4)
    pose[:3, 0] = right
    pose[:3, 1] = torch.linalg.cross(backward, right)
    pose[:3, 2] = backward
    pose[:3, 3] = torch.tensor(target) + distance * backward
    focal = 0.5 * resolution / torch.tan(torch.tensor(fov / 2))
    intrinsics = torch.eye(3)
    intrinsics[0, 0] = intrinsics[1, 1] = focal
    intrinsics[:2, 2] = resolution / 2
    return Camera(pose[None], resolution, resolution, intrinsics=intrinsics[None])
