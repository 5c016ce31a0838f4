"""Hats and shoes."""

import numpy as np

from gen4d.data.makers.curves import Array, smooth, star_outline
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import choose, contrast
from gen4d.data.makers.shapes import (
    Part,
    ball,
    both_sides,
    box,
    dome,
    extrude,
    fuselage,
    join,
    lathe,
    loft,
    slab,
    torus,
    tube,
)


def hat(rng: np.random.Generator) -> MadeObject:
    """A top hat, a witch's or wizard's hat, a cap, a cowboy hat, a straw hat or a party hat."""
    kind = pick(rng, "top hat", "wizard hat", "baseball cap", "cowboy hat", "straw hat", "party hat")
    color = choose(
        rng,
        *{
            "top hat": ("black", "dark grey", "red", "purple"),
            "wizard hat": ("purple", "navy", "black", "blue"),
            "baseball cap": ("red", "blue", "green", "black", "white"),
            "cowboy hat": ("brown", "tan", "black", "white"),
            "straw hat": ("tan", "yellow", "beige"),
            "party hat": ("red", "blue", "yellow", "green", "pink", "purple"),
        }[kind],
    )
    band = contrast(rng, color, "red", "gold", "white", "black", "blue", "yellow")
    text = f"{color.name} {kind} with a {band.name} band"
    if kind == "top hat":
        tall, flare = float(rng.uniform(0.36, 0.55)), float(rng.uniform(0.95, 1.12))
        parts = [
            lathe(
                [
                    (0.27, 0.01),
                    (0.44, 0.0),
                    (0.46, 0.03),
                    (0.44, 0.045),
                    (0.27, 0.03),
                    (0.26 * flare, tall),
                    (0.24 * flare, tall + 0.015),
                ],
                color,
                32,
            ),
            lathe([(0.275, 0.03), (0.272, 0.12)], band, 32),
        ]
    elif kind == "wizard hat":
        lean = float(rng.uniform(-0.25, 0.25))
        path = smooth([(0, 0, 0), (lean * 0.1, 0.35, 0), (lean, 0.8, 0)], 14)
        parts = [
            lathe([(0.2, 0.0), (0.48, -0.03), (0.5, 0.0), (0.46, 0.03), (0.2, 0.04)], color, 32),
            tube(path, np.linspace(0.27, 0.025, 14), color, 24),
        ]
        parts.append(lathe([(0.275, 0.02), (0.255, 0.11)], band, 32))
        stars = rng.random() < 0.5
        if stars:
            glow = contrast(rng, color, "yellow", "white", "gold")
            for i in range(7):
                t = 0.25 + 0.45 * (i * 0.382 % 1)
                at, q = np.array([np.interp(t, np.linspace(0, 1, 14), path[:, k]) for k in range(3)]), 0.27 - 0.245 * t
                one = extrude(star_outline(5, 0.055, 0.025), 0.05, glow).move(z=q - 0.005).rotate_deg(y=137 * i)
                parts.append(one.move_to(at))
            text = f"{color.name} wizard hat with {glow.name} stars"
    elif kind == "baseball cap":
        body = dome(0.34, 0.27, color, 24)
        two = rng.random() < 0.5
        if two:
            body = body.paint_where(lambda c: c[:, 2] > 0.12, band)
        a = np.radians(np.linspace(-62, 62, 13))
        peak = np.concatenate(
            [
                np.stack([0.33 * np.sin(a), 0.3 * np.cos(a)], -1),
                np.stack([0.32 * np.sin(a), 0.24 + 0.36 * np.cos(a)], -1)[::-1],
            ]
        )
        brim = slab(peak, 0.035, band).rotate_deg(x=8).move(y=0.045)
        parts = [
            body,
            brim,
            ball(0.032, band, 10).move(y=0.27),
            torus(0.335, 0.016, color.shade(-0.2), 28, 6).move(y=0.012),
        ]
        text = f"{color.name} baseball cap with a {band.name} peak"
    elif kind == "cowboy hat":
        a = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        rings = []
        for q, y, lift in (
            (0.22, 0.02, 0.0),
            (0.36, 0.0, 0.06),
            (0.5, 0.0, 0.2),
            (0.5, 0.03, 0.2),
            (0.36, 0.035, 0.06),
            (0.22, 0.05, 0.0),
            (0.215, 0.18, 0.0),
            (0.18, 0.29, 0.0),
            (0.08, 0.27, 0.0),
            (0.01, 0.25, 0.0),
        ):
            rings.append(np.stack([q * np.sin(a), y + lift * np.abs(np.sin(a)) ** 3, q * 1.12 * np.cos(a)], -1))
        parts = [loft(rings, color), lathe([(0.228, 0.04), (0.224, 0.09)], band, 32).scale(1, 1, 1.12)]
    elif kind == "straw hat":
        parts = [
            lathe(
                [
                    (0.25, 0.0),
                    (0.5, -0.02),
                    (0.51, 0.0),
                    (0.49, 0.025),
                    (0.25, 0.035),
                    (0.24, 0.12),
                    (0.19, 0.2),
                    (0.0, 0.23),
                ],
                [color if i % 2 else color.shade(-0.1) for i in range(7)],
                32,
            ),
            lathe([(0.258, 0.03), (0.252, 0.095)], band, 32),
        ]
    else:
        tall = float(rng.uniform(0.6, 0.8))
        t = np.linspace(0, 1, 9)
        parts = [
            lathe(np.stack([0.28 * (1 - t), tall * t], -1), [color if i % 2 == 0 else band for i in range(8)], 28),
            ball(0.075, band, 14).move(y=tall),
            torus(0.275, 0.03, band, 28, 8).move(y=0.015),
        ]
        text = f"{color.name} party hat with {band.name} stripes"
    captions = ["hat" if kind != "baseball cap" else "cap", f"{color.name} {kind}", kind, text]
    return made("hat", "clothing", "prop", parts, captions)


