"""Shapes for the plan network: carved out of depth maps, scaled to the network's grid."""

import numpy as np
import pytest
import torch
import trimesh

from gen4d.data import plan_grids
from gen4d.data.plan_grids import CELLS, carve, is_held_out
from gen4d.data.rendering import pack_depth
from gen4d.evaluate.rigs import is_held_out as rig_is_held_out
from gen4d.render.rasterizer import rasterize
from gen4d.render.views import views_from_raster
from gen4d.rig.plan_net import GRID, fill_net_grid
from gen4d.structures import Mesh, canonical_cameras


def _depth(shape: trimesh.Trimesh) -> np.ndarray:
    mesh = Mesh(torch.tensor(shape.vertices).float(), torch.tensor(np.array(shape.faces)))
    raster = rasterize(mesh.vertices, mesh.faces, canonical_cameras(256))
    return pack_depth(views_from_raster(mesh, raster, torch.ones(*raster.face_index.shape, 3), 2, flat=True))


@pytest.mark.parametrize("place", [(0.0, 0.0, 0.0), (0.2, -0.15, 0.1), (-0.1, 0.2, -0.2)])
def test_an_ellipsoid_is_carved_where_it_stands(place: tuple[float, float, float]) -> None:
    half = np.array([0.1, 0.2, 0.25])
    shape = trimesh.creation.icosphere(3).apply_scale(half).apply_translation(place)
    cells = carve(_depth(shape))
    axis = (np.arange(CELLS) + 0.5) / CELLS - 0.5
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1)
    radius = np.linalg.norm((points - place) / half, axis=-1)
    grown = 1.5 / CELLS / half.min()  # a marked cell may lie this far outside
    assert cells[radius < 0.97].all() and not cells[radius > 1 + grown].any()


def test_a_grid_is_centred_and_fills_its_longest_side() -> None:
    grid = np.zeros((70, 50, 60), bool)
    grid[3:67, 10:42, 5] = True  # 64 x 32 x 1
    small = fill_net_grid(grid)
    index = np.argwhere(small)
    assert small.shape == (GRID,) * 3
    assert index.min(0)[:2].tolist() == [0, 8] and index.max(0)[:2].tolist() == [31, 23]


def test_what_the_rig_evaluation_keeps_out_is_kept_out_here() -> None:
    names = [
        f"zeroad/gaia/fauna_{animal}" for animal in ("wolf", "lion", "boar", "goat", "deer", "bear_brown", "fox_red")
    ]
    slugs = [name.rpartition("/")[2].replace("_", "-") for name in names]
    assert [is_held_out(name) for name in names] == [rig_is_held_out(f"zeroad/{slug}") for slug in slugs]
    assert not is_held_out("makers/dog/1")


def test_made_up_shapes_know_every_animal_and_repeat_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_grids, "CREATURES", 1)
    monkeypatch.setattr(plan_grids, "MADE", 1)
    creatures = list(plan_grids.creature_shapes())
    assert {plan for _, plan, _, _ in creatures} == {"biped", "quadruped", *plan_grids.RARE_PLANS}
    assert {plan for _, plan, _, _ in plan_grids.made_shapes()} == plan_grids.RARE_PLANS
    for (name, _, cells, kept), (again, _, same, _) in zip(creatures, plan_grids.creature_shapes(), strict=True):
        assert name == again and (cells == same).all() and cells.any() and cells.shape == (GRID,) * 3 and not kept
