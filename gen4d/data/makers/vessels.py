"""Vessels and tableware."""

import numpy as np

from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import BRIGHT, choose, contrast
from gen4d.data.makers.shapes import ellipsoid, lathe, smooth, tube


def mug(rng: np.random.Generator) -> MadeObject:
    """A mug with a handle at +X, often filled, with a band, dots or a saucer's plain colour."""
    color = choose(rng, *BRIGHT, "cream", "grey")
    r, h = float(rng.uniform(0.26, 0.36)), float(rng.uniform(0.55, 0.85))
    foot = r * float(rng.uniform(0.72, 1.0))
    belly = r * float(rng.uniform(0.98, 1.12))
    wall = 0.035
    outside = smooth([(foot, 0.0), (belly, h * 0.4), (r, h)], 14)
    inside = outside[::-1][:-2] - [wall, 0.0]
    drink = rng.random() < 0.6
    brew = choose(rng, "dark brown", "dark brown", "brown", "tan")
    level = h * 0.86 if drink else 0.06
    inside = inside[inside[:, 1] > level]
    r_level = float(np.interp(level, outside[:, 1], outside[:, 0])) - wall
    profile = np.concatenate([[(foot - 0.02, 0.0)], outside, inside, [(r_level, level), (0.0, level)]])
    style = pick(rng, "plain", "band", "two-tone", "dots")
    second = contrast(rng, color, "white", "red", "blue", "yellow", "navy", "orange", "black")
    inner = second if style == "two-tone" else color.shade(-0.05)
    bands = [color] * (len(outside)) + [inner] * len(inside) + [inner, brew if drink else inner]
    if style == "band":
        mid = (outside[1:, 1] + outside[:-1, 1]) / 2 / h
        bands[1 : len(outside)] = [second if 0.4 < m < 0.68 else color for m in mid]
    parts = [lathe(profile, bands, 32)]
    top, low = h * rng.uniform(0.78, 0.88), h * rng.uniform(0.16, 0.3)
    reach = r * rng.uniform(0.55, 0.85)
    round_handle = rng.random() < 0.7
    path = [
        (r - 0.03, top, 0),
        (r + reach * 0.85, top - 0.04 * h, 0),
        (r + reach * 0.85, low + 0.1 * h, 0),
        (r - 0.03, low, 0),
    ]
    path = smooth(path, 18) if round_handle else smooth([path[0], (r + reach, (top + low) / 2, 0), path[-1]], 14)
    parts.append(tube(path, 0.045, second if style == "two-tone" else color.shade(-0.06), 10).scale(1, 1, 1.3))
    if style == "dots":
        for i in range(10):
            a, y = 36 * i + 18, h * (0.32 if i % 2 else 0.64)
            at = float(np.interp(y, outside[:, 1], outside[:, 0]))
            parts.append(ellipsoid(0.05, 0.05, 0.02, second, 12).move(y=y, z=at - 0.004).rotate_deg(y=a))
    captions = ["mug", f"{color.name} mug", f"{color.name} coffee mug with a handle"]
    if style != "plain":
        what = {
            "band": f"with a {second.name} band",
            "two-tone": f"with a {second.name} handle",
            "dots": f"with {second.name} dots",
        }
        captions.append(f"{color.name} mug {what[style]}")
    captions.append(
        f"{color.name} cup full of {'coffee' if 'brown' in brew.name else 'tea'}"
        if drink
        else f"empty {color.name} mug"
    )
    return made("mug", "tableware", "prop", parts, captions)
