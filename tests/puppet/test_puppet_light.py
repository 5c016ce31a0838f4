"""Light taken out of a photo: a lit ball becomes even, markings stay, and what is no light stays."""

import numpy as np
import pytest

from gen4d.puppet.light import LIMIT, light_of, without_light

S = 192


def ball() -> tuple[np.ndarray, np.ndarray]:
    """Normals (S, S, 3) of a ball, and its alpha."""
    y, x = np.mgrid[1 : -1 : S * 1j, -1 : 1 : S * 1j] / 0.9
    inside = x**2 + y**2 < 0.98
    z = np.sqrt(np.clip(1 - x**2 - y**2, 0, 1))
    return np.where(inside[..., None], np.stack([x, y, z], -1), 0).astype(np.float32), inside


def lit(albedo: np.ndarray, slope: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A photo of a ball of linear albedo (S, S, 3) under light that is exponential in the normal."""
    normals, inside = ball()
    linear = albedo * np.exp(normals @ np.array(slope) - 0.5)[..., None]
    srgb = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.clip(linear, 1e-6, 1) ** (1 / 2.4) - 0.055)
    return np.concatenate([srgb, inside[..., None]], -1).astype(np.float32), normals, inside


def deviation(photo: np.ndarray, rows: np.ndarray) -> float:
    return float(np.log(photo[..., :3][rows].clip(1e-3).mean(-1)).std())


@pytest.mark.parametrize("slope", [(0.0, 0.3, 0.0), (0.25, 0.1, 0.1), (-0.2, 0.2, 0.3)])
def test_the_light_on_a_ball_is_found_and_taken_out(slope: tuple[float, float, float]) -> None:
    photo, normals, inside = lit(np.full((S, S, 3), [0.5, 0.3, 0.2]), slope)
    found, explained = light_of(photo[..., :3], normals, inside)
    np.testing.assert_allclose(found, slope, atol=0.06)
    assert explained > 0.9
    even, _ = without_light(photo, normals)
    assert deviation(even, inside) < 0.35 * deviation(photo, inside)
    np.testing.assert_array_equal(even[..., 3], photo[..., 3])


def test_markings_of_another_chroma_stay() -> None:
    albedo = np.full((S, S, 3), [0.5, 0.3, 0.2])
    albedo[:, S // 2 :] = [0.1, 0.2, 0.4]
    photo, normals, inside = lit(albedo, (0.0, 0.3, 0.0))
    even, _ = without_light(photo, normals)
    rows = np.abs(np.arange(S) - S / 2)[:, None] < 20
    left, right = (rows & inside & side for side in (np.arange(S) < S // 2 - 9, np.arange(S) > S // 2 + 9))
    before = photo[left][:, :3].mean(0) / photo[right][:, :3].mean(0)
    after = even[left][:, :3].mean(0) / even[right][:, :3].mean(0)
    np.testing.assert_allclose(after, before, rtol=0.06)


def test_light_from_below_is_a_pale_belly() -> None:
    photo, normals, _ = lit(np.full((S, S, 3), 0.4), (0.0, -0.3, 0.0))
    even, explained = without_light(photo, normals)
    assert explained < 0.1
    np.testing.assert_allclose(even, photo, atol=1e-6)


def test_no_pixel_changes_beyond_the_limit_and_noise_stays() -> None:
    rng = np.random.default_rng(0)
    normals, inside = ball()
    photo = np.concatenate([rng.uniform(0.2, 0.8, (S, S, 3)), inside[..., None]], -1).astype(np.float32)
    even, explained = without_light(photo, normals)
    assert explained < 0.1
    np.testing.assert_allclose(even, photo, atol=1e-5)
    strong, normals, inside = lit(np.full((S, S, 3), 0.2), (0.0, 1.2, 0.0))
    even, _ = without_light(strong, normals)
    ratio = (even[inside][:, 0] + 0.055) ** 2.4 / (strong[inside][:, 0] + 0.055) ** 2.4
    assert np.abs(np.log(ratio)).max() < LIMIT + 0.02


def test_nothing_solid_is_left_alone() -> None:
    photo = np.zeros((S, S, 4), np.float32)
    even, explained = without_light(photo, np.zeros((S, S, 3), np.float32))
    assert even is photo and explained == 0
