"""The matting network and what it sees: shapes, mirror images, and pictures whose subject is known."""

import numpy as np
import pytest
import torch

from gen4d.photo.color import srgb_to_lab
from gen4d.photo.cues import CUES, picture_cues
from gen4d.photo.grabcut import seeded_grabcut_matte
from gen4d.photo.matte import _outvoted
from gen4d.photo.matting import expected_overlap, open_matting_net, subject_probability
from gen4d.photo.matting_net import MattingNet


def scene(height: int = 96, width: int = 128) -> tuple[torch.Tensor, torch.Tensor]:
    """A striped disc before a noisy wall: (H, W, 3) and its mask (H, W)."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    mask = torch.hypot(y - 0.5 * height, x - 0.5 * width) < 0.3 * height
    stripes = torch.where((x // 6 % 2 == 0)[..., None], torch.tensor([0.8, 0.2, 0.1]), torch.tensor([0.9, 0.7, 0.2]))
    wall = torch.tensor([0.3, 0.45, 0.5]) + 0.05 * torch.randn(height, width, 3, generator=torch.manual_seed(0))
    return torch.where(mask[..., None], stripes, wall).clamp(0, 1), mask


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    return np.count_nonzero(first & second) / np.count_nonzero(first | second)


def test_network_keeps_the_size_and_batches_do_not_mix() -> None:
    net = MattingNet().eval()
    pictures, cues = torch.rand(2, 3, 64, 96), torch.rand(2, CUES, 64, 96)
    with torch.no_grad():
        both, first = net(pictures, cues), net(pictures[:1], cues[:1])
    assert both.shape == (2, 1, 64, 96)
    torch.testing.assert_close(both[:1], first, rtol=1e-4, atol=1e-4)


def test_cues_stand_out_where_the_subject_is() -> None:
    rgb, mask = scene()
    cues = picture_cues(rgb.numpy())
    assert cues.shape == (*mask.shape, CUES) and cues.min() >= 0 and cues.max() <= 1
    inside, outside = cues[mask.numpy()].mean(0), cues[~mask.numpy()].mean(0)
    assert (inside > outside + 0.2).all()


def test_cues_are_finite_for_a_picture_of_one_colour() -> None:
    assert np.isfinite(picture_cues(np.full((32, 40, 3), 0.4, np.float32))).all()


def test_the_shipped_network_finds_a_disc() -> None:
    rgb, mask = scene()
    coarse = subject_probability(rgb, open_matting_net())
    found = torch.nn.functional.interpolate(coarse[None, None], tuple(mask.shape), mode="bilinear")[0, 0] > 0.5
    assert overlap(found.numpy(), mask.numpy()) > 0.85


def test_probability_turns_with_a_mirrored_picture() -> None:
    rgb, _ = scene()
    net = open_matting_net()
    first, mirrored = subject_probability(rgb, net), subject_probability(rgb.flip(1), net)
    torch.testing.assert_close(first, mirrored.flip(1), rtol=0, atol=0.05)


def test_seeds_find_the_edge_that_the_network_blurs() -> None:
    rgb, mask = scene(128, 128)
    coarse = torch.nn.functional.avg_pool2d(mask.float()[None, None], 16)
    blurred = torch.nn.functional.interpolate(coarse, (128, 128), mode="bilinear")[0, 0].numpy()
    cut = seeded_grabcut_matte(rgb.numpy(), blurred)
    assert overlap(cut, mask.numpy()) > 0.98 > overlap(blurred > 0.5, mask.numpy()) + 0.02


def test_two_cuts_that_agree_outvote_a_larger_one() -> None:
    rgb, disc = scene(96, 224)
    mask = disc.numpy()
    with_wall = mask.copy()
    with_wall[40:60, 112:170] = True  # a piece of the wall beside it
    lab = srgb_to_lab(rgb).double().numpy()
    sure, unsure = np.where(mask, 0.9, 0.05), np.where(with_wall, 0.9, 0.05)
    assert _outvoted(with_wall, mask, mask, lab, sure)
    assert not _outvoted(with_wall, mask, with_wall, lab, sure)  # the seeds lead to the larger one
    assert not _outvoted(with_wall, mask, mask, lab, unsure)  # the network expects more of it
    part = mask & (np.arange(224) < 100)
    assert not _outvoted(mask, part, part, lab, sure)  # the network knows that it is more than its left side


@pytest.mark.parametrize(("inside", "outside", "expected"), [(1.0, 0.0, 1.0), (0.0, 1.0, 0.0), (0.5, 0.0, 0.5)])
def test_expected_overlap_in_closed_form(inside: float, outside: float, expected: float) -> None:
    mask = np.zeros((10, 10), bool)
    mask[2:6, 2:6] = True
    assert expected_overlap(mask, np.where(mask, inside, outside)) == pytest.approx(expected)


def test_expected_overlap_prefers_the_true_mask() -> None:
    rng = np.random.default_rng(0)
    true = np.zeros((40, 40), bool)
    true[10:30, 10:30] = True
    probability = np.clip(true * 0.8 + 0.1 + rng.normal(0, 0.05, true.shape), 0, 1)
    scores = [expected_overlap(m, probability) for m in (true, np.roll(true, 4, 0), true & (np.arange(40) < 20))]
    assert np.argmax(scores) == 0
