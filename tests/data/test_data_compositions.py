"""Composed pictures: what the matte promises, and that the seed alone decides."""

import numpy as np

from gen4d.data.compositions import Library, compose, solid_colors


def library() -> Library:
    """A red disc and a blue bar, before noise."""
    y, x = np.mgrid[0:64, 0:64]
    disc = np.zeros((64, 64, 4), np.uint8)
    disc[np.hypot(y - 32, x - 32) < 24] = (200, 30, 30, 255)
    bar = np.zeros((64, 64, 4), np.uint8)
    bar[8:56, 24:40] = (30, 40, 200, 255)
    return Library([disc, bar], [np.random.default_rng(0).integers(0, 255, (90, 120, 3)).astype(np.uint8)])


def test_pictures_and_mattes_have_the_size_asked_for_and_repeat() -> None:
    first, second = (compose(library(), 48, np.random.default_rng(3)) for _ in range(2))
    assert first[0].shape == (48, 48, 3) and first[1].shape == (48, 48)
    assert first[0].dtype == first[1].dtype == np.uint8
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_most_pictures_show_a_subject_near_the_middle() -> None:
    mattes = [compose(library(), 48, np.random.default_rng(seed))[1] / 255 for seed in range(60)]
    areas = np.array([matte.mean() for matte in mattes])
    assert (areas > 0.01).mean() > 0.85
    mean = np.mean(mattes, 0)
    assert mean[16:32, 16:32].mean() > 2 * mean[:6].mean()


def test_edge_pixels_take_the_solid_colour_beside_them() -> None:
    cut_out = np.zeros((20, 20, 4), np.uint8)
    cut_out[5:15, 5:15] = (200, 10, 10, 255)
    cut_out[5, 5:15] = (250, 250, 250, 120)  # half background
    assert (solid_colors(cut_out)[5, 7:13, :3] == (200, 10, 10)).all()
