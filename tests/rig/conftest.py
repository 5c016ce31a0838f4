"""Creatures made of capsules: the joints are known, the surface is one closed shell."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from skimage.measure import marching_cubes

from gen4d.context import Context
from gen4d.streams import Streams
from gen4d.structures import Mesh

Capsule = tuple[Sequence[float], Sequence[float], float]  # start, end, radius


def capsules_to_mesh(capsules: Sequence[Capsule], cell: float = 0.025) -> Mesh:
    """The union of capsules as a closed triangle mesh, counter-clockwise from outside."""
    ends = np.array([[a, b] for a, b, _ in capsules], dtype=float)
    reach = max(r for *_, r in capsules) + 3 * cell
    low, high = ends.min((0, 1)) - reach, ends.max((0, 1)) + reach
    axes = [np.arange(low[i], high[i], cell) for i in range(3)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), -1)
    field = np.full(points.shape[:3], np.inf)
    for (a, b), (*_, radius) in zip(ends, capsules, strict=True):
        share = np.clip((points - a) @ (b - a) / max((b - a) @ (b - a), 1e-12), 0, 1)
        field = np.minimum(field, np.linalg.norm(points - a - share[..., None] * (b - a), axis=-1) - radius)
    vertices, faces, *_ = marching_cubes(field, 0.0)
    vertices = vertices * cell + low
    vertices[:, 1] -= vertices[:, 1].min()
    return Mesh(torch.tensor(vertices.copy(), dtype=torch.float32), torch.tensor(faces.copy(), dtype=torch.int64))


def mirrored(capsules: Sequence[Capsule]) -> list[Capsule]:
    """The capsules and their images on the other side."""
    flip = np.array([-1.0, 1.0, 1.0])
    return [*capsules, *((np.array(a) * flip, np.array(b) * flip, r) for a, b, r in capsules)]


def human(arms: str = "T", apart: float = 0.13, leg_radius: float = 0.07) -> Mesh:
    """A person 1.75 m tall; arms "T", "A" or "down"."""
    shoulder = np.array([0.19, 1.40, 0.0])
    direction = {"T": (1.0, 0.0, 0.0), "A": (0.71, -0.71, 0.0), "down": (0.22, -0.975, 0.0)}[arms]
    hand = shoulder + 0.62 * np.array(direction)
    limbs = [
        (shoulder, hand, 0.05),
        ((0.05, 1.40, 0.0), shoulder, 0.06),
        ((apart, 0.90, 0.0), (apart, 0.08, 0.0), leg_radius),
        ((apart, 0.05, 0.0), (apart, 0.05, 0.16), 0.05),
    ]
    trunk = [
        ((0, 0.98, 0.0), (0, 1.33, 0.0), 0.14),
        ((0, 1.4, 0.0), (0, 1.5, 0.0), 0.06),
        ((0, 1.62, 0), (0, 1.65, 0), 0.11),
    ]
    return capsules_to_mesh([*trunk, *mirrored(limbs)])


def robed_human() -> Mesh:
    """A person in a robe to the ground: one foot, arms along the body."""
    return capsules_to_mesh(
        [((0, 0.2, 0), (0, 1.3, 0), 0.2), ((0, 1.62, 0), (0, 1.65, 0), 0.11), ((0, 1.4, 0), (0, 1.5, 0), 0.07)]
    )


def dog(tail: bool = True) -> Mesh:
    """A dog-like animal 0.8 m high at the head, facing +Z."""
    legs = [((0.12, 0.45, z), (0.12, 0.05, z), 0.055) for z in (-0.40, 0.35)]
    body = [
        ((0, 0.50, -0.38), (0, 0.52, 0.36), 0.15),
        ((0, 0.55, 0.42), (0, 0.78, 0.60), 0.09),
        ((0, 0.80, 0.62), (0, 0.78, 0.80), 0.09),
    ]
    if tail:
        body.append(((0, 0.55, -0.5), (0, 0.70, -0.95), 0.045))
    return capsules_to_mesh([*body, *mirrored(legs)])


def table() -> Mesh:
    """Four legs at the corners under a flat top."""
    legs = [((0.4, 0.0, z), (0.4, 0.7, z), 0.04) for z in (-0.6, 0.6)]
    top = [((-0.4, 0.72, z), (0.4, 0.72, z), 0.05) for z in np.linspace(-0.6, 0.6, 25)]
    return capsules_to_mesh([*top, *mirrored(legs)])


@pytest.fixture(scope="session")
def creatures() -> dict[str, Mesh]:
    """One of each, by name."""
    return {
        "human_t": human("T"),
        "human_a": human("A"),
        "human_down": human("down"),
        "human_fused": human("T", apart=0.065, leg_radius=0.09),
        "robe": robed_human(),
        "dog": dog(),
        "dog_without_tail": dog(tail=False),
        "table": table(),
    }


@pytest.fixture
def ctx() -> Context:
    return Context(Streams(0))


@pytest.fixture(scope="session")
def make_mesh() -> Callable[..., Mesh]:
    return capsules_to_mesh
