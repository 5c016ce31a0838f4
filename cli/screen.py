"""What the user sees while a run goes on and when it ends: progress and warnings on stderr, results on stdout."""

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Screen:
    """A progress sink and a place for the result; use it in a `with` block.

    On a terminal each stage is a line that fills; elsewhere it is one line at its start and one at its end.
    """

    def __init__(self, *, quiet: bool, as_json: bool) -> None:
        self.quiet = quiet
        self.as_json = as_json
        self._started: dict[str, float] = {}
        self._done: set[str] = set()
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "Screen":
        if sys.stderr.isatty() and not self.quiet:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

            columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
            self._bars = Progress(*columns, console=Console(stderr=True))
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def progress(self, stage: str, fraction: float) -> None:
        """The sink a `Context` takes."""
        if self.quiet or stage in self._done:
            return
        first = stage not in self._started
        self._started.setdefault(stage, time.perf_counter())
        if fraction >= 1:
            self._done.add(stage)
        if self._bars is not None:
            if first:
                self._tasks[stage] = self._bars.add_task(stage, total=1.0)
            self._bars.update(self._tasks[stage], completed=fraction)
        elif fraction >= 1:
            self._say(f"{stage}: {time.perf_counter() - self._started[stage]:.1f} s")
        elif first:
            self._say(f"{stage} ...")

    def result(self, facts: Mapping[str, object], files: Mapping[str, Path], warnings: list[str]) -> None:
        """Show what was made: its warnings, then one path a line, or all of it as one JSON object."""
        if not self.quiet:
            for warning in warnings:
                self._say(f"warning: {warning}")
        if self.as_json:
            paths = {role: str(path) for role, path in files.items()}
            print(json.dumps({"files": paths, **facts, "warnings": warnings}, indent=2))
        elif not self.quiet:
            for path in files.values():
                print(path)

    def _say(self, line: str) -> None:
        if self._bars is not None:
            self._bars.console.print(line, markup=False, highlight=False)
        else:
            print(line, file=sys.stderr, flush=True)
