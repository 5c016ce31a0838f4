"""The shipped prior, sampled: what a seed, a prompt and a photo change, and what is said of a prompt far from all."""

import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from gen4d.context import Context
from gen4d.conventions import VIEW_NAMES
from gen4d.errors import CheckpointError, InputError
from gen4d.prior.config import EmbeddedPrior, FolderPrior, ViewsConfig
from gen4d.prior.embedded import Prior, open_prior
from gen4d.prior.imagine import complete_views, encode_photo, imagine_views
from gen4d.prior.weights import check_weights
from gen4d.streams import Streams
from gen4d.structures import MultiView, Prompt

QUICK = ViewsConfig(steps=4, candidates=1)


@pytest.fixture(scope="module")
def prior() -> Prior:
    return open_prior(EmbeddedPrior(), Context(Streams(0)))


def draw(prior: Prior, prompt: Prompt, seed: int = 0) -> MultiView:
    return imagine_views(prompt, prior, QUICK, Context(Streams(seed)))


def difference(a: MultiView, b: MultiView) -> float:
    return float((a.albedo - b.albedo).abs().mean())


def test_same_seed_same_views_and_another_seed_others(prior: Prior) -> None:
    prompt = Prompt("a red car")
    first = draw(prior, prompt)
    assert torch.equal(first.albedo, draw(prior, prompt).albedo)
    assert difference(first, draw(prior, prompt, seed=1)) > 1e-3


def test_solvers_agree_when_steps_are_small_and_rescaling_acts(prior: Prior) -> None:
    def with_(**changed: object) -> MultiView:
        cfg = ViewsConfig.model_validate({"steps": 6, "candidates": 1, "guidance_scale": 4.0, **changed})
        return imagine_views(Prompt("a red car"), prior, cfg, Context(Streams(0)))

    base = with_()
    assert difference(with_(solver="heun"), base) < 0.5 * difference(with_(solver="heun", steps=1), base)
    assert difference(with_(guidance_rescale=0.7), base) > 1e-4


def test_words_and_photos_change_the_views(prior: Prior) -> None:
    photo = torch.ones(64, 64, 4)
    photo[16:48, 16:48, :3] = torch.tensor([0.8, 0.1, 0.1])
    photo[..., 3] = 0
    photo[16:48, 16:48, 3] = 1
    red, tree = draw(prior, Prompt("a red car")), draw(prior, Prompt("a pine tree"))
    assert difference(red, tree) > 1e-2
    assert difference(draw(prior, Prompt(photo=photo)), red) > 1e-3


def test_a_word_of_colour_is_seen(prior: Prior) -> None:
    red, blue = (draw(prior, Prompt(f"a {name} car")) for name in ("red", "blue"))

    def mean_color(views: MultiView) -> torch.Tensor:
        return views.albedo[views.alpha[..., 0] > 0.5].mean(0)

    assert mean_color(red)[0] > mean_color(blue)[0]
    assert mean_color(blue)[2] > mean_color(red)[2]


def test_a_prompt_far_from_all_concepts_is_told_with_the_nearest(prior: Prior) -> None:
    ctx = Context(Streams(0))
    imagine_views(Prompt("the second law of thermodynamics"), prior, QUICK, ctx)
    assert len(ctx.warnings) == 1 and "closest known concepts" in ctx.warnings[0]
    near = Context(Streams(0))
    imagine_views(Prompt("a wooden chair"), prior, QUICK, near)
    assert not near.warnings


def test_photo_must_be_square(prior: Prior) -> None:
    with pytest.raises(InputError, match="square"):
        encode_photo(torch.ones(10, 20, 4), prior)


def test_shipped_weights_are_whole_and_damage_is_refused(tmp_path) -> None:
    assert all(check.ok for check in check_weights())
    with pytest.raises(CheckpointError, match=r"manifest\.json"):
        open_prior(FolderPrior(path=tmp_path), Context(Streams(0)))


def test_generation_never_imports_the_makers() -> None:
    """What is drawn comes from the weights: no maker and no training data is even loaded."""
    code = "import sys, gen4d.pipeline, gen4d.prior.imagine; print([m for m in sys.modules if 'gen4d.data' in m])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_kept_views_stay_and_the_others_follow_them(prior: Prior) -> None:
    """The rest of a car is nearer to that car when its front and right side are given, words or not."""
    car = draw(prior, Prompt("a red car"), seed=1)
    drawn = {}
    for keep in (("front",), ("front", "right", "top")):
        made = complete_views(car, keep, None, prior, QUICK, Context(Streams(3)))
        for row, name in enumerate(VIEW_NAMES):
            same = torch.equal(made.albedo[row], car.albedo[row]) and torch.equal(made.depth[row], car.depth[row])
            assert same == (name in keep), name
        drawn[keep] = float((made.alpha - car.alpha)[[2, 3, 5]].abs().mean())
    other = complete_views(draw(prior, Prompt("a pine tree")), ("front",), None, prior, QUICK, Context(Streams(3)))
    assert drawn["front", "right", "top"] < drawn["front",] < float((other.alpha - car.alpha)[[2, 3, 5]].abs().mean())


def test_views_that_are_not_kept_are_not_looked_at(prior: Prior) -> None:
    car = draw(prior, Prompt("a red car"))
    spoilt = replace(car, albedo=car.albedo.clone())
    spoilt.albedo[1:] = 0.0
    first, second = (complete_views(v, ["front"], None, prior, QUICK, Context(Streams(0))) for v in (car, spoilt))
    assert torch.equal(first.albedo, second.albedo)


@pytest.mark.parametrize(
    ("keep", "message"), [([], "0 of 6"), (VIEW_NAMES, "6 of 6"), (["side"], "'side' is no view; there are front")]
)
def test_which_views_to_keep_is_checked(prior: Prior, keep: list[str], message: str) -> None:
    car = draw(prior, Prompt("a red car"))
    with pytest.raises(InputError, match=message):
        complete_views(car, keep, None, prior, QUICK, Context(Streams(0)))


def test_the_side_a_photo_shows_can_be_told(prior: Prior) -> None:
    disc = torch.zeros(64, 64, 4)
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    disc[..., 3] = ((x - 32) ** 2 + (y - 32) ** 2 < 24**2).float()
    disc[..., 0] = (x < 32).float()  # half red, half black; where its front is, it does not say
    disc[..., :3] = torch.where(disc[..., 3:] > 0, disc[..., :3], 1.0)
    prompt, quick = Prompt(photo=disc), ViewsConfig(steps=2)
    untold, front, left = (
        imagine_views(prompt, prior, quick, Context(Streams(0)), pose=pose) for pose in (None, (0.0, 0.0), (1.57, 0.0))
    )
    assert difference(front, left) > 1e-3 and difference(front, untold) > 1e-4
