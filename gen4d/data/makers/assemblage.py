"""Random assemblages of solids: nothing anyone would ask for, yet a photo of one has one true set of views.

From these a prior learns what a photo says about any shape, not only about the kinds it knows by name (Xie et al. 2024,
LRM-Zero, arXiv:2406.09371, trains reconstruction on such shapes alone).
"""

import numpy as np

from gen4d.data.makers.curves import Array, smooth
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import BRIGHT, METALS, NAMED, WOODS, Paint, paint
from gen4d.data.makers.shapes import (
    Part,
    ball,
    both_sides,
    box,
    cone,
    cylinder,
    dome,
    ellipsoid,
    hull,
    join,
    lathe,
    torus,
    tube,
)

MIRRORED_SHARE = 0.75  # most things people make or meet are the same left and right
PARTS = (2, 9)
PALETTES = (tuple(NAMED), BRIGHT, BRIGHT + METALS, WOODS + METALS)


def assemblage(rng: np.random.Generator) -> MadeObject:
    """Two to nine stretched, turned solids, each grown from the surface of one before it."""
    names = pick(rng, *PALETTES)
    paints = [paint(rng, names[int(rng.integers(len(names)))]) for _ in range(int(rng.integers(1, 5)))]
    mirrored = rng.random() < MIRRORED_SHARE
    parts = [_placed(_solid(rng, pick(rng, *paints)), rng, 0.7, upright=True)]
    for _ in range(int(rng.integers(PARTS[0], PARTS[1])) - 1):
        host = parts[int(rng.integers(len(parts)))]
        at = host.vertices[int(rng.integers(len(host.vertices)))]
        part = _placed(_solid(rng, pick(rng, *paints)), rng, float(rng.uniform(0.12, 0.6)), upright=rng.random() < 0.6)
        # Half of the parts stand at the middle line, so that they are not doubled by the mirror.
        middle = mirrored and rng.random() < 0.5
        part = part.move_to([0.0 if middle else at[0], at[1], at[2]])
        parts.append(both_sides(part) if mirrored and not middle else part)
    whole = join(*parts)
    stretch = np.exp(rng.normal(0.0, 0.25, 3))
    whole = Part(whole.vertices * stretch, whole.faces, whole.colors)
    count = "a few" if len(parts) < 5 else "many"
    return made("assemblage", "assemblage", "prop", [whole], [f"an abstract shape of {count} parts", "abstract shape"])


def _placed(part: Part, rng: np.random.Generator, size: float, *, upright: bool) -> Part:
    """A part with a random stretch, its longest side `size`, turned by quarter turns or freely."""
    scaled = part.vertices * np.exp(rng.normal(0.0, 0.45, 3))
    low, high = scaled.min(0), scaled.max(0)
    scaled = (scaled - (low + high) / 2) * size / (high - low).max()
    turned = Part(scaled, part.faces, part.colors)
    if upright:
        return turned.rotate_deg(x=float(pick(rng, 0, 0, 90)), y=float(pick(rng, 0, 90)))
    x, y, z = rng.uniform(-180, 180, 3)
    return turned.rotate_deg(x=float(x), y=float(y), z=float(z))


def _solid(rng: np.random.Generator, color: Paint) -> Part:
    """One closed solid of about unit size."""
    match int(rng.integers(10)):
        case 0 | 1:
            return box(1.0, 1.0, 1.0, color, bevel=float(rng.choice([0.0, 0.0, 0.08])))
        case 2:
            return cylinder(0.5, 1.0, color)
        case 3:
            return cone(0.5, 1.0, color, top_radius=float(rng.choice([0.0, 0.1, 0.3])))
        case 4:
            return ball(0.5, color)
        case 5:
            return ellipsoid(1.0, float(rng.uniform(0.4, 1.0)), float(rng.uniform(0.4, 1.0)), color)
        case 6:
            return torus(0.4, float(rng.uniform(0.08, 0.3)), color)
        case 7:
            return hull(rng.normal(0.0, 0.4, (int(rng.integers(5, 16)), 3)), color)
        case 8:
            return lathe(_profile(rng), color)
        case _:
            return dome(0.5, 0.5, color) if rng.random() < 0.5 else _bent_tube(rng, color)


def _profile(rng: np.random.Generator) -> Array:
    """Radius and height of a turned solid, pointed or flat at both ends."""
    count = int(rng.integers(3, 6))
    heights = np.linspace(-0.5, 0.5, count)
    radii = rng.uniform(0.1, 0.5, count)
    outline = smooth(np.stack([radii, heights], 1), 12)
    outline[:, 0] = outline[:, 0].clip(0.03)
    ends = np.array([[0.0, -0.5], [0.0, 0.5]])
    return np.concatenate([ends[:1], outline, ends[1:]])


def _bent_tube(rng: np.random.Generator, color: Paint) -> Part:
    path = smooth(np.cumsum(rng.normal(0.0, 0.4, (4, 3)), 0), 12)
    return tube(path, float(rng.uniform(0.05, 0.15)), color)
