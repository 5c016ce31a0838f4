"""How far six imagined views are from the true ones, and how well they agree with one another."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt

from gen4d.conventions import CUBE_HALF_EXTENT, VIEW_DISTANCE, VIEW_HALF_EXTENT
from gen4d.render.rasterizer import project
from gen4d.structures import MultiView, canonical_cameras

SOLID = 0.5


@dataclass(frozen=True)
class ViewErrors:
    """Errors of six views, averaged over the views.

    Fields:
        alpha_iou: of the mattes.
        depth: mean absolute difference over the union of the mattes, in sides of the cube; a missing pixel counts as 1.
        albedo_psnr: dB, over the intersection of the mattes.
        normal_deg: median angle over the intersection of the mattes.
        disagreement: mean distance, in sides of the cube, from the points of a view to what its neighbours show there.
        depth_inside: as `depth`, over the intersection of the mattes.
    """

    alpha_iou: float
    depth: float
    albedo_psnr: float
    normal_deg: float
    disagreement: float
    depth_inside: float


def view_errors(made: MultiView, true: MultiView) -> ViewErrors:
    """Compare made views with the true ones of the same cameras and size."""
    a, b = made.alpha[..., 0] > SOLID, true.alpha[..., 0] > SOLID
    union, both = a | b, a & b
    gap = (made.depth - true.depth).abs()[..., 0]
    squared = (made.albedo - true.albedo).square().mean(-1)[both]
    cosine = torch.nn.functional.cosine_similarity(made.normal, true.normal, dim=-1)[both].clamp(-1, 1)
    per_view = [float(x.sum() / y.sum()) for x, y in zip(both, union, strict=True) if bool(y.any())]
    some = bool(both.any())
    return ViewErrors(
        alpha_iou=float(np.mean(per_view)) if per_view else 0.0,
        depth=float(gap[union].mean()) if bool(union.any()) else 0.0,
        albedo_psnr=float(-10 * torch.log10(squared.mean().clamp(min=1e-10))) if some else 0.0,
        normal_deg=float(torch.rad2deg(torch.arccos(cosine)).median()) if some else 90.0,
        disagreement=view_disagreement(made),
        depth_inside=float(gap[both].mean()) if some else 1.0,
    )


def quarter_turned(views: MultiView, quarters: int) -> MultiView:
    """The six views of the same object turned about +Y by quarters of a circle, +Z towards +X, which permutes them."""
    quarters %= 4
    sides = [(view - quarters) % 4 for view in range(4)]  # front, right, back, left: the front goes to the right

    def turned(images: torch.Tensor) -> torch.Tensor:
        top, bottom = images[4].rot90(quarters), images[5].rot90(-quarters)
        return torch.cat([images[sides], top[None], bottom[None]])

    sine, cosine = ((0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (-1.0, 0.0))[quarters]
    turn = torch.tensor([[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]])
    return MultiView(
        turned(views.albedo),
        turned(views.alpha),
        turned(views.depth),
        turned(views.normal) @ turn.T,
        views.camera,
    )


def view_disagreement(views: MultiView) -> float:
    """Mean distance from the points of every view to what its four neighbours show, in sides of the cube.

    A point that falls outside a neighbour's matte is as far as that matte; a point in front of the surface a neighbour
    shows is as far as it stands out. A point behind is merely hidden. True views of a solid score their pixel size.
    """
    size = views.alpha.shape[1]
    solid = (views.alpha[..., 0] > SOLID).numpy()
    pixel = 2 * VIEW_HALF_EXTENT / size
    outside = [distance_transform_edt(~mask) * pixel if mask.any() else None for mask in solid]
    cameras = canonical_cameras(size)
    total, count = 0.0, 0
    for view in range(len(solid)):
        points = _points(views, view)
        if not len(points):
            continue
        seen = project(points, cameras)
        for other in range(len(solid)):
            axis = float((cameras.camera_to_world[view, :3, 2] * cameras.camera_to_world[other, :3, 2]).sum())
            away = outside[other]
            if abs(axis) > 0.5 or away is None:  # itself and the opposite view, whose surfaces differ
                continue
            column, row = seen.pixels[other].floor().long().clamp(0, size - 1).numpy().T
            depth = (seen.depth[other].numpy() - VIEW_DISTANCE + CUBE_HALF_EXTENT) / (2 * CUBE_HALF_EXTENT)
            ahead = np.maximum(views.depth[other, ..., 0].numpy()[row, column] - depth, 0)
            total += float(np.where(solid[other][row, column], ahead, away[row, column]).sum())
            count += len(points)
    return total / count if count else 0.0


def _points(views: MultiView, view: int) -> torch.Tensor:
    """World points (P, 3) of the solid pixels of one view."""
    camera, size = canonical_cameras(views.alpha.shape[1]), views.alpha.shape[1]
    rows, columns = (views.alpha[view, ..., 0] > SOLID).nonzero(as_tuple=True)
    scale = 2 * VIEW_HALF_EXTENT / size
    x, y = (columns + 0.5) * scale - VIEW_HALF_EXTENT, VIEW_HALF_EXTENT - (rows + 0.5) * scale
    depth = VIEW_DISTANCE - CUBE_HALF_EXTENT + views.depth[view, rows, columns, 0] * 2 * CUBE_HALF_EXTENT
    local = torch.stack([x, y, -depth], 1)
    pose = camera.camera_to_world[view]
    return local @ pose[:3, :3].T + pose[:3, 3]
