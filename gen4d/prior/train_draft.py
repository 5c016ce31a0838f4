"""Training of the draft: principal components of the latents, then regression with early stopping."""

from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic

import torch
from torch.nn import functional

from gen4d.errors import NumericsError
from gen4d.prior.archive import Archive, Batch
from gen4d.prior.draft import Draft, DraftShape

MODES = (("photo", 0.5), ("text", 0.25), ("photo+text", 0.2), ("nothing", 0.05))
PHOTO_NOISE = 0.3  # standard deviation added to photo latents, whose own is about 1.4
TEXT_NOISE = 0.3  # the same for sentence vectors, whose entries have a standard deviation of 1
WORDS_WEIGHT, POSE_WEIGHT = 0.3, 0.1  # of the two side losses; the views count 1


@dataclass(frozen=True)
class DraftTraining:
    """Hyper-parameters; the rate falls as a cosine over the planned minutes."""

    minutes: float = 20.0
    batch: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    warmup: int = 100
    check_every: int = 100
    seed: int = 0


@dataclass(frozen=True)
class DraftScore:
    """How a draft does on validation items: the share of the latents' variance it leaves, by what is given; degrees."""

    photo: float
    text: float
    both: float
    azimuth_median_deg: float
    words_cosine: float


@dataclass(frozen=True)
class DraftState:
    """What the loop yields every `check_every` steps."""

    step: int
    loss: float
    score: DraftScore
    draft: Draft


def fit_components(archive: Archive, shape: DraftShape) -> tuple[torch.Tensor, torch.Tensor]:
    """Weighted mean (L,) and leading principal directions (K, L) of the training latents, by the items' Gram matrix."""
    rows, weights = archive.rows["train"], archive.weights["train"]
    weights = (weights / weights.sum()).float()
    x = archive.latents_of(rows).flatten(1).cpu()
    mean = weights @ x
    x = (x - mean) * weights.sqrt()[:, None]
    _, vectors = torch.linalg.eigh(x @ x.T)
    directions = vectors[:, -shape.components :].flip(1).T @ x
    return mean, functional.normalize(directions, dim=1)


def train_draft(
    archive: Archive, shape: DraftShape, cfg: DraftTraining, draft: Draft | None = None
) -> Iterator[DraftState]:
    """Fit the draft; yields at every check. The caller keeps the best by `DraftScore.photo + text`.

    Args:
        draft: to continue with; its components stay as they are.

    Raises:
        NumericsError: the loss is not finite.
    """
    torch.manual_seed(cfg.seed)
    if draft is None:
        draft = Draft(shape)
        mean, basis = fit_components(archive, shape)
        draft.mean.copy_(mean)
        draft.basis.copy_(basis)
    optimizer = torch.optim.AdamW(draft.parameters(), lr=cfg.learning_rate, weight_decay=cfg.weight_decay, fused=True)
    generator = torch.Generator().manual_seed(cfg.seed)
    shares = torch.tensor([share for _, share in MODES])
    start, step, recent = monotonic(), 0, 0.0
    while (spent := (monotonic() - start) / (60 * cfg.minutes)) < 1:
        mode = MODES[int(torch.multinomial(shares, 1, generator=generator))][0]
        batch = archive.batch("train", cfg.batch, mode, generator)
        loss = _loss(draft, _noisy(batch, generator))
        if not torch.isfinite(loss):
            raise NumericsError(f"draft training step {step}: the loss is {loss.item()}.")
        rate = 0.5 * (1 + torch.cos(torch.tensor(torch.pi * spent)).item())
        for group in optimizer.param_groups:
            group["lr"] = cfg.learning_rate * rate * min(1.0, (step + 1) / cfg.warmup)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(draft.parameters(), 1.0)
        optimizer.step()
        step += 1
        recent += (loss.item() - recent) / min(step, 100)
        if step % cfg.check_every == 0:
            yield DraftState(step, recent, score_draft(draft, archive, "validation"), draft)
            draft.train()


@torch.no_grad()
def score_draft(draft: Draft, archive: Archive, split: str, count: int = 512) -> DraftScore:
    """Score on the same draws of a split every time."""
    draft.eval()
    left: dict[str, float] = {}
    azimuth = words = torch.zeros(0)
    for mode in ("photo", "text", "photo+text"):
        batch = archive.batch(split, count, mode, torch.Generator().manual_seed(7))
        estimate = draft(_sentence(batch), batch.photo)
        guess = draft.latents(estimate.coefficients)
        spread = (batch.latents.flatten(1) - draft.mean).square().mean()
        left[mode] = ((batch.latents - guess).square().mean() / spread).item()
        if mode == "photo":
            pose = draft.pose(estimate.vector)
            turn = torch.atan2(pose[:, 0], pose[:, 1]) - batch.pose[:, 0]
            azimuth = torch.atan2(turn.sin(), turn.cos()).abs().rad2deg()
            words = functional.cosine_similarity(draft.words(estimate.vector), batch.sentence)
    return DraftScore(left["photo"], left["text"], left["photo+text"], azimuth.median().item(), words.mean().item())


@torch.no_grad()
def measure_gap(draft: Draft, archive: Archive) -> None:
    """Set `draft.gap`: how much worse a component is estimated on unseen items than on the training ones.

    The denoiser's training adds noise of this size to the estimate; else it would learn to trust the draft as far as
    the draft can be trusted on objects it was fitted to.
    """
    draft.eval()
    errors = {}
    for split in ("train", "validation"):
        batch = archive.batch(split, 1024, "photo+text", torch.Generator().manual_seed(11))
        truth = (batch.latents.flatten(1) - draft.mean) @ draft.basis.T
        squared = [
            (draft(text, photo).coefficients - truth).square().mean(0)
            for text, photo in ((None, batch.photo), (_sentence(batch), None))
        ]
        errors[split] = torch.stack(squared).mean(0)
    draft.gap.copy_((errors["validation"] - errors["train"]).clamp(min=0).sqrt())


def _loss(draft: Draft, batch: Batch) -> torch.Tensor:
    """Share of the variance left within the components, and the side losses of a photo."""
    truth = (batch.latents.flatten(1) - draft.mean) @ draft.basis.T
    estimate = draft(_sentence(batch), batch.photo, len(truth))
    loss = (estimate.coefficients - truth).square().mean() / truth.square().mean()
    if batch.photo is None:
        return loss
    azimuth, elevation = batch.pose.unbind(1)
    pose = torch.stack([azimuth.sin(), azimuth.cos(), elevation], 1)
    words = 1 - functional.cosine_similarity(draft.words(estimate.vector), batch.sentence).mean()
    return loss + WORDS_WEIGHT * words + POSE_WEIGHT * (draft.pose(estimate.vector) - pose).square().mean()


def _sentence(batch: Batch) -> torch.Tensor | None:
    return None if batch.text is None else batch.text[:, 0]


def _noisy(batch: Batch, generator: torch.Generator) -> Batch:
    """The batch with disturbed conditions, so that the fit does not hang on their last digits."""
    fields = dict(batch.__dict__)
    if batch.photo is not None:
        fields["photo"] = batch.photo + PHOTO_NOISE * torch.randn(batch.photo.shape, generator=generator)
    if batch.text is not None:
        fields["text"] = batch.text + TEXT_NOISE * torch.randn(batch.text.shape, generator=generator)
    return Batch(**fields)
