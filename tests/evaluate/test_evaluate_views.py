"""View errors and baselines of the prior against worlds whose answer is known."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch

from gen4d.data.objects import canonical
from gen4d.data.open_sources import made_objects
from gen4d.data.rendering import pack, render_object
from gen4d.evaluate.judge import Verdict
from gen4d.evaluate.prior import PriorScore, score_table
from gen4d.evaluate.prior_baselines import TrainingViews, describe_photo, extruded, mean_maps
from gen4d.evaluate.views import quarter_turned, view_disagreement, view_errors
from gen4d.puppet.dress import turned
from gen4d.render.views import render_views
from gen4d.structures import Mesh, MultiView


@pytest.fixture(scope="module")
def views() -> MultiView:
    return render_object(canonical(next(made_objects(1))))


def box_photo(height: int, width: int) -> np.ndarray:
    """A red rectangle in the middle of a picture (64, 64, 4) uint8."""
    photo = np.zeros((64, 64, 4), np.uint8)
    rows, columns = slice(32 - height // 2, 32 + height // 2), slice(32 - width // 2, 32 + width // 2)
    photo[rows, columns] = (200, 10, 10, 255)
    return photo


def test_views_have_no_error_against_themselves(views: MultiView) -> None:
    errors = view_errors(views, views)
    assert errors.alpha_iou == 1.0 and errors.depth == 0.0 and errors.albedo_psnr >= 99 and errors.normal_deg < 0.1


def test_errors_are_what_was_put_in(views: MultiView) -> None:
    solid = views.alpha > 0.5
    nearer = replace(views, depth=torch.where(solid, views.depth - 0.05, views.depth).clamp(0, 1))
    assert view_errors(nearer, views).depth == pytest.approx(0.05, abs=0.01)
    hollow = replace(nearer, alpha=views.alpha.roll(30, 2))  # what no matte covers twice is not inside
    assert view_errors(hollow, views).depth_inside == pytest.approx(0.05, abs=0.01)
    darker = replace(views, albedo=(views.albedo - 0.1).clamp(0, 1))
    assert view_errors(darker, views).albedo_psnr == pytest.approx(20, abs=1.5)
    empty = replace(views, alpha=torch.zeros_like(views.alpha))
    assert view_errors(empty, views).alpha_iou == 0.0


@pytest.mark.parametrize("quarters", [-1, 1, 2, 3])
def test_turned_views_are_those_of_the_turned_mesh(quarters: int) -> None:
    corners = torch.tensor([[0.4, -0.5, 0.1], [-0.2, 0.3, 0.3], [0.1, 0.4, -0.35], [-0.3, -0.2, -0.1]])
    mesh = Mesh(corners, torch.tensor([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]))
    expected = render_views(turned(mesh, quarters * np.pi / 2), flat=True)
    found = quarter_turned(render_views(mesh, flat=True), quarters)
    errors = view_errors(found, expected)
    assert errors.alpha_iou > 0.97 and errors.depth_inside < 0.01 and errors.normal_deg < 1
    assert view_errors(render_views(mesh, flat=True), expected).alpha_iou < 0.8


def test_true_views_agree_and_turned_or_moved_ones_do_not(views: MultiView) -> None:
    true = view_disagreement(views)
    assert true < 0.012  # a pixel is 0.0086 of the cube
    turned = replace(views, alpha=views.alpha[[1, 0, 2, 3, 4, 5]], depth=views.depth[[1, 0, 2, 3, 4, 5]])
    assert view_disagreement(turned) > 3 * true
    moved = replace(views, alpha=views.alpha.roll(20, 1), depth=views.depth.roll(20, 1))
    assert view_disagreement(moved) > 2 * true


def test_an_extruded_square_is_a_slab() -> None:
    views = extruded(box_photo(40, 40))
    area = (views.alpha[..., 0] > 0.5).sum((1, 2)).tolist()
    assert area[0] == area[2] == 1600  # front and back show the outline
    assert all(a == pytest.approx(800, abs=90) for a in (area[1], area[3], area[4], area[5]))  # half as thick
    assert view_disagreement(views) < 0.02
    assert views.depth[0][views.alpha[0] > 0.5].unique().numel() == 1


def test_retrieval_finds_the_object_itself_and_the_mean_of_twins_is_the_twin() -> None:
    maps = np.stack([pack(render_object(canonical(obj), resolution=64)) for obj in islice(made_objects(1), 3)])
    photos = np.stack([maps[i, 0, ..., :4] for i in range(3)])
    known = TrainingViews(maps, describe_photo(photos), torch.eye(3, 384))
    assert [known.by_photo(photo) for photo in photos] == [0, 1, 2]
    assert known.by_text(torch.eye(3, 384)[2]) == [2]
    twin = mean_maps(np.stack([maps[1], maps[1]]))
    solid = maps[1][..., 3] > 200
    assert np.abs(twin[solid].astype(int) - maps[1][solid].astype(int)).max() <= 1 + 55  # alpha becomes 255
    assert np.abs(twin[solid][..., :3].astype(int) - maps[1][solid][..., :3].astype(int)).max() <= 1


def test_the_table_averages_by_way(views: MultiView) -> None:
    errors = view_errors(views, views)
    verdict = Verdict(found=True, nearest=0.01, vector=(0.0, 1.0))
    half = replace(errors, alpha_iou=0.5)
    table = score_table([PriorScore("a", "x", errors, verdict, 1.0), PriorScore("a", "y", half, verdict, 2.0)])
    assert "| a | 2 | 0.750 |" in table and "1.50 |" in table
