"""Tools and weapons of the fantasy kind."""

import numpy as np

from gen4d.data.makers.curves import arc, smooth, star_outline
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import choose, contrast, paint
from gen4d.data.makers.shapes import (
    Part,
    ball,
    both_sides,
    box,
    cylinder,
    ellipsoid,
    extrude,
    join,
    lathe,
    loft,
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
        {"straight": 0.052, "broad": 0.08, "curved": 0.06}[style] * float(rng.uniform(0.9, 1.15)),
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
        thick = 0.028 * max(0.3, edge / half)
        rings.append([(x + edge, y, 0), (x, y, thick), (x - edge, y, 0), (x, y, -thick)])
    parts = [loft(rings, steel)]
    groove = rng.random() < 0.4 and style != "curved"
    if groove:
        parts.append(box(half * 0.35, length * 0.7, 0.05, steel.shade(-0.3)).move(y=y0 + length * 0.37))
    wide = float(rng.uniform(0.15, 0.23))
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
    parts.append(cylinder(0.036, hold, grip, 14).move(y=y0 - hold / 2))
    parts += [torus(0.035, 0.011, grip.shade(-0.3), 14, 6).move(y=y0 - hold * f) for f in (0.25, 0.45, 0.65, 0.85)]
    jewel = rng.random() < 0.4
    gem = contrast(rng, guard, "red", "blue", "green", "purple")
    parts.append(ball(0.056, gem if jewel else guard, 14).move(y=y0 - hold - 0.025))
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


def shield(rng: np.random.Generator) -> MadeObject:
    """A knight's shield facing +Z: heater, round or kite-shaped, with a cross, stripes, a star or halves."""
    first = choose(rng, "red", "blue", "green", "white", "black", "yellow", "purple", "brown", "silver")
    second = contrast(rng, first, "gold", "white", "yellow", "red", "black", "blue")
    rim = contrast(rng, first, "gold", "silver", "dark grey", "brown")
    shape = pick(rng, "heater", "round", "kite")
    if shape == "round":
        outline = arc(0, 0, 0.45, 0, 350, 36)
    else:
        top, low = (0.42, 0.5) if shape == "heater" else (0.36, 0.75)
        right = smooth([(0.36, top), (0.37, 0.1), (0.24, -low * 0.6), (0.0, -low)], 12)
        outline = np.concatenate([right, right[::-1][1:] * [-1, 1]])
    bulge, t = 0.0 if shape == "round" else float(rng.uniform(0.08, 0.16)), 0.035

    def curved(part: Part) -> Part:
        """Bend a flat part backward towards its sides."""
        v = part.vertices.copy()
        v[:, 2] -= bulge * (v[:, 0] / 0.4) ** 2
        return Part(v, part.faces, part.colors)

    middle = outline.mean(0)
    edge = loft(
        [
            np.column_stack([middle + (outline - middle) * s, np.full(len(outline), z)])
            for s, z in ((0.94, -t), (1.0, -t * 0.4), (1.0, t * 0.6), (0.93, t))
        ],
        rim,
    )
    steps = ((0.0, 0.01), (t, 0.9), (t * 1.25, 0.88), (t * 1.25, 0.6), (t * 1.25, 0.3), (t * 1.25, 0.01))
    field = loft(
        [np.column_stack([middle + (outline - middle) * s, np.full(len(outline), z)]) for z, s in steps], first
    )
    parts = [curved(edge), curved(field)]
    pattern = pick(rng, "cross", "stripe", "star", "plain", "boss")
    z = t * 1.25

    def bar(w: float, h: float, y: float = 0.0) -> Part:
        columns = np.linspace(-w / 2, w / 2, 9)
        strips = [
            box(columns[i + 1] - columns[i], h, 0.03, second).move(x=(columns[i] + columns[i + 1]) / 2)
            for i in range(8)
        ]
        return curved(join(*strips).move(y=y, z=z))

    y0, text = (0.08 if shape != "round" else 0.0), ""
    tall = outline[:, 1].max() - outline[:, 1].min()
    if pattern == "cross":
        parts += [bar(0.6 if shape != "round" else 0.74, 0.09, y0), bar(0.09, tall * 0.78, middle[1] * 0.3)]
        text = f"a {second.name} cross"
    elif pattern == "stripe":
        parts.append(bar(0.14, tall * 0.78, middle[1] * 0.3))
        text = f"a {second.name} stripe"
    elif pattern == "star":
        parts.append(curved(extrude(star_outline(5, 0.22, 0.095), 0.05, second).move(y=y0, z=z)))
        text = f"a {second.name} star"
    elif pattern == "boss":
        parts += [
            ellipsoid(0.13, 0.13, 0.07, rim, 20).move(y=y0, z=z),
            torus(0.15, 0.018, rim.shade(-0.2)).rotate_deg(x=90).move(y=y0, z=z),
        ]
        text = f"a {rim.name} boss"
    parts.append(
        tube(smooth([(-0.12, 0.0, -0.06), (0, 0.0, -0.13), (0.12, 0.0, -0.06)], 8), 0.024, paint(rng, "dark brown"), 8)
    )
    captions = [
        "shield",
        f"{first.name} shield",
        f"{'round ' if shape == 'round' else ''}{first.name} knight shield with a {rim.name} rim",
    ]
    captions.append(f"{first.name} shield with {text}" if text else f"plain {first.name} medieval shield")
    return made("shield", "weapon", "prop", parts, captions)


def axe(rng: np.random.Generator) -> MadeObject:
    """An axe standing on its handle: one blade, two blades, or a pickaxe."""
    wood, steel = (
        choose(rng, "brown", "dark brown", "tan", surprise=0.15),
        choose(rng, "silver", "grey", "light grey", "dark grey", surprise=0.1),
    )
    kind = pick(rng, "axe", "axe", "battle axe", "pickaxe")
    long, r = float(rng.uniform(0.85, 1.0)), 0.032
    path = smooth([(0, 0, 0), (0.03 if kind == "axe" else 0.0, long * 0.4, 0), (0, long, 0)], 10)
    parts = [tube(path, np.interp(np.linspace(0, 1, 10), [0, 0.12, 1], [r * 1.35, r, r]), wood, 12)]
    y, edge = long - 0.12, steel.shade(0.35)
    reach, tall = float(rng.uniform(0.24, 0.34)), float(rng.uniform(0.14, 0.22))

    def blade(thick: float) -> Part:
        bow = [(reach + 0.05 * np.cos(a * 1.2), tall * np.sin(a)) for a in np.linspace(-1.4, 1.4, 9)]
        body = extrude([(0.0, -0.06), *bow, (0.0, 0.06)], thick, steel)
        rim = [(x * 0.86, y * 0.96) for x, y in bow[::-1]]
        return join(body, extrude(bow + rim, thick * 1.25, edge))

    if kind == "pickaxe":
        curve = smooth([(-0.42, y - 0.1, 0), (0, y + 0.06, 0), (0.42, y - 0.1, 0)], 15)
        parts.append(
            tube(
                curve,
                0.045 * np.interp(np.linspace(-1, 1, 15), [-1, -0.5, 0, 0.5, 1], [0.2, 0.75, 1.1, 0.75, 0.2]),
                steel,
                10,
            )
        )
    else:
        parts.append(blade(0.045).move(y=y))
        parts.append(
            blade(0.045).scale(-1, 1, 1).move(y=y)
            if kind == "battle axe"
            else box(0.14, 0.12, 0.07, steel, 0.015).move(x=-0.04, y=y)
        )
    parts.append(box(0.09, 0.16, 0.09, steel.shade(-0.25), 0.012).move(y=y))
    wrap = rng.random() < 0.4
    grip = contrast(rng, wood, "red", "black", "blue", "tan")
    if wrap:
        parts += [torus(r * 1.1, 0.016, grip, 14, 6).move(x=0.008, y=long * (0.1 + 0.032 * i)) for i in range(6)]
    captions = [kind if kind != "battle axe" else "axe", kind, f"{steel.name} {kind} with a {wood.name} handle"]
    captions.append(
        {
            "axe": f"wood cutter's axe with a {wood.name} handle",
            "battle axe": f"double-bladed {steel.name} axe",
            "pickaxe": f"miner's pickaxe with a {wood.name} handle",
        }[kind]
    )
    if wrap:
        captions.append(f"{kind} with a {grip.name} wrapped grip")
    return made("axe", "tool", "prop", parts, captions)


def hammer(rng: np.random.Generator) -> MadeObject:
    """A claw hammer, a mallet or a war hammer, handle down."""
    handle, steel = (
        choose(rng, "brown", "tan", "red", "yellow", "blue", "black"),
        choose(rng, "silver", "grey", "dark grey"),
    )
    kind = pick(rng, "claw hammer", "claw hammer", "mallet", "war hammer")
    long = float(rng.uniform(0.62, 0.8))
    grip = rng.random() < 0.5 and kind == "claw hammer"
    color = contrast(rng, handle, "black", "red", "orange", "blue") if grip else handle
    profile = smooth([(0.042, 0), (0.055, long * 0.18), (0.035, long * 0.5), (0.036, long)], 14)
    bands = [color if y < long * 0.45 else handle for y in (profile[1:, 1] + profile[:-1, 1]) / 2]
    parts = [lathe(profile, bands, 14)]
    captions = ["hammer"]
    if kind == "claw hammer":
        face = lathe([(0.05, 0), (0.05, 0.09), (0.07, 0.11), (0.07, 0.16)], steel, 18).rotate_deg(z=-90)
        claw = smooth([(0, 0.0, 0), (-0.12, 0.02, 0), (-0.26, -0.08, 0)], 9)
        prong = tube(claw + np.array([0, 0, 0.024]), np.linspace(0.042, 0.014, 9), steel, 8)
        parts += [
            box(0.13, 0.12, 0.1, steel, 0.02).move(y=long),
            face.move(x=0.05, y=long),
            join(prong, prong.scale(1, 1, -1)).move(x=-0.03, y=long),
        ]
        captions += [
            "claw hammer",
            f"hammer with a {handle.name} handle",
            f"{steel.name} claw hammer with a {color.name} grip" if grip else f"{steel.name} claw hammer",
        ]
    elif kind == "mallet":
        head = choose(rng, "brown", "tan", "black", "dark brown")
        block = pick(rng, "round", "square")
        size = float(rng.uniform(0.12, 0.16))
        body = (
            cylinder(size, 0.42, head, 20).rotate_deg(z=90)
            if block == "round"
            else box(0.42, size * 2, size * 1.8, head, 0.025)
        )
        parts.append(body.move(y=long))
        captions += ["mallet", f"{head.name} mallet with a {handle.name} handle", f"{block} {head.name} hammer"]
    else:
        trim = contrast(rng, steel, "gold", "dark grey", "red", "blue")
        parts += [
            box(0.46, 0.22, 0.22, steel, 0.04).move(y=long),
            both_sides(box(0.05, 0.25, 0.25, trim, 0.03).move(x=0.17, y=long)),
            ball(0.06, trim, 12),
        ]
        parts += [torus(0.042, 0.014, trim, 14, 6).move(y=long * f) for f in (0.1, 0.22, 0.34)]
        captions += [
            "war hammer",
            f"heavy {steel.name} war hammer with {trim.name} bands",
            f"fantasy hammer with a {handle.name} handle",
        ]
    return made("hammer", "tool", "prop", parts, captions)
