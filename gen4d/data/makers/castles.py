"""Castles and their towers."""

import numpy as np

from gen4d.data.makers.curves import half_circle
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import choose, contrast, paint
from gen4d.data.makers.shapes import around_y, box, cone, cylinder, extrude, join, lathe, taper_box


def castle_tower(rng: np.random.Generator) -> MadeObject:
    """A round or square stone tower with battlements or a pointed roof, a gate, windows, sometimes a flag."""
    stone = choose(rng, "grey", "light grey", "beige", "dark grey", "tan", surprise=0.06)
    roof = contrast(rng, stone, "red", "blue", "purple", "dark grey", "teal", "brown")
    r, tall = float(rng.uniform(0.2, 0.28)), float(rng.uniform(0.65, 0.95))
    square = rng.random() < 0.35
    if square:
        parts = [
            taper_box((2.1 * r, 2.1 * r), (1.9 * r, 1.9 * r), tall, stone),
            box(2.25 * r, 0.1, 2.25 * r, stone.shade(-0.1)).move(y=tall + 0.03),
        ]
    else:
        parts = [
            lathe([(r * 1.15, 0), (r, 0.12), (r * 0.96, tall)], stone, 28),
            lathe([(r * 0.98, -0.04), (r * 1.16, 0.03), (r * 1.16, 0.09)], stone.shade(-0.1), 28).move(y=tall),
        ]
    pointed = rng.random() < 0.5
    count = 8 if square else pick(rng, 8, 10)
    top = tall + 0.08
    block = box(r * 0.38, 0.12, 0.09, stone.shade(-0.1))
    if square:
        for k in range(4):
            parts += [
                block.move(x, top + 0.05, r * 1.08).rotate_deg(y=90 * k)
                for x in (-r * 0.92, -r * 0.3, r * 0.3, r * 0.92)
            ]
    else:
        parts.append(around_y(block.move(y=top + 0.05, z=r * 1.1), count))
    peak = top
    if pointed:
        height = float(rng.uniform(0.35, 0.6))
        cap = (
            cone(r * 1.02, height, roof, segments=28)
            if not square
            else taper_box((1.95 * r, 1.95 * r), (0.01, 0.01), height, roof)
        )
        parts.append(cap.move(y=top))
        peak = top + height
    flag = rng.random() < 0.6
    color = contrast(rng, roof, "red", "yellow", "blue", "green", "white")
    if flag:
        parts += [
            cylinder(0.015, 0.3, paint(rng, "dark brown"), 8).move(y=peak + 0.12),
            extrude([(0, 0), (0.22, -0.06), (0, -0.13)], 0.024, color).move(y=peak + 0.26),
        ]
    wood, dark = paint(rng, "dark brown"), paint(rng, "black")
    arch = np.concatenate([[(-0.08, 0.0), (0.08, 0.0)], half_circle(0.08, 0.14)])
    face = r * (1.06 if square else 1.08)
    parts += [
        extrude(arch * 1.25, 0.08, stone.shade(-0.25)).move(z=face - 0.02),
        extrude(arch, 0.1, wood).move(z=face - 0.02),
    ]
    slit = extrude(np.concatenate([[(-0.03, -0.06), (0.03, -0.06)], half_circle(0.03, 0.04)]), 0.05, dark)
    for y, turned in ((tall * 0.45, (60, 180, 300)), (tall * 0.75, (0, 120, 240))):
        angles = turned if not square else (90, 180, 270) if y < tall * 0.6 else (0, 90, 180, 270)
        parts += [slit.move(y=y, z=r * (1.0 if square else 0.97)).rotate_deg(y=a) for a in angles]
    shape = "square" if square else "round"
    captions = ["castle tower", "tower", f"{shape} {stone.name} castle tower"]
    captions.append(
        f"{stone.name} stone tower with a {roof.name} pointed roof"
        if pointed
        else f"{stone.name} stone tower with battlements"
    )
    if flag:
        captions.append(f"{shape} castle tower with a {color.name} flag")
    return made("castle_tower", "building", "prop", parts, captions)


def castle(rng: np.random.Generator) -> MadeObject:
    """A castle: four corner towers, walls with battlements, a gate, a keep."""
    stone = choose(rng, "grey", "light grey", "beige", "tan", "white", "pink", surprise=0.05)
    roof = contrast(rng, stone, "red", "blue", "purple", "dark grey", "teal")
    half, wall, r = float(rng.uniform(0.38, 0.46)), float(rng.uniform(0.26, 0.36)), float(rng.uniform(0.11, 0.15))
    tower, cap = wall + float(rng.uniform(0.12, 0.25)), float(rng.uniform(0.2, 0.34))
    side = [box(2 * half, wall, 0.1, stone).move(y=wall / 2)]
    side += [box(0.085, 0.07, 0.1, stone).move(x, wall + 0.03, 0) for x in np.linspace(-half + 0.2, half - 0.2, 4)]
    parts = [around_y(join(*side).move(z=half), 4)]
    one = [
        lathe(
            [(r * 1.1, 0), (r, 0.1), (r, tower), (r * 1.15, tower + 0.02), (r * 1.15, tower + 0.07)],
            stone.shade(-0.06),
            18,
        ),
        cone(r * 1.2, cap, roof, segments=18).move(y=tower + 0.06),
    ]
    one += [box(0.05, 0.09, 0.03, paint(rng, "black")).move(y=tower * 0.72, z=r)]
    corner = join(*one)
    parts += [corner.move(x, 0, z) for x in (-half, half) for z in (-half, half)]
    keep, high = float(rng.uniform(0.34, 0.44)), wall + float(rng.uniform(0.25, 0.45))
    parts += [
        box(keep, high, keep, stone.shade(-0.12)).move(y=high / 2),
        taper_box((keep * 1.1, keep * 1.1), (0.01, 0.01), cap * 1.1, roof).move(y=high),
    ]
    for k in range(4):
        parts.append(box(0.06, 0.1, 0.03, paint(rng, "yellow")).move(y=high - 0.12, z=keep / 2).rotate_deg(y=90 * k))
    arch = np.concatenate([[(-0.09, 0.0), (0.09, 0.0)], half_circle(0.09, 0.12)])
    parts += [
        extrude(arch * 1.3, 0.14, stone.shade(-0.25)).move(z=half),
        extrude(arch, 0.18, paint(rng, "dark brown")).move(z=half),
    ]
    color = contrast(rng, roof, "red", "yellow", "green", "white")
    parts += [
        cylinder(0.014, 0.24, paint(rng, "dark brown"), 8).move(y=high + cap * 1.1 + 0.08),
        extrude([(0, 0), (0.17, -0.05), (0, -0.1)], 0.024, color).move(y=high + cap * 1.1 + 0.19),
    ]
    captions = [
        "castle",
        f"{stone.name} castle",
        f"{stone.name} castle with {roof.name} roofs",
        f"castle with four towers and a {color.name} flag",
    ]
    return made("castle", "building", "prop", parts, captions)
