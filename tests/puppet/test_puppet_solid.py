"""The solid: closed, on the outline, as deep as asked; legs found, told apart and set beside the body."""

import numpy as np
import pytest
import torch
import trimesh
from scipy import ndimage

from gen4d.errors import InputError
from gen4d.puppet.config import PuppetConfig
from gen4d.puppet.facing import is_side_view, looks_made, side_azimuth, straightness
from gen4d.puppet.legs import find_legs
from gen4d.puppet.solid import puppet_solid
from gen4d.structures import Mesh

SIZE = 160
CFG = PuppetConfig(resolution=SIZE)


def closed(mesh: Mesh) -> trimesh.Trimesh:
    return trimesh.Trimesh(mesh.vertices.numpy(), mesh.faces.numpy(), process=False)


def animal(legs: tuple[tuple[int, int], ...] = ((45, 0), (110, 0))) -> np.ndarray:
    """A body with head and tail on the given legs: (left column, how many rows it ends above the ground)."""
    mask = np.zeros((SIZE, SIZE), bool)
    y, x = np.indices(mask.shape)
    mask |= ((x - 80) / 45.0) ** 2 + ((y - 70) / 20.0) ** 2 < 1
    mask |= np.hypot(x - 132, y - 45) < 11  # head
    mask |= (x > 112) & (x < 132) & (np.abs(y - 60 + 0.6 * (x - 118)) < 7)  # neck
    mask |= (x > 20) & (x < 42) & (np.abs(y - 62) < 2)  # tail
    for left, lift in legs:
        mask[70 : 130 - lift, left : left + 9] = True
    return mask


def test_solid_is_closed_and_fills_the_outline() -> None:
    alpha = animal().astype(float)
    mesh, legs = puppet_solid(alpha, "creature", CFG, legs=False)
    solid = closed(mesh)
    assert solid.is_watertight and solid.is_winding_consistent and solid.volume > 0 and legs == 0
    low, high = mesh.bounds
    rows, columns = np.nonzero(alpha)
    pixel = 1.1 / SIZE
    assert float(low[0]) == pytest.approx(columns.min() * pixel - 0.55, abs=pixel)
    assert float(high[0]) == pytest.approx((columns.max() + 1) * pixel - 0.55, abs=pixel)
    assert float(high[1]) == pytest.approx(0.55 - rows.min() * pixel, abs=pixel)
    assert float(low[2]) == pytest.approx(-float(high[2]), abs=1e-5)  # symmetric to the middle plane


def test_flat_things_stay_flat() -> None:
    alpha = np.zeros((SIZE, SIZE))
    alpha[30:130, 30:130] = 1
    mesh, _ = puppet_solid(alpha, "flat", CFG, legs=False)
    low, high = mesh.bounds
    assert float(high[2] - low[2]) == pytest.approx(2 * CFG.flat_half_depth, rel=0.05)


def test_two_visible_legs_become_four() -> None:
    mesh, legs = puppet_solid(animal().astype(float), "creature", CFG, legs=True)
    assert legs == 4 and closed(mesh).is_watertight
    feet = mesh.vertices[mesh.vertices[:, 1] < mesh.vertices[:, 1].min() + 0.1]
    for side in (feet[feet[:, 2] > 0], feet[feet[:, 2] < 0]):
        assert len(side) and (side[:, 0] > 0).any() and (side[:, 0] < 0).any()
    assert (feet[:, 2].abs() > 0.002).all()  # nothing joins the twins


def test_corners_are_no_legs() -> None:
    y, x = np.indices((SIZE, SIZE))
    trapezoid = (y > 60) & (y < 120) & (np.abs(x - 80) < 30 + 0.5 * (y - 60))
    assert find_legs(trapezoid) == []


def test_four_visible_legs_stay_four() -> None:
    legs = find_legs(animal(((38, 0), (56, 4), (100, 0), (118, 4))))
    assert sorted(leg.group for leg in legs) == [0, 0, 1, 1]
    assert [leg.sides for leg in legs] == [(1,), (-1,), (1,), (-1,)]
    lowest = [np.flatnonzero(leg.mask.any(1))[-1] for leg in legs]
    assert lowest[0] > lowest[1] and lowest[2] > lowest[3]  # the near one stands lower in the picture


