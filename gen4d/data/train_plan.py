"""Training of the network that tells body plans and orientations: shapes -> gen4d/rig/plan-net.safetensors.

    python -m gen4d.data.train_plan --grids grids.npz --out gen4d/rig/plan-net.safetensors

`build_grids` makes the grids from the parametric makers and the Quaternius packs; each object stands as its source
shows it, facing +Z. What `is_held_out` keeps back is not trained on; its score is printed.
"""

import argparse
import hashlib
import logging
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch.nn.functional import affine_grid, cross_entropy, grid_sample

from gen4d.data.makers import MAKERS
from gen4d.data.sources import quaternius
from gen4d.evaluate.rigs import is_held_out as rig_is_held_out
from gen4d.rig.names import PLAN_NAMES
from gen4d.rig.plan_net import GRID, WRONG, PlanNet, axis_rotations, net_grid, plan_probabilities, turned
from gen4d.rig.voxels import voxelise
from gen4d.rig.words import plan_from_words

logger = logging.getLogger(__name__)

RESOLUTION = GRID
INSTANCES, PROP_INSTANCES = 8, 3  # of each maker; props have many makers
KEEP_PROPS = 4  # every fourth prop of the packs
BATCH = 48
LEARNING_RATE = 2e-3
JITTER = np.radians(9.0)
STRETCH = 0.15
PACK_PLANS = {"modular_men": "biped", "modular_women": "biped", "cute_fish_pack": "fish", "fish_pack": "fish"}


def build_grids(packs: Path, out: Path) -> None:
    """Voxelise every object once and save grids (N, 32, 32, 32) uint8, plans and ids."""
    grids, plans, names = [], [], []
    for name, plan, vertices, faces in _objects(packs):
        if not np.isfinite(vertices).all():
            logger.warning("left out %s: its vertices are not finite", name)
            continue
        grids.append((net_grid(voxelise(vertices, faces, RESOLUTION)) * 255).astype(np.uint8))
        plans.append(plan)
        names.append(name)
    np.savez_compressed(out, g=np.array(grids), p=np.array(plans), i=np.array(names))


def _objects(packs: Path) -> Iterable[tuple[str, str, np.ndarray, np.ndarray]]:
    for maker, make in MAKERS.items():
        for instance in range(INSTANCES):
            made = make(np.random.default_rng(1000 + instance))
            if made.plan == "prop" and instance >= PROP_INSTANCES:
                break
            yield f"maker/{maker}/{instance}", made.plan, made.vertices, made.faces
    for item in quaternius.iterate(packs):
        pack = item.id.split("/")[1]
        named = plan_from_words(item.captions[0])
        plan = PACK_PLANS.get(pack, named[0] if named else "prop")
        if plan == "prop" and _hash(item.id) % KEEP_PROPS:
            continue
        yield item.id, plan, item.vertices, item.faces


def is_held_out(name: str) -> bool:
    """Whether an object is kept out: the last instance of each maker, and the rigs `gen4d eval rig` keeps out."""
    source, group, item = name.split("/")
    return item == str(INSTANCES - 1) if source == "maker" else rig_is_held_out(f"{group}/{item}")


def _hash(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest(), 16)


def train(grids: np.ndarray, plans: np.ndarray, steps: int, seed: int) -> PlanNet:
    """Fit the network; half of each batch stands right, half is turned some other way.

    Args:
        grids: (N, 32, 32, 32) uint8.
        plans: (N,) int64, places in `PLAN_NAMES`.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = PlanNet()
    optimizer = torch.optim.AdamW(net.parameters(), LEARNING_RATE, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, steps)
    counts = np.bincount(plans, minlength=len(PLAN_NAMES))
    chances = (1 / np.maximum(counts, 1) ** 0.7)[plans]
    chances /= chances.sum()
    for _ in range(steps):
        chosen = rng.choice(len(grids), BATCH, p=chances)
        batch, labels = [], []
        for row, index in enumerate(chosen):
            grid = grids[index] if rng.random() < 0.5 else turned(grids[index], np.diag([-1, 1, 1]))
            rotation = rng.integers(1, 24) if row % 2 else 0
            batch.append(turned(grid, axis_rotations()[rotation]).copy())
            labels.append(WRONG if rotation else plans[index])
        images = _shaken(torch.from_numpy(np.stack(batch)).float()[:, None] / 255, rng)
        loss = cross_entropy(net(images), torch.tensor(labels), label_smoothing=0.02)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return net.eval()


def _shaken(images: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Small random turns and stretches of each grid."""
    turns = rng.normal(size=(len(images), 3)) * JITTER / 2
    matrices = np.zeros((len(images), 3, 4), np.float32)
    for row, (x, y, z) in enumerate(turns):
        matrices[row, :, :3] = np.eye(3) + np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    matrices[:, :, :3] *= 1 + STRETCH * rng.uniform(-1, 1, size=(len(images), 3, 1)).astype(np.float32)
    where = affine_grid(torch.from_numpy(matrices), list(images.shape), align_corners=False)
    return grid_sample(images, where, align_corners=False)


def score(net: PlanNet, grids: np.ndarray, plans: np.ndarray) -> dict[str, float]:
    """Shares of objects whose plan is right as they stand, and whose plan and up axis are right in any pose."""
    upright, any_pose, up_axis, facing = [], [], [], []
    rotations = axis_rotations()
    for grid, plan in zip(grids.astype(np.float32) / 255, plans, strict=True):
        table = plan_probabilities(grid, net)
        upright.append(table[0, :WRONG].argmax() == plan)
        best = np.unravel_index(table[:, :WRONG].argmax(), (24, WRONG))
        any_pose.append(best[1] == plan)
        if PLAN_NAMES[plan] not in ("prop", "plant"):
            up_axis.append(rotations[best[0]][1, 1] == 1)
            facing.append(best[0] == 0)
    return {
        "plan as it stands": float(np.mean(upright)),
        "plan in any pose": float(np.mean(any_pose)),
        "up axis": float(np.mean(up_axis)),
        "up axis and front": float(np.mean(facing)),
    }


def main() -> None:
    """Train from a file of grids, or build that file first where it is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packs", type=Path)
    parser.add_argument("--grids", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=3000)
    arguments = parser.parse_args()
    if not arguments.grids.exists():
        build_grids(arguments.packs, arguments.grids)
    data = np.load(arguments.grids)
    plans = np.array([PLAN_NAMES.index(plan) for plan in data["p"]])
    kept_out = np.array([is_held_out(name) for name in data["i"]])
    net = train(data["g"][~kept_out], plans[~kept_out], arguments.steps, seed=0)
    logging.basicConfig(level=logging.INFO)
    figures = score(net, data["g"][kept_out], plans[kept_out])
    logger.info("%d objects; held out %d: %s", (~kept_out).sum(), kept_out.sum(), figures)
    save_file({name: tensor.half().contiguous() for name, tensor in net.state_dict().items()}, arguments.out)


if __name__ == "__main__":
    main()
