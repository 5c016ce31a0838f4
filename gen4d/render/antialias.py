"""Silhouettes that blend between pixels, so that pictures tell geometry where its outline should go.

Barycentrics carry gradients within a face only: which face a pixel sees is a step. Here every edge on the outline is
followed through the rows and columns of pixel centres; of the two pixels it passes between, the one it cuts takes its
share of the other's colour. The crossing moves with the vertices, and so does the colour.

Edges are searched for pixels, not pixels for edges: on a fine mesh the face that a pixel sees rarely owns the outline
beside it. Source: Laine et al. 2020, Modular Primitives for High-Performance Differentiable Rendering, section 3.6.
"""

from dataclasses import dataclass

import torch

from gen4d.render.rasterizer import NEAR, Projection, Raster, project
from gen4d.structures import Camera


@dataclass(frozen=True)
class _Edges:
    """Edges on the outlines of all views.

    Fields:
        view: (E,) int64.
        ends: (E, 2) int64 vertices.
        third: (E,) int64, a vertex on the surface's side.
    """

    view: torch.Tensor
    ends: torch.Tensor
    third: torch.Tensor


def antialias(
    image: torch.Tensor, raster: Raster, vertices: torch.Tensor, faces: torch.Tensor, camera: Camera
) -> torch.Tensor:
    """Blend the pixels on both sides of every silhouette.

    Args:
        image: (N, H, W, C), drawn with the raster: colours over a background, or coverage.
        raster: of these vertices, faces and cameras.

    Returns:
        image: (N, H, W, C), differentiable in the image and, at silhouettes, in the vertices.
    """
    projection = project(vertices, camera)
    edges = _silhouettes(projection, faces)
    turned = Raster(*(values.transpose(1, 2) for values in (raster.face_index, raster.barycentric, raster.depth)))
    across = _change(image, raster, projection, edges, axis=0)
    return image + across + _change(image.transpose(1, 2), turned, projection, edges, axis=1).transpose(1, 2)


def _change(image: torch.Tensor, raster: Raster, projection: Projection, edges: _Edges, *, axis: int) -> torch.Tensor:
    """What colours change by where edges pass between neighbours along one axis of pixels: 0 for x, 1 for y.

    Args:
        image, raster: with that axis as columns.
    """
    _, lines, places = raster.face_index.shape
    at = projection.pixels[edges.view[:, None], edges.ends]  # (E, 2, 2)
    u, v = at[..., axis], at[..., 1 - axis]  # along the neighbours, and from line to line
    low = (v.detach().amin(1) - 0.5).ceil().clamp(0, lines).long()
    high = (v.detach().amax(1) - 0.5).floor().clamp(-1, lines - 1).long()
    # An edge belongs to the neighbours it runs across; counted in both directions, a slanted one would weigh double.
    run, rise = (u[:, 1] - u[:, 0]).detach().abs(), (v[:, 1] - v[:, 0]).detach().abs()
    steep = rise >= run if axis == 0 else rise > run
    count = torch.where(steep, (high - low + 1).clamp(min=0), 0)
    edge = torch.arange(len(count), device=count.device).repeat_interleave(count)  # (K,), one for each line it crosses
    line = torch.arange(len(edge), device=edge.device) - (count.cumsum(0) - count)[edge] + low[edge]
    (u0, u1), (v0, v1) = u[edge].unbind(1), v[edge].unbind(1)
    flat = v0 == v1  # lies exactly on a line of centres; its neighbours carry the crossing
    share = (line + 0.5 - v0) / torch.where(flat, torch.ones_like(v0), v1 - v0)
    crossing = u0 + share * (u1 - u0) - 0.5  # in pixel centres
    first = crossing.detach().floor().long()
    reach = crossing - first  # from the first centre, in [0, 1)
    valid = (first >= 0) & (first < places - 1) & ~flat
    view, line, first, reach, edge, share = (x[valid] for x in (edges.view[edge], line, first, reach, edge, share))
    inside_later = _surface_lies_later(projection, edges, axis)[edge]
    inner, outer = first + inside_later.long(), first + (~inside_later).long()
    distance = torch.where(inside_later, 1 - reach, reach)  # from the surface's pixel to its outline
    depth = _edge_depth(projection, edges, edge, share.detach())
    index, seen = raster.face_index, raster.depth.detach()
    beyond = torch.where(index[view, line, outer] < 0, torch.inf, seen[view, line, outer])
    shown = (index[view, line, inner] >= 0) & (beyond > seen[view, line, inner]) & (beyond >= depth)
    chosen = _nearest((view * lines + line) * places + first, depth, shown)
    view, line, inner, outer, distance = (x[chosen] for x in (view, line, inner, outer, distance))
    colors = image[view, line, inner] - image[view, line, outer]
    over = distance - 0.5  # beyond the border between the two pixels, or short of it
    cut = torch.where(over.detach() > 0, outer, inner)
    return torch.zeros_like(image).index_put((view, line, cut), over[:, None] * colors, accumulate=True)


