"""`gen4d eval`: measure what gen4d makes against what artists made."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option, Typer

from .evaluate_shards import autoencoder, photo_shapes, prior, reconstruct

app = Typer(help="Measure results against references.", rich_markup_mode=None, no_args_is_help=True)
for command in (photo_shapes, prior, autoencoder, reconstruct):
    app.command(command.__name__.replace("_", "-"))(command)


@app.command()
def rig(
    folder: Annotated[Path, Argument(metavar="DIR", help="A folder with rigged GLBs, searched to the bottom.")],
    held_out: Annotated[
        bool | None, Option("--held-out/--tuning", help="Only the fifth kept out of tuning, or only the rest.")
    ] = None,
    known_plan: Annotated[bool, Option("--known-plan", help="Tell the body plan instead of guessing it.")] = False,
    poses: Annotated[
        Path | None,
        Option("--poses", metavar="FILE.png", help="Also bend every joint: volume, flipped faces, a contact sheet."),
    ] = None,
    as_json: Annotated[bool, Option("--json", help="Print everything as one JSON object.")] = False,
) -> None:
    """Rig every skinned GLB of a folder anew and compare skeleton and weights with the artist's.

    Example: gen4d eval rig my-characters
    """
    import json
    from dataclasses import asdict

    import torch

    from gen4d.errors import InputError
    from gen4d.evaluate.pose_sheet import write_pose_sheet
    from gen4d.evaluate.rig_tables import result_row, summary_tables
    from gen4d.evaluate.rigs import evaluate_rigs
    from gen4d.results import check_place
    from gen4d.rig.config import RigConfig

    if not folder.is_dir():
        raise InputError(f"{folder}: this is no folder; give one that holds rigged GLBs.")
    torch.set_num_threads(1)
    results = []
    if poses is not None:
        check_place(poses, ".png", "contact sheet")
    rows, cfg = [], RigConfig(twist=False)
    shown = rows.append if poses is not None else None
    for result in evaluate_rigs(folder, cfg, held_out=held_out, known_plan=known_plan, poses=shown):
        results.append(result)
        if not as_json:
            print(result_row(result), flush=True)
    if not results:
        raise InputError(f"{folder}: it holds no skinned GLB to compare with.")
    if poses is not None and rows:
        write_pose_sheet(rows, poses)
    print(json.dumps([asdict(r) for r in results]) if as_json else summary_tables(results))


@app.command()
def motion(
    file: Annotated[Path, Argument(metavar="FILE.glb", help="A rigged GLB with clips.")],
    as_json: Annotated[bool, Option("--json", help="Print everything as one JSON object.")] = False,
) -> None:
    """Measure every clip of a GLB, ours or anybody's: skating feet, open loops, what dips below the floor.

    Lengths are at human scale, as if the asset were 1.7 m high. What lies beyond its limit is named in the last column.

    Example: gen4d eval motion dog.glb
    """
    import json
    import sys
    from dataclasses import asdict

    from gen4d.errors import InputError
    from gen4d.evaluate.motion import LIMITS, measure_motion
    from gen4d.evaluate.motion_tables import MOTION_HEADER, motion_row
    from gen4d.export.read import load_asset

    asset, notes = load_asset(file)
    clips = measure_motion(asset)
    if not clips or asset.skeleton is None:
        raise InputError(f"{file}: it has no clips to measure; make some with gen4d animate.")
    for note in notes:
        print(note, file=sys.stderr)
    if as_json:
        rows = [{**asdict(clip), "duty": clip.duty, "faults": clip.faults()} for clip in clips]
        print(json.dumps({"file": str(file), "plan": asset.skeleton.plan, "limits": LIMITS, "clips": rows}, indent=2))
        return
    print(f"{file}: {asset.skeleton.plan}, {len(asset.skeleton)} joints")
    print(MOTION_HEADER)
    for clip in clips:
        print(motion_row(clip))


@app.command()
def photo(
    folder: Annotated[Path, Argument(metavar="DIR", help="Pictures; NAME_mask.png is the true matte of NAME.")],
    way: Annotated[str | None, Option(metavar="NAME", help="auto, views or puppet.")] = None,
    sheet: Annotated[Path | None, Option(metavar="FILE.png", help="Draw all of them side by side.")] = None,
    keep: Annotated[
        Path | None, Option(metavar="DIR", help="Keep each result there; what is there is not redone.")
    ] = None,
    as_json: Annotated[bool, Option("--json", help="Print everything as one JSON object.")] = False,
) -> None:
    """Make an asset of every picture of a folder and say how valid and how like the photos they are.

    Example: gen4d eval photo my-photos --sheet sheet.png
    """
    import json

    import torch

    from gen4d import pipeline
    from gen4d.config import load_config
    from gen4d.context import Context
    from gen4d.evaluate.kept_photos import evaluate_photos
    from gen4d.evaluate.photo_tables import PHOTO_HEADER, contact_sheet, photo_row, photo_summary, summary_lines
    from gen4d.evaluate.photos import pictures_of
    from gen4d.render.preview import save_png
    from gen4d.streams import Streams

    cfg = load_config(None, {} if way is None else {"photo.way": way})
    pictures_of(folder)
    torch.set_num_threads(1)
    prior = None if cfg.photo.way == "puppet" else pipeline.load_prior(cfg, Context(Streams(cfg.seed)))
    results = []
    if not as_json:
        print(PHOTO_HEADER)
    for result in evaluate_photos(folder, cfg, prior, keep):
        results.append(result)
        if not as_json:
            print(photo_row(result), flush=True)
    if sheet is not None:
        save_png(contact_sheet(results), sheet)
    if as_json:
        rows = [{k: v for k, v in vars(result).items() if k != "tiles"} for result in results]
        print(json.dumps({"pictures": rows, "summary": photo_summary(results)}))
    else:
        print(summary_lines(results))


@app.command()
def mattes(
    folder: Annotated[Path, Argument(metavar="DIR", help="Pictures; NAME_mask.png is the true matte of NAME.")],
    method: Annotated[str, Option(metavar="NAME", help="As photo.matte: auto, plain, grabcut or net.")] = "auto",
    sheet: Annotated[Path | None, Option(metavar="FILE.png", help="Draw all of them, the worst first.")] = None,
    as_json: Annotated[bool, Option("--json", help="Print everything as one JSON object.")] = False,
) -> None:
    """Cut the subject out of every picture of a folder whose true matte is known, and say how right that is.

    Example: gen4d eval mattes my-photos --sheet sheet.png
    """
    import json

    import torch

    from gen4d.config import load_config
    from gen4d.evaluate.mattes import MATTE_HEADER, evaluate_mattes, matte_row, matte_sheet, matte_summary, matte_table
    from gen4d.render.preview import save_png

    cfg = load_config(None, {"photo.matte": method}).photo
    torch.set_num_threads(1)
    results = []
    if not as_json:
        print(MATTE_HEADER)
    for result in evaluate_mattes(folder, cfg):
        results.append(result)
        if not as_json:
            print(matte_row(result), flush=True)
    if sheet is not None:
        save_png(matte_sheet(results), sheet)
    summary = matte_summary(results, cfg.min_confidence)
    if as_json:
        rows = [{k: v for k, v in vars(result).items() if k != "tiles"} for result in results]
        print(json.dumps({"pictures": rows, "summary": summary}))
    else:
        print(matte_table(summary))
