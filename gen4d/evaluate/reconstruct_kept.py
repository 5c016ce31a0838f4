"""Kept scores of an evaluation of reconstruction."""

from pathlib import Path
from typing import Any

from gen4d.evaluate.kept_lines import KeptLines
from gen4d.evaluate.reconstruct import ReconstructScore
from gen4d.evaluate.reconstruct_metrics import ShapeErrors, Soundness


class KeptScores(KeptLines[ReconstructScore]):
    """Scores in a file of JSON lines, see `KeptLines`."""

    def __init__(self, path: Path, how: dict[str, object]) -> None:
        super().__init__(path, how, _score)

    @property
    def done(self) -> frozenset[str]:
        """Ids of the objects that need not be measured again."""
        return frozenset(score.object_id for score in self.scores)


def _score(row: dict[str, Any]) -> ReconstructScore:
    shape, sound = row["shape"], row["sound"]
    kept = {"shape": shape and ShapeErrors(**shape), "sound": sound and Soundness(**sound)}
    return ReconstructScore(**(row | kept))
