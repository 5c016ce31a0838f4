"""Framing: place and size in closed form, colours without the background, warnings, and the whole way from a file."""

import math
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gen4d.context import Context
from gen4d.errors import InputError
from gen4d.photo.config import PhotoConfig
from gen4d.photo.matte import Matte
from gen4d.photo.subject import CORNER, card_alpha, foreground_colors, frame_subject, load_subject
from gen4d.streams import Streams


def extent(alpha: torch.Tensor) -> tuple[float, float, float, float]:
    """Left, top, right and bottom edge of a matte with subpixel precision, from its profile's half height."""
    columns, rows = alpha.amax(0), alpha.amax(1)
    x, y = columns.nonzero().flatten(), rows.nonzero().flatten()
    left, right = float(x[0]) + 1 - float(columns[x[0]]), float(x[-1]) + float(columns[x[-1]])
    return left, float(y[0]) + 1 - float(rows[y[0]]), right, float(y[-1]) + float(rows[y[-1]])


@given(
    left=st.integers(0, 60), top=st.integers(0, 40), width=st.integers(20, 90), height=st.integers(20, 90),
    size=st.sampled_from([64, 110, 128, 220]),
)  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_longest_side_fills_the_canonical_share_and_is_centred(left, top, width, height, size) -> None:
    alpha = torch.zeros(140, 160)
    alpha[top : top + height, left : left + width] = 1
    framed = frame_subject(torch.zeros(140, 160, 3), alpha, size)[..., 3]
    x0, y0, x1, y1 = extent(framed)
    blur = max(1.0, size / (1.1 * max(width, height)))  # one pixel of the coarser of the two grids
    assert abs(max(x1 - x0, y1 - y0) - size / 1.1) <= 1.5 * blur
    assert abs((x0 + x1) / 2 - size / 2) <= blur and abs((y0 + y1) / 2 - size / 2) <= blur
    assert float(framed.sum()) == pytest.approx(width * height * (size / (1.1 * max(width, height))) ** 2, rel=0.03)


def test_frame_is_white_where_transparent_and_keeps_the_colour_elsewhere() -> None:
    alpha = torch.zeros(100, 100)
    alpha[30:70, 20:80] = 1
    rgb = torch.zeros(100, 100, 3)
    rgb[30:70, 20:80] = torch.tensor([0.2, 0.5, 0.7])
    framed = frame_subject(rgb, alpha, 96)
    nothing, something = framed[..., 3] == 0, framed[..., 3] > 0.02
    assert torch.equal(framed[nothing][:, :3], torch.ones(int(nothing.sum()), 3))
    assert (framed[something][:, :3] - torch.tensor([0.2, 0.5, 0.7])).abs().max() < 1e-3
    assert framed.min() >= 0 and framed.max() <= 1


def test_frame_turns_with_the_picture() -> None:
    generator = torch.Generator().manual_seed(1)
    rgb = torch.rand(60, 60, 3, generator=generator)
    alpha = torch.zeros(60, 60)
    alpha[10:50, 20:45] = 1
    turned = frame_subject(rgb.rot90(1), alpha.rot90(1), 64)
    torch.testing.assert_close(turned, frame_subject(rgb, alpha, 64).rot90(1), atol=1e-5, rtol=0)


def test_subject_too_small_is_refused() -> None:
    alpha = torch.zeros(100, 100)
    alpha[50:54, 50:54] = 1
    with pytest.raises(InputError, match="only 4 pixels"):
        frame_subject(torch.zeros(100, 100, 3), alpha, 64)


def test_edge_colours_lose_the_background() -> None:
    steps = (torch.arange(120) + 0.5) / 120
    distance = torch.hypot(steps[None, :] - 0.5, steps[:, None] - 0.5)
    alpha = ((0.3 - distance) * 20 + 0.5).clamp(0, 1)  # an edge six pixels wide
    subject, background = torch.tensor([0.7, 0.3, 0.1]), torch.tensor([0.1, 0.9, 0.2])
    mixture = alpha[..., None] * subject + (1 - alpha[..., None]) * background
    edge = (alpha > 0.1) & (alpha < 1)
    before = (mixture - subject)[edge].abs().mean()
    after = (foreground_colors(mixture, alpha) - subject)[edge].abs().mean()
    assert after < 0.05 * before
    assert torch.equal(foreground_colors(mixture, alpha)[alpha == 1], mixture[alpha == 1])


def picture(tmp_path: Path, background: tuple[int, int, int] = (235, 235, 240)) -> Path:
    pixels = np.full((200, 300, 3), background, np.uint8)
    pixels[60:160, 120:170] = (180, 40, 30)
    path = tmp_path / "photo.jpg"
    Image.fromarray(pixels).save(path, quality=90)
    return path


