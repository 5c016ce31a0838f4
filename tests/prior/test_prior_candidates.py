"""A candidate's fit in closed form, and that the one that fits best is kept."""

from dataclasses import dataclass

import pytest
import torch

from gen4d.context import Context
from gen4d.conventions import VIEW_NAMES
from gen4d.prior import imagine
from gen4d.prior.candidates import FIT_TIME, fit
from gen4d.prior.config import EmbeddedPrior, ViewsConfig
from gen4d.prior.embedded import open_prior
from gen4d.streams import Streams
from gen4d.structures import Prompt


@dataclass(frozen=True)
class Biased:
    """A denoiser that knows the truth but for a constant, and whether it was asked as it should be."""

    truth: torch.Tensor
    noise: torch.Tensor
    error: float

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        torch.testing.assert_close(noisy, (1 - FIT_TIME) * self.truth + FIT_TIME * self.noise)
        assert torch.equal(time, torch.full((1,), FIT_TIME))
        return self.truth + self.error


def test_fit_is_minus_the_squared_error() -> None:
    latents, noise = torch.randn(2, 1, 6, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    assert fit(latents, Biased(latents, noise, 0.6), noise) == pytest.approx(-0.36, rel=1e-4)
    assert fit(latents, Biased(latents, noise, 0.0), noise) == pytest.approx(0)


def test_the_candidate_that_fits_best_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    prior = open_prior(EmbeddedPrior(), Context(Streams(0)))

    def draw(candidates: int, *fits: float) -> torch.Tensor:
        said = iter(fits)
        monkeypatch.setattr(imagine, "fit", lambda *_: next(said))
        cfg = ViewsConfig(steps=1, candidates=candidates)
        return imagine.imagine_views(Prompt("a red car"), prior, cfg, Context(Streams(0))).albedo

    alone = draw(1)  # asks for no fit
    assert torch.equal(draw(2, -0.1, -0.2), alone)
    second = draw(2, -0.2, -0.1)
    assert not torch.equal(second, alone)
    assert torch.equal(draw(3, -0.3, -0.1, -0.2), second)


def test_a_photo_and_given_views_leave_nothing_to_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    prior = open_prior(EmbeddedPrior(), Context(Streams(0)))
    monkeypatch.setattr(imagine, "fit", lambda *_: pytest.fail("there is nothing to fit"))
    cfg, ctx = ViewsConfig(steps=1, candidates=3), Context(Streams(0))
    given = imagine.imagine_views(Prompt("a red car", photo=torch.ones(32, 32, 4)), prior, cfg, ctx)
    imagine.complete_views(given, VIEW_NAMES[:2], Prompt("a red car"), prior, cfg, ctx)
