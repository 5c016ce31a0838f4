"""The body plan: words first, shape where words are silent."""

import pytest

from gen4d.rig.plan import guess_plan
from gen4d.rig.words import WORDS, plan_from_words


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ("a red fox", "quadruped"),
        ("a knight in shining armor", "biped"),
        ("a wooden chair", "prop"),
        ("a dog house", "prop"),
        ("two wolves", "quadruped"),
        ("a woman holding a sword", "biped"),
        ("a teddy bear", "biped"),
        ("a horse with a saddle", "quadruped"),
        ("statue of a man", "prop"),
        ("knives", "prop"),
    ],
)
def test_the_head_noun_decides(text: str, plan: str) -> None:
    found = plan_from_words(text)
    assert found is not None and found[0] == plan


def test_unknown_words_say_nothing_and_no_word_is_in_two_lists() -> None:
    assert plan_from_words("a glorp") is None and plan_from_words("") is None
    lists = list(WORDS.values())
    assert all(not a & b for i, a in enumerate(lists) for b in lists[i + 1 :])


@pytest.mark.parametrize(
    ("name", "plan"),
    [("human_t", "biped"), ("human_a", "biped"), ("human_fused", "biped"), ("dog", "quadruped"),
     ("dog_without_tail", "quadruped"), ("table", "prop")],
)  # fmt: skip
def test_shape_alone_tells_the_plan(creatures, name: str, plan: str) -> None:
    guess = guess_plan(creatures[name])
    assert guess.plan == plan, guess
    assert 0.4 <= guess.confidence <= 1.0


def test_words_override_the_shape_and_a_dispute_lowers_confidence(creatures) -> None:
    assert guess_plan(creatures["table"], "an elephant").plan == "quadruped"
    agreed, disputed = guess_plan(creatures["dog"], "a dog"), guess_plan(creatures["dog"], "a teapot")
    assert disputed.plan == "prop" and disputed.confidence < agreed.confidence
