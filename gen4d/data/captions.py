"""Colour words from what is seen, so that a caption says only what is true of its object."""

import re

import numpy as np
import torch

from gen4d.conventions import srgb_to_linear

# sRGB of the colour words people type; several shades may share a word.
NAMED_COLORS: tuple[tuple[str, tuple[int, int, int]], ...] = (
    ("red", (205, 30, 30)), ("red", (150, 20, 25)), ("orange", (240, 130, 25)), ("yellow", (245, 215, 40)),
    ("green", (55, 155, 55)), ("green", (110, 170, 60)), ("dark green", (25, 75, 30)), ("blue", (40, 85, 205)),
    ("light blue", (140, 195, 240)), ("dark blue", (20, 30, 100)), ("teal", (30, 140, 140)), ("purple", (125, 45, 155)),
    ("pink", (240, 140, 185)), ("pink", (225, 70, 140)), ("brown", (115, 70, 35)), ("brown", (80, 50, 30)),
    ("tan", (205, 170, 120)), ("beige", (230, 215, 185)), ("white", (245, 245, 245)), ("light grey", (195, 195, 195)),
    ("grey", (130, 130, 130)), ("dark grey", (75, 75, 78)), ("black", (25, 25, 25)), ("gold", (205, 165, 50)),
)  # fmt: skip
_NAMES = [name for name, _ in NAMED_COLORS]
_RGB_TO_XYZ = ((0.412453, 0.357580, 0.180423), (0.212671, 0.715160, 0.072169), (0.019334, 0.119193, 0.950227))
_WHITE = (0.95047, 1.0, 1.08883)  # D65
# A colour before these would be read as skin, while what is seen are mostly clothes; sources name those themselves.
PERSON = re.compile(
    r"\b(man|woman|person|people|boy|girl|toddler|male|female|soldier|warrior|horseman|archer|priest|"
    r"trader|druid|minister)\b"
)
SECOND_COLOR_SHARE = 0.25  # a second colour is named when it covers at least this share of what is seen


def color_words(maps: np.ndarray) -> tuple[str, ...]:
    """The one or two colours that cover most of an object.

    Args:
        maps: (6, H, W, 8) uint8 as `rendering.pack` makes them.

    Returns:
        names: the most frequent first; () for an object nothing is seen of.
    """
    pixels = maps[..., :3][maps[..., 3] > 200]
    if not len(pixels):
        return ()
    pixels = pixels[:: max(1, len(pixels) // 4000)] / 255.0
    named = rgb_to_lab(np.array([rgb for _, rgb in NAMED_COLORS]) / 255.0)
    nearest = ((rgb_to_lab(pixels)[:, None] - named) ** 2).sum(-1).argmin(1)
    names, counts = np.unique([_NAMES[i] for i in nearest], return_counts=True)
    ranked = sorted(zip(counts / len(pixels), names, strict=True), key=lambda pair: (-pair[0], pair[1]))
    words = [str(ranked[0][1])]
    if len(ranked) > 1 and ranked[1][0] >= SECOND_COLOR_SHARE:
        words.append(str(ranked[1][1]))
    return tuple(words)


def rgb_to_lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (N, 3) under D65 of sRGB colours (N, 3) in [0, 1]; distances there are about what eyes see."""
    linear = srgb_to_linear(torch.from_numpy(rgb.astype(np.float64))).numpy()
    ratio = linear @ np.array(_RGB_TO_XYZ).T / _WHITE
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], 1)


def with_colors(caption: str, colors: tuple[str, ...]) -> tuple[str, ...]:
    """Captions that name the colours: "a chair" and ("red", "black") -> "a red chair", "a red and black chair".

    None for a caption that names a colour already, or a person.
    """
    noun = re.sub(r"^(an?|the) ", "", caption)
    if not colors or PERSON.search(noun) or any(re.search(rf"\b{name.split()[-1]}\b", noun) for name in _NAMES):
        return ()
    plural = noun == caption
    made = [f"{colors[0]} {noun}"]
    if len(colors) > 1:
        made.append(f"{colors[0]} and {colors[1]} {noun}")
    return tuple(words if plural else f"{'an' if words[0] in 'aeiou' else 'a'} {words}" for words in made)
