"""A small modelling kit: closed coloured solids and their transforms.

Every solid is closed, wound outward, and centred at the origin unless its docstring says otherwise.
Sizes are full extents, radii are radii, angles are degrees as in a drawing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import ConvexHull

from gen4d.data.makers.curves import Array, Points, arc, triangulate
from gen4d.data.makers.palette import Paint

Paints = Paint | Sequence[Paint]


@dataclass(frozen=True)
class Part:
    """Coloured triangles.

    Fields:
        vertices: (V, 3) float64.
        faces: (F, 3) int64, counter-clockwise from outside.
        colors: (F, 3) float64 sRGB in [0, 1].
    """

    vertices: Array
    faces: NDArray[np.int64]
    colors: Array

    def move(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> "Part":
        """Translate."""
        return Part(self.vertices + np.array([x, y, z]), self.faces, self.colors)

    def move_to(self, point: ArrayLike) -> "Part":
        """Translate the origin to a point (3,)."""
        return Part(self.vertices + np.asarray(point, float), self.faces, self.colors)

    def rotate_deg(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> "Part":
        """Rotate about the origin: first about X, then Y, then Z."""
        return Part(self.vertices @ rotation_deg(x, y, z).T, self.faces, self.colors)

    def scale(self, x: float, y: float | None = None, z: float | None = None) -> "Part":
        """Scale about the origin, evenly if only one factor is given; a mirror keeps the winding outward."""
        factors = np.array([x, x if y is None else y, x if z is None else z])
        faces = self.faces[:, ::-1] if np.prod(factors) < 0 else self.faces
        return Part(self.vertices * factors, faces, self.colors)

    def mirror_x(self) -> "Part":
        """The mirror image across x = 0, wound outward."""
        return self.scale(-1.0, 1.0, 1.0)

    def paint_where(self, where: Callable[[Array], NDArray[np.bool_]], paint: Paint) -> "Part":
        """Repaint the faces whose centres (F, 3) satisfy `where`."""
        centers = self.vertices[self.faces].mean(1)
        return Part(self.vertices, self.faces, np.where(where(centers)[:, None], np.array(paint.rgb), self.colors))


def rotation_deg(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Array:
    """The matrix (3, 3) that turns about X, then Y, then Z."""
    (cx, cy, cz), (sx, sy, sz) = np.cos(np.radians([x, y, z])), np.sin(np.radians([x, y, z]))
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def join(*parts: Part) -> Part:
    """All parts as one; they keep their own vertices."""
    offsets = np.cumsum([0] + [len(p.vertices) for p in parts[:-1]])
    return Part(
        np.concatenate([p.vertices for p in parts]),
        np.concatenate([p.faces + o for p, o in zip(parts, offsets, strict=True)]),
        np.concatenate([p.colors for p in parts]),
    )


def both_sides(part: Part) -> Part:
    """The part and its mirror image across x = 0."""
    return join(part, part.mirror_x())


def paint_gores(part: Part, paints: Sequence[Paint], count: int) -> Part:
    """Repaint in `count` equal sectors about +Y, the paints in turn, the first from +Z on towards +X."""
    x, _, z = part.vertices[part.faces].mean(1).T
    sector = ((np.arctan2(x, z) % (2 * np.pi)) * count / (2 * np.pi)).astype(int) % count
    return Part(part.vertices, part.faces, np.array([p.rgb for p in paints])[sector % len(paints)])


def around_y(part: Part, count: int, start_deg: float = 0.0) -> Part:
    """`count` copies evenly turned about +Y."""
    return join(*(part.rotate_deg(y=start_deg + 360.0 * i / count) for i in range(count)))


def signed_volume(vertices: Array, faces: NDArray[np.int64]) -> float:
    """Volume enclosed by the faces; positive when they are wound outward."""
    a, b, c = np.moveaxis((vertices - vertices.mean(0))[faces], 1, 0)
    return float((np.cross(a, b) * c).sum() / 6.0)


# Solids made from points and profiles.


def solid(vertices: Points, faces: ArrayLike, colors: Paint | Array) -> Part:
    """A closed surface from consistently wound triangles; flipped if it is inside out."""
    points, triangles = np.asarray(vertices, float), np.asarray(faces, np.int64)
    rgb = np.tile(colors.rgb, (len(triangles), 1)) if isinstance(colors, Paint) else colors
    if signed_volume(points, triangles) < 0:
        triangles = triangles[:, ::-1]
    return Part(points, triangles, rgb)


def hull(points: Points, paint: Paint) -> Part:
    """The convex hull of points (N, 3)."""
    found = ConvexHull(np.asarray(points, float))
    corners = found.points[found.simplices]  # (F, 3, 3)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    inward = (normals * found.equations[:, :3]).sum(1) < 0
    faces = np.where(inward[:, None], found.simplices[:, ::-1], found.simplices)
    used, faces = np.unique(faces, return_inverse=True)
    return solid(found.points[used], faces.reshape(-1, 3), paint)


def loft(rings: Points, paint: Paints) -> Part:
    """A skin over closed rings, capped at both ends.

    Args:
        rings: (K, N, 3), corresponding points in the same order on every ring.
        paint: one paint, or one for each of the K - 1 bands; a cap is painted like the band beside it.
    """
    points = np.asarray(rings, float)
    count, size = points.shape[:2]
    at = np.arange(count * size).reshape(count, size)
    a, b, c, d = at[:-1], np.roll(at, -1, 1)[:-1], np.roll(at, -1, 1)[1:], at[1:]
    quads = np.stack([np.stack([a, b, c], -1), np.stack([a, c, d], -1)], 2)  # (K-1, N, 2, 3)
    low, high = count * size, count * size + 1
    bottom = np.stack([np.roll(at[0], -1), at[0], np.full(size, low)], -1)
    top = np.stack([at[-1], np.roll(at[-1], -1), np.full(size, high)], -1)
    faces = np.concatenate([bottom, quads.reshape(-1, 3), top])
    bands = [paint] * (count - 1) if isinstance(paint, Paint) else list(paint)
    rgb = np.array([bands[0].rgb, *(b.rgb for b in bands), bands[-1].rgb])
    colors = np.repeat(rgb, [size, *[2 * size] * (count - 1), size], axis=0)
    vertices = np.concatenate([points.reshape(-1, 3), points[[0, -1]].mean(1)])
    # A ring of radius zero is one point: welded, or the surface would not close there.
    _, first, welded = np.unique(vertices.round(12), axis=0, return_index=True, return_inverse=True)
    faces = welded.reshape(-1)[faces]
    kept = (faces != np.roll(faces, 1, axis=1)).all(1)
    return solid(vertices[first], faces[kept], colors[kept])


def lathe(profile: Points, paint: Paints, segments: int = 24) -> Part:
    """A profile of (radius, y) points turned about +Y; it is closed to the axis at both ends.

    A profile that runs up the outside and down the inside makes a vessel. Paints as in `loft`.
    """
    radius, y = np.asarray(profile, float).T
    angle = np.arange(segments) * 2.0 * np.pi / segments
    ring = np.stack([np.sin(angle), np.zeros(segments), np.cos(angle)], -1)
    return loft(radius[:, None, None] * ring + y[:, None, None] * np.array([0.0, 1.0, 0.0]), paint)


def ring(z: float, width: float, height: float, y: float = 0.0, power: float = 2.0, count: int = 20) -> Array:
    """A superellipse (count, 3) across +Z: power 2 is an ellipse, 4 a rounded box."""
    angle = (np.arange(count) + 0.5) * 2.0 * np.pi / count
    c, s = np.cos(angle), np.sin(angle)
    x = np.sign(c) * np.abs(c) ** (2.0 / power) * width / 2.0
    up = np.sign(s) * np.abs(s) ** (2.0 / power) * height / 2.0
    return np.stack([x, up + y, np.full(count, z)], -1)


def fuselage(stations: Sequence[Sequence[float]], paint: Paints, power: float = 2.0, count: int = 20) -> Part:
    """A body along +Z through stations of (z, width, height, centre y)."""
    return loft([ring(z, w, h, y, power, count) for z, w, h, y in stations], paint)


def extrude(outline: Points, depth: float, paint: Paint) -> Part:
    """A simple polygon (N, 2) in the XY plane, thick along Z and centred there."""
    flat = np.asarray(outline, float)
    triangles, size = triangulate(flat), len(flat)
    front, back = (np.column_stack([flat, np.full(size, z)]) for z in (depth / 2.0, -depth / 2.0))
    at = np.arange(size)
    after = np.roll(at, -1)
    # The triangles keep the polygon's own direction, and so must the walls.
    walls = np.concatenate([np.stack([at, at + size, after + size], -1), np.stack([at, after + size, after], -1)])
    faces = np.concatenate([triangles, triangles[:, ::-1] + size, walls])
    return solid(np.concatenate([front, back]), faces, paint)


def slab(outline: Points, thickness: float, paint: Paint) -> Part:
    """A simple polygon of (x, z) points lying flat, thick along Y."""
    return extrude(np.asarray(outline, float) * [1.0, -1.0], thickness, paint).rotate_deg(x=-90.0)


def sheet(corners: Points, thickness: float, paint: Paint) -> Part:
    """A flat convex polygon (N, 3) anywhere in space, thickened to both sides."""
    points = np.asarray(corners, float)
    normal = np.cross(points, np.roll(points, -1, 0)).sum(0)  # Newell's normal
    offset = normal / np.linalg.norm(normal) * thickness / 2.0
    return hull(np.concatenate([points + offset, points - offset]), paint)


def tube(path: Points, radius: ArrayLike, paint: Paints, segments: int = 10) -> Part:
    """A round tube along a path (N, 3), its radius one number or one for each point, with flat ends."""
    points = np.asarray(path, float)
    radii = np.broadcast_to(np.asarray(radius, float), (len(points),))
    tangents = np.gradient(points, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    side = np.cross(tangents[0], np.eye(3)[np.abs(tangents[0]).argmin()])
    angle = np.arange(segments)[:, None] * 2.0 * np.pi / segments
    rings = []
    for point, tangent, r in zip(points, tangents, radii, strict=True):
        side = side - tangent * (side @ tangent)  # carried along, so the tube does not twist
        side /= np.linalg.norm(side)
        rings.append(point + r * (np.cos(angle) * side + np.sin(angle) * np.cross(tangent, side)))
    return loft(rings, paint)


def limb(start: ArrayLike, end: ArrayLike, start_radius: float, end_radius: float, paint: Paint) -> Part:
    """A capsule between two points with a radius at each."""
    a, b = np.asarray(start, float), np.asarray(end, float)
    length = float(np.linalg.norm(b - a))
    bottom, top = arc(0, 0, start_radius, -90, -8, 5), arc(0, length, end_radius, 8, 90, 5)
    part = lathe(np.concatenate([bottom, top]), paint, 14)
    up = (b - a) / length
    across = np.cross(up, np.eye(3)[np.abs(up).argmin()])
    across /= np.linalg.norm(across)
    basis = np.stack([across, up, np.cross(across, up)], -1).astype(float)
    return Part(part.vertices @ basis.T + a, part.faces, part.colors)


# Named solids.


def box(x: float, y: float, z: float, paint: Paint, bevel: float = 0.0) -> Part:
    """A box, its edges cut off by `bevel`."""
    corners = np.array([[i, j, k] for i in (-1.0, 1.0) for j in (-1.0, 1.0) for k in (-1.0, 1.0)])
    half = np.array([x, y, z]) / 2.0
    if bevel <= 0.0:
        return hull(corners * half, paint)
    b = min(bevel, 0.45 * float(half.min()) * 2.0)
    return hull(np.concatenate([corners * (half - b * np.array(k)) for k in ((0, 1, 1), (1, 0, 1), (1, 1, 0))]), paint)


def taper_box(bottom: tuple[float, float], top: tuple[float, float], height: float, paint: Paint) -> Part:
    """A box from y = 0 whose top (x, z) differs from its bottom (x, z); a wedge or a roof where one is thin."""
    points = [
        (i * x / 2, y, k * z / 2) for (x, z), y in ((bottom, 0.0), (top, height)) for i in (-1, 1) for k in (-1, 1)
    ]
    return hull(points, paint)


def cylinder(radius: float, height: float, paint: Paint, segments: int = 24) -> Part:
    """A cylinder about +Y."""
    return lathe([(radius, -height / 2), (radius, height / 2)], paint, segments)


def cone(radius: float, height: float, paint: Paint, top_radius: float = 0.0, segments: int = 24) -> Part:
    """A cone or frustum standing on y = 0."""
    return lathe([(radius, 0.0), (top_radius, height)], paint, segments)


def ellipsoid(x: float, y: float, z: float, paint: Paint, segments: int = 20) -> Part:
    """An ellipsoid with the given radii."""
    return lathe(arc(0, 0, 1, -90, 90, segments // 2 + 1), paint, segments).scale(x, y, z)


def ball(radius: float, paint: Paint, segments: int = 20) -> Part:
    """A sphere."""
    return ellipsoid(radius, radius, radius, paint, segments)


def dome(radius: float, height: float, paint: Paint, segments: int = 24) -> Part:
    """Half an ellipsoid standing on y = 0."""
    return lathe(arc(0, 0, 1, 0, 90, 8), paint, segments).scale(radius, height, radius)


def torus(radius: float, thickness: float, paint: Paint, segments: int = 28, sides: int = 10) -> Part:
    """A ring about +Y; `thickness` is the radius of its tube."""
    around, across = (np.arange(n) * 2 * np.pi / n for n in (segments, sides))
    r = radius + thickness * np.cos(across)[None]  # (1, sides)
    points = np.empty((segments, sides, 3))
    points[..., 0] = np.sin(around)[:, None] * r
    points[..., 1] = thickness * np.sin(across)
    points[..., 2] = np.cos(around)[:, None] * r
    at = np.arange(segments * sides).reshape(segments, sides)
    a, b, c, d = at, np.roll(at, -1, 1), np.roll(np.roll(at, -1, 1), -1, 0), np.roll(at, -1, 0)
    faces = np.stack([np.stack([a, b, c], -1), np.stack([a, c, d], -1)], 2).reshape(-1, 3)
    return solid(points.reshape(-1, 3), faces, paint)


def pillow(outline: Points, depth: float, paint: Paint) -> Part:
    """A star-shaped outline (N, 2) in the XY plane, swollen along Z; its rim is half the depth."""
    flat = np.asarray(outline, float)
    steps = ((-0.5, 0.55), (-0.42, 0.84), (-0.2, 1.0), (0.2, 1.0), (0.42, 0.84), (0.5, 0.55))
    return loft([np.column_stack([flat * s, np.full(len(flat), z * depth)]) for z, s in steps], paint)
