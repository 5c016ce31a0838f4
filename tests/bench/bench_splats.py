"""Processor seconds of one step of the Gaussians as a subject: six views and their gradient, on one thread.

Run: python tests/bench/bench_splats.py
"""

import time

import torch

from gen4d.distill.gaussians import GaussianSubject

SIZES = ((1000, 48), (3000, 48), (3000, 64))  # splats, pixels a side
REPEATS = 3


def seconds(count: int, resolution: int) -> tuple[float, float]:
    """Processor seconds of making six views, and of walking back from them."""
    generator = torch.Generator().manual_seed(0)
    subject = GaussianSubject(count, resolution=resolution, crispness=0.0, compactness=0.0, generator=generator)
    forward, backward = [], []
    for _ in range(REPEATS):
        start = time.process_time()
        views = subject.views(0)
        middle = time.process_time()
        (views.albedo.sum() + views.depth.sum() + views.alpha.sum()).backward()
        forward.append(middle - start)
        backward.append(time.process_time() - middle)
    return min(forward), min(backward)


if __name__ == "__main__":
    torch.set_num_threads(1)
    for count, resolution in SIZES:
        there, back = seconds(count, resolution)
        print(f"{count} splats, {resolution} px: {there:.2f} s for six views, {back:.2f} s for their gradient")
