"""Faces, and the persons below them."""

from pathlib import Path

import numpy as np
import pytest
import skimage.data
import skimage.io
import torch

from gen4d.context import Context
from gen4d.photo.config import PhotoConfig
from gen4d.photo.matte import find_matte
from gen4d.photo.people import Face, find_face, person_matte, person_pattern
from gen4d.photo.subject import load_subject
from gen4d.streams import Streams


@pytest.fixture(scope="module")
def astronaut() -> np.ndarray:
    return (skimage.data.astronaut() / 255).astype(np.float32)


def test_a_face_is_found_where_it_is(astronaut: np.ndarray) -> None:
    face = find_face(astronaut)
    assert face is not None
    assert face.x == pytest.approx(224, abs=20)
    assert face.y == pytest.approx(115, abs=20)
    assert 60 < face.side < 140


def test_a_mirrored_face_is_found_in_the_mirrored_place(astronaut: np.ndarray) -> None:
    first, second = find_face(astronaut), find_face(np.ascontiguousarray(astronaut[:, ::-1]))
    assert first is not None and second is not None
    assert second.x == pytest.approx(512 - first.x, abs=0.1 * first.side)
    assert second.y == pytest.approx(first.y, abs=0.1 * first.side)


@pytest.mark.parametrize("name", ["brick", "grass", "coins"])
def test_no_face_in_walls_and_meadows(name: str) -> None:
    grey = getattr(skimage.data, name)() / 255 if name != "coins" else skimage.data.coins() / 255
    assert find_face(np.repeat(grey[..., None], 3, -1).astype(np.float32)) is None


def test_a_picture_smaller_than_a_face_has_none() -> None:
    assert find_face(np.zeros((20, 20, 3), np.float32)) is None


@pytest.mark.parametrize("side", [20.0, 40.0])
def test_the_pattern_is_symmetric_and_grows_with_the_face(side: float) -> None:
    distance, below = person_pattern(300, 201, Face(100.5, 60.0, side))
    np.testing.assert_allclose(distance, distance[:, ::-1])
    assert distance[60, 100] < 0.3  # the face itself
    assert distance[int(60 + 1.5 * side), int(100 + 1.2 * side)] < 1 < distance[60, int(100 + 1.2 * side)]  # shoulders
    assert (below[:60] < 0).all()


def test_a_person_of_one_colour_is_cut_along_the_edge() -> None:
    face = Face(100.5, 60.0, 36.0)
    distance, _ = person_pattern(200, 201, face)
    true = distance < 1.1  # a little stouter than the pattern
    rng = np.random.default_rng(0)
    rgb = np.where(true[..., None], [0.8, 0.5, 0.4], [0.2, 0.4, 0.6]) + rng.normal(0, 0.03, (200, 201, 3))
    mask, agreement = person_matte(rgb.clip(0, 1).astype(np.float32), face)
    assert (mask & true).sum() / (mask | true).sum() > 0.97
    assert agreement == 1.0


def test_the_astronaut_keeps_her_neck(astronaut: np.ndarray) -> None:
    photo = torch.cat([torch.from_numpy(astronaut), torch.ones(512, 512, 1)], -1)
    matte = find_matte(photo, None, PhotoConfig())
    assert matte.method == "person"
    assert float(matte.alpha[180:200, 205:230].mean()) > 0.95  # the neck
    assert float(matte.alpha[40:60, 400:480].mean()) < 0.05  # the shuttle behind


def test_a_subject_found_by_its_face_is_a_person(astronaut: np.ndarray, tmp_path: Path) -> None:
    skimage.io.imsave(tmp_path / "astronaut.png", (astronaut * 255).astype(np.uint8))
    ctx = Context(Streams(0))
    assert load_subject(tmp_path / "astronaut.png", None, PhotoConfig(), ctx).person
    assert ctx.facts["photo.matte"] == "person"
