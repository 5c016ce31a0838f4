"""The shift between two outlines: none for equal ones, the offset for moved ones, and it fits when repeated."""

import numpy as np
from scipy import ndimage

from gen4d.reconstruct.stretch import outline_shift


def disk(row: float, column: float, radius: float) -> np.ndarray:
    y, x = np.indices((96, 96)) + 0.5
    return np.hypot(y - row, x - column) < radius


def test_equal_outlines_do_not_move() -> None:
    assert np.abs(outline_shift(disk(48, 48, 20), disk(48, 48, 20), 4.0)).max() == 0


def test_a_moved_outline_is_followed() -> None:
    shift = outline_shift(disk(48, 48, 20), disk(51, 46, 20), 12.0)
    assert shift[67, 48, 0] > 1.5 and shift[28, 48, 0] > 1.5 and shift[48, 67, 1] < -1
    # Offsets run along the outline's normals, whose mean of n (n . v) over a circle is v / 2.
    np.testing.assert_allclose(shift[48, 48], (1.5, -1), atol=0.3)


def test_a_grown_outline_moves_outwards() -> None:
    shift = outline_shift(disk(48, 48, 20), disk(48, 48, 24), 3.0)
    assert 3 < shift[48, 67, 1] < 5 and -5 < shift[48, 28, 1] < -3 and 3 < shift[67, 48, 0] < 5


def test_repeated_steps_fit_another_shape() -> None:
    wanted = disk(48, 48, 18) | (np.abs(np.indices((96, 96))[0] - 48) < 6) & (np.indices((96, 96))[1] < 90)
    wanted &= np.indices((96, 96))[1] > 20
    seen, y, x = disk(44, 50, 22), *np.indices((96, 96)).astype(float)
    for sigma in (10.0, 6.0, 4.0, 3.0, 2.0, 2.0):
        shift = outline_shift(seen > 0.5, wanted, sigma)
        # Pull back: what is seen at p came from p - shift(p), to first order.
        seen = ndimage.map_coordinates(seen.astype(float), [y - shift[..., 0], x - shift[..., 1]], order=1)
    both, either = ((seen > 0.5) & wanted).sum(), ((seen > 0.5) | wanted).sum()
    assert both / either > 0.85
