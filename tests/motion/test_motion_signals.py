"""Curves close, and a stepping foot moves with the ground while it stands."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gen4d.motion.signals import bump, keys, periodic_noise, phases, smooth_step, stepping, wave


@given(st.integers(4, 60), st.integers(0, 1000))
def test_every_wave_closes(frames: int, seed: int) -> None:
    phase = phases(frames)
    assert len(phase) == frames + 1 and phase[0] == 0 and phase[-1] == 1
    noise = periodic_noise(phase, np.random.default_rng(seed))
    assert noise[0] == pytest.approx(float(noise[-1]), abs=1e-9)
    assert wave(phase, 3, 0.2)[0] == pytest.approx(float(wave(phase, 3, 0.2)[-1]))


@given(st.floats(0.3, 0.8), st.floats(0.1, 3.0))
def test_standing_foot_moves_with_the_ground_and_swing_joins_without_a_jerk(duty: float, stride: float) -> None:
    phase = torch.linspace(0, 1, 20_001, dtype=torch.float64)
    forward, swing = stepping(phase, duty, stride)
    speed = forward.diff() / phase.diff()
    standing = phase[1:] < duty
    assert torch.allclose(speed[standing], torch.tensor(-stride, dtype=torch.float64), rtol=1e-6)
    assert (swing[phase < duty] == 0).all()
    assert forward.diff().abs().max() < stride * 1e-3  # no jump anywhere
    close = 30
    border = int(standing.sum())
    assert speed[border + close] == pytest.approx(-stride, rel=0.02)  # leaves with the ground's velocity
    assert speed[-close] == pytest.approx(-stride, rel=0.02)  # and meets it again
    assert forward[0] == pytest.approx(float(forward[-1]), abs=1e-3 * stride)


def test_keys_hold_and_reach_their_values() -> None:
    at = torch.tensor([0.0, 0.2, 0.5, 0.8, 1.0], dtype=torch.float64)
    assert keys(at, (0.2, 0.5, 0.8), (1.0, 3.0, -1.0)).tolist() == pytest.approx([1, 1, 3, -1, -1])


def test_steps_and_bumps_are_flat_at_their_ends() -> None:
    share = torch.linspace(-0.5, 1.5, 2001, dtype=torch.float64)
    assert (smooth_step(share).diff() >= -1e-15).all() and smooth_step(share)[[0, -1]].tolist() == [0, 1]
    assert bump(share)[[0, -1]].abs().max() < 1e-12 and bump(share).max() == pytest.approx(1)
