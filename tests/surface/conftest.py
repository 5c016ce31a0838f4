"""Coloured solids, finished as the product finishes them."""

import numpy as np
import pytest
import torch
import trimesh

from gen4d.context import Context
from gen4d.render.views import render_views
from gen4d.streams import Streams
from gen4d.structures import Mesh, MultiView, vertex_normals
from gen4d.surface.unwrap import unwrap


@pytest.fixture
def ctx() -> Context:
    return Context(Streams(0))


def position_colors(points: torch.Tensor) -> torch.Tensor:
    """A smooth colour for every place, far from white and grey."""
    return (0.4 + 0.6 * points).clamp(0.05, 0.75)


def mesh_of(shape: trimesh.Trimesh) -> Mesh:
    vertices = torch.from_numpy(np.array(shape.vertices)).float()
    return Mesh(vertices, torch.from_numpy(np.array(shape.faces)).long(), colors=position_colors(vertices))


@pytest.fixture(scope="session")
def ball() -> Mesh:
    return mesh_of(trimesh.creation.icosphere(4, 0.45))


@pytest.fixture(scope="session")
def ball_views(ball) -> MultiView:
    return render_views(ball, resolution=64, supersample=2)


@pytest.fixture(scope="session")
def unwrapped_ball(ball) -> Mesh:
    coarse = mesh_of(trimesh.creation.icosphere(3, 0.45))
    plain = Mesh(coarse.vertices, coarse.faces, normals=vertex_normals(Mesh(coarse.vertices, coarse.faces)))
    return unwrap(plain, 256)
