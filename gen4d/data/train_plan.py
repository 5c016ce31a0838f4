"""Training of the network that tells body plans and orientations: shapes -> gen4d/rig/plan-net.safetensors.

    python -m gen4d.data.train_plan grids.npz --out gen4d/rig/plan-net.safetensors

`plan_grids` makes the file; each object stands as its source shows it, facing +Z. What `is_held_out` keeps back and the
validation objects are not trained on; their scores are printed.
"""

import argparse
import logging
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from scipy import ndimage
from torch.nn.functional import affine_grid, cross_entropy, grid_sample

from gen4d.data.plan_grids import is_held_out
from gen4d.rig.names import PLAN_NAMES
from gen4d.rig.plan_net import GRID, WRONG, PlanNet, axis_rotations, plan_probabilities, turned

logger = logging.getLogger(__name__)

BATCH = 48
LEARNING_RATE = 2e-3
JITTER = np.radians(9.0)
STRETCH = 0.22
SWOLLEN, WORN, PATCHED = 0.15, 0.07, 0.15  # shares of shapes that grow or lose a layer, and that get or lose a block
LARGEST_PATCH = 4  # cells
LOG_EVERY = 250
EVENNESS = 0.4  # 1 would draw a plan of ten shapes as often as one of a thousand


def train(grids: np.ndarray, plans: np.ndarray, sources: np.ndarray, steps: int, seed: int) -> PlanNet:
    """Fit the network; half of each batch stands right, half is turned some other way.

    Args:
        grids: (N, 32, 32, 32) uint8 of 0 and 1.
        plans: (N,) int64, places in `PLAN_NAMES`.
        sources: (N,) names; a source with few shapes of a plan is drawn more often than its share.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = PlanNet()
    optimizer = torch.optim.AdamW(net.parameters(), LEARNING_RATE, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, steps)
    kinds = np.unique(np.char.add(sources, plans.astype(str)), return_inverse=True)[1]
    chances = _evened(plans) * _evened(kinds)
    chances /= chances.sum()
    for step in range(steps):
        chosen = rng.choice(len(grids), BATCH, p=chances)
        batch, labels = [], []
        for row, index in enumerate(chosen):
            grid = grids[index] if rng.random() < 0.5 else turned(grids[index], np.diag([-1, 1, 1]))
            rotation = rng.integers(1, 24) if row % 2 else 0
            batch.append(turned(grid, axis_rotations()[rotation]).copy())
            labels.append(WRONG if rotation else plans[index])
        images = torch.from_numpy(np.stack(batch)).float()[:, None]
        images[: BATCH // 2] = _changed(_shaken(images[: BATCH // 2], rng), rng)  # the others stay sharp
        loss = cross_entropy(net(images), torch.tensor(labels), label_smoothing=0.02)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % LOG_EVERY == 0:
            logger.info("step %d: %.3f", step, float(loss.detach()))
    return net.eval()


def _evened(groups: np.ndarray) -> np.ndarray:
    """How often each member of groups (N,) is drawn, so that small groups are seen too, (N,)."""
    return (1 / np.maximum(np.bincount(groups), 1) ** EVENNESS)[groups]


def _shaken(images: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Small random turns and stretches of each grid."""
    turns = rng.normal(size=(len(images), 3)) * JITTER / 2
    matrices = np.zeros((len(images), 3, 4), np.float32)
    for row, (x, y, z) in enumerate(turns):
        matrices[row, :, :3] = np.eye(3) + np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    matrices[:, :, :3] *= 1 + STRETCH * rng.uniform(-1, 1, size=(len(images), 3, 1)).astype(np.float32)
    where = affine_grid(torch.from_numpy(matrices), list(images.shape), align_corners=False)
    return grid_sample(images, where, mode="nearest", align_corners=False)


def _changed(images: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Some shapes thicker or thinner, some with a block of cells more or less: things held, missing or crude."""
    result = images.numpy() > 0.5
    for row in range(len(result)):
        grid, kind = result[row, 0], rng.random()
        if kind < SWOLLEN:
            grid = ndimage.binary_dilation(grid)
        elif kind < SWOLLEN + WORN and (thin := ndimage.binary_erosion(grid)).sum() > 0.4 * grid.sum():
            grid = thin  # a figure of thin limbs would vanish
        if rng.random() < PATCHED and grid.any():
            inside = np.argwhere(grid)
            size = rng.integers(1, LARGEST_PATCH + 1, 3)
            low = np.maximum(inside[rng.integers(len(inside))] - size // 2, 0)
            x, y, z = (slice(a, a + n) for a, n in zip(low, size, strict=True))
            grid = grid.copy()
            grid[x, y, z] = rng.random() < 0.7
        result[row, 0] = grid
    return torch.from_numpy(result.astype(np.float32))


def score(net: PlanNet, grids: np.ndarray, plans: np.ndarray) -> dict[str, float]:
    """Shares of objects whose plan is right as they stand, and whose plan and up axis are right in any pose."""
    upright, any_pose, up_axis, facing = [], [], [], []
    rotations = axis_rotations()
    for grid, plan in zip(grids.astype(np.float32), plans, strict=True):
        table = plan_probabilities(grid[None], net, rotations)
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("grids", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    data = np.load(given.grids)
    grids = np.unpackbits(data["g"], axis=1).reshape(-1, GRID, GRID, GRID)
    plans, names = np.array([PLAN_NAMES.index(plan) for plan in data["p"]]), data["i"]
    kept_out = np.array([is_held_out(name) for name in names]) | data["v"]
    sources = np.array([name.partition("/")[0] for name in names])
    net = train(grids[~kept_out], plans[~kept_out], sources[~kept_out], given.steps, given.seed)
    for source in np.unique(sources[kept_out]):
        chosen = kept_out & (sources == source)
        logger.info("%s, %d kept out: %s", source, chosen.sum(), score(net, grids[chosen], plans[chosen]))
    save_file({name: tensor.half().contiguous() for name, tensor in net.state_dict().items()}, given.out)


if __name__ == "__main__":
    main()
