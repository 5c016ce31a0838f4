import numpy as np
import pytest
import torch
import trimesh
from pydantic import ValidationError

from gen4d.errors import InputError
from gen4d.structures import Mesh
from gen4d.surface.config import SurfaceConfig
from gen4d.surface.finishing import finish
from gen4d.surface.ground import stand_on_ground

CONFIG = SurfaceConfig(faces=1000, texture_size=128)


def test_finished_ball_is_closed_smooth_textured_and_within_budget(ball, ball_views, ctx):
    mesh, material = finish(ball, ball_views, CONFIG, ctx)
    assert len(mesh.faces) <= 1000
    assert mesh.normals is not None
    assert mesh.uv is not None
    assert mesh.welded is not None
    welded = mesh.welded[mesh.faces].numpy()
    edges = np.sort(welded[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), 1)
    assert set(np.unique(edges, axis=0, return_counts=True)[1]) == {2}
    assert float((mesh.normals * torch.nn.functional.normalize(mesh.vertices, dim=1)).sum(1).min()) > 0.95
    seam = torch.zeros_like(mesh.normals).index_put((mesh.welded,), mesh.normals)[mesh.welded]
    assert torch.equal(seam, mesh.normals)  # no crease along a seam
    assert tuple(material.base_color.shape) == (128, 128, 4)
    assert ctx.facts["surface.unseen_texels"] == 0
    assert ctx.facts["surface.faces"] == len(mesh.faces)


def test_finishing_twice_gives_the_same_bytes(ball, ball_views, ctx):
    (first, a), (second, b) = (finish(ball, ball_views, CONFIG, ctx) for _ in range(2))
    assert torch.equal(first.vertices, second.vertices)
    assert torch.equal(first.faces, second.faces)
    assert first.uv is not None
    assert second.uv is not None
    assert torch.equal(first.uv, second.uv)
    assert torch.equal(a.base_color, b.base_color)


def test_normal_map_is_baked_when_asked_for_and_only_then(ball, ball_views, ctx):
    coarse = CONFIG.model_copy(update={"faces": 200})
    _, plain = finish(ball, ball_views, coarse, ctx)
    _, bumpy = finish(ball, ball_views, coarse.model_copy(update={"normal_map": True}), ctx)
    assert plain.normal_map is None
    assert bumpy.normal_map is not None and tuple(bumpy.normal_map.shape) == (128, 128, 3)
    assert torch.equal(plain.base_color, bumpy.base_color)
    up = 2 * bumpy.normal_map[..., 2] - 1
    assert 0.9 < float(up.min()) < 0.9999 < float(up.max())  # a ball of 200 faces hides little from its own normals


def test_mesh_stands_centred_on_the_ground_at_its_height():
    shape = trimesh.creation.box(bounds=np.array([[1, 2, 3], [2, 6, 5]]))
    mesh = Mesh(torch.from_numpy(np.array(shape.vertices)).float(), torch.from_numpy(np.array(shape.faces)).long())
    low, high = stand_on_ground(mesh, 1.0).bounds
    np.testing.assert_allclose(low, [-0.125, 0, -0.25], atol=1e-6)
    np.testing.assert_allclose(high, [0.125, 1, 0.25], atol=1e-6)


@pytest.mark.parametrize("height", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_heights_are_refused(ball, height):
    with pytest.raises(InputError, match="positive number of metres"):
        stand_on_ground(ball, height)


def test_flat_mesh_has_no_height():
    flat = Mesh(torch.tensor([[0.0, 0, 0], [1, 0, 0], [0, 0, 1]]), torch.tensor([[0, 2, 1]]))
    with pytest.raises(InputError, match="flat"):
        stand_on_ground(flat, 1.0)


@pytest.mark.parametrize("wrong", [{"texture_size": 1000}, {"texture_size": 8192}, {"faces": 99}, {"face": 100}])
def test_config_refuses_what_makes_no_sense(wrong):
    with pytest.raises(ValidationError):
        SurfaceConfig.model_validate(wrong)
