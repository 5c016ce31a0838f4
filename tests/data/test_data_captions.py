"""Colour words: the colour space against an independent one, and words that are true of what is seen."""

import numpy as np
from skimage.color import rgb2lab

from gen4d.data.captions import NAMED_COLORS, color_words, rgb_to_lab, with_colors


def test_lab_equals_another_library() -> None:
    rgb = np.random.default_rng(0).random((500, 3))
    assert np.abs(rgb_to_lab(rgb) - rgb2lab(rgb[None])[0]).max() < 1e-3
    assert np.allclose(rgb_to_lab(np.ones((1, 3))), [[100, 0, 0]], atol=0.02)


def test_every_named_colour_is_called_by_its_name() -> None:
    for name, rgb in NAMED_COLORS:
        maps = np.full((6, 8, 8, 8), 255, np.uint8)
        maps[..., :3] = rgb
        assert color_words(maps) == (name,)


def test_no_colour_is_added_to_a_caption_that_has_one() -> None:
    assert with_colors("a red car", ("blue",)) == ()
    assert with_colors("an old woman with a stick", ("brown",)) == ()  # it would be read as her skin
    assert with_colors("a snowman", ("white",)) == ("a white snowman",)
    assert with_colors("a chair", ("orange", "black")) == ("an orange chair", "an orange and black chair")
    assert with_colors("scissors", ("red",)) == ("red scissors",)
