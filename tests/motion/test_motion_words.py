"""Words to acts, and acts to one clip: order, pace, mood, warnings, and transitions without jumps."""

import pytest
import torch
from dolls import make_dolls

from gen4d.errors import InputError
from gen4d.motion.body import make_body
from gen4d.motion.clips import clips_of_plan
from gen4d.motion.config import MotionConfig
from gen4d.motion.kinematics import clip_joint_to_world
from gen4d.motion.sequence import mirror_clip, motion_from_words
from gen4d.motion.words import VERBS, Act, read_motion, verb_of

DOG = tuple(clips_of_plan("quadruped")[0])
MAN = tuple(clips_of_plan("biped")[0])


@pytest.mark.parametrize(
    ("text", "clips"),
    [
        ("a fox trots, looks left, then sits", ["trot", "look", "sit"]),
        ("He walked and then he was waving", ["walk", "wave"]),
        ("Jumps twice; dies.", ["jump", "death"]),
        ("sneaking stealthily before attacking furiously", ["walk", "attack"]),
        ("runs while looking about", ["run"]),
    ],
)
def test_clauses_become_acts_in_order(ctx, text: str, clips: list[str]) -> None:
    known = DOG if "fox" in text else MAN
    assert [act.clip for act in read_motion(text, known, ctx)] == clips
    assert not ctx.warnings


def test_adverbs_and_numbers_set_pace_mood_and_rounds(ctx) -> None:
    assert read_motion("walks sadly, quickly jumps three times", MAN, ctx) == (
        Act("walk", 1.0, "sad", 2), Act("jump", 1.5, None, 3),
    )  # fmt: skip
    assert read_motion("turns right", MAN, ctx)[0].is_mirrored
    assert read_motion("sneaks", MAN, ctx)[0].style == "sneaky"


def test_there_are_forty_verbs_and_every_clip_of_man_and_dog_has_one(ctx) -> None:
    assert len(VERBS) >= 40
    for known in (DOG, MAN):
        reached = {next((c for c in clips if c in known), None) for clips in VERBS.values()}
        assert set(known) <= reached


@pytest.mark.parametrize("word", ["trot", "trots", "trotted", "trotting"])
def test_forms_of_a_verb_are_one(word: str) -> None:
    assert verb_of(word) == "trot"
    assert verb_of("running") == "run" and verb_of("dancing") == "dance" and verb_of("fox") is None


def test_unknown_and_impossible_verbs_are_replaced_with_a_warning(ctx) -> None:
    assert read_motion("gallups", DOG, ctx)[0].clip == "gallop"
    assert "nearest is 'gallop'" in ctx.warnings[0]
    assert read_motion("bow", ("idle", "spin"), ctx)[0].clip in ("idle", "spin")
    assert "cannot bow" in ctx.warnings[1]


def test_a_text_encoder_decides_by_meaning(ctx) -> None:
    def encode(texts: list[str]) -> torch.Tensor:
        return torch.tensor([[1.0, 0.0] if t in ("she pirouettes", "dance") else [0.0, 1.0] for t in texts])

    assert read_motion("she pirouettes", MAN, ctx, encode)[0].clip == "dance"


@pytest.mark.parametrize("text", ["", "  , ;", "a red box"[:0]])
def test_no_movement_is_refused(ctx, text: str) -> None:
    with pytest.raises(InputError, match="names no movement"):
        read_motion(text, MAN, ctx)


def test_the_clip_travels_turns_and_never_jumps(ctx) -> None:
    skeleton, skin, mesh = make_dolls()["biped"]
    body = make_body(skeleton, mesh, skin)
    clip = motion_from_words("walks, turns left, walks, then waves", body, MotionConfig(), ctx)
    place = clip_joint_to_world(clip, skeleton)[:, :, :3, 3]
    root = place[:, 0]
    assert float(root[-1, 2]) > 1.0 and float(root[-1, 0]) > 1.0  # first ahead, then to the left
    assert not clip.loop
    step = place.diff(dim=0).norm(dim=-1).amax(1)
    assert float(step.max()) < 0.25  # a hand that waves is quick; a jump of the body would be more
    assert float(root.diff(dim=0).norm(dim=1).max()) < 0.08


def test_a_mirrored_turn_ends_on_the_other_side(dolls, ctx) -> None:
    skeleton, skin, mesh = dolls["biped"]
    body = make_body(skeleton, mesh, skin)
    clip = clips_of_plan("biped")[0]["turn"](body, MotionConfig(), ctx)
    other = mirror_clip(clip, body)
    a, b = (clip_joint_to_world(c, skeleton)[-1, :, :3, 3] for c in (clip, other))
    left, right = (skeleton.names.index(f"{side}Hand") for side in ("left", "right"))
    assert torch.allclose(a[left] * torch.tensor([-1.0, 1, 1]), b[right], atol=1e-5)
