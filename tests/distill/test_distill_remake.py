"""From views back to an asset: the same height and no more faces, closed; or the same mesh in other colours."""

from dataclasses import replace

import pytest
import torch
from toy_teacher import GREY, RED, ball, toy_teacher

from gen4d.context import Context
from gen4d.distill.config import RefineConfig
from gen4d.errors import ConfigError
from gen4d.prior.autoencoder import maps_to_views, views_to_maps
from gen4d.refine import refine
from gen4d.remake import agreed, held_to, made_from_words, recolored, remade, views_of
from gen4d.streams import Streams
from gen4d.structures import Asset, MultiView, Prompt, is_closed

WORDS = Prompt("a red ball")


def inside(views: MultiView) -> torch.Tensor:
    return views.alpha[..., 0] > 0.99


def test_views_that_agree_stay_as_they_are() -> None:
    views = views_of(ball(RED), 64)
    same = agreed(views, Context(Streams(0)))
    assert (same.alpha - views.alpha).abs().mean() < 0.01
    assert (same.depth - views.depth)[inside(views) & inside(same)].abs().mean() < 0.01
    assert (same.albedo - views.albedo)[inside(views) & inside(same)].abs().mean() < 0.02


def test_an_asset_made_anew_is_as_high_closed_and_of_no_more_faces() -> None:
    old = ball(GREY)
    new = remade(old, views_of(ball(RED), 64), "a red ball", Context(Streams(0)))
    low, high = new.mesh.bounds
    assert is_closed(new.mesh) and len(new.mesh.faces) <= len(old.mesh.faces)
    assert low[1] == pytest.approx(0, abs=1e-5) and high[1] == pytest.approx(2, abs=1e-4)
    assert new.material.base_color.shape == old.material.base_color.shape
    shown = views_of(new, 64)
    assert (shown.albedo[inside(shown)] - torch.tensor(RED)).abs().mean() < 0.02


def test_the_difference_of_views_goes_into_the_texture() -> None:
    old = ball(GREY)
    views = views_of(old, 64)
    red = replace(views, albedo=torch.where(views.alpha > 0, torch.tensor(RED), 1.0))
    new = recolored(old, views, red)
    assert new.mesh is old.mesh
    shown = views_of(new, 64)
    assert (shown.albedo[inside(shown)] - torch.tensor(RED)).abs().mean() < 0.02
    assert torch.allclose(recolored(old, views, views).material.base_color, old.material.base_color, atol=1e-4)


def test_held_views_keep_the_outline_depth_and_normals_of_the_mesh() -> None:
    shown, drawn = views_of(ball(GREY), 32), views_of(ball(RED), 32)
    held = held_to(shown, drawn)
    assert held.alpha is shown.alpha and held.depth is shown.depth and held.normal is shown.normal
    assert torch.equal(held.albedo[inside(drawn)], drawn.albedo[inside(drawn)])


def test_a_hole_is_seen_and_seams_are_none() -> None:
    mesh = ball().mesh
    assert is_closed(mesh) and len(mesh.vertices) > int(mesh.welded.max()) + 1
    assert not is_closed(replace(mesh, faces=mesh.faces[1:]))


def toy_with_views():
    """The toy prior at full resolution; it draws grey geometry of whatever it is given."""
    teacher = toy_teacher()
    ball_maps = views_to_maps(views_of(ball(), teacher.resolution))

    def draw(latents: torch.Tensor) -> MultiView:
        big = torch.nn.functional.interpolate(latents, scale_factor=4)
        return maps_to_views(torch.cat([big[:, :3], ball_maps[:, 3:]], 1))

    return replace(teacher, draw=draw)


@pytest.fixture
def red_prior(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gen4d.refine.open_teacher", lambda prompt, cfg, ctx: toy_with_views())


@pytest.mark.parametrize("shape", ["keep", "remake"])
@pytest.mark.usefixtures("red_prior")
def test_redrawing_turns_a_grey_ball_red(shape: str) -> None:
    asset = ball()
    refined = refine(asset, WORDS, RefineConfig(shape=shape, starts=(0.9,)), Context(Streams(0)))
    assert refined.improved and refined.error_after < refined.error_before
    assert (refined.asset.mesh is asset.mesh) == (shape == "keep")
    shown = views_of(refined.asset, 32)
    assert (shown.albedo[inside(shown)].mean(0) - torch.tensor(RED)).abs().max() < 0.1


@pytest.mark.usefixtures("red_prior")
def test_only_what_words_alone_made_is_made_anew() -> None:
    asset, cfg = ball(), RefineConfig(steps=2)
    facts = {"prior": "gen4d-small-1"}
    assert refine(asset, WORDS, cfg, Context(Streams(0))).asset.mesh is asset.mesh
    assert not made_from_words(Asset("a", asset.mesh, asset.material, provenance=facts | {"photo_way": "views"}))
    made = Asset("a", asset.mesh, asset.material, provenance=facts)
    assert refine(made, WORDS, cfg, Context(Streams(0))).asset.mesh is not asset.mesh


def test_a_prior_of_pictures_cannot_redraw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gen4d.refine.open_teacher", lambda prompt, cfg, ctx: toy_teacher())
    with pytest.raises(ConfigError, match="draws no views"):
        refine(ball(), WORDS, RefineConfig(guidance="redraw"), Context(Streams(0)))
