"""Butterflies, bees, ladybirds and turtles: the small things of a garden."""

import numpy as np

from gen4d.data.articles import COUNT_WORDS
from gen4d.data.makers.curves import smooth
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import Paint, choose, contrast, paint
from gen4d.data.makers.shapes import (
    Part,
    ball,
    both_sides,
    box,
    cone,
    cylinder,
    ellipsoid,
    fuselage,
    join,
    lathe,
    limb,
    paint_gores,
    slab,
    torus,
    tube,
)


def _face(radius: float, dark: Paint, white: Paint) -> Part:
    """Two large eyes on a head of the given radius at the origin, looking to +Z."""
    eye = join(ball(radius * 0.32, white, 12), ball(radius * 0.19, dark, 10).move(radius * 0.04, 0, radius * 0.2))
    return both_sides(eye.move(radius * 0.5, radius * 0.32, radius * 0.68))


def _feelers(radius: float, color: Paint) -> Part:
    """Two bent feelers with knobs on a head of the given radius at the origin."""
    path = smooth(
        [
            (radius * 0.3, radius * 0.7, 0.1 * radius),
            (radius * 0.6, radius * 1.5, radius * 0.5),
            (radius, radius * 1.9, radius * 1.1),
        ],
        8,
    )
    return both_sides(join(tube(path, 0.016, color, 6), ball(0.032, color, 10).move_to(path[-1])))


def butterfly(rng: np.random.Generator) -> MadeObject:
    """A butterfly facing +Z, its four wings raised a little, with rims and spots."""
    first = choose(rng, "orange", "blue", "yellow", "purple", "red", "pink", "light blue", "white")
    second = contrast(rng, first, "black", "navy", "white", "yellow", "dark brown", "pink")
    body, t = choose(rng, "black", "dark brown", "dark grey"), 0.026
    parts = [limb((0, 0, -0.26), (0, 0, 0.08), 0.026, 0.05, body), ball(0.07, body, 14).move(y=0.015, z=0.14)]
    span, back = float(rng.uniform(0.42, 0.52)), float(rng.uniform(0.28, 0.36))
    fore = smooth(
        [(0.02, 0.06), (span * 0.55, 0.34), (span, 0.36), (span * 0.92, 0.1), (span * 0.45, -0.02), (0.02, 0.0)], 26
    )
    hind = smooth(
        [(0.02, 0.0), (back * 0.7, 0.02), (back, -0.14), (back * 0.75, -0.36), (back * 0.3, -0.26), (0.02, -0.08)], 26
    )
    wing = []
    for outline, inner in ((fore, 0.8), (hind, 0.74)):
        middle = outline.mean(0)
        wing += [slab(outline, t, second), slab(middle + (outline - middle) * inner - [0.012, 0], t * 1.7, first)]
    spotted = rng.random() < 0.6
    spot = contrast(rng, first, "white", "yellow", "red", "light blue", "black")
    if spotted:
        places = ((span * 0.78, 0.24, 0.042), (span * 0.56, 0.17, 0.032), (back * 0.62, -0.18, 0.042))
        wing += [cylinder(r, t * 2.6, spot, 14).move(x, 0, z) for x, z, r in places]
    lift = float(rng.uniform(6, 40))
    parts += [both_sides(join(*wing).rotate_deg(z=lift)), _feelers(0.07, body).move(y=0.015, z=0.14)]
    parts.append(_face(0.075, paint(rng, "black"), paint(rng, "white")).move(y=0.015, z=0.14))
    captions = [
        "butterfly",
        f"{first.name} butterfly",
        f"{first.name} butterfly with {second.name} wing edges",
        f"butterfly with {first.name} and {second.name} wings",
    ]
    if spotted:
        captions.append(f"{first.name} butterfly with {spot.name} spots")
    return made("butterfly", "animal", "insect", parts, captions)


