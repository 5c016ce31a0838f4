"""Every clip of every body plan, measured: `python tests/bench/bench_motion.py [MESH[:plan] ...]`.

Without files, one made object a plan is rigged (`gen4d data`'s makers); `--rigs` takes rigged GLBs of ours as they are.
Made objects are fused into one closed surface, as the product's own are: of the makers' shells, which overlap, a third
of the vertices lies inside at rest, so that nothing can be said of a body inside itself. `--shells` takes the shells as
they are, but with faces no longer than 5 % of their size: a maker's tube has vertices at its ends only, so that a bent
knee is a straight line from hip to ankle; `--coarse` leaves even those so.
Prints the table of `gen4d eval motion` for all clips, what lies beyond its limit, and the processor time of ten clips
and the GLB (budget 3 s); `--faults` prints only clips with a fault, `--sheets DIR` draws six frames of every clip from
the side and from the front, `--plans A,B` takes these made objects only.
"""

import argparse
import math
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import trimesh
from scipy import ndimage
from skimage import measure

from gen4d import from_file, pipeline
from gen4d.config import load_config
from gen4d.context import Context
from gen4d.data.makers import MAKERS
from gen4d.evaluate.motion import LIMITS, ClipMeasures, measure_clip
from gen4d.evaluate.motion_tables import MOTION_HEADER, motion_row
from gen4d.export.glb import glb_bytes
from gen4d.export.keys import with_short_turns
from gen4d.export.read import load_asset
from gen4d.motion.clips import clips_of_skeleton, make_clips
from gen4d.motion.config import MotionConfig
from gen4d.motion.kinematics import axis_angle, clip_joint_to_world, quaternion_to_matrix
from gen4d.motion.skinning import skin_vertices
from gen4d.render.preview import CLIP_VIEW_DEG, preview_frames, save_png
from gen4d.rig.voxels import voxelise
from gen4d.streams import Streams
from gen4d.structures import Asset, Clip, Material, Mesh
from gen4d.surface.clean import remove_loose_pieces
from gen4d.surface.ground import stand_on_ground
from gen4d.surface.simplify import simplify

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
LONGEST_EDGE = 0.05  # of the longest side
FUSED_VOXELS = 112  # along the longest side: a bird's toes are four voxels wide
FUSED_BLUR = 0.8  # voxels: rounds the steps off
FUSED_FACES = 12_000
LOOSE = 0.02  # of the largest volume: a smaller piece is a speck
SHEET_FRAMES, SHEET_SIZE, SHEET_COLUMNS = 6, 112, 2
SIDE_VIEWS_DEG = (90.0, 0.0)  # from the subject's left, from the front


def fused(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One closed surface around all shells."""
    solid = voxelise(vertices, faces, FUSED_VOXELS)
    filled = ndimage.gaussian_filter(solid.occupied.astype(np.float32), FUSED_BLUR)
    points, triangles, _, _ = measure.marching_cubes(filled, 0.5, gradient_direction="ascent")
    mesh = Mesh(torch.from_numpy(solid.to_world(points)).float(), torch.tensor(triangles.astype(np.int64)))
    mesh = simplify(remove_loose_pieces(mesh, LOOSE), FUSED_FACES)
    return mesh.vertices.numpy(), mesh.faces.numpy()


def divided(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The shells with their long faces divided evenly."""
    longest = LONGEST_EDGE * float(np.ptp(vertices, axis=0).max())
    return trimesh.remesh.subdivide_to_size(vertices, faces, longest, max_iter=20)[:2]


def made(name: str, plan: str, shells: str = "fused") -> Asset:
    """A made object of one plan, rigged; its shells "fused", "divided", or "coarse" as they were made."""
    thing = MAKERS[name](np.random.default_rng(3))
    vertices, faces = np.asarray(thing.vertices), np.asarray(thing.faces)
    match shells:
        case "fused":
            vertices, faces = fused(vertices, faces)
        case "divided":
            vertices, faces = divided(vertices, faces)
    mesh = Mesh(torch.tensor(vertices).float(), torch.tensor(faces).long())
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
        chosen = given.plans.split(",") if given.plans else list(MADE)
        shells = "coarse" if given.coarse else "divided" if given.shells else "fused"
        yield from (made(name, MADE[name], shells) for name in chosen)


def measured(clip: Clip, asset: Asset) -> ClipMeasures:
    """One clip as a file holds it: where a joint turns far between two keyframes, others lie between them."""
    assert asset.skeleton is not None and asset.skin is not None
    return measure_clip(with_short_turns(clip), asset.skeleton, asset.skin, asset.mesh)


def sheet(asset: Asset, clips: tuple[Clip, ...], path: Path) -> None:
    """A row of frames a clip, from the side and below it from the front."""
    assert asset.skeleton is not None and asset.skin is not None
    rows = []
    for clip in clips:
        last = len(clip.times) - 1
        chosen = torch.linspace(0, last * (1 - 1 / SHEET_FRAMES if clip.loop else 1), SHEET_FRAMES).round().long()
        joints = clip_joint_to_world(clip, asset.skeleton)[chosen]
        posed = skin_vertices(asset.mesh.vertices.double(), asset.skin, asset.skeleton, joints).float()
        for azimuth in SIDE_VIEWS_DEG:
            angle = torch.tensor(math.radians(CLIP_VIEW_DEG[0] - azimuth))
            turn = quaternion_to_matrix(axis_angle((0.0, 1.0, 0.0), angle))
            rows.append(torch.cat(list(preview_frames(asset, posed @ turn.T, SHEET_SIZE)), 1))
    height = 2 * -(-len(rows) // (2 * SHEET_COLUMNS))
    rows += [torch.ones_like(rows[0])] * (SHEET_COLUMNS * height - len(rows))
    columns = [torch.cat(rows[i * height : (i + 1) * height]) for i in range(SHEET_COLUMNS)]
    path.parent.mkdir(parents=True, exist_ok=True)
    save_png(torch.cat(columns, 1), path)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*")
    parser.add_argument("--rigs", action="store_true")
    parser.add_argument("--faults", action="store_true")
    parser.add_argument("--sheets", type=Path)
    parser.add_argument("--shells", action="store_true")
    parser.add_argument("--coarse", action="store_true")
    parser.add_argument("--plans", help="made objects, separated by commas: " + ", ".join(MADE))
    given = parser.parse_args()
    if unknown := [name for name in (given.plans or "").split(",") if name and name not in MADE]:
        parser.error(f"--plans: got '{unknown[0]}', allowed are {', '.join(MADE)}.")
    torch.set_num_threads(1)
    print(MOTION_HEADER)
    beyond = dict.fromkeys([*LIMITS, "steps"], 0)
    total = 0
    for asset in assets(given):
        if asset.skeleton is None or asset.skin is None:
            print(f"{asset.name}: it has no skeleton, so nothing of it is measured", flush=True)
            continue
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
            measures = measured(clip, asset)
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
