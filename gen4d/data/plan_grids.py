"""Shapes as the plan network sees them, with their body plans: training objects, artists' rigs posed anew, creatures.

    python -m gen4d.data.plan_grids --shards SHARDS --rigs OUT/joints --out grids.npz

The objects of `gen4d data build` are carved out of their six depth maps, so that no source has to be read again. RIGS
is the folder of `gen4d.evaluate.rig_corpus`: its people and animals take other builds and poses. Creatures of
`gen4d.evaluate.rig_made` bring builds no artist made.
"""

import argparse
import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from safetensors import safe_open

from gen4d.data.duplicates import read_dropped
from gen4d.data.makers import MAKERS
from gen4d.data.records import Record
from gen4d.data.shards import shard_paths, shard_records
from gen4d.evaluate.rig_made import MAKERS as CREATURE_MAKERS
from gen4d.evaluate.rig_variants import creature_cells, rig_sample
from gen4d.evaluate.rigs import is_held_out as rig_is_held_out
from gen4d.evaluate.train_rig_joints import read_points
from gen4d.export.names import slug
from gen4d.rig.plan_net import GRID, fill_net_grid
from gen4d.rig.voxels import voxelise
from gen4d.rig.words import plan_from_words
from gen4d.streams import Streams

CELLS = 64  # a side, of the cube that depth maps are carved from
HALF_EXTENT = 0.55  # of the six canonical views
SEEN = 65534 / 65535  # depth beyond which a pixel is empty
SLACK = 1.0 / CELLS  # a surface lies this far in front of or behind its pixel's depth
KEPT = {"prop": 3, "biped": 3}  # every third of plans that have many; the rest is like them
VARIANTS, CREATURES = 10, 350  # of every rig; of every kind
MADE = 80  # objects of every maker of a rare plan
RARE_PLANS = {"bird", "fish", "snake", "insect", "spider"}
PACK_PLANS = {"modular_men": "biped", "modular_women": "biped", "cute_fish_pack": "fish", "fish_pack": "fish"}
# Image right, image up and the way to the camera of the six canonical views: front, right, back, left, top, bottom.
VIEWS = np.array([
    [[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[0, 0, -1], [0, 1, 0], [1, 0, 0]], [[-1, 0, 0], [0, 1, 0], [0, 0, -1]],
    [[0, 0, 1], [0, 1, 0], [-1, 0, 0]], [[1, 0, 0], [0, 0, -1], [0, 1, 0]], [[1, 0, 0], [0, 0, 1], [0, -1, 0]],
], np.float64)  # fmt: skip

Shape = tuple[str, str, np.ndarray, bool]  # id, plan, cells (32, 32, 32) bool, whether it is kept for validation


def stored_shapes(folder: Path) -> Iterator[Shape]:
    """The objects of a folder of shards whose plan is known; what is called by no plan is a prop."""
    dropped = read_dropped(folder)
    for path in shard_paths(folder):
        with safe_open(path, "np") as opened:
            maps = opened.get_slice("depth")
            for row, record in enumerate(shard_records(path)):
                plan = plan_of_record(record)
                many = KEPT.get(plan, 1) if record.source != "makers" else 1
                if record.id in dropped or _hash(record.id) % many:
                    continue
                cells = carve(maps[row : row + 1][0])
                if cells.any():
                    yield record.id, plan, fill_net_grid(cells), record.split != "train"


def plan_of_record(record: Record) -> str:
    """The plan the source knows, or the one the caption names, or "prop"."""
    if record.plan:
        return record.plan
    pack = record.id.split("/")[1]
    named = plan_from_words(record.captions[0])
    return PACK_PLANS.get(pack, named[0] if named else "prop")


def carve(depth: np.ndarray) -> np.ndarray:
    """What six depth maps (6, S, S) uint16 leave of the canonical cube, (64, 64, 64) bool: cells no view sees through.

    Surfaces thinner than a cell are kept, since their pixels mark the cells they lie in.
    """
    axis = (np.arange(CELLS) + 0.5) / CELLS - 0.5
    centers = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    kept = np.ones(len(centers), bool)
    size = depth.shape[1]
    rows, columns = np.meshgrid(np.arange(size), np.arange(size), indexing="ij")
    across = ((columns + 0.5) / size * 2 - 1) * HALF_EXTENT
    upward = (1 - (rows + 0.5) / size * 2) * HALF_EXTENT
    marked = np.zeros((CELLS,) * 3, bool)
    for view, axes in zip(depth.astype(np.float64) / 65535, VIEWS, strict=True):
        right, up, near = (centers @ direction for direction in axes)
        column = ((right / HALF_EXTENT + 1) / 2 * size).astype(np.int64).clip(0, size - 1)
        row = ((1 - up / HALF_EXTENT) / 2 * size).astype(np.int64).clip(0, size - 1)
        kept &= 0.5 - near >= view[row, column] - SLACK
        kept &= view[row, column] < SEEN
        seen = view < SEEN
        points = np.stack([across[seen], upward[seen], 0.5 - view[seen]], 1) @ axes
        cells = np.floor((points + 0.5) * CELLS).astype(np.int64).clip(0, CELLS - 1)
        marked[tuple(cells.T)] = True
    return marked | kept.reshape(marked.shape)


def posed_shapes(folder: Path) -> Iterator[Shape]:
    """Artists' bipeds and quadrupeds in other builds and poses."""
    for path in sorted(folder.glob("*.npz")):
        points, _ = read_points(path)
        for variant in range(VARIANTS):
            rng = np.random.default_rng((_hash(path.stem) % 2**32, variant))
            yield f"rig/{path.stem}/{variant}", points.plan, fill_net_grid(rig_sample(points, rng)[0]), False


def creature_shapes() -> Iterator[Shape]:
    """Made-up creatures of every plan; were there but two, the network would take all that is made so for those."""
    for kind, (plan, maker) in CREATURE_MAKERS.items():
        for number in range(CREATURES):
            rng = Streams(0).numpy("data.plan_grids", f"{kind} {number}")
            cells = creature_cells(maker(rng), rng)
            if cells.any():
                yield f"creature/{kind}/{number}", plan, fill_net_grid(cells), False


def made_shapes() -> Iterator[Shape]:
    """More objects of the parametric makers whose plan is a rare one."""
    for name, maker in MAKERS.items():
        for number in range(MADE):
            made = maker(Streams(0).numpy("data.plan_grids", f"made {name} {number}"))
            if made.plan not in RARE_PLANS:
                break
            yield (
                f"made/{name}/{number}",
                made.plan,
                fill_net_grid(voxelise(made.vertices, made.faces, GRID).occupied),
                False,
            )


def is_held_out(name: str) -> bool:
    """Whether a shape belongs to a rig that `gen4d eval rig` keeps out of tuning."""
    source, _, rest = name.partition("/")
    if source == "quaternius":
        return rig_is_held_out(rest)
    return source == "zeroad" and rig_is_held_out(f"zeroad/{slug(rest.rpartition('/')[2])}")


def _hash(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest(), 16)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=Path, required=True)
    parser.add_argument("--rigs", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    shapes = [*stored_shapes(given.shards), *creature_shapes(), *made_shapes()]
    if given.rigs is not None:
        shapes += posed_shapes(given.rigs)
    names, plans, cells, validation = zip(*shapes, strict=True)
    packed = np.packbits(np.stack(cells).reshape(len(cells), GRID**3), axis=1)
    np.savez_compressed(given.out, g=packed, p=np.array(plans), i=np.array(names), v=np.array(validation))


if __name__ == "__main__":
    main()
