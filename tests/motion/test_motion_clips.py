"""Clips: they loop, step, stand still on the ground, and stay above it, for every plan."""

from dataclasses import replace

import pytest
import torch

from gen4d.context import Context
from gen4d.errors import ConfigError
from gen4d.evaluate.motion import measure_clip
from gen4d.motion import biped, quadruped
from gen4d.motion.clips import clips_of_plan, make_clips
from gen4d.motion.config import MotionConfig
from gen4d.motion.kinematics import clip_joint_to_world
from gen4d.streams import Streams

PLANS = ("biped", "quadruped", "prop")
ALL = [(plan, name) for plan in PLANS for name in clips_of_plan(plan)[0]]
GAITS = [
    ("biped", "walk", biped.WALK), ("biped", "run", biped.RUN),
    ("quadruped", "walk", quadruped.WALK), ("quadruped", "trot", quadruped.TROT),
]  # fmt: skip


def _clip(dolls, ctx, plan: str, name: str, fps: int = 30):
    skeleton, skin, mesh = dolls[plan]
    return make_clips(skeleton, MotionConfig(clips=(name,), fps=fps), ctx, mesh, skin)[0]


@pytest.mark.parametrize(("plan", "name"), ALL)
def test_clip_closes_and_neither_skates_drifts_nor_digs(dolls, ctx, plan: str, name: str) -> None:
    skeleton, skin, mesh = dolls[plan]
    clip = _clip(dolls, ctx, plan, name)
    measures = measure_clip(clip, skeleton, skin, mesh)
    assert measures.seam is None or measures.seam <= 1e-6
    assert measures.bone_drift <= 1e-5
    assert measures.steps in (None, True)
    assert measures.penetration_mm <= 2
    if name != "death":  # the feet of a body that has fallen over slide
        assert measures.foot_skate in (None, 0.0)
    if name == "idle" and plan != "prop":
        assert measures.duty == 1.0 and measures.floating_mm < 1
    assert clip.loop == (name not in ("turn", "death", "fall"))


@pytest.mark.parametrize(("plan", "name", "gait"), GAITS)
def test_planted_toes_are_pinned_to_the_moving_ground(dolls, ctx, plan: str, name: str, gait) -> None:
    skeleton = dolls[plan][0]
    clip = _clip(dolls, ctx, plan, name, fps=60)
    place = clip_joint_to_world(clip, skeleton)[..., :3, 3]
    for joint in (i for i, n in enumerate(skeleton.names) if n.endswith("Toes")):
        toes = place[:, joint].clone()
        toes[:, 2] += clip.speed * clip.times.double()
        rest = place[:, joint, 1].min()
        low = place[:, joint, 1] < rest + 1e-4
        still = low[1:] & low[:-1]
        assert toes.diff(dim=0).norm(dim=1)[still].max() < 5e-4
        assert float(low[:-1].double().mean()) > 0.25 * gait.duty  # it really stands
        assert place[:, joint, 1].max() > rest + 0.02  # and really lifts


@pytest.mark.parametrize(("plan", "name", "gait"), GAITS)
def test_left_and_right_alternate_by_half_a_cycle(dolls, ctx, plan: str, name: str, gait) -> None:
    skeleton = dolls[plan][0]
    clip = _clip(dolls, ctx, plan, name, fps=60)
    height = clip_joint_to_world(clip, skeleton)[:-1, :, 1, 3]
    names = list(skeleton.names)
    prefix = "" if plan == "biped" else "Hind"
    left, right = (height[:, names.index(f"{side}{prefix}Toes")] for side in ("left", "right"))
    spectrum = torch.fft.rfft(left)[1], torch.fft.rfft(right)[1]
    lag = torch.angle(spectrum[0] / spectrum[1]).abs() / (2 * torch.pi)
    assert float(lag) == pytest.approx(0.5, abs=0.03)


def test_knees_bend_forward_elbows_of_the_foreleg_backward(dolls, ctx) -> None:
    for plan, name, upper, lower, foot, sign in (
        ("biped", "run", "leftUpperLeg", "leftLowerLeg", "leftFoot", 1),
        ("quadruped", "trot", "leftHindUpperLeg", "leftHindLowerLeg", "leftHindFoot", 1),
        ("quadruped", "trot", "leftFrontUpperLeg", "leftFrontLowerLeg", "leftFrontFoot", -1),
    ):
        skeleton = dolls[plan][0]
        place = clip_joint_to_world(_clip(dolls, ctx, plan, name), skeleton)[..., :3, 3]
        hip, knee, ankle = (place[:, skeleton.names.index(n)] for n in (upper, lower, foot))
        line = ankle - hip
        share = ((knee - hip) * line).sum(1) / (line * line).sum(1)
        bend = (knee - hip - share[:, None] * line)[:, 2] * sign
        assert bend.min() > 0 and bend.max() > 0.05, upper


