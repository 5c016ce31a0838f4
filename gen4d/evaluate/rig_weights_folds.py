"""Cross-validation of the weight network: every make of rigs is scored by a network that saw none of that make.

    python -m gen4d.evaluate.rig_weights_folds FOLDER

FOLDER holds the rigged GLBs that `train_rig_weights` trains on. Beliefs in the network are compared with heat alone,
plan by plan; nothing that `is_held_out` keeps back is looked at.
"""

import argparse
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from gen4d.evaluate.rig_metrics import sharpen
from gen4d.evaluate.rigged_files import read_rigged
from gen4d.evaluate.skeleton_kinds import plan_of_rig
from gen4d.evaluate.train_rig_weights import Lesson, lesson_of, train
from gen4d.rig.weight_net import BELIEF
from gen4d.rig.weights import strongest

logger = logging.getLogger(__name__)

FOLDS = 4
LARGEST_MAKE = 12  # rigs; a larger make, of which nothing would be left to learn from, is split by rig
BELIEFS = (0.0, 0.3, 0.5, 0.7, BELIEF, 1.0)


@dataclass(frozen=True)
class Rig:
    """A lesson, where it comes from, and its plan."""

    name: str
    make: str
    plan: str
    lesson: Lesson


def fold_of(rig: Rig, rigs: Sequence[Rig]) -> int:
    """The fold that scores this rig."""
    large = sum(other.make == rig.make for other in rigs) > LARGEST_MAKE
    key = rig.name if large else rig.make
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % FOLDS


def cross_validate(rigs: Sequence[Rig]) -> dict[str, list[float]]:
    """Mean L1 of each rig at every belief, by a network that did not see its make; by the rig's name."""
    scores: dict[str, list[float]] = {}
    for fold in range(FOLDS):
        seen = [rig.lesson for rig in rigs if fold_of(rig, rigs) != fold]
        scored = [rig for rig in rigs if fold_of(rig, rigs) == fold]
        if not seen or not scored:
            continue
        net = train(seen, seed=fold)
        for rig in scored:
            lesson = rig.lesson
            with torch.inference_mode():
                found = net(torch.from_numpy(lesson.features), torch.from_numpy(lesson.heat)).numpy()
            heat = lesson.heat / np.maximum(lesson.heat.sum(1, keepdims=True), 1e-12)  # 1e-12: cold candidates
            scores[rig.name] = [l1(b * found + (1 - b) * heat, lesson.truth) for b in BELIEFS]
        logger.info("fold %d: %d rigs", fold + 1, len(scored))
    return scores


def l1(weights: np.ndarray, truth: np.ndarray) -> float:
    """As `rig_metrics.score_skin`, with what the artist gave to bones that are no candidates counted as missed."""
    lost = 1 - truth.sum(1)
    return float((np.abs(sharpen(strongest(weights)) - truth).sum(1) + lost).mean())


def table(rigs: Sequence[Rig], scores: dict[str, list[float]]) -> str:
    """A line a plan and one for all."""
    lines = [
        "| plan | rigs | " + " | ".join(f"belief {b:g}" for b in BELIEFS) + " |",
        "|---" * (len(BELIEFS) + 2) + "|",
    ]
    for plan in [*sorted({rig.plan for rig in rigs}), "all"]:
        members = [scores[rig.name] for rig in rigs if plan in (rig.plan, "all") and rig.name in scores]
        if members:
            means = " | ".join(f"{value:.3f}" for value in np.mean(members, 0))
            lines.append(f"| {plan} | {len(members)} | {means} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    rng, rigs = np.random.default_rng(0), []
    for path in sorted(given.folder.rglob("*.glb")):
        reference = read_rigged(path)
        if reference is None or len(reference.names) < 2:
            continue
        words = path.stem.split("-")
        plan = plan_of_rig(" ".join(words[1:]), reference.names, reference.joints)
        rigs.append(Rig(path.stem, "-".join(words[:3]), plan, lesson_of(reference, rng)))
    logger.info("%s", table(rigs, cross_validate(rigs)))


if __name__ == "__main__":
    main()
