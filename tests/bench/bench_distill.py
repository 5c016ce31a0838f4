"""What distillation does with the embedded prior: a thing from a ball, guidances side by side, poses against rest.

    python tests/bench/bench_distill.py ball OUT "a red rocket" [--guidance vsd] [--steps 20] [--field gaussians]
    python tests/bench/bench_distill.py refine OUT ASSET.glb "a red car" [--guidance vsd] [--steps 100]
    python tests/bench/bench_distill.py table OUT [--count 10] [--guidance recon] [--steps 40]
    python tests/bench/bench_distill.py poses OUT ANIMATED.glb "a brown dog" [--steps 60]

Prints processor seconds and the prior's view error, and draws what was made; the views of a ball's end are a file that
`gen4d reconstruct` makes a mesh of. The table's assets and rows are kept in OUT, and a second call goes on from there.
"""

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from gen4d.config import RunConfig
from gen4d.context import Context
from gen4d.distill.config import RefineConfig
from gen4d.distill.gaussians import GaussianSubject
from gen4d.distill.grid import GridSubject
from gen4d.distill.measure import view_error
from gen4d.distill.optimise import Distillation, Plan
from gen4d.distill.schedules import Ramp, TimeRange
from gen4d.distill.texture import TextureSubject
from gen4d.distill.triplane import TriplaneSubject
from gen4d.evaluate.judge import Judge, as_input, load_judge, small_pictures
from gen4d.export.config import ExportConfig
from gen4d.export.glb import write_glb
from gen4d.export.names import slug
from gen4d.pipeline import text_to_3d
from gen4d.prior.text import MiniLmEncoder
from gen4d.refine import POSES, load_refinable, poses_of, refine
from gen4d.remake import views_of
from gen4d.render.preview import preview_sheet, save_png
from gen4d.streams import Streams
from gen4d.structures import Asset, Mesh, MultiView, Prompt, is_closed
from gen4d.structures.store import save
from gen4d.teacher import guidance_of, open_teacher

CELLS = 64
SPLATS = 1200
RATES = {"grid": 0.3, "triplane": 0.03, "gaussians": 0.1}  # of Adam, by what is made
UPDATES = 10  # of a field from nothing after each answer of the prior
MEASURED_POSES = (0, 2, 5, 8)  # whose view error is taken; the judge, who is quick, sees all
PROMPTS = (
    "a treasure chest", "a knight in armour", "a red sports car", "a small house", "a brown dog", "a coffee mug",
    "a green sofa", "a spaceship", "a red mushroom with white dots", "a robot",
)  # fmt: skip


def from_ball(words: str, guidance: str, steps: int, field: str, out: Path) -> None:
    """A grid of matter or three planes, from fog or a ball to what the words say, by gradients alone."""
    ctx = Context(Streams(0))
    cfg = RefineConfig(guidance=guidance, steps=steps, guidance_scale=3.0)
    teacher = open_teacher(Prompt(words), cfg, ctx)
    if field == "triplane":
        subject = TriplaneSubject(
            CELLS, resolution=teacher.resolution, rendered=64, samples=48, smoothness=0.01,
            generator=ctx.streams.torch("distill.planes"),
        )  # fmt: skip
    elif field == "gaussians":
        subject = GaussianSubject(
            SPLATS, resolution=teacher.resolution, crispness=0.02, compactness=0.01,
            generator=ctx.streams.torch("distill.fog"),
        )  # fmt: skip
    else:
        subject = GridSubject(
            CELLS, resolution=teacher.resolution, smoothness=0.05, crispness=0.1, mass=1.0, color_smoothness=0.2
        )
    kind, learned = guidance_of(teacher, cfg, ctx)
    # Near pure noise first: there the prior says what the words mean, not what the fog looks like.
    times = TimeRange(Ramp(0.97, 0.3, begin=0.5), Ramp(0.99, 0.6, begin=0.5))
    plan = Plan(steps, times, learning_rate=RATES[field], gradient_limit=5.0, updates=UPDATES)
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
    name = f"{field}_{guidance}_{words.replace(' ', '_')}"
    save_png(torch.cat([*rows, strip(subject.views(0), depth=True)]), out / f"{name}.png")
    with torch.no_grad():
        save(subject.views(0), out / f"{name}.safetensors")


