"""Drawing again: noise takes what is unlikely from six views, and the prior draws what it expects in its place.

Views (6 of them, as latents z) are noised to a middle time, x = (1 - t) z + t e, and followed back to time 0 along the
prior's flow: large forms stay, what contradicts itself or the words goes. Unlike a gradient, a dozen calls of a network
go the whole way. A second round starts from views that agree again, since they were shown by one surface in between.
Source: Meng et al. 2022, SDEdit (arXiv:2108.01073), on the straight flow; Euler's steps, as in `prior.sampler`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from gen4d.distill.flow import noised
from gen4d.errors import NumericsError
from gen4d.prior.denoiser import Denoiser, x0_to_velocity
from gen4d.streams import Streams
from gen4d.structures import MultiView


@dataclass(frozen=True)
class Eye:
    """Six views <-> latents (6, C, S, S)."""

    encode: Callable[[MultiView], torch.Tensor]
    decode: Callable[[torch.Tensor], MultiView]


@dataclass(frozen=True)
class Rounds:
    """How often, and from how much noise, views are drawn again.

    Fields:
        starts: the time each round starts from; a later one should be less noisy, or it forgets the earlier ones.
        steps: steps of each round, one call of a denoiser each.
    """

    starts: tuple[float, ...]
    steps: int

    def __len__(self) -> int:
        return len(self.starts) * self.steps

    def times(self, step: int) -> tuple[float, float]:
        """The times that a step leads from and to."""
        start, within = self.starts[step // self.steps], step % self.steps
        return start * (1 - within / self.steps), start * (1 - (within + 1) / self.steps)


class Redrawing:
    """The live state: the latents, and how many steps are done.

    Every round draws from a stream named by its number, so a run that was interrupted goes on as if it had not been.

    Args:
        views: what it starts from.
        agreed: views -> views that agree, of which the next round starts.
        held: an estimate of the views -> the same with what must not change put back.
    """

    def __init__(
        self,
        views: MultiView,
        eye: Eye,
        denoiser: Denoiser,
        rounds: Rounds,
        streams: Streams,
        *,
        agreed: Callable[[MultiView], MultiView] = lambda views: views,
        held: Callable[[MultiView], MultiView] | None = None,
    ) -> None:
        self.eye, self.denoiser, self.rounds, self.streams = eye, denoiser, rounds, streams
        self.agreed, self.held = agreed, held
        self.step = 0
        self.latents = eye.encode(views)[None]  # (1, 6, C, S, S), clean at the start and at the end of each round
        self._estimate = self.latents

    def run(self) -> Iterator[None]:
        """All steps that are left, yielding after each.

        Raises:
            NumericsError: an estimate is not finite.
        """
        while self.step < len(self.rounds):
            with torch.no_grad():
                self._advance()
            yield

    def views(self) -> MultiView:
        """What the prior makes of the latents as they are; at the end, the result."""
        with torch.no_grad():
            return self.eye.decode(self._estimate[0])

    def tensors(self) -> dict[str, torch.Tensor]:
        """The whole state, for a file; together with `step` it is all there is."""
        return {"latents": self.latents}

    def restore(self, step: int, state: dict[str, torch.Tensor]) -> None:
        """Take up a state that `tensors` gave.

        Raises:
            KeyError: it is of something else.
        """
        self.step, self.latents = step, state["latents"].to(self.latents)
        self._estimate = self.latents

    def _advance(self) -> None:
        start, end = self.rounds.times(self.step)
        round_, within = divmod(self.step, self.rounds.steps)
        if within == 0:
            self._noise(round_, start)
        time = torch.full((1,), start, device=self.latents.device)
        x0_hat = self.denoiser.x0(self.latents, time)
        if self.held is not None:
            x0_hat = self.eye.encode(self.held(self.eye.decode(x0_hat[0])))[None]
        if not torch.isfinite(x0_hat).all():
            raise NumericsError(f"redrawing step {self.step}: the denoiser's estimate is not finite.")
        step = (end - start) * x0_to_velocity(x0_hat, self.latents, start)
        self.latents = self.latents + step if end > 0 else x0_hat  # exact, so that a resumed run ends in the same bits
        self._estimate = x0_hat
        self.step += 1

    def _noise(self, round_: int, time: float) -> None:
        clean = self.latents
        if round_ > 0:
            clean = self.eye.encode(self.agreed(self.eye.decode(clean[0])))[None]
        noise = torch.randn(clean.shape, generator=self.streams.torch("refine.redraw", round_)).to(clean)
        self.latents = noised(clean, noise, torch.full((1,), time, device=clean.device))
