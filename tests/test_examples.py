"""The examples run, and do what their first lines say."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from gen4d.export.inspect import inspect_glb
from gen4d.export.read import read_asset

EXAMPLES = Path(__file__).parents[1] / "examples"


def example(name: str) -> ModuleType:
    """An example as a module; its file name starts with a number, so it cannot be imported by name."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_words_become_an_asset(tmp_path: Path) -> None:
    example("01_words_to_asset").main("a wooden barrel", tmp_path / "barrel.glb")
    assert len(read_asset(tmp_path / "barrel.glb").mesh.faces) <= 2000


def test_six_views_become_a_ball(tmp_path: Path) -> None:
    example("02_views_of_your_own").main(tmp_path / "ball.glb")
    mesh = read_asset(tmp_path / "ball.glb").mesh
    low, high = mesh.bounds
    middle = (low + high) / 2
    # A ball of radius 0.5; a cell of the reconstruction grid is 0.009 m.
    assert ((mesh.vertices - middle).norm(dim=1) - 0.5).abs().max() < 0.03


def test_a_crate_is_rigged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corners = [(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)]
    quads = [(1, 2, 4, 3), (5, 7, 8, 6), (1, 5, 6, 2), (3, 4, 8, 7), (1, 3, 7, 5), (2, 6, 8, 4)]
    lines = [f"v {x} {y} {z}" for x, y, z in corners] + ["f {} {} {} {}".format(*quad) for quad in quads]
    (tmp_path / "crate.obj").write_text("\n".join(lines))
    example("03_rig_a_mesh").main(str(tmp_path / "crate.obj"), "prop", tmp_path / "crate.glb")
    found = inspect_glb(tmp_path / "crate.glb")
    assert found.joints and found.clips
    assert not [finding for finding in found.findings if finding.severity == "error"]
    assert "bones" in capsys.readouterr().out


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_an_example_is_short_numbered_and_says_how_to_run_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert 20 <= len(text.splitlines()) <= 60
    assert f"Run: python examples/{path.name}" in text
    assert path.stem[:2].isdigit()
