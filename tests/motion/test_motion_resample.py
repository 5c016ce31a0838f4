"""Uneven keys become even ones and play the same."""

import torch
from torch.nn.functional import normalize

from gen4d.motion.kinematics import axis_angle
from gen4d.motion.resample import with_even_times
from gen4d.structures import Clip


def _clip(times: torch.Tensor) -> Clip:
    """A steady turn and a steady way, so that the answer is known at any time."""
    turn = axis_angle((0.0, 0.6, 0.8), 0.5 * times.double())[:, None].float()
    return Clip("c", times, turn, times[:, None] * torch.tensor([1.0, 2.0, 3.0]), 0, False)


def test_uneven_keys_become_even_and_play_the_same() -> None:
    clip = with_even_times(_clip(torch.tensor([0.0, 0.05, 0.2, 0.21, 0.6, 1.0])), fps=30)
    assert len(clip.times) == 31 and torch.allclose(clip.times.diff(), torch.tensor(1 / 30), atol=1e-6)
    truth = _clip(clip.times)
    assert torch.allclose(clip.root_translation, truth.root_translation, atol=1e-6)
    same = (normalize(clip.rotation, dim=-1) * truth.rotation).sum(-1).abs()
    assert float(2 * torch.arccos(same.clamp(max=1.0)).max()) < 2e-3


def test_even_keys_are_left_alone() -> None:
    clip = _clip(torch.arange(20) / 24)
    assert with_even_times(clip) is clip
