"""The side a subject is seen from: what the odds say, mirror images, and a thing whose front is known."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gen4d.photo.azimuth import BIN_MIDDLES, likeliest_side, open_azimuth_net, reduced, side_odds
from gen4d.photo.azimuth_net import BINS, SIDE, AzimuthNet


def peaks(*places: tuple[float, float]) -> np.ndarray:
    """Odds with a bump of a height at each azimuth in degrees."""
    share = sum(height * np.exp(8 * (np.cos(BIN_MIDDLES - math.radians(place)) - 1)) for place, height in places)
    return np.log(np.asarray(share) + 1e-6)


def picture(size: int = 96) -> torch.Tensor:
    """A lopsided figure, framed."""
    generator = torch.Generator().manual_seed(0)
    photo = torch.rand(size, size, 4, generator=generator)
    photo[..., 3] = 0
    photo[10:80, 20:60, 3] = photo[50:70, 50:85, 3] = 1
    return photo


@given(place=st.integers(-17, 18))
@settings(max_examples=20, deadline=None)
def test_one_peak_is_found_wherever_it_is(place: int) -> None:
    azimuth, sureness = likeliest_side(peaks((10.0 * place, 1.0)))
    assert abs(math.remainder(azimuth - math.radians(10 * place), 2 * math.pi)) < math.radians(2)
    assert 0.75 < sureness < 1


def test_two_peaks_never_meet_in_the_middle() -> None:
    odds = peaks((0, 1.0), (180, 0.9))
    azimuth, sureness = likeliest_side(odds)
    assert abs(azimuth) < math.radians(2) and sureness < 0.6
    behind, surer = likeliest_side(odds, 0.0, -0.9)  # the prior reads that it is seen from behind
    assert abs(behind) > math.radians(178) and surer > sureness


def test_even_odds_say_nothing() -> None:
    assert likeliest_side(np.zeros(BINS))[1] == pytest.approx(60 / 360, abs=0.01)


def test_a_mirrored_photo_is_seen_from_the_mirrored_side() -> None:
    net, photo = open_azimuth_net(), picture()
    odds, mirrored = side_odds(photo, net), side_odds(photo.flip(1), net)
    np.testing.assert_allclose(mirrored, odds[-np.arange(BINS) % BINS], atol=1e-5)
    assert np.ptp(odds) > 0.5


def test_what_lies_under_no_matte_is_not_seen() -> None:
    net, photo = open_azimuth_net(), picture()
    other = torch.where(photo[..., 3:] > 0, photo, torch.cat([1 - photo[..., :3], photo[..., 3:]], -1))
    np.testing.assert_allclose(side_odds(other, net), side_odds(photo, net), atol=1e-5)


def test_reduced_keeps_colours_and_coverage() -> None:
    subject = torch.zeros(1, 4, 2 * SIDE, 2 * SIDE)
    subject[:, 0], subject[:, 3, :, 1:] = 0.7, 1
    small = reduced(subject)
    assert small.shape == (1, 4, SIDE, SIDE)
    torch.testing.assert_close(small[0, 0], torch.full((SIDE, SIDE), 0.7))
    assert float(small[0, 3].sum()) * 4 == pytest.approx(float(subject[0, 3].sum()))


def test_the_network_batches_do_not_mix() -> None:
    net = AzimuthNet().eval()
    pictures = torch.rand(3, 4, SIDE, SIDE)
    with torch.no_grad():
        torch.testing.assert_close(net(pictures)[1:2], net(pictures[1:2]), rtol=1e-4, atol=1e-4)
