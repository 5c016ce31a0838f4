"""Training of the matting network: shards, backgrounds and cut-outs -> gen4d/photo/matting.safetensors.

    python -m gen4d.evaluate.train_matting SHARDS BACKGROUNDS OUT.safetensors --backbone EFFICIENTNET.pth
        [--cutouts FOLDER] [--minutes 45]

It starts from a backbone that knows photographs, whose statistics it keeps: what is learned from is composed.
BACKGROUNDS holds folders of pictures that are drawn from equally often, so that forty photographs weigh as much as
seven hundred tiles of ground; the cut-outs' folder holds pictures with an alpha channel. Every eighth background and
the shards' validation objects are kept out, and what is printed is measured on those.
"""

import argparse
import logging
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch.nn.functional import binary_cross_entropy_with_logits

from gen4d.data.archive import cut_out
from gen4d.data.compositions import Library, compose, solid_colors
from gen4d.data.shards import Place, places
from gen4d.evaluate.published_backbone import start_from_published
from gen4d.photo.matting_net import MattingNet

logger = logging.getLogger(__name__)

SIZES = (128, 192)  # px of the pictures, at first and later: small ones teach faster
LATER = 0.55  # of the time
HELD_SIZE = 192  # px of the pictures that are measured on
BACKGROUND_SIZE = 512  # px of the longer side
CUT_OUT_SIZE = 192  # px
POOL = 3000  # pictures from which batches are drawn: composing one takes longer than learning from it
FRESH = 4  # of each batch's pictures are new, so that each is seen about four times
BATCH, LEARNING_RATE = 16, 1.5e-3
BACKBONE_SHARE = 0.3  # of the learning rate: what it knows of photographs is worth keeping
AVERAGE = 0.99  # decay of the averaged weights
PHOTOS = 2  # of each object are kept in memory
LOG_EVERY = 100  # steps
EDGE_WEIGHT = 3.0  # of pixels whose matte is neither 0 nor 1
OVERLAP_WEIGHT = 0.5


def library_of(
    stored: list[Place], backgrounds: list[list[Path]], cut_outs: list[Path], rng: np.random.Generator
) -> Library:
    """Read everything into memory: some photos of each object, cut out, and all pictures.

    Each group of backgrounds is repeated until all are about as long as the longest.
    """
    found = []
    for place in stored:
        pictures, mattes = place.array("pictures"), place.array("mattes")
        rows = rng.choice(len(pictures), PHOTOS, replace=False)
        found += [solid_colors(picture) for picture in cut_out(pictures[rows], mattes[rows])]
    for path in cut_outs:
        picture = Image.open(path).convert("RGBA")
        picture.thumbnail((CUT_OUT_SIZE, CUT_OUT_SIZE))
        found.append(np.asarray(picture))
    longest = max(len(group) for group in backgrounds)
    behind = []
    for group in backgrounds:
        read = []
        for path in group:
            picture = Image.open(path).convert("RGB")
            picture.thumbnail((BACKGROUND_SIZE, BACKGROUND_SIZE))
            read.append(np.asarray(picture))
        behind += read * round(longest / len(read))
    return Library(found, behind)


def batch_of(library: Library, count: int, size: int, rng: np.random.Generator) -> torch.Tensor:
    """Composed pictures and mattes: (B, 3 + 1, S, S) uint8."""
    rows = []
    for _ in range(count):
        picture, matte = compose(library, size, rng)
        rows.append(np.concatenate([picture, matte[..., None]], -1))
    return torch.from_numpy(np.stack(rows)).permute(0, 3, 1, 2)


