"""Articles as an English speaker puts them."""

import pytest

from gen4d.data.articles import with_article


@pytest.mark.parametrize("phrase, expected", [
    ("red car", "a red car"), ("orange car", "an orange car"), ("car with a orange roof", "a car with an orange roof"),
    ("two red dice", "two red dice"), ("one-storey house", "a one-storey house"), ("umbrella", "an umbrella"),
    ("ufo", "a ufo"), ("ukulele", "a ukulele"), ("upright post", "an upright post"), ("elephant", "an elephant"),
    ("european oak", "a european oak"), ("logs", "logs"), ("unicorn", "a unicorn"),
    ("pile of stones", "a pile of stones"), ("tree with green logs", "a tree with green logs"), ("apple", "an apple"),
    ("rocks", "rocks"), ("unit", "a unit"), ("no parking sign", "a no parking sign"),
    ("l-shaped sofa", "an l-shaped sofa"),
    ("cactus", "a cactus"), ("triceratops", "a triceratops"), ("gas can", "a gas can"),
    ("tulips, plant", "tulips, plant"), ("glass", "a glass"), ("stool  with four legs", "a stool with four legs"),
])  # fmt: skip
def test_with_article(phrase: str, expected: str) -> None:
    assert with_article(phrase) == expected
