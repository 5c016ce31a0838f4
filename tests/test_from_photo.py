"""The choice between the two ways: what decides, what is said, and what the outline and words settle."""

import math

import pytest
import torch

from gen4d.config import load_config
from gen4d.context import Context
from gen4d.from_photo import surface_from_photo, wants_views
from gen4d.page import page_of_run
from gen4d.photo_guess import PhotoGuess, guess_of, sure_caption, told_pose
from gen4d.render.views import render_views
from gen4d.streams import Streams
from gen4d.structures import Asset, Mesh, MultiView, Prompt

SMALL = {
    "puppet.resolution": 96,
    "surface.faces": 1500,
    "surface.texture_size": 128,
    "reconstruct.resolution": 64,
}


def box(width: float, height: float, depth: float) -> Mesh:
    """A red box with these sides."""
    corners = torch.tensor([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
    quads = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
    faces = torch.tensor([f for a, b, c, d in quads for f in ((a, b, c), (a, c, d))])
    colors = torch.tensor([0.8, 0.2, 0.1]).expand(8, 3).contiguous()
    return Mesh(corners * torch.tensor([width, height, depth]), faces, colors=colors)


def views_of(mesh: Mesh) -> MultiView:
    return render_views(mesh, resolution=64, flat=True)


def photo_of(mesh: Mesh) -> Prompt:
    views = views_of(mesh)
    return Prompt(photo=torch.cat([views.albedo[0], views.alpha[0]], -1))


def test_views_that_agree_are_kept() -> None:
    mesh, ctx = box(0.5, 1.0, 0.7), Context(Streams(0))
    made = surface_from_photo(photo_of(mesh), views_of(mesh), PhotoGuess(), load_config(None, SMALL), ctx)
    assert made.way == "views" and made.likeness.iou > 0.92 and made.likeness.psnr > 22 and not ctx.warnings
    depth = made.mesh.bounds[1][2] - made.mesh.bounds[0][2]
    assert float(depth) == pytest.approx(0.7, abs=0.05)


def test_views_that_disagree_make_a_puppet_and_say_so() -> None:
    ctx = Context(Streams(0))
    prompt, wrong = photo_of(box(0.5, 1.0, 0.7)), views_of(box(1.0, 0.3, 0.3))
    made = surface_from_photo(prompt, wrong, PhotoGuess(), load_config(None, SMALL), ctx)
    assert made.way == "puppet" and made.likeness.iou > 0.92 and ctx.facts["photo.way"] == "puppet"
    assert len(ctx.warnings) == 1 and "--way views" in ctx.warnings[0]


@pytest.mark.parametrize(("plan", "way"), [("prop", "puppet"), ("biped", "views"), ("quadruped", "views")])
def test_creatures_are_taken_from_rougher_views_than_things(plan: str, way: str) -> None:
    ctx, cfg = Context(Streams(0)), load_config(None, {**SMALL, "rig.plan": plan})
    prompt, rougher = photo_of(box(0.5, 1.0, 0.5)), views_of(box(0.69, 1.0, 0.69))
    made = surface_from_photo(prompt, rougher, PhotoGuess(), cfg, ctx)
    assert 0.7 < float(str(ctx.facts["photo.views_iou"])) < 0.75
    assert made.way == way and made.likeness.iou > 0.92


@pytest.mark.parametrize(("plan", "way"), [("fish", "puppet"), ("snake", "views")])
def test_animals_in_profile_ask_for_better_views(plan: str, way: str) -> None:
    ctx, cfg = Context(Streams(0)), load_config(None, {**SMALL, "rig.plan": plan})
    prompt, rougher = photo_of(box(1.0, 0.4, 0.4)), views_of(box(1.0, 0.53, 0.53))
    made = surface_from_photo(prompt, rougher, PhotoGuess(), cfg, ctx)
    assert 0.7 < float(str(ctx.facts["photo.views_iou"])) < 0.8
    assert made.way == way


@pytest.mark.parametrize(("sureness", "turned"), [(0.95, 90.0), (0.6, 0.0)])
def test_a_puppet_follows_a_sure_reading_only(sureness: float, turned: float) -> None:
    guess = PhotoGuess(azimuth=math.radians(80), sureness=sureness)
    made = surface_from_photo(photo_of(box(0.4, 1.0, 0.4)), None, guess, load_config(None, SMALL), Context(Streams(0)))
    assert math.degrees(made.likeness.viewpoint.azimuth) == pytest.approx(turned)


def test_light_is_taken_out_of_the_colours_where_asked() -> None:
    step = (torch.arange(64) + 0.5) / 32 - 1
    radius = (step[:, None].square() + step[None].square()).sqrt()
    alpha = (radius < 0.85).float()[..., None]
    shade = (0.5 - 0.25 * step[:, None, None]).expand(64, 64, 3)  # bright above
    prompt = Prompt(photo=torch.cat([torch.where(alpha > 0, shade, 1.0), alpha], -1))
    contrast = {}
    for light in ("keep", "remove"):
        ctx, cfg = Context(Streams(0)), load_config(None, {**SMALL, "photo.light": light})
        seen = surface_from_photo(prompt, None, PhotoGuess(), cfg, ctx).likeness.picture
        contrast[light] = float(seen[80, 128, 0] / seen[176, 128, 0])
        assert ("photo.light_explained" in ctx.facts) == (light == "remove")
    assert contrast["keep"] > 1.4 and contrast["remove"] < 1 + 0.75 * (contrast["keep"] - 1)


def test_asked_for_views_are_kept_whatever_they_show() -> None:
    ctx, cfg = Context(Streams(0)), load_config(None, {**SMALL, "photo.way": "views"})
    wrong = views_of(box(1.0, 0.3, 0.3))
    assert surface_from_photo(photo_of(box(0.5, 1.0, 0.7)), wrong, PhotoGuess(), cfg, ctx).way == "views"


@pytest.mark.parametrize(("asked", "turned"), [(80.0, 90.0), (-100.0, -90.0), (10.0, 0.0), (170.0, 180.0)])
def test_a_puppet_is_turned_by_the_nearest_quarter(asked: float, turned: float) -> None:
    ctx, cfg = Context(Streams(0)), load_config(None, {**SMALL, "photo.azimuth_deg": asked})
    guess = PhotoGuess(azimuth=math.radians(asked))
    made = surface_from_photo(photo_of(box(0.4, 1.0, 0.4)), None, guess, cfg, ctx)
    assert math.degrees(made.likeness.viewpoint.azimuth) == pytest.approx(turned) and made.likeness.iou > 0.92


def test_words_make_it_flat() -> None:
    prompt, ctx = photo_of(box(0.9, 1.0, 0.4)), Context(Streams(0))
    cfg = load_config(None, SMALL)
    sign = Prompt(text="a road sign", photo=prompt.photo)
    low, high = surface_from_photo(sign, None, PhotoGuess(), cfg, ctx).mesh.bounds
    assert float(high[2] - low[2]) < 0.06 and ctx.facts["puppet.shape"] == "flat"


def test_a_picture_without_a_subject_becomes_a_card_whatever_it_resembles() -> None:
    photo = photo_of(box(1.0, 0.7, 0.5)).photo
    cfg, ctx = load_config(None, SMALL), Context(Streams(0))
    prompt = Prompt(photo=photo, whole=True)
    assert not wants_views(prompt, cfg)
    made = surface_from_photo(prompt, None, guess_of(prompt, None, cfg, ctx), cfg, ctx)
    low, high = made.mesh.bounds
    assert made.way == "card" and float((high - low)[2] / (high - low)[0]) < 0.12
    assert made.likeness.iou > 0.95
    assert wants_views(prompt, load_config(None, {**SMALL, "photo.way": "views"}))


def test_somebody_with_a_face_is_no_thing_however_straight_the_outline() -> None:
    photo, cfg = photo_of(box(0.7, 1.0, 0.5)).photo, load_config(None, SMALL)
    shapes = []
    for person in (False, True):
        prompt, ctx = Prompt(photo=photo, person=person), Context(Streams(0))
        guess = guess_of(prompt, None, cfg, ctx)
        surface_from_photo(prompt, None, guess, cfg, ctx)
        shapes.append((sure_caption(guess), ctx.facts["puppet.shape"]))
    assert shapes == [("", "thing"), ("a person", "creature")]


@pytest.mark.parametrize(
    ("settings", "sureness", "told"),
    [
        ({}, 1.0, None),
        ({"photo.azimuth_deg": 90}, 1.0, (math.pi / 2, 0.1)),
        ({"photo.elevation_deg": 20}, 0.95, (math.pi / 2, 0.1)),
        ({"photo.elevation_deg": 20}, 0.5, None),
    ],
)
def test_the_prior_is_told_what_the_user_said(settings, sureness, told) -> None:
    guess = PhotoGuess(azimuth=math.pi / 2, elevation=0.1, sureness=sureness)
    assert told_pose(guess, load_config(None, {**SMALL, **settings})) == told


def test_the_page_shows_what_happened(tmp_path) -> None:
    ctx = Context(Streams(0), run_folder=tmp_path)
    made = surface_from_photo(photo_of(box(0.5, 1.0, 0.7)), None, PhotoGuess(), load_config(None, SMALL), ctx)
    asset = Asset("a <box>", made.mesh, made.material)
    page = page_of_run(asset, {"facts": ctx.facts}, ["mind the <gap>"], tmp_path, {})
    assert "a &lt;box&gt;" in page and "mind the &lt;gap&gt;" in page and "data:image/png;base64," in page
    assert "http://" not in page and "https://" not in page and "photo.likeness_iou" in page
