"""A student that takes the guidance scale: it begins as its teacher and comes to say what two calls of it say."""

from pathlib import Path

import pytest
import torch

from gen4d.errors import CheckpointError, ConfigError
from gen4d.prior.conditioned import Conditioned
from gen4d.prior.guidance import Guided
from gen4d.prior.modalities import Modalities, Times
from gen4d.prior.network_files import load_network, save_network
from gen4d.prior.text import TEXT_TOKENS, TEXT_WIDTH
from gen4d.prior.train_guidance import (
    Distillation,
    GuidanceDistillation,
    distill_guidance,
    guided_views,
    with_guidance,
)
from gen4d.prior.uvit import MultiViewUViT, UViTShape

SHAPE = UViTShape(width=32, depth=2, heads=2, patch=4, latent_channels=3, latent_size=8)


class RandomItems:
    """Items that are nothing but what the generator gives."""

    def draw(self, split: str, plans: torch.Tensor, generator: torch.Generator) -> Modalities:
        sizes = (6, 3, 8, 8), (3, 8, 8), (TEXT_WIDTH,), (TEXT_TOKENS - 1, TEXT_WIDTH), (3,)
        return Modalities(*(torch.randn(len(plans), *size, generator=generator) for size in sizes))


def teacher() -> MultiViewUViT:
    """A random network whose words and photo matter."""
    torch.manual_seed(0)
    network = MultiViewUViT(SHAPE).eval().requires_grad_(False)
    for parameter in network.parameters():
        parameter.mul_(4 if parameter.ndim > 1 else 1)
    return network


def noisy() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(7)
    return torch.randn(2, 6, 3, 8, 8, generator=g), torch.randn(2, TEXT_TOKENS, TEXT_WIDTH, generator=g), torch.ones(2)


def test_a_student_begins_as_its_teacher_at_every_scale(tmp_path) -> None:
    given = teacher()
    student = with_guidance(given).eval()
    x, text, time = noisy()
    for scale in (None, 1.0, 3.5):
        made = Conditioned(student, text=text, guidance=scale).x0(x, time)
        torch.testing.assert_close(made, Conditioned(given, text=text).x0(x, time))
    save_network(student, student.shape.as_metadata(), tmp_path / "uvit.safetensors")
    assert load_network(tmp_path / "uvit.safetensors", MultiViewUViT, UViTShape).shape == student.shape


def test_what_is_taught_is_the_samplers_guidance() -> None:
    given = teacher()
    x, text, time = noisy()
    state = Modalities(x, torch.zeros(2, 3, 8, 8), text[:, 0], text[:, 1:], torch.zeros(2, 3))
    for moment, interval in ((0.7, (0.1, 1.0)), (0.05, (0.1, 1.0))):
        now = torch.full((2,), moment)
        times = Times(now[:, None].expand(2, 6), time, 0 * time, time)
        wanted, known = guided_views(given, state, times, torch.full((2,), 3.0), interval[0])
        expected = Guided(Conditioned(given, text=text), Conditioned(given), 3.0, interval).x0(x, now)
        torch.testing.assert_close(wanted, expected)
        torch.testing.assert_close(known, Conditioned(given, text=text).x0(x, now))


def test_a_student_learns_what_guidance_adds() -> None:
    given = teacher()
    before = {name: value.clone() for name, value in given.state_dict().items()}
    cfg = GuidanceDistillation(steps=100, batch=8, learning_rate=2e-3, guidance_from=0.1)
    states = list(distill_guidance(Distillation(given, cfg), RandomItems()))
    assert states[0].loss == pytest.approx(states[0].unguided, rel=1e-4)
    assert sum(s.loss for s in states[-20:]) < 0.75 * sum(s.unguided for s in states[-20:])
    assert all(torch.equal(value, before[name]) for name, value in given.state_dict().items())


def test_a_student_teaches_no_other() -> None:
    with pytest.raises(ConfigError, match="already"):
        Distillation(with_guidance(teacher()), GuidanceDistillation())


def test_a_stopped_distillation_goes_on_as_if_it_had_not(tmp_path: Path) -> None:
    cfg = GuidanceDistillation(steps=6, batch=2)
    whole = Distillation(teacher(), cfg)
    losses = []
    for state in distill_guidance(whole, RandomItems()):
        losses.append(state.loss)
        if state.step == 3:
            whole.save(tmp_path / "state.safetensors")
    resumed = Distillation(teacher(), cfg)
    resumed.load(tmp_path / "state.safetensors")
    assert [state.loss for state in distill_guidance(resumed, RandomItems())] == losses[3:]
    for name, value in whole.student.state_dict().items():
        assert torch.equal(value, resumed.student.state_dict()[name]), name


def test_the_state_of_another_student_is_refused_by_key(tmp_path: Path) -> None:
    Distillation(teacher(), GuidanceDistillation()).save(tmp_path / "state.safetensors")
    other = MultiViewUViT(UViTShape(width=64, depth=2, heads=2, patch=4, latent_channels=3, latent_size=8))
    with pytest.raises(CheckpointError, match=r"state\.safetensors: model\.\S+ has shape"):
        Distillation(other, GuidanceDistillation()).load(tmp_path / "state.safetensors")