def _nearest(key: torch.Tensor, depth: torch.Tensor, shown: torch.Tensor) -> torch.Tensor:
    """Rows that are shown, and of those with one key only the one of least depth."""
    rows = shown.nonzero()[:, 0]
    rows = rows[depth[rows].argsort(stable=True)]
    rows = rows[key[rows].argsort(stable=True)]
    keep = torch.ones(len(rows), dtype=torch.bool, device=rows.device)
    keep[1:] = key[rows[1:]] != key[rows[:-1]]
    return rows[keep]


def _edge_depth(projection: Projection, edges: _Edges, edge: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    """Depth of edges at shares of their way on the screen, (K,)."""
    start, end = projection.depth.detach()[edges.view[edge][:, None], edges.ends[edge]].unbind(1)
    if projection.perspective:  # 1 / z is linear on the screen
        return 1 / ((1 - share) / start + share / end)
    return start + share * (end - start)


def _surface_lies_later(projection: Projection, edges: _Edges, axis: int) -> torch.Tensor:
    """Whether the surface lies towards larger coordinates of an axis, seen from each edge. (E,) bool."""
    pixels = projection.pixels.detach()
    a, b = pixels[edges.view[:, None], edges.ends].unbind(1)
    c = pixels[edges.view, edges.third]
    ab, ac = b - a, c - a
    side = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    step = -ab[:, 1] if axis == 0 else ab[:, 0]  # the same product with a step along the axis
    return side * step > 0


def _silhouettes(projection: Projection, faces: torch.Tensor) -> _Edges:
    """The edges, view by view, that are open or whose two faces turn opposite ways."""
    count = int(faces.max()) + 1
    start, end, third = faces.reshape(-1), faces.roll(-1, 1).reshape(-1), faces.roll(-2, 1).reshape(-1)
    key = torch.minimum(start, end) * count + torch.maximum(start, end)
    order = key.argsort(stable=True)
    _, sizes = torch.unique_consecutive(key[order], return_counts=True)
    begin = sizes.cumsum(0) - sizes
    one, other = order[begin], order[begin + sizes - 1]  # two of the half-edges, the same where there is only one
    a, b, c = projection.pixels.detach()[:, faces].unbind(2)  # (N, F, 2) each
    ab, ac = b - a, c - a
    front = ab[..., 0] * ac[..., 1] - ab[..., 1] * ac[..., 0] > 0  # (N, F)
    outline = (front[:, one // 3] != front[:, other // 3]) | (sizes != 2)
    if projection.perspective:  # an edge through the near plane has no place on the screen
        ahead = projection.depth.detach() >= NEAR
        outline = outline & ahead[:, start[one]] & ahead[:, end[one]] & ahead[:, third[one]]
    view, row = outline.nonzero(as_tuple=True)
    half = one[row]
    return _Edges(view, torch.stack([start[half], end[half]], 1), third[half])
