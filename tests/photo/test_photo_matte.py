"""Mattes on pictures whose true matte is known: the choice of method, its confidence, and the refusals."""

import numpy as np
import pytest
import skimage.data
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gen4d.errors import ConfigError, InputError
from gen4d.photo.background import border_ring, fit_background
from gen4d.photo.color import resize, srgb_to_lab
from gen4d.photo.components import close_pinholes, main_subject
from gen4d.photo.confidence import colour_separation, edge_support, matte_confidence, solidity, unity
from gen4d.photo.config import PhotoConfig
from gen4d.photo.grabcut import grabcut_matte
from gen4d.photo.matte import Matte, find_matte, mask_matte, soften_edge, uses_alpha
from gen4d.photo.saliency import barrier_distance, saliency

SIZE = 160
AUTO = PhotoConfig(working_size=SIZE)


def disc(x: float = 0.5, y: float = 0.5, radius: float = 0.25, size: int = SIZE) -> torch.Tensor:
    """(size, size) alpha of an antialiased disc."""
    steps = (torch.arange(size) + 0.5) / size
    distance = torch.hypot(steps[None, :] - x, steps[:, None] - y)
    return ((radius - distance) * size + 0.5).clamp(0, 1)


def composite(alpha: torch.Tensor, background: torch.Tensor, noise: float = 0.01) -> torch.Tensor:
    """A red and blue checked subject over (H, W, 3), opaque, with sensor noise; (H, W, 4)."""
    y, x = torch.meshgrid(torch.arange(alpha.shape[0]), torch.arange(alpha.shape[1]), indexing="ij")
    checks = (((x // 9 + y // 9) % 2)[..., None]).float()
    subject = checks * torch.tensor([0.8, 0.1, 0.1]) + (1 - checks) * torch.tensor([0.15, 0.2, 0.6])
    rgb = alpha[..., None] * subject + (1 - alpha[..., None]) * background
    rgb = rgb + noise * torch.randn(rgb.shape, generator=torch.Generator().manual_seed(0))
    return torch.cat([rgb.clamp(0, 1), torch.ones_like(rgb[..., :1])], -1)


def backdrop(kind: str, size: int = SIZE) -> torch.Tensor:
    y, x = torch.meshgrid(torch.linspace(0, 1, size), torch.linspace(0, 1, size), indexing="ij")
    if kind == "white":
        return torch.ones(size, size, 3)
    if kind == "gradient":
        return torch.stack([0.5 + 0.3 * x, 0.8 - 0.2 * y, 0.7 + 0.2 * x * y], -1)
    if kind == "two_tone":
        return torch.where((y > 0.7)[..., None], torch.tensor([0.5, 0.4, 0.3]), torch.tensor([0.8, 0.85, 0.9]))
    if kind == "shadow":
        shadow = 1 - 0.35 * torch.exp(-(((x - 0.5) / 0.2) ** 2) - ((y - 0.78) / 0.05) ** 2)
        return 0.9 * shadow[..., None].expand(size, size, 3)
    grass = torch.tensor(skimage.data.grass()[:size, :size, None] / 255, dtype=torch.float32)
    return grass * torch.tensor([0.5, 0.9, 0.4])


def iou(got: torch.Tensor, want: torch.Tensor) -> float:
    return float(torch.minimum(got, want).sum() / torch.maximum(got, want).sum())


@pytest.mark.parametrize(
    ("kind", "method", "least"),
    [
        ("white", "plain", 0.98),
        ("gradient", "plain", 0.98),
        ("two_tone", "grabcut", 0.95),
        ("shadow", "plain", 0.95),
        ("grass", "grabcut", 0.94),
    ],
)
def test_finds_a_disc_before_any_background(kind: str, method: str, least: float) -> None:
    alpha = disc()
    cfg = (
        AUTO if kind == "two_tone" else PhotoConfig(working_size=SIZE, matte=method)
    )  # its horizon makes auto ask GrabCut
    matte = find_matte(composite(alpha, backdrop(kind)), None, cfg)
    assert iou(matte.alpha, alpha) >= least
    assert matte.confidence >= 0.5 and matte.method in (method, "net")


@given(st.floats(0.35, 0.65), st.floats(0.35, 0.65), st.floats(0.15, 0.3))
@settings(max_examples=10, deadline=None)
def test_plain_matte_follows_the_subject(x: float, y: float, radius: float) -> None:
    alpha = disc(x, y, radius)
    assert iou(find_matte(composite(alpha, backdrop("gradient")), None, AUTO).alpha, alpha) >= 0.97


def test_a_striking_label_is_not_taken_for_the_bottle() -> None:
    rows, columns = np.mgrid[0:SIZE, 0:SIZE] / SIZE - 0.5
    bottle = torch.from_numpy((np.abs(columns) < 0.13) & (np.abs(rows) < 0.38))
    label = torch.from_numpy((np.abs(columns) < 0.13) & (np.abs(rows) < 0.09))
    waves = 0.06 * np.sin(columns * 9) * np.cos(rows * 7) + 0.02 * np.random.default_rng(0).normal(size=rows.shape)
    picture = torch.tensor([0.33, 0.42, 0.55]) + torch.from_numpy(waves).float()[..., None]
    picture = torch.where(bottle[..., None], torch.tensor([0.42, 0.58, 0.70]), picture)
    picture = torch.where(label[..., None], torch.tensor([0.75, 0.10, 0.10]), picture).clamp(0, 1)
    photo = torch.cat([picture, torch.ones(SIZE, SIZE, 1)], -1)
    found = find_matte(photo, None, PhotoConfig(matte="grabcut"))
    assert iou(found.alpha, bottle.float()) > 0.9


def test_mirrored_picture_gives_the_mirrored_matte() -> None:
    photo = composite(disc(0.4, 0.55), backdrop("two_tone"))
    first, mirrored = (find_matte(p, None, AUTO).alpha for p in (photo, photo.flip(1)))
    assert (first - mirrored.flip(1)).abs().mean() < 2e-3


def test_mattes_repeat_exactly() -> None:
    photo = composite(disc(), backdrop("grass"))
    cfg = PhotoConfig(working_size=SIZE, matte="grabcut")
    assert torch.equal(find_matte(photo, None, cfg).alpha, find_matte(photo, None, cfg).alpha)


def test_ring_keeps_its_opening() -> None:
    ring = disc() - disc(radius=0.07)
    matte = find_matte(composite(ring, backdrop("gradient")), None, AUTO)
    assert matte.alpha[SIZE // 2, SIZE // 2] < 0.1 and iou(matte.alpha, ring) > 0.95


def test_edge_alpha_equals_the_true_coverage() -> None:
    alpha = disc(radius=0.3)
    rgb = (alpha[..., None] * torch.tensor([0.9, 0.2, 0.1])) + (1 - alpha[..., None]) * torch.tensor([0.2, 0.6, 0.3])
    refined = soften_edge(rgb, alpha > 0.5, 1.5)
    edge = (alpha > 0.15) & (alpha < 0.85)
    assert (refined - alpha)[edge].abs().mean() < 0.08  # the stretch at both ends costs up to 0.1
    assert torch.equal(refined[alpha == 0], torch.zeros_like(refined[alpha == 0]))


def test_used_alpha_channel_is_taken_as_it_is() -> None:
    photo = torch.cat([torch.rand(SIZE, SIZE, 3), disc()[..., None]], -1)
    matte = find_matte(photo, None, AUTO)
    assert (matte.method, matte.confidence) == ("alpha", 1.0) and torch.equal(matte.alpha, photo[..., 3])
    assert not uses_alpha(torch.full((SIZE, SIZE, 4), 0.5))


def test_mask_wins_and_is_fitted_to_the_photo() -> None:
    alpha = disc(0.4, 0.4)
    mask = resize(alpha[..., None], 80, 80).expand(-1, -1, 3)
    photo = composite(disc(), backdrop("white"))
    matte = find_matte(photo, torch.cat([mask, torch.ones(80, 80, 1)], -1), AUTO)
    assert matte.method == "mask" and iou(matte.alpha, alpha) > 0.93
    transparent = torch.cat([torch.zeros(80, 80, 3), mask[..., :1]], -1)  # a mask painted into the alpha channel
    assert iou(find_matte(photo, transparent, AUTO).alpha, alpha) > 0.93


def test_refusals_are_clear() -> None:
    photo = composite(disc(), backdrop("white"))
    blank = torch.ones(SIZE, SIZE, 4)
    for picture, mask, cfg, error, words in [
        (torch.zeros(SIZE, SIZE, 4), None, AUTO, InputError, "fully transparent"),
        (blank, None, AUTO, InputError, "no subject found.*--mask"),
        (blank * 0.3 + 0.7 * torch.tensor([0.1, 0.2, 0.3, 1.0]), None, AUTO, InputError, "no subject"),
        (photo, torch.ones(80, 120, 4), AUTO, InputError, "do not fit"),
        (photo, blank, AUTO, InputError, "100.0%"),
        (photo, blank * torch.tensor([0, 0, 0, 1.0]), AUTO, InputError, "0.0%"),
        (photo, None, PhotoConfig(matte="mask"), ConfigError, "--mask"),
        (photo, None, PhotoConfig(matte="alpha"), ConfigError, "transparent"),
    ]:
        with pytest.raises(error, match=words):
            find_matte(picture, mask, cfg)


def test_mask_noise_at_both_ends_is_cut() -> None:
    mask = torch.ones(40, 40, 4)
    mask[:, :20, :3] = 0.06
    mask[:, 20:, :3] = 0.94
    assert set(mask_matte(mask, 40, 40).unique().tolist()) == {0.0, 1.0}


def test_background_sheet_recovers_a_gradient() -> None:
    lab = srgb_to_lab(composite(disc(), backdrop("gradient"), noise=0.004)[..., :3]).double().numpy()
    background = fit_background(lab)
    outside = disc().numpy() == 0
    assert background.explained > 0.98
    assert np.quantile(background.distance[outside], 0.95) < background.tolerance < background.distance[80, 80]


def test_saliency_stands_out_and_ignores_a_blank_picture() -> None:
    alpha = disc().numpy() > 0.5
    lab = srgb_to_lab(composite(disc(), backdrop("grass"))[..., :3]).double().numpy()
    salient = saliency(lab)
    assert salient[alpha].mean() > 2 * salient[~alpha].mean()
    assert saliency(np.full((32, 32, 3), 50.0)).max() == 0
    assert not grabcut_matte(np.full((32, 32, 3), 0.5), np.full((32, 32, 3), 50.0)).any()


def test_barrier_distance_of_a_wall_and_a_slope() -> None:
    image = np.zeros((9, 12))
    image[:, 5:] = 3.0  # behind a step
    image[4, 8] = 7.0
    seeds = np.zeros_like(image, dtype=bool)
    seeds[:, 0] = True
    distance = barrier_distance(image, seeds)
    assert (distance[:, :5] == 0).all() and distance[4, 8] == 7 and (distance[:4, 5:] == 3).all()


def test_main_subject_keeps_near_parts_and_drops_far_ones() -> None:
    mask = np.zeros((100, 100), bool)
    mask[40:70, 40:60] = True
    mask[36:39, 45:50] = True  # beside it
    mask[5:15, 5:15] = True  # far away
    mask[55, 50] = False  # a pinhole
    want = np.zeros_like(mask)
    want[40:70, 40:60] = True
    want[36:39, 45:50] = True
    assert np.array_equal(main_subject(mask), want)
    assert not main_subject(np.zeros((20, 20), bool)).any()
    assert np.array_equal(close_pinholes(mask, 0.0), mask)


def test_main_subject_prefers_the_centre() -> None:
    mask = np.zeros((100, 100), bool)
    mask[45:60, 45:60] = True
    mask[0:20, 0:20] = True  # larger, in a corner
    assert main_subject(mask)[50, 50] and not main_subject(mask)[10, 10]


def test_confidence_falls_with_every_doubt() -> None:
    alpha = disc()
    lab = srgb_to_lab(composite(alpha, backdrop("white"))[..., :3]).double().numpy()
    right = alpha.numpy() > 0.5
    shifted = np.roll(right, 40, axis=1)
    assert matte_confidence(right, lab) > 0.9
    assert matte_confidence(shifted, lab) < 0.5 * matte_confidence(right, lab)
    assert edge_support(right, lab) > 0.9 > edge_support(shifted, lab)
    assert colour_separation(right, lab) > 0.9 > colour_separation(shifted, lab)
    assert matte_confidence(np.zeros_like(right), lab) == matte_confidence(~np.zeros_like(right), lab) == 0
    assert solidity(right) > 0.95 > solidity(border_ring(SIZE, SIZE, 0.05))
    dots = np.zeros((60, 60), bool)
    dots[::6, ::6] = True
    assert unity(right) == 1 and unity(dots) == pytest.approx(0.01) and unity(dots & False) == 0


def test_real_pictures_are_cut_out() -> None:
    def matte(name: str) -> Matte:
        picture = getattr(skimage.data, name)()
        picture = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, -1)
        rgb = torch.tensor(picture[..., :3] / picture.max(), dtype=torch.float32)
        return find_matte(torch.cat([rgb, torch.ones_like(rgb[..., :1])], -1), None, PhotoConfig(working_size=256))

    horse = matte("horse")  # a silhouette: its own truth
    assert iou(horse.alpha, 1 - torch.tensor(skimage.data.horse(), dtype=torch.float32)) > 0.96
    coffee = matte("coffee").alpha
    assert coffee[180, 300] > 0.9 and coffee[20, 20] < 0.1 and coffee[380, 30] < 0.1  # the cup; the table
