"""The draft: its components are principal, its fit generalises from words and photos, its gap is measured."""

import torch

from gen4d.prior.archive import LATENT_STEP, Archive
from gen4d.prior.draft import Draft, DraftShape
from gen4d.prior.text import TEXT_TOKENS, TEXT_WIDTH
from gen4d.prior.train_draft import DraftTraining, fit_components, measure_gap, score_draft, train_draft

SHAPE = DraftShape(
    components=6, width=64, fine_width=16, middle_width=16, coarse_width=16, latent_channels=3, latent_size=8
)


class LinearWorld(Archive):
    """Views that are a linear function of three hidden numbers, which photos show and words tell."""

    def __init__(self, count: int = 240) -> None:
        g = torch.Generator().manual_seed(0)
        hidden = torch.randn(count, 3, generator=g)
        latents = hidden @ torch.randn(3, 6 * 3 * 8 * 8, generator=g)
        latents = latents / latents.std()
        photos = (hidden @ torch.randn(3, 3 * 8 * 8, generator=g)).view(count, 1, 3, 8, 8)
        text = hidden @ torch.randn(3, TEXT_WIDTH, generator=g) / 3**0.5
        self.device = torch.device("cpu")
        self.latents = (latents / LATENT_STEP).round().clamp(-127, 127).to(torch.int8).view(count, 6, 3, 8, 8)
        self.photos = (photos / LATENT_STEP).round().clamp(-127, 127).to(torch.int8)
        self.poses = hidden[:, None, :2].clamp(-1.5, 1.5)
        self.tokens = (text / 0.05).round().clamp(-127, 127).to(torch.int8)
        self.token_rows = self.caption_starts = torch.arange(count + 1)
        self.caption_rows = torch.arange(count)
        train = torch.arange(count) % 6 != 0
        self.rows = {"train": train.nonzero()[:, 0], "validation": (~train).nonzero()[:, 0]}
        self.weights = {split: torch.ones(len(rows)) for split, rows in self.rows.items()}


def test_components_are_orthonormal_and_hold_the_variance() -> None:
    world = LinearWorld()
    mean, basis = fit_components(world, SHAPE)
    assert (basis @ basis.T - torch.eye(6)).abs()[:3, :3].max() < 1e-3
    x = world.latents_of(world.rows["train"]).flatten(1) - mean
    left = (x - (x @ basis.T) @ basis).square().sum() / x.square().sum()
    assert left < 0.02  # three hidden numbers and rounding


def test_training_explains_unseen_items_by_photo_and_by_words() -> None:
    world = LinearWorld()
    cfg = DraftTraining(minutes=0.2, batch=32, learning_rate=3e-3, warmup=20, check_every=100)
    last = None
    for state in train_draft(world, SHAPE, cfg):
        last = state
        if state.step >= 400:
            break
    assert last is not None
    assert last.score.photo < 0.4 and last.score.text < 0.4 and last.score.both < 0.4
    assert last.score.words_cosine > 0.6
    untrained = Draft(SHAPE)
    untrained.mean.copy_(last.draft.mean)
    assert score_draft(untrained, world, "validation", 64).photo > 0.9
    measure_gap(last.draft, world)
    assert last.draft.gap.shape == (6,) and bool((last.draft.gap >= 0).all())


def test_nothing_given_is_an_estimate_too() -> None:
    estimate = Draft(SHAPE)(None, None, 3)
    assert estimate.coefficients.shape == (3, 6) and estimate.cells is None
    both = Draft(SHAPE)(torch.zeros(2, TEXT_WIDTH), torch.zeros(2, 3, 8, 8))
    assert both.cells is not None and both.cells.shape == (2, 16, 2, 2)
    assert TEXT_TOKENS > 1
