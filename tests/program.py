"""The program run in this process, as a shell would run it."""

import io
import shlex
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

from gen4d.cli import main


class Outcome(NamedTuple):
    """What a command left: its exit code and what it said."""

    code: int
    out: str
    err: str


Gen4d = Callable[[str], Outcome]


def run(words: Sequence[str]) -> Outcome:
    """Run one command line, already split into words."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(words)
    return Outcome(code, out.getvalue(), err.getvalue())


def run_line(line: str) -> Outcome:
    """`run_line("text-to-3d 'a ball'")`."""
    return run(shlex.split(line))
