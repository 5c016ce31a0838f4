"""What drawing again gains, by the time it starts from and the guidance: the prior's error and the independent judge.

    python tests/bench/bench_redraw.py OUT [--count 8] [--ways 0.7:2:6 0.7:4:6]

A way is START:GUIDANCE:STEPS, perhaps with :RESCALE. Of each of some words (none of them in the table of
bench_distill.py) six views are drawn and shown by the one surface that is nearest to them, without unwrapping, as an
asset would show them; then they are drawn again each way and shown likewise. Rows are kept in OUT, object by object; a
second call goes on from there.
"""

import argparse
import json
import time
from pathlib import Path

import torch

from gen4d.context import Context
from gen4d.distill.config import RefineConfig
from gen4d.distill.measure import view_error
from gen4d.distill.redraw import Eye, Redrawing, Rounds
from gen4d.evaluate.judge import as_input, load_judge, small_pictures
from gen4d.prior.config import EmbeddedPrior, ViewsConfig
from gen4d.prior.embedded import open_prior
from gen4d.prior.imagine import imagine_views
from gen4d.prior.text import MiniLmEncoder
from gen4d.remake import agreed
from gen4d.render.preview import save_png
from gen4d.streams import Streams
from gen4d.structures import MultiView, Prompt
from gen4d.structures.store import load, save
from gen4d.teacher import Teacher, guided_by, teacher_of

PROMPTS = (
    "a wooden chair", "a yellow school bus", "a palm tree", "a grey elephant", "a pirate ship", "a street lamp",
    "a red apple", "a wizard",
)  # fmt: skip
BEFORE = "before"


def shown(words: str, path: Path, teacher: Teacher, prior_views: MultiView | None) -> MultiView:
    """Views of the surface that drawn views give, from a file where there is one."""
    if not path.exists():
        assert prior_views is not None
        save(agreed(prior_views, Context(Streams(0))), path)
    return load(path, MultiView)


def redrawn(views: MultiView, teacher: Teacher, way: str) -> MultiView:
    """Views drawn again, as the surface nearest to them shows them."""
    start, scale, steps, *rescale = way.split(":")
    assert teacher.draw is not None
    eye, ctx = Eye(teacher.lens.encode, teacher.draw), Context(Streams(0))
    told = {"guidance_scale": float(scale)} | ({"guidance_rescale": float(rescale[0])} if rescale else {})
    guided = guided_by(teacher, RefineConfig.model_validate(told))
    live = Redrawing(views, eye, guided, Rounds((float(start),), int(steps)), ctx.streams)
    for _ in live.run():
        pass
    return agreed(live.views(), ctx)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=len(PROMPTS))
    parser.add_argument("--ways", nargs="+", default=["0.7:2:6", "0.7:4:6", "0.55:4:6", "0.85:4:6"])
    given = parser.parse_args()
    torch.set_num_threads(1)
    given.out.mkdir(parents=True, exist_ok=True)
    judge, prior = load_judge(), open_prior(EmbeddedPrior(), Context(Streams(0)))
    said = judge.of_words(MiniLmEncoder().encode(list(PROMPTS)).pooled)
    path = given.out / "rows.json"
    rows: dict[str, list[float]] = json.loads(path.read_text()) if path.exists() else {}
    for index, words in enumerate(PROMPTS[: given.count]):
        ctx = Context(Streams(0))
        teacher = teacher_of(prior, Prompt(words), ctx)
        file = given.out / f"{index}.safetensors"
        fresh = None if file.exists() else imagine_views(Prompt(words), prior, ViewsConfig(), ctx)
        base, strips = shown(words, file, teacher, fresh), []
        for way in [BEFORE, *given.ways]:
            if f"{words}|{way}" in rows:
                continue
            start = time.process_time()
            views = base if way == BEFORE else redrawn(base, teacher, way)
            seconds = time.process_time() - start
            error = view_error(teacher.lens.encode(views), teacher.conditional, ctx.streams)
            cosines = (judge.of_views(as_input(small_pictures(views))[None]) @ said.T)[0]
            chosen = float((judge.sharpness.exp() * cosines).log_softmax(0)[index])
            rows[f"{words}|{way}"] = [error, float(cosines[index]), chosen, seconds]
            path.write_text(json.dumps(rows))
            print(words, way, " ".join(f"{number:.4f}" for number in rows[f"{words}|{way}"]), flush=True)
            strips.append(torch.cat(list(views.albedo * views.alpha + 1 - views.alpha), 1))
        if strips:
            save_png(torch.cat(strips).clamp(0, 1), given.out / f"{index}.png")
    summary(rows, PROMPTS[: given.count], given.ways)


def summary(rows: dict[str, list[float]], prompts: tuple[str, ...], ways: list[str]) -> None:
    """Means, and for how many words each way is better."""
    print("| way | view error | better | judge: cosine | better | judge: log share of its words | better | s |")
    print("|---|---|---|---|---|---|---|---|")
    for way in [BEFORE, *ways]:
        pairs = [(rows[f"{words}|{BEFORE}"], rows[f"{words}|{way}"]) for words in prompts]
        means = [sum(after[i] for _, after in pairs) / len(pairs) for i in range(4)]
        better = [
            sum(sign * after[i] > sign * before[i] for before, after in pairs) for i, sign in enumerate((-1, 1, 1))
        ]
        cells = [f"{mean:.4f} | {count} of {len(pairs)}" for mean, count in zip(means[:3], better, strict=True)]
        print(f"| {way} | " + " | ".join(cells) + f" | {means[3]:.0f} |")


if __name__ == "__main__":
    main()
