"""The loop: it reaches what the prior expects, goes on from a saved state to the same bytes, and stops at NaN."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from gaussian_world import GaussianData
from toy_teacher import RED, ball, maps_of, toy_teacher

from gen4d.context import Context
from gen4d.distill.checkpoint import load_state, save_state
from gen4d.distill.config import RefineConfig
from gen4d.distill.measure import view_error
from gen4d.distill.optimise import Distillation, Plan
from gen4d.distill.schedules import Ramp, TimeRange
from gen4d.distill.texture import TextureSubject
from gen4d.errors import CheckpointError, InputError, NumericsError
from gen4d.streams import Streams
from gen4d.teacher import Teacher, guidance_of

PLAN = Plan(6, TimeRange(Ramp(0.1, 0.1), Ramp(0.7, 0.4)), learning_rate=0.05, gradient_limit=10.0)


def subject(**options) -> TextureSubject:
    asset = ball()
    settings = {"cells": 8, "smoothness": 0.1, "anchor": 0.0, "resolution": 32} | options
    return TextureSubject(asset.mesh, asset.material, **settings)


def distillation(teacher: Teacher, kind: str = "recon", plan: Plan = PLAN, **options) -> Distillation:
    guidance, learned = guidance_of(teacher, RefineConfig(guidance=kind), Context(Streams(0)))
    return Distillation(subject(**options), teacher.lens, guidance, plan, Streams(0), learned)


@pytest.mark.parametrize("kind", ["recon", "sds", "ism"])
def test_a_ball_takes_the_color_its_prior_expects(kind: str) -> None:
    run = distillation(toy_teacher(), kind, replace(PLAN, steps=40))
    before = run.subject.views(0)
    for _ in run.run():
        pass
    after = run.subject.views(0)
    inside = before.alpha[..., 0] > 0.9
    wanted = torch.tensor(RED)
    assert (after.albedo[inside] - wanted).abs().mean() < 0.15 * (before.albedo[inside] - wanted).abs().mean() + 0.03
    for name in ("alpha", "depth", "normal"):
        assert torch.equal(getattr(after, name), getattr(before, name))
    assert torch.equal(after.albedo[before.alpha[..., 0] == 0], before.albedo[before.alpha[..., 0] == 0])


@pytest.mark.parametrize("kind", ["recon", "vsd"])
def test_a_resumed_run_ends_in_the_same_bytes(kind: str, tmp_path: Path) -> None:
    whole = distillation(toy_teacher(), kind)
    for _ in whole.run():
        pass
    half = distillation(toy_teacher(), kind)
    for _ in range(3):
        half.advance()
    save_state(tmp_path / "state", "run", half.step, half.tensors())
    other = distillation(toy_teacher(), kind)
    other.restore(*load_state(tmp_path / "state", "run"))
    for _ in other.run():
        pass
    first, second = whole.tensors(), other.tensors()
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["0.field"], half.tensors()["0.field"])


def test_states_of_other_runs_and_damaged_ones_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with pytest.raises(InputError, match="no state to resume"):
        load_state(path, "run")
    save_state(path, "run", 3, {"x": torch.ones(2)})
    assert load_state(path, "run")[0] == 3
    with pytest.raises(InputError, match="another asset"):
        load_state(path, "other")
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(CheckpointError, match="damaged"):
        load_state(path, "run")


def test_nan_stops_it_and_leaves_the_last_good_state() -> None:
    good = toy_teacher()
    broken = replace(good, conditional=GaussianData(torch.tensor(float("nan")), torch.tensor(1.0)))
    run = distillation(broken)
    with pytest.raises(NumericsError, match=r"step 0: the gradient of the guidance"):
        run.advance()
    assert run.subject.field.abs().max() == 0 and run.step == 0


def test_the_noise_of_a_step_depends_on_its_number_alone() -> None:
    first, second = distillation(toy_teacher()), distillation(toy_teacher())
    second.step = 1
    assert first.advance() != second.advance()


def test_posed_frames_pull_on_the_field_at_rest() -> None:
    """Upside down, the ball's bottom is on top; whichever frame is seen, the colour ends where it is at rest."""
    turn = torch.tensor([[1.0, 0, 0], [0, -1, 0], [0, 0, -1]])
    posed = subject(warp=lambda vertices, frame: vertices @ turn.T, frames=2)
    with torch.no_grad():
        posed.field[2] = 0.4  # what faces +y at rest becomes lighter
    rest, turned = posed.views(0), posed.views(1)
    assert rest.albedo[4, 16, 16, 0] > 0.85 and rest.albedo[5, 16, 16, 0] < 0.55
    assert turned.albedo[5, 16, 16, 0] > 0.85 and turned.albedo[4, 16, 16, 0] < 0.55


def test_view_error_knows_what_is_expected() -> None:
    teacher, grey = toy_teacher(), subject()
    red = TextureSubject(ball(RED).mesh, ball(RED).material, cells=4, smoothness=0, anchor=0, resolution=32)
    errors = [view_error(teacher.lens.encode(s.views(0)), teacher.conditional, Streams(0)) for s in (grey, red)]
    assert errors[1] < 0.8 * errors[0]


def test_a_view_is_the_texture_before_any_correction() -> None:
    views = subject().views(0)
    inside = views.alpha[..., 0] > 0.9
    assert (views.albedo[inside] - 0.5).abs().max() < 1e-5
    assert maps_of(views).shape == (6, 4, 32, 32)
