"""Kept scores of an evaluation of the prior."""

from pathlib import Path
from typing import Any

from gen4d.evaluate.judge import Verdict
from gen4d.evaluate.kept_lines import KeptLines
from gen4d.evaluate.prior import PriorScore
from gen4d.evaluate.views import ViewErrors


class KeptPriorScores(KeptLines[PriorScore]):
    """Scores in a file of JSON lines, see `KeptLines`."""

    def __init__(self, path: Path, how: dict[str, object]) -> None:
        super().__init__(path, how, _score)

    @property
    def done(self) -> frozenset[tuple[str, str]]:
        """Ways and ids of what need not be measured again."""
        return frozenset((score.way, score.object_id) for score in self.scores)


def _score(row: dict[str, Any]) -> PriorScore:
    verdict = Verdict(**(row["verdict"] | {"vector": tuple(row["verdict"]["vector"])}))
    return PriorScore(**(row | {"errors": ViewErrors(**row["errors"]), "verdict": verdict}))
