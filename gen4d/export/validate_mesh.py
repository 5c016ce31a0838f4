"""Checks of the visible triangles: finite, in range, turned outwards, of a plausible size, standing on the floor."""

from collections.abc import Iterator

import numpy as np
import torch

from gen4d.export.findings import Finding, error, warning
from gen4d.export.gltf_parts import gltf_parts
from gen4d.export.parse import GltfFile
from gen4d.export.parts import Part, weld

NORMAL_TOLERANCE = 0.015  # eight bits a component, as KHR_mesh_quantization allows, are off by up to 0.0068
LARGEST_SIZE = 100.0  # metres
SMALLEST_SIZE = 0.01  # metres
FLOOR_TOLERANCE = 0.02  # of the height
# Twice the area of a triangle, as a share of the squared box diagonal, below which it is a line or a point. float32
# positions carry about 1e-7 of the diagonal, and a sliver of that width has this area.
DEGENERATE_AREA = 1e-10
MOST_DEGENERATE = 0.01  # of all triangles


def mesh_findings(file: GltfFile) -> Iterator[Finding]:
    """Findings about positions, normals, faces, size and place."""
    parts = [part for part in gltf_parts(file) if len(part.faces)]
    if not parts:
        yield error("no-faces", "The scene shows no triangle.")
        return
    if not all(np.isfinite(part.vertices).all() for part in parts):
        yield error("position-not-finite", "Some positions are NaN or infinite.")
        return
    yield from _normal_findings(parts)
    offsets = np.cumsum([0] + [len(part.vertices) for part in parts[:-1]])
    vertices = np.concatenate([part.vertices for part in parts])
    faces = np.concatenate([part.faces + offset for part, offset in zip(parts, offsets, strict=True)])
    yield from _face_findings(vertices, faces)
    yield from _size_findings(vertices[np.unique(faces)])


def _normal_findings(parts: list[Part]) -> Iterator[Finding]:
    missing = sum(part.normals is None for part in parts)
    if missing:
        yield warning("no-normals", f"{missing} of {len(parts)} pieces have no normals; engines will guess them.")
    wrong = 0
    for part in parts:
        if part.normals is not None:
            length = np.linalg.norm(part.normals, axis=1)
            scale = np.median(length)  # a scaled node stretches every normal alike
            wrong += int((~(np.abs(length / max(scale, 1e-12) - 1) < NORMAL_TOLERANCE)).sum())
    if wrong:
        yield error("normal-not-unit", f"{wrong} normals have not length 1.")


def _face_findings(vertices: np.ndarray, faces: np.ndarray) -> Iterator[Finding]:
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    diagonal = float(np.linalg.norm(np.ptp(vertices, axis=0)))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    degenerate = int((area <= DEGENERATE_AREA * diagonal**2).sum())
    if degenerate > MOST_DEGENERATE * len(faces):
        yield warning("degenerate-faces", f"{degenerate} of {len(faces)} triangles have no area.")
    if is_closed(vertices, faces):
        volume = float(np.einsum("fi,fi->", a - vertices[0], np.cross(b - vertices[0], c - vertices[0]))) / 6
        if volume < 0:
            yield error(
                "inside-out", f"The closed surface looks inwards: its signed volume is {volume:.4g} cubic metres."
            )


def is_closed(vertices: np.ndarray, faces: np.ndarray) -> bool:
    """Whether, seams welded, every edge is used once in each direction.

    Args:
        vertices: (V, 3) metres; copies at exactly the same float32 place count as one.
        faces: (F, 3) integers; ones with two corners at the same place are ignored.
    """
    welded = weld(torch.from_numpy(vertices.astype(np.float32)))
    corners = faces if welded is None else welded.numpy()[faces]
    proper = (corners != np.roll(corners, 1, axis=1)).all(1)
    edges = np.concatenate([corners[proper][:, [i, (i + 1) % 3]] for i in range(3)])
    count = len(vertices)
    forward, backward = edges[:, 0] * count + edges[:, 1], edges[:, 1] * count + edges[:, 0]
    return len(edges) > 0 and np.array_equal(np.sort(forward), np.sort(backward))


def _size_findings(vertices: np.ndarray) -> Iterator[Finding]:
    low, high = vertices.min(0), vertices.max(0)
    size = float((high - low).max())
    if not SMALLEST_SIZE <= size <= LARGEST_SIZE:
        yield warning("size", f"Its longest side is {size:.4g} m; the file may be in other units than metres.")
    if abs(low[1]) > FLOOR_TOLERANCE * max(float(high[1] - low[1]), SMALLEST_SIZE):
        yield warning("not-on-floor", f"Its lowest point is at y = {low[1]:.3f} m; assets stand on y = 0.")
