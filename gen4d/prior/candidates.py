"""Which of several drawn sets of views fits a prompt best, as the prior itself sees it."""

import torch

from gen4d.prior.denoiser import Denoiser
from gen4d.prior.noise import add_noise

# Little but the prompt decides there. The ratio of the errors without and with it chose no better, at this time or at
# 0.65, and costs a second call; docs/decisions/0009 has the numbers, and why one candidate is the default.
FIT_TIME = 0.85


def fit(latents: torch.Tensor, told: Denoiser, noise: torch.Tensor) -> float:
    """How well a network that knows the prompt restores views from much noise: minus the mean squared error.

    It is one term of the bound on how likely the prompt makes the views; a failed draw is one that the network, asked
    again, would not draw. Candidates are comparable when the noise is the same.

    Args:
        latents, noise: (1, 6, C, S, S).
        told: what knows the prompt.

    Source: the classifier of Li et al. 2023 (arXiv:2303.16203), with one prompt and several pictures.
    """
    time = latents.new_full((len(latents),), FIT_TIME)
    restored = told.x0(add_noise(latents, noise, time), time)
    return -float((restored - latents).square().mean())
