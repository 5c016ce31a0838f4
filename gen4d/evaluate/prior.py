"""The gates of the prior: photos and words of validation objects -> views, beside the baselines."""

from collections.abc import Callable, Collection, Container, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import torch

from gen4d.context import Context
from gen4d.data.archive import cut_out, photo_maps
from gen4d.data.duplicates import SAME
from gen4d.data.shards import Place, StoredObject, places
from gen4d.errors import InputError
from gen4d.evaluate.held_out import held_out
from gen4d.evaluate.judge import Verdict, described, kernel_distance, kernel_distance_error, load_judge, small_of_maps
from gen4d.evaluate.prior_baselines import TrainingViews, described_photos, extruded, mean_maps
from gen4d.evaluate.prior_samples import SampleMeasures
from gen4d.evaluate.views import ViewErrors, view_errors
from gen4d.prior.autoencoder import maps_to_views
from gen4d.prior.conditioned import Conditioned
from gen4d.prior.config import ViewsConfig
from gen4d.prior.embedded import Prior
from gen4d.prior.imagine import imagine_views
from gen4d.prior.train_autoencoder import to_maps
from gen4d.streams import Streams
from gen4d.structures import MultiView, Prompt

TRUE = "true views"


@dataclass(frozen=True)
class PriorScore:
    """One way of making views, on one object: what it was given, its errors, what the judge says, and its seconds."""

    way: str
    object_id: str
    errors: ViewErrors
    verdict: Verdict
    seconds: float


def evaluate_prior(
    shards: Path,
    prior: Prior,
    cfg: ViewsConfig,
    *,
    limit: int = 40,
    photo: int = 0,
    only: Collection[str] = (),
    done: Container[tuple[str, str]] = (),
) -> Iterator[PriorScore]:
    """Score the prior and its baselines on validation objects, in an order that follows from their ids.

    Objects stay on disk until they are looked at. The true views of all validation objects come first: the judge's
    words about them are the most that drawn ones can reach, and its vectors what the kernel distance compares with.

    Args:
        limit: how many validation objects views are drawn of.
        photo: which of an object's photos is given.
        only: the ways of making views to score, by the names of the table; none for all.
        done: ways and object ids that need no score.

    Raises:
        InputError: there are no validation objects, or a way has no such name.
    """
    stored = places(shards)
    order = held_out(shards, stored)
    known = _known(stored, prior)
    measures = _measures(known, order, prior)
    for place in order:
        if (TRUE, place.record.id) in done:
            continue
        true = _views(place.array("maps"))
        verdict = measures.verdict(true, place.record.captions[0])
        yield PriorScore(TRUE, place.record.id, view_errors(true, true), verdict, 0.0)
    for place in order[:limit]:
        stored = place.read()
        true = _views(stored.maps)
        ways = _ways(stored, prior, cfg, known, photo)
        if unknown := set(only) - ways.keys():
            raise InputError(f"there is no way '{min(unknown)}' of making views; allowed are {', '.join(ways)}.")
        for way, make in ways.items():
            if (only and way not in only) or (way, stored.record.id) in done:
                continue
            start = perf_counter()
            views = make()
            seconds = perf_counter() - start
            verdict = measures.verdict(views, stored.record.captions[0])
            yield PriorScore(way, stored.record.id, view_errors(views, true), verdict, seconds)


def score_table(scores: list[PriorScore]) -> str:
    """Means by way of making views, as a Markdown table.

    "right words" is the share whose caption the judge finds among 50; "kernel distance", of the judge's vectors from
    those of all true views, times 1000, with its standard error; "nearest" the median distance to a training object, in
    units of what makes two objects near-duplicates, and in brackets how many are nearer than that.
    """
    rows = [
        "| views from | objects | alpha IoU | depth error | albedo PSNR | normal | disagreement | right words |"
        " kernel distance | nearest | seconds |"
    ]
    rows.append("|---" * 11 + "|")
    real = torch.tensor([score.verdict.vector for score in scores if score.way == TRUE])
    for way in dict.fromkeys(score.way for score in scores):
        own = [score for score in scores if score.way == way]
        mean = {name: float(np.mean([getattr(s.errors, name) for s in own])) for name in asdict(own[0].errors)}
        nearest = np.array([score.verdict.nearest for score in own]) / SAME
        vectors = torch.tensor([score.verdict.vector for score in own])
        distance = "" if way == TRUE or min(len(own), len(real)) < 3 else _distance(vectors, real)
        rows.append(
            f"| {way} | {len(own)} | {mean['alpha_iou']:.3f} | {mean['depth']:.4f} | {mean['albedo_psnr']:.1f} dB |"
            f" {mean['normal_deg']:.1f}° | {mean['disagreement']:.4f} |"
            f" {np.mean([score.verdict.found for score in own]):.2f} | {distance} |"
            f" {np.median(nearest):.1f} ({(nearest < 1).sum()}) | {np.mean([s.seconds for s in own]):.2f} |"
        )
    return "\n".join(rows)


def _distance(vectors: torch.Tensor, real: torch.Tensor) -> str:
    """The kernel distance and its standard error as a table's cell."""
    distance, error = kernel_distance(vectors, real), kernel_distance_error(vectors, real)
    return f"{1000 * distance:.1f} ± {1000 * error:.1f}"


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
        "baseline: nearest training photo": lambda: _views(known.maps(known.by_photo(picture))),
        "baseline: nearest training caption": lambda: _views(known.maps(known.by_text(pooled)[0])),
        "baseline: mean of the 8 nearest captions": lambda: _views(
            mean_maps(np.stack([known.maps(index) for index in known.by_text(pooled, 8)]))
        ),
        "baseline: outline of the photo extruded": lambda: extruded(picture),
    }


def _known(stored: list[Place], prior: Prior) -> TrainingViews:
    """What the baselines look through."""
    known = [place for place in stored if place.record.split != "validation"]
    text = _pooled([place.record.captions[0] for place in known], prior)
    vectors = torch.stack([text[place.record.captions[0]] for place in known])
    return TrainingViews(known, described_photos(known), vectors)


def _measures(known: TrainingViews, held: list[Place], prior: Prior) -> SampleMeasures:
    """What samples are judged by."""
    training = torch.cat([described(small_of_maps(place.array("maps"))[None]) for place in known.places])
    names = sorted({place.record.captions[0] for place in held})
    return SampleMeasures(load_judge(), training, names, _pooled(names, prior))


def _pooled(texts: list[str], prior: Prior) -> dict[str, torch.Tensor]:
    """Sentence vectors of the distinct ones among some texts."""
    return {text: prior.text_encoder.encode([text]).pooled[0] for text in dict.fromkeys(texts)}


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
