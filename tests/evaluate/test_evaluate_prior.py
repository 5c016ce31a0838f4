"""`gen4d eval prior` on a handful of objects: every way is scored, and what must be perfect is."""

from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from gen4d.context import Context
from gen4d.data.build import build
from gen4d.data.duplicates import SAME
from gen4d.data.makers import MAKERS
from gen4d.data.objects import SourceObject, made_object
from gen4d.data.records import split_of
from gen4d.errors import InputError
from gen4d.evaluate.judge import Verdict
from gen4d.evaluate.prior import TRUE, PriorScore, evaluate_prior, score_table
from gen4d.evaluate.prior_kept import KeptPriorScores
from gen4d.evaluate.views import ViewErrors
from gen4d.prior.config import EmbeddedPrior, ViewsConfig
from gen4d.prior.embedded import open_prior
from gen4d.streams import Streams


def thing(name: str, split: str) -> SourceObject:
    """A made object whose group falls into a split."""
    group = next(g for n in count() if split_of(g := f"{name}/{n}") == split)
    made = made_object("makers", f"makers/{name}/{split}", MAKERS[name](np.random.default_rng(len(split))))
    return replace(made, variant_of=group)


def test_without_validation_objects_nothing_is_measured(tmp_path: Path) -> None:
    build("makers", lambda skip: [thing("mug", "train")], tmp_path)
    with pytest.raises(InputError, match="no validation objects"):
        list(evaluate_prior(tmp_path, open_prior(EmbeddedPrior(), Context(Streams(0))), ViewsConfig()))


def test_the_table_counts_what_was_found_and_what_is_too_near() -> None:
    errors = ViewErrors(1.0, 0.0, 30.0, 5.0, 0.01, 0.0)
    unit = [tuple(row) for row in np.eye(3)]
    real = [PriorScore(TRUE, f"o{n}", errors, Verdict(True, 5 * SAME, unit[0]), 0.0) for n in range(3)]
    drawn = [PriorScore("photo", f"o{n}", errors, Verdict(n == 0, n * SAME, unit[1]), 2.0) for n in range(4)]
    first, second = (
        [cell.strip() for cell in row.split("|")[1:-1]] for row in score_table([*real, *drawn]).splitlines()[2:]
    )
    assert first == [TRUE, "3", "1.000", "0.0000", "30.0 dB", "5.0°", "0.0100", "1.00", "", "5.0 (0)", "0.00"]
    assert second[7:] == ["0.25", "14000.0 ± 0.0", "1.5 (1)", "2.00"]  # the kernels are 8 and 8 within, 1 across


def test_kept_scores_are_what_was_measured_and_only_of_the_same_settings(tmp_path: Path) -> None:
    errors = ViewErrors(0.9, 0.1, 30.0, 5.0, 0.01, 0.02)
    score = PriorScore("photo", "o1", errors, Verdict(True, 0.2, (0.5, 0.25)), 2.0)
    KeptPriorScores(tmp_path / "s.jsonl", {"steps": 8}).add([score])
    again = KeptPriorScores(tmp_path / "s.jsonl", {"steps": 8})
    assert again.scores == [score] and again.done == {("photo", "o1")}
    with pytest.raises(InputError, match="measured with"):
        KeptPriorScores(tmp_path / "s.jsonl", {"steps": 4})


@pytest.mark.slow
def test_every_way_is_scored(tmp_path: Path) -> None:
    names = [(name, "train") for name in list(MAKERS)[:9]] + [("mug", "validation"), ("dog", "validation")]
    build("makers", lambda skip: [thing(*row) for row in names], tmp_path)
    prior = open_prior(EmbeddedPrior(), Context(Streams(0)))
    scores = list(evaluate_prior(tmp_path, prior, ViewsConfig(steps=1), limit=2))
    true = [score for score in scores if score.way == TRUE]
    assert len(true) == 2 and all(score.errors.alpha_iou == 1 and score.errors.depth == 0 for score in true)
    coded = [score for score in scores if "autoencoder" in score.way]
    assert all(score.errors.alpha_iou > 0.9 for score in coded)
    retrieved = [score for score in scores if "nearest training" in score.way]
    assert retrieved and all(score.verdict.nearest < 1e-4 for score in retrieved)  # they are training objects
    again = list(
        evaluate_prior(tmp_path, prior, ViewsConfig(steps=1), limit=2, only=["photo"], done={(TRUE, true[0].object_id)})
    )
    assert [(s.way, s.errors) for s in again[1:]] == [(s.way, s.errors) for s in scores if s.way == "photo"]
    with pytest.raises(InputError, match="no way 'x'"):
        list(evaluate_prior(tmp_path, prior, ViewsConfig(steps=1), limit=1, only=["x"]))
    table = score_table(scores).splitlines()
    assert len(table) == 2 + len({score.way for score in scores})
    assert len({row.count("|") for row in table}) == 1
