"""Lamps, candles, clocks and other things of the household."""

import numpy as np

from gen4d.data.articles import COUNT_WORDS
from gen4d.data.makers.curves import smooth
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import BRIGHT, Paint, choose, contrast, paint
from gen4d.data.makers.shapes import (
    Part,
    around_y,
    ball,
    both_sides,
    box,
    cone,
    cylinder,
    dome,
    ellipsoid,
    fuselage,
    hull,
    join,
    lathe,
    limb,
    loft,
    paint_gores,
    torus,
    tube,
)


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
    low, high, tall = float(rng.uniform(0.22, 0.32)), float(rng.uniform(0.1, 0.22)), float(rng.uniform(0.24, 0.34))
    y = stem - 0.06
    parts.append(_shade(low, high, tall, shade).move(y=y))
    parts.append(ball(0.055, paint(rng, "yellow").shade(0.4), 12).move(y=y + 0.07))
    trim = rng.random() < 0.4
    if trim:
        parts += [
            cylinder(low + 0.004, 0.03, base).move(y=y + 0.012),
            cylinder(high + 0.004, 0.02, base).move(y=y + tall - 0.008),
        ]
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


def floor_lamp(rng: np.random.Generator) -> MadeObject:
    """A standing lamp: on a disc or a tripod, with a shade or a bowed arm."""
    shade = choose(rng, "white", "cream", "beige", "yellow", surprise=0.4)
    metal = contrast(rng, shade, "black", "gold", "silver", "brown", "dark grey")
    style = pick(rng, "straight", "tripod", "arc")
    tall = float(rng.uniform(1.0, 1.25))
    low, high, deep = float(rng.uniform(0.2, 0.28)), float(rng.uniform(0.12, 0.2)), float(rng.uniform(0.24, 0.32))
    bulb = ball(0.055, paint(rng, "yellow").shade(0.4), 12)
    if style == "tripod":
        parts = [around_y(tube([(0, 0, 0.3), (0, tall, 0.02)], [0.02, 0.028], metal, 10), 3)]
    else:
        parts = [lathe([(0.22, 0), (0.22, 0.025), (0.05, 0.06)], metal)]
        if style == "straight":
            parts.append(cylinder(0.024, tall, metal, 12).move(y=tall / 2))
    if style == "arc":
        path = smooth([(0, 0.03, 0), (0, tall * 0.75, 0), (0.18, tall * 1.05, 0), (0.48, tall * 0.95, 0)], 24)
        parts += [
            tube(path, 0.024, metal, 10),
            dome(low * 0.95, deep * 0.8, shade).move(0.48, tall * 0.95 - deep * 0.75, 0),
        ]
        parts.append(bulb.move(0.48, tall * 0.95 - deep * 0.78, 0))
    else:
        parts += [_shade(low, high, deep, shade).move(y=tall - 0.03), bulb.move(y=tall + 0.05)]
    kind = {"straight": "floor lamp", "tripod": "tripod floor lamp", "arc": "arc floor lamp"}[style]
    captions = [
        "floor lamp",
        f"{metal.name} {kind}",
        f"{kind} with a {shade.name} shade",
        f"tall {metal.name} lamp with a {shade.name} lampshade",
    ]
    return made("floor_lamp", "lamp", "prop", parts, captions)


