"""The program as a whole: help, version, exit codes, and how fast it answers."""

import subprocess
import sys
from pathlib import Path

import pytest
from program import Gen4d

from gen4d import __version__
from gen4d.cli import app
from gen4d.errors import CheckpointError, Gen4dError, InputError

COMMANDS = ("text-to-3d", "image-to-3d", "animate", "views", "reconstruct", "rig", "inspect", "doctor", "data", "train")


def test_help_lists_every_command(gen4d: Gen4d) -> None:
    outcome = gen4d("--help")
    assert outcome.code == 0
    assert all(command in outcome.out for command in COMMANDS)
    assert "..." not in outcome.out.partition("Commands:")[2], "a description is too long for its line"


CONTRACT = {
    "text-to-3d": "-o --seed --preset --set --negative --guidance --steps --faces --texture-size",
    "image-to-3d": "-o --seed --preset --set --negative --guidance --steps --faces --texture-size --mask --prompt",
    "animate": "-o --seed --preset --set --negative --guidance --steps --faces --texture-size --mask --prompt "
    "--plan --clips --height",
    "views": "-o",
    "reconstruct": "-o --photo",
    "rig": "-o --plan",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_the_options_others_script_against(gen4d: Gen4d, command: str) -> None:
    outcome = gen4d(f"{command} --help")
    words = outcome.out.replace(",", " ").split()
    assert outcome.code == 0
    assert set(CONTRACT.get(command, "").split()) <= set(words)
    assert "--debug" in words
    if command in CONTRACT:
        assert {"--quiet", "--json"} <= set(words)


def test_the_version_is_told(gen4d: Gen4d) -> None:
    assert gen4d("--version").out == f"gen4d {__version__}\n"


def test_no_command_shows_the_help_and_fails(gen4d: Gen4d) -> None:
    outcome = gen4d("")
    assert outcome.code == 2
    assert outcome.err.startswith("Usage: gen4d")


def test_importing_the_program_loads_nothing_heavy() -> None:
    heavy = "{'torch', 'numpy', 'pydantic', 'PIL', 'scipy', 'rich', 'trimesh'}"
    code = f"import sys, gen4d, gen4d.cli; found = {heavy} & set(sys.modules); assert not found, found"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def broken(error: BaseException) -> object:
    """A `build_app` whose program raises."""

    def program(*_: object, **__: object) -> None:
        raise error

    return lambda: program


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (InputError("x.png: it is no picture."), 2, "gen4d: x.png: it is no picture.\n"),
        (CheckpointError("weights:\n\tdamaged."), 2, "gen4d: weights: damaged.\n"),
        (KeyboardInterrupt(), 130, "gen4d: interrupted; nothing was written.\n"),
        (MemoryError(), 1, "gen4d: out of memory; try --preset draft or fewer --faces.\n"),
        (
            RuntimeError("two\nlines"),
            1,
            "gen4d: this is a bug in gen4d (RuntimeError: two lines). Run again with --debug for the traceback.\n",
        ),
    ],
)
def test_every_error_is_one_sentence_with_its_exit_code(
    gen4d: Gen4d, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, says: str
) -> None:
    monkeypatch.setattr(app, "build_app", broken(error))
    outcome = gen4d("doctor")
    assert (outcome.code, outcome.out, outcome.err) == (code, "", says)
    told = gen4d("doctor --debug").err
    assert "Traceback" in told and type(error).__name__ in told


def test_a_sentence_of_ours_never_needs_a_bug_report() -> None:
    assert all(kind.exit_code in (1, 2) for kind in Gen4dError.__subclasses__())


@pytest.mark.slow
def test_a_terminated_run_cleans_up(tmp_path: Path) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", "from gen4d.cli import main; raise SystemExit(main(['text-to-3d', 'a barrel']))"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert run.stderr is not None
    for line in run.stderr:
        if line.startswith("views"):
            break
    run.terminate()
    run.communicate(timeout=60)
    assert run.returncode == 143
    assert not list(tmp_path.iterdir())
