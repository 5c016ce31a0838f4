"""Solids of known shape and their true views."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import trimesh

from gen4d.context import Context
from gen4d.render.views import render_views
from gen4d.streams import Streams
from gen4d.structures import Mesh, MultiView

SIZE = 64  # px; half the product's, for speed


@pytest.fixture
def ctx() -> Context:
    return Context(Streams(0))


@pytest.fixture(scope="session")
def views_of() -> Callable[[trimesh.Trimesh], MultiView]:
    def render(shape: trimesh.Trimesh) -> MultiView:
        mesh = Mesh(torch.from_numpy(np.array(shape.vertices)).float(), torch.from_numpy(np.array(shape.faces)).long())
        return render_views(mesh, resolution=SIZE, supersample=4, flat=True)

    return render


@pytest.fixture(scope="session")
def solids() -> dict[str, trimesh.Trimesh]:
    def box(low: tuple[float, ...], high: tuple[float, ...]) -> trimesh.Trimesh:
        return trimesh.creation.box(bounds=np.array([low, high]))

    sheet = trimesh.Trimesh(
        [[-0.45, 0, -0.3], [0.45, 0.1, -0.3], [0.4, 0.2, 0.3], [-0.45, 0.1, 0.3]], [[0, 2, 1], [0, 3, 2]]
    )
    legs = [box((x, -0.4, z), (x + 0.08, 0.1, z + 0.08)) for x in (-0.4, 0.32) for z in (-0.3, 0.22)]
    walls = [
        box((-0.4, -0.4, -0.4), (0.4, -0.28, 0.4)),
        box((-0.4, -0.4, -0.4), (-0.28, 0.4, 0.4)),
        box((0.28, -0.4, -0.4), (0.4, 0.4, 0.4)),
        box((-0.4, -0.4, -0.4), (0.4, 0.4, -0.28)),
        box((-0.4, -0.4, 0.28), (0.4, 0.4, 0.4)),
    ]
    # No symmetry at all: any wrong axis or flip shows.
    crooked = [
        box((-0.45, -0.3, -0.2), (0.1, 0.0, 0.4)),
        box((0.0, -0.1, -0.4), (0.3, 0.45, 0.0)),
        box((-0.2, 0.0, 0.1), (0.0, 0.2, 0.3)),
    ]
    return {
        "sphere": trimesh.creation.icosphere(4, 0.4),
        "plate": box((-0.4, -0.01, -0.3), (0.4, 0.01, 0.3)),
        "sheet": sheet,
        "table": trimesh.util.concatenate([box((-0.45, 0.1, -0.35), (0.45, 0.2, 0.35)), *legs]),
        "open box": trimesh.util.concatenate(walls),
        "crooked": trimesh.util.concatenate(crooked),
    }