def refined(path: Path, words: str, guidance: str | None, steps: int | None, out: Path) -> Asset:
    """One asset, before and after."""
    asset, ctx = load_refinable(path), Context(Streams(0))
    start = time.process_time()
    found = refine(asset, Prompt(words), config(guidance, steps), ctx)
    seconds = time.process_time() - start
    print(
        f"{path.stem} | {guidance} | {seconds:.0f} s of processor time | view error {found.error_before:.4f} -> "
        f"{found.error_after:.4f} | {'kept' if found.improved else 'not kept'}",
        flush=True,
    )
    save_png(torch.cat([preview_sheet(a, 256) for a in (asset, found.asset)], 1), out / f"{path.stem}_{guidance}.png")
    return found.asset


def table(guidance: str | None, steps: int | None, count: int, out: Path) -> None:
    """Assets of words, before and after: what the prior says, what the judge says, and what became of the mesh."""
    print("| words | s | view error | judge: own words of ten | judge: cosine | closed | faces | seam edges | kept |")
    print("|---|---|---|---|---|---|---|---|---|")
    judge, encoder = load_judge(), MiniLmEncoder()
    said = judge.of_words(encoder.encode(list(PROMPTS)).pooled)
    rows = [row(words, index, judge, said, guidance, steps, out) for index, words in enumerate(PROMPTS[:count])]
    better = sum(r["error"][1] < r["error"][0] for r in rows), sum(r["own"][1] > r["own"][0] for r in rows)
    nearer = sum(r["cosine"][1] > r["cosine"][0] for r in rows)
    means = {name: [sum(r[name][i] for r in rows) / len(rows) for i in (0, 1)] for name in ("error", "own", "cosine")}
    print(f"better for the prior {better[0]}, judge's choice {better[1]}, judge's cosine {nearer} of {len(rows)}")
    print("means", {name: [round(value, 4) for value in pair] for name, pair in means.items()})


def row(
    words: str, index: int, judge: Judge, said: torch.Tensor, guidance: str | None, steps: int | None, out: Path
) -> dict[str, Any]:
    """One row of the table, printed; from the files of an earlier call where there are some."""
    path = out / f"{slug(words)}.glb"
    after = out / f"{slug(words)}_{guidance or 'redraw'}.glb"
    facts = after.with_suffix(".json")
    if not path.exists():
        write_glb(text_to_3d(Prompt(words), RunConfig(), Context(Streams(0))), path, ExportConfig())
    old = load_refinable(path)
    if not facts.exists():
        start = time.process_time()
        found = refine(old, Prompt(words), config(guidance, steps), Context(Streams(0)))
        seconds = time.process_time() - start
        write_glb(found.asset, after, ExportConfig())
        save_png(torch.cat([preview_sheet(a, 256) for a in (old, found.asset)], 1), after.with_suffix(".png"))
        facts.write_text(json.dumps([seconds, found.error_before, found.error_after, found.improved]))
    seconds, error_before, error_after, kept = json.loads(facts.read_text())
    new = load_refinable(after)
    cosines = [(judge.of_views(as_input(small_pictures(views_of(a, 128)))[None]) @ said.T)[0] for a in (old, new)]
    own = [float((judge.sharpness.exp() * cosine).softmax(0)[index]) for cosine in cosines]
    result = {"error": (error_before, error_after if kept else error_before), "own": own}
    result["cosine"] = [float(cosine[index]) for cosine in cosines]
    cells = [words, f"{seconds:.0f}", f"{error_before:.4f} -> {error_after:.4f}", f"{own[0]:.2f} -> {own[1]:.2f}"]
    cells += ["{:.3f} -> {:.3f}".format(*result["cosine"])]
    cells += [f"{is_closed(old.mesh)} -> {is_closed(new.mesh)}", f"{len(old.mesh.faces)} -> {len(new.mesh.faces)}"]
    cells += [f"{seam_edges(old.mesh)} -> {seam_edges(new.mesh)}", "yes" if kept else "no"]
    print("| " + " | ".join(cells) + " |", flush=True)
    return result


def seam_edges(mesh: Mesh) -> int:
    """Edges that only one face has, while the copies of a vertex count as many: the borders of the charts."""
    edges = torch.cat([mesh.faces[:, [0, 1]], mesh.faces[:, [1, 2]], mesh.faces[:, [2, 0]]]).sort(1).values
    return int((torch.unique(edges, dim=0, return_counts=True)[1] == 1).sum())


def config(guidance: str | None, steps: int | None) -> RefineConfig:
    """The defaults, but for what was given."""
    given = {"guidance": guidance, "steps": steps}
    return RefineConfig.model_validate({name: value for name, value in given.items() if value is not None})