def candle(rng: np.random.Generator) -> MadeObject:
    """A burning candle with drips of wax, bare, on a plate with a ring handle, or on a stick."""
    wax, flame = choose(rng, "white", "cream", "red", "beige", surprise=0.3), paint(rng, "orange")
    r, tall = float(rng.uniform(0.1, 0.19)), float(rng.uniform(0.45, 0.75))
    body = [lathe([(r, 0), (r, tall - 0.02), (r * 0.93, tall), (r * 0.7, tall - 0.03)], wax)]
    for i in range(int(rng.integers(3, 7))):
        a, long = 2.4 * i + rng.uniform(0, 0.5), float(rng.uniform(0.08, 0.35)) * tall
        drip = limb((0, tall - 0.02, r * 0.97), (0, tall - long, r * 1.0), 0.035, 0.042, wax.shade(0.08))
        body.append(drip.rotate_deg(y=np.degrees(a)))
    body.append(cylinder(0.014, 0.1, paint(rng, "black"), 8).move(y=tall + 0.02))
    body.append(lathe(smooth([(0.0, 0.0), (0.055, 0.06), (0.0, 0.2)], 12) * [1, 1], flame, 14).move(y=tall + 0.05))
    body.append(ellipsoid(0.03, 0.05, 0.035, paint(rng, "yellow"), 10).move(y=tall + 0.1, z=0.026))
    style = pick(rng, "bare", "plate", "stick")
    metal = contrast(rng, wax, "gold", "silver", "dark grey", "brown")
    lit = join(*body)
    captions = [
        "candle",
        f"burning {wax.name} candle",
        f"{'thick' if r > 0.15 else 'slim'} {wax.name} candle with a flame",
    ]
    parts = [lit]
    if style == "plate":
        parts = [lit.move(y=0.04), lathe([(r * 1.4, 0), (r * 2.1, 0.09), (r * 2.0, 0.1), (r * 1.3, 0.03)], metal)]
        parts.append(torus(0.1, 0.025, metal, 20, 8).rotate_deg(x=90).move(x=r * 2.1 + 0.07, y=0.09))
        captions.append(f"{wax.name} candle in a {metal.name} holder with a ring")
    elif style == "stick":
        profile = [
            (0.24, 0),
            (0.24, 0.03),
            (0.06, 0.09),
            (0.045, 0.2),
            (0.08, 0.26),
            (0.045, 0.32),
            (r * 1.35, 0.42),
            (r * 1.35, 0.47),
        ]
        parts = [lit.move(y=0.46), lathe(profile, metal)]
        captions.append(f"{wax.name} candle on a {metal.name} candlestick")
    return made("candle", "household", "prop", parts, captions)


def clock(rng: np.random.Generator) -> MadeObject:
    """An alarm clock with bells and feet, or a wall clock; the hands show a real time."""
    case = choose(rng, "red", "blue", "black", "brown", "gold", "white", "teal", "pink", "yellow", "green")
    face = contrast(rng, case, "white", "cream", "white", "black")
    hand = contrast(rng, face, "black", "white", "navy")
    alarm = rng.random() < 0.6
    r, deep = 0.42, float(rng.uniform(0.16, 0.26)) if alarm else float(rng.uniform(0.09, 0.14))
    square = not alarm and rng.random() < 0.3
    body = box(2 * r, 2 * r, deep, case, 0.04) if square else cylinder(r, deep, case, 36).rotate_deg(x=90)
    z = deep / 2
    parts = [body, cylinder(r * 0.86, 0.03, face, 36).rotate_deg(x=90).move(z=z)]
    if not square:
        parts.append(torus(r * 0.93, 0.045, case.shade(-0.12), 36, 8).rotate_deg(x=90).move(z=z))
    for i in range(12):
        mark = box(0.035, 0.09 if i % 3 == 0 else 0.055, 0.03, hand).move(y=r * 0.7, z=z + 0.01)
        parts.append(mark.rotate_deg(z=30 * i))
    hour, minute = int(rng.integers(0, 12)), 5 * int(rng.integers(0, 12))
    red = contrast(rng, face, "red", "black")
    for angle, long, wide, color in ((30 * hour + minute / 2, 0.42, 0.05, hand), (6 * minute, 0.66, 0.036, hand)):
        parts.append(box(wide, long * r + 0.05, 0.03, color).move(y=long * r / 2, z=z + 0.03).rotate_deg(z=-angle))
    parts.append(cylinder(0.04, 0.07, red, 14).rotate_deg(x=90).move(z=z + 0.02))
    captions = ["clock", f"{case.name} clock"]
    if alarm:
        metal = contrast(rng, case, "gold", "silver")
        foot = limb((r * 0.45, -r * 0.8, 0), (r * 0.62, -r * 1.14, 0), 0.045, 0.032, metal)
        bell = dome(0.16, 0.12, metal).rotate_deg(z=-36).move(r * 0.62, r * 0.86, 0)
        parts += [
            both_sides(join(foot, bell)),
            torus(0.11, 0.024, metal, 20, 8).rotate_deg(x=90).move(y=r * 1.16),
            box(0.05, 0.14, 0.05, metal).move(y=r * 1.08),
        ]
        captions += [f"{case.name} alarm clock", f"{case.name} alarm clock with two {metal.name} bells"]
    else:
        captions += [f"{'square' if square else 'round'} {case.name} wall clock"]
    captions.append(f"{case.name} clock with a {face.name} face")
    return made("clock", "household", "prop", parts, captions)


