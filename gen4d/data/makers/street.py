"""Things that stand in the street."""

import numpy as np

from gen4d.data.articles import COUNT_WORDS
from gen4d.data.makers.curves import arc, smooth
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import choose, contrast, paint
from gen4d.data.makers.shapes import (
    around_y,
    ball,
    both_sides,
    box,
    cone,
    cylinder,
    dome,
    extrude,
    join,
    lathe,
    limb,
    torus,
    tube,
)


def traffic_cone(rng: np.random.Generator) -> MadeObject:
    """A traffic cone with bright bands on a square or round base."""
    color = choose(rng, "orange", "orange", "red", "orange", surprise=0.12)
    band = contrast(rng, color, "white", "white", "yellow")
    stripes, r, tall = pick(rng, 1, 2, 2), float(rng.uniform(0.2, 0.28)), float(rng.uniform(0.75, 0.95))
    cuts = [0.0, *({1: [0.42, 0.64], 2: [0.3, 0.46, 0.6, 0.76]}[stripes]), 1.0]
    tip = 0.05
    bands = [band if i % 2 else color for i in range(len(cuts) - 1)]
    parts = [lathe([(r + (tip - r) * t, 0.05 + tall * t) for t in cuts], bands, 28)]
    base = color.shade(-0.12) if rng.random() < 0.6 else paint(rng, "black")
    square = rng.random() < 0.7
    parts.append(
        box(2.5 * r, 0.06, 2.5 * r, base, 0.012).move(y=0.03)
        if square
        else cylinder(1.35 * r, 0.06, base, 28).move(y=0.03)
    )
    parts.append(cylinder(r * 1.08, 0.05, color, 28).move(y=0.075))
    captions = [
        "traffic cone",
        f"{color.name} traffic cone",
        f"{color.name} traffic cone with {COUNT_WORDS[stripes]} {band.name} stripe{'s' if stripes > 1 else ''}",
        f"{color.name} road cone on a {'square' if square else 'round'} base",
    ]
    return made("traffic_cone", "street", "prop", parts, captions)


def fire_hydrant(rng: np.random.Generator) -> MadeObject:
    """A fire hydrant: a barrel, a bonnet, outlets left, right and in front."""
    color = choose(rng, "red", "red", "yellow", "orange", "blue", "silver")
    trim = contrast(rng, color, "silver", "white", "gold", "dark grey") if rng.random() < 0.6 else color.shade(-0.2)
    r, tall = float(rng.uniform(0.15, 0.19)), float(rng.uniform(0.55, 0.7))
    parts = [
        lathe(
            [
                (r * 1.5, 0),
                (r * 1.5, 0.05),
                (r * 1.08, 0.07),
                (r, 0.12),
                (r, tall),
                (r * 1.3, tall),
                (r * 1.3, tall + 0.05),
            ],
            color,
        )
    ]
    parts.append(dome(r * 1.18, r * rng.uniform(0.9, 1.2), trim).move(y=tall + 0.05))
    peak = float(parts[1].vertices[:, 1].max())
    parts += [cylinder(0.045, 0.07, trim, 6).move(y=peak + 0.02), torus(r, 0.025, trim).move(y=tall * 0.42)]
    at = tall * float(rng.uniform(0.66, 0.76))
    outlet = join(
        cylinder(0.075, 0.12, color, 18),
        cylinder(0.095, 0.05, trim, 8).move(y=0.07),
        cylinder(0.03, 0.05, trim, 6).move(y=0.11),
    )
    parts.append(both_sides(outlet.rotate_deg(z=-90).move(r + 0.03, at, 0)))
    front = join(
        cylinder(0.1, 0.1, color, 20),
        cylinder(0.125, 0.05, trim, 8).move(y=0.06),
        cylinder(0.035, 0.05, trim, 6).move(y=0.1),
    )
    parts.append(front.rotate_deg(x=90).move(y=at - 0.03, z=r + 0.02))
    parts.append(around_y(cylinder(0.025, 0.05, trim, 6).move(y=0.07, z=r * 1.3), 8))
    captions = ["fire hydrant", f"{color.name} fire hydrant"]
    captions.append(
        f"{color.name} fire hydrant with {trim.name} caps" if trim.name != color.name else f"plain {color.name} hydrant"
    )
    captions.append(f"{color.name} street hydrant with three outlets")
    return made("fire_hydrant", "street", "prop", parts, captions)


