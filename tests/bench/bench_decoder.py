"""How decoders draw what the prior imagined: the same latents through each, errors against the true views.

What a decoder gains on latents of true views, `gen4d eval autoencoder` tells; here are latents that a prior drew, which
lie where no encoder puts them.

Run: python tests/bench/bench_candidates.py SHARDS --out rows.jsonl --settings steps=8 --latents drawn
     python tests/bench/bench_decoder.py SHARDS drawn old.safetensors new.safetensors [--sheet FILE.jpg]
"""

import argparse
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors import safe_open

from gen4d.data.shards import places
from gen4d.evaluate.views import view_errors
from gen4d.prior.autoencoder import AutoencoderShape, ViewAutoencoder, maps_to_views
from gen4d.prior.network_files import load_network
from gen4d.prior.train_autoencoder import to_maps
from gen4d.structures import MultiView

MEASURES = ("alpha_iou", "depth", "albedo_psnr", "normal_deg", "disagreement")


def strip(views: MultiView) -> np.ndarray:
    """Colours and normals of six views beside each other, uint8."""
    rows = [torch.cat(list(values), 1) for values in (views.albedo, views.normal / 2 + 0.5)]
    return (torch.cat(rows).clamp(0, 1) * 255).byte().numpy()


@torch.inference_mode()
def compare(shards: Path, drawn: Path, decoders: dict[str, ViewAutoencoder], sheet: Path | None) -> str:
    """A table of means, way by way and decoder by decoder; objects of the sheet stand below each other."""
    known = {place.record.id: place for place in places(shards)}
    errors: dict[tuple[str, str], list[dict[str, float]]] = defaultdict(list)
    strips = []
    for path in sorted(drawn.glob("*.safetensors")):
        with safe_open(path, "pt") as opened:
            facts, latents = opened.metadata(), opened.get_tensor("latents")[0]
        true = maps_to_views(to_maps(known[facts["id"]].array("maps")))
        for name, decoder in decoders.items():
            views = maps_to_views(decoder.decode(latents).clone())
            errors[facts["way"], name].append(asdict(view_errors(views, true)))
            strips.append(strip(views))
    if sheet is not None:
        Image.fromarray(np.concatenate(strips)).save(sheet)
    lines = ["| drawn from | decoder | objects | " + " | ".join(MEASURES) + " |", "|---" * (3 + len(MEASURES)) + "|"]
    for (way, name), rows in errors.items():
        means = " | ".join(f"{np.mean([row[measure] for row in rows]):.4g}" for measure in MEASURES)
        lines.append(f"| {way} | {name} | {len(rows)} | {means} |")
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shards", type=Path)
    parser.add_argument("drawn", type=Path)
    parser.add_argument("decoders", type=Path, nargs="+")
    parser.add_argument("--sheet", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    loaded = {str(path): load_network(path, ViewAutoencoder, AutoencoderShape) for path in options.decoders}
    print(compare(options.shards, options.drawn, loaded, options.sheet))
