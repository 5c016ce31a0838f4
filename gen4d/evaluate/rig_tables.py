"""Results of `gen4d eval rig` as Markdown tables."""

from collections.abc import Sequence

import numpy as np

from gen4d.evaluate.rigs import METHODS, RigResult


def result_row(result: RigResult) -> str:
    """One line about one rig; distances x 100."""
    if result.skeleton is None or result.skins is None:
        return f"{result.id}: {result.failure}"
    skeleton, skins = result.skeleton, result.skins
    taken = "" if result.guessed == result.plan else f" taken for {result.guessed}"
    return (
        f"{result.id}: {result.plan}{taken}{', turned' if result.turned else ''}, "
        f"J2J {100 * skeleton.j2j:.2f}, J2B {100 * skeleton.j2b:.2f}, B2B {100 * skeleton.b2b:.2f}, "
        f"IoU {skeleton.iou:.2f}, L1 {skins['gen4d'].l1:.3f} (heat {skins['heat'].l1:.3f}, "
        f"geodesic {skins['geodesic'].l1:.3f}), {result.seconds:.1f} s{_sweep_words(result)}"
    )


def _sweep_words(result: RigResult) -> str:
    """The end of a rig's line: what bending does, where it was measured."""
    if result.sweep is None:
        return ""
    volume, flipped = f"{100 * result.sweep.volume_change:.1f}", f"{100 * result.sweep.flipped:.2f}"
    worst = f" ({result.sweep.worst_joint})" if result.sweep.worst_joint else ""
    return f", bent: volume {volume} % ({result.sweep.thinnest_joint}), flipped {flipped} %{worst}"


def summary_tables(results: Sequence[RigResult]) -> str:
    """Two tables, skeletons and weights, a line a plan and one for all; failures are counted, means leave them out."""
    plans = sorted({result.plan for result in results})
    groups = [(plan, [r for r in results if r.plan == plan]) for plan in plans] + [("all", list(results))]
    lines = ["", *_skeleton_table(groups), "", *_skin_table(groups)]
    if any(result.sweep is not None for result in results):
        lines += ["", *_sweep_table(groups)]
    return "\n".join(lines)


Groups = Sequence[tuple[str, list[RigResult]]]


def _skeleton_table(groups: Groups) -> list[str]:
    lines = [
        "| plan | rigs | failed | plan right | CD-J2J | CD-J2B | CD-B2B | IoU | precision | recall "
        "| IoU local | joints inside | left-right | islands | s |",
        "|---" * 15 + "|",
    ]
    for plan, members in groups:
        valid = [r for r in members if r.skeleton is not None]
        scores = [r.skeleton for r in valid if r.skeleton is not None]
        row = [plan, str(len(members)), str(len(members) - len(valid))]
        if valid:
            right = np.mean([r.guessed == r.plan for r in valid])
            distances = [f"{100 * np.mean([getattr(s, k) for s in scores]):.2f}" for k in ("j2j", "j2b", "b2b")]
            shares = [f"{np.mean([getattr(s, k) for s in scores]):.2f}"
                      for k in ("iou", "precision", "recall", "iou_local")]  # fmt: skip
            inside = f"{np.mean([r.inside for r in valid]):.3f}"
            checks = [f"{100 * max(r.symmetry for r in valid):.2f}", str(sum(r.islands for r in valid))]
            row += [f"{right:.2f}", *distances, *shares, inside, *checks, f"{np.mean([r.seconds for r in valid]):.1f}"]
        lines.append("| " + " | ".join(row) + " |")
    return [
        *lines,
        "Distances x 100, over the longest side; joints match within 0.05 of it (local: half the diameter).",
        "Left-right: the worst error x 100, over the height; islands: in all rigs together.",
    ]


def _skin_table(groups: Groups) -> list[str]:
    lines = ["| plan | method | precision | recall | L1 | deformation mean | max |", "|---" * 7 + "|"]
    for plan, members in groups:
        valid = [r.skins for r in members if r.skins is not None]
        for method in METHODS if valid else ():
            scores = [skins[method] for skins in valid]
            shares = [f"{_mean(scores, key):.3f}" for key in ("precision", "recall", "l1")]
            bends = [f"{100 * _mean(scores, key):.2f}" for key in ("deformation_mean", "deformation_max")]
            lines.append("| " + " | ".join([plan, method, *shares, *bends]) + " |")
    return [*lines, "Weights on the artist's own joints. Deformation x 100, over the longest side."]


def _sweep_table(groups: Groups) -> list[str]:
    lines = [
        "| plan | rigs | whose | volume change: median | worst | flipped: all poses | worst pose: median | worst |",
        "|---" * 8 + "|",
    ]
    for plan, members in groups:
        pairs = [(r.sweep, r.artist_sweep) for r in members if r.sweep is not None and r.artist_sweep is not None]
        for whose, sweeps in zip(("ours", "the artist's"), zip(*pairs, strict=True), strict=False):
            volume, flipped = [s.volume_change for s in sweeps], [s.flipped for s in sweeps]
            shares = [np.median(volume), max(volume), np.mean([s.flipped_mean for s in sweeps]), np.median(flipped)]
            row = [plan, str(len(sweeps)), whose, *(f"{100 * share:.2f} %" for share in [*shares, max(flipped)])]
            lines.append("| " + " | ".join(row) + " |")
    return [*lines, "Every joint turned by 45 degrees about x, y and z, both ways, one at a time."]


def _mean(values: Sequence[object], key: str) -> float:
    return float(np.mean([getattr(value, key) for value in values]))
