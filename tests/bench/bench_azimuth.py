"""How right the side is that a photo of a validation object is read to be taken from, by way of reading.

Ways: the prior's estimate; its mean with that of the mirrored photo, whose side is the mirrored one; and both with
several draws of the noise in the views' place. One row a photo goes to a file, so that a run that was cut goes on.
Objects whose id's key is even are for choosing, the others for reporting.

Run: python tests/bench/bench_azimuth.py SHARDS --out rows.jsonl [--objects 60] [--photos 3]
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from gen4d.context import Context
from gen4d.data.archive import cut_out
from gen4d.data.shards import Place, places
from gen4d.prior.conditioned import Conditioned
from gen4d.prior.config import EmbeddedPrior
from gen4d.prior.embedded import Prior, open_prior
from gen4d.prior.imagine import encode_photo
from gen4d.prior.modalities import VIEWS
from gen4d.streams import Streams

DRAWS = 2  # of the noise in the views' place
NEAR = 30.0  # degrees


@torch.inference_mode()
def read(picture: torch.Tensor, prior: Prior) -> list[list[float]]:
    """Sine and cosine of the azimuth as estimated, a row a draw of noise, (DRAWS, 2)."""
    shape = prior.denoiser.shape
    size = (1, VIEWS, shape.latent_channels, shape.latent_size, shape.latent_size)
    told = Conditioned(prior.denoiser, photo=encode_photo(picture, prior))
    rows = []
    for seed in range(DRAWS):
        noise = torch.randn(size, generator=torch.Generator().manual_seed(seed))
        rows.append(told.everything(noise, torch.ones(1)).pose[0, :2].tolist())
    return rows


def rows_of(place: Place, photos: int, prior: Prior) -> list[dict[str, object]]:
    """What is read of some photos of an object, and of their mirror images."""
    pictures, mattes, cameras = (place.array(name) for name in ("pictures", "mattes", "cameras"))
    found = []
    for index, picture in enumerate(cut_out(pictures[:photos], mattes[:photos])):
        seen = torch.from_numpy(picture.astype(np.float32) / 255)
        found.append(
            {
                "id": place.record.id,
                "photo": index,
                "true": float(cameras[index][0]),
                "own": read(seen, prior),
                "mirrored": read(seen.flip(1), prior),
            }
        )
    return found


def directions(row: dict) -> dict[str, np.ndarray]:
    """(2,) sine and cosine by each way of reading."""
    own, mirrored = np.array(row["own"]), np.array(row["mirrored"]) * np.array([-1, 1])
    return {
        "as it was": own[0],
        f"{DRAWS} draws": own.mean(0),
        "with the mirrored photo": (own[0] + mirrored[0]) / 2,
        f"with the mirrored photo, {DRAWS} draws": (own.mean(0) + mirrored.mean(0)) / 2,
    }


def table(rows: list[dict]) -> str:
    """Errors by way of reading, for the objects to choose on and for those to report."""
    lines = ["| objects | way | photos | median | within 30 | length >= 0.9: photos | median | within 30 |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for said, odd in (("to choose on", 0), ("to report", 1)):
        own = [row for row in rows if Streams(0).key("bench.azimuth", row["id"]) % 2 == odd]
        for way in directions(own[0]) if own else ():
            seen = np.array([directions(row)[way] for row in own])
            true = np.array([row["true"] for row in own])
            off = np.degrees(np.abs(np.angle(np.exp(1j * (np.arctan2(seen[:, 0], seen[:, 1]) - true)))))
            sure = np.hypot(*seen.T) >= 0.9
            cells = [f"{len(off)}", f"{np.median(off):.1f}", f"{(off <= NEAR).mean():.0%}", f"{sure.mean():.0%}"]
            cells += [f"{np.median(off[sure]):.1f}", f"{(off[sure] <= NEAR).mean():.0%}"] if sure.any() else ["", ""]
            lines.append(f"| {said} | {way} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Read photos, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shards", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--objects", type=int, default=60)
    parser.add_argument("--photos", type=int, default=3)
    args = parser.parse_args()
    torch.set_num_threads(1)
    rows = [json.loads(line) for line in args.out.read_text().splitlines()] if args.out.is_file() else []
    done = {row["id"] for row in rows}
    held = [place for place in places(args.shards) if place.record.split == "validation"]
    held.sort(key=lambda place: Streams(0).key("bench.azimuth.order", place.record.id))
    todo = [place for place in held[: args.objects] if place.record.id not in done]
    prior = open_prior(EmbeddedPrior(), Context(Streams(0))) if todo else None
    for place in todo:
        assert prior is not None
        new = rows_of(place, args.photos, prior)
        rows += new
        with args.out.open("a") as file:
            file.writelines(json.dumps(row) + "\n" for row in new)
    print(table(rows))


if __name__ == "__main__":
    main()
