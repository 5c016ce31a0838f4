"""How near the inflated outline comes to the true shape of validation objects, inflated as grown and as made.

One photo an object, the one taken nearest to a quarter turn and within 25 degrees of it; the true matte is inflated and
turned by the true quarter, so neither matting, nor the reading of the side, nor the prior is measured. F is that of
`gen4d eval photo-shapes`, within 0.05 of the longest side. "as chosen" is what the outline alone decides, plan unknown.
Rows go to a file, so that a run that was cut goes on.

Run: python tests/bench/bench_puppet.py SHARDS --out rows.jsonl [--objects 60] [--split validation]
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np

from gen4d.data.shards import Place, places
from gen4d.evaluate.photo_shapes import shape_score, view_points
from gen4d.prior.autoencoder import maps_to_views
from gen4d.prior.train_autoencoder import to_maps
from gen4d.puppet.config import PuppetConfig
from gen4d.puppet.dress import turned
from gen4d.puppet.facing import is_side_view, looks_made
from gen4d.puppet.solid import Shape, puppet_solid
from gen4d.streams import Streams

SIZE = 128  # px of the mattes
REACH = np.radians(25)
SHAPES: tuple[Shape, ...] = ("creature", "thing")
MADE = ("", "prop", "vehicle")  # plans of things; "" is what has none


def row_of(place: Place) -> dict[str, object] | None:
    """F of one object's puppets; None where no photo shows it from a quarter."""
    azimuths = place.array("cameras")[:, 0]
    quarters = np.round(azimuths / (np.pi / 2)) * (np.pi / 2)
    photo = int(np.argmin(np.abs(azimuths - quarters)))
    if abs(azimuths[photo] - quarters[photo]) > REACH:
        return None
    alpha = cv2.resize(place.array("mattes")[photo], (SIZE, SIZE)).astype(np.float64) / 255
    true = view_points(maps_to_views(to_maps(place.array("maps"))))
    row: dict[str, object] = {"id": place.record.id, "made thing": place.record.plan in MADE}
    for shape in SHAPES:
        mesh, _ = puppet_solid(alpha, shape, PuppetConfig(resolution=SIZE), legs=False)
        row[shape] = shape_score(turned(mesh, float(quarters[photo])), true)
    made = looks_made(alpha > 0.5) and not is_side_view(alpha > 0.5, "")
    return row | {"as chosen": row["thing" if made else "creature"], "made": made}


def table(rows: list[dict]) -> str:
    """Mean F of things and of creatures."""
    lines = ["| | photos | look made | as grown | as made | as chosen |", "|---|---|---|---|---|---|"]
    for said, kind in (("things", True), ("creatures", False)):
        own = [row for row in rows if row["made thing"] == kind]
        if own:
            means = [f"{np.mean([row[key] for row in own]):.3f}" for key in (*SHAPES, "as chosen")]
            lines.append(
                f"| {said} | {len(own)} | {np.mean([r['made'] for r in own]):.0%} | " + " | ".join(means) + " |"
            )
    return "\n".join(lines)


def main() -> None:
    """Inflate, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shards", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--objects", type=int, default=60)
    parser.add_argument("--split", default="validation", choices=["train", "validation"])
    args = parser.parse_args()
    rows = [json.loads(line) for line in args.out.read_text().splitlines()] if args.out.is_file() else []
    done = {row["id"] for row in rows}
    held = [place for place in places(args.shards) if place.record.split == args.split]
    held.sort(key=lambda place: Streams(0).key("bench.puppet", place.record.id))
    for place in held:
        if len(rows) >= args.objects:
            break
        row = None if place.record.id in done else row_of(place)
        if row is not None:
            rows.append(row)
            with args.out.open("a") as file:
                file.write(json.dumps(row) + "\n")
    print(table(rows))


if __name__ == "__main__":
    main()