def bee(rng: np.random.Generator) -> MadeObject:
    """A round bee with stripes, wings, feelers and a sting."""
    fur, dark = choose(rng, "yellow", "yellow", "orange", "gold"), paint(rng, "black")
    fat, stripes = float(rng.uniform(0.24, 0.3)), pick(rng, 2, 3)
    zs = np.linspace(-1, 1, 22)
    places = np.linspace(-0.5, 0.35, stripes)
    bands = [dark if np.abs(places - z).min() < 0.13 else fur for z in (zs[1:] + zs[:-1]) / 2]
    stations = [
        (z * 0.38, 2 * fat * r, 2 * fat * r, 0.0) for z, r in zip(zs, np.sqrt(np.maximum(1 - zs**2, 1e-4)), strict=True)
    ]
    head = float(rng.uniform(0.17, 0.2))
    parts = [
        fuselage(stations, bands, 2.0, 22),
        ball(head, fur if rng.random() < 0.5 else dark, 20).move(y=0.05, z=0.4),
    ]
    parts += [cone(0.05, 0.13, dark, segments=12).rotate_deg(x=-90).move(z=-0.36)]
    head_at = {"y": 0.05, "z": 0.4}
    parts += [
        _face(head, paint(rng, "navy"), paint(rng, "white")).move(**head_at),
        _feelers(head, dark).move(**head_at),
    ]
    glass, long = choose(rng, "light blue", "white", "light grey"), float(rng.uniform(0.24, 0.32))
    upper = (
        ellipsoid(long * 0.55, 0.02, long, glass, 18)
        .move(z=-long * 0.8)
        .rotate_deg(x=22, y=-52)
        .move(x=0.05, y=fat * 0.85, z=0.1)
    )
    lower = (
        ellipsoid(long * 0.4, 0.02, long * 0.72, glass, 16)
        .move(z=-long * 0.6)
        .rotate_deg(x=16, y=-28)
        .move(x=0.05, y=fat * 0.9, z=-0.02)
    )
    parts.append(both_sides(join(upper, lower)))
    for z in (-0.1, 0.05, 0.2):
        parts.append(
            both_sides(limb((fat * 0.5, -fat * 0.7, z), (fat * 0.72, -fat * 1.15, z + 0.04), 0.028, 0.022, dark))
        )
    captions = [
        "bee",
        f"{fur.name} and black bee",
        f"{'fat' if fat > 0.27 else 'small'} bee with black stripes",
        f"{fur.name} bee with {glass.name} wings",
    ]
    return made("bee", "animal", "insect", parts, captions)


def ladybug(rng: np.random.Generator) -> MadeObject:
    """A ladybird: a round shell with spots and a seam, a dark head, six legs."""
    shell, dark = choose(rng, "red", "red", "orange", "yellow", surprise=0.08), paint(rng, "black")
    spot = contrast(rng, shell, "black", "black", "white") if shell.name == "black" else dark
    x, y, z = float(rng.uniform(0.36, 0.42)), float(rng.uniform(0.27, 0.36)), 0.45
    parts = [
        ellipsoid(x * 0.96, 0.1, z * 0.96, dark, 24),
        lathe(np.stack([np.cos(a := np.linspace(-0.1, np.pi / 2, 10)), np.sin(a)], -1), shell, 32).scale(x, y, z),
    ]
    seam = np.radians(np.linspace(8, 165, 15))
    parts.append(tube(np.stack([0 * seam, y * np.sin(seam) * 1.0, -z * np.cos(seam) * 1.0], -1), 0.014, spot, 6))
    pairs = pick(rng, 2, 3, 3, 4)
    for i in range(pairs):
        up, turn = 0.4 + 0.34 * (i % 2), np.radians(40 + 105 * i / max(1, pairs - 1))
        across = np.sqrt(1 - up * up)
        n = np.array([across * np.sin(turn) + 0.04, up, across * np.cos(turn)])
        disc = ellipsoid(0.07, 0.07, 0.025, spot, 10).rotate_deg(x=-np.degrees(np.arcsin(up)), y=np.degrees(turn))
        parts.append(both_sides(disc.move_to(n * [x, y, z] * 0.985)))
    head = 0.19
    parts += [
        ball(head, dark, 18).move(y=0.07, z=z * 0.95),
        _face(head, dark, paint(rng, "white")).move(y=0.07, z=z * 0.95),
        _feelers(head, dark).move(y=0.07, z=z * 0.95),
    ]
    for k in (-0.24, 0.02, 0.27):
        leg = limb((x * 0.7, -0.02, k), (x * 1.15, -0.06, k * 1.15), 0.034, 0.028, dark)
        parts.append(
            both_sides(join(leg, limb((x * 1.15, -0.06, k * 1.15), (x * 1.25, -0.15, k * 1.25), 0.028, 0.024, dark)))
        )
    captions = [
        "ladybug",
        "ladybird",
        f"{shell.name} ladybug with {spot.name} spots",
        f"{shell.name} beetle with {COUNT_WORDS[2 * pairs]} spots",
    ]
    return made("ladybug", "animal", "insect", parts, captions)


