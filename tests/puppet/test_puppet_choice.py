"""The shape of an outline that is most like what was imagined."""

import numpy as np
import pytest
import torch
import trimesh

from gen4d.puppet.choice import f_score, likest_shape
from gen4d.puppet.solid import Shape
from gen4d.structures import Mesh

SHAPES: tuple[Shape, ...] = ("creature", "thing", "round", "flat")
QUARTER = trimesh.transformations.rotation_matrix(np.pi / 2, [1, 0, 0])


def mesh_of(made: trimesh.Trimesh) -> Mesh:
    return Mesh(torch.tensor(made.vertices, dtype=torch.float32), torch.tensor(made.faces, dtype=torch.int64))


def upright(radius: float, height: float) -> trimesh.Trimesh:
    return trimesh.creation.cylinder(radius, height).apply_transform(QUARTER)


@pytest.mark.parametrize(
    ("imagined", "shape"),
    [
        (trimesh.creation.box((0.7, 1.0, 0.7)), "thing"),
        (upright(0.35, 1.0), "round"),
        (trimesh.creation.box((0.7, 1.0, 0.04)), "flat"),
    ],
)
def test_the_same_outline_becomes_what_was_imagined(imagined: trimesh.Trimesh, shape: Shape) -> None:
    alpha = np.zeros((96, 96))
    alpha[8:88, 20:76] = 1
    assert likest_shape(alpha, mesh_of(imagined), 0.0, "creature", SHAPES) == shape


def test_what_was_imagined_is_seen_from_the_photos_side() -> None:
    alpha = np.zeros((96, 96))
    alpha[8:88, 20:76] = 1  # 0.7 wide: the plate's broad side, which is at a quarter turn
    plate = mesh_of(trimesh.creation.box((0.04, 1.0, 0.7)))
    assert likest_shape(alpha, plate, np.pi / 2, "creature", SHAPES) == "flat"
    assert likest_shape(alpha, plate, 0.0, "creature", SHAPES) != "flat"


def test_the_usual_shape_stands_unless_another_is_clearly_nearer() -> None:
    alpha = np.zeros((96, 96))
    alpha[8:88, 20:76] = 1
    box = mesh_of(trimesh.creation.box((0.7, 1.0, 0.7)))
    assert likest_shape(alpha, box, 0.0, "round", SHAPES) == "round"  # which is like it to 0.67, `thing` to 0.70
    assert likest_shape(alpha, mesh_of(upright(0.35, 1.0)), 0.0, "thing", SHAPES) == "round"  # 1.00 against 0.88


def test_f_score_in_closed_form() -> None:
    line = np.stack([np.arange(100) * 0.1, np.zeros(100), np.zeros(100)], 1)
    assert f_score(line, line, 0.05) == 1 and f_score(line + np.array([0, 0.06, 0]), line, 0.05) == 0
    assert f_score(line[:50], line, 0.05) == pytest.approx(2 * 0.5 / 1.5) and f_score(line[:0], line, 0.05) == 0