def test_arms_swing_against_the_legs_and_hang_beside_the_body(dolls, ctx) -> None:
    skeleton = dolls["biped"][0]
    place = clip_joint_to_world(_clip(dolls, ctx, "biped", "walk"), skeleton)[:-1, :, :3, 3]
    names = list(skeleton.names)
    hand, foot = place[:, names.index("leftHand")], place[:, names.index("leftFoot")]
    together = torch.corrcoef(torch.stack([hand[:, 2], foot[:, 2]]))[0, 1]
    assert together < -0.8
    assert (hand[:, 0] > 0.17).all() and (hand[:, 1] < 1.0).all()
    right = place[:, names.index("rightHand")]
    assert (right[:, 0] < -0.17).all()


def test_body_is_highest_over_the_standing_leg_in_a_walk_and_lowest_in_a_run(dolls, ctx) -> None:
    for name, sign in (("walk", 1), ("run", -1)):
        clip = _clip(dolls, ctx, "biped", name, fps=60)
        height = clip.root_translation[:-1, 1] - clip.root_translation[:-1, 1].mean()
        phase = torch.arange(len(height)) / len(height)
        skeleton = dolls["biped"][0]
        toes = clip_joint_to_world(clip, skeleton)[:-1, skeleton.names.index("leftToes"), 1, 3]
        stands = (toes < toes.min() + 1e-3).double()
        middle = torch.angle((stands * torch.exp(2j * torch.pi * phase)).sum()) / (2 * torch.pi)  # of the stance
        swing = (height * torch.cos(2 * torch.pi * 2 * (phase - middle))).mean()
        assert sign * swing > 0.001, name


def test_rest_rotations_do_not_change_where_joints_go(dolls, turned_biped, ctx) -> None:
    for name in ("walk", "jump", "wave"):
        plain, turned = (make_clips(s, MotionConfig(clips=(name,)), ctx)[0] for s in (dolls["biped"][0], turned_biped))
        a, b = clip_joint_to_world(plain, dolls["biped"][0]), clip_joint_to_world(turned, turned_biped)
        assert torch.allclose(a[..., :3, 3], b[..., :3, 3], atol=1e-4), name


def test_bigger_body_walks_with_the_same_froude_number(dolls, ctx) -> None:
    skeleton = dolls["biped"][0]
    giant = replace(skeleton, rest_translation=skeleton.rest_translation * 4)
    small, big = (make_clips(s, MotionConfig(clips=("walk",)), ctx)[0] for s in (skeleton, giant))
    assert big.speed == pytest.approx(2 * small.speed, rel=0.01)
    assert float(big.times[-1]) == pytest.approx(2 * float(small.times[-1]), rel=0.05)


@pytest.mark.parametrize("plan", PLANS)
def test_defaults_have_idle_and_something_that_moves(dolls, ctx, plan: str) -> None:
    clips = make_clips(dolls[plan][0], MotionConfig(), ctx)
    assert clips[0].name == "idle" and len(clips) >= 2 and all(clip.loop for clip in clips)
    assert all((clip.root_translation.std(0).sum() + clip.rotation.std(0).sum()) > 1e-3 for clip in clips)
    again = make_clips(dolls[plan][0], MotionConfig(), Context(Streams(0)))
    assert all(torch.equal(a.rotation, b.rotation) for a, b in zip(clips, again, strict=True))


def test_unknown_clip_names_the_known_ones_and_suggests(dolls, ctx) -> None:
    with pytest.raises(ConfigError, match=r"no clip 'wlak'; it has idle, walk, .* death; did you mean 'walk'\?"):
        make_clips(dolls["biped"][0], MotionConfig(clips=("wlak",)), ctx)


def test_spin_is_one_whole_turn(dolls, ctx) -> None:
    clip = _clip(dolls, ctx, "prop", "spin")
    q = clip.rotation[:, 1]
    steps = 2 * torch.arccos((q[1:] * q[:-1]).sum(-1).clamp(max=1).double())
    assert float(steps.sum()) == pytest.approx(2 * torch.pi, rel=0.01)
