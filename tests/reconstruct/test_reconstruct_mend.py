import numpy as np
import pytest
from scipy import ndimage

from gen4d.reconstruct.heights import HeightView
from gen4d.reconstruct.mend import lost_sheet, tied

SIZE = 64
PIXEL = 1.1 / SIZE


def plate_view(sign: int, height: float, reach: int = 20) -> HeightView:
    """A square plate across y, seen from its own side."""
    alpha = np.zeros((SIZE, SIZE), np.float32)
    alpha[SIZE // 2 - reach : SIZE // 2 + reach, SIZE // 2 - reach : SIZE // 2 + reach] = 1
    normal = np.zeros((SIZE, SIZE, 3), np.float32)
    normal[..., 1] = sign
    heights = np.full((SIZE, SIZE), height, np.float32)
    return HeightView(1, sign, alpha, heights, np.ones((SIZE, SIZE), np.float32), normal, PIXEL)


def outline(view: HeightView) -> np.ndarray:
    inside = view.subject
    return PIXEL * (ndimage.distance_transform_edt(~inside) - ndimage.distance_transform_edt(inside))


def plate_with_hole(layer: int) -> np.ndarray:
    solid = np.zeros((SIZE,) * 3, bool)
    solid[12:52, layer, 12:52] = True
    solid[26:38, layer, 26:38] = False
    return solid


@pytest.mark.parametrize("lift", [0.0, 3.0])
def test_lost_sheet_fills_a_hole_between_surfaces_that_passed_each_other_and_meets_its_rim(lift: float) -> None:
    near, far = plate_view(1, -3 * PIXEL), plate_view(-1, -3 * PIXEL)  # crossed by six pixels
    layer = SIZE // 2 + round(lift)
    sheet = lost_sheet(near, far, plate_with_hole(layer), outline(near))
    assert sheet is not None
    hole = np.zeros((SIZE, SIZE), bool)
    hole[26:38, 26:38] = True
    assert (sheet.outside[hole] < PIXEL / 2).all()
    assert (sheet.outside[~ndimage.binary_dilation(hole, iterations=3)] > 0).all()
    expected = (layer + 0.5) * PIXEL - 0.55
    assert np.abs(sheet.middle[hole] - expected).max() < 0.75 * PIXEL
    assert sheet.half_thickness[hole].min() > PIXEL / 2


def test_lost_sheet_is_none_for_a_whole_plate_and_for_a_thick_part_that_others_deny() -> None:
    near, far = plate_view(1, 0.0), plate_view(-1, 0.0)
    whole = np.zeros((SIZE,) * 3, bool)
    whole[12:52, 32, 12:52] = True
    assert lost_sheet(near, far, whole, outline(near)) is None
    thick = plate_view(1, 10 * PIXEL), plate_view(-1, 10 * PIXEL)
    assert lost_sheet(*thick, plate_with_hole(32), outline(near)) is None


def broken_post(gap: int) -> np.ndarray:
    """Signed distances of a block on a broken post 4 cells wide."""
    solid = np.zeros((SIZE,) * 3, bool)
    solid[20:44, 40:52, 20:44] = True
    solid[30:34, 10 : 40 - gap, 30:34] = True
    return PIXEL * (ndimage.distance_transform_edt(~solid) - ndimage.distance_transform_edt(solid)).astype(np.float32)


def silhouettes(whole_in: int, gap: int) -> list[np.ndarray]:
    """Outlines along the axes, whole along the first `whole_in` of x, z; broken along the others."""
    broken, whole = (broken_post(g) for g in (gap, 0))
    return [(whole if order < whole_in else broken).min(axis) for axis, order in ((0, 0), (1, 2), (2, 1))]


@pytest.mark.parametrize(("gap", "whole_in", "joins"), [(16, 1, True), (16, 0, False), (2, 0, True)])
def test_tied_joins_a_post_unless_too_many_silhouettes_deny_it(gap: int, whole_in: int, joins: bool) -> None:
    values = broken_post(gap)
    after = tied(values, silhouettes(whole_in, gap), PIXEL)
    assert (after <= values).all()
    assert ndimage.label(after < 0)[1] == (1 if joins else 2)
    added = np.argwhere((after < 0) & (values >= 0))
    assert (np.abs(added[:, [0, 2]] - 31.5) < 5).all()  # straight along the post, no wider than a tie may be


def test_tied_passes_one_piece_and_nothing_unchanged() -> None:
    whole = broken_post(0)
    assert tied(whole, silhouettes(2, 0), PIXEL) is whole
    nothing = np.ones((8, 8, 8), np.float32)
    assert tied(nothing, [np.ones((8, 8))] * 3, PIXEL) is nothing
