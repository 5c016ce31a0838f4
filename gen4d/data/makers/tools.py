"""Tools and weapons of the fantasy kind."""

import numpy as np

from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import choose, contrast
from gen4d.data.makers.shapes import (
    ball,
    both_sides,
    box,
    cylinder,
    lathe,
    smooth,
    torus,
    tube,
)


def sword(rng: np.random.Generator) -> MadeObject:
    """A sword standing on its pommel, flat side to +Z."""
    steel, guard = (
        choose(rng, "silver", "light grey", "grey", surprise=0.15),
        choose(rng, "gold", "brown", "dark grey", "silver", "black"),
    )
    grip = contrast(rng, guard, "brown", "red", "blue", "black", "dark green", "purple")
    style = pick(rng, "straight", "straight", "broad", "curved")
    length, half = (
        float(rng.uniform(0.62, 0.74)),
        {"straight": 0.038, "broad": 0.06, "curved": 0.045}[style] * float(rng.uniform(0.9, 1.15)),
    )
    hold, y0 = float(rng.uniform(0.16, 0.22)), 0.0
    y0 = hold + 0.05
    tip = float(rng.uniform(0.08, 0.16))
    bend = float(rng.uniform(0.08, 0.16)) if style == "curved" else 0.0
    rings = []
    for t in np.linspace(0, 1, 11):
        y = y0 + length * t
        edge = half * (1.0 if y < y0 + length - tip else max(0.02, (y0 + length - y) / tip))
        edge *= 1 + (0.25 * t if style == "curved" else -0.12 * t)
        x = bend * t * t
        thick = 0.022 * max(0.3, edge / half)
        rings.append([(x + edge, y, 0), (x, y, thick), (x - edge, y, 0), (x, y, -thick)])
    from gen4d.data.makers.shapes import loft

    parts = [loft(rings, steel)]
    groove = rng.random() < 0.4 and style != "curved"
    if groove:
        parts.append(box(half * 0.35, length * 0.7, 0.05, steel.shade(-0.3)).move(y=y0 + length * 0.37))
    wide = float(rng.uniform(0.11, 0.19))
    shape = pick(rng, "bar", "curved", "disc")
    if shape == "bar":
        parts += [
            box(2 * wide, 0.045, 0.06, guard, 0.012).move(y=y0),
            both_sides(ball(0.034, guard, 12).move(x=wide, y=y0)),
        ]
    elif shape == "curved":
        parts.append(
            tube(smooth([(-wide, y0 + 0.05, 0), (0, y0 - 0.01, 0), (wide, y0 + 0.05, 0)], 13), 0.027, guard, 10)
        )
    else:
        parts.append(lathe([(wide * 0.6, -0.015), (wide * 0.66, 0.0), (wide * 0.6, 0.015)], guard).move(y=y0))
    parts.append(cylinder(0.028, hold, grip, 14).move(y=y0 - hold / 2))
    parts += [torus(0.027, 0.009, grip.shade(-0.3), 14, 6).move(y=y0 - hold * f) for f in (0.25, 0.45, 0.65, 0.85)]
    jewel = rng.random() < 0.4
    gem = contrast(rng, guard, "red", "blue", "green", "purple")
    parts.append(ball(0.045, gem if jewel else guard, 14).move(y=y0 - hold - 0.025))
    blade = {"straight": "straight blade", "broad": "broad blade", "curved": "curved blade"}[style]
    captions = [
        "sword",
        f"{steel.name} sword",
        f"sword with a {guard.name} guard and a {grip.name} grip",
        f"{steel.name} sword with a {blade}",
    ]
    if jewel:
        captions.append(f"fantasy sword with a {gem.name} jewel")
    else:
        captions.append("knight's sword" if style != "curved" else "curved sabre")
    return made("sword", "weapon", "prop", parts, captions)
