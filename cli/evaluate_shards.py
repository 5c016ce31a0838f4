"""What `gen4d eval` measures on validation objects of shards, none of which were trained on."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option


def photo_shapes(
    shards: Annotated[Path, Argument(metavar="SHARDS", help="Folder written by gen4d data build.")],
    limit: Annotated[int, Option(min=1, help="How many validation objects.")] = 16,
    photo: Annotated[int, Option(min=0, max=7, help="Which photo of each object is given.")] = 0,
    out: Annotated[
        Path | None, Option(metavar="FILE.jsonl", help="Keep every score here; a run that finds it goes on.")
    ] = None,
) -> None:
    """Say how near the shapes made from photos of known objects are to the true ones, beside retrieval and extrusion.

    A stop by Ctrl-C shows what was measured until then.

    Example: gen4d eval photo-shapes shards --limit 16 --out scores.jsonl
    """
    import resource
    from contextlib import suppress

    import torch

    from gen4d import pipeline
    from gen4d.config import load_config
    from gen4d.context import Context
    from gen4d.evaluate.kept_lines import KeptLines
    from gen4d.evaluate.photo_shapes import PhotoShape, evaluate_photo_shapes, shape_table
    from gen4d.streams import Streams

    cfg = load_config(None, {})
    torch.set_num_threads(1)
    opened = pipeline.load_prior(cfg, Context(Streams(cfg.seed)))
    how = {"prior": opened.id, "photo": photo}
    kept = None if out is None else KeptLines(out, how, lambda row: PhotoShape(**row))
    results = list(kept.scores) if kept else []
    done = frozenset(result.object_id for result in results)
    with suppress(KeyboardInterrupt):
        for result in evaluate_photo_shapes(shards, opened, cfg, limit=limit, photo=photo, done=done):
            results.append(result)
            if kept:
                kept.add([result])
            print(
                f"{result.caption[:32]:32} {result.kind:8} {result.way:6} F views {result.f_views:.3f} puppet "
                f"{result.f_puppet:.3f}, azimuth off by {result.azimuth_read:.0f} as read ({result.sureness:.2f}), "
                f"{result.azimuth_found:.0f} as found",
                flush=True,
            )
    print(shape_table(results))
    print(f"\nmost memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB")


def prior(
    shards: Annotated[Path, Argument(metavar="DIR", help="What `gen4d data build` wrote.")],
    weights: Annotated[
        Path | None, Option("--weights", metavar="FOLDER", help="Weights to measure instead of the ones inside.")
    ] = None,
    limit: Annotated[int, Option(min=1, help="Validation objects to use.")] = 40,
    photo: Annotated[int, Option(min=0, max=7, help="Which photo of each object is given.")] = 0,
    steps: Annotated[int, Option(min=1, max=200)] = 8,
    candidates: Annotated[int, Option(min=1, max=64, help="Draws from words, of which the best fit is kept.")] = 1,
    guidance: Annotated[float, Option(min=1.0, max=20.0)] = 2.0,
    only: Annotated[
        list[str] | None, Option("--only", metavar="WAY", help="Only this row of the table; may be repeated.")
    ] = None,
    out: Annotated[
        Path | None, Option(metavar="FILE.jsonl", help="Keep every score here; a run that finds it goes on.")
    ] = None,
    as_json: Annotated[bool, Option("--json", help="Print everything as one JSON object.")] = False,
) -> None:
    """Measure the prior on objects it never saw, beside retrieval, averages and an extruded outline.

    A stop by Ctrl-C shows what was measured until then.

    Example: gen4d eval prior shards --limit 40 --out scores.jsonl
    """
    import json
    import resource
    from contextlib import suppress
    from dataclasses import asdict

    import torch

    from gen4d.context import Context
    from gen4d.evaluate.prior import evaluate_prior, score_table
    from gen4d.evaluate.prior_kept import KeptPriorScores
    from gen4d.prior.config import EmbeddedPrior, FolderPrior, ViewsConfig
    from gen4d.prior.embedded import open_prior
    from gen4d.streams import Streams

    torch.set_num_threads(1)
    opened = open_prior(EmbeddedPrior() if weights is None else FolderPrior(path=weights), Context(Streams(0)))
    cfg = ViewsConfig(steps=steps, candidates=candidates, guidance_scale=guidance)
    kept = None if out is None else KeptPriorScores(out, {"prior": opened.id, "photo": photo} | cfg.model_dump())
    scores, done = (list(kept.scores), kept.done) if kept else ([], frozenset())
    with suppress(KeyboardInterrupt):
        for score in evaluate_prior(shards, opened, cfg, limit=limit, photo=photo, only=only or (), done=done):
            scores.append(score)
            if kept:
                kept.add([score])
    if as_json:
        print(json.dumps([asdict(score) for score in scores]))
        return
    print(score_table(scores))
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB")


def autoencoder(
    shards: Annotated[Path, Argument(metavar="DIR", help="What `gen4d data build` wrote.")],
    weights: Annotated[
        Path | None, Option("--weights", metavar="FILE", help="An autoencoder to measure instead of the one inside.")
    ] = None,
    limit: Annotated[int | None, Option(min=1, help="Validation objects to use; unset: all.")] = None,
    noise: Annotated[float, Option(min=0.0, max=2.0, help="Noise added to the latents, in deviations.")] = 0.0,
    as_json: Annotated[bool, Option("--json", help="Print everything as one JSON object.")] = False,
) -> None:
    """Measure what the view autoencoder keeps of true views it never saw.

    Example: gen4d eval autoencoder shards
    """
    import json
    from dataclasses import asdict

    import torch

    from gen4d.evaluate.prior_autoencoder import coded_table, evaluate_autoencoder
    from gen4d.prior.autoencoder import AutoencoderShape, ViewAutoencoder
    from gen4d.prior.network_files import load_network
    from gen4d.prior.weights import weights_folder

    torch.set_num_threads(1)
    path = weights or weights_folder() / "autoencoder.safetensors"
    network = load_network(path, ViewAutoencoder, AutoencoderShape)
    scores = list(evaluate_autoencoder(shards, network, limit=limit, noise=noise))
    print(json.dumps([asdict(score) for score in scores]) if as_json else coded_table(scores))


def reconstruct(
    shards: Annotated[Path, Argument(metavar="SHARDS", help="What `gen4d data build` wrote.")],
    limit: Annotated[int, Option(min=1, help="Validation objects to use, evenly from all sources.")] = 120,
    quaternius: Annotated[Path | None, Option(metavar="DIR", help="The packs, for their true meshes.")] = None,
    zeroad: Annotated[Path | None, Option(metavar="DIR", help="The unpacked game data, the same.")] = None,
    views: Annotated[
        str,
        Option(metavar="KIND", help="true, coded (by the prior's autoencoder) or imagined (the prior draws them)."),
    ] = "true",
    given: Annotated[
        str, Option(metavar="WHAT", help="What imagined views are drawn from: photo or caption.")
    ] = "photo",
    noise: Annotated[
        float, Option(min=0.0, max=2.0, help="Of coded views: noise in the latents, in deviations.")
    ] = 0.0,
    preset: Annotated[str | None, Option(metavar="NAME", help="draft, standard or high.")] = None,
    faces: Annotated[int | None, Option(metavar="N", help="Triangle budget.")] = None,
    alone: Annotated[
        bool, Option("--alone", help="Leave out the yardstick, the ceiling and the raw surface: a third of the time.")
    ] = False,
    out: Annotated[
        Path | None, Option(metavar="FILE.jsonl", help="Keep every score here; a run that finds it goes on.")
    ] = None,
    as_json: Annotated[bool, Option("--json", help="Print everything as one JSON object.")] = False,
) -> None:
    """Rebuild validation objects from six views and compare the exported files with the true meshes.

    A source whose files are not given is left out and named. A stop by Ctrl-C shows what was measured until then.

    Example: gen4d eval reconstruct shards --quaternius packs --limit 100 --out scores.jsonl
    """
    import json
    from contextlib import suppress
    from dataclasses import asdict

    import torch

    from gen4d.config import load_config
    from gen4d.errors import ConfigError
    from gen4d.evaluate.reconstruct import GEN4D, evaluate_reconstruct
    from gen4d.evaluate.reconstruct_kept import KeptScores
    from gen4d.evaluate.reconstruct_objects import validation_objects
    from gen4d.evaluate.reconstruct_tables import score_row, score_table
    from gen4d.evaluate.reconstruct_views import coded_views, imagined_views

    if views not in ("true", "coded", "imagined"):
        raise ConfigError(f"--views: got '{views}', allowed are true, coded, imagined.")
    if given not in ("photo", "caption"):
        raise ConfigError(f"--given: got '{given}', allowed are photo, caption.")
    torch.set_num_threads(1)
    cfg = load_config(preset, {} if faces is None else {"surface.faces": faces})
    how = {"views": views, "noise": noise, "given": given, "preset": preset, "faces": cfg.surface.faces}
    kept = None if out is None else KeptScores(out, how)
    asked = {"quaternius": quaternius, "zeroad": zeroad}
    folders = {name: path for name, path in asked.items() if path is not None}
    objects, left_out = validation_objects(shards, folders, limit, kept.done if kept else ())
    ways = {"coded": lambda: coded_views(noise), "imagined": lambda: imagined_views(shards, given, cfg.views)}
    scores = list(kept.scores) if kept else []
    with suppress(KeyboardInterrupt):
        for measured in evaluate_reconstruct(objects, cfg, ways[views]() if views in ways else None, alone=alone):
            scores += measured
            if kept:
                kept.add(measured)
            if not as_json:
                print("\n".join(score_row(score) for score in measured if score.way == GEN4D), flush=True)
    if as_json:
        print(json.dumps({"scores": [asdict(score) for score in scores], "left_out": left_out}))
        return
    print(score_table(scores))
    if left_out:
        print(f"left out, their files are not here: {', '.join(left_out)}")
