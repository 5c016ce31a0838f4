"""What a maker returns: one coloured object with captions that are true of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from gen4d.data.articles import with_article
from gen4d.data.makers.shapes import Part, join

Plan = Literal["biped", "quadruped", "bird", "fish", "snake", "insect", "spider", "vehicle", "plant", "prop"]

T = TypeVar("T")


@dataclass(frozen=True)
class MadeObject:
    """A made object: +Y up, facing +Z, any scale.

    Fields:
        maker: name of the maker.
        vertices: (V, 3) float64.
        faces: (F, 3) int64, counter-clockwise from outside.
        face_colors: (F, 3) float32 sRGB in [0, 1].
        captions: true of this very instance, the shortest first.
        category: a word for the family.
        plan: the body plan.
    """

    maker: str
    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    face_colors: NDArray[np.float32]
    captions: tuple[str, ...]
    category: str
    plan: Plan


def made(maker: str, category: str, plan: Plan, parts: Sequence[Part], captions: Sequence[str]) -> MadeObject:
    """Join the parts into one object; each caption gets its article, repeated captions are dropped."""
    whole = join(*parts)
    colors = np.clip(whole.colors, 0.0, 1.0).astype(np.float32)
    texts = tuple(dict.fromkeys(with_article(c) for c in captions))
    return MadeObject(maker, whole.vertices, whole.faces, colors, texts, category, plan)


def pick(rng: np.random.Generator, *options: T) -> T:
    """One of the options, evenly."""
    return options[int(rng.integers(len(options)))]
