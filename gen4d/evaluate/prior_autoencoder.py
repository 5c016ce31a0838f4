"""The gates of the view autoencoder: what of true views it keeps, on validation objects."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import thread_time

import numpy as np
import torch

from gen4d.data.shards import places
from gen4d.evaluate.held_out import held_out
from gen4d.evaluate.views import ViewErrors, view_errors
from gen4d.prior.autoencoder import ViewAutoencoder, maps_to_views
from gen4d.prior.train_autoencoder import to_maps
from gen4d.streams import Streams

GATES = ("albedo_psnr", "alpha_iou", "depth_inside", "normal_deg")  # of `ViewErrors`


@dataclass(frozen=True)
class CodedScore:
    """One object's six views through an autoencoder: errors, and processor seconds that decoding took."""

    source: str
    object_id: str
    errors: ViewErrors
    seconds: float


def evaluate_autoencoder(
    shards: Path, autoencoder: ViewAutoencoder, *, limit: int | None = None, noise: float = 0.0
) -> Iterator[CodedScore]:
    """Encode and decode validation objects, in an order that follows from their ids.

    Args:
        limit: how many objects; None for all.
        noise: standard deviation of what is added to the latents, whose own is 1.

    Raises:
        InputError: there are no validation objects.
    """
    for place in held_out(shards, places(shards))[:limit]:
        maps = to_maps(place.array("maps"))
        generator = Streams(0).torch("evaluate.autoencoder", place.record.id)
        with torch.inference_mode():
            latents = autoencoder.encode(maps)
            latents += noise * torch.randn(latents.shape, generator=generator)
            start = thread_time()
            decoded = autoencoder.decode(latents)
            seconds = thread_time() - start
        errors = view_errors(maps_to_views(decoded.clone()), maps_to_views(maps))
        yield CodedScore(place.record.source, place.record.id, errors, seconds)


def coded_table(scores: list[CodedScore]) -> str:
    """Means over all objects and over those of each source, as a Markdown table; the first row has the gates."""
    lines = [
        "| objects of | count | albedo PSNR | alpha IoU | depth error inside | normal | seconds |",
        "|---" * 7 + "|",
    ]
    lines.append("| (asked) | | 30 dB | .98 | .01 | 8° | 1 |")
    for source in (None, *sorted({score.source for score in scores})):
        own = [score for score in scores if source in (None, score.source)]
        psnr, iou, depth, normal = (float(np.mean([getattr(s.errors, name) for s in own])) for name in GATES)
        lines.append(
            f"| {source or 'all sources'} | {len(own)} | {psnr:.2f} dB | {iou:.4f} | {depth:.4f} | {normal:.2f}° |"
            f" {np.mean([score.seconds for score in own]):.2f} |"
        )
    return "\n".join(lines)
