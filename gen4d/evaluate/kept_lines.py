"""What a long evaluation has measured, kept line by line in a file, so that an interrupted run goes on."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Generic, TypeVar

from gen4d.errors import InputError

Score = TypeVar("Score")


class KeptLines(Generic[Score]):
    """Scores, which are dataclasses, in a file of JSON lines; the first line says how they were measured."""

    def __init__(self, path: Path, how: dict[str, object], read: Callable[[dict[str, Any]], Score]) -> None:
        """Open a file, or make one.

        Args:
            how: the settings that scores of one file share.
            read: makes a score of what `asdict` made of it.

        Raises:
            InputError: the file is no such file, or was measured with other settings.
        """
        self._path = path
        self.scores: list[Score] = []
        if not path.exists():
            path.write_text(json.dumps(how) + "\n")
            return
        try:
            first, *rows = [json.loads(line) for line in path.read_text().splitlines()]
            self.scores = [read(row) for row in rows]
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(f"{path}: this is no file of scores; give another name.") from error
        if first != json.loads(json.dumps(how)):
            raise InputError(f"{path}: its scores were measured with {first}, not with {how}; give another name.")

    def add(self, scores: list[Score]) -> None:
        """Keep all scores of one object; a stop in between leaves none of them."""
        self.scores += scores
        with self._path.open("a") as file:
            file.write("".join(json.dumps(asdict(score)) + "\n" for score in scores))  # type: ignore[call-overload]  # a dataclass, which no type says
