"""The optimisation: step by step, from a state that can be written down and taken up again with the same result."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from gen4d.distill.guidance import Guidance
from gen4d.distill.lens import Lens
from gen4d.distill.lora import Adapted
from gen4d.distill.schedules import TimeRange, clipped
from gen4d.distill.subject import Subject
from gen4d.distill.vsd import learn_score
from gen4d.errors import NumericsError
from gen4d.streams import Streams

BETAS = (0.9, 0.99)  # of Adam; gradients are noisy, and 100 steps leave no time for the usual 0.999


@dataclass(frozen=True)
class Plan:
    """What an optimisation does.

    Fields:
        gradient_limit: see `schedules.clipped`.
        learned_rate: of the adapters of variational distillation.
        updates: of the parameters after each answer of the prior, which costs far more than they do; those after the
            first follow the same answer further (as Haque et al. 2023, arXiv:2303.12789, between two edits).
    """

    steps: int
    times: TimeRange
    learning_rate: float
    gradient_limit: float
    learned_rate: float = 1e-3
    updates: int = 1


class Distillation:
    """The live state: parameters, their moments, and how many steps are done.

    Every step draws from streams named by its number, so a run that was interrupted goes on as if it had not been.

    Args:
        subject: what is optimised; frames beyond the first are drawn one a step, beside the first.
        learned: the adapters of variational distillation, which learn after every step; else None.
    """

    def __init__(
        self,
        subject: Subject,
        lens: Lens,
        guidance: Guidance,
        plan: Plan,
        streams: Streams,
        learned: Adapted | None = None,
    ) -> None:
        self.subject, self.lens, self.guidance, self.plan, self.streams = subject, lens, guidance, plan, streams
        self.learned = learned
        self.step = 0
        self._players = [(subject.parameters(), plan.learning_rate)]
        if learned is not None:
            self._players.append((dict(learned.adapters.named_parameters()), plan.learned_rate))
        self._optimizers = [torch.optim.Adam(list(p.values()), lr=rate, betas=BETAS) for p, rate in self._players]

    def run(self) -> Iterator[float]:
        """Do the steps that are left; yields the gradient's root mean square after each.

        Raises:
            NumericsError: a gradient is not finite; what was saved last is good.
        """
        while self.step < self.plan.steps:
            yield self.advance()

    def advance(self) -> float:
        """One step; see `run`."""
        generator = self.streams.torch("distill.step", self.step)
        others = self.subject.frames - 1
        frames = [0] if not others else [0, 1 + int(torch.randint(others, (), generator=generator))]
        seen = [self.subject.views(frame) for frame in frames]
        latents = [self.lens.encode(views) for views in seen]
        clean = torch.stack(latents).detach()  # (B, 6, C, S, S)
        progress = self.step / self.plan.steps
        time = self.plan.times.draw(progress, len(frames), generator).to(clean.device)
        noise = torch.randn(clean.shape, generator=generator).to(clean)
        gradient = self.guidance.gradient(clean, time, noise)
        penalty = self.subject.penalty()
        if not torch.isfinite(gradient).all() or not torch.isfinite(penalty):
            term = "penalty" if torch.isfinite(gradient).all() else "gradient of the guidance"
            raise NumericsError(f"distillation step {self.step}: the {term} is not finite.")
        size = float(gradient.square().mean().sqrt())
        pulls = clipped(gradient, self.plan.gradient_limit)
        aims = [self.lens.aim(*item) for item in zip(seen, latents, pulls, strict=True)]
        self._optimizers[0].param_groups[0]["lr"] = self.plan.learning_rate * (1 - progress)
        for update in range(self.plan.updates):
            if update == 0:  # what the prior was asked about is drawn already
                misses = [self.lens.miss(*item) for item in zip(seen, aims, latents, strict=True)]
            else:
                drawn = [self.subject.views(frame) for frame in frames]
                misses, penalty = (
                    [self.lens.miss(*item) for item in zip(drawn, aims, strict=True)],
                    self.subject.penalty(),
                )
            self._update(torch.stack(misses).sum() + penalty)
        if self.learned is not None:
            time = self.plan.times.draw(progress, len(frames), generator).to(clean.device)
            noise = torch.randn(clean.shape, generator=generator).to(clean)
            learn_score(self.learned, self._optimizers[1], clean, time, noise)
        self.step += 1
        return size

    def _update(self, loss: torch.Tensor) -> None:
        """Move the parameters down a loss.

        Raises:
            NumericsError: a gradient of them is not finite; they are where they were.
        """
        self._optimizers[0].zero_grad()
        loss.backward()
        if any(p.grad is not None and not torch.isfinite(p.grad).all() for p in self._players[0][0].values()):
            raise NumericsError(f"distillation step {self.step}: the gradient of the parameters is not finite.")
        self._optimizers[0].step()

    def tensors(self) -> dict[str, torch.Tensor]:
        """The whole state, for a file; together with `step` it is all there is."""
        state = {}
        for player, ((parameters, _), optimizer) in enumerate(zip(self._players, self._optimizers, strict=True)):
            for name, parameter in parameters.items():
                state[f"{player}.{name}"] = parameter.detach().clone()
                for moment, value in optimizer.state.get(parameter, {}).items():
                    state[f"{player}.{name}.{moment}"] = torch.as_tensor(value).clone()
        return state

    def restore(self, step: int, state: dict[str, torch.Tensor]) -> None:
        """Take up a state that `tensors` gave.

        Raises:
            KeyError, RuntimeError: it is of another subject.
        """
        for player, ((parameters, _), optimizer) in enumerate(zip(self._players, self._optimizers, strict=True)):
            for name, parameter in parameters.items():
                with torch.no_grad():
                    parameter.copy_(state[f"{player}.{name}"])
                if step:
                    moments = ("step", "exp_avg", "exp_avg_sq")
                    optimizer.state[parameter] = {m: state[f"{player}.{name}.{m}"].clone() for m in moments}
        self.step = step
