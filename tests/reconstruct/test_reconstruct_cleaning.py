import numpy as np

from gen4d.reconstruct.cleaning import background_surprise, keep_lines, split_mixed_pixels, without_background
from gen4d.reconstruct.denoise import denoise

PIXEL = 0.01


def ramp() -> np.ndarray:
    i, j = np.indices((32, 32))
    return (0.1 + 0.3 * PIXEL * i - 0.2 * PIXEL * j).astype(np.float32)


def slopes() -> np.ndarray:
    return np.broadcast_to(np.float32([0.3, -0.2]), (32, 32, 2))


def test_mixing_in_the_background_is_undone():
    alpha = np.linspace(0.35, 1, 32, dtype=np.float32)[None].repeat(32, 0)
    mixed = alpha * ramp() + (1 - alpha) * -0.5  # the background stands on the cube's far face
    np.testing.assert_allclose(without_background(alpha, mixed), ramp(), atol=1e-6)


def test_surprise_tells_a_mixed_background_from_none():
    alpha = np.ones((32, 32), np.float32)
    alpha[:, 16:18] = 0.6
    alpha[:, 18:] = 0
    mixed = alpha * ramp() + (1 - alpha) * -0.5
    as_is, mended = background_surprise(alpha, mixed, slopes(), PIXEL)
    assert np.median(mended) < 0.01 * np.median(as_is)
    as_is, mended = background_surprise(alpha, ramp(), slopes(), PIXEL)
    assert np.median(as_is) < 0.01 * np.median(mended)


def test_faint_line_becomes_subject_and_soft_edge_does_not():
    alpha = np.zeros((16, 16), np.float32)
    alpha[5] = 0.4
    alpha[10:] = 1
    alpha[9] = 0.4
    kept = keep_lines(alpha)
    assert (kept[5] == 1).all()
    np.testing.assert_array_equal(np.delete(kept, 5, 0), np.delete(alpha, 5, 0))


def test_pixel_between_two_surfaces_takes_the_nearer_height_and_slopes_stay():
    height = np.full((8, 8), 0.3, np.float32)
    height[:, 4:] = -0.2
    height[:, 4] = 0.1
    split = split_mixed_pixels(height, np.zeros((8, 8, 2)), PIXEL)
    np.testing.assert_allclose(split[:, 4], 0.3)
    steep = (5 * PIXEL * np.indices((8, 8))[0]).astype(np.float32)
    np.testing.assert_array_equal(split_mixed_pixels(steep, np.stack([5.0 + 0 * steep, 0 * steep], -1), PIXEL), steep)


def test_clean_depth_passes_denoising_unchanged():
    height, noise = denoise(ramp(), slopes(), np.ones((32, 32), bool), PIXEL)
    assert noise == 0
    np.testing.assert_array_equal(height, ramp())


def test_noise_is_measured_and_reduced_but_a_step_stays():
    generator = np.random.default_rng(0)
    true = ramp()
    true[:, 16:] -= 0.3
    noisy = (true + generator.normal(0, 0.008, true.shape)).astype(np.float32)
    smooth, noise = denoise(noisy, slopes(), np.ones((32, 32), bool), PIXEL)
    assert 0.006 < noise < 0.010
    assert np.abs(smooth - true).mean() < 0.3 * np.abs(noisy - true).mean()
    assert np.abs((smooth[:, 15] - smooth[:, 16]).mean() - 0.3) < 0.01