def turtle(rng: np.random.Generator) -> MadeObject:
    """A turtle: a domed shell of plates, four stout legs, a raised head."""
    skin = choose(rng, "green", "light green", "tan", "teal")
    shell = contrast(rng, skin, "brown", "dark green", "dark brown", "red", "orange", "purple")
    x, y, z = float(rng.uniform(0.32, 0.38)), float(rng.uniform(0.22, 0.32)), 0.42
    rows = np.cos(np.radians([0, 28, 50, 68, 90])), np.sin(np.radians([0, 28, 50, 68, 90]))
    dome_part = lathe(np.stack(rows, -1), shell, 24)
    dome_part = paint_gores(dome_part, [shell, shell, shell.shade(-0.22), shell.shade(-0.22)], 24)
    dome_part = dome_part.paint_where(lambda c: c[:, 1] > 0.9, shell.shade(0.12))
    rim = torus(1.0, 0.09, shell.shade(-0.3), 28, 8)
    parts = [
        join(dome_part.scale(1, y, 1), rim).scale(x, 1, z).move(y=0.2),
        ellipsoid(x * 0.95, 0.09, z * 0.95, skin.shade(0.25), 22).move(y=0.19),
    ]
    for k in (1, -1):
        foot = limb((x * 0.62, 0.17, k * 0.25), (x * 0.95, 0.055, k * 0.36), 0.085, 0.075, skin)
        parts.append(both_sides(foot))
    head, up = float(rng.uniform(0.12, 0.15)), float(rng.uniform(0.26, 0.42))
    at = np.array([0.0, up, z + 0.17])
    parts += [
        limb((0, 0.2, z * 0.7), at - np.array([0, 0.03, 0.03]), 0.085, 0.075, skin),
        ellipsoid(head, head * 0.9, head * 1.1, skin, 20).move_to(at),
    ]
    dark = paint(rng, "black")
    eye = join(
        ball(head * 0.27, paint(rng, "white"), 12), ball(head * 0.17, dark, 10).move(head * 0.06, 0, head * 0.16)
    )
    parts += [
        both_sides(eye.move(head * 0.6, head * 0.35, head * 0.6)).move_to(at),
        limb((0, 0.16, -z * 0.9), (0, 0.12, -z - 0.12), 0.05, 0.015, skin),
    ]
    parts.append(box(head * 0.8, 0.014, 0.03, skin.shade(-0.5)).move_to(at).move(y=-head * 0.3, z=head * 0.96))
    captions = [
        "turtle",
        f"{skin.name} turtle",
        f"{skin.name} turtle with a {shell.name} shell",
        f"cartoon turtle with a {shell.name} shell",
    ]
    return made("turtle", "animal", "quadruped", parts, captions)
