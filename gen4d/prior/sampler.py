"""Samplers: from noise to clean latents, one function each, as generators that yield every state."""

import math
from collections.abc import Iterator
from itertools import pairwise

import torch

from gen4d.errors import NumericsError
from gen4d.prior.denoiser import Denoiser, x0_to_velocity


def schedule(steps: int, shift: float) -> list[float]:
    """Times from 1 down to 0, `steps + 1` of them; a shift above 1 spends more steps near the noise.

    Source: Esser et al. 2024 (arXiv:2403.03206), equation 23.
    """
    uniform = [1 - i / steps for i in range(steps + 1)]
    return [shift * t / (1 + (shift - 1) * t) for t in uniform]


def sample_euler(denoiser: Denoiser, noise: torch.Tensor, times: list[float]) -> Iterator[torch.Tensor]:
    """Follow the flow with Euler steps; yields x_t after every step, the clean latents last."""
    x = noise
    for step, (t, t_next) in enumerate(pairwise(times)):
        x0_hat = _estimate(denoiser, x, t, step)
        x = x + (t_next - t) * x0_to_velocity(x0_hat, x, t)
        yield x


def sample_heun(denoiser: Denoiser, noise: torch.Tensor, times: list[float]) -> Iterator[torch.Tensor]:
    """Follow the flow with Heun steps, second order, two network calls a step and one for the last; yields x_t.

    Source: Karras et al. 2022 (arXiv:2206.00364), algorithm 1 on the straight flow; as there, the last step is
    Euler's, since the velocity at t = 0 divides by it.
    """
    x = noise
    for step, (t, t_next) in enumerate(pairwise(times)):
        velocity = x0_to_velocity(_estimate(denoiser, x, t, step), x, t)
        ahead = x + (t_next - t) * velocity
        if t_next > 0:
            x0_hat = _estimate(denoiser, ahead, t_next, step)
            ahead = x + (t_next - t) * (velocity + x0_to_velocity(x0_hat, ahead, t_next)) / 2
        x = ahead
        yield x


def sample_dpmpp_2m(denoiser: Denoiser, noise: torch.Tensor, times: list[float]) -> Iterator[torch.Tensor]:
    """DPM-Solver++ (2M), second order, one network call a step; yields x_t, the clean latents last.

    Notation: alpha = 1 - t, sigma = t, lambda = log(alpha / sigma), h the step in lambda, r the ratio of steps.
    Source: Lu et al. 2022 (arXiv:2211.01095), algorithm 2.
    """
    x, previous, h_previous = noise, None, 0.0
    for step, (t, t_next) in enumerate(pairwise(times)):
        x0_hat = _estimate(denoiser, x, t, step)
        if t_next == 0:
            x = x0_hat  # lambda is infinite there; the solver's limit is the estimate itself
        else:
            h = _log_snr(t_next) - _log_snr(t)
            d = x0_hat
            # At t = 1 lambda is -infinite, so the second step has no finite predecessor and stays first order.
            if previous is not None and math.isfinite(h_previous):
                r = h_previous / h
                d = x0_hat + (x0_hat - previous) / (2 * r)
            x = (t_next / t) * x - (1 - t_next) * math.expm1(-h) * d
            previous, h_previous = x0_hat, h
        yield x


def _log_snr(t: float) -> float:
    return math.log((1 - t) / t) if t < 1 else -math.inf


def _estimate(denoiser: Denoiser, x: torch.Tensor, t: float, step: int) -> torch.Tensor:
    """The clean latents a denoiser sees in x at one time."""
    # Half precision would round the time itself.
    time = torch.full((len(x),), t, device=x.device, dtype=torch.promote_types(x.dtype, torch.float32))
    x0_hat = denoiser.x0(x, time)
    if not torch.isfinite(x0_hat).all():
        raise NumericsError(f"sampler step {step}: the denoiser's estimate is not finite.")
    return x0_hat
