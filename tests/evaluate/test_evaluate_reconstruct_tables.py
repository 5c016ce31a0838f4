"""Scores kept in files, their tables, and what the views alone show."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh

from gen4d.errors import InputError
from gen4d.evaluate.reconstruct import CEILING, GEN4D, RAW, ReconstructScore
from gen4d.evaluate.reconstruct_ceiling import painted_truth, shown_surface
from gen4d.evaluate.reconstruct_kept import KeptScores
from gen4d.evaluate.reconstruct_metrics import ShapeErrors, Soundness, on_white, picture_errors, unseen_cameras
from gen4d.evaluate.reconstruct_tables import score_row, score_table
from gen4d.render.rasterizer import rasterize
from gen4d.render.views import render_views, surface_colors
from gen4d.structures import Mesh

HOW: dict[str, object] = {"views": "true", "faces": 500}


def score(way: str, name: str, f1: float = 0.9, *, closed: bool = True) -> ReconstructScore:
    shape = ShapeErrors(0.01, f1, 0.95, 1.0, 0.9, 0.8)
    return ReconstructScore(way, name, shape, Soundness(closed, closed, 0.0, 0.0), 30.0, 0.9, 500, {"surface": 2.0}, 10)


def ball() -> Mesh:
    shape = trimesh.creation.icosphere(4, 0.45)
    vertices = torch.from_numpy(np.array(shape.vertices)).float()
    colors = (0.4 + 0.6 * vertices).clamp(0.05, 0.75)
    return Mesh(vertices, torch.from_numpy(np.array(shape.faces)).long(), colors=colors)


def test_kept_scores_come_back_and_name_what_is_done(tmp_path: Path) -> None:
    path = tmp_path / "scores.jsonl"
    failed = ReconstructScore(GEN4D, "b/2", failure="no surface")
    KeptScores(path, HOW).add([score(GEN4D, "a/1"), score(RAW, "a/1")])
    kept = KeptScores(path, HOW)
    kept.add([failed])
    again = KeptScores(path, HOW)
    assert again.scores == [score(GEN4D, "a/1"), score(RAW, "a/1"), failed]
    assert again.done == {"a/1", "b/2"}


def test_other_settings_and_other_files_are_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "scores.jsonl"
    KeptScores(path, HOW).add([score(GEN4D, "a/1")])
    before = path.read_bytes()
    with pytest.raises(InputError, match="measured with"):
        KeptScores(path, HOW | {"faces": 20_000})
    assert path.read_bytes() == before
    for text in ("hello", "", json.dumps(HOW) + '\n{"way": "x"}\n', "[]\n3\n"):
        path.write_text(text)
        with pytest.raises(InputError, match="give another name"):
            KeptScores(path, HOW)


def test_table_has_one_width_and_names_the_worst_the_open_and_the_failed() -> None:
    scores = [score(GEN4D, f"{source}/{i}", 0.5 + 0.05 * i) for source in ("a", "b") for i in range(10)]
    scores += [score(CEILING, "a/0"), score(RAW, "a/0"), score(GEN4D, "b/x", closed=False)]
    scores.append(ReconstructScore(GEN4D, "b/bad", failure="no surface"))
    table = score_table(scores)
    rows = [line for line in table.splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {16}
    assert [row.split(" | ")[0] for row in rows[2:]] == [
        f"| {w}" for w in (GEN4D, CEILING, RAW, "gen4d: a", "gen4d: b")
    ]
    assert "F@0.01: worst tenth below 0.550, median 0.750: a/0 0.500, b/0 0.500" in table
    assert "not closed: b/x" in table and "failed: b/bad: no surface" in table
    assert "NOT CLOSED" in score_row(score(GEN4D, "b/x", closed=False))
    assert score_table([ReconstructScore(GEN4D, "b/bad", failure="no surface")]).endswith("no surface")


def test_points_the_views_show_lie_on_the_ball_and_its_colours_are_true() -> None:
    mesh = ball()
    views = render_views(mesh, resolution=128, supersample=2)
    shown = shown_surface(views)
    radius = np.linalg.norm(shown.points, axis=1)
    assert np.quantile(np.abs(radius - 0.45), 0.95) < 0.004  # the outline's pixels average two depths
    outward = shown.points / radius[:, None]
    assert np.quantile((shown.normals * outward).sum(1), 0.05) > 0.99
    cube_share = 4 / 3 * np.pi * 0.45**3
    assert cube_share < shown.solid.mean() < 1.1 * cube_share  # what six views cannot carve away stays
    raster = rasterize(mesh.vertices, mesh.faces, unseen_cameras())
    true = on_white(surface_colors(mesh, None, raster), raster.face_index >= 0)
    assert picture_errors(painted_truth(mesh, views), true)[0] > 45
    wrong = replace(views, albedo=1 - views.albedo)
    assert picture_errors(painted_truth(mesh, wrong), true)[0] < 20
