"""The vehicle template: a body, and a joint on the axle of every wheel that is a piece of its own.

Wheels grown together with the body cannot turn without tearing it, so only separate shells become wheels.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from gen4d.context import Context
from gen4d.rig.embedding import Bone, Embedding
from gen4d.rig.weights import weld_mesh
from gen4d.structures import Mesh

ROUND = 0.15  # a wheel's height and length differ by no more than this share
MAX_CORNERS = 0.04  # share of a wheel's vertices that may lie outside its circle
MIN_RADIUS, MAX_RADIUS = 0.03, 0.30  # of the vehicle's longest side
NEAR_GROUND = 0.20  # of the height: how high a wheel may hang
SAME_AXLE = 0.35  # of the radius: shells that share a centre this nearly are one wheel (tyre, rim, hub)
MIDDLE = 0.12  # of the width: nearer to the plane than this, a wheel belongs to a two-wheeler
AXLES = ("Front", "Middle", "Middle2", "Middle3", "Rear")


@dataclass(frozen=True)
class Wheel:
    """Fields:
    center: (3,) metres, on the axle.
    radius, half_width: metres.
    """

    center: np.ndarray
    radius: float
    half_width: float


def fit_vehicle(mesh: Mesh, ctx: Context) -> tuple[Embedding, np.ndarray]:
    """Find the wheels of a vehicle that faces +Z.

    Returns:
        The bones, and for every vertex the index of the one it moves with, (V,) int64; vehicles do not bend.
    """
    welded, vertices, faces = weld_mesh(mesh)
    shell = _shells(len(vertices), faces)
    low, high = vertices.min(0), vertices.max(0)
    boxes = [(vertices[shell == k].min(0), vertices[shell == k].max(0)) for k in range(shell.max() + 1)]
    wheels = _wheels(vertices, shell, boxes, low, high)
    named = _named(wheels, (low + high) / 2, float(high[0] - low[0]))
    middle = (low + high) / 2
    bones: Embedding = {"body": Bone("root", middle, np.array([middle[0], middle[1], high[2]]))}
    for name, wheel in named.items():
        bones[name] = Bone("body", wheel.center, wheel.center + np.array([wheel.half_width, 0.0, 0.0]))
    if not named:
        ctx.warn("rig: no wheels that are pieces of their own were found, so the vehicle moves as one body.")
    owner = np.zeros(len(boxes), np.int64)
    for index, wheel in enumerate(named.values(), start=1):
        for k, (start, end) in enumerate(boxes):
            reach = np.maximum(np.abs(start - wheel.center), np.abs(end - wheel.center))
            inside = np.hypot(*_farthest(vertices[shell == k], wheel)) <= 1.08 * wheel.radius
            if inside and reach[0] <= 1.6 * wheel.half_width:
                owner[k] = index
    return bones, owner[shell][welded]


def _farthest(points: np.ndarray, wheel: Wheel) -> np.ndarray:
    """Offset (y, z) of the point that is farthest from the axle."""
    offset = points[:, 1:] - wheel.center[1:]
    return offset[(offset**2).sum(1).argmax()]


def _shells(count: int, faces: np.ndarray) -> np.ndarray:
    """Number of the connected shell of every vertex, (U,)."""
    i, j = faces[:, [0, 1]].ravel(), faces[:, [1, 2]].ravel()
    graph = sparse.coo_matrix((np.ones(len(i), np.int8), (i, j)), shape=(count, count))
    return connected_components(graph, directed=False)[1]


def _wheels(
    vertices: np.ndarray,
    shell: np.ndarray,
    boxes: list[tuple[np.ndarray, np.ndarray]],
    low: np.ndarray,
    high: np.ndarray,
) -> list[Wheel]:
    """Round shells near the ground, the largest of each axle end."""
    longest = float((high - low).max())
    found: list[Wheel] = []
    for k, (start, end) in enumerate(boxes):
        size = end - start
        radius = float(size[1:].mean() / 2)
        is_round = abs(size[1] - size[2]) <= ROUND * size[1:].max() and size[0] <= 1.6 * size[1:].max()
        if not is_round or not MIN_RADIUS * longest <= radius <= MAX_RADIUS * longest:
            continue
        if start[1] - low[1] > NEAR_GROUND * (high[1] - low[1]):
            continue
        center = (start + end) / 2
        distance = np.linalg.norm(vertices[shell == k][:, 1:] - center[1:], axis=1)
        if (distance > 1.12 * radius).mean() <= MAX_CORNERS and (distance > 0.8 * radius).sum() >= 6:
            found.append(Wheel(center, radius, float(size[0] / 2)))
    found.sort(key=lambda wheel: -wheel.radius)
    wheels: list[Wheel] = []
    for wheel in found:
        twin = any(
            np.linalg.norm(w.center[1:] - wheel.center[1:]) < SAME_AXLE * w.radius
            and abs(w.center[0] - wheel.center[0]) < 1.2 * w.half_width + wheel.half_width
            for w in wheels
        )
        if not twin:
            wheels.append(wheel)
    return wheels


def _named(wheels: list[Wheel], middle: np.ndarray, width: float) -> dict[str, Wheel]:
    """Names from front to back and from left to right; what fits no axle of a pair stays part of the body."""
    central = [w for w in wheels if abs(w.center[0] - middle[0]) < MIDDLE * width]
    if central and len(central) == len(wheels):
        central.sort(key=lambda w: -w.center[2])
        return dict(zip(("frontWheel", "rearWheel"), (central[0], central[-1]), strict=False))
    pairs = []
    left = sorted((w for w in wheels if w.center[0] > middle[0]), key=lambda w: -w.center[2])
    right = [w for w in wheels if w.center[0] < middle[0]]
    for wheel in left:
        partner = min(
            right, key=lambda other, one=wheel: float(np.abs((other.center - one.center)[1:]).max()), default=None
        )
        if partner is not None and np.abs((partner.center - wheel.center)[1:]).max() < 0.5 * wheel.radius:
            pairs.append((wheel, partner))
            right = [other for other in right if other is not partner]
    pairs = pairs[: len(AXLES)]
    axles = (AXLES[: len(pairs) - 1] + AXLES[-1:]) if len(pairs) > 1 else AXLES[: len(pairs)]
    named: dict[str, Wheel] = {}
    for axle, (wheel, partner) in zip(axles, pairs, strict=True):
        named |= {f"left{axle}Wheel": wheel, f"right{axle}Wheel": partner}
    if central:  # a tricycle
        at_front = not pairs or central[0].center[2] > pairs[0][0].center[2]
        named["frontWheel" if at_front else "rearWheel"] = central[0]
    return named
