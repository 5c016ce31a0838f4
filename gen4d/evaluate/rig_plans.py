"""Which body plan is seen in rigged GLBs whose names are hidden: a table of confusion, and what was taken for what.

    python -m gen4d.evaluate.rig_plans DIR... [--words] [--held-out | --no-held-out]

Each mesh goes the way `gen4d rig` takes: it is stood up if it seems to lie, then its plan is guessed.
"""

import argparse
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from gen4d.context import Context
from gen4d.evaluate.rigged_files import read_rigged
from gen4d.evaluate.rigs import is_held_out
from gen4d.evaluate.skeleton_kinds import plan_of_rig
from gen4d.rig.config import RigConfig
from gen4d.rig.names import PLAN_NAMES
from gen4d.rig.orientation import settle_orientation, turn
from gen4d.rig.plan import guess_plan
from gen4d.streams import Streams

logger = logging.getLogger(__name__)

SHOWN = 5  # letters of a plan in the table's head


@dataclass(frozen=True)
class SeenPlan:
    """One mesh: the plan it was made for, the plan found, how sure, and whether it was turned though it stood."""

    id: str
    plan: str
    guessed: str
    confidence: float
    turned: bool


def see_plans(folder: Path, *, words: bool = False, held_out: bool | None = None) -> Iterator[SeenPlan]:
    """Guess the plan of every skinned GLB below a folder.

    Args:
        words: tell the file's name, as `gen4d rig` does.
        held_out: only the rigs kept out of tuning, only the others, or (None) all.
    """
    for path in sorted(folder.rglob("*.glb")):
        name = f"{path.parent.name}/{path.stem}"
        if held_out is not None and is_held_out(name) != held_out:
            continue
        if (reference := read_rigged(path)) is None:
            continue
        hint, cfg = path.stem if words else "", RigConfig()
        rotation = settle_orientation(reference.mesh, cfg, Context(Streams(0)), hint)
        guess = guess_plan(turn(reference.mesh, rotation), hint)
        plan = plan_of_rig(reference.id, reference.names, reference.joints)
        yield SeenPlan(name, plan, guess.plan, guess.confidence, bool((rotation != np.eye(3)).any()))


def confusion_table(seen: list[SeenPlan]) -> str:
    """Rows: the true plans; columns: the plans found, how often."""
    counts = Counter((one.plan, one.guessed) for one in seen)
    head = f"{'':12}" + "".join(f"{plan[:SHOWN]:>7}" for plan in PLAN_NAMES) + "   right"
    lines = [head]
    for plan in PLAN_NAMES:
        total = sum(one.plan == plan for one in seen)
        if total:
            cells = "".join(f"{counts[plan, other] or '.':>7}" for other in PLAN_NAMES)
            lines.append(f"{plan:12}{cells}   {counts[plan, plan]} of {total}")
    right = sum(one.plan == one.guessed for one in seen)
    turned = sum(one.turned for one in seen)
    return "\n".join([*lines, f"all: {right} of {len(seen)}; turned though they stand: {turned}"])


def calibration_line(seen: list[SeenPlan]) -> str:
    """How often the guess is right where it is sure, and where it is not."""
    parts = []
    for low, high in ((0.0, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01)):
        inside = [one.plan == one.guessed for one in seen if low <= one.confidence < high]
        parts.append(f"{low:g}-{min(high, 1):g}: {sum(inside)} of {len(inside)}")
    return "right by confidence: " + ", ".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--words", action="store_true", help="tell the file's name, as `gen4d rig` does")
    parser.add_argument("--held-out", action=argparse.BooleanOptionalAction, default=None)
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logger.setLevel(logging.INFO)
    torch.set_num_threads(1)
    seen = []
    for folder in given.folders:
        for one in see_plans(folder, words=given.words, held_out=given.held_out):
            seen.append(one)
            if one.plan != one.guessed or one.turned:
                kept = "  held out" if is_held_out(one.id) else ""
                turned = ", turned" if one.turned else ""
                logger.info(
                    "%s: %s taken for %s (%.2f)%s%s", one.id, one.plan, one.guessed, one.confidence, turned, kept
                )
    logger.info("%s\n%s", confusion_table(seen), calibration_line(seen))


if __name__ == "__main__":
    main()
