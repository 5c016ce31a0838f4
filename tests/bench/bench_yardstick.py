"""One photo taken from about 30 degrees beside the front -> six views: the prior beside an extruded outline.

Errors are of the best of four yaws, so that the shape counts and not which side was called the front.

Run: python tests/bench/bench_yardstick.py SHARDS [--objects 12]
"""

import argparse
import math
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from gen4d.context import Context
from gen4d.data.archive import cut_out
from gen4d.data.shards import StoredObject, places
from gen4d.evaluate.held_out import held_out
from gen4d.evaluate.prior_baselines import TrainingPhotos, described_photos, extruded
from gen4d.evaluate.views import quarter_turned, view_errors
from gen4d.prior.autoencoder import maps_to_views
from gen4d.prior.config import EmbeddedPrior, ViewsConfig
from gen4d.prior.embedded import Prior, open_prior
from gen4d.prior.imagine import imagine_views
from gen4d.prior.train_autoencoder import to_maps
from gen4d.streams import Streams
from gen4d.structures import MultiView, Prompt

ASIDE = math.radians(30)
MEASURES = ("alpha_iou", "depth", "depth_inside", "albedo_psnr")


def from_aside(stored: StoredObject) -> int:
    """The photo whose camera is nearest to `ASIDE` on either side of the front."""
    azimuths = np.abs(np.angle(np.exp(1j * stored.cameras[:, 0])))
    return int(np.abs(azimuths - ASIDE).argmin())


def best_of_four(made: MultiView, true: MultiView) -> dict[str, float]:
    """Errors in the yaw in which most of the mattes overlap."""
    return max((asdict(view_errors(quarter_turned(made, k), true)) for k in range(4)), key=lambda e: e["alpha_iou"])


def measure(shards: Path, prior: Prior, count: int) -> str:
    """Means over objects, way by way, as a Markdown table."""
    stored_places = places(shards)
    trained = [place for place in stored_places if place.record.split != "validation"]
    known = TrainingPhotos(trained, described_photos(trained))
    rows: dict[str, list[dict[str, float]]] = {}
    for place in held_out(shards, stored_places)[:count]:
        stored = place.read()
        index = from_aside(stored)
        picture = cut_out(stored.pictures[index : index + 1], stored.mattes[index : index + 1])[0]
        true = maps_to_views(to_maps(stored.maps))
        given = Prompt(photo=torch.from_numpy(picture.astype(np.float32) / 255))
        ways = {
            "prior": imagine_views(given, prior, ViewsConfig(), Context(Streams(0))),
            "nearest training photo": maps_to_views(to_maps(known.maps(known.by_photo(picture)))),
            "extruded outline": extruded(picture),
        }
        for name, views in ways.items():
            rows.setdefault(name, []).append(best_of_four(views, true))
        print(
            f"{place.record.captions[0]:40} " + " ".join(f"{own[-1]['alpha_iou']:.3f}" for own in rows.values()),
            flush=True,
        )
    lines = ["| views from | objects | " + " | ".join(MEASURES) + " |", "|---" * (2 + len(MEASURES)) + "|"]
    for name, own in rows.items():
        means = " | ".join(f"{np.mean([row[measure] for row in own]):.4g}" for measure in MEASURES)
        lines.append(f"| {name} | {len(own)} | {means} |")
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shards", type=Path)
    parser.add_argument("--objects", type=int, default=12)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(measure(options.shards, open_prior(EmbeddedPrior(), Context(Streams(0))), options.objects))
