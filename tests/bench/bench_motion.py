"""Every clip of every body plan, measured: `python tests/bench/bench_motion.py [MESH[:plan] ...]`.

Without files, one made object a plan is rigged (`gen4d data`'s makers); `--rigs` takes rigged GLBs of ours as they are.
Prints the table of `gen4d eval motion` for all clips, what lies beyond its limit, and the processor time of ten clips
and the GLB (budget 3 s); `--faults` prints only clips with a fault, `--sheets DIR` draws five frames of every clip.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from gen4d import from_file, pipeline
from gen4d.config import load_config
from gen4d.context import Context
from gen4d.data.makers import MAKERS
from gen4d.evaluate.motion import LIMITS, measure_clip
from gen4d.evaluate.motion_tables import MOTION_HEADER, motion_row
from gen4d.export.glb import glb_bytes
from gen4d.export.read import load_asset
from gen4d.motion.clips import clips_of_skeleton, make_clips
from gen4d.motion.config import MotionConfig
from gen4d.motion.kinematics import clip_joint_to_world
from gen4d.motion.skinning import skin_vertices
from gen4d.render.preview import preview_frames, save_png
from gen4d.streams import Streams
from gen4d.structures import Asset, Material, Mesh
from gen4d.surface.ground import stand_on_ground

MADE = {
    "person": "biped",
    "dog": "quadruped",
    "bird": "bird",
    "fish": "fish",
    "snake": "snake",
    "ladybug": "insect",
    "spider": "spider",
    "car": "vehicle",
    "tree": "plant",
    "sword": "prop",
}
TEN = 10
SHEET_FRAMES, SHEET_SIZE = 5, 160


def made(name: str, plan: str) -> Asset:
    """A made object of one plan, rigged."""
    thing = MAKERS[name](np.random.default_rng(3))
    mesh = Mesh(torch.tensor(thing.vertices).float(), torch.tensor(thing.faces).long())
    cfg = load_config(None, {"rig.plan": plan, "motion.clips": "idle"})
    asset = Asset(name, stand_on_ground(mesh, 1.0), Material(torch.tensor([[[0.7, 0.68, 0.64, 1.0]]])))
    return pipeline.bring_to_life(asset, cfg, Context(Streams(0)), hint=name)


def assets(given: argparse.Namespace) -> Iterator[Asset]:
    """What is measured: made things, meshes rigged by us, or rigs as they are."""
    if given.rigs:
        yield from (replace(load_asset(Path(file))[0], name=Path(file).stem) for file in given.files)
    elif given.files:
        for file in given.files:
            path, _, plan = file.partition(":")
            cfg = load_config(None, {"rig.plan": plan or "auto", "motion.clips": "idle"})
            yield replace(from_file.rig_file(Path(path), cfg, Context(Streams(0))), name=Path(path).stem)
    else:
        yield from (made(name, plan) for name, plan in MADE.items())


def sheet(asset: Asset, clips: tuple, path: Path) -> None:
    """A row of frames a clip."""
    assert asset.skeleton is not None and asset.skin is not None
    rows = []
    for clip in clips:
        chosen = torch.linspace(0, len(clip.times) - 1, SHEET_FRAMES + 1).round().long()[:-1]
        joints = clip_joint_to_world(clip, asset.skeleton)[chosen]
        posed = skin_vertices(asset.mesh.vertices.double(), asset.skin, asset.skeleton, joints).float()
        rows.append(torch.cat(list(preview_frames(asset, posed, SHEET_SIZE)), 1))
    half = -(-len(rows) // 2)
    rows += [torch.ones_like(rows[0])] * (2 * half - len(rows))
    save_png(torch.cat([torch.cat(rows[:half]), torch.cat(rows[half:])], 1), path)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*")
    parser.add_argument("--rigs", action="store_true")
    parser.add_argument("--faults", action="store_true")
    parser.add_argument("--sheets", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    print(MOTION_HEADER)
    beyond = dict.fromkeys([*LIMITS, "steps"], 0)
    total = 0
    for asset in assets(given):
        assert asset.skeleton is not None and asset.skin is not None
        names = tuple(clips_of_skeleton(asset.skeleton)[0])
        start = time.process_time()
        ctx = Context(Streams(0))
        clips = make_clips(asset.skeleton, MotionConfig(clips=names[:TEN]), ctx, asset.mesh, asset.skin)
        size = len(glb_bytes(replace(asset, clips=clips)))
        seconds = time.process_time() - start
        if names[TEN:]:
            clips += make_clips(asset.skeleton, MotionConfig(clips=names[TEN:]), ctx, asset.mesh, asset.skin)
        ten = f"{min(TEN, len(clips))} clips and a GLB of {size / 1e6:.2f} MB in {seconds:.2f} s of processor time"
        print(
            f"{asset.name}: {asset.skeleton.plan}, {len(asset.mesh.faces)} faces, {len(clips)} clips; {ten}", flush=True
        )
        for clip in clips:
            measures = measure_clip(clip, asset.skeleton, asset.skin, asset.mesh)
            total += 1
            for fault in measures.faults():
                beyond[fault] += 1
            if measures.faults() or not given.faults:
                print(motion_row(measures), flush=True)
        if given.sheets is not None:
            sheet(asset, clips, given.sheets / f"{asset.name}.png")
    print(f"{total} clips; beyond the limit: " + ", ".join(f"{name} {count}" for name, count in beyond.items()))


if __name__ == "__main__":
    main()
