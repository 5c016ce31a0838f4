"""Furniture and lamps."""

import numpy as np

from gen4d.data.makers.model import COUNT_WORDS, MadeObject, made, pick
from gen4d.data.makers.palette import WOODS, Paint, choose, contrast, paint
from gen4d.data.makers.shapes import (
    Part,
    ball,
    both_sides,
    box,
    cone,
    cylinder,
    join,
    lathe,
    smooth,
    tube,
)


def _legs(rng: np.random.Generator, x: float, z: float, height: float, size: float, paint_: Paint) -> Part:
    """Four legs whose feet end at (+-x, +-z), square, round or splayed, from y = 0 to `height`."""
    style = pick(rng, "square", "round", "splayed")
    if style == "square":
        leg = box(size, height, size, paint_, 0.006).move(x, height / 2, z)
    elif style == "round":
        leg = cone(size * 0.4, height, paint_, size * 0.55, 12).move(x, 0, z)
    else:
        leg = tube([(x * 1.06, 0, z * 1.06), (x * 0.82, height, z * 0.82)], [size * 0.4, size * 0.6], paint_, 12)
    return join(both_sides(leg), both_sides(leg.scale(1, 1, -1)))


def chair(rng: np.random.Generator) -> MadeObject:
    """A chair facing +Z: a seat, four legs and a back of slats, bars or one panel."""
    wood = choose(rng, *WOODS, surprise=0.35)
    w, d = float(rng.uniform(0.42, 0.52)), float(rng.uniform(0.42, 0.5))
    seat_y, back = float(rng.uniform(0.42, 0.5)), float(rng.uniform(0.4, 0.62))
    thick = float(rng.uniform(0.04, 0.07))
    parts = [_legs(rng, w / 2 - 0.04, d / 2 - 0.04, seat_y, float(rng.uniform(0.045, 0.065)), wood.shade(-0.1))]
    parts.append(box(w, thick, d, wood, 0.012).move(y=seat_y))
    cushion = rng.random() < 0.4
    fabric = contrast(rng, wood, "red", "blue", "green", "cream", "grey", "teal")
    if cushion:
        parts.append(box(w * 0.9, 0.06, d * 0.88, fabric, 0.025).move(y=seat_y + thick / 2 + 0.02))
    style = pick(rng, "slats", "bars", "panel")
    post = box(0.045, back + thick, 0.045, wood, 0.008).move(x=w / 2 - 0.025, y=back / 2)
    rest = [both_sides(post)]
    count = int(rng.integers(2, 5))
    if style == "slats":
        rest += [box(w - 0.03, 0.07, 0.03, wood, 0.006).move(y=back * (0.95 - 0.6 * i / count)) for i in range(count)]
    elif style == "bars":
        rest.append(box(w, 0.08, 0.04, wood, 0.01).move(y=back))
        xs = np.linspace(-w / 2 + 0.02, w / 2 - 0.02, count + 3)[1:-1]
        rest += [cylinder(0.015, back, wood.shade(-0.05), 10).move(x=x, y=back / 2) for x in xs]
    else:
        rest.append(box(w - 0.02, back * 0.68, 0.035, fabric if cushion else wood, 0.012).move(y=back * 0.68))
    parts.append(join(*rest).rotate_deg(x=-rng.uniform(2, 10)).move(y=seat_y, z=-d / 2 + 0.025))
    arms = rng.random() < 0.25
    if arms:
        rail = box(0.05, 0.035, d, wood, 0.008).move(x=w / 2, y=seat_y + 0.22)
        parts.append(both_sides(join(rail, box(0.04, 0.22, 0.04, wood).move(x=w / 2, y=seat_y + 0.11, z=d / 2 - 0.05))))
    captions = ["chair", f"{wood.name} chair", f"{wood.name} {'armchair' if arms else 'chair'} with four legs"]
    captions.append(
        f"{wood.name} chair with a back of {COUNT_WORDS[count]} slats"
        if style == "slats"
        else f"{wood.name} dining chair"
    )
    if cushion:
        captions.append(f"{wood.name} chair with a {fabric.name} cushion")
    return made("chair", "furniture", "prop", parts, captions)


