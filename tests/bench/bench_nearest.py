"""The training object that every sample of a folder is nearest to: is any of them a copy?

Distances are those of `gen4d eval prior`: the mean squared difference of small pictures of the six views, in units of
what makes two objects near-duplicates of one another; below 1 the sample would be one. Rigged samples are compared as
they rest.

Run: python tests/bench/bench_nearest.py SHARDS GALLERY
"""

import argparse
from dataclasses import replace
from pathlib import Path

import torch

from gen4d.data.duplicates import SAME
from gen4d.data.shards import places
from gen4d.evaluate.judge import described, nearest_known, small_of_maps, small_pictures
from gen4d.export.read import load_asset
from gen4d.render.views import render_views


def table(shards: Path, samples: list[Path]) -> str:
    """A line a sample as a Markdown table."""
    trained = [place for place in places(shards) if place.record.split == "train"]
    known = torch.cat([described(small_of_maps(place.array("maps"))[None]) for place in trained])
    lines = ["| sample | nearest training object | its caption | distance |", "|---|---|---|---|"]
    for path in samples:
        asset = load_asset(path)[0]
        low, high = asset.mesh.bounds
        vertices = (asset.mesh.vertices - (low + high) / 2) / float((high - low).max())
        views = render_views(replace(asset.mesh, vertices=vertices), asset.material)
        row, distance = nearest_known(small_pictures(views), known)
        record = trained[row].record
        lines.append(f"| {path.stem} | {record.id} | {record.captions[0]} | {distance / SAME:.1f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shards", type=Path)
    parser.add_argument("gallery", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(table(options.shards, sorted(options.gallery.glob("*.glb"))))
