"""Names are safe, bounded, never empty, and stay apart."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen4d.export.names import MAX_NAME_CHARACTERS, MAX_SLUG_CHARACTERS, safe_name, slug, unique_names


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a paper plane", "a-paper-plane"),
        ("  A Paper  Plane!! ", "a-paper-plane"),
        ("Crème brûlée, Straße & Ørsted", "creme-brulee-strasse-orsted"),
        ("İstanbul", "istanbul"),
        ("𝐁old ﬁsh", "bold-fish"),
        ("../../etc/passwd", "etc-passwd"),
        ("con", "con-asset"),
        ("LPT1", "lpt1-asset"),
        ("x" * 100, "x" * MAX_SLUG_CHARACTERS),
    ],
)
def test_slug_of_known_prompts(prompt: str, expected: str) -> None:
    assert slug(prompt) == expected


def test_long_prompt_is_cut_between_words() -> None:
    assert (
        slug("a very small wooden rocking horse with a long blue saddle")
        == "a-very-small-wooden-rocking-horse-with-a-long"
    )


def test_other_scripts_get_folders_of_their_own() -> None:
    assert slug("纸飞机") != slug("飞机纸")
    assert re.fullmatch(r"asset-[0-9a-f]{8}", slug("纸飞机"))


@given(st.text())
def test_slug_is_always_a_safe_folder_name(text: str) -> None:
    result = slug(text)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", result) and len(result) <= MAX_SLUG_CHARACTERS
    assert slug(result) == result


@given(st.text())
def test_safe_name_is_always_safe(text: str) -> None:
    result = safe_name(text)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", result) and len(result) <= MAX_NAME_CHARACTERS
    assert safe_name(result) == result


def test_usual_bone_names_stay_as_they_are() -> None:
    for name in ("Hips", "LeftUpperArm", "leftUpperLeg", "spine_01", "Tail-3"):
        assert safe_name(name) == name
    assert safe_name("mixamorig:Hips") == "mixamorig_Hips"


@given(st.lists(st.text("ab_2", min_size=1, max_size=3)))
def test_unique_names_are_unique_and_keep_the_first(names: list[str]) -> None:
    result = unique_names(names)
    assert len(set(result)) == len(result) == len(names)
    assert not names or result[0] == names[0]
    assert all(new.startswith(old) for new, old in zip(result, names, strict=True))


def test_taken_names_and_long_names_are_minded() -> None:
    assert unique_names(["Root"], taken=["Root"]) == ["Root_2"]
    assert max(map(len, unique_names(["x" * MAX_NAME_CHARACTERS] * 12))) == MAX_NAME_CHARACTERS
