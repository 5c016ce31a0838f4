"""What a run carries besides its values: device, random streams, progress sink, warnings. Passed, never global."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch

from gen4d.streams import Streams

ProgressSink = Callable[[str, float], None]


def ignore_progress(stage: str, fraction: float) -> None:
    """The sink of a run nobody watches."""


@dataclass(frozen=True)
class Context:
    """Everything a stage needs that is neither a value nor a config.

    Fields:
        streams: named random streams of the run's seed.
        device: where networks and renderers run.
        progress: called with (stage name, fraction done in [0, 1]).
        run_folder: where stages may leave their results for a restart, or None.
        warnings: sentences for the user, in order; `warn` adds to it. It is the one thing a stage may append to.
        facts: numbers a stage wants in the report, `stage.name -> value`.
    """

    streams: Streams
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    progress: ProgressSink = ignore_progress
    run_folder: Path | None = None
    warnings: list[str] = field(default_factory=list)
    facts: dict[str, float | int | str] = field(default_factory=dict)

    def warn(self, sentence: str) -> None:
        """Tell the user something they can act on; each sentence is kept once."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    def note(self, name: str, value: float | int | str) -> None:
        """Put a measured number into the run's report."""
        self.facts[name] = value
