"""A surface, and the photo it should look like: its outline moved onto the photo's, the photo laid under it."""

from dataclasses import replace

import torch

from gen4d.conventions import VIEW_HALF_EXTENT
from gen4d.likeness import framed_camera
from gen4d.photo.color import resize
from gen4d.reconstruct.stretch import outline_shift
from gen4d.render.rasterizer import project, rasterize
from gen4d.structures import Camera, Mesh, MultiView, vertex_normals
from gen4d.viewpoint import Viewpoint, flattened, unflattened

# Pixels of `STRETCH_SIZE`; coarse first, so that parts move as one. Going back to 3 and on to 0.7 adds up to 0.03 to
# the overlap of outlines that fit badly.
STRETCH_SIGMAS = (12.0, 8.0, 5.0, 3.0, 2.0, 2.0, 1.5, 1.5, 3.0, 2.0, 2.0, 1.5, 1.5, *(1.0,) * 6, *(0.7,) * 4)
STRETCH_SIZE = 128  # px


def stretched(mesh: Mesh, photo: torch.Tensor, viewpoint: Viewpoint) -> Mesh:
    """The mesh moved in the photo's image plane until its outline is the photo's; depths stay."""
    wanted = (resize(photo[..., 3:], STRETCH_SIZE, STRETCH_SIZE)[..., 0] > 0.5).numpy()
    flat = flattened(mesh, viewpoint)
    camera = framed_camera(flat, photo[..., 3], viewpoint, STRETCH_SIZE)
    assert camera.half_extent is not None
    right, up = camera.camera_to_world[0, :3, 0], camera.camera_to_world[0, :3, 1]
    pixel = 2 * camera.half_extent / STRETCH_SIZE
    vertices = flat.vertices
    for sigma in STRETCH_SIGMAS:
        seen = (rasterize(vertices, mesh.faces, camera).face_index[0] >= 0).numpy()
        shift = torch.from_numpy(outline_shift(seen, wanted, sigma)).float()  # (S, S, 2)
        grid = (project(vertices, camera).pixels[0] / STRETCH_SIZE * 2 - 1)[None, None]  # (1, 1, V, 2)
        moved = torch.nn.functional.grid_sample(
            shift.movedim(-1, 0)[None], grid, padding_mode="border", align_corners=False
        )[0, :, 0]  # (2, V): down, right
        vertices = vertices + (moved[1][:, None] * right - moved[0][:, None] * up) * pixel
    fitted = replace(mesh, vertices=unflattened(vertices, mesh, viewpoint))
    return replace(fitted, normals=vertex_normals(fitted))


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
