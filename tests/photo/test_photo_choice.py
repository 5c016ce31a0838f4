"""Which of several subjects is taken, and which borders cut it off."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gen4d.config import load_config
from gen4d.context import Context
from gen4d.errors import ConfigError
from gen4d.photo.components import main_subject
from gen4d.photo.config import PhotoConfig
from gen4d.photo.matte import subject_place
from gen4d.photo.subject import cut_off_sides, load_subject
from gen4d.streams import Streams

RED, BLUE = (200, 40, 30), (30, 60, 190)


def two_subjects(path: Path, scale: int = 1) -> Path:
    """A red block on the left, a larger blue one on the right."""
    pixels = np.full((160, 300, 3), 238, np.uint8)
    pixels[50:110, 50:90], pixels[40:120, 190:260] = RED, BLUE
    Image.fromarray(pixels.repeat(scale, 0).repeat(scale, 1)).save(path)
    return path


@pytest.mark.parametrize(
    ("subject", "color"), [("left", RED), ("right", BLUE), ("largest", BLUE), ("70,80", RED), ("220,60", BLUE)]
)
def test_the_subject_asked_for_is_taken(tmp_path: Path, subject: str, color: tuple[int, int, int]) -> None:
    path = two_subjects(tmp_path / "two.png")
    framed = load_subject(path, None, PhotoConfig(subject=subject, subject_size=96), Context(Streams(0))).picture
    solid = framed[..., 3] > 0.9
    assert (framed[solid][:, :3].mean(0) - torch.tensor(color) / 255).abs().max() < 0.05


def test_a_pixel_counts_in_the_files_own_pixels(tmp_path: Path) -> None:
    path = two_subjects(tmp_path / "two.png", scale=4)
    cfg = PhotoConfig(subject="280,320", subject_size=96, photo_size=300)
    framed = load_subject(path, None, cfg, Context(Streams(0))).picture
    assert (framed[framed[..., 3] > 0.9][:, 0] > 0.6).all()


def test_subjects_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"photo\.subject: the pixel 400,10 lies outside"):
        subject_place("400,10", 160, 300)
    for wrong in ("middle", "5", "1,2,3"):
        with pytest.raises(ConfigError, match=r"photo\.subject: got .*allowed are auto, left, right, largest"):
            load_config(None, {"photo.subject": wrong})


def test_place_moves_the_pull() -> None:
    mask = np.zeros((60, 120), bool)
    mask[20:40, 10:30] = mask[20:40, 90:110] = True
    for place, column in (((0.2, 0.5), 20), ((0.8, 0.5), 100)):
        chosen = main_subject(mask, place)
        assert chosen[30, column] and not chosen[30, 119 - column]


@pytest.mark.parametrize(
    ("rows", "columns", "names"),
    [
        (slice(10, 50), slice(10, 50), ()),
        (slice(10, 60), slice(10, 50), ("bottom",)),
        (slice(0, 50), slice(0, 50), ("left", "top")),
    ],
)
def test_borders_that_cut_the_subject_off(rows: slice, columns: slice, names: tuple[str, ...]) -> None:
    alpha = torch.zeros(60, 60)
    alpha[rows, columns] = 1
    assert cut_off_sides(alpha) == names


def test_a_cut_off_subject_is_warned_about(tmp_path: Path) -> None:
    pixels = np.full((120, 160, 3), 240, np.uint8)
    pixels[60:, 60:100] = RED
    Image.fromarray(pixels).save(tmp_path / "cut.png")
    ctx = Context(Streams(0))
    load_subject(tmp_path / "cut.png", None, PhotoConfig(subject_size=64), ctx)
    assert any("cut off at the bottom" in sentence for sentence in ctx.warnings)
