"""Guesses of roughness and metal: what words say, where colours allow it, and what overrides them."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gen4d.structures import Material
from gen4d.surface.looks import METALLIC, PLAIN_ROUGHNESS, guess_from_words, with_looks

STEEL, GOLD, RUBY, WOOD = (0.62, 0.63, 0.65), (0.85, 0.65, 0.2), (0.7, 0.05, 0.1), (0.4, 0.25, 0.12)


def painted(*colors: tuple[float, float, float]) -> Material:
    """One row of texels a colour."""
    image = torch.ones(len(colors), 4, 4)
    image[..., :3] = torch.tensor(colors)[:, None]
    return Material(image)


@pytest.mark.parametrize(
    ("words", "metal", "roughness"),
    [
        ("a steel sword", "grey", PLAIN_ROUGHNESS),
        ("a sword", "grey", PLAIN_ROUGHNESS),
        ("a wooden sword", None, 0.75),
        ("a gold crown with rubies", "warm", PLAIN_ROUGHNESS),
        ("a golden retriever", None, PLAIN_ROUGHNESS),
        ("a silver fox", None, PLAIN_ROUGHNESS),
        ("a red sports car", None, 0.45),
        ("a Glass bottle", None, 0.1),
        ("an ironing board", None, PLAIN_ROUGHNESS),  # whole words only
        ("a wooden chest with iron bands", "grey", 0.75),
        ("", None, PLAIN_ROUGHNESS),
    ],
)
def test_words_name_the_material(words: str, metal: str | None, roughness: float) -> None:
    guess = guess_from_words(words)
    assert (guess.metal, guess.roughness) == (metal, roughness)


def test_metal_lies_only_where_the_colour_is_the_metals() -> None:
    crown, why = with_looks(painted(GOLD, RUBY, GOLD, STEEL), "a gold crown with rubies")
    assert crown.occlusion_roughness_metallic is not None
    occlusion, roughness, metal = crown.occlusion_roughness_metallic[:, 0].unbind(-1)
    assert occlusion.tolist() == [1, 1, 1, 1]
    assert metal.tolist() == pytest.approx([METALLIC, 0, METALLIC, 0])
    assert roughness[0] < 0.4 and float(roughness[1]) == pytest.approx(PLAIN_ROUGHNESS)
    assert (crown.roughness, crown.metallic) == (1, 1)  # the map says it all
    assert why.startswith("gold:")
    sword, _ = with_looks(painted(STEEL, WOOD), "a sword")
    assert sword.occlusion_roughness_metallic is not None
    assert sword.occlusion_roughness_metallic[:, 0, 2].tolist() == pytest.approx([METALLIC, 0])


def test_one_material_needs_no_map() -> None:
    for colors, words, expected in (
        ((STEEL, STEEL), "an iron anvil", (0.35, METALLIC)),
        ((WOOD, WOOD), "an iron anvil", (PLAIN_ROUGHNESS, 0)),  # nothing on it looks like iron
        ((RUBY, RUBY), "a car", (0.45, 0)),
        ((RUBY, STEEL), "a ball", (PLAIN_ROUGHNESS, 0)),
    ):
        looks, _ = with_looks(painted(*colors), words)
        assert looks.occlusion_roughness_metallic is None
        assert (looks.roughness, looks.metallic) == pytest.approx(expected, abs=1e-4)


def test_what_the_user_says_wins() -> None:
    both, _ = with_looks(painted(GOLD, RUBY), "a gold crown", roughness=0.6, metallic=0.0)
    assert both.occlusion_roughness_metallic is None
    assert (both.roughness, both.metallic) == pytest.approx((0.6, 0.0))
    one, _ = with_looks(painted(GOLD, RUBY), "a gold crown", roughness=0.6)
    assert one.occlusion_roughness_metallic is not None
    assert one.occlusion_roughness_metallic[:, 0, 1].tolist() == pytest.approx([0.6, 0.6])
    assert one.occlusion_roughness_metallic[:, 0, 2].tolist() == pytest.approx([METALLIC, 0])


@given(st.text(max_size=40), st.lists(st.tuples(*[st.floats(0, 1)] * 3), min_size=1, max_size=4))
def test_any_words_and_colours_give_a_material_that_holds(words: str, colors: list[tuple[float, float, float]]) -> None:
    material = painted(*colors)
    looks, why = with_looks(material, words + " gold steel")
    assert torch.equal(looks.base_color, material.base_color)  # colours are never touched
    assert 0 <= looks.roughness <= 1 and 0 <= looks.metallic <= 1 and why