def table(rng: np.random.Generator) -> MadeObject:
    """A square, long, round or oval table on legs or on one pedestal."""
    top, leg = choose(rng, *WOODS, "white", surprise=0.2), choose(rng, *WOODS, "black", "white")
    shape = pick(rng, "rectangular", "square", "round", "oval")
    x = {"rectangular": rng.uniform(1.1, 1.5), "square": 0.8, "round": 0.9, "oval": 1.3}[shape]
    z = x if shape in ("square", "round") else float(rng.uniform(0.6, 0.8))
    low = rng.random() < 0.25
    height, thick = (0.42 if low else float(rng.uniform(0.68, 0.76))), float(rng.uniform(0.04, 0.07))
    if shape in ("round", "oval"):
        plate = lathe([(0.49, -thick / 2), (0.5, -thick / 4), (0.5, thick / 4), (0.49, thick / 2)], top, 36).scale(
            x, 1, z
        )
    else:
        plate = box(x, thick, z, top, 0.012)
    parts = [plate.move(y=height)]
    pedestal = shape in ("round", "oval") and rng.random() < 0.6
    if pedestal:
        parts.append(lathe(smooth([(0.09, 0.04), (0.05, 0.2), (0.06, height * 0.6), (0.14, height - 0.02)], 12), leg))
        parts.append(cone(0.3, 0.06, leg, 0.1))
    else:
        inset = 0.34 if shape in ("round", "oval") else 0.45
        parts.append(_legs(rng, x * inset, z * inset, height, float(rng.uniform(0.06, 0.09)), leg))
        if shape in ("rectangular", "square"):
            parts.append(box(x * 0.86, 0.09, z * 0.84, leg.shade(-0.05)).move(y=height - 0.05))
    kind = "coffee table" if low else "table"
    support = "one pedestal" if pedestal else f"four {leg.name} legs"
    captions = ["table", f"{top.name} table", f"{shape} {top.name} {kind}", f"{top.name} {kind} on {support}"]
    return made("table", "furniture", "prop", parts, captions)


def table_lamp(rng: np.random.Generator) -> MadeObject:
    """A table lamp: a base, a turned or plain stem and a shade."""
    shade = choose(rng, "cream", "white", "beige", "yellow", surprise=0.45)
    base = contrast(rng, shade, "gold", "silver", "black", "brown", "white", "blue", "teal", "green")
    stem = float(rng.uniform(0.38, 0.52))
    style = pick(rng, "turned", "ball", "rod", "bottle")
    profile = {
        "turned": smooth([(0.05, 0.05), (0.13, 0.14), (0.035, 0.27), (0.06, 0.36), (0.025, stem)], 24),
        "ball": np.array([(0.04, 0.04), *_bulge(0.15, 0.19, 0.13), (0.03, 0.34), (0.025, stem)]),
        "rod": np.array([(0.025, 0.02), (0.025, stem)]),
        "bottle": smooth([(0.1, 0.04), (0.14, 0.12), (0.11, 0.24), (0.03, 0.34), (0.025, stem)], 20),
    }[style]
    parts = [lathe(profile, base)]
    parts.append(lathe([(0.17, 0.0), (0.17, 0.025), (0.06, 0.055)], base.shade(-0.15)))
    low, high = float(rng.uniform(0.22, 0.32)), float(rng.uniform(0.1, 0.22))
    tall, rim = float(rng.uniform(0.24, 0.34)), 0.015
    walls = [
        (low - rim, 0),
        (low, 0),
        (high, tall),
        (high - rim, tall),
        (high - rim, tall - 0.02),
        (low - rim * 2, 0.01),
    ]
    y = stem - 0.06
    parts.append(_shade(low, high, tall, shade).move(y=y))
    parts.append(ball(0.055, paint(rng, "yellow").shade(0.4), 12).move(y=y + 0.07))
    trim = rng.random() < 0.4
    if trim:
        parts += [
            cylinder(low + 0.004, 0.03, base).move(y=y + 0.012),
            cylinder(high + 0.004, 0.02, base).move(y=y + tall - 0.008),
        ]
    del walls
    captions = [
        "lamp",
        "table lamp",
        f"table lamp with a {shade.name} shade",
        f"{base.name} lamp with a {shade.name} lampshade",
    ]
    captions.append(f"bedside lamp with a {base.name} base")
    return made("table_lamp", "lamp", "prop", parts, captions)


def _bulge(radius: float, y: float, height: float) -> list[tuple[float, float]]:
    a = np.radians(np.linspace(-70, 70, 9))
    return [(float(radius * np.cos(t)), float(y + height * np.sin(t))) for t in a]


def _shade(low: float, high: float, tall: float, color: Paint) -> Part:
    """A hollow lampshade standing on y = 0: its wall runs up outside and down inside to a disc below the top."""
    inner = color.shade(0.25)
    return lathe(
        [(0.0, tall - 0.05), (high - 0.02, tall - 0.05), (low - 0.02, 0), (low, 0), (high, tall), (0.0, tall)],
        [inner, inner, color, color, color],
    )
