"""Variants are as true as what they were made from: their captions, their mirror images, their colours."""

from dataclasses import replace

import numpy as np
import pytest

from gen4d.data.archive import mirrored
from gen4d.data.captions import NAMED_COLORS
from gen4d.data.makers import MAKERS
from gen4d.data.objects import SourceObject, canonical
from gen4d.data.rendering import pack, render_object
from gen4d.data.streamed.render import made_object
from gen4d.data.variants import COLOR_WORDS, recolored, varied


def thing(name: str, seed: int = 0) -> SourceObject:
    return canonical(made_object("makers", f"makers/{name}", MAKERS[name](np.random.default_rng(seed))))


class Scripted(np.random.Generator):
    """Random numbers that decide to mirror, not to stretch, and not to recolour."""

    def __init__(self) -> None:
        super().__init__(np.random.PCG64(0))
        self.coins = iter([0.0, 1.0])

    def normal(self, *args: object, **kwargs: object) -> np.ndarray:
        return np.zeros(3)

    def random(self, *args: object, **kwargs: object) -> float:
        return next(self.coins)


@pytest.mark.parametrize("name", ["paper_plane", "mug", "dog"])
def test_a_mirrored_object_renders_as_the_mirrored_maps(name: str) -> None:
    obj = thing(name)
    direct = pack(render_object(varied(obj, Scripted()))).astype(int)
    flipped = mirrored(pack(render_object(obj))).astype(int)
    assert (np.abs(direct - flipped).max(-1) > 3).mean() < 0.004  # a pixel on an edge may fall to the other side


def test_captions_stay_true() -> None:
    obj = replace(thing("paper_plane"), captions=("a paper plane", "a red paper plane", "a dark blue plane"))
    rng = np.random.default_rng(0)
    turned = 0
    for _ in range(60):
        variant = varied(obj, rng)
        assert variant.captions and set(variant.captions) <= set(obj.captions)
        same = np.allclose(variant.corner_colors, obj.corner_colors) or np.allclose(
            variant.corner_colors, obj.corner_colors[:, ::-1]
        )
        if not same:
            turned += 1
            assert variant.captions == ("a paper plane",)  # what names a colour is no longer true
        else:
            assert variant.captions == obj.captions
    assert 10 < turned < 40


def test_an_object_that_is_only_known_by_its_colour_keeps_it() -> None:
    obj = replace(thing("paper_plane"), captions=("a red paper plane",))
    rng = np.random.default_rng(0)
    for _ in range(20):
        variant = varied(obj, rng)
        assert variant.captions == obj.captions
        assert np.allclose(np.sort(variant.corner_colors, 1), np.sort(obj.corner_colors, 1))


def test_every_colour_word_is_known_and_no_part_of_another_word() -> None:
    assert all(COLOR_WORDS.search(f"a {name} thing") for name, _ in NAMED_COLORS)
    assert not COLOR_WORDS.search("a greenhouse with a redhead and a tank")


def test_variants_are_canonical_closed_as_before_and_of_other_proportions() -> None:
    obj, rng = thing("mug"), np.random.default_rng(1)
    for _ in range(10):
        variant = varied(obj, rng)
        low, high = variant.vertices.min(0), variant.vertices.max(0)
        assert np.allclose(low + high, 0, atol=1e-9) and np.isclose((high - low).max(), 1)
        assert _volume(variant) > 0  # still wound outward, mirrored or not
        assert len(variant.faces) == len(obj.faces) and variant.id == obj.id


def test_turning_the_hue_all_round_changes_nothing_and_grey_stays() -> None:
    obj = thing("mug")
    colors = np.round(obj.corner_colors * 255) / 255
    assert np.abs(recolored(obj, 1.0).corner_colors - colors).max() <= 1.01 / 255
    grey = replace(obj, corner_colors=np.full_like(obj.corner_colors, 100 / 255))
    assert np.abs(recolored(grey, 0.4).corner_colors - 100 / 255).max() <= 1.01 / 255


def test_where_a_texture_is_multiplied_by_a_colour_one_of_them_turns() -> None:
    obj = thing("mug")
    red = np.full((4, 4, 4), [200, 30, 30, 255], np.uint8)
    textured = replace(obj, textures=(red,), texture_index=np.zeros(len(obj.faces), np.int64))
    turned = recolored(textured, 0.5)
    assert np.array_equal(turned.corner_colors, textured.corner_colors)
    assert turned.textures[0][0, 0, 0] < turned.textures[0][0, 0, 2] and (turned.textures[0][..., 3] == 255).all()


def _volume(obj: SourceObject) -> float:
    a, b, c = obj.vertices[obj.faces].transpose(1, 0, 2)
    return float((a * np.cross(b, c)).sum() / 6)
