"""What networks of other noise processes predict, as estimates of clean data on our straight process.

Notation: ours is x_t = (1 - t) x + t e. A variance-preserving process is z_n = a_n x + s_n e with a_n^2 + s_n^2 = 1.
Both show the same data at the same ratio of noise to signal, s / a = t / (1 - t); there z = a / (1 - t) x_t. So t gives
a and s exactly, and n follows by interpolating log(s / a), which grows with n.
Source: Kingma et al. 2021 (arXiv:2107.00630), section 5.1: processes with the same ratio differ by a scale alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class Matched:
    """One of our times seen from a variance-preserving process: signal a, noise s, step n, and z = scale x_t; (B,)."""

    signal: torch.Tensor
    noise: torch.Tensor
    step: torch.Tensor
    scale: torch.Tensor


def match(time: torch.Tensor, alphas_cumprod: torch.Tensor) -> Matched:
    """Find the step with the noise of our times.

    Args:
        time: (B,) in (0, 1).
        alphas_cumprod: (N,) a_n^2, falling.

    Returns:
        matched: its step is fractional, and the first or last where the process has no such noise.
    """
    t, table = time.double(), alphas_cumprod.double().to(time.device)
    ratios = ((1 - table) / table.clamp(min=1e-20)).log() / 2  # 1e-20: a process that ends in pure noise
    wanted = (t / (1 - t)).log()
    above = torch.searchsorted(ratios, wanted).clamp(1, len(ratios) - 1)
    low, high = ratios[above - 1], ratios[above]
    share = ((wanted - low) / (high - low)).clamp(0, 1)
    signal = (1 - t) / ((1 - t) ** 2 + t**2).sqrt()
    noise = t / ((1 - t) ** 2 + t**2).sqrt()
    parts = (signal, noise, above - 1 + share, signal / (1 - t))
    return Matched(*(part.to(time.dtype) for part in parts))


def x0_from_eps(eps: torch.Tensor, noisy: torch.Tensor, signal: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """Clean data from a prediction of the noise: x = (z - s e) / a, all broadcastable."""
    return (noisy - noise * eps) / signal


def x0_from_v(v: torch.Tensor, noisy: torch.Tensor, signal: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """Clean data from v = a e - s x: x = a z - s v (Salimans & Ho 2022, arXiv:2202.00512, appendix D)."""
    return signal * noisy - noise * v


def x0_from_flow(velocity: torch.Tensor, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
    """Clean data from the straight process's velocity e - x: x = x_t - t v."""
    return noisy - time * velocity


def times_of(alphas_cumprod: torch.Tensor, steps: int) -> list[float]:
    """Our times of steps spread evenly over a variance-preserving process, from its noisiest to 0; `steps + 1` of them.

    Source: Lin et al. 2023 (arXiv:2305.08891), section 3.3: the steps end at the process's last one ("trailing").
    """
    count = len(alphas_cumprod)
    chosen = [max(round(count * (steps - i) / steps) - 1, 0) for i in range(steps)]
    signal, noise = alphas_cumprod.double().sqrt(), (1 - alphas_cumprod.double()).sqrt()
    return [*(float(noise[n] / (noise[n] + signal[n].clamp(min=1e-4))) for n in chosen), 0.0]  # 1e-4: t stays below 1


@dataclass(frozen=True)
class VpNetwork:
    """A network and the variance-preserving process that it denoises.

    Fields:
        module: of diffusers.
        alphas_cumprod: (N,) a_n^2 of its process.
        prediction: epsilon, v_prediction or sample.
    """

    module: nn.Module
    alphas_cumprod: torch.Tensor
    prediction: str

    def x0(
        self, say: Callable[[torch.Tensor, torch.Tensor], torch.Tensor], noisy: torch.Tensor, time: torch.Tensor
    ) -> torch.Tensor:
        """What it says of our noisy latents, as an estimate of clean ones.

        Args:
            say: asks the module: latents (B V, C, H, W) on its process and their steps (B V,) -> its prediction.
            noisy: (B, V, C, H, W) on our process; time: (B,).

        Returns:
            x0_hat: (B, V, C, H, W).
        """
        matched = match(time, self.alphas_cumprod)
        signal, noise, step, scale = (
            part.repeat_interleave(noisy.shape[1])
            for part in (matched.signal, matched.noise, matched.step, matched.scale)
        )
        signal, noise, scale = (part.view(-1, 1, 1, 1) for part in (signal, noise, scale))
        z = scale * noisy.flatten(0, 1)
        said = say(z, step).to(z.dtype)
        match self.prediction:
            case "epsilon":
                clean = x0_from_eps(said, z, signal, noise)
            case "v_prediction":
                clean = x0_from_v(said, z, signal, noise)
            case _:
                clean = said
        return clean.view(noisy.shape)
