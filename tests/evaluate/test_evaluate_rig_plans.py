"""The table of plans seen counts what was seen."""

from pathlib import Path

import numpy as np

from gen4d.evaluate.rig_made import creature_rig
from gen4d.evaluate.rig_plans import SeenPlan, calibration_line, confusion_table, see_plans
from gen4d.evaluate.rig_small_creatures import make_spider
from gen4d.export.glb import write_glb

SEEN = [
    SeenPlan("a/1", "bird", "bird", 0.95, False),
    SeenPlan("a/2", "bird", "biped", 0.6, True),
    SeenPlan("a/3", "fish", "fish", 0.65, False),
]


def test_the_table_holds_every_rig_once() -> None:
    lines = confusion_table(SEEN).splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == ["bird", "fish"]
    assert lines[1].endswith("1 of 2") and lines[2].endswith("1 of 1")
    assert lines[-1] == "all: 2 of 3; turned though they stand: 1"
    counts = [int(cell) for line in lines[1:-1] for cell in line.split()[1:-3] if cell != "."]
    assert sum(counts) == len(SEEN)


def test_confidence_is_split_where_users_are_warned() -> None:
    assert calibration_line(SEEN).endswith("0-0.5: 0 of 0, 0.5-0.7: 1 of 2, 0.7-0.9: 0 of 0, 0.9-1: 1 of 1")


def test_the_folder_tells_the_truth_and_the_shape_the_guess(tmp_path: Path) -> None:
    (tmp_path / "spider").mkdir()
    write_glb(creature_rig(make_spider(np.random.default_rng(5)), "spider"), tmp_path / "spider" / "0000.glb")
    (found,) = see_plans(tmp_path)
    assert (found.id, found.plan, found.guessed, found.turned) == ("spider/0000", "spider", "spider", False)
    assert not list(see_plans(tmp_path, held_out=True)) or not list(see_plans(tmp_path, held_out=False))