def mailbox(rng: np.random.Generator) -> MadeObject:
    """A round-topped mailbox on a post with a flag, or a pillar box with a slot."""
    color = choose(rng, "red", "blue", "grey", "white", "green", "yellow", "black")
    flag = contrast(rng, color, "red", "yellow", "orange")
    dark = paint(rng, "dark grey") if color.name != "black" else paint(rng, "light grey")
    if rng.random() < 0.35:
        r, tall = 0.26, float(rng.uniform(0.85, 1.0))
        parts = [
            lathe([(r * 1.12, 0), (r * 1.12, 0.08), (r, 0.1), (r, tall)], [dark, dark, color]),
            cylinder(r * 1.15, 0.06, color.shade(-0.15)).move(y=tall),
        ]
        parts += [
            dome(r * 1.08, 0.14, color).move(y=tall + 0.03),
            box(0.28, 0.05, 0.1, dark).move(y=tall * 0.82, z=r * 0.86),
        ]
        parts += [
            box(0.26, 0.34, 0.1, color.shade(-0.12), 0.01).move(y=tall * 0.48, z=r * 0.85),
            box(0.15, 0.12, 0.1, paint(rng, "white")).move(y=tall * 0.54, z=r * 0.87),
        ]
        captions = [
            "mailbox",
            f"{color.name} mailbox",
            f"round {color.name} pillar box with a slot",
            f"{color.name} postbox",
        ]
        return made("mailbox", "street", "prop", parts, captions)
    post_paint, post = contrast(rng, color, "brown", "dark brown", "white", "tan"), float(rng.uniform(0.5, 0.75))
    w, h, d = float(rng.uniform(0.27, 0.34)), float(rng.uniform(0.16, 0.22)), float(rng.uniform(0.46, 0.6))
    outline = np.concatenate([[(-w / 2, 0.0), (w / 2, 0.0)], arc(0, h, w / 2, 0, 180, 13)])
    parts = [
        extrude(outline, d, color).move(y=post),
        extrude(outline * 0.96 + [0, 0.005], 0.03, color.shade(-0.18)).move(y=post, z=d / 2),
    ]
    parts += [
        box(0.09, post, 0.09, post_paint).move(y=post / 2),
        box(0.12, 0.05, d * 0.8, post_paint).move(y=post - 0.02),
    ]
    parts += [box(0.08, 0.03, 0.03, dark).move(y=post + h * 1.1, z=d / 2 + 0.02)]
    up = rng.random() < 0.5
    arm = join(box(0.025, 0.2, 0.035, flag).move(y=0.1), box(0.025, 0.08, 0.13, flag).move(y=0.18, z=-0.05))
    parts.append((arm if up else arm.rotate_deg(x=-90)).move(w / 2 + 0.012, post + h * 0.7, 0.08))
    captions = [
        "mailbox",
        f"{color.name} mailbox",
        f"{color.name} mailbox with a {flag.name} flag",
        f"{color.name} letter box on a {post_paint.name} post",
    ]
    return made("mailbox", "street", "prop", parts, captions)


def traffic_light(rng: np.random.Generator) -> MadeObject:
    """A traffic light with red, yellow and green lamps, on a pole or hanging free."""
    case = choose(rng, "black", "dark grey", "yellow", "dark green")
    pole_paint = contrast(rng, case, "grey", "dark grey", "silver", "black")
    w, r = float(rng.uniform(0.24, 0.3)), 0.085
    pole = float(rng.uniform(0.35, 0.7)) if rng.random() < 0.75 else 0.0
    h = 0.74
    parts = [box(w, h, 0.2, case, 0.02).move(y=pole + h / 2)]
    for i, name in enumerate(("green", "yellow", "red")):
        y = pole + 0.14 + 0.23 * i
        lens = paint(rng, name)
        parts.append(cylinder(r, 0.05, lens, 20).rotate_deg(x=90).move(y=y, z=0.1))
        hood = [(1.1 * r * np.cos(a), 1.1 * r * np.sin(a)) for a in np.radians(np.linspace(0, 180, 11))]
        inner = [(x * 0.84, y_ * 0.84) for x, y_ in hood[::-1]]
        parts.append(extrude(hood + inner, 0.12, case.shade(-0.2)).move(y=y, z=0.15))
    if pole:
        parts += [cylinder(0.045, pole + 0.1, pole_paint, 16).move(y=pole / 2), cone(0.16, 0.06, pole_paint, 0.1)]
    captions = ["traffic light", f"{case.name} traffic light", "traffic light with red, yellow and green lamps"]
    captions.append(
        f"{case.name} traffic light on a {pole_paint.name} pole"
        if pole
        else f"{case.name} traffic signal without a pole"
    )
    return made("traffic_light", "street", "prop", parts, captions)


def street_lamp(rng: np.random.Generator) -> MadeObject:
    """An old street lantern on a post, or a modern one with a bent arm."""
    metal, light = choose(rng, "black", "dark green", "dark grey", "silver", "navy"), paint(rng, "yellow").shade(0.35)
    old = rng.random() < 0.6
    tall = float(rng.uniform(0.8, 1.05))
    parts = [lathe([(0.11, 0), (0.1, 0.1), (0.055, 0.14), (0.042, 0.3), (0.034, tall)], metal, 16)]
    if old:
        size = float(rng.uniform(0.13, 0.18))
        sides = pick(rng, 4, 6)
        parts.append(lathe([(size * 0.6, 0), (size, 0.24), (0, 0.24)], light, sides).move(y=tall))
        parts.append(lathe([(size * 1.25, 0), (size * 0.4, 0.1), (0.0, 0.16)], metal, sides).move(y=tall + 0.24))
        rib = limb((0, 0, size * 0.62), (0, 0.24, size * 1.0), 0.014, 0.014, metal)
        parts += [
            around_y(rib, sides).move(y=tall),
            ball(0.028, metal, 10).move(y=tall + 0.41),
            cylinder(size * 0.7, 0.035, metal, 12).move(y=tall),
        ]
    else:
        reach = float(rng.uniform(0.2, 0.34))
        bow = smooth([(0, tall - 0.05, 0), (0, tall + 0.12, 0.06), (0, tall + 0.17, reach)], 12)
        parts += [tube(bow, 0.028, metal, 10), box(0.13, 0.05, 0.24, metal, 0.015).move(y=tall + 0.16, z=reach + 0.06)]
        parts.append(box(0.1, 0.03, 0.19, light).move(y=tall + 0.13, z=reach + 0.06))
    captions = [
        "street lamp",
        f"{metal.name} street lamp",
        f"{'old' if old else 'modern'} {metal.name} lamp post",
        f"{metal.name} street light with a {'glass lantern' if old else 'bent arm'}",
    ]
    return made("street_lamp", "street", "prop", parts, captions)
