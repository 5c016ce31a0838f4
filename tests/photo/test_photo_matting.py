"""The matting network: shapes, mirror images, and pictures whose subject is known."""

import numpy as np
import pytest
import torch

from gen4d.photo.grabcut import seeded_grabcut_matte
from gen4d.photo.matting import expected_overlap, open_matting_net, subject_probability
from gen4d.photo.matting_net import MattingNet
from gen4d.photo.network_word import network_word


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
    pictures = torch.rand(2, 3, 64, 96)
    with torch.no_grad():
        both, first = net(pictures), net(pictures[:1])
    assert both.shape == (2, 1, 64, 96)
    torch.testing.assert_close(both[:1], first, rtol=1e-4, atol=1e-4)


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


@pytest.mark.parametrize(("place", "side"), [((0.2, 0.5), 0), ((0.8, 0.5), 1)])
def test_of_two_subjects_the_one_pointed_at_is_cut_out(place: tuple[float, float], side: int) -> None:
    rgb, disc = scene(160, 160)
    both = torch.cat([rgb, rgb], 1)
    word = network_word(torch.cat([both, torch.ones_like(both[..., :1])], -1), 512, place)
    true = np.zeros(both.shape[:2], bool)
    true[:, 160 * side : 160 * (side + 1)] = disc.numpy()
    assert overlap(word.mask, true) > 0.9 and word.expected > 0.4


def test_seeds_find_the_edge_that_the_network_blurs() -> None:
    rgb, mask = scene(128, 128)
    coarse = torch.nn.functional.avg_pool2d(mask.float()[None, None], 16)
    blurred = torch.nn.functional.interpolate(coarse, (128, 128), mode="bilinear")[0, 0].numpy()
    cut = seeded_grabcut_matte(rgb.numpy(), blurred)
    assert overlap(cut, mask.numpy()) > 0.98 > overlap(blurred > 0.5, mask.numpy()) + 0.02


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
