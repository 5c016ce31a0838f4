"""Training of the weight network on the weights of artists' rigs -> gen4d/rig/weight-net.safetensors.

    python -m gen4d.evaluate.train_rig_weights FOLDER --out gen4d/rig/weight-net.safetensors

FOLDER holds rigged GLBs, as `rig_corpus` gathers them. What `is_held_out` keeps back must not be among them.
"""

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from gen4d.errors import NumericsError
from gen4d.evaluate.rig_metrics import painted
from gen4d.evaluate.rigged_files import ReferenceRig, read_rigged
from gen4d.rig.given import bones_from_joints
from gen4d.rig.voxels import voxelise
from gen4d.rig.weight_net import SurfaceFacts, WeightNet, candidates, pair_features
from gen4d.rig.weights import HEAT, SOFT_HEAT, bone_distances, bone_heat, weld_mesh

logger = logging.getLogger(__name__)

VERTICES = 1500  # of each rig, drawn by how often the metric counts them
RESOLUTION = 96
STEPS = 900  # as in the cross-validation that `weight_net.BELIEF` reports
BATCH = 1024  # vertices, of many rigs
LEARNING_RATE = 3e-3


@dataclass(frozen=True)
class Lesson:
    """Vertices of one rig: features (N, K, 22), heat (N, K), the artist's weights (N, K) of the candidates."""

    features: np.ndarray
    heat: np.ndarray
    truth: np.ndarray


def lesson_of(reference: ReferenceRig, rng: np.random.Generator) -> Lesson:
    """What can be learned from one rig."""
    solid = voxelise(reference.mesh.vertices.numpy(), reference.mesh.faces.numpy(), RESOLUTION)
    bones = bones_from_joints(reference.names, reference.parents, reference.joints, solid)
    welded, vertices, faces = weld_mesh(reference.mesh)
    distance = bone_distances(vertices, bones, solid)
    heats = bone_heat(vertices, faces, distance, HEAT), bone_heat(vertices, faces, distance, SOFT_HEAT)
    chosen = candidates(distance, heats[0])
    features = pair_features(slice(None), chosen, SurfaceFacts(vertices, faces, heats[0]), bones, distance, heats)
    first = np.zeros(len(vertices), np.int64)
    first[welded] = np.arange(len(welded))
    truth = reference.weights[first]
    copies = np.bincount(welded, minlength=len(vertices)) * painted(truth)
    kept = rng.choice(len(vertices), VERTICES, p=copies / copies.sum())
    heat, truth = (np.take_along_axis(values, chosen, 1)[kept] for values in (heats[0], truth))
    return Lesson(features[kept].astype(np.float32), heat.astype(np.float32), truth.astype(np.float32))


def train(lessons: list[Lesson], seed: int = 0, steps: int = STEPS) -> WeightNet:
    """Least absolute difference from the artists' weights; every rig counts alike, one with few bones too.

    Raises:
        NumericsError: the loss is not finite.
    """
    torch.manual_seed(seed)
    net, rng = WeightNet(), np.random.default_rng(seed)
    optimizer = torch.optim.AdamW(net.parameters(), LEARNING_RATE, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps)
    shown: list[float] = []
    for step in range(steps):
        features, heat, truth = _batch(lessons, rng)
        loss = (net(features, heat) - truth).abs().sum(1).mean()
        if not torch.isfinite(loss):
            raise NumericsError(f"weight net: the loss at step {step} is {float(loss)}.")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        shown.append(float(loss.detach()))
        if (step + 1) % 500 == 0:
            logger.info("step %d: %.3f", step + 1, np.mean(shown[-500:]))
    return net.eval()


def _batch(lessons: list[Lesson], rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Vertices of eight rigs; rigs with fewer bones than candidates are padded with cold ones."""
    widest = max(lesson.heat.shape[1] for lesson in lessons)
    picked = []
    for index in rng.integers(len(lessons), size=8):
        lesson = lessons[index]
        rows = rng.integers(len(lesson.heat), size=BATCH // 8)
        missing = widest - lesson.heat.shape[1]
        picked.append((
            np.pad(lesson.features[rows], ((0, 0), (0, missing), (0, 0))),
            np.pad(lesson.heat[rows], ((0, 0), (0, missing)), constant_values=-LEAST_ABSENT),
            np.pad(lesson.truth[rows], ((0, 0), (0, missing))),
        ))  # fmt: skip
    features, heat, truth = (torch.from_numpy(np.concatenate(part)) for part in zip(*picked, strict=True))
    return features, heat, truth


LEAST_ABSENT = 0.999e-3  # just less than `LEAST_HEAT`: the logarithm of what is left is almost no weight at all


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    rng, lessons = np.random.default_rng(0), []
    for path in sorted(given.folder.rglob("*.glb")):
        if (reference := read_rigged(path)) is not None:
            lessons.append(lesson_of(reference, rng))
    net = train(lessons)
    save_file({name: tensor.bfloat16().contiguous() for name, tensor in net.state_dict().items()}, given.out)


if __name__ == "__main__":
    main()
