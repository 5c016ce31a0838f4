"""Training of the joint networks: rigs with labelled joints and made-up creatures -> gen4d/rig/joint-net*.safetensors.

python -m gen4d.evaluate.train_rig_joints RIGS --out gen4d/rig/joint-net.safetensors --minutes 20
python -m gen4d.evaluate.train_rig_joints RIGS --start gen4d/rig/joint-net.safetensors --rate 1e-3 --quadrupeds 1 \\
    --out gen4d/rig/joint-net-quadruped.safetensors --minutes 40

RIGS is a folder of .npz files, one a rig, as `rig_corpus` writes them; the rigs of a source are drawn as often as those
of another.
"""

import argparse
import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from gen4d.errors import NumericsError
from gen4d.evaluate.rig_variants import RigPoints, Sample, creature_sample, rig_sample
from gen4d.rig.joint_net import CHANNELS, GRID, LANDMARKS, JointNet

logger = logging.getLogger(__name__)

BATCH = 12
LEARNING_RATE = 2.5e-3
CREATURES = 0.4  # share of made-up shapes
QUADRUPEDS = 0.5
SPREAD_WEIGHT = 0.03
WARM_UP = 60


def read_points(path: Path) -> tuple[RigPoints, str]:
    """One rig and the name of its source."""
    with np.load(path) as held:
        arrays = {name: held[name] for name in ("points", "joints", "weights", "parents", "places")}
        return RigPoints(str(held["plan"]), **arrays, landmarks=json.loads(str(held["landmarks"]))), str(held["source"])


def samples(
    rigs: list[RigPoints], sources: list[str], rng: np.random.Generator, quadrupeds: float = QUADRUPEDS
) -> Iterator[Sample]:
    """Shapes without end: a share of quadrupeds among bipeds, then sources alike, then rigs alike."""
    groups: dict[str, dict[str, list[RigPoints]]] = {plan: {} for plan in LANDMARKS}
    for rig, source in zip(rigs, sources, strict=True):
        groups[rig.plan].setdefault(source, []).append(rig)
    while True:
        plan = "quadruped" if rng.random() < quadrupeds else "biped"
        if rng.random() < CREATURES or not groups[plan]:
            yield creature_sample(plan, rng)
            continue
        source = sorted(groups[plan])[rng.integers(len(groups[plan]))]
        members = groups[plan][source]
        yield rig_sample(members[rng.integers(len(members))], rng)


def train(
    rigs: list[RigPoints],
    sources: list[str],
    *,
    minutes: float,
    seed: int,
    rate: float = LEARNING_RATE,
    quadrupeds: float = QUADRUPEDS,
    start: Path | None = None,
    out: Path,
) -> JointNet:
    """Train for a time and save in bfloat16 now and then.

    Args:
        rate: the highest learning rate; less than the usual one where training goes on from `start`.
        quadrupeds: share of the shapes; at 1 the net forgets bipeds.

    Raises:
        NumericsError: the loss is not finite.
    """
    torch.manual_seed(seed)
    net = JointNet()
    if start is not None:
        net.load_state_dict({k: v.float() for k, v in load_file(start).items()})
    optimizer = torch.optim.AdamW(net.parameters(), rate, weight_decay=1e-4)
    stream = samples(rigs, sources, np.random.default_rng(seed), quadrupeds)
    begin, last, step, shown = time.monotonic(), time.monotonic(), 0, []
    while (done := (time.monotonic() - begin) / (60 * minutes)) < 1:
        share = min(1.0, (step + 1) / WARM_UP) * (0.5 + 0.5 * np.cos(np.pi * done))
        for group in optimizer.param_groups:
            group["lr"] = max(rate * share, 1e-5)
        grids, labels = _batch([next(stream) for _ in range(BATCH)])
        places, spread = net(grids)
        known = torch.isfinite(labels).all(2)
        distance = (places - torch.nan_to_num(labels)).norm(dim=2)
        loss = distance[known].mean() + SPREAD_WEIGHT * spread[known].mean()
        if not torch.isfinite(loss):
            raise NumericsError(f"joint net: the loss at step {step} is {float(loss)}.")
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimizer.step()
        shown.append(float(distance[known].mean().detach()))
        step += 1
        if time.monotonic() - last > 60:
            logger.info("%5.1f min, step %d: %.2f cells", done * minutes, step, np.mean(shown))
            last, shown = time.monotonic(), []
            _save(net, out)
    _save(net, out)
    return net


def _batch(made: list[Sample]) -> tuple[torch.Tensor, torch.Tensor]:
    """Cells (B, 48, 48, 48) and labels (B, `CHANNELS`, 3), NaN where a plan has no such landmark."""
    grids = torch.from_numpy(np.stack([grid for grid, _, _ in made]).astype(np.float32))
    labels = torch.full((len(made), CHANNELS, 3), torch.nan)
    for row, (_, places, plan) in enumerate(made):
        first = 0 if plan == "biped" else len(LANDMARKS["biped"])
        inside = np.all((places > -2) & (places < GRID + 1), axis=1)  # a label far outside is a joint of something else
        labels[row, first : first + len(places)] = torch.from_numpy(np.where(inside[:, None], places, np.nan)).float()
    return grids, labels


def _save(net: JointNet, out: Path) -> None:
    save_file({name: tensor.bfloat16().contiguous() for name, tensor in net.state_dict().items()}, out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rigs", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--rate", type=float, default=LEARNING_RATE, help="highest learning rate; 1e-3 after --start")
    parser.add_argument("--quadrupeds", type=float, default=QUADRUPEDS, help="share of the shapes; the rest are bipeds")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    pairs = [read_points(path) for path in sorted(given.rigs.glob("*.npz"))]
    rigs, sources = [rig for rig, _ in pairs], [source for _, source in pairs]
    train(
        rigs,
        sources,
        minutes=given.minutes,
        seed=given.seed,
        rate=given.rate,
        quadrupeds=given.quadrupeds,
        start=given.start,
        out=given.out,
    )


if __name__ == "__main__":
    main()
