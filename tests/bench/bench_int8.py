"""What eight-bit linear layers cost and save when the shipped prior draws six views: the same noise, twice.

Printed for each prompt: seconds of the thread's processor time, and how far the eight-bit views are from the float32
ones: mean colour difference inside both mattes, intersection over union of the mattes, mean depth difference there.

Run: python tests/bench/bench_int8.py ["a red car" ...]
"""

import sys
import time
from dataclasses import replace

import torch

from gen4d.context import Context
from gen4d.prior.config import EmbeddedPrior, ViewsConfig
from gen4d.prior.embedded import Prior, open_prior
from gen4d.prior.imagine import imagine_views
from gen4d.prior.quantize import quantized
from gen4d.streams import Streams
from gen4d.structures import MultiView, Prompt

PROMPTS = ("a red car", "a brown dog", "a wooden chair")


def draw(prompt: str, prior: Prior) -> tuple[MultiView, float]:
    """Six views and the seconds they took."""
    start = time.thread_time()
    views = imagine_views(Prompt(text=prompt), prior, ViewsConfig(), Context(Streams(0)))
    return views, time.thread_time() - start


def compare(exact: MultiView, rounded: MultiView) -> str:
    """The three differences as table cells."""
    first, second = exact.alpha > 0.5, rounded.alpha > 0.5
    both = (first & second)[..., 0]
    overlap = both.sum() / (first | second).sum()
    color, depth = ((getattr(exact, name) - getattr(rounded, name))[both].abs().mean() for name in ("albedo", "depth"))
    return f"{color:.3f} | {overlap:.3f} | {depth:.4f}"


if __name__ == "__main__":
    torch.set_num_threads(1)
    float32 = open_prior(EmbeddedPrior(), Context(Streams(0)))
    int8 = replace(float32, denoiser=quantized(float32.denoiser))
    draw(PROMPTS[0], int8)  # warms up
    print("| prompt | float32 s | int8 s | colour | matte IoU | depth m |\n|---|---|---|---|---|---|")
    for prompt in sys.argv[1:] or PROMPTS:
        (exact, slow), (rounded, fast) = draw(prompt, float32), draw(prompt, int8)
        print(f"| {prompt} | {slow:.2f} | {fast:.2f} | {compare(exact, rounded)} |")
