"""What eight-bit linear layers cost and save when the shipped prior draws six views: the same noise, twice.

Printed for each prompt: seconds of the thread's processor time, and how far the eight-bit views are from the float32
ones: mean colour difference inside both mattes, intersection over union of the mattes, mean depth difference there.

Rounding at every step adds up along a trajectory, so a second table gives one call's relative error.

What is in the way of more, `--layers` tells: milliseconds of the layers of S/2 in float32, of ours and its parts, and
of torch's own dynamic layer (fbgemm), which rounds all tokens by one scale. Without VNNI the products alone are about
twice as fast as float32's, and everything else of a network stays in float32.

Run: python tests/bench/bench_int8.py [--steps 16] ["a red car" ...]
     python tests/bench/bench_int8.py --layers
"""

import argparse
import copy
import sys
import time
from dataclasses import replace

import torch

from gen4d.context import Context
from gen4d.prior.conditioned import Conditioned
from gen4d.prior.config import EmbeddedPrior, ViewsConfig
from gen4d.prior.embedded import Prior, open_prior
from gen4d.prior.imagine import imagine_views
from gen4d.prior.quantize import INPUT_LEVELS, Int8Linear, quantized
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


def layers(tokens: int = 257, repeats: int = 15) -> None:
    """Print what the linear layers of U-ViT-S/2 take, and what of it is products of integers."""
    print("| layer | float32 ms | ours | its products | its rounding | its scaling | fbgemm |\n" + "|---" * 7 + "|")
    for inputs, outputs in ((512, 1536), (512, 512), (512, 2048), (2048, 512), (1024, 512)):
        layer, x = torch.nn.Linear(inputs, outputs).requires_grad_(False), torch.randn(tokens, inputs)
        ours = Int8Linear(layer)
        theirs = torch.ao.nn.quantized.dynamic.Linear.from_float(dynamic(layer))
        low = x.amin(1, keepdim=True)
        step = (x.amax(1, keepdim=True) - low) / INPUT_LEVELS
        codes = ((x - low) / step).round_().to(torch.uint8)
        y = torch.randn(tokens, outputs)

        def products(codes: torch.Tensor = codes, ours: Int8Linear = ours) -> torch.Tensor:
            return torch.ops.onednn.qlinear_pointwise(
                codes, 1.0, 0, ours.packed, ours.scale, ours.zero, None, 1.0, 0, torch.float32, "none", [], ""
            )

        ways = (
            lambda layer=layer, x=x: layer(x),
            lambda ours=ours, x=x: ours(x),
            products,
            lambda x=x: ((x - x.amin(1, keepdim=True)) / x.amax(1, keepdim=True)).round_().to(torch.uint8),
            lambda y=y, ours=ours, step=step, low=low: torch.addcmul(ours.bias, y, step).addcmul_(low, ours.sums),
            lambda theirs=theirs, x=x: theirs(x),
        )
        cells = []
        for way in ways:
            taken = []
            for _ in range(repeats):
                start = time.thread_time()
                way()
                taken.append(time.thread_time() - start)
            cells.append(f"{1000 * sorted(taken)[repeats // 4]:.2f}")
        print(f"| {inputs} to {outputs} | {' | '.join(cells)} |", flush=True)


def dynamic(layer: torch.nn.Linear) -> torch.nn.Linear:
    """A layer as torch's own conversion wants it."""
    layer = copy.deepcopy(layer)
    layer.qconfig = torch.ao.quantization.per_channel_dynamic_qconfig
    return layer


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prompts", nargs="*", default=PROMPTS)
    parser.add_argument("--steps", type=int, default=ViewsConfig().steps)
    parser.add_argument("--layers", action="store_true", help="only time single layers")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    if options.layers:
        with torch.inference_mode():
            layers()
        sys.exit()
    float32 = open_prior(EmbeddedPrior(), Context(Streams(0)))
    int8 = replace(float32, denoiser=quantized(float32.denoiser))
    one_call(float32, int8)
    print("\n| prompt | float32 s | int8 s | colour | matte IoU | depth m |\n|---|---|---|---|---|---|")
    for prompt in options.prompts:
        (first, slow), (second, fast) = (draw(prompt, prior, options.steps) for prior in (float32, int8))
        print(f"| {prompt} | {slow:.2f} | {fast:.2f} | {compare(first, second)} |", flush=True)
