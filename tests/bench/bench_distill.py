"""What distillation does with the embedded prior: a thing from a ball, guidances side by side, poses against rest.

    python tests/bench/bench_distill.py ball OUT "a red rocket" [--guidance vsd] [--steps 120]
    python tests/bench/bench_distill.py refine OUT ASSET.glb "a red car" [--guidance vsd] [--steps 100]
    python tests/bench/bench_distill.py poses OUT ANIMATED.glb "a brown dog" [--steps 60]

Prints processor seconds and the prior's view error, and draws what was made; the views of a ball's end are a file that
`gen4d reconstruct` makes a mesh of.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path

import torch

from gen4d.context import Context
from gen4d.distill.config import RefineConfig
from gen4d.distill.grid import GridSubject
from gen4d.distill.measure import view_error
from gen4d.distill.optimise import Distillation, Plan
from gen4d.distill.schedules import Ramp, TimeRange
from gen4d.distill.texture import TextureSubject
from gen4d.refine import POSES, load_refinable, poses_of, refine
from gen4d.render.preview import preview_sheet, save_png
from gen4d.streams import Streams
from gen4d.structures import Asset, MultiView, Prompt
from gen4d.structures.store import save
from gen4d.teacher import guidance_of, open_teacher

CELLS = 64


def from_ball(words: str, guidance: str, steps: int, out: Path) -> None:
    """A grid of matter, from a ball to what the words say, by gradients alone."""
    ctx = Context(Streams(0))
    cfg = RefineConfig(guidance=guidance, steps=steps, guidance_scale=2.5, guidance_rescale=0.7)
    teacher = open_teacher(Prompt(words), cfg, ctx)
    subject = GridSubject(CELLS, resolution=teacher.resolution, smoothness=0.3, crispness=0.02)
    kind, learned = guidance_of(teacher, cfg, ctx)
    times = TimeRange(Ramp(0.7, 0.15), Ramp(0.97, 0.5))
    plan = Plan(steps, times, learning_rate=0.3, gradient_limit=5.0)
    run = Distillation(subject, teacher.lens, kind, plan, ctx.streams, learned)
    start, rows = time.process_time(), [strip(subject.views(0))]
    for _ in run.run():
        if run.step % max(steps // 4, 1) == 0:
            views = subject.views(0)
            rows.append(strip(views))
            error = view_error(teacher.lens.encode(views), teacher.conditional, ctx.streams)
            print(
                f"{words} | {guidance} | step {run.step} | {time.process_time() - start:.0f} s | {error:.4f}",
                flush=True,
            )
    name = f"ball_{guidance}_{words.replace(' ', '_')}"
    save_png(torch.cat([*rows, strip(subject.views(0), depth=True)]), out / f"{name}.png")
    with torch.no_grad():
        save(subject.views(0), out / f"{name}.safetensors")


def refined(path: Path, words: str, guidance: str, steps: int, out: Path) -> Asset:
    """One asset, before and after."""
    asset, ctx = load_refinable(path), Context(Streams(0))
    start = time.process_time()
    found = refine(asset, Prompt(words), RefineConfig(guidance=guidance, steps=steps), ctx)
    seconds = time.process_time() - start
    print(
        f"{path.stem} | {guidance} | {seconds:.0f} s of processor time | view error {found.error_before:.4f} -> "
        f"{found.error_after:.4f} | {'kept' if found.improved else 'not kept'}",
        flush=True,
    )
    save_png(torch.cat([preview_sheet(a, 256) for a in (asset, found.asset)], 1), out / f"{path.stem}_{guidance}.png")
    return found.asset


def poses(path: Path, words: str, steps: int, out: Path) -> None:
    """View error over the poses: as it was, refined at rest, and refined over poses too."""
    asset, ctx = load_refinable(path), Context(Streams(0))
    teacher = open_teacher(Prompt(words), RefineConfig(), ctx)
    kinds = {"before": asset, **{kind: refined(path, words, kind, steps, out) for kind in ("recon", "csd")}}
    for kind, made in kinds.items():
        subject = TextureSubject(
            asset.mesh, made.material, cells=4, smoothness=0, anchor=0, resolution=teacher.resolution,
            warp=poses_of(asset, POSES), frames=1 + POSES,
        )  # fmt: skip
        errors = [
            view_error(teacher.lens.encode(subject.original(frame)), teacher.conditional, ctx.streams)
            for frame in range(1 + POSES)
        ]
        print(f"{path.stem} | {kind} | at rest {errors[0]:.4f} | posed {sum(errors[1:]) / POSES:.4f}", flush=True)


def strip(views: MultiView, *, depth: bool = False) -> torch.Tensor:
    """Six views in a row, (R, 6 R, 3); on white, or their depth."""
    shown = views.depth.expand(-1, -1, -1, 3) if depth else views.albedo * views.alpha + 1 - views.alpha
    return torch.cat(list(replace(views, albedo=shown.detach().clamp(0, 1)).albedo), 1)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["ball", "refine", "poses"])
    parser.add_argument("out", type=Path)
    parser.add_argument("rest", nargs="+")
    parser.add_argument("--guidance", default="recon")
    parser.add_argument("--steps", type=int, default=100)
    given = parser.parse_args()
    torch.set_num_threads(1)
    given.out.mkdir(parents=True, exist_ok=True)
    match given.what:
        case "ball":
            for words in given.rest:
                from_ball(words, given.guidance, given.steps, given.out)
        case "refine":
            for path, words in zip(given.rest[::2], given.rest[1::2], strict=True):
                refined(Path(path), words, given.guidance, given.steps, given.out)
        case "poses":
            poses(Path(given.rest[0]), given.rest[1], given.steps, given.out)


if __name__ == "__main__":
    main()
