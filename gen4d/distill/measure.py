"""How far six views are from what a prior expects, without drawing from it."""

import torch

from gen4d.distill.flow import noised
from gen4d.prior.denoiser import Denoiser
from gen4d.streams import Streams

TIMES = (0.2, 0.4, 0.6, 0.8)
DRAWS = 2  # noises a time; the same ones before and after, so that their chance cancels


def view_error(latents: torch.Tensor, denoiser: Denoiser, streams: Streams) -> float:
    """Mean squared distance between latents (6, C, S, S) and what a denoiser makes of them, over fixed noises.

    It is the denoising loss, a bound on the views' likelihood under the prior up to the weights of the times. The
    noises come from a stream of their own, which no optimisation draws from. Blurring lowers it a little by itself.
    """
    clean, total = latents[None], 0.0
    for index, moment in enumerate(TIMES):
        time = torch.full((1,), moment, device=latents.device)
        for draw in range(DRAWS):
            generator = streams.torch("distill.measure", index * DRAWS + draw)
            noise = torch.randn(clean.shape, generator=generator).to(latents)
            with torch.no_grad():
                x0_hat = denoiser.x0(noised(clean, noise, time), time)
            total += float((x0_hat - clean).square().mean())
    return total / (len(TIMES) * DRAWS)
