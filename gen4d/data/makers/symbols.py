"""Small emblematic things: hearts, stars, gems, crowns, keys, anchors, dice, pencils."""

import numpy as np

from gen4d.data.articles import COUNT_WORDS
from gen4d.data.makers.curves import arc, star_outline
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
    ellipsoid,
    extrude,
    hull,
    join,
    lathe,
    limb,
    loft,
    pillow,
    solid,
    torus,
    tube,
)


def heart(rng: np.random.Generator) -> MadeObject:
    """A swollen heart, sometimes with an arrow, an outline or a face."""
    color = choose(rng, "red", "red", "pink", "purple", surprise=0.25)
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    x, y = 16 * np.sin(t) ** 3, 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    outline = np.stack([x * rng.uniform(0.9, 1.1), y + 2.5], -1) / 34
    depth = float(rng.uniform(0.2, 0.4))
    parts = [pillow(outline, depth, color)]
    captions = [
        "heart",
        f"{color.name} heart",
        f"{'thick' if depth > 0.3 else 'flat'} {color.name} heart",
        f"{color.name} love heart",
    ]
    extra = pick(rng, "", "", "arrow", "face")
    if extra == "arrow":
        shaft, tip = contrast(rng, color, "gold", "brown", "white"), contrast(rng, color, "silver", "gold", "black")
        arrow = [limb((-0.62, -0.3, 0), (0.62, 0.3, 0), 0.026, 0.026, shaft)]
        arrow.append(cone(0.08, 0.16, tip, segments=12).rotate_deg(z=-64.2).move(0.6, 0.29, 0))
        feather = extrude([(0, 0), (0.1, 0.08), (-0.1, 0.08), (-0.18, 0), (-0.1, -0.08), (0.1, -0.08)], 0.03, tip)
        parts += [*arrow, feather.rotate_deg(z=25.8).move(-0.58, -0.28, 0)]
        captions.append(f"{color.name} heart with an arrow through it")
    elif extra == "face":
        dark = contrast(rng, color, "black", "white")
        parts.append(both_sides(ellipsoid(0.035, 0.05, 0.03, dark, 12).move(0.12, 0.1, depth / 2)))
        parts.append(tube(np.column_stack([arc(0, 0.02, 0.1, 210, 330, 9), np.full(9, depth / 2)]), 0.018, dark, 8))
        captions.append(f"smiling {color.name} heart")
    return made("heart", "symbol", "prop", parts, captions)


def star(rng: np.random.Generator) -> MadeObject:
    """A star of four to eight points: faceted, flat with a raised rim, or swollen with a face."""
    color = choose(rng, "yellow", "yellow", "gold", "red", "silver", surprise=0.25)
    points = pick(rng, 5, 5, 5, 4, 6, 8)
    outline = star_outline(points, 0.5, 0.5 * float(rng.uniform(0.42, 0.55)))
    style = pick(rng, "faceted", "flat", "puffy")
    if style == "faceted":
        d = float(rng.uniform(0.12, 0.2))
        rings = [
            np.column_stack([outline * s, np.full(2 * points, z)])
            for z, s in ((-d, 0.01), (-0.012, 1.0), (0.012, 1.0), (d, 0.01))
        ]
        parts = [loft(rings, color)]
    elif style == "flat":
        rim = color.shade(-0.25)
        parts = [extrude(outline, 0.14, rim), extrude(outline * 0.82, 0.18, color)]
    else:
        parts = [pillow(outline, 0.26, color)]
    captions = [
        "star",
        f"{color.name} star",
        f"{color.name} star with {COUNT_WORDS[points]} points",
        f"{style} {color.name} star",
    ]
    if style != "faceted" and rng.random() < 0.3:
        z, dark = (0.09 if style == "flat" else 0.13), contrast(rng, color, "black", "white")
        parts.append(both_sides(ellipsoid(0.03, 0.048, 0.025, dark, 12).move(0.08, 0.06, z)))
        parts.append(tube(np.column_stack([arc(0, 0, 0.08, 210, 330, 9), np.full(9, z)]), 0.016, dark, 8))
        captions.append(f"smiling {color.name} star")
    return made("star", "symbol", "prop", parts, captions)