def test_the_outline_tells_side_and_head() -> None:
    mask = animal()
    assert is_side_view(mask, "quadruped") and side_azimuth(mask, "quadruped") == pytest.approx(-np.pi / 2)
    assert side_azimuth(mask[:, ::-1], "quadruped") == pytest.approx(np.pi / 2)
    table = np.zeros((SIZE, SIZE), bool)
    table[50:80, 20:140] = table[80:130, 26:36] = table[80:130, 124:134] = True
    assert is_side_view(table, "quadruped") and not is_side_view(table, "")
    standing = np.zeros((SIZE, SIZE), bool)
    standing[20:90, 60:100] = standing[90:150, 62:76] = standing[90:150, 84:98] = True
    assert not is_side_view(standing, "")


def test_straight_sides_look_made() -> None:
    box = np.zeros((SIZE, SIZE), bool)
    box[40:120, 30:140] = True
    table = np.zeros((SIZE, SIZE), bool)
    table[50:70, 20:140] = table[70:130, 26:36] = table[70:130, 124:134] = True
    y, x = np.indices(table.shape)
    disk = np.hypot(y - 80, x - 80) < 50
    assert looks_made(box) and looks_made(table) and not looks_made(disk)
    turned = np.abs((y - 80) * 0.8 + (x - 80) * 0.6) + np.abs((x - 80) * 0.8 - (y - 80) * 0.6) < 50
    assert straightness(table) > 0.6 and straightness(turned) > 0.95 and straightness(disk) < 0.1


def test_a_box_stays_a_box() -> None:
    alpha = np.zeros((SIZE, SIZE))
    alpha[40:120, 20:140] = 1
    mesh, _ = puppet_solid(alpha, "thing", CFG, legs=False)
    solid = closed(mesh)
    low, high = mesh.bounds
    assert solid.is_watertight and float(high[2] - low[2]) == pytest.approx(80 * 1.1 / SIZE, rel=0.1)
    assert solid.volume > 0.8 * float((high - low).prod())  # a cushion of that size fills 0.6


def test_a_side_photo_gives_the_depth() -> None:
    front, side = np.zeros((SIZE, SIZE)), np.zeros((SIZE, SIZE))
    front[20:140, 60:100] = 1
    side[20:140, 40:120] = 1  # twice as deep as wide
    mesh, _ = puppet_solid(front, "creature", CFG, legs=False, depths=side)
    low, high = mesh.bounds
    assert float(high[2] - low[2]) == pytest.approx(80 * 1.1 / SIZE, rel=0.08)


def test_an_empty_matte_is_refused() -> None:
    with pytest.raises(InputError, match="--mask"):
        puppet_solid(np.zeros((64, 64)), "thing", CFG, legs=False)


@pytest.mark.parametrize("seed", range(6))
def test_any_blob_becomes_a_closed_solid(seed: int) -> None:
    rng = np.random.default_rng(seed)
    noise = ndimage.gaussian_filter(rng.normal(size=(96, 96)), 4)
    alpha = np.zeros((96, 96))
    alpha[6:90, 6:90] = (noise > np.quantile(noise, 0.6))[6:90, 6:90]
    is_side_view(alpha > 0.5, "quadruped")
    mesh, _ = puppet_solid(alpha, "creature", PuppetConfig(), legs=True)
    solid = closed(mesh)
    assert solid.is_watertight and solid.is_winding_consistent and solid.volume > 0


def test_a_line_is_refused() -> None:
    alpha = np.zeros((96, 96))
    alpha[10:86, 40] = 0.6
    with pytest.raises(InputError, match=r"puppet\.resolution"):
        puppet_solid(alpha, "thing", CFG, legs=False)


def test_same_matte_same_mesh() -> None:
    first, second = (puppet_solid(animal().astype(float), "creature", CFG, legs=True)[0] for _ in range(2))
    assert torch.equal(first.vertices, second.vertices) and torch.equal(first.faces, second.faces)
