"""What steps, guidance and a choice among candidates are worth: views of validation objects from words or a photo.

Every setting draws some candidates of each object. One row a draw goes to a file, so that a run that was cut goes on.
The table tells, for the objects all settings have, the mean of single draws, of the one chosen by
`prior.candidates.fit` among the first two, three, ..., of the one whose views agree best, and of the best there is,
beside the views of the training object whose caption is nearest.
Seconds are processor time of one thread, the choice included.

Rows of other solvers, eight-bit layers or other weights may share the file; every way is named by what it is.

Run: python tests/bench/bench_candidates.py SHARDS --out rows.jsonl [--given words photo photo+pose] [--limit 12]
     [--settings steps=4,candidates=4 steps=8,solver=heun ...] [--int8] [--weights FOLDER] [--latents FOLDER] [--table]
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from gen4d.context import Context
from gen4d.data.archive import cut_out
from gen4d.data.shards import Place, places
from gen4d.evaluate.judge import as_input, load_judge, small_pictures
from gen4d.evaluate.prior_baselines import TrainingViews
from gen4d.evaluate.prior_samples import candidates, found
from gen4d.evaluate.views import view_errors
from gen4d.prior.autoencoder import maps_to_views
from gen4d.prior.candidates import fit
from gen4d.prior.conditioned import Conditioned
from gen4d.prior.config import EmbeddedPrior, FolderPrior, ViewsConfig
from gen4d.prior.denoiser import Denoiser
from gen4d.prior.embedded import Prior, open_prior
from gen4d.prior.guidance import Guided
from gen4d.prior.imagine import encode_photo
from gen4d.prior.modalities import pose_numbers
from gen4d.prior.quantize import quantized
from gen4d.prior.sampler import sample_dpmpp_2m, sample_euler, sample_heun, schedule
from gen4d.prior.train_autoencoder import to_maps
from gen4d.streams import Streams
from gen4d.structures import MultiView

MEASURES = ("alpha_iou", "depth", "albedo_psnr", "normal_deg", "disagreement", "found")
NEAREST = "nearest caption"
SOLVERS = {"dpmpp_2m": sample_dpmpp_2m, "euler": sample_euler, "heun": sample_heun}
Row = dict[str, float]


def told_of(place: Place, given: str, prior: Prior) -> Conditioned:
    """The network that knows an object's first caption, or its first photo, with or without the photo's pose."""
    if given == "words":
        return Conditioned(prior.denoiser, text=prior.text_encoder.encode([place.record.captions[0]]).tokens)
    picture = cut_out(place.array("pictures")[:1], place.array("mattes")[:1])[0]
    photo = encode_photo(torch.from_numpy(picture.astype(np.float32) / 255), prior)
    azimuth, elevation = torch.from_numpy(place.array("cameras")[:1, :2]).unbind(-1)
    return Conditioned(prior.denoiser, photo=photo, pose=pose_numbers(azimuth, elevation) if "pose" in given else None)


@torch.inference_mode()
def drawn(told: Conditioned, cfg: ViewsConfig, seed: int, name: str) -> tuple[torch.Tensor, float, float]:
    """Latents of one candidate, how well they fit where there are others, and the seconds both took."""
    shape = told.network.shape
    size = (1, 6, shape.latent_channels, shape.latent_size, shape.latent_size)
    noise = torch.randn(size, generator=Streams(seed).torch("bench.noise", name))
    start = time.thread_time()
    *_, latents = SOLVERS[cfg.solver](guided(told, cfg), noise, schedule(cfg.steps, cfg.time_shift))
    good = 0.0
    if cfg.candidates > 1:
        good = fit(latents, told, torch.randn(size, generator=Streams(0).torch("bench.fit", name)))
    return latents, good, time.thread_time() - start


def guided(told: Conditioned, cfg: ViewsConfig) -> Denoiser:
    """Two calls a step, or one of a network that takes the scale."""
    if told.network.shape.guided:
        return replace(told, guidance=cfg.guidance_scale)
    free = Conditioned(told.network)
    return Guided(told, free, cfg.guidance_scale, (cfg.guidance_from, 1.0), cfg.guidance_rescale)


def measure(
    shards: Path,
    out: Path,
    ways: list[tuple[str, str, ViewsConfig]],
    limit: int,
    prior: Prior,
    drawings: Path | None = None,
) -> None:
    """Add the rows that are missing, and keep the latents that are drawn."""
    held = [place for place in places(shards) if place.record.split == "validation"]
    held.sort(key=lambda place: Streams(0).key("evaluate.prior", place.record.id))
    names = sorted({place.record.captions[0] for place in held})
    known = {name: prior.text_encoder.encode([name]).pooled[0] for name in names}
    judge, done = load_judge(), {(row["way"], row["id"], row["seed"]) for row in read(out)}
    near = None if all((NEAREST, place.record.id, 0) in done for place in held[:limit]) else trained(shards, prior)
    for place in held[:limit]:
        caption, object_id = place.record.captions[0], place.record.id
        true = maps_to_views(to_maps(place.array("maps")))

        def keep(row: dict, views: MultiView, caption: str = caption, true: MultiView = true) -> None:
            vector = judge.of_views(as_input(small_pictures(views))[None])[0]
            row["found"] = found(judge, vector, candidates(caption, names), known)
            with out.open("a") as opened:
                opened.write(json.dumps(row | asdict(view_errors(views, true))) + "\n")

        if near is not None and (NEAREST, object_id, 0) not in done:
            maps = near.maps(near.by_text(known[caption])[0])
            row = {"way": NEAREST, "id": object_id, "seed": 0, "fit": 0.0, "seconds": 0.0}
            keep(row, maps_to_views(to_maps(maps)))
        for way, given, cfg in ways:
            told = told_of(place, given, prior)
            for seed in range(cfg.candidates):
                if (way, object_id, seed) in done:
                    continue
                latents, good, seconds = drawn(told, cfg, seed, object_id)
                if drawings is not None:
                    name = f"{way}, {object_id}, {seed}".replace("/", "_")
                    save_file({"latents": latents}, drawings / f"{name}.safetensors", {"id": object_id, "way": way})
                with torch.inference_mode():
                    views = maps_to_views(prior.autoencoder.decode(latents[0]).clone())
                keep({"way": way, "id": object_id, "seed": seed, "fit": good, "seconds": seconds}, views)


def trained(shards: Path, prior: Prior) -> TrainingViews:
    """The training objects by their captions."""
    known = [place for place in places(shards) if place.record.split != "validation"]
    names = dict.fromkeys(place.record.captions[0] for place in known)
    pooled = {name: prior.text_encoder.encode([name]).pooled[0] for name in names}
    return TrainingViews(known, np.zeros(0), torch.stack([pooled[place.record.captions[0]] for place in known]))


def read(out: Path) -> list[dict]:
    """The rows of earlier runs."""
    return [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []


def table(out: Path, ways: list[tuple[str, str, ViewsConfig]]) -> str:
    """Means over the objects that every way has."""
    ways = [(NEAREST, "", ViewsConfig(candidates=1)), *ways]
    by_way: dict[str, dict[str, list[Row]]] = {way: defaultdict(list) for way, _, _ in ways}
    for row in sorted(read(out), key=lambda row: row["seed"]):
        if row["way"] in by_way:
            by_way[row["way"]][row["id"]].append(row)
    whole = [{i for i, rows in by_way[way].items() if len(rows) >= cfg.candidates} for way, _, cfg in ways]
    ids = sorted(set.intersection(*whole))
    lines = [f"{len(ids)} objects", "| views from | chosen | " + " | ".join(MEASURES) + " | seconds |"]
    lines.append("|---" * (len(MEASURES) + 3) + "|")

    def line(way: str, chosen: str, groups: Iterable[list[Row]], seconds: float) -> None:
        rows = [row for group in groups for row in group]
        cells = [f"{np.mean([row[name] for row in rows]):.4g}" for name in MEASURES]
        lines.append(f"| {way} | {chosen} | {' | '.join(cells)} | {seconds:.1f} |")

    for way, _, cfg in ways:
        objects = [by_way[way][i][: cfg.candidates] for i in ids]
        cost = float(np.mean([row["seconds"] for rows in objects for row in rows]))
        line(way, "any", objects, cost)
        for count in range(2, cfg.candidates + 1):
            first = [rows[:count] for rows in objects]
            line(way, f"of {count}, by fit", ([max(rows, key=lambda r: r["fit"])] for rows in first), count * cost)
        if cfg.candidates > 1:
            line(way, "by agreement", ([min(rows, key=lambda r: r["disagreement"])] for rows in objects), 0.0)
            line(way, "the best", ([max(rows, key=lambda r: r["alpha_iou"])] for rows in objects), 0.0)
    return "\n".join(lines)


def setting(text: str) -> ViewsConfig:
    """`steps=4,candidates=4` -> a config; what is not said is the default."""
    return ViewsConfig.model_validate(dict(part.split("=") for part in text.split(",")))


def setting_of(way: str) -> tuple[str, ViewsConfig]:
    """What a way's name says was given, and its config."""
    given, *parts = way.split(", ")
    return given, setting(next((part for part in parts if "=" in part), "candidates=1"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shards", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--given", nargs="+", choices=["words", "photo", "photo+pose"], default=["words", "photo"])
    parser.add_argument("--settings", nargs="+", default=["steps=4,candidates=4", "steps=12,candidates=1"])
    parser.add_argument("--limit", type=int, default=12)
    parser.add_argument("--int8", action="store_true", help="draw with eight-bit layers")
    parser.add_argument("--latents", type=Path, help="a folder for what is drawn, which bench_decoder.py decodes")
    parser.add_argument("--weights", type=Path, help="a folder of weights instead of ours")
    parser.add_argument("--table", action="store_true", help="measure nothing, print every way the file has")
    options = parser.parse_args()
    torch.set_num_threads(1)
    config = EmbeddedPrior() if options.weights is None else FolderPrior(path=options.weights)
    opened = open_prior(config, Context(Streams(0)))
    if options.int8:
        opened = replace(opened, denoiser=quantized(opened.denoiser))
    kind = ", int8" * options.int8 + (f", {options.weights.name}" if options.weights else "")
    asked = [(f"{given}, {text}{kind}", given, setting(text)) for given in options.given for text in options.settings]
    if options.table:
        asked = [(way, *setting_of(way)) for way in dict.fromkeys(row["way"] for row in read(options.out))]
        asked = [row for row in asked if row[0] != NEAREST]
    else:
        measure(options.shards, options.out, asked, options.limit, opened, options.latents)
    print(table(options.out, asked))
