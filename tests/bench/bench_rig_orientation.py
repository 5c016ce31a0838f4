"""How often a rigged GLB that lies or faces elsewhere is stood up again, and one that stands is left alone.

python tests/bench/bench_rig_orientation.py DIR [--words] [--held-out]
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from gen4d.evaluate.rigged_files import read_rigged
from gen4d.evaluate.rigs import is_held_out
from gen4d.evaluate.skeleton_kinds import plan_of_rig
from gen4d.rig.config import RigConfig
from gen4d.rig.orientation import find_orientation, turn
from gen4d.rig.plan_net import axis_rotations

TURNS = 4  # of the 23, drawn for each rig
THINGS = ("prop", "plant", "vehicle")  # have no front to be found, but should stay as they are


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--words", action="store_true", help="tell the file's name, as `gen4d rig` does")
    parser.add_argument("--held-out", action="store_true", help="only what is kept out of tuning, else only the rest")
    given = parser.parse_args()
    torch.set_num_threads(1)
    counts = dict.fromkeys(("creatures", "stay", "turns", "stood up", "and to the front", "turned wrongly"), 0)
    things = [0, 0]
    for path in sorted(given.folder.rglob("*.glb")):
        name = f"{path.parent.name}/{path.stem}"
        if is_held_out(name) != given.held_out or (rig := read_rigged(path)) is None:
            continue
        hint = path.stem if given.words else ""
        stays = bool((find_orientation(rig.mesh, RigConfig(), hint).rotation == np.eye(3)).all())
        if plan_of_rig(name, rig.names, rig.joints) in THINGS:
            things = [things[0] + stays, things[1] + 1]
            continue
        counts["creatures"] += 1
        counts["stay"] += stays
        for index in np.random.default_rng(len(name)).choice(np.arange(1, 24), TURNS, replace=False):
            rotation = axis_rotations()[index]
            found = find_orientation(turn(rig.mesh, rotation), RigConfig(), hint).rotation
            whole = found @ rotation
            upright = whole[1].tolist() == [0, 1, 0]
            counts["turns"] += 1
            counts["stood up"] += upright
            counts["and to the front"] += bool((whole == np.eye(3)).all())
            counts["turned wrongly"] += not upright and bool((found != np.eye(3)).any())
    print(
        ", ".join(f"{key} {value}" for key, value in counts.items()), f"; things that stay: {things[0]} of {things[1]}"
    )


if __name__ == "__main__":
    main()
