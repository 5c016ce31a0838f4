"""What the long skips of a U-ViT buy: it, the same without them, and a DiT learn to denoise single views of an archive.

All have the same width, blocks, steps and batches; a seed sets the weights and the batches. The view's number is the
class, as in the paper's class-conditional networks. Printed is the mean loss of each tenth of the run.

Run: python examples/04_long_skips.py archive.safetensors
"""

import sys
from dataclasses import replace
from itertools import product
from pathlib import Path

import torch

from gen4d.prior.archive import Archive
from gen4d.prior.noise import add_noise, denoising_loss, sample_times
from gen4d.prior.paper_dit import PaperDiT
from gen4d.prior.paper_uvit import PaperShape, PaperUViT

SHAPE = PaperShape(image_size=16, channels=12, patch=4, width=128, depth=12, heads=4, classes=6)
VIEWS = 6


def losses(network: torch.nn.Module, archive: Archive, steps: int, batch: int, seed: int) -> torch.Tensor:
    """Train in place; the loss of every step (steps,)."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=5e-4, betas=(0.9, 0.98), weight_decay=0.01)
    generator, history = torch.Generator().manual_seed(seed), []
    for step in range(steps):
        clean = archive.draw("train", torch.zeros(batch, dtype=torch.long), generator).views.flatten(0, 1)
        time, views = sample_times(batch, generator).repeat_interleave(VIEWS), torch.arange(VIEWS).repeat(batch)
        x0_hat = network(add_noise(clean, torch.randn(clean.shape, generator=generator), time), 1000 * time, views)
        loss = denoising_loss(x0_hat, clean, time)
        optimizer.param_groups[0]["lr"] = 5e-4 * min(1.0, 10 * (step + 1) / steps)  # warms up for a tenth
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.detach())
    return torch.stack(history)


def main(path: Path, steps: int = 400, batch: int = 8, seeds: int = 3, shape: PaperShape = SHAPE) -> None:
    archive = Archive(path, torch.device("cpu"))
    shape = replace(shape, channels=archive.latents.shape[2], image_size=archive.latents.shape[-1])
    networks = (
        ("U-ViT", PaperUViT, shape),
        ("without skips", PaperUViT, replace(shape, long_skips=False)),
        ("DiT", PaperDiT, shape),
    )
    for seed, (name, build, sizes) in product(range(seeds), networks):
        torch.manual_seed(seed)
        network = build(sizes)
        tenths = [part.mean() for part in losses(network, archive, steps, batch, seed).tensor_split(10)]
        count = sum(parameter.numel() for parameter in network.parameters()) / 1e6
        print(f"seed {seed} {name:13} {count:5.2f}M  " + " ".join(f"{loss:.3f}" for loss in tenths), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
