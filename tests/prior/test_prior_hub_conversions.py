"""eps, v and flow predictions of a perfect network all come back as the clean data."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from gen4d.prior.hub.conversions import match, x0_from_eps, x0_from_flow, x0_from_v

STEPS = 1000
BETAS = torch.linspace(0.00085**0.5, 0.012**0.5, STEPS, dtype=torch.float64) ** 2  # Stable Diffusion's
ALPHAS = (1 - BETAS).cumprod(0)
TIMES = st.lists(st.floats(0.03, 0.9), min_size=1, max_size=5)


@given(TIMES, st.integers(0, 1000))
def test_every_prediction_of_a_perfect_network_gives_the_data(times: list[float], seed: int) -> None:
    t = torch.tensor(times, dtype=torch.float64)
    generator = torch.Generator().manual_seed(seed)
    x, e = (torch.randn(len(t), 7, generator=generator, dtype=torch.float64) for _ in range(2))
    noisy = (1 - t[:, None]) * x + t[:, None] * e
    m = match(t, ALPHAS)
    a, s = m.signal[:, None], m.noise[:, None]
    z = m.scale[:, None] * noisy
    torch.testing.assert_close(z, a * x + s * e)
    torch.testing.assert_close(a**2 + s**2, torch.ones_like(a))
    torch.testing.assert_close(x0_from_eps(e, z, a, s), x)
    torch.testing.assert_close(x0_from_v(a * e - s * x, z, a, s), x)
    torch.testing.assert_close(x0_from_flow(e - x, noisy, t[:, None]), x)


@given(st.integers(0, STEPS - 1))
def test_the_noise_of_a_step_is_matched_to_that_step(step: int) -> None:
    signal, noise = ALPHAS[step].sqrt(), (1 - ALPHAS[step]).sqrt()
    m = match((noise / (signal + noise))[None], ALPHAS)
    assert abs(float(m.step[0]) - step) < 1e-6
    torch.testing.assert_close(m.signal[0], signal)


def test_noise_beyond_the_process_is_given_to_its_last_steps() -> None:
    m = match(torch.tensor([1e-6, 0.999999]), ALPHAS)
    assert m.step.tolist() == [0.0, STEPS - 1.0] and torch.isfinite(m.scale).all()
    ends_in_noise = torch.cat([ALPHAS[:-1], torch.zeros(1, dtype=torch.float64)])
    assert torch.isfinite(match(torch.tensor([0.5, 0.99]), ends_in_noise).step).all()
