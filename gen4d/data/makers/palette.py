"""Named colours for the makers: the word in a caption and the colour on the faces come from the same place."""

from dataclasses import dataclass, replace

import numpy as np

NAMED: dict[str, tuple[float, float, float]] = {
    "red": (0.80, 0.13, 0.12),
    "dark red": (0.50, 0.07, 0.09),
    "orange": (0.94, 0.49, 0.10),
    "yellow": (0.96, 0.81, 0.16),
    "green": (0.24, 0.62, 0.25),
    "dark green": (0.10, 0.36, 0.17),
    "light green": (0.56, 0.80, 0.38),
    "teal": (0.10, 0.54, 0.55),
    "blue": (0.14, 0.35, 0.77),
    "light blue": (0.51, 0.75, 0.92),
    "navy": (0.09, 0.14, 0.36),
    "purple": (0.46, 0.22, 0.64),
    "pink": (0.95, 0.56, 0.69),
    "brown": (0.44, 0.27, 0.14),
    "dark brown": (0.27, 0.16, 0.10),
    "tan": (0.78, 0.61, 0.41),
    "beige": (0.88, 0.80, 0.65),
    "cream": (0.97, 0.93, 0.81),
    "white": (0.95, 0.95, 0.94),
    "light grey": (0.76, 0.77, 0.78),
    "grey": (0.54, 0.55, 0.56),
    "dark grey": (0.28, 0.29, 0.31),
    "black": (0.09, 0.09, 0.10),
    "silver": (0.75, 0.78, 0.81),
    "gold": (0.84, 0.65, 0.19),
}

BRIGHT = ("red", "orange", "yellow", "green", "blue", "light blue", "purple", "pink", "teal", "white", "black")
WOODS = ("brown", "dark brown", "tan", "beige")
METALS = ("silver", "grey", "dark grey", "gold")

# Standard deviations in sRGB, small enough that the colour's word stays right: a white that tints to pink is not white.
BRIGHTNESS_JITTER = 0.03
CHANNEL_JITTER = 0.008


@dataclass(frozen=True)
class Paint:
    """A colour and the word for it.

    Fields:
        name: the word, as in a caption.
        rgb: sRGB in [0, 1].
    """

    name: str
    rgb: tuple[float, float, float]

    def shade(self, amount: float) -> "Paint":
        """The same paint darker (amount < 0, -1 is black) or lighter (amount > 0, 1 is white)."""
        target = 1.0 if amount > 0 else 0.0
        r, g, b = (c + (target - c) * abs(amount) for c in self.rgb)
        return replace(self, rgb=(r, g, b))


def paint(rng: np.random.Generator, name: str) -> Paint:
    """The named colour with a small random jitter."""
    shift = rng.normal(0.0, BRIGHTNESS_JITTER) + rng.normal(0.0, CHANNEL_JITTER, 3)
    r, g, b = np.clip(np.asarray(NAMED[name]) + shift, 0.0, 1.0)
    return Paint(name, (float(r), float(g), float(b)))


def choose(rng: np.random.Generator, *names: str, surprise: float = 0.0) -> Paint:
    """One of the names, or with probability `surprise` any bright colour."""
    pool = BRIGHT if rng.random() < surprise else names
    return paint(rng, pool[int(rng.integers(len(pool)))])


def contrast(rng: np.random.Generator, base: Paint, *names: str) -> Paint:
    """One of the names that can be told from `base` at a glance."""
    distance = {n: float(np.abs(np.subtract(NAMED[n], base.rgb)).sum()) for n in names}
    far = [n for n in names if distance[n] > 0.5] or [max(names, key=lambda n: distance[n])]
    return paint(rng, far[int(rng.integers(len(far)))])
