"""`gen4d refine`: what it writes, what it leaves, and the sentence each mistake earns before any long work."""

import json
import sys
from pathlib import Path

import pytest
from program import Gen4d

sys.path.insert(0, str(Path(__file__).parents[1] / "distill"))
from toy_teacher import ball, toy_teacher

from gen4d.export.config import ExportConfig
from gen4d.export.glb import write_glb
from gen4d.export.read import read_asset


@pytest.fixture
def grey_ball(gen4d: Gen4d, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ball's file in the empty folder, and a prior that expects red."""
    monkeypatch.setattr("gen4d.refine.open_teacher", lambda prompt, cfg, ctx: toy_teacher())
    write_glb(ball(), Path("ball.glb"), ExportConfig())
    return Path("ball.glb")


def test_a_refined_asset_with_its_report_and_nothing_else(gen4d: Gen4d, grey_ball: Path) -> None:
    outcome = gen4d("refine ball.glb --prompt 'a red ball' --steps 12 -o red.glb --quiet --json")
    assert outcome.code == 0, outcome.err
    found = sorted(path.name for path in Path().iterdir())
    assert found == ["ball.glb", "red.glb", "red.preview.png", "red.report.json"]
    before, after = read_asset(grey_ball), read_asset(Path("red.glb"))
    assert (before.mesh.vertices == after.mesh.vertices).all() and (before.mesh.faces == after.mesh.faces).all()
    red = after.material.base_color[..., :3].mean((0, 1))
    assert red[0] > 0.5 > red[1]
    facts = json.loads(Path("red.report.json").read_text())
    assert facts["facts"]["refine.view_error_after"] < facts["facts"]["refine.view_error_before"]
    assert facts["provenance"]["refined_for"] == "a red ball"


def test_the_same_command_gives_the_same_bytes(gen4d: Gen4d, grey_ball: Path) -> None:
    for name in ("one.glb", "two.glb"):
        assert gen4d(f"refine ball.glb --prompt red --steps 4 --guidance vsd -o {name} --quiet").code == 0
    assert Path("one.glb").read_bytes() == Path("two.glb").read_bytes()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("refine missing.glb --prompt red", "missing.glb: file not found"),
        ("refine ball.glb --prompt ''", "prompt"),
        ("refine ball.glb --prompt red --guidance dsd", "allowed are redraw, sds, recon, vsd, ism, csd"),
        ("refine ball.glb --prompt red --guidance csd", "has no clips"),
        ("refine ball.glb --prompt red --steps 0", "from 1 to"),
        ("refine ball.glb --prompt red --prior nonsense", "refine.prior"),
        ("refine ball.glb --prompt red --resume", "no state to resume from"),
        ("text-to-3d red --prior nonsense", "allowed are embedded, hub:OWNER/NAME@REVISION and dir:FOLDER"),
        ("text-to-3d red --prior dir:missing", "dir:missing: this is no folder"),
        ("text-to-3d red --prior dir:.", "model_index.json is missing"),
        ("text-to-3d red --half", "they are for public weights"),
        ("animate ball.glb --half", "they are for public weights"),
        ("animate ball.glb --prior nonsense", "allowed are embedded, hub:OWNER/NAME@REVISION and dir:FOLDER"),
        ("text-to-3d red --low-memory slices", "they are for public weights"),
        ("text-to-3d red --prior dir:x --low-memory slice", "allowed are offload, int8, slices, tiles"),
        ("refine ball.glb --prompt red --low-memory magic", "allowed are offload, int8, slices, tiles"),
        ("text-to-3d red --prior embedded --allow-pickle", "they are for public weights"),
        ("text-to-3d red --refine --resume -o red.glb", "no state to resume from"),
        ("text-to-3d red --resume -o red.glb", "only --refine leaves a state"),
        ("refine ball.glb --prompt red -o out.obj", "must end in .glb"),
    ],
)
def test_a_mistake_earns_one_sentence(gen4d: Gen4d, grey_ball: Path, line: str, sentence: str) -> None:
    outcome = gen4d(f"{line} --quiet")
    assert outcome.code == 2, outcome.err
    assert sentence in outcome.err and len(outcome.err.strip().splitlines()) == 1
    assert sorted(Path().iterdir()) == [grey_ball]


def test_words_can_be_refined_at_once(gen4d: Gen4d, grey_ball: Path, ball_prior: None) -> None:
    options = "--set refine.steps=3 --faces 500 --texture-size 256 --quiet"
    assert gen4d(f"text-to-3d 'a ball' --refine -o made.glb {options}").code == 0
    made = read_asset(Path("made.glb"))
    assert made.provenance["prompt"] == "a ball" and made.provenance["refined_by"] == "toy"
    assert not list(Path().glob("*.refine.*"))


def test_the_doctor_says_which_public_checkpoints_fit(gen4d: Gen4d) -> None:
    lines = [line for line in gen4d("doctor").out.splitlines() if "prior hub" in line]
    assert len(lines) >= 7 and all("GB" in line and line.startswith("ok") for line in lines)
    assert all("slices" in line and "int8" in line and "offload" in line for line in lines)
    assert all("runs here" in line or "too large" in line for line in lines)
    assert all("text-to-3d" in line or "image-to-3d" in line for line in lines)
