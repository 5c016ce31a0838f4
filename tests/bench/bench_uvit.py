"""Forward passes of the published U-ViTs on one thread: ours in every mode beside the paper's plain way of writing it.

The plain way is `tests/plain_uvit.py`: float32, attention spelled out. Modes run in turns in one process and are timed
by the thread's own processor time, so that other programs disturb all of them alike or not at all. Errors are relative
to the plain output. The target is a mode at least 1.5 times as fast with an error of at most 3 % (float32: 1e-4).

Run: python tests/bench/bench_uvit.py [--networks cifar10-s2 imagenet64-m4 imagenet256-l2] [--repeats 5]
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

from gen4d.prior.paper_uvit import PaperUViT
from gen4d.prior.published import PAPER_SHAPES
from gen4d.prior.quantize import quantized

sys.path.insert(0, str(Path(__file__).parents[1]))
from plain_uvit import plain_uvit

TARGET, MOST_ERROR, MOST_FLOAT32_ERROR = 1.5, 0.03, 1e-4
Mode = Callable[[torch.Tensor, torch.Tensor, torch.Tensor | None], torch.Tensor]


def modes(network: PaperUViT) -> dict[str, Mode]:
    """Every way to run one network; the first is the reference."""
    state, heads = network.state_dict(), network.shape.heads
    half, eight = PaperUViT(network.shape).bfloat16().eval(), quantized(network)
    half.load_state_dict(state)

    def bfloat16(image: torch.Tensor, moment: torch.Tensor, labels: torch.Tensor | None) -> torch.Tensor:
        return half(image.bfloat16(), moment, labels).float()

    return {
        "plain float32": lambda image, moment, labels: plain_uvit(state, heads, image, moment, labels),
        "ours float32": network,
        "ours bfloat16": bfloat16,
        "ours int8": eight,
    }


def measure(name: str, repeats: int, skip: set[str]) -> None:
    """Print one network's table."""
    shape = PAPER_SHAPES[name].shape
    torch.manual_seed(0)
    network = PaperUViT(shape).eval().requires_grad_(False)
    image, moment = torch.randn(1, shape.channels, shape.image_size, shape.image_size), torch.tensor([500.0])
    labels = torch.tensor([3]) if shape.classes else None
    ways = {mode: way for mode, way in modes(network).items() if mode not in skip}
    seconds: dict[str, list[float]] = {mode: [] for mode in ways}
    outputs = {}
    with torch.inference_mode():
        for _ in range(repeats + 1):  # the first round warms up, and is kept where it is the only one
            for mode, way in ways.items():
                start = time.thread_time()
                outputs[mode] = way(image, moment, labels)
                seconds[mode].append(time.thread_time() - start)
    best = {mode: min(times[1:] or times) for mode, times in seconds.items()}
    expected = outputs["plain float32"]
    print(f"\n{name}: {sum(p.numel() for p in network.parameters()):,} parameters, {network.pos_embed.shape[1]} tokens")
    print("| mode | ms | times as fast | relative error |\n|---|---|---|---|")
    reached = []
    for mode, taken in best.items():
        error = ((outputs[mode] - expected).norm() / expected.norm()).item()
        gain = best["plain float32"] / taken
        print(f"| {mode} | {1000 * taken:.0f} | {gain:.2f} | {error:.1e} |")
        if error <= (MOST_FLOAT32_ERROR if "float32" in mode else MOST_ERROR):
            reached.append((gain, mode))
    gain, mode = max(reached)
    print(f"best allowed mode: {mode}, {gain:.2f} x; target {TARGET} x: {'met' if gain >= TARGET else 'MISSED'}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs="+", default=["cifar10-s2", "imagenet64-m4", "imagenet256-l2"])
    parser.add_argument("--repeats", type=int, default=5, help="0 times the first, cold pass")
    parser.add_argument("--skip", nargs="*", default=[], help="modes to leave out, such as 'ours bfloat16'")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}, one thread, batch 1")
    for chosen in options.networks:
        measure(chosen, options.repeats, set(options.skip))
