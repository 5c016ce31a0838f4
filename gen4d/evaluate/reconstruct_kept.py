"""What an evaluation of reconstruction has measured, kept line by line, so that an interrupted run goes on."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gen4d.errors import InputError
from gen4d.evaluate.reconstruct import ReconstructScore
from gen4d.evaluate.reconstruct_metrics import ShapeErrors, Soundness


class KeptScores:
    """Scores in a file of JSON lines; the first line says how they were measured."""

    def __init__(self, path: Path, how: dict[str, object]) -> None:
        """Open a file, or make one.

        Args:
            how: the settings that scores of one file share.

        Raises:
            InputError: the file is no such file, or was measured with other settings.
        """
        self._path = path
        self.scores: list[ReconstructScore] = []
        if not path.exists():
            path.write_text(json.dumps(how) + "\n")
            return
        try:
            first, *rows = [json.loads(line) for line in path.read_text().splitlines()]
            self.scores = [_score(row) for row in rows]
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(f"{path}: this is no file of scores; give another name.") from error
        if first != json.loads(json.dumps(how)):
            raise InputError(f"{path}: its scores were measured with {first}, not with {how}; give another name.")

    @property
    def done(self) -> frozenset[str]:
        """Ids of the objects that need not be measured again."""
        return frozenset(score.object_id for score in self.scores)

    def add(self, scores: list[ReconstructScore]) -> None:
        """Keep all scores of one object; a stop in between leaves none of them."""
        self.scores += scores
        with self._path.open("a") as file:
            file.write("".join(json.dumps(asdict(score)) + "\n" for score in scores))


def _score(row: dict[str, Any]) -> ReconstructScore:
    shape, sound = row["shape"], row["sound"]
    kept = {"shape": shape and ShapeErrors(**shape), "sound": sound and Soundness(**sound)}
    return ReconstructScore(**(row | kept))
