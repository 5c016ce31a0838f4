"""A set of assets of all plans, sources and profiles, made by the command line, for bench_engines.py to open.

Run: python tests/bench/make_engine_set.py FOLDER [--rigs DIR] [--only TEXT]
The sources are words, photos that scikit-image brings, made meshes that get a rig, and with --rigs artists' own rigs:
DIR holds rigged GLB files, in folders or not. Every command is printed with its seconds; a file that is there is kept.
"""

import argparse
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from skimage import data

from gen4d.cli import main as gen4d
from gen4d.data.makers import MAKERS
from gen4d.export.glb import write_glb
from gen4d.export.read import load_asset
from gen4d.streams import Streams
from gen4d.structures import Asset, Material, Mesh

PROGRAMS = ("generic", "unity", "unreal", "godot", "web", "blender")
# Words, and whether the result is then given a rig and clips.
WORDS = (
    ("a paper plane", False), ("a brown dog", True), ("a knight in armour", True), ("a red sports car", True),
    ("a wooden chair", False), ("a goldfish", True),
)  # fmt: skip
PHOTOS = ("astronaut", "rocket", "horse", "chelsea")
# Maker, body plan, more options.
MADE = (
    ("person", "biped", ("--vrm",)), ("robot", "biped", ("--naming", "mixamo")), ("teddy_bear", "biped", ("--vrm",)),
    ("person", "biped", ("--naming", "unreal", "--lods", "0.5,0.25")), ("horse", "quadruped", ("--lods", "2")),
    ("cat", "quadruped", ("--root-motion",)), ("bird", "bird", ()), ("penguin", "bird", ()), ("fish", "fish", ()),
    ("snake", "snake", ()), ("bee", "insect", ()), ("ladybug", "insect", ()), ("spider", "spider", ()),
    ("car", "vehicle", ()), ("truck", "vehicle", ()), ("pine_tree", "plant", ()), ("flower", "plant", ()),
    ("treasure_chest", "prop", ()), ("teapot", "prop", ()),
)  # fmt: skip
MOST_RIGS = 12


def made_mesh(maker: str, folder: Path) -> Path:
    """A made object as a plain GLB, every triangle with its own colour."""
    made = MAKERS[maker](Streams(0).numpy(f"makers.{maker}", 0))
    corners = torch.from_numpy(np.asarray(made.vertices)[np.asarray(made.faces)].reshape(-1, 3)).float()
    colors = torch.from_numpy(np.repeat(np.asarray(made.face_colors), 3, axis=0)).float()
    corners = corners - torch.tensor([0.0, float(corners[:, 1].min()), 0.0])
    mesh = Mesh(corners, torch.arange(len(corners)).reshape(-1, 3), colors=colors)
    path = folder / f"{maker}.glb"
    write_glb(Asset(maker, mesh, Material(torch.ones(1, 1, 4))), path)
    return path


def jobs(folder: Path, rigs: Path | None) -> Iterator[tuple[str, list[list[str]]]]:
    """Name of each file, and the command lines that make it; the last one gets the output and the program."""
    raw = folder / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    for maker, plan, options in MADE:
        yield f"made-{maker}", [["animate", str(made_mesh(maker, raw)), "--plan", plan, *options]]
    for path in sorted(rigs.rglob("*.glb") if rigs else [])[:MOST_RIGS]:
        yield f"rig-{path.stem.lower()}", [["animate", str(path)]]
        yield f"kept-{path.stem.lower()}", [["convert", str(path)]]
    for words, moves in WORDS:
        still = raw / f"{words.replace(' ', '-')}.glb"
        rest = [["animate", str(still)]] if moves else [["convert", str(still), "--compress", "none"]]
        yield words.replace(" ", "-"), [["text-to-3d", words, "-o", str(still), "--quiet"], *rest]
    for name in PHOTOS:
        photo, picture = raw / f"{name}.png", np.asarray(getattr(data, name)())
        Image.fromarray(picture.astype(np.uint8) * (255 if picture.dtype == bool else 1)).save(photo)
        yield f"photo-{name}", [["animate", str(photo)]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rigs", type=Path, metavar="DIR")
    parser.add_argument("--only", default="", metavar="TEXT", help="names that hold this text")
    arguments = parser.parse_args()
    programs = cycle(PROGRAMS)
    for name, commands in jobs(arguments.folder, arguments.rigs):
        program = next(programs)
        output = arguments.folder / f"{name}-{program}.glb"
        if arguments.only not in name or output.exists():
            continue
        start = time.monotonic()
        last = [*commands[-1], "-o", str(output), "--for", program, "--quiet"]
        codes = [gen4d(command) for command in (*commands[:-1], last)]
        said = "" if any(codes) else summary(output)
        print(f"{output.name:<44} {time.monotonic() - start:5.1f} s  {codes} {said}", flush=True)


def summary(path: Path) -> str:
    asset, _ = load_asset(path)
    rig = "" if asset.skeleton is None else f", {asset.skeleton.plan}, {len(asset.skeleton)} bones"
    return f"{len(asset.mesh.faces)} triangles{rig}, {len(asset.clips)} clips, {path.stat().st_size:,} bytes"


if __name__ == "__main__":
    main()
