"""What eight-bit linear layers cost and save when the shipped prior draws six views: the same noise, twice.

Printed for each prompt: seconds of the thread's processor time, and how far the eight-bit views are from the float32
ones: mean colour difference inside both mattes, intersection over union of the mattes, mean depth difference there.

Rounding at every step adds up along a trajectory, so a second table gives one call's relative error.

Run: python tests/bench/bench_int8.py [--steps 16] ["a red car" ...]
"""

import argparse
import time
from dataclasses import replace

import torch

from gen4d.context import Context
from gen4d.prior.conditioned import Conditioned
from gen4d.prior.config import EmbeddedPrior, ViewsConfig
from gen4d.prior.embedded import Prior, open_prior
from gen4d.prior.imagine import imagine_views
from gen4d.prior.quantize import quantized
from gen4d.streams import Streams
from gen4d.structures import MultiView, Prompt

PROMPTS = ("a red car", "a brown dog", "a wooden chair")


def draw(prompt: str, prior: Prior, steps: int) -> tuple[MultiView, float]:
    """Six views and the seconds they took."""
    start = time.thread_time()
    views = imagine_views(Prompt(text=prompt), prior, ViewsConfig(steps=steps, candidates=1), Context(Streams(0)))
    return views, time.thread_time() - start


def compare(exact: MultiView, rounded: MultiView) -> str:
    """The three differences as table cells."""
    first, second = exact.alpha > 0.5, rounded.alpha > 0.5
    both = (first & second)[..., 0]
    overlap = both.sum() / (first | second).sum()
    color, depth = ((getattr(exact, name) - getattr(rounded, name))[both].abs().mean() for name in ("albedo", "depth"))
    return f"{color:.3f} | {overlap:.3f} | {depth:.4f}"


def one_call(exact: Prior, rounded: Prior, repeats: int = 3) -> None:
    """Print what one call of each network takes and how far their estimates are apart, at three times."""
    shape = exact.denoiser.shape
    noisy = torch.randn(1, 6, shape.latent_channels, shape.latent_size, shape.latent_size)
    text = exact.text_encoder.encode([PROMPTS[0]]).tokens
    print("| time | float32 s | int8 s | relative error |\n|---|---|---|---|")
    for moment in (1.0, 0.7, 0.3):
        seconds, outputs = [], []
        for prior in (exact, rounded):
            denoiser, taken = Conditioned(prior.denoiser, text=text), []
            with torch.inference_mode():
                for _ in range(repeats):
                    start = time.thread_time()
                    estimate = denoiser.x0(noisy, torch.tensor([moment]))
                    taken.append(time.thread_time() - start)
            seconds.append(min(taken))
            outputs.append(estimate)
        error = ((outputs[1] - outputs[0]).norm() / outputs[0].norm()).item()
        print(f"| {moment} | {seconds[0]:.3f} | {seconds[1]:.3f} | {error:.1e} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prompts", nargs="*", default=PROMPTS)
    parser.add_argument("--steps", type=int, default=ViewsConfig().steps)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    float32 = open_prior(EmbeddedPrior(), Context(Streams(0)))
    int8 = replace(float32, denoiser=quantized(float32.denoiser))
    one_call(float32, int8)
    print("\n| prompt | float32 s | int8 s | colour | matte IoU | depth m |\n|---|---|---|---|---|---|")
    for prompt in options.prompts:
        (first, slow), (second, fast) = (draw(prompt, prior, options.steps) for prior in (float32, int8))
        print(f"| {prompt} | {slow:.2f} | {fast:.2f} | {compare(first, second)} |", flush=True)