def book(rng: np.random.Generator) -> MadeObject:
    """A book: closed and standing, closed and lying, or open; or a pile of books."""
    cover = choose(rng, "red", "blue", "green", "brown", "purple", "navy", "orange", "teal", "black", "dark red")
    page, gilt = choose(rng, "cream", "white"), contrast(rng, cover, "gold", "white", "yellow")
    style = pick(rng, "closed", "lying", "open", "pile")
    if style == "pile":
        count, parts, y, names = int(rng.integers(3, 6)), [], 0.0, []
        for _ in range(count):
            color = choose(rng, *BRIGHT[:9], "brown", "navy")
            t = float(rng.uniform(0.1, 0.18))
            one = _closed_book(float(rng.uniform(0.5, 0.62)), float(rng.uniform(0.7, 0.82)), t, color, page, gilt)
            parts.append(one.rotate_deg(x=-90).rotate_deg(y=90 + rng.uniform(-14, 14)).move(y=y + t / 2))
            y += t
            names.append(color.name)
        captions = [
            "books",
            "stack of books",
            f"pile of {COUNT_WORDS[count]} books",
            f"stack of {COUNT_WORDS[count]} books with a {names[-1]} one on top",
        ]
        captions[0] = "pile of books"
    elif style == "open":
        w, h, lift = float(rng.uniform(0.46, 0.56)), float(rng.uniform(0.66, 0.78)), float(rng.uniform(6, 18))
        half = [
            box(w, 0.035, h + 0.05, cover).move(x=w / 2),
            box(w - 0.04, 0.09, h, page, 0.02).move(x=w / 2 - 0.01, y=0.055),
        ]
        lines = [
            box(w * 0.62, 0.012, 0.022, paint(rng, "grey")).move(w * 0.5, 0.102, z)
            for z in np.linspace(-h * 0.36, h * 0.36, 7)
        ]
        parts = [both_sides(join(*half, *lines).rotate_deg(z=lift))]
        captions = [
            "open book",
            "book",
            f"open book with a {cover.name} cover",
            f"open {cover.name} book with {page.name} pages",
        ]
    else:
        w, h, t = float(rng.uniform(0.55, 0.72)), float(rng.uniform(0.8, 0.95)), float(rng.uniform(0.12, 0.24))
        one = _closed_book(w, h, t, cover, page, gilt)
        parts = [one if style == "closed" else one.rotate_deg(x=-90).rotate_deg(y=pick(rng, 0, 90))]
        captions = [
            "book",
            f"{cover.name} book",
            f"{'thick' if t > 0.18 else 'thin'} {cover.name} book with {page.name} pages",
            f"closed {cover.name} book with {gilt.name} decoration",
        ]
    return made("book", "household", "prop", parts, captions)


def _closed_book(w: float, h: float, t: float, cover: Paint, page: Paint, gilt: Paint) -> Part:
    """A standing book, its front cover to +Z and its spine at -X."""
    boards = [box(w, h, 0.03, cover).move(z=s * (t / 2 - 0.015)) for s in (-1, 1)]
    spine = fuselage([(-h / 2, 0.07, t, 0.0), (h / 2, 0.07, t, 0.0)], cover, 3.0, 16).rotate_deg(x=90).move(x=-w / 2)
    leaves = box(w - 0.05, h - 0.06, t - 0.04, page).move(x=-0.005)
    title = [
        box(w * 0.55, h * 0.07, 0.012, gilt).move(x=0.02, y=h * 0.24, z=t / 2),
        box(w * 0.36, h * 0.035, 0.012, gilt).move(x=0.02, y=h * 0.13, z=t / 2),
    ]
    bands = [box(0.02, 0.03, t * 0.8, gilt).move(x=-w / 2 - 0.03, y=y) for y in (-h * 0.34, h * 0.34)]
    return join(*boards, spine, leaves, *title, *bands)