def gem(rng: np.random.Generator) -> MadeObject:
    """A cut stone: a brilliant, an emerald cut, or a crystal cluster."""
    kinds = {
        "light blue": "diamond",
        "red": "ruby",
        "green": "emerald",
        "blue": "sapphire",
        "purple": "amethyst",
        "yellow": "topaz",
        "white": "diamond",
        "pink": "gem",
    }
    color = choose(rng, *kinds)
    style = pick(rng, "brilliant", "brilliant", "long", "crystals")
    sides = pick(rng, 6, 8, 10) if style != "long" else 8
    if style == "crystals":
        count = int(rng.integers(4, 8))
        one = lathe([(0.11, 0), (0.13, 0.5), (0.0, 0.72)], [color, color.shade(0.25)], 6)
        parts = [one.scale(1.1, float(rng.uniform(1.1, 1.4)), 1.1)]
        for i in range(count):
            s = float(rng.uniform(0.55, 0.9))
            parts.append(
                one.scale(s * 0.9, s, s * 0.9)
                .rotate_deg(x=rng.uniform(15, 32))
                .move(z=0.09)
                .rotate_deg(y=360 * i / count)
            )
        parts.append(lathe([(0.3, -0.04), (0.34, 0.03), (0.2, 0.09)], choose(rng, "grey", "dark grey", "brown"), 9))
        captions = [
            "crystal",
            f"group of {color.name} crystals",
            f"cluster of {color.name} crystals on a rock",
            f"{color.name} crystal gemstone",
        ]
        return made("gem", "gem", "prop", parts, captions)
    table_r, crown, deep = float(rng.uniform(0.26, 0.33)), float(rng.uniform(0.14, 0.2)), float(rng.uniform(0.4, 0.55))
    profile = [(0.0, -deep), (0.28, -deep * 0.45), (0.5, -0.02), (0.5, 0.02), (table_r, crown)]
    stone = lathe(profile, [color.shade(-0.22), color.shade(-0.08), color, color.shade(0.25)], sides)
    facet = (np.arange(len(stone.faces)) // 2) % 2 == 0  # neighbours glitter differently
    stone = type(stone)(stone.vertices, stone.faces, np.where(facet[:, None], stone.colors, stone.colors * 0.85))
    if style == "long":
        stone = stone.rotate_deg(y=22.5).scale(1.0, 1.0, 0.72)
    captions = [
        "gem",
        kinds[color.name],
        f"{color.name} gem",
        f"{color.name} gemstone with {COUNT_WORDS[sides]} sides",
        f"cut {color.name} jewel",
    ]
    return made("gem", "gem", "prop", [stone], captions)


def crown(rng: np.random.Generator) -> MadeObject:
    """A crown of pointed teeth with balls or jewels, sometimes with a velvet cap."""
    metal = choose(rng, "gold", "gold", "gold", "silver", surprise=0.1)
    jewel = contrast(rng, metal, "red", "blue", "green", "purple")
    teeth, r, tall = int(rng.integers(5, 9)), 0.42, float(rng.uniform(0.32, 0.5))
    flare = float(rng.uniform(1.05, 1.25))
    n = teeth * 4
    angle = np.arange(n) * 2 * np.pi / n
    tooth = np.array([1.0, 0.6, 0.32, 0.6])[np.arange(n) % 4] * tall + 0.1
    circle = np.stack([np.sin(angle), np.zeros(n), np.cos(angle)], -1)

    def band(radius: float, heights: np.ndarray | float) -> np.ndarray:
        h = np.broadcast_to(heights, (n,))
        spread = 1 + (flare - 1) * h / (tall + 0.1)
        return circle * (radius * spread)[:, None] + np.stack([np.zeros(n), h, np.zeros(n)], -1)

    rings = np.stack([band(r, 0.0), band(r, tooth), band(r - 0.045, tooth), band(r - 0.045, 0.0)])
    wall = _ring_solid(rings, metal)
    parts = [
        wall,
        torus(r * 1.005, 0.035, metal.shade(-0.15), 36).move(y=0.03),
        torus(r * 1.03, 0.02, metal.shade(-0.15), 36).move(y=0.13),
    ]
    tips = band(r - 0.02, tooth)[::4]
    for tip in tips:
        parts.append(ball(0.04, jewel if teeth % 2 else metal, 10).move_to(tip))
    gems = pick(rng, 0, teeth, teeth)
    if gems:
        parts.append(around_y(ellipsoid(0.04, 0.045, 0.03, jewel, 10).move(y=0.08, z=r * 1.03), gems))
    velvet = rng.random() < 0.35
    cloth = contrast(rng, metal, "red", "purple", "blue", "dark red")
    if velvet:
        parts.append(ellipsoid(r * 0.96, tall * 0.75, r * 0.96, cloth, 24).move(y=0.1))
    captions = ["crown", f"{metal.name} crown", f"{metal.name} crown with {COUNT_WORDS[teeth]} points"]
    captions.append(
        f"king's {metal.name} crown with {jewel.name} jewels"
        if gems or teeth % 2
        else f"plain {metal.name} royal crown"
    )
    if velvet:
        captions.append(f"{metal.name} crown with a {cloth.name} velvet cap")
    return made("crown", "symbol", "prop", parts, captions)


def _ring_solid(rings: np.ndarray, color: Paint) -> Part:
    """A closed band from rings (K, N, 3) that run once around its cross-section."""
    k, n = rings.shape[:2]
    at = np.arange(k * n).reshape(k, n)
    a, b = at, np.roll(at, -1, 1)
    c, d = np.roll(b, -1, 0), np.roll(at, -1, 0)
    faces = np.stack([np.stack([a, b, c], -1), np.stack([a, c, d], -1)], 2).reshape(-1, 3)
    return solid(rings.reshape(-1, 3), faces, color)


def key(rng: np.random.Generator) -> MadeObject:
    """An old key standing on its bit, its bow on top."""
    metal = choose(rng, "gold", "gold", "silver", "grey", "brown", surprise=0.12)
    long, r = float(rng.uniform(0.5, 0.68)), float(rng.uniform(0.14, 0.18))
    thick = 0.035
    parts = [cylinder(thick, long + 0.06, metal, 14).move(y=long / 2)]
    bow = pick(rng, "round", "heart", "clover")
    if bow == "round":
        parts.append(torus(r, thick * 1.1, metal).rotate_deg(x=90).move(y=long + r))
    elif bow == "heart":
        t = np.linspace(0, 2 * np.pi, 29)
        x, y = 16 * np.sin(t) ** 3, 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
        parts.append(tube(np.stack([x * r / 15, (y + 17) * r / 15 + long - 0.02, 0 * t], -1), thick, metal, 8))
    else:
        loop = torus(r * 0.56, thick, metal, 20, 8).rotate_deg(x=90)
        parts += [loop.move(x=x, y=long + y) for x, y in ((-r * 0.7, r * 0.5), (r * 0.7, r * 0.5), (0, r * 1.5))]
    parts += [torus(thick * 1.1, 0.022, metal.shade(-0.2), 16, 8).move(y=long * f) for f in (0.96, 0.86)]
    teeth = pick(rng, 2, 2, 3)
    for i in range(teeth):
        w = float(rng.uniform(0.1, 0.19))
        parts.append(box(w, 0.055, 0.05, metal).move(x=w / 2 + 0.01, y=0.05 + 0.1 * i))
    if rng.random() < 0.5:
        parts.append(box(0.09, 0.24, 0.05, metal).move(x=0.05, y=0.13))
    captions = [
        "key",
        f"{metal.name} key",
        f"old {metal.name} key with a {bow} handle",
        f"{metal.name} key with {COUNT_WORDS[teeth]} teeth",
    ]
    return made("key", "symbol", "prop", parts, captions)


def anchor(rng: np.random.Generator) -> MadeObject:
    """A ship's anchor with a ring, a stock, two flukes, and sometimes a rope."""
    metal = choose(rng, "dark grey", "grey", "navy", "black", "silver", "gold")
    t, r = float(rng.uniform(0.04, 0.055)), float(rng.uniform(0.32, 0.4))
    parts = [
        limb((0, 0.04, 0), (0, 0.84, 0), t * 1.15, t * 0.9, metal),
        torus(0.1, t * 0.7, metal).rotate_deg(x=90).move(y=0.94),
    ]
    parts += [
        limb((-0.25, 0.72, 0), (0.25, 0.72, 0), t * 0.85, t * 0.85, metal),
        both_sides(ball(t * 1.25, metal, 12).move(0.25, 0.72, 0)),
    ]
    bow = np.column_stack([arc(0, r + 0.02, r, -158, -22, 21), np.zeros(21)])
    parts.append(tube(bow, t * np.interp(np.linspace(-1, 1, 21), [-1, 0, 1], [0.7, 1.25, 0.7]), metal, 10))
    fluke = hull(
        [
            (0, 0.14, 0.02),
            (0, 0.14, -0.02),
            (0.1, -0.05, 0.02),
            (0.1, -0.05, -0.02),
            (-0.1, -0.05, 0.02),
            (-0.1, -0.05, -0.02),
            (0, -0.02, t),
            (0, -0.02, -t),
        ],
        metal,
    )
    parts.append(both_sides(fluke.rotate_deg(z=-25).move(r * 0.94, r * 0.66, 0)))
    captions = ["anchor", f"{metal.name} anchor", f"{metal.name} ship anchor with a ring"]
    if rng.random() < 0.4:
        rope = choose(rng, "tan", "beige", "white")
        a = np.linspace(0, 2.5 * 2 * np.pi, 60)
        path = np.stack([(t + 0.025) * np.sin(a), 0.15 + 0.6 * a / a[-1], (t + 0.025) * np.cos(a)], -1)
        parts.append(tube(path, 0.024, rope, 6))
        captions.append(f"{metal.name} anchor with a {rope.name} rope")
    captions.append(f"heavy {metal.name} boat anchor")
    return made("anchor", "symbol", "prop", parts, captions)


def dice(rng: np.random.Generator) -> MadeObject:
    """One die with pips, opposite faces adding to seven; or a pair."""
    color = choose(rng, "white", "white", "red", "blue", "green", "black", "yellow", "purple")
    dot = contrast(rng, color, "black", "white", "red", "navy")
    r, bevel = float(rng.uniform(0.075, 0.1)), float(rng.uniform(0.05, 0.16))
    o = 0.25
    pips = {
        1: [(0, 0)],
        2: [(-o, o), (o, -o)],
        4: [(i * o, k * o) for i in (-1, 1) for k in (-1, 1)],
        6: [(i * o, k * o) for i in (-1, 1) for k in (-1, 0, 1)],
    }
    pips[3], pips[5] = [*pips[2], (0, 0)], [*pips[4], (0, 0)]
    turns = {1: (0, 0), 6: (180, 0), 2: (90, 0), 5: (-90, 0), 3: (0, 90), 4: (0, -90)}
    cube = [box(1, 1, 1, color, bevel)]
    for value, (about_x, about_y) in turns.items():
        for x, y in pips[value]:
            disc = lathe([(r, -0.03), (r, 0.012), (r * 0.8, 0.022)], dot, 14).rotate_deg(x=90).move(x, y, 0.5)
            cube.append(disc.rotate_deg(x=about_x, y=about_y))
    die = join(*cube)
    pair = rng.random() < 0.25
    if not pair:
        parts = [die.rotate_deg(x=pick(rng, 0, 90, 180), y=pick(rng, 0, 90, 180, 270))]
        captions = ["dice", "die", f"{color.name} die with {dot.name} dots", f"{color.name} playing dice cube"]
    else:
        parts = [
            die.rotate_deg(y=rng.uniform(-25, 25)).move(x=-0.62),
            die.rotate_deg(x=90, y=rng.uniform(-25, 25)).move(x=0.62, z=rng.uniform(-0.3, 0.3)),
        ]
        captions = ["dice", "two dice", f"two {color.name} dice with {dot.name} dots", f"pair of {color.name} dice"]
    return made("dice", "game", "prop", parts, captions)


def pencil(rng: np.random.Generator) -> MadeObject:
    """A pencil, point up or down, with wood, lead, and often a ferrule and an eraser; or a thick crayon."""
    color = choose(rng, *BRIGHT[:9])
    length, r, sides = float(rng.uniform(0.62, 0.85)), float(rng.uniform(0.06, 0.09)), pick(rng, 6, 6, 16)
    rubber, point = rng.random() < 0.7, float(rng.uniform(0.14, 0.2))
    colored = rng.random() < 0.4
    lead, wood = (color if colored else paint(rng, "dark grey")), paint(rng, "tan").shade(0.2)
    parts = [
        lathe(
            [(r, 0), (r, length), (r * 0.32, length + point * 0.68), (0.0, length + point)], [color, wood, lead], sides
        )
    ]
    eraser = choose(rng, "pink", "pink", "white", "red")
    if rubber:
        metal = paint(rng, "silver")
        parts += [
            cylinder(r * 1.04, 0.1, metal, 18).move(y=-0.04),
            lathe([(r * 0.8, -0.17), (r * 0.98, -0.14), (r * 0.98, -0.08)], eraser, 18),
        ]
        parts.append(torus(r * 1.02, 0.012, metal.shade(-0.2), 18, 6).move(y=-0.04))
    whole = join(*parts)
    down = rng.random() < 0.4
    captions = ["pencil", f"{color.name} pencil", f"sharp {color.name} {'colouring ' if colored else ''}pencil"]
    captions.append(
        f"{color.name} pencil with a {eraser.name} eraser" if rubber else f"{color.name} pencil without an eraser"
    )
    captions.append(f"{color.name} pencil pointing {'down' if down else 'up'}")
    return made("pencil", "stationery", "prop", [whole.rotate_deg(z=180) if down else whole], captions)
