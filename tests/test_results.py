"""Result files: whole or not at all, whatever stands in the way."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gen4d.errors import OutputError
from gen4d.results import Destination, asset_destination, views_destination, writing


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run in an empty folder of our own."""
    monkeypatch.chdir(tmp_path)
    yield
    assert not list(tmp_path.rglob(".gen4d-*")), "a staging folder was left behind"


def tree() -> dict[str, str]:
    """Every file below here with what it says."""
    return {str(p): p.read_text() for p in sorted(Path().rglob("*")) if p.is_file()}


def write(destination: Destination, **roles: str) -> None:
    for role, text in roles.items():
        destination.staged(role).write_text(text)


def test_a_folder_result_appears_at_the_end_and_at_once() -> None:
    with asset_destination(None, "a-plane") as destination:
        write(destination, asset="GLB", preview="PNG", report="{}")
        assert not Path("out/a-plane").exists()
        files = destination.publish()
    assert tree() == {"out/a-plane/asset.glb": "GLB", "out/a-plane/preview.png": "PNG", "out/a-plane/report.json": "{}"}
    assert list(files) == ["asset", "preview", "report"]
    assert all(path.exists() for path in files.values())


def test_a_named_result_lies_beside_its_file() -> None:
    with asset_destination(Path("deep/er/x.glb"), "unused") as destination:
        write(destination, asset="GLB", preview="PNG", animation="GIF", report="{}")
        destination.publish()
    assert set(tree()) == {f"deep/er/x{end}" for end in (".glb", ".preview.png", ".preview.gif", ".report.json")}


@pytest.mark.parametrize("output", [None, Path("x.glb")])
def test_a_new_result_replaces_the_old_one_as_a_whole_and_nothing_else(output: Path | None) -> None:
    for version, roles in enumerate((("asset", "preview", "animation", "report"), ("asset", "report"))):
        with asset_destination(output, "x") as destination:
            write(destination, **{role: f"{role} {version}" for role in roles})
            destination.publish()
        if version == 0:
            (destination.files["asset"].parent / "notes.txt").write_text("mine")
    folder = "out/x/" if output is None else ""
    names = {"asset.glb", "report.json"} if output is None else {"x.glb", "x.report.json"}
    kept = tree()
    assert set(kept) == {folder + name for name in names} | {folder + "notes.txt"}
    assert kept[folder + "notes.txt"] == "mine"
    assert all(text.endswith(" 1") for name, text in kept.items() if not name.endswith("notes.txt"))


@pytest.mark.parametrize("output", [None, Path("deep/er/x.glb")])
def test_a_failed_run_leaves_nothing_behind(output: Path | None) -> None:
    with pytest.raises(KeyboardInterrupt), asset_destination(output, "x") as destination:
        write(destination, asset="half")
        raise KeyboardInterrupt
    assert not list(Path().iterdir())


def test_a_failed_run_leaves_the_earlier_result_as_it_was() -> None:
    with asset_destination(None, "x") as destination:
        write(destination, asset="old", report="old")
        destination.publish()
    before = tree()
    with pytest.raises(ZeroDivisionError), asset_destination(None, "x") as destination:
        write(destination, asset="new")
        raise ZeroDivisionError
    assert tree() == before


def test_results_have_the_permissions_of_any_other_file() -> None:
    with asset_destination(None, "x") as destination:
        write(destination, asset="GLB")
        destination.publish()
    Path("plain").mkdir()
    Path("plain/file").touch()
    assert Path("out/x").stat().st_mode == Path("plain").stat().st_mode
    assert Path("out/x/asset.glb").stat().st_mode == Path("plain/file").stat().st_mode


def test_what_stands_in_the_way_is_named_before_any_work() -> None:
    Path("file").write_text("mine")
    Path("folder.glb").mkdir()
    for output, says in (
        (Path("file/x.glb"), r"a file stands where a folder is needed \(file\)"),
        (Path("folder.glb"), "a folder of that name is there"),
        (Path("x.obj"), "must end in .glb, such as x.glb"),
        (Path("x" * 300 + ".glb"), "name is too long"),
        (Path("x" * 249 + ".glb"), "name is too long"),  # the asset would fit, its report would not
    ):
        with pytest.raises(OutputError, match=says), asset_destination(output, "x"):
            pytest.fail("the work began")
    with pytest.raises(OutputError, match=r"must end in \.safetensors"), views_destination(Path("x.glb"), "x"):
        pytest.fail("the work began")
    Path("out").write_text("a file of that name")
    with pytest.raises(OutputError, match="a file stands where a folder is needed"), asset_destination(None, "x"):
        pytest.fail("the work began")
    assert Path("file").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_leave_to_write_is_refused() -> None:
    Path("locked").mkdir(mode=0o555)
    with pytest.raises(OutputError, match="not writable"), asset_destination(Path("locked/x.glb"), "x"):
        pytest.fail("the work began")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a device that is always full")
def test_a_full_disk_is_one_sentence_about_the_final_place() -> None:
    with (
        pytest.raises(OutputError, match=r"^x\.glb: it cannot be written: the disk is full; free some space"),
        writing(Path("x.glb")),
        Path("/dev/full").open("w") as full,
    ):
        full.write("x")


def test_an_output_error_about_a_staged_file_is_told_about_the_final_one() -> None:
    with pytest.raises(OutputError, match=r"^x\.glb: .*disk is full"), writing(Path("x.glb")):
        try:
            raise OSError(28, "No space left on device")
        except OSError as error:
            raise OutputError(".gen4d-abc/x.glb: it cannot be written.") from error


def test_views_join_the_asset_of_the_same_prompt() -> None:
    with views_destination(None, "x") as destination:
        write(destination, views="six")
        destination.publish()
    with asset_destination(None, "x") as destination:
        write(destination, asset="GLB")
        destination.publish()
    assert tree() == {"out/x/asset.glb": "GLB", "out/x/views.safetensors": "six"}


def aged(folder: Path) -> Path:
    """The folder, as if nothing had happened in it for an hour."""
    os.utime(folder, (folder.stat().st_atime, folder.stat().st_mtime - 3600))
    return folder


def test_what_a_killed_run_left_is_swept_and_a_living_one_stays() -> None:
    left, foreign = Path(".gen4d-0123456789ab"), Path(".gen4d-notes")
    for folder in (left, foreign):
        folder.mkdir()
        (folder / "half.glb").touch()
        aged(folder)
    with asset_destination(Path("a.glb"), "a") as first:
        assert not left.exists() and foreign.exists()
        aged(first.staging)
        with asset_destination(Path("b.glb"), "b"):
            assert first.staging.exists()
    shutil.rmtree(foreign)


def test_a_run_that_is_killed_is_swept_by_the_next() -> None:
    code = (
        "import os, signal; from pathlib import Path; from gen4d.results import asset_destination\n"
        "with asset_destination(Path('a.glb'), 'a'): os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    (left,) = Path().glob(".gen4d-*")
    aged(left)
    with asset_destination(Path("a.glb"), "a") as destination:
        assert [path.name for path in Path().glob(".gen4d-*")] == [destination.staging.name]
