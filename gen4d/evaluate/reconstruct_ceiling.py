"""The most that six views allow: the points they show, unprojected, and their colours on the true mesh.

No reconstruction can be expected to beat it by more than what it guesses rightly where no view looks.
"""

import numpy as np
import torch
from scipy.spatial import cKDTree

from gen4d.conventions import CUBE_HALF_EXTENT, VIEW_AXES, VIEW_HALF_EXTENT
from gen4d.evaluate.reconstruct_metrics import DEPTH_SLACK, VOXELS, Surface, on_white, thinned, unseen_cameras
from gen4d.render.rasterizer import Raster, rasterize
from gen4d.structures import Mesh, MultiView, face_normals
from gen4d.surface.projection import ViewSource, look_up, view_sources

SOLID = 0.5
SEEN = 1e-9  # trust above which a view shows a point


def shown_surface(views: MultiView) -> Surface:
    """The points of six canonical views' pixels with the views' normals, and the voxels that no view sees through."""
    size = views.alpha.shape[1]
    pixel = 2 * VIEW_HALF_EXTENT / size
    grid = (np.arange(VOXELS) + 0.5) / VOXELS - 0.5
    voxels = np.stack(np.meshgrid(grid, grid, grid, indexing="ij"), -1).reshape(-1, 3)
    solid, points, normals = np.ones(len(voxels), bool), [], []
    for index, axes in enumerate(VIEW_AXES):
        right, up, toward = np.array(axes)
        hit = views.alpha[index, ..., 0].numpy() >= SOLID
        height = CUBE_HALF_EXTENT * (1 - 2 * views.depth[index, ..., 0].double().numpy())
        row, column = np.nonzero(hit)
        x, y = (column + 0.5) * pixel - VIEW_HALF_EXTENT, VIEW_HALF_EXTENT - (row + 0.5) * pixel
        points.append(x[:, None] * right + y[:, None] * up + height[hit][:, None] * toward)
        normals.append(views.normal[index].double().numpy()[hit])
        reach = np.where(hit, height, -np.inf)
        at = ((voxels @ right + VIEW_HALF_EXTENT) / pixel).astype(int).clip(0, size - 1)
        down = ((VIEW_HALF_EXTENT - voxels @ up) / pixel).astype(int).clip(0, size - 1)
        solid &= voxels @ toward <= reach[down, at] + DEPTH_SLACK
    return Surface(*thinned(np.concatenate(points), np.concatenate(normals)), solid.reshape((VOXELS,) * 3), 0.0)


def painted_truth(mesh: Mesh, views: MultiView) -> torch.Tensor:
    """Unseen pictures (N, H, H, 3) of the true mesh in the views' colours, the nearest ones where no view looks."""
    raster = rasterize(mesh.vertices, mesh.faces, unseen_cameras())
    hit = (raster.face_index >= 0).nonzero(as_tuple=True)
    places, normals = _surface_points(mesh, raster)
    colors, trust = _blended(view_sources(mesh, views), places, normals)
    seen = trust > SEEN
    if seen.any() and not seen.all():
        _, nearest = cKDTree(places[seen]).query(places[~seen])
        colors[~seen] = colors[seen][nearest]
    image = torch.zeros(*raster.face_index.shape, 3).index_put(hit, torch.from_numpy(colors))
    return on_white(image, raster.face_index >= 0)


def _surface_points(mesh: Mesh, raster: Raster) -> tuple[np.ndarray, np.ndarray]:
    """What every hit pixel sees: its place and the normal of its face, turned to the camera. (P, 3) float32 each."""
    hit = (raster.face_index >= 0).nonzero(as_tuple=True)
    face = raster.face_index[hit]
    places = (mesh.vertices[mesh.faces[face]] * raster.barycentric[hit][..., None]).sum(1)
    normals = torch.nn.functional.normalize(face_normals(mesh.vertices, mesh.faces), dim=1)[face]
    toward = unseen_cameras().camera_to_world[hit[0], :3, 3] - places
    normals = torch.where((normals * toward).sum(1, keepdim=True) < 0, -normals, normals)
    return places.numpy(), normals.numpy()


def _blended(sources: list[ViewSource], places: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    total, trust = np.zeros((len(places), 3), np.float32), np.zeros(len(places), np.float32)
    for source in sources:
        colors, weights = look_up(source, places, normals)
        total += colors * weights[:, None]
        trust += weights
    return total / np.maximum(trust, SEEN)[:, None], trust
