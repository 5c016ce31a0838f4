"""Food: sweets, fruit, pizza."""

import numpy as np

from gen4d.data.articles import COUNT_WORDS
from gen4d.data.makers.curves import Array, smooth
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import Paint, choose, contrast, paint
from gen4d.data.makers.shapes import (
    Part,
    around_y,
    ball,
    cone,
    cylinder,
    ellipsoid,
    join,
    lathe,
    loft,
    slab,
    torus,
    tube,
)

FLAVOURS = {
    "vanilla": "cream",
    "strawberry": "pink",
    "chocolate": "brown",
    "mint": "light green",
    "lemon": "yellow",
    "blueberry": "purple",
    "orange": "orange",
}


def _flavour(rng: np.random.Generator) -> tuple[str, Paint]:
    name = pick(rng, *FLAVOURS)
    return name, paint(rng, FLAVOURS[name])


def _sprinkle(rng: np.random.Generator, at: Array, normal: Array) -> Part:
    """A small rod lying on a surface."""
    along = np.cross(normal, rng.normal(size=3))
    along *= 0.032 / np.linalg.norm(along)
    color = choose(rng, "red", "yellow", "blue", "white", "light green", "pink")
    return tube([at - along, at + along], 0.015, color, 6)


def ice_cream(rng: np.random.Generator) -> MadeObject:
    """An ice cream cone with one to three scoops, sometimes a cherry or a wafer."""
    wafer = choose(rng, "tan", "tan", "brown", "orange")
    scoops, r = pick(rng, 1, 1, 2, 3), float(rng.uniform(0.2, 0.25))
    tall = float(rng.uniform(0.5, 0.65))
    rows = np.linspace(0.02, 1.0, 9)
    bands = [wafer if i % 2 else wafer.shade(-0.14) for i in range(8)]
    parts = [
        lathe([(r * 0.93 * t, tall * t) for t in rows], bands),
        torus(r * 0.92, 0.03, wafer.shade(-0.1)).move(y=tall),
    ]
    names, y = [], tall + r * 0.3
    for _ in range(scoops):
        name, color = _flavour(rng)
        names.append(name)
        parts.append(ball(r, color, 22).move(y=y))
        skirt = around_y(ball(r * 0.27, color, 10).move(y=y - r * 0.42, z=r * 0.84), 10, float(rng.uniform(0, 36)))
        parts.append(skirt)
        y += r * 1.15
        r *= 0.92
    top = y - r * 0.25
    extra = pick(rng, "", "cherry", "wafer stick", "sprinkles")
    if extra == "cherry":
        parts += [ball(0.065, paint(rng, "red"), 14).move(y=top + 0.05)]
        parts.append(
            tube(
                smooth([(0, top + 0.1, 0), (0.02, top + 0.16, 0), (0.06, top + 0.2, 0)], 6),
                0.012,
                paint(rng, "green"),
                6,
            )
        )
    elif extra == "wafer stick":
        parts.append(cylinder(0.035, 0.34, wafer, 12).rotate_deg(z=-22).move(0.1, top + 0.06, 0))
    elif extra == "sprinkles":
        center = np.array([0.0, y - r * 1.25, 0.0])
        for _ in range(22):
            n = rng.normal(size=3) + np.array([0, 1.4, 0])
            n /= np.linalg.norm(n)
            parts.append(_sprinkle(rng, center + n * r * 1.08, n))
    kinds = names[0] if len(set(names)) == 1 else " and ".join(dict.fromkeys(names))
    count = f"{COUNT_WORDS[scoops]} scoop{'s' if scoops > 1 else ''}"
    captions = [
        "ice cream cone",
        "ice cream",
        f"{kinds} ice cream in a cone",
        f"ice cream cone with {count} of {kinds}",
    ]
    if extra:
        captions.append(f"{kinds} ice cream cone with {'sprinkles' if extra == 'sprinkles' else 'a ' + extra}")
    return made("ice_cream", "food", "prop", parts, captions)


