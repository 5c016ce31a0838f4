"""Each command, from its words to its files."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from program import Gen4d

from gen4d.cli.views import is_photo_path
from gen4d.export.glb import write_glb
from gen4d.export.read import read_asset
from gen4d.structures import Asset, Material, Mesh, MultiView
from gen4d.structures.store import load_views

pytestmark = pytest.mark.usefixtures("ball_prior")
QUICK = "--faces 300 --texture-size 64 --set reconstruct.resolution=40 --set photo.subject_size=64"


def photo(path: Path) -> Path:
    """A red ball on white."""
    y, x = np.mgrid[:96, :96] - 48
    pixels = np.full((96, 96, 3), 255, np.uint8)
    pixels[x**2 + y**2 < 30**2] = (200, 40, 30)
    Image.fromarray(pixels).save(path)
    return path


def files(folder: Path | str = ".") -> set[str]:
    return {str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file()}


def test_words_become_a_folder_with_everything_in_it(gen4d: Gen4d) -> None:
    outcome = gen4d(f"text-to-3d 'A red ball!' --seed 3 {QUICK}")
    assert outcome.code == 0, outcome.err
    progress = outcome.err.splitlines()  # plain lines, since this is no terminal
    assert "views ..." in progress
    assert any(line.startswith("views: ") and line.endswith(" s") for line in progress)
    assert not any("\x1b" in line or "\r" in line for line in progress)
    assert outcome.out.splitlines() == [f"out/a-red-ball/{f}" for f in ("asset.glb", "preview.png", "report.json")]
    assert files() == set(outcome.out.splitlines())
    report = json.loads(Path("out/a-red-ball/report.json").read_text())
    assert report["seed"] == report["config"]["seed"] == 3
    assert report["config"]["surface"]["faces"] == 300
    assert [s["name"] for s in report["stages"]] == ["prior", "views", "reconstruct", "surface", "export", "preview"]
    assert all(s["seconds"] >= 0 and s["peak_memory_mb"] > 0 for s in report["stages"])
    asset = read_asset(Path("out/a-red-ball/asset.glb"))
    low, high = asset.mesh.bounds
    assert float(low[1]) == pytest.approx(0, abs=1e-4)  # it stands on the ground
    assert float((high - low).max()) == pytest.approx(1, abs=0.05)
    assert asset.material.base_color.shape[:2] == (64, 64)
    assert len(asset.mesh.faces) <= 300


def test_the_same_seed_gives_the_same_bytes_quietly_or_as_json(gen4d: Gen4d) -> None:
    assert gen4d(f"text-to-3d ball {QUICK} -o a.glb --quiet") == (0, "", "")
    outcome = gen4d(f"text-to-3d ball {QUICK} -o deep/b.glb --json --quiet")
    assert Path("a.glb").read_bytes() == Path("deep/b.glb").read_bytes()
    result = json.loads(outcome.out)
    ends = {"asset": ".glb", "preview": ".preview.png", "report": ".report.json"}
    assert result["files"] == {role: f"deep/b{end}" for role, end in ends.items()}
    assert files() == {f"{name}{end}" for name in ("a", "deep/b") for end in ends.values()}
    assert result["seconds"] > 0 and result["warnings"] == []


@pytest.mark.slow
def test_a_photo_becomes_an_asset(gen4d: Gen4d) -> None:
    photo(Path("My Ball.png"))
    outcome = gen4d(f"image-to-3d 'My Ball.png' {QUICK}")
    assert outcome.code == 0, outcome.err
    assert outcome.out.splitlines()[0] == "out/my-ball/asset.glb"
    assert json.loads(Path("out/my-ball/report.json").read_text())["stages"][0]["name"] == "photo"


def test_a_photo_moves(gen4d: Gen4d) -> None:
    photo(Path("ball.png"))
    outcome = gen4d(f"animate ball.png {QUICK} --plan prop --clips idle --height 0.5 -o ball.glb")
    assert outcome.code == 0, outcome.err
    assert outcome.out.splitlines() == ["ball.glb", "ball.preview.png", "ball.preview.gif", "ball.report.json"]
    asset = read_asset(Path("ball.glb"))
    assert asset.skeleton is not None and asset.skeleton.plan == "prop"
    assert [clip.name for clip in asset.clips] == ["idle"]
    low, high = asset.mesh.bounds
    assert float(high[1] - low[1]) == pytest.approx(0.5, rel=1e-3)
    with Image.open("ball.preview.gif") as gif:
        assert getattr(gif, "n_frames", 1) > 1 and gif.info["loop"] == 0


def test_views_go_to_a_file_and_come_back_as_an_asset(gen4d: Gen4d) -> None:
    photo(Path("ball.png"))
    assert gen4d("views 'a ball' -o ball.safetensors").out == "ball.safetensors\n"
    views = load_views(Path("ball.safetensors"))
    assert isinstance(views, MultiView) and views.albedo.shape == (6, 64, 64, 3)
    outcome = gen4d(f"reconstruct ball.safetensors --photo ball.png -o ball.glb {QUICK}")
    assert outcome.code == 0, outcome.err
    assert read_asset(Path("ball.glb")).name == "ball"


def test_views_of_a_photo(gen4d: Gen4d) -> None:
    photo(Path("ball.png"))
    assert gen4d("views ball.png").out == "out/ball/views.safetensors\n"


def test_a_mesh_is_rigged_and_keeps_its_size(gen4d: Gen4d) -> None:
    corners = [(x, y, z) for x in (0, 2) for y in (0, 3) for z in (0, 1)]
    quads = [(1, 2, 4, 3), (5, 7, 8, 6), (1, 5, 6, 2), (3, 4, 8, 7), (1, 3, 7, 5), (2, 6, 8, 4)]
    text = "\n".join([f"v {x} {y} {z}" for x, y, z in corners] + ["f {} {} {} {}".format(*q) for q in quads])
    Path("crate.obj").write_text(text)
    outcome = gen4d("rig crate.obj --plan prop -o crate.glb")
    assert outcome.code == 0, outcome.err
    asset = read_asset(Path("crate.glb"))
    low, high = asset.mesh.bounds
    assert (high - low).tolist() == pytest.approx([2, 3, 1], rel=1e-4)
    assert asset.skin is not None and asset.clips


def test_inspect_counts_what_is_there_and_finds_nothing_wrong(gen4d: Gen4d) -> None:
    mesh = Mesh(
        torch.tensor([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]),
        torch.tensor([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]),
    )
    write_glb(Asset("tetrahedron", mesh, Material(torch.ones(1, 1, 4))), Path("x.glb"))
    outcome = gen4d("inspect x.glb")
    assert outcome.code == 0
    assert "4 triangles" in outcome.out and "nothing to complain about" in outcome.out
    assert json.loads(gen4d("inspect x.glb --json").out)["triangles"] == 4


def test_doctor_has_one_line_a_check(gen4d: Gen4d) -> None:
    outcome = gen4d("doctor")
    lines = outcome.out.splitlines()
    assert all(line.startswith(("ok  ", "FAIL")) for line in lines)
    for name in ("python", "torch", "device cpu", "weights", "extra dev"):
        assert any(name in line for line in lines), name
    assert outcome.code == int(any(line.startswith("FAIL") for line in lines))
    checks = json.loads(gen4d("doctor --json").out)
    assert checks["ok"] == (outcome.code == 0) and len(checks["checks"]) == len(lines)


def test_doctor_fails_when_the_weights_are_damaged(gen4d: Gen4d, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gen4d.prior.weights.check_weights", lambda: [("nano", False, "its checksum is wrong")])
    outcome = gen4d("doctor")
    assert outcome.code == 1
    assert "FAIL  weights nano" in outcome.out


@pytest.mark.parametrize(
    ("subject", "is_photo"),
    [
        ("a paper plane", False),
        ("missing.PNG", True),
        ("folder/missing.jpeg", True),
        ("version 1.0", False),
        ("x" * 5000, False),
        ("a\0b", False),
        ("here", True),
        ("folder", False),
    ],
)
def test_words_and_pictures_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, subject: str, is_photo: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("here").touch()
    Path("folder").mkdir()
    assert is_photo_path(subject) == is_photo
