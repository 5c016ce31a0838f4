"""Clips of others, measured as they are: `python tests/bench/bench_motion_files.py FOLDER [--keep FILE.jsonl]`.

Every rigged GLB below the folder is read and each of its clips measured like our own. Printed is a line a file with
clips, and at the end, for each measure, how many clips it could be taken of, how many lie beyond our limit, and its
median and its worst. `--keep` writes file by file and goes on where it was cut; `--most N` takes N clips of each file.
"""

import argparse
import json
import statistics
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch

from gen4d.errors import Gen4dError
from gen4d.evaluate.motion import LIMITS, measure_motion
from gen4d.export.read import load_asset

Row = dict[str, float | None]


def measured(path: Path, most: int | None) -> list[Row]:
    """The limited measures of the clips of a file; none where it has no rig, no clips, or cannot be read."""
    try:
        asset = load_asset(path)[0]
    except Gen4dError as error:
        print(f"{path.name}: {error}", flush=True)
        return []
    chosen = asset.clips
    if most is not None and len(chosen) > most:
        chosen = tuple(chosen[i] for i in torch.linspace(0, len(chosen) - 1, most).round().long().tolist())
    return [{name: getattr(clip, name) for name in LIMITS} for clip in measure_motion(replace(asset, clips=chosen))]


def results(folder: Path, keep: Path | None, most: int | None) -> Iterator[tuple[str, list[Row]]]:
    """Each file's name and the measures of its clips, those already kept first read and not done again."""
    done: dict[str, list[Row]] = {}
    if keep is not None and keep.exists():
        done = dict(json.loads(line) for line in keep.read_text().splitlines())
    for path in sorted(folder.rglob("*.glb")):
        name = str(path.relative_to(folder))
        if name not in done:
            done[name] = measured(path, most)
            if keep is not None:
                with keep.open("a") as lines:
                    lines.write(json.dumps([name, done[name]]) + "\n")
        yield name, done[name]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--most", type=int)
    given = parser.parse_args()
    torch.set_num_threads(1)
    rows: list[Row] = []
    files = 0
    for name, clips in results(given.folder, given.keep, given.most):
        if not clips:
            continue
        rows += clips
        files += 1
        faults = {fault: sum((clip[fault] or 0.0) > limit for clip in clips) for fault, limit in LIMITS.items()}
        beyond = ", ".join(f"{fault} {count}" for fault, count in faults.items() if count)
        print(f"{name}: {len(clips)} clips; beyond: {beyond or 'nothing'}", flush=True)
    print(f"{len(rows)} clips of {files} files")
    for fault, limit in LIMITS.items():
        values = [value for clip in rows if (value := clip[fault]) is not None]
        if values:
            count = sum(value > limit for value in values)
            share = f"{count} of {len(values)} ({100 * count / len(values):.0f} %) beyond {limit:g}"
            print(f"{fault}: {share}; median {statistics.median(values):.4g}, worst {max(values):.4g}")


if __name__ == "__main__":
    main()