def split(batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures and mattes of a batch, float32 in [0, 1]."""
    pictures, mattes = (batch.float() / 255).split([3, 1], 1)
    return pictures, mattes


class Pool:
    """The newest pictures, from which batches are drawn, mirrored or not."""

    def __init__(self, library: Library, size: int, rng: np.random.Generator) -> None:
        self.library, self.size, self.rng, self.next = library, size, rng, 0
        self.rows = batch_of(library, BATCH, size, rng)

    def draw(self) -> torch.Tensor:
        """A batch: the new pictures, and some older ones."""
        fresh = batch_of(self.library, FRESH, self.size, self.rng)
        old = torch.from_numpy(self.rng.choice(len(self.rows), BATCH - FRESH, replace=False))
        batch = torch.cat([fresh, self.rows[old]])
        if len(self.rows) < POOL:
            self.rows = torch.cat([self.rows, fresh])
        else:
            self.rows[torch.arange(self.next, self.next + FRESH) % POOL] = fresh
            self.next = (self.next + FRESH) % POOL
        flipped = torch.from_numpy(self.rng.random(BATCH) < 0.5).view(-1, 1, 1, 1)
        return torch.where(flipped, batch.flip(-1), batch)


def loss_of(logits: torch.Tensor, mattes: torch.Tensor) -> torch.Tensor:
    """Cross entropy, which keeps the certainty honest, and some of the overlap lost, which minds small subjects."""
    weight = 1 + EDGE_WEIGHT * 4 * mattes * (1 - mattes)
    entropy = (binary_cross_entropy_with_logits(logits, mattes, reduction="none") * weight).mean()
    return entropy + OVERLAP_WEIGHT * (1 - overlaps(logits.sigmoid(), mattes).mean())


def overlaps(found: torch.Tensor, mattes: torch.Tensor) -> torch.Tensor:
    """Soft intersection over union of each of B mattes; 1 where both are empty."""
    return (torch.minimum(found, mattes).sum((1, 2, 3)) + 1) / (torch.maximum(found, mattes).sum((1, 2, 3)) + 1)


def train(
    net: MattingNet,
    library: Library,
    held: torch.Tensor,
    minutes: float,
    out: Path,
    sizes: tuple[int, int] = SIZES,
    rate: float = LEARNING_RATE,
    seed: int = 0,
) -> MattingNet:
    """Train for a time; saves the averaged weights now and then. The learning rate falls to nothing at the end.

    Args:
        sizes: px of the pictures, at first and later.
        rate: learning rate at its highest.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = net.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    average = MattingNet()
    average.load_state_dict(net.state_dict())
    own = [p for name, p in net.named_parameters() if not name.startswith("backbone.")]
    shares = {BACKBONE_SHARE: list(net.backbone.parameters()), 1.0: own}
    optimizer = torch.optim.AdamW(
        [{"params": found, "share": share} for share, found in shares.items()], weight_decay=0.02
    )
    pool = Pool(library, sizes[0], rng)
    started, step, total = time.monotonic(), 0, 0.0
    while (done := (time.monotonic() - started) / (60 * minutes)) < 1:
        share = min(1.0, (step + 1) / 100) * 0.5 * (1 + np.cos(np.pi * done))
        for group in optimizer.param_groups:
            group["lr"] = rate * share * group["share"]
        size = sizes[int(done >= LATER)]
        if size != pool.size:
            pool = Pool(library, size, rng)
        pictures, mattes = split(pool.draw())
        net.train()
        net.backbone.eval()
        loss = loss_of(net(pictures), mattes)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        step += 1
        total += loss.item()
        blend(average, net, min(AVERAGE, step / (step + 10)))
        if step % LOG_EVERY == 0:
            logger.info("step %d, %.0f %%: loss %.3f", step, 100 * done, total / LOG_EVERY)
            total = 0.0
            save_net(average, out)
        if step % (5 * LOG_EVERY) == 0:
            logger.info("held out IoU %.3f", measure(average, held))
    return average.eval()


def blend(average: torch.nn.Module, net: torch.nn.Module, decay: float) -> None:
    """Move averaged weights and statistics towards the newest."""
    with torch.no_grad():
        for old, new in zip(average.state_dict().values(), net.state_dict().values(), strict=True):
            if old.dtype.is_floating_point:
                old.lerp_(new, 1 - decay)


def measure(net: MattingNet, held: torch.Tensor) -> float:
    """Mean overlap on held out pictures."""
    net.eval()
    scores = []
    with torch.no_grad():
        for part in held.split(32):
            pictures, mattes = split(part)
            scores.append(overlaps(net(pictures).sigmoid(), mattes))
    return float(torch.cat(scores).mean())


def save_net(net: MattingNet, out: Path) -> None:
    """Weights in half precision."""
    state = {k: v.half() if v.dtype.is_floating_point else v for k, v in net.state_dict().items()}
    save_file({k: v.contiguous() for k, v in state.items() if not k.endswith("num_batches_tracked")}, out)


def main() -> None:
    """Train, log what is measured, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shards", type=Path)
    parser.add_argument("backgrounds", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--backbone", type=Path, help="published weights that its backbone starts from")
    parser.add_argument("--start", type=Path, help="weights of a whole network to go on from")
    parser.add_argument("--cutouts", type=Path)
    parser.add_argument("--sizes", type=int, nargs=2, default=SIZES, help="px of the pictures, at first and later")
    parser.add_argument("--rate", type=float, default=LEARNING_RATE, help="learning rate at its highest")
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn; another one to go on")
    parser.add_argument("--minutes", type=float, default=45.0)
    parser.add_argument("--every", type=int, default=1, help="take every so many objects and cut-outs only")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    rng = np.random.default_rng(0)
    stored = places(args.shards)[:: args.every]
    behind = [
        sorted(path for path in folder.iterdir() if path.is_file())
        for folder in sorted(path for path in args.backgrounds.iterdir() if path.is_dir())
    ]
    extra = sorted(args.cutouts.rglob("*.webp")) + sorted(args.cutouts.rglob("*.png")) if args.cutouts else []
    extra = extra[:: args.every]
    learn = library_of(
        [p for p in stored if p.record.split == "train"],
        [[b for i, b in enumerate(group) if i % 8] for group in behind],
        extra,
        rng,
    )
    logger.info("%d cut-outs, %d backgrounds", len(learn.cut_outs), len(learn.backgrounds))
    apart = library_of([p for p in stored if p.record.split == "validation"], [group[::8] for group in behind], [], rng)
    held = batch_of(apart, 128, HELD_SIZE, np.random.default_rng(1))
    net = MattingNet()
    if args.backbone is not None:
        start_from_published(net.backbone, args.backbone)
    if args.start is not None:
        net.load_state_dict({k: v.float() for k, v in load_file(args.start).items()}, strict=False)
    net = train(net, learn, held, args.minutes, args.out, (args.sizes[0], args.sizes[1]), args.rate, args.seed)
    save_net(net, args.out)
    logger.info("held out IoU %.4f", measure(net, held))


if __name__ == "__main__":
    main()