def shoes(rng: np.random.Generator) -> MadeObject:
    """A sneaker, a boot or a pair of them, toe to +Z."""
    color = choose(rng, "red", "blue", "white", "black", "green", "brown", "orange", "pink", "yellow", "grey")
    sole, lace = (
        contrast(rng, color, "white", "black", "beige", "brown"),
        contrast(rng, color, "white", "black", "yellow"),
    )
    boot = rng.random() < 0.4
    tall, w = (float(rng.uniform(0.42, 0.6)) if boot else float(rng.uniform(0.24, 0.3))), float(rng.uniform(0.27, 0.31))
    zs = np.array([-0.42, -0.38, -0.25, -0.05, 0.15, 0.32, 0.43, 0.47])
    wide = np.array([0.55, 0.75, 0.85, 0.88, 1.0, 0.98, 0.72, 0.4]) * w
    outline = np.concatenate([np.stack([wide / 2, zs], -1), np.stack([-wide / 2, zs], -1)[::-1]])
    parts = [slab(outline * 1.06, 0.07, sole).move(y=0.035)]
    high = np.array([0.2, 0.23, 0.24, 0.24, 0.19, 0.15, 0.11, 0.05])
    parts.append(
        fuselage([(z, q, 2 * h, 0.06) for z, q, h in zip(zs, wide, high, strict=True)], color, 2.3, 20).paint_where(
            lambda c: c[:, 1] < 0.03, sole
        )
    )
    parts[-1] = _cut_below(parts[-1], 0.03)
    shaft = [
        (0.25, 0.3, 0.1),
        (0.245, 0.3, 0.2),
        (0.26, 0.33, tall),
        (0.2, 0.26, tall + 0.01),
        (0.17, 0.22, tall - 0.08),
    ]
    collar = loft([_oval(q, d, y, -0.19) for q, d, y in shaft], [color, color, color.shade(-0.2), color.shade(-0.5)])
    parts += [
        collar,
        tube(
            np.concatenate([_oval(0.25, 0.32, tall, -0.19), _oval(0.25, 0.32, tall, -0.19)[:2]]),
            0.025,
            lace if not boot else color.shade(-0.2),
            6,
        ),
    ]
    for i in range(4):
        z, y = 0.0 + 0.065 * i, 0.295 - 0.032 * i
        parts.append(box(w * 0.5, 0.026, 0.026, lace).rotate_deg(y=12 if i % 2 else -12).move(y=y, z=z))
    stripe = contrast(rng, color, "white", "yellow", "black", "red") if rng.random() < 0.5 else None
    if stripe is not None and not boot:
        parts.append(both_sides(box(0.03, 0.12, 0.05, stripe).rotate_deg(x=-20).move(w * 0.42, 0.15, -0.03)))
    if boot:
        parts.append(box(w * 0.8, 0.09, 0.2, sole).move(z=-0.29))
    else:
        parts[1] = parts[1].paint_where(lambda c: c[:, 2] > 0.32, sole)
    one = join(*parts)
    pair = rng.random() < 0.5
    name = "boot" if boot else "sneaker"
    if pair:
        captions = [
            "pair of shoes",
            f"pair of {color.name} {name}s",
            f"two {color.name} {name}s with {sole.name} soles",
            f"{color.name} shoes with {lace.name} laces",
        ]
        captions[3] = f"pair of {color.name} shoes with {lace.name} laces"
        return made("shoes", "clothing", "prop", [both_sides(one.move(x=w * 0.68))], captions)
    captions = [
        "shoe",
        name,
        f"{color.name} {name}",
        f"{color.name} {name} with a {sole.name} sole",
        f"{color.name} shoe with {lace.name} laces",
    ]
    return made("shoes", "clothing", "prop", [one], captions)


def _oval(w: float, d: float, y: float, z: float) -> Array:
    a = np.arange(20) * np.pi / 10
    return np.stack([w / 2 * np.cos(a), np.full(20, y), z + d / 2 * np.sin(a)], -1)


def _cut_below(part: Part, y: float) -> Part:
    """The part flattened onto the plane below which it would reach."""
    v = part.vertices.copy()
    v[:, 1] = np.maximum(v[:, 1], y)
    return Part(v, part.faces, part.colors)
