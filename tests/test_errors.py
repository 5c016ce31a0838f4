"""The error tree: exit codes, and that everything raised on purpose belongs to it."""

import ast
import inspect
from pathlib import Path

import pytest

from gen4d import errors
from gen4d.errors import Gen4dError

ROOT = Path(__file__).parents[1]
KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, Gen4dError)]
# Those of the language are for one file's own use: raised below its door, caught and put into words at it.
ALLOWED = {kind.__name__ for kind in KINDS} | {"OSError", "ValueError", "IndexError"}


@pytest.mark.parametrize(
    ("name", "exit_code"),
    [
        ("ConfigError", 2),
        ("InputError", 2),
        ("OutputError", 2),
        ("MissingDependency", 2),
        ("ShapeError", 1),
        ("CheckpointError", 2),
        ("NumericsError", 1),
    ],
)
def test_each_error_tells_whose_turn_it_is(name: str, exit_code: int) -> None:
    assert getattr(errors, name).exit_code == exit_code


def test_every_error_is_listed_above() -> None:
    assert len(KINDS) == 7 + 1  # and the base


@pytest.mark.parametrize("path", sorted((ROOT / "gen4d").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_the_library_raises_only_its_own_errors(path: Path) -> None:
    if "data" in path.parts or "evaluate" in path.parts:
        pytest.skip("training tools raise what their readers raise")
    # A package that imports on first use must answer a wrong name as Python does.
    allowed = {*ALLOWED, "AttributeError"} if path.name == "__init__.py" else ALLOWED
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            assert ast.unparse(node.exc.func) in allowed, f"line {node.lineno}"
