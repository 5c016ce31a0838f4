"""A surface, and the photo it should look like: its outline moved onto the photo's, the photo laid under it."""

from dataclasses import dataclass, replace

import torch

from gen4d.conventions import VIEW_HALF_EXTENT
from gen4d.likeness import framed_camera
from gen4d.photo.color import resize
from gen4d.reconstruct.stretch import outline_shift
from gen4d.render.rasterizer import project, rasterize
from gen4d.structures import Camera, Mesh, MultiView, vertex_normals
from gen4d.viewpoint import Viewpoint, flattened, flattened_points, unflattened

# Pixels of `STRETCH_SIZE`; coarse first, so that parts move as one. Going back to 3 and on to 0.7 adds up to 0.03 to
# the overlap of outlines that fit badly.
COARSE_SIGMAS = (12.0, 8.0, 5.0, 3.0)
FINE_SIGMAS = (2.0, 2.0, 1.5, 1.5, 3.0, 2.0, 2.0, 1.5, 1.5, *(1.0,) * 6, *(0.7,) * 4)
STRETCH_SIZE = 128  # px


@dataclass(frozen=True)
class Warp:
    """A shift of points in a photo's image plane that brings a mesh's outline nearer to the photo's; depths stay.

    Fields:
        mesh: whose outline is moved; its box is what the viewpoint looks at.
        viewpoint: of the photo's camera.
        camera: orthographic, sees the flattened mesh where the photo shows the subject.
        shifts: (S, S, 2) float32 each, pixels of `STRETCH_SIZE` to move by: down, right; one after the other.
    """

    mesh: Mesh
    viewpoint: Viewpoint
    camera: Camera
    shifts: tuple[torch.Tensor, ...] = ()

    @property
    def pixel(self) -> float:
        """Metres that a pixel of `STRETCH_SIZE` spans."""
        assert self.camera.half_extent is not None
        return 2 * self.camera.half_extent / STRETCH_SIZE

    def flat(self, points: torch.Tensor) -> torch.Tensor:
        """Points (P, 3) moved, as parallel rays see them, (P, 3)."""
        points = flattened_points(points, self.mesh, self.viewpoint)
        for shift in self.shifts:
            points = self._moved(points, shift)
        return points

    def _moved(self, points: torch.Tensor, shift: torch.Tensor) -> torch.Tensor:
        right, up = self.camera.camera_to_world[0, :3, 0], self.camera.camera_to_world[0, :3, 1]
        grid = (project(points, self.camera).pixels[0] / STRETCH_SIZE * 2 - 1)[None, None]  # (1, 1, P, 2)
        moved = torch.nn.functional.grid_sample(
            shift.movedim(-1, 0)[None], grid, padding_mode="border", align_corners=False
        )[0, :, 0]  # (2, P): down, right
        return points + (moved[1][:, None] * right - moved[0][:, None] * up) * self.pixel

    def toward(self, mesh: Mesh, photo: torch.Tensor, sigmas: tuple[float, ...]) -> "Warp":
        """This warp, then one step for every sigma (px) that brings a mesh's outline nearer to the photo's."""
        wanted, vertices, shifts = subject_mask(photo), self.flat(mesh.vertices), list(self.shifts)
        for sigma in sigmas:
            seen = (rasterize(vertices, mesh.faces, self.camera).face_index[0] >= 0).numpy()
            shifts.append(torch.from_numpy(outline_shift(seen, wanted.numpy(), sigma)).float())
            vertices = self._moved(vertices, shifts[-1])
        return replace(self, shifts=tuple(shifts))

    def applied(self, mesh: Mesh) -> Mesh:
        """A mesh moved, with new normals."""
        fitted = replace(mesh, vertices=unflattened(self.flat(mesh.vertices), self.mesh, self.viewpoint))
        return replace(fitted, normals=vertex_normals(fitted))


def coarse_warp(mesh: Mesh, photo: torch.Tensor, viewpoint: Viewpoint) -> Warp:
    """The warp that moves a mesh's parts to where the photo shows them, and leaves its details as they are."""
    camera = framed_camera(flattened(mesh, viewpoint), photo[..., 3], viewpoint, STRETCH_SIZE)
    return Warp(mesh, viewpoint, camera).toward(mesh, photo, COARSE_SIGMAS)


def subject_mask(photo: torch.Tensor) -> torch.Tensor:
    """Where a framed photo (S, S, 4) shows its subject, (`STRETCH_SIZE`, `STRETCH_SIZE`) bool."""
    return resize(photo[..., 3:], STRETCH_SIZE, STRETCH_SIZE)[..., 0] > 0.5


def photo_view(mesh: Mesh, photo: torch.Tensor, viewpoint: Viewpoint) -> MultiView:
    """The photo as an orthographic view that looks at the origin, as the canonical ones do."""
    size = photo.shape[0]
    camera = framed_camera(mesh, photo[..., 3], viewpoint, size)
    rotation, place = camera.camera_to_world[0, :3, :3], camera.camera_to_world[0, :3, 3]
    assert camera.half_extent is not None
    steps = ((torch.arange(size) + 0.5) / size * 2 - 1) * VIEW_HALF_EXTENT
    x = (steps - place @ rotation[:, 0]) / camera.half_extent
    y = (steps + place @ rotation[:, 1]) / camera.half_extent
    grid = torch.stack([x.expand(size, size), y[:, None].expand(size, size)], -1)
    premultiplied = torch.cat([photo[..., :3] * photo[..., 3:], photo[..., 3:]], -1)
    moved = torch.nn.functional.grid_sample(premultiplied.movedim(-1, 0)[None], grid[None], align_corners=False)
    alpha = moved[0, 3:].movedim(0, -1).clamp(0, 1)
    rgb = (moved[0, :3].movedim(0, -1) / alpha.clamp(min=1e-4)).clamp(0, 1)
    pose = torch.eye(4)[None]
    pose[0, :3, :3] = rotation
    return MultiView(
        albedo=torch.where(alpha > 0, rgb, 1.0)[None],
        alpha=alpha[None],
        depth=torch.ones(1, size, size, 1),
        normal=torch.zeros(1, size, size, 3),
        camera=Camera(pose, size, size, half_extent=VIEW_HALF_EXTENT),
    )
