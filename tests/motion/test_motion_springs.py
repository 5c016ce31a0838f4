"""Secondary motion: loops stay closed, what stands still hangs still, what sways lags, props stay stiff."""

from dataclasses import replace

import pytest
import torch

from gen4d.motion.kinematics import axis_angle, clip_joint_to_world
from gen4d.motion.springs import DAMPING, MAX_STIFF_SWING, MAX_SWING, _followed, add_springs, spring_bones
from gen4d.structures import Clip, Skeleton

FRAMES, FPS = 41, 30
NAMES = ("root", "hips", "tail1", "tail2", "tail3", "head", "leftEar1")


def _creature(plan: str = "quadruped", size: float = 1.0) -> Skeleton:
    parents = torch.tensor([-1, 0, 1, 2, 3, 1, 5])
    steps = torch.tensor(
        [[0, 0, 0], [0, 0.6, 0], [0, 0, -0.3], [0, -0.1, -0.15], [0, -0.1, -0.1], [0, 0.4, 0.3], [0.05, 0.05, 0]]
    )
    return Skeleton(NAMES, parents, size * steps, torch.tensor([0.0, 0, 0, 1]).repeat(7, 1), plan)


def _clip(skeleton: Skeleton, angle: torch.Tensor, *, loop: bool = True) -> Clip:
    rotation = torch.tensor([0.0, 0, 0, 1]).repeat(len(angle), len(skeleton), 1)
    rotation[:, 1] = axis_angle((0.0, 1.0, 0.0), angle.double()).float()
    place = skeleton.rest_translation[1].repeat(len(angle), 1)
    return Clip("sway", torch.arange(len(angle)) / FPS, rotation, place, 1, loop)


def _swaying(size: float = 0.4) -> torch.Tensor:
    return size * torch.sin(2 * torch.pi * (torch.arange(FRAMES) % (FRAMES - 1)) / (FRAMES - 1))


def test_a_loop_stays_closed_and_as_smooth_at_its_seam_as_anywhere() -> None:
    clip = add_springs(_clip(_creature(), _swaying()), _creature())
    assert torch.equal(clip.rotation[0], clip.rotation[-1])
    tip = clip_joint_to_world(clip, _creature())[:-1, 4, :3, 3]
    bend = (tip.roll(-1, 0) - 2 * tip + tip.roll(1, 0)).norm(dim=-1)  # seen around the seam
    assert float(bend[[-1, 0, 1]].max()) <= float(bend.max())
    assert float(bend.max()) < 0.02


@pytest.mark.parametrize("loop", [True, False])
def test_a_body_at_rest_leaves_its_chains_at_rest(loop: bool) -> None:
    still = _clip(_creature(), torch.full((FRAMES,), 0.3), loop=loop)
    assert torch.allclose(add_springs(still, _creature()).rotation, still.rotation, atol=1e-6)


def test_a_tail_comes_after_the_body_and_stays_within_its_swing() -> None:
    before = _clip(_creature(), _swaying())
    after = add_springs(before, _creature())
    assert torch.equal(after.rotation[:, [0, 1, 5]], before.rotation[:, [0, 1, 5]])  # only the chains move
    place = [clip_joint_to_world(clip, _creature())[:-1, 3, 0, 3] for clip in (before, after)]
    phase = [float(torch.fft.rfft(x)[1].angle()) for x in place]
    assert 0.05 < (phase[0] - phase[1]) % (2 * torch.pi) < 2.0  # it lags
    turned = 2 * torch.arccos(after.rotation[:, 2:5, 3].abs().clamp(max=1.0))
    assert float(turned.max()) > 0.02 and float(turned.sum(1).max()) <= MAX_SWING  # all its bones together


def test_a_chain_swings_alike_whatever_the_size_and_the_steady_walk() -> None:
    small, large = _creature(), _creature(size=7.0)
    a, b = (add_springs(_clip(s, _swaying()), s) for s in (small, large))
    assert torch.allclose(a.rotation, b.rotation, atol=1e-5)
    walking = _clip(small, _swaying())
    places = small.rest_translation.repeat(FRAMES, 1, 1)
    places[:, 0, 2] += 1.5 * walking.times
    walked = add_springs(replace(walking, joint_translation=places), small)
    assert torch.allclose(a.rotation, walked.rotation, atol=1e-6)


def test_the_filter_answers_as_the_equation_says() -> None:
    """A damped spring driven by a sine: amplitude and phase have closed forms."""
    omega, drive, step = 12.0, 2 * torch.pi * 1.5, 1 / 120
    time = torch.arange(161, dtype=torch.float64) * step  # two rounds
    path = torch.stack([torch.sin(drive * time)] * 3, dim=1)
    followed = _followed(path, omega, step, loop=True)[:, 0]
    answer = omega**2 / complex(omega**2 - drive**2, 2 * DAMPING * omega * drive)
    expected = (answer * torch.exp(1j * drive * time)).imag
    assert torch.allclose(followed, expected, atol=1e-9)


@pytest.mark.parametrize("plan", ["prop", "vehicle", "fish", "snake"])
def test_what_is_no_creature_stays_stiff(plan: str) -> None:
    assert not spring_bones(_creature(plan))
    clip = _clip(_creature(plan), _swaying())
    assert add_springs(clip, _creature(plan)) is clip


def test_held_joints_keep_what_the_clip_gives_them() -> None:
    clip = _clip(_creature(), _swaying())
    held = add_springs(clip, _creature(), ("tail1", "tail2", "tail3"))
    assert torch.equal(held.rotation[:, 2:5], clip.rotation[:, 2:5])
    assert not torch.equal(held.rotation[:, 6], clip.rotation[:, 6])


def test_the_quills_of_a_bird_are_stiffer_than_a_tail_of_flesh() -> None:
    violent = _swaying(2.0)
    swings = []
    for plan in ("bird", "quadruped"):
        clip = add_springs(_clip(_creature(plan), violent), _creature(plan))
        swings.append(float((2 * torch.arccos(clip.rotation[:, 2:5, 3].abs().clamp(max=1.0))).sum(1).max()))
    assert swings[0] <= MAX_STIFF_SWING + 1e-3 < swings[1]


@pytest.mark.parametrize("plan", ["bird", "quadruped"])
def test_a_swing_held_back_is_no_square_wave(plan: str) -> None:
    clip = add_springs(_clip(_creature(plan), _swaying(1.2)), _creature(plan))
    own = 2 * clip.rotation[:-1, 2, 1].double()  # the first tail bone's turn about the vertical, of one sine alone
    spectrum = torch.fft.rfft(own).abs()
    assert float(spectrum[2:].norm()) < 0.15 * float(spectrum[1])
