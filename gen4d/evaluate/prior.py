"""The gates of the prior: photos and words of validation objects -> views, beside the baselines."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import torch

from gen4d.context import Context
from gen4d.data.archive import cut_out, photo_maps
from gen4d.data.shards import StoredObject, iterate_shards
from gen4d.errors import InputError
from gen4d.evaluate.prior_baselines import TrainingViews, describe_photo, extruded, mean_maps
from gen4d.evaluate.views import ViewErrors, view_errors
from gen4d.prior.autoencoder import maps_to_views
from gen4d.prior.conditioned import Conditioned
from gen4d.prior.config import ViewsConfig
from gen4d.prior.embedded import Prior
from gen4d.prior.imagine import imagine_views
from gen4d.prior.train_autoencoder import to_maps
from gen4d.streams import Streams
from gen4d.structures import MultiView, Prompt

NEIGHBOURS = 8  # objects whose mean is the "class"


@dataclass(frozen=True)
class PriorScore:
    """One way of making views, on one object: what it was given, its errors, and its seconds."""

    way: str
    object_id: str
    errors: ViewErrors
    seconds: float


def evaluate_prior(
    shards: Path, prior: Prior, cfg: ViewsConfig, *, limit: int = 40, photo: int = 0
) -> Iterator[PriorScore]:
    """Score the prior and its baselines on validation objects, in an order that follows from their ids.

    Args:
        photo: which of an object's photos is given.

    Raises:
        InputError: there are no validation objects.
    """
    known, held = _split(shards, prior)
    if not held:
        raise InputError(f"{shards.name}: it holds no validation objects.")
    order = sorted(held, key=lambda stored: Streams(0).key("evaluate.prior", stored.record.id))
    for stored in order[:limit]:
        true = _views(stored.maps)
        for way, make in _ways(stored, prior, cfg, known, photo).items():
            start = perf_counter()
            views = make()
            seconds = perf_counter() - start
            yield PriorScore(way, stored.record.id, view_errors(views, true), seconds)


def score_table(scores: list[PriorScore]) -> str:
    """Means by way of making views, as a Markdown table."""
    rows = ["| views from | objects | alpha IoU | depth error | albedo PSNR | normal | disagreement | seconds |"]
    rows.append("|---|---|---|---|---|---|---|---|")
    for way in dict.fromkeys(score.way for score in scores):
        own = [score for score in scores if score.way == way]
        mean = {name: float(np.mean([getattr(s.errors, name) for s in own])) for name in asdict(own[0].errors)}
        rows.append(
            f"| {way} | {len(own)} | {mean['alpha_iou']:.3f} | {mean['depth']:.4f} | {mean['albedo_psnr']:.1f} dB |"
            f" {mean['normal_deg']:.1f}° | {mean['disagreement']:.4f} | {np.mean([s.seconds for s in own]):.2f} |"
        )
    return "\n".join(rows)


def _ways(
    stored: StoredObject, prior: Prior, cfg: ViewsConfig, known: TrainingViews, photo: int
) -> dict[str, Callable[[], MultiView]]:
    """Every way of making views of an object, by name."""
    caption = stored.record.captions[0]
    picture = cut_out(stored.pictures[photo : photo + 1], stored.mattes[photo : photo + 1])[0]
    given = torch.from_numpy(picture.astype(np.float32) / 255)
    pooled = prior.text_encoder.encode([caption]).pooled[0]
    ctx = Context(streams=Streams(0))
    return {
        "true views through the autoencoder": lambda: _coded(stored.maps, prior),
        "photo": lambda: imagine_views(Prompt(photo=given), prior, cfg, ctx),
        "photo and caption": lambda: imagine_views(Prompt(text=caption, photo=given), prior, cfg, ctx),
        "caption": lambda: imagine_views(Prompt(text=caption), prior, cfg, ctx),
        "photo, one step": lambda: _mean_under(prior, picture),
        "baseline: nearest training photo": lambda: _views(known.maps[known.by_photo(picture)]),
        "baseline: nearest training caption": lambda: _views(known.maps[known.by_text(pooled)[0]]),
        "baseline: mean of the 8 nearest captions": lambda: _views(mean_maps(known.maps[known.by_text(pooled, 8)])),
        "baseline: outline of the photo extruded": lambda: extruded(picture),
    }


def _split(shards: Path, prior: Prior) -> tuple[TrainingViews, list[StoredObject]]:
    """What the baselines look through, and the validation objects."""
    maps, photos, text, held = [], [], [], []
    for stored in iterate_shards(shards):
        if stored.record.split == "validation":
            held.append(stored)
            continue
        maps.append(stored.maps)
        photos.append(describe_photo(cut_out(stored.pictures, stored.mattes)))
        text.append(prior.text_encoder.encode([stored.record.captions[0]]).pooled)
    return TrainingViews(np.stack(maps), np.concatenate(photos), torch.cat(text)), held


def _views(maps: np.ndarray) -> MultiView:
    """Views of packed maps (6, S, S, 8) uint8."""
    return maps_to_views(to_maps(maps))


@torch.inference_mode()
def _coded(maps: np.ndarray, prior: Prior) -> MultiView:
    decoded = prior.autoencoder.decode(prior.autoencoder.encode(to_maps(maps)))
    return maps_to_views(decoded.clone())


@torch.inference_mode()
def _mean_under(prior: Prior, picture: np.ndarray) -> MultiView:
    photo = prior.autoencoder.encode(to_maps(photo_maps(picture[None])))
    noise = torch.randn(1, 6, *photo.shape[1:], generator=torch.Generator().manual_seed(0))
    estimate = Conditioned(prior.denoiser, photo=photo).x0(noise, photo.new_ones(1))
    return maps_to_views(prior.autoencoder.decode(estimate[0]).clone())
