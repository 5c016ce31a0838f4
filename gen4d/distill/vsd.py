"""Variational score distillation (ProlificDreamer): against the score of what is being made, learned along with it."""

from dataclasses import dataclass

import torch

from gen4d.distill.flow import noise_seen, noised, over
from gen4d.distill.lora import Adapted
from gen4d.distill.schedules import Weighting, weight
from gen4d.errors import NumericsError
from gen4d.prior.denoiser import Denoiser


@dataclass(frozen=True)
class VariationalScore:
    """w(t) (e_hat(x_t) - e_phi(x_t)): descends the Kullback-Leibler divergence of what is made from the prior's data.

    e_phi is the score of the distribution of what is made; where it is the prior's own, nothing moves any more, so the
    fixed point is the whole distribution and not its mode. The time, and with it the order of the two players' steps,
    are the caller's: `gradient`, a step of what is optimised, then `learn`.
    Source: Wang et al. 2023 (arXiv:2305.16213), algorithm 1.

    Fields:
        denoiser: the frozen prior, guided where wanted.
        learned: e_phi; the prior with adapters, or any denoiser that another player trains.
    """

    denoiser: Denoiser
    learned: Denoiser
    weighting: Weighting = "sigma2"

    def gradient(self, clean: torch.Tensor, time: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """See `Guidance`."""
        noisy = noised(clean, noise, time)
        with torch.no_grad():
            wanted = noise_seen(self.denoiser, noisy, time)
            made = noise_seen(self.learned, noisy, time)
        return over(weight(self.weighting, time), clean) * (wanted - made)


def learn_score(
    learned: Adapted, optimizer: torch.optim.Optimizer, clean: torch.Tensor, time: torch.Tensor, noise: torch.Tensor
) -> float:
    """One step of the adapters towards the score of what is made: least squares of the clean estimate.

    A minimiser of |x0_hat - x|^2 is one of the paper's |e_hat - e|^2 at every time, since the two differ by a factor of
    the time alone; in clean data no noise level outweighs another.

    Returns:
        loss: before the step.

    Raises:
        NumericsError: the loss is not finite; nothing was changed.
    """
    x0_hat = learned.x0(noised(clean, noise, time), time)
    loss = (x0_hat - clean).square().mean()
    if not torch.isfinite(loss):
        raise NumericsError(f"variational score: the loss of the adapters is {loss.item()}.")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
