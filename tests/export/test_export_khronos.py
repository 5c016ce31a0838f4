"""The validator's verdict inside `gen4d inspect`: sound, broken, separate files, and where it cannot be run."""

from pathlib import Path

import pytest
from glb_factory import textured_box

from gen4d.export import khronos
from gen4d.export.convert import convert_file
from gen4d.export.glb import write_glb
from gen4d.export.khronos import khronos_report


@pytest.fixture(scope="module", autouse=True)
def _validator(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("probe") / "a.glb"
    write_glb(textured_box(), path)
    if khronos_report(path).summary.startswith("not run"):
        pytest.skip("no node, or no gltf-validator: run `npm ci --prefix tests/export`")


def test_a_sound_file_has_no_errors_alone_or_with_its_files_beside_it(tmp_path: Path) -> None:
    write_glb(textured_box(), tmp_path / "a.glb")
    convert_file(tmp_path / "a.glb", tmp_path / "b.gltf", None)
    for name in ("a.glb", "b.gltf"):
        report = khronos_report(tmp_path / name)
        assert (report.summary, report.findings) == ("0 errors, 0 warnings", ())


def test_a_broken_file_has_named_errors(tmp_path: Path) -> None:
    write_glb(textured_box(), tmp_path / "a.glb")
    (tmp_path / "b.glb").write_bytes((tmp_path / "a.glb").read_bytes()[:-8])
    report = khronos_report(tmp_path / "b.glb")
    assert any(f.severity == "error" and f.code == "khronos GLB_UNEXPECTED_END_OF_CHUNK_DATA" for f in report.findings)
    assert not report.summary.startswith("0 errors")


def test_a_machine_without_node_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(khronos.shutil, "which", lambda _: None)
    assert khronos_report(tmp_path / "a.glb").summary == "not run: node is not installed"