def test_from_a_file_to_the_framed_subject(tmp_path: Path) -> None:
    ctx = Context(Streams(0))
    subject = load_subject(picture(tmp_path), None, PhotoConfig(subject_size=128), ctx).picture
    assert subject.shape == (128, 128, 4) and subject.dtype == torch.float32
    x0, y0, x1, y1 = extent(subject[..., 3])
    assert abs(y1 - y0 - 128 / 1.1) < 3 and abs((x1 - x0) / (y1 - y0) - 0.5) < 0.04
    assert ctx.facts["photo.matte"] == "plain" and ctx.facts["photo.matte_confidence"] > 0.8 and not ctx.warnings
    solid = subject[..., 3] > 0.5
    assert (subject[solid][:, :3] - torch.tensor([180, 40, 30]) / 255).abs().mean() < 0.03


def test_mask_file_and_alpha_channel(tmp_path: Path) -> None:
    mask = np.zeros((100, 150), np.uint8)
    mask[20:60, 30:110] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    ctx = Context(Streams(0))
    subject = load_subject(picture(tmp_path), tmp_path / "mask.png", PhotoConfig(subject_size=110), ctx).picture
    x0, y0, x1, y1 = extent(subject[..., 3])
    assert ctx.facts["photo.matte"] == "mask" and abs((y1 - y0) / (x1 - x0) - 0.5) < 0.05
    cut = np.zeros((100, 100, 4), np.uint8)
    cut[18:82, 28:72] = (10, 200, 30, 128)  # a soft edge in straight alpha, black beyond
    cut[20:80, 30:70] = (10, 200, 30, 255)
    Image.fromarray(cut).save(tmp_path / "cut.png")
    green = load_subject(tmp_path / "cut.png", None, PhotoConfig(subject_size=64), ctx).picture
    assert ctx.facts["photo.matte"] == "alpha"
    visible = green[..., 3] > 0
    assert (green[visible][:, :3] - torch.tensor([10, 200, 30]) / 255).abs().max() < 0.01  # no dark fringe


def test_uncertain_matte_is_warned_about_with_the_remedy(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(60, 190, (150, 150, 3), dtype=np.uint8)
    noise[50:100, 50:100] //= 2
    noise[50:100, 50:100] += 30  # hardly darker than the rest
    Image.fromarray(noise).save(tmp_path / "noise.png")
    ctx = Context(Streams(0))
    load_subject(tmp_path / "noise.png", None, PhotoConfig(working_size=150, min_confidence=0.9), ctx)
    assert len(ctx.warnings) == 1 and "--mask" in ctx.warnings[0]


@pytest.mark.parametrize("texture", ["grass", "gravel", "brick"])
def test_a_picture_without_a_subject_is_refused_or_said(tmp_path: Path, texture: str) -> None:
    Image.fromarray(getattr(skimage.data, texture)()[:256, :256]).save(tmp_path / "wall.png")
    ctx = Context(Streams(0))
    try:
        load_subject(tmp_path / "wall.png", None, PhotoConfig(), ctx)
    except InputError as error:
        assert "--mask" in str(error)
    else:
        assert any("standing card" in warning for warning in ctx.warnings)


def test_a_cut_out_that_is_most_likely_wrong_becomes_a_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(np.full((120, 200, 3), 90, np.uint8)).save(tmp_path / "grey.png")
    lost = Matte(torch.ones(120, 200) * (torch.arange(200) < 60), "grabcut", 0.01)
    monkeypatch.setattr("gen4d.photo.subject.find_matte", lambda *_: lost)
    ctx, cfg = Context(Streams(0)), PhotoConfig(subject_size=220)
    found = load_subject(tmp_path / "grey.png", None, cfg, ctx)
    assert found.whole and ctx.facts["photo.matte"] == "picture" and "--mask" in ctx.warnings[0]
    assert float(found.picture[..., 3].mean()) == pytest.approx(0.6 / 1.1**2, rel=0.02)
    asked = load_subject(tmp_path / "grey.png", None, cfg.model_copy(update={"way": "puppet"}), Context(Streams(0)))
    assert not asked.whole


def test_a_card_is_all_but_its_corners() -> None:
    alpha = card_alpha(torch.ones(100, 200, 4))
    assert torch.equal(alpha, alpha.flip(0)) and torch.equal(alpha, alpha.flip(1))
    missing = (4 - math.pi) * (CORNER * 100) ** 2
    assert float((1 - alpha).sum()) == pytest.approx(missing, abs=0.15 * missing)
    assert alpha[0, 0] == 0 and alpha[50, 0] == 1


def test_missing_mask_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^mask: .*does not exist"):
        load_subject(picture(tmp_path), tmp_path / "none.png", PhotoConfig(), Context(Streams(0)))