def umbrella(rng: np.random.Generator) -> MadeObject:
    """An open umbrella with coloured panels and a crook handle, upright."""
    first = choose(rng, *BRIGHT[:10], "black")
    second = contrast(rng, first, "white", "yellow", "blue", "red", "pink")
    panels, r, deep = pick(rng, 6, 8, 8), 0.5, float(rng.uniform(0.18, 0.3))
    style = pick(rng, "plain", "panels", "rainbow" if panels == 6 else "panels")
    paints = {
        "plain": [first],
        "panels": [first, second],
        "rainbow": [paint(rng, n) for n in ("red", "orange", "yellow", "green", "blue", "purple")],
    }[style]
    rows = 7
    angle = np.arange(panels * 4) * 2 * np.pi / (panels * 4)
    sag = np.abs(np.sin(angle * panels / 2))
    rings = []
    for t in np.linspace(1.0, 0.02, rows):
        y = deep * (1 - t**1.8) + 0.075 * sag * t**2
        rad = r * t * (1 - 0.05 * sag * t)
        rings.append(np.stack([rad * np.sin(angle), y, rad * np.cos(angle)], -1))
    under = [ring - [0, 0.028, 0] for ring in rings[::-1]]
    canopy = loft(np.stack([*under, *rings]), first)
    canopy = paint_gores(canopy, paints, panels)
    pole, wood = choose(rng, "silver", "dark grey", "brown"), choose(rng, "brown", "black", "dark brown", "red")
    low = -float(rng.uniform(0.52, 0.66))
    parts = [
        canopy,
        cylinder(0.018, deep - low, pole, 10).move(y=(deep + low) / 2),
        cone(0.025, 0.1, pole).move(y=deep - 0.02),
    ]
    a = np.radians(np.linspace(180, 370, 12))
    crook = np.stack([0.08 + 0.08 * np.cos(a), low - 0.04 + 0.09 * np.sin(a), 0 * a], -1)
    parts.append(tube(np.concatenate([[(0, low + 0.12, 0)], crook]), 0.03, wood, 10))
    captions = ["umbrella"]
    look = {
        "plain": f"{first.name} umbrella",
        "panels": f"{first.name} and {second.name} umbrella",
        "rainbow": "rainbow umbrella",
    }[style]
    captions += [look, f"open {look}", f"{look} with a {wood.name} curved handle"]
    return made("umbrella", "household", "prop", parts, captions)


def ladder(rng: np.random.Generator) -> MadeObject:
    """A straight ladder leaning back a little, or a stepladder."""
    wood = choose(rng, "tan", "brown", "silver", "grey", "yellow", "beige", surprise=0.2)
    rungs, step = int(rng.integers(4, 9)), 0.17
    tall, low, high = step * (rungs + 0.6), 0.24, float(rng.uniform(0.16, 0.22))
    folding = rng.random() < 0.4
    rail = hull(
        [(x + i * 0.03, y, k * 0.04) for x, y in ((low, 0), (high, tall)) for i in (-1, 1) for k in (-1, 1)], wood
    )
    parts = [both_sides(rail)]
    for i in range(rungs):
        y = step * (i + 0.7)
        half = low + (high - low) * y / tall
        flat = box(2 * half, 0.035, 0.13 if folding else 0.05, wood.shade(-0.15), 0.008)
        parts.append(flat.move(y=y))
    whole = join(*parts)
    if not folding:
        captions = [
            "ladder",
            f"{wood.name} ladder",
            f"{wood.name} ladder with {COUNT_WORDS[rungs]} rungs",
            f"straight {wood.name} ladder",
        ]
        return made("ladder", "tool", "prop", [whole.rotate_deg(x=-float(rng.uniform(0, 14)))], captions)
    back = join(both_sides(rail), *(box(2 * low - 0.06, 0.03, 0.03, wood).move(y=tall * f) for f in (0.25, 0.6)))
    top = box(2 * high + 0.1, 0.05, 0.2, wood.shade(-0.25), 0.01).move(y=tall)
    front = whole.move(y=-tall).rotate_deg(x=-14).move(y=tall)
    behind = back.move(y=-tall).rotate_deg(x=16).move(y=tall)
    captions = [
        "stepladder",
        "ladder",
        f"{wood.name} stepladder with {COUNT_WORDS[rungs]} steps",
        f"{wood.name} folding ladder",
    ]
    return made("ladder", "tool", "prop", [front, behind, top], captions)
