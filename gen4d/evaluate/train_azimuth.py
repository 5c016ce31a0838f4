"""Training of the azimuth network: shards -> gen4d/photo/azimuth.safetensors.

    python -m gen4d.evaluate.train_azimuth SHARDS OUT.safetensors --backbone EFFICIENTNET.pth [--minutes 30]
    python -m gen4d.evaluate.train_azimuth SHARDS OUT.safetensors --start WEIGHTS [--minutes 30]

It learns from the photos of training objects, whose cameras are known, changed in colour, size and place every time
they are seen. What is printed is measured on the shards' validation objects.
"""

import argparse
import logging
import math
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import affine_grid, avg_pool2d, cross_entropy, grid_sample

from gen4d.data.archive import cut_out
from gen4d.data.shards import Place, places
from gen4d.evaluate.published_backbone import start_from_published
from gen4d.evaluate.train_matting import blend
from gen4d.photo.azimuth import reduced
from gen4d.photo.azimuth_net import BINS, AzimuthNet

logger = logging.getLogger(__name__)

BATCH, LEARNING_RATE = 64, 1e-3
AVERAGE = 0.995  # decay of the averaged weights
SPREAD = math.radians(8)  # of the answer that counts as right: the next bin is nearly as good
LOG_EVERY = 50  # steps


def photos_of(stored: list[Place]) -> tuple[np.ndarray, np.ndarray]:
    """Photos of objects cut out by their true mattes, (N, SIDE, SIDE, 4) uint8, and azimuths (N,), radians."""
    found, sides = [], []
    for place in stored:
        photos = torch.from_numpy(cut_out(place.array("pictures"), place.array("mattes"))).permute(0, 3, 1, 2)
        small = reduced(photos.float() / 255)  # (P, 4, SIDE, SIDE)
        found.append((small * 255 + 0.5).byte().permute(0, 2, 3, 1).numpy())
        sides.append(place.array("cameras")[:, 0])
    return np.concatenate(found), np.concatenate(sides).astype(np.float32)


def changed(photos: torch.Tensor, azimuths: torch.Tensor, draws: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Photos (B, 4, SIDE, SIDE) in [0, 1] and azimuths (B,) as they could have been: mirrored, moved, other colours."""
    count = len(photos)

    def uniform(low: float, high: float, *shape: int) -> torch.Tensor:
        return low + (high - low) * torch.rand(count, *shape, generator=draws)

    hand = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    turn, zoom, stretch = uniform(-0.12, 0.12), uniform(0.92, 1.2), uniform(-0.1, 0.1).exp()
    rows = (
        torch.stack([hand * zoom * stretch * turn.cos(), -hand * zoom * turn.sin(), uniform(-0.08, 0.08)], 1),
        torch.stack([zoom * stretch * turn.sin(), zoom * turn.cos(), uniform(-0.08, 0.08)], 1),
    )
    grid = affine_grid(torch.stack(rows, 1), list(photos.shape), align_corners=False)
    moved = grid_sample(photos, grid, align_corners=False)
    colors, matte = moved[:, :3], moved[:, 3:]
    colors = colors.clamp(0.01, 1) ** uniform(-0.4, 0.4, 1, 1, 1).exp()
    colors = colors * uniform(-0.3, 0.3, 3, 1, 1).exp()
    grey = colors.mean(1, keepdim=True)
    colors = torch.lerp(colors, grey.expand_as(colors), (uniform(-0.5, 1.0, 1, 1, 1)).clamp(min=0))
    if float(uniform(0, 1)[0]) < 0.3:  # a side is seen by shape, whatever the paint
        colors = colors[:, torch.randperm(3, generator=draws)]
    soft = uniform(0, 1, 1, 1, 1) < 0.25
    colors = torch.where(soft, avg_pool2d(colors, 3, 1, 1), colors)
    colors = colors + uniform(0, 0.06, 1, 1, 1) * torch.randn(colors.shape, generator=draws)
    return torch.cat([colors.clamp(0, 1), matte], 1), azimuths * hand


def likely_sides(azimuths: torch.Tensor) -> torch.Tensor:
    """The answer to learn: (B, BINS), around each azimuth (B,) by a von Mises density of `SPREAD`."""
    middles = torch.arange(BINS) * (2 * math.pi / BINS)
    return (((azimuths[:, None] - middles).cos() - 1) / SPREAD**2).softmax(1)


def train(
    net: AzimuthNet, photos: np.ndarray, azimuths: np.ndarray, minutes: float, out: Path, seed: int = 0
) -> AzimuthNet:
    """Train for a time; the learning rate falls to nothing at its end. Returns the averaged weights."""
    torch.manual_seed(seed)
    draws = torch.Generator().manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = net.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    average = AzimuthNet()
    average.load_state_dict(net.state_dict())
    optimizer = torch.optim.AdamW(net.parameters(), LEARNING_RATE, weight_decay=0.05)
    started, step, total = time.monotonic(), 0, 0.0
    while (done := (time.monotonic() - started) / (60 * minutes)) < 1:
        rate = LEARNING_RATE * min(1.0, (step + 1) / 100) * 0.5 * (1 + math.cos(math.pi * done))
        for group in optimizer.param_groups:
            group["lr"] = rate
        rows = rng.integers(len(photos), size=BATCH)
        batch = torch.from_numpy(photos[rows]).permute(0, 3, 1, 2).float() / 255
        batch, sides = changed(batch, torch.from_numpy(azimuths[rows]), draws)
        loss = cross_entropy(net(batch), likely_sides(sides))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        blend(average, net, min(AVERAGE, step / (step + 10)))
        step += 1
        total += loss.item()
        if step % LOG_EVERY == 0:
            logger.info("step %d, %.0f %%: loss %.3f", step, 100 * done, total / LOG_EVERY)
            total = 0.0
            save_net(average, out)
    save_net(average, out)
    return average.eval()


def save_net(net: AzimuthNet, out: Path) -> None:
    """Weights in half precision, without the counters of batches."""
    state = {k: v.half().contiguous() for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}
    save_file(state, out)


def degrees_off(net: AzimuthNet, photos: np.ndarray, azimuths: np.ndarray) -> np.ndarray:
    """Degrees (N,) between what the likeliest bins say of photos (N, SIDE, SIDE, 4) uint8 and the truth."""
    batch = torch.from_numpy(photos).permute(0, 3, 1, 2).float() / 255
    with torch.inference_mode():
        said = torch.cat([net(part) for part in batch.split(256)]).argmax(1) * (360 / BINS)
    return np.abs((said.numpy() - np.degrees(azimuths) + 180) % 360 - 180)


def main() -> None:
    """Train, write the weights, print what is measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shards", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--backbone", type=Path, help="published weights that its backbone starts from")
    parser.add_argument("--start", type=Path, help="weights of a whole network to go on from")
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn; another one to go on")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    stored = places(args.shards)
    learn, held = ([place for place in stored if place.record.split == split] for split in ("train", "validation"))
    photos, azimuths = photos_of(learn)
    logger.info("%d photos", len(photos))
    net = AzimuthNet()
    if args.backbone is not None:
        start_from_published(net.backbone, args.backbone)
    if args.start is not None:
        net.load_state_dict({k: v.float() for k, v in load_file(args.start).items()}, strict=False)
    off = degrees_off(train(net, photos, azimuths, args.minutes, args.out, args.seed), *photos_of(held))
    logger.info("held out: median %.1f degrees, within 30 %.0f %%", np.median(off), 100 * (off <= 30).mean())


if __name__ == "__main__":
    main()