def _fluted(r0: float, r1: float, height: float, teeth: int, color: Paint) -> Part:
    """A paper baking cup standing on y = 0."""
    angle = np.arange(2 * teeth) * np.pi / teeth
    wave = 1 + 0.035 * (-1.0) ** np.arange(2 * teeth)
    rings = [
        np.stack([r * wave * np.sin(angle), np.full(2 * teeth, y), r * wave * np.cos(angle)], -1)
        for r, y in ((r0, 0.0), (r1, height))
    ]
    part = loft(rings, color)
    tooth = (np.arange(len(part.faces)) // 2) % 2 == 0  # light and dark folds
    return Part(part.vertices, part.faces, np.where(tooth[:, None], part.colors, part.colors * 0.88))


def cupcake(rng: np.random.Generator) -> MadeObject:
    """A cupcake: paper cup, swirl of frosting, a cherry, a candle or sprinkles."""
    cup, (name, frosting) = (
        choose(rng, "brown", "pink", "light blue", "white", "red", "yellow", "purple"),
        _flavour(rng),
    )
    r, h = float(rng.uniform(0.3, 0.35)), float(rng.uniform(0.3, 0.38))
    parts = [_fluted(r * 0.75, r, h, 18, cup)]
    turns, swirl = pick(rng, 2, 3, 3), rng.random() < 0.6
    rise = float(rng.uniform(0.3, 0.42))
    if swirl:
        t = np.linspace(0, 1, 22 * turns)
        radius = r * 0.86 * (1 - t) ** 0.85 + 0.01
        path = np.stack(
            [radius * np.sin(2 * np.pi * turns * t), h + 0.06 + rise * t, radius * np.cos(2 * np.pi * turns * t)], -1
        )
        parts.append(tube(path, 0.125 - 0.075 * t, frosting, 10))
        parts.append(cone(r * 0.95, rise, frosting).move(y=h))
    else:
        parts += [
            ellipsoid(r * 1.08, rise * 0.8, r * 1.08, frosting, 24).move(y=h + 0.06),
            torus(r * 0.98, 0.07, frosting).move(y=h + 0.03),
        ]
    top = h + (rise + 0.08 if swirl else rise * 0.8 + 0.06)
    extra = pick(rng, "cherry", "cherry", "candle", "sprinkles", "")
    if extra == "cherry":
        parts.append(ball(0.085, paint(rng, "red"), 16).move(y=top + 0.03))
    elif extra == "candle":
        wax = contrast(rng, frosting, "white", "light blue", "pink", "yellow")
        parts += [
            cylinder(0.028, 0.24, wax, 12).move(y=top + 0.08),
            ellipsoid(0.03, 0.05, 0.03, paint(rng, "orange"), 12).move(y=top + 0.24),
        ]
    elif extra == "sprinkles":
        for i in range(24):
            up, a = 0.25 + 0.65 * ((i * 0.618) % 1), 2.4 * i
            across = (r * 0.98) * (1 - up) + 0.04 if swirl else r * 1.09 * np.sqrt(1 - up * up)
            y = h + 0.1 + rise * up if swirl else h + 0.06 + rise * 0.8 * up
            n = np.array([np.sin(a), 0.5, np.cos(a)])
            out = 0.07 if swirl else 0.0
            parts.append(_sprinkle(rng, np.array([np.sin(a) * (across + out), y, np.cos(a) * (across + out)]), n))
    captions = [
        "cupcake",
        f"{name} cupcake",
        f"cupcake with {frosting.name} frosting",
        f"cupcake with {frosting.name} frosting in a {cup.name} cup",
    ]
    if extra:
        captions.append(f"{name} cupcake with {'sprinkles' if extra == 'sprinkles' else 'a ' + extra}")
    return made("cupcake", "food", "prop", parts, captions)


def donut(rng: np.random.Generator) -> MadeObject:
    """A ring doughnut with glaze and sprinkles, lying flat or standing."""
    dough, (name, glaze) = choose(rng, "tan", "tan", "brown"), _flavour(rng)
    glaze = (
        contrast(rng, dough, "pink", "brown", "white", "light blue", "purple") if glaze.name == dough.name else glaze
    )
    r, t = 0.32, float(rng.uniform(0.13, 0.18))
    phase, waves = float(rng.uniform(0, 6)), int(rng.integers(5, 9))
    edge = float(rng.uniform(-0.15, 0.25)) * t
    top = torus(r, t * 1.06, glaze, 40, 18)

    def bare(c: Array) -> np.ndarray:
        angle = np.arctan2(c[:, 0], c[:, 2])
        return c[:, 1] < edge + 0.22 * t * np.sin(waves * angle + phase)

    parts = [top.paint_where(bare, dough)]
    sprinkled = rng.random() < 0.65
    if sprinkled:
        for i in range(34):
            a, b = 2.4 * i + rng.uniform(0, 0.4), np.radians(rng.uniform(35, 145))
            n = np.array([np.cos(b) * np.sin(a), np.sin(b), np.cos(b) * np.cos(a)])
            parts.append(_sprinkle(rng, np.array([np.sin(a) * r, 0, np.cos(a) * r]) + n * t * 1.07, n))
    whole = join(*parts)
    standing = rng.random() < 0.35
    parts = [whole.rotate_deg(x=90) if standing else whole]
    captions = [
        "donut",
        f"donut with {glaze.name} icing",
        f"{name if FLAVOURS[name] == glaze.name else glaze.name} donut",
    ]
    captions.append(f"{glaze.name} glazed donut {'with colourful sprinkles' if sprinkled else 'without sprinkles'}")
    return made("donut", "food", "prop", parts, captions)


def pizza(rng: np.random.Generator) -> MadeObject:
    """A whole pizza or one slice, with salami and other toppings."""
    crust, cheese = choose(rng, "tan", "tan", "brown"), choose(rng, "yellow", "yellow", "orange", "cream")
    slice_only = rng.random() < 0.4
    topping = pick(rng, "salami", "salami", "mushrooms", "tomato")
    color = paint(rng, {"salami": "dark red", "mushrooms": "beige", "tomato": "red"}[topping])
    green = pick(rng, "", "basil", "olives")
    parts: list[Part] = []
    if slice_only:
        half = np.radians(rng.uniform(19, 27))
        a = np.linspace(-half, half, 9)
        rim = np.stack([np.sin(a), -np.cos(a)], -1)
        parts.append(slab([(0, 0), *rim], 0.06, crust).move(y=0.03))
        parts.append(slab([(0, -0.06), *(rim * [0.93, 0.95])], 0.03, cheese).move(y=0.07))
        edge = np.column_stack([rim[:, 0] * 0.97, np.full(9, 0.06), rim[:, 1] * 0.97])
        parts.append(tube(edge, 0.065, crust.shade(-0.12), 10))
        places = [(0.0, -0.32), (-0.13, -0.56), (0.11, -0.62), (-0.2, -0.8), (0.18, -0.82), (0.0, -0.8)]
        size, greens = 0.085, [(0.0, -0.45), (0.02, -0.7), (-0.1, -0.7)]
    else:
        parts.append(lathe([(0.46, 0.0), (0.48, 0.03), (0.45, 0.065)], crust, 36))
        parts.append(cylinder(0.43, 0.03, cheese, 36).move(y=0.065))
        parts.append(torus(0.455, 0.045, crust.shade(-0.12), 36).move(y=0.055))
        a = np.arange(6) * np.pi / 3 + rng.uniform(0, 1)
        places = [(0.0, 0.03), *zip(0.26 * np.sin(a), 0.26 * np.cos(a), strict=True)]
        size, greens = 0.07, list(zip(0.15 * np.sin(a + 0.5), 0.15 * np.cos(a + 0.5), strict=True))
        greens += list(zip(0.35 * np.sin(a + 0.5), 0.35 * np.cos(a + 0.5), strict=True))
    for x, z in places:
        parts.append(cylinder(size, 0.03, color, 16).move(float(x), 0.09, float(z)))
    for x, z in greens if green else []:
        if green == "basil":
            parts.append(
                ellipsoid(0.045, 0.014, 0.026, paint(rng, "green"), 10)
                .rotate_deg(y=rng.uniform(0, 180))
                .move(float(x), 0.095, float(z))
            )
        else:
            parts.append(torus(0.022, 0.013, paint(rng, "black"), 12, 6).move(float(x), 0.093, float(z)))
    noun = "slice of pizza" if slice_only else "whole pizza"
    captions = [
        "slice of pizza" if slice_only else "pizza",
        noun,
        f"{noun} with {topping}",
        f"{topping} pizza {'slice ' if slice_only else ''}with {cheese.name} cheese",
    ]
    if green:
        captions.append(f"{noun} with {topping} and {green}")
    return made("pizza", "food", "prop", parts, captions)


def birthday_cake(rng: np.random.Generator) -> MadeObject:
    """A round cake of one to three tiers with icing and candles."""
    name, icing = _flavour(rng)
    trim = contrast(rng, icing, "white", "pink", "brown", "red", "light blue", "yellow")
    tiers, parts, y, r, top_r = pick(rng, 1, 1, 2, 3), [], 0.03, 0.42, 0.42
    parts.append(cylinder(0.5, 0.03, paint(rng, "white"), 32).move(y=0.015))
    for i in range(tiers):
        h = float(rng.uniform(0.2, 0.28))
        shade = icing if i % 2 == 0 else icing.shade(0.12)
        parts.append(lathe([(r, 0), (r, h - 0.02), (r - 0.02, h)], shade, 32).move(y=y))
        drops = int(14 * r / 0.42)
        parts += [
            torus(r - 0.01, 0.028, trim, 32, 8).move(y=y + 0.02),
            around_y(ball(0.045, trim, 10).move(y=h, z=r - 0.04), drops).move(y=y),
        ]
        y, top_r = y + h, r
        r *= 0.68
    count = int(rng.integers(1, 8))
    wax, flame = contrast(rng, icing, "white", "red", "blue", "yellow", "light green"), paint(rng, "orange")
    candle = join(cylinder(0.022, 0.16, wax, 10).move(y=0.08), ellipsoid(0.024, 0.042, 0.024, flame, 10).move(y=0.19))
    parts.append(candle.move(y=y) if count == 1 else around_y(candle.move(z=top_r * 0.55), count).move(y=y))
    candles = f"{COUNT_WORDS[count]} candle{'s' if count > 1 else ''}"
    captions = [
        "birthday cake",
        "cake",
        f"{icing.name} cake with {candles}",
        f"birthday cake with {icing.name} icing and {candles}",
    ]
    captions.append(f"{name} cake with {COUNT_WORDS[tiers]} layer{'s' if tiers > 1 else ''}")
    return made("birthday_cake", "food", "prop", parts, captions)
