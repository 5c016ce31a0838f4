"""The body plan: words first, shape where words are silent."""

import pytest

from gen4d.rig.config import RigConfig
from gen4d.rig.orientation import find_orientation
from gen4d.rig.plan import guess_plan
from gen4d.rig.rigging import LOW_CONFIDENCE
from gen4d.rig.words import WORDS, plan_from_words, plans_from_words


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


def test_a_subject_may_be_called_by_two_plans_and_what_it_carries_does_not_count() -> None:
    assert plans_from_words("Astronaut_FinnTheFrog") == (("quadruped", "frog"), ("biped", "astronaut"))
    assert plans_from_words("wolf knight with a sword, riding a cow") == (("biped", "knight"), ("quadruped", "wolf"))
    assert plans_from_words("a fox and a bear") == (("quadruped", "fox"),)


def test_the_shape_chooses_between_the_plans_a_creature_is_called_by(creatures) -> None:
    for hint in ("Astronaut_FinnTheFrog", "frog astronaut"):
        for name, plan in (("human_t", "biped"), ("human_a", "biped"), ("dog", "quadruped")):
            guess = guess_plan(creatures[name], hint)
            assert guess.plan == plan and guess.confidence > LOW_CONFIDENCE, (hint, name, guess)
    assert guess_plan(creatures["human_a"], "Character_Gun").plan == "biped"
    assert guess_plan(creatures["table"], "a dog house").plan == "prop"


def test_a_body_on_two_legs_wins_over_an_animal_s_name_and_asks_to_be_looked_at(creatures) -> None:
    guess = guess_plan(creatures["human_t"], "a frog")
    assert guess.plan == "biped" and guess.confidence < LOW_CONFIDENCE
    assert guess_plan(creatures["human_t"], "a penguin").plan == "bird"  # birds have two legs as well
    assert guess_plan(creatures["human_t"], "a chair").plan == "prop"
    assert guess_plan(creatures["dog"], "a beetle").plan == "insect"


def test_a_name_of_two_plans_turns_nothing_that_stands(creatures) -> None:
    for name in ("human_t", "dog"):
        assert find_orientation(creatures[name], RigConfig(), "Astronaut_FinnTheFrog").rotation.tolist() == [
            [1, 0, 0], [0, 1, 0], [0, 0, 1]
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ("infantry_swordsman_a", "biped"),
        ("a policewoman", "biped"),
        ("Enemy_2Legs", "biped"),
        ("a four-legged walker", "quadruped"),
        ("Allosaurus", "bird"),
        ("Ankylosaurus", "quadruped"),
    ],
)
def test_compounds_and_counted_legs_name_a_plan(text: str, plan: str) -> None:
    found = plan_from_words(text)
    assert found is not None and found[0] == plan


@pytest.mark.parametrize("text", ["a snowman", "a caiman", "an ottoman"])
def test_what_only_ends_like_a_person_is_none(text: str) -> None:
    found = plan_from_words(text)
    assert found is None or found[0] != "biped"


def test_a_person_named_after_a_gun_is_a_person_and_a_gun_is_a_gun(creatures) -> None:
    assert guess_plan(creatures["human_t"], "enemy large gun").plan == "biped"
    assert guess_plan(creatures["table"], "gun").plan == "prop"