def poses(path: Path, words: str, steps: int, out: Path) -> None:
    """Over the poses, as it was, refined at rest, and refined over poses too: view error, judge, and the texture."""
    asset, ctx = load_refinable(path), Context(Streams(0))
    teacher = open_teacher(Prompt(words), RefineConfig(), ctx)
    warp, judge = poses_of(asset, POSES), load_judge()
    assert warp is not None, "the asset has no clips"
    said = judge.of_words(MiniLmEncoder().encode([words]).pooled)
    stretches = [stretch(asset.mesh, warp(asset.mesh.vertices, frame)) for frame in range(1, 1 + POSES)]
    print(f"{path.stem} | stretch over poses: mean {sum(stretches) / POSES:.3f}, worst {max(stretches):.3f}")
    print("| refined | view error at rest | posed | judge at rest | posed | texels changed by |")
    print("|---|---|---|---|---|---|")
    before = asset.material.base_color
    kinds = ("before", "recon", "csd")
    rows = []
    for kind in kinds:
        made = asset if kind == "before" else refined(path, words, kind, steps, out)
        subject = TextureSubject(
            asset.mesh, made.material, cells=4, smoothness=0, anchor=0, resolution=teacher.resolution,
            warp=warp, frames=1 + POSES,
        )  # fmt: skip
        seen = [subject.original(frame) for frame in range(1 + POSES)]
        errors = [
            view_error(teacher.lens.encode(seen[frame]), teacher.conditional, ctx.streams) for frame in MEASURED_POSES
        ]
        judged = [float((judge.of_views(as_input(small_pictures(views))[None]) @ said.T)[0, 0]) for views in seen]
        after = made.material.base_color
        change = float((after - before).abs().mean()) if after.shape == before.shape else float("nan")
        cells = [errors[0], sum(errors[1:]) / len(errors[1:]), judged[0], sum(judged[1:]) / POSES, change]
        print(f"| {kind} | " + " | ".join(f"{cell:.4f}" for cell in cells) + " |", flush=True)
        rows.append(torch.cat([strip(views) for views in (seen[0], seen[MEASURED_POSES[-1]])], 1))
    save_png(torch.cat(rows), out / f"{path.stem}_poses.png")


def stretch(mesh: Mesh, posed: torch.Tensor) -> float:
    """How far poses pull a texture apart: mean over the surface of |log| of the two singular values of rest -> posed.

    It is the mesh's and the skin's alone: nothing that changes colours can change it.
    """

    def edges(vertices: torch.Tensor) -> torch.Tensor:
        a, b, c = vertices[mesh.faces].double().unbind(1)
        return torch.stack([b - a, c - a], 2)  # (F, 3, 2)

    rest, moved = edges(mesh.vertices), edges(posed)
    areas = torch.linalg.cross(rest[..., 0], rest[..., 1]).norm(dim=1)
    solid = areas > areas.mean() * 1e-3  # a sliver has no direction to stretch in
    rest, moved, areas = rest[solid], moved[solid], areas[solid]
    _, frame = torch.linalg.qr(rest)
    values = torch.linalg.svdvals(moved @ torch.linalg.inv(frame))  # (F, 2)
    return float((values.clamp(min=1e-6).log().abs().mean(1) * areas).sum() / areas.sum())


def strip(views: MultiView, *, depth: bool = False) -> torch.Tensor:
    """Six views in a row, (R, 6 R, 3); on white, or their depth."""
    shown = views.depth.expand(-1, -1, -1, 3) if depth else views.albedo * views.alpha + 1 - views.alpha
    return torch.cat(list(replace(views, albedo=shown.detach().clamp(0, 1)).albedo), 1)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["ball", "refine", "table", "poses"])
    parser.add_argument("out", type=Path)
    parser.add_argument("rest", nargs="*")
    parser.add_argument("--guidance")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--field", choices=list(RATES), default="grid", help="what a ball is made of")
    given = parser.parse_args()
    torch.set_num_threads(1)
    given.out.mkdir(parents=True, exist_ok=True)
    match given.what:
        case "ball":
            for words in given.rest:
                from_ball(words, given.guidance or "recon", given.steps or 20, given.field, given.out)
        case "refine":
            for path, words in zip(given.rest[::2], given.rest[1::2], strict=True):
                refined(Path(path), words, given.guidance, given.steps, given.out)
        case "table":
            table(given.guidance, given.steps, given.count, given.out)
        case "poses":
            poses(Path(given.rest[0]), given.rest[1], given.steps or 40, given.out)


if __name__ == "__main__":
    main()
