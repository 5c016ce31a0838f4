"""How right the side is that a photo of a validation object is read to be taken from, by way of reading.

Ways: the prior's estimate, its mean with that of the mirrored photo, the azimuth network alone, and network and prior
together, which is what `gen4d` does. One row a photo goes to a file, so that a run that was cut goes on. Objects whose
id's key is even are for choosing, the others for reporting; the network alone was chosen on neither.

A thing that looks the same after half a turn (front and back alike, and so left and right: outlines overlap 0.9 and
colours differ by 0.05 at most) cannot be told from its other side, so its error is counted modulo 180 degrees in the
columns "but symmetry"; one whose four sides are alike is left out there. The other columns count every photo as it is.
Rows below them part all photos by body plan: what has none may have no front that can be seen.

Run: python tests/bench/bench_azimuth.py SHARDS --out rows.jsonl [--objects 60] [--photos 3] [--without-prior]
"""

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np
import torch

from gen4d.context import Context
from gen4d.data.archive import cut_out
from gen4d.data.shards import Place, places
from gen4d.photo.azimuth import likeliest_side, open_azimuth_net, side_odds
from gen4d.photo.azimuth_net import AzimuthNet
from gen4d.prior.config import EmbeddedPrior
from gen4d.prior.describe import describe_photo
from gen4d.prior.embedded import Prior, open_prior
from gen4d.streams import Streams

NEAR = 30.0  # degrees
ALIKE = (0.9, 0.05)  # overlap of two sides' outlines at least, mean difference of their colours at most


def read_by_prior(picture: torch.Tensor, prior: Prior) -> list[float]:
    """Sine and cosine of the azimuth, times how sure the prior is of it."""
    seen = describe_photo(picture, prior, 1)
    return [seen.azimuth_confidence * float(turn(seen.azimuth)) for turn in (np.sin, np.cos)]


def rows_of(place: Place, photos: int, prior: Prior | None, net: AzimuthNet) -> list[dict[str, object]]:
    """What is read of some photos of an object, and of their mirror images."""
    pictures, mattes, cameras = (place.array(name) for name in ("pictures", "mattes", "cameras"))
    fold, found = symmetry(place.array("maps")), []
    for index, picture in enumerate(cut_out(pictures[:photos], mattes[:photos])):
        seen = torch.from_numpy(picture.astype(np.float32) / 255)
        row = {"id": place.record.id, "photo": index, "true": float(cameras[index][0]), "fold": fold}
        row["plan"] = place.record.plan or "none"
        row["odds"] = [round(value, 4) for value in side_odds(seen, net).tolist()]
        if prior is not None:
            row |= {"own": read_by_prior(seen, prior), "mirrored": read_by_prior(seen.flip(1), prior)}
        found.append(row)
    return found


def symmetry(maps: np.ndarray) -> int:
    """How often a thing looks the same in a turn: 1, 2 or 4, by its views (6, S, S, 8) uint8."""
    views = maps[:4, ..., :4].astype(np.float64) / 255  # front, right, back, left: colours and outline
    if not (_alike(views[0], views[2]) and _alike(views[1], views[3])):
        return 1
    return 4 if _alike(views[0], views[1]) and _alike(views[2], views[3]) else 2


def _alike(first: np.ndarray, second: np.ndarray) -> bool:
    both, either = np.minimum(first[..., 3], second[..., 3]), np.maximum(first[..., 3], second[..., 3])
    apart = (np.abs(first[..., :3] - second[..., :3]).mean(-1) * both).sum() / max(both.sum(), 1e-9)
    return bool(both.sum() >= ALIKE[0] * either.sum() and apart <= ALIKE[1])


def readings(row: dict) -> dict[str, tuple[float, float]]:
    """Azimuth and sureness by each way of reading."""
    odds = np.array(row["odds"])
    found = {"network": likeliest_side(odds)}
    if "own" in row:
        own, mirrored = np.array(row["own"]), np.array(row["mirrored"]) * np.array([-1, 1])
        for way, direction in (("prior", own), ("prior, both hands", (own + mirrored) / 2)):
            found[way] = float(np.arctan2(*direction)), float(np.hypot(*direction))
        found["network and prior"] = likeliest_side(odds, *((own + mirrored) / 2))
    return found


def table(rows: list[dict]) -> str:
    """Errors by way of reading, for the objects to choose on, for those to report, and for all."""
    groups = {
        said: [row for row in rows if Streams(0).key("bench.azimuth", row["id"]) % 2 in parts]
        for said, parts in (("to choose on", (0,)), ("to report", (1,)), ("all", (0, 1)))
    }
    plans = Counter(row["plan"] for row in rows)
    groups |= {f"plan: {plan}": [row for row in rows if row["plan"] == plan] for plan, _ in plans.most_common()}
    lines = ["| objects | way | photos | median | within 30 | but symmetry: photos | median | within 30 |"]
    lines[0] += " sureness >= 0.8: photos | within 30 |"
    lines.append("|---" * 10 + "|")
    for said, own in groups.items():
        for way in readings(own[0]) if own else ():
            some = [row for row in own if way in readings(row)]
            seen = np.array([readings(row)[way] for row in some])
            fold = np.array([row["fold"] for row in some])
            off = np.degrees(np.abs(np.angle(np.exp(1j * (seen[:, 0] - np.array([row["true"] for row in some]))))))
            turned = np.where(fold == 2, np.minimum(off, 180 - off), off)[fold < 4]
            sure = off[seen[:, 1] >= 0.8]
            cells = [*_figures(off), *_figures(turned), f"{len(sure)}", _figures(sure)[2]]
            lines.append(f"| {said} | {way} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _figures(off: np.ndarray) -> list[str]:
    """Count, median and share within `NEAR` of errors in degrees."""
    return [f"{len(off)}", f"{np.median(off):.1f}", f"{(off <= NEAR).mean():.0%}"] if len(off) else ["0", "", ""]


def main() -> None:
    """Read photos, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shards", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--objects", type=int, default=60)
    parser.add_argument("--photos", type=int, default=3)
    parser.add_argument("--without-prior", action="store_true", help="the network alone, which takes milliseconds")
    args = parser.parse_args()
    torch.set_num_threads(1)
    rows = [json.loads(line) for line in args.out.read_text().splitlines()] if args.out.is_file() else []
    done = {row["id"] for row in rows}
    held = [place for place in places(args.shards) if place.record.split == "validation"]
    held.sort(key=lambda place: Streams(0).key("bench.azimuth.order", place.record.id))
    todo = [place for place in held[: args.objects] if place.record.id not in done]
    prior = open_prior(EmbeddedPrior(), Context(Streams(0))) if todo and not args.without_prior else None
    net = open_azimuth_net()
    for place in todo:
        new = rows_of(place, args.photos, prior, net)
        rows += new
        with args.out.open("a") as file:
            file.writelines(json.dumps(row) + "\n" for row in new)
    print(table(rows))


if __name__ == "__main__":
    main()
