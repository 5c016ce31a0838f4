"""`gen4d views --given --keep`: some views stay, the rest is drawn anew by the shipped prior."""

from pathlib import Path

import pytest
import torch
from program import Gen4d
from strategies import sphere_views

from gen4d.structures.store import load_views, save


def test_kept_views_stay_and_the_others_are_drawn(gen4d: Gen4d) -> None:
    ball = sphere_views(128)
    save(ball, Path("old.safetensors"))
    outcome = gen4d("views 'a red ball' --given old.safetensors --keep front,top --steps 1 -o new.safetensors")
    assert outcome.code == 0, outcome.err
    made = load_views(Path("new.safetensors"))
    same = [torch.equal(made.albedo[row], ball.albedo[row]) for row in range(6)]
    assert same == [True, False, False, False, True, False]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--keep front", "--given FILE and --keep A,B belong together"),
        ("--given small.safetensors", "--given FILE and --keep A,B belong together"),
        ("--given none.safetensors --keep front", "none.safetensors: file not found; give the path of a views file."),
        ("--given small.safetensors --keep front", "got 6 of 64 x 64 px; six of 128 x 128 px can be completed."),
        (
            "--given small.safetensors --keep side",
            "'side' is no view; there are front, right, back, left, top, bottom.",
        ),
    ],
)
def test_mistakes_are_told_and_nothing_is_written(gen4d: Gen4d, options: str, message: str) -> None:
    save(sphere_views(64), Path("small.safetensors"))
    outcome = gen4d(f"views 'a ball' {options} -o new.safetensors")
    assert outcome.code == 2 and message in outcome.err
    assert not Path("new.safetensors").exists()
