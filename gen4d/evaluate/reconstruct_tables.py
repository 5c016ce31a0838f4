"""Scores of reconstruction as tables: means by way and by source, the spread, the worst objects, the seconds."""

from dataclasses import asdict

import numpy as np

from gen4d.evaluate.reconstruct import CEILING, GEN4D, RAW, ReconstructScore

WORST_SHARE = 0.1
HEAD = ("from six views", "objects", "failed", "Chamfer", "F@0.01", "F@0.02", "F@0.05", "worst tenth F@0.01", "normals",
        "volume IoU", "PSNR", "SSIM", "watertight", "manifold", "faces")  # fmt: skip


def score_row(score: ReconstructScore) -> str:
    """One line about one object."""
    if score.shape is None or score.sound is None:
        return f"{score.object_id}: {score.failure}"
    shape, seconds = score.shape, score.seconds or {}
    return (
        f"{score.object_id}: F@0.01 {shape.f1:.3f}, F@0.02 {shape.f2:.3f}, normals {shape.normals:.3f}, "
        f"PSNR {score.psnr:.1f} dB, SSIM {score.ssim:.3f}, IoU {shape.volume_iou:.3f}, {score.faces} faces, "
        f"{'closed' if score.sound.manifold else 'NOT CLOSED'}, {sum(_stages(seconds).values()):.1f} s"
    )


def score_table(scores: list[ReconstructScore]) -> str:
    """Means by way as a Markdown table, then of ours: means by source, worst objects, failures and seconds."""
    rows = [f"| {' | '.join(HEAD)} |", "|---" * len(HEAD) + "|"]
    for way in dict.fromkeys(score.way for score in scores):
        rows.append(_means(way, [score for score in scores if score.way == way]))
    ours = [score for score in scores if score.way == GEN4D]
    sources = sorted({score.object_id.split("/")[0] for score in ours})
    rows += [_means(f"{GEN4D}: {s}", [x for x in ours if x.object_id.split("/")[0] == s]) for s in sources]
    return "\n".join([*rows, *_worst(ours), *_notes([score for score in ours if score.sound is not None])])


def _means(name: str, scores: list[ReconstructScore]) -> str:
    """One row: means over the objects that did not fail; cells that a way has no value for stay empty."""
    good = [score for score in scores if score.shape is not None]
    if not good:
        return f"| {name} | {len(scores)} | {len(scores)} |" + " |" * (len(HEAD) - 3)
    shapes = [asdict(s.shape) for s in good if s.shape is not None]
    mean = {key: float(np.mean([shape[key] for shape in shapes])) for key in shapes[0]}
    worst = float(np.quantile([shape["f1"] for shape in shapes], WORST_SHARE))
    cells = [name, str(len(scores)), str(len(scores) - len(good)), f"{mean['chamfer']:.4f}"]
    cells += [f"{mean[key]:.3f}" for key in ("f1", "f2", "f5")]
    cells += [f"{worst:.3f}", f"{mean['normals']:.3f}", f"{mean['volume_iou']:.3f}"]
    pictures = name != RAW  # the surface before the finish has no colours
    cells += [f"{_mean(good, 'psnr'):.1f} dB", f"{_mean(good, 'ssim'):.3f}"] if pictures else ["", ""]
    sounds = [s.sound for s in good if s.sound is not None]
    if name == CEILING:  # points, not a mesh
        return f"| {' | '.join([*cells, '', '', ''])} |"
    cells += [f"{100 * np.mean([getattr(s, key) for s in sounds]):.0f} %" for key in ("watertight", "manifold")]
    cells.append(f"{_mean(good, 'faces'):.0f}")
    return f"| {' | '.join(cells)} |"


def _worst(scores: list[ReconstructScore]) -> list[str]:
    """The objects of the worst tenth by each of three figures, and every failure."""
    good = [score for score in scores if score.shape is not None]
    count = round(WORST_SHARE * len(good))
    lines = [""]
    for name, value in (
        ("F@0.01", lambda s: s.shape.f1), ("normals", lambda s: s.shape.normals), ("PSNR", lambda s: s.psnr)
    ):  # fmt: skip
        order = sorted(good, key=value)[:count]
        if order:
            low, high = (np.quantile([value(s) for s in good], q) for q in (WORST_SHARE, 0.5))
            listed = ", ".join(f"{s.object_id} {value(s):.3f}" for s in order)
            lines.append(f"{name}: worst tenth below {low:.3f}, median {high:.3f}: {listed}")
    open_ones = [score.object_id for score in good if score.sound is not None and not score.sound.manifold]
    if open_ones:
        lines.append(f"not closed: {', '.join(open_ones)}")
    return lines + [f"failed: {score.object_id}: {score.failure}" for score in scores if score.failure]


def _notes(scores: list[ReconstructScore]) -> list[str]:
    if not scores:
        return []
    parts = list(dict.fromkeys(name for s in scores for name in s.seconds or {}))
    times = {name: [(s.seconds or {}).get(name, 0.0) for s in scores] for name in parts}
    totals = [sum(_stages(s.seconds or {}).values()) for s in scores]
    sounds = [s.sound for s in scores if s.sound is not None]
    return [
        "processor seconds: " + ", ".join(f"{name} {np.mean(values):.2f}" for name, values in times.items())
        + f"; in all {np.mean(totals):.2f}, at most {max(totals):.2f}; "
        f"peak memory {max(s.memory for s in scores) / 1e6:.0f} MB, the evaluation's own included",
        f"faces seen from behind {_percent([s.back_facing for s in sounds])} of the pixels, "
        f"overlapping texels {_percent([s.uv_overlap for s in sounds])}",
    ]  # fmt: skip


def _stages(seconds: dict[str, float]) -> dict[str, float]:
    """The parts that add up: those of the surface are part of it."""
    return {name: seconds[name] for name in ("reconstruct", "surface", "export") if name in seconds}


def _percent(shares: list[float]) -> str:
    return f"{100 * np.mean(shares):.3f} % (at most {100 * max(shares):.3f} %)"


def _mean(scores: list[ReconstructScore], name: str) -> float:
    return float(np.mean([getattr(score, name) for score in scores]))
