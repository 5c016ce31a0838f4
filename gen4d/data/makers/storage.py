"""Chests, barrels and crates."""

import numpy as np

from gen4d.data.makers.curves import arc
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import choose, contrast, paint
from gen4d.data.makers.shapes import (
    ball,
    both_sides,
    box,
    cylinder,
    ellipsoid,
    extrude,
    join,
    lathe,
    paint_gores,
    torus,
)


def treasure_chest(rng: np.random.Generator) -> MadeObject:
    """A treasure chest facing +Z with a rounded lid: closed, or open and full of gold."""
    wood, metal = (
        choose(rng, "brown", "dark brown", "red", "tan", surprise=0.1),
        choose(rng, "gold", "gold", "silver", "dark grey"),
    )
    metal = contrast(rng, wood, "gold", "silver", "dark grey") if abs(sum(metal.rgb) - sum(wood.rgb)) < 0.5 else metal
    w, d, h = float(rng.uniform(0.8, 1.0)), float(rng.uniform(0.5, 0.6)), float(rng.uniform(0.3, 0.38))
    opened = rng.random() < 0.5
    parts = [box(w, h, d, wood).move(y=h / 2)]
    straps = (-w * 0.34, 0.0, w * 0.34) if rng.random() < 0.5 else (-w * 0.3, w * 0.3)
    parts += [box(0.08, h + 0.01, d + 0.03, metal).move(x=x, y=h / 2) for x in straps]
    parts += [box(w + 0.02, 0.05, d + 0.02, metal).move(y=y) for y in (0.025, h - 0.025)]
    parts += [
        both_sides(box(0.05, h, 0.05, metal).move(w / 2 - 0.015, h / 2, z)) for z in (d / 2 - 0.015, -d / 2 + 0.015)
    ]
    outline = arc(0, 0, d / 2, 0, 180, 13)
    lid = [extrude(outline * [1, 0.9], w, wood).rotate_deg(y=90)]
    lid += [
        extrude(outline * [1.04, 0.95], 0.08, metal).rotate_deg(y=90).move(x=x)
        for x in (*straps, -w / 2 + 0.03, w / 2 - 0.03)
    ]
    lid += [
        box(w + 0.01, 0.05, d + 0.01, metal).move(y=0.02),
        box(w - 0.1, 0.05, d - 0.1, wood.shade(-0.4)).move(y=0.01),
    ]
    whole = join(*lid)
    if opened:
        parts.append(whole.move(z=d / 2).rotate_deg(x=-float(rng.uniform(65, 100))).move(y=h, z=-d / 2))
        gold = paint(rng, "gold").shade(0.1)
        parts.append(ellipsoid(w * 0.45, 0.14, d * 0.42, gold, 22).move(y=h - 0.01))
        for _ in range(16):
            a, q = rng.uniform(0, 2 * np.pi), float(np.sqrt(rng.random()))
            x, z = q * w * 0.4 * np.cos(a), q * d * 0.36 * np.sin(a)
            coin = cylinder(0.05, 0.022, gold.shade(float(rng.uniform(-0.2, 0.3))), 12).rotate_deg(
                x=float(rng.uniform(-40, 40)), z=float(rng.uniform(-40, 40))
            )
            parts.append(coin.move(float(x), h + 0.13 * (1 - q * q) + 0.01, float(z)))
        for name in ("red", "blue", "green"):
            parts.append(
                ball(0.05, paint(rng, name), 6).move(
                    float(rng.uniform(-0.3, 0.3)) * w, h + 0.12, float(rng.uniform(-0.2, 0.2)) * d
                )
            )
    else:
        parts.append(whole.move(y=h))
    parts += [
        box(0.15, 0.17, 0.04, metal, 0.015).move(y=h - 0.02, z=d / 2 + 0.02),
        box(0.03, 0.07, 0.03, paint(rng, "black")).move(y=h - 0.03, z=d / 2 + 0.035),
    ]
    captions = [
        "treasure chest",
        f"{wood.name} treasure chest",
        f"{'open' if opened else 'closed'} {wood.name} chest with {metal.name} bands",
    ]
    captions.append(
        "open treasure chest full of gold coins" if opened else f"pirate's treasure chest with a {metal.name} lock"
    )
    return made("treasure_chest", "storage", "prop", parts, captions)


def barrel(rng: np.random.Generator) -> MadeObject:
    """A wooden barrel with hoops, or a metal drum; standing or lying."""
    drum = rng.random() < 0.25
    if drum:
        color = choose(rng, "blue", "red", "green", "yellow", "orange", "grey", "black")
        r, tall = 0.32, float(rng.uniform(0.85, 1.0))
        parts = [
            cylinder(r, tall, color, 30),
            *(torus(r, 0.022, color.shade(-0.15), 30, 8).move(y=tall * f) for f in (-0.49, -0.17, 0.17, 0.49)),
        ]
        parts += [cylinder(0.05, 0.03, color.shade(-0.4), 12).move(x=0.15, y=tall / 2 + 0.005)]
        marked = rng.random() < 0.5
        mark = contrast(rng, color, "yellow", "white", "black")
        if marked:
            parts.append(lathe([(r + 0.006, -tall * 0.13), (r + 0.006, tall * 0.13)], mark, 30))
        captions = [
            "barrel",
            f"{color.name} metal barrel",
            f"{color.name} oil drum",
            f"{color.name} barrel with a {mark.name} band" if marked else f"{color.name} steel drum with ridges",
        ]
        return made("barrel", "storage", "prop", parts, captions)
    wood, hoop = (
        choose(rng, "brown", "tan", "dark brown", "brown", surprise=0.08),
        choose(rng, "dark grey", "grey", "black", "gold"),
    )
    r, belly, tall, staves = (
        float(rng.uniform(0.24, 0.3)),
        float(rng.uniform(1.15, 1.32)),
        float(rng.uniform(0.72, 0.9)),
        20,
    )
    t = np.linspace(-1, 1, 11)
    radius = r * (1 + (belly - 1) * (1 - t**2))
    profile = np.stack([radius, t * tall / 2], -1)
    profile = np.concatenate(
        [
            [(0, -tall / 2 + 0.03), (r * 0.9, -tall / 2 + 0.03), (r * 0.92, -tall / 2)],
            profile,
            [(r * 0.92, tall / 2), (r * 0.9, tall / 2 - 0.03), (0, tall / 2 - 0.03)],
        ]
    )
    shell = lathe(profile, wood, staves)
    shell = paint_gores(shell, [wood, wood.shade(-0.16)], staves)
    shell = shell.paint_where(lambda c: np.hypot(c[:, 0], c[:, 2]) < r * 0.93, wood)  # the lids are plain
    parts = [shell]
    for f in (-0.8, -0.42, 0.42, 0.8):
        y, q = f * tall / 2, r * (1 + (belly - 1) * (1 - f**2))
        slope = -2 * r * (belly - 1) * f / (tall / 2) * 0.03
        parts.append(lathe([(q + 0.014 - slope, y - 0.03), (q + 0.014 + slope, y + 0.03)], hoop, 30))
    tap = rng.random() < 0.3
    whole = join(*parts)
    lying = rng.random() < 0.3
    if tap:
        metal = paint(rng, "gold")
        faucet = join(
            cylinder(0.03, 0.12, metal, 10).rotate_deg(x=90),
            cylinder(0.022, 0.08, metal, 10).move(y=-0.03, z=0.05),
            box(0.1, 0.025, 0.025, metal).move(y=0.05, z=0.03),
            cylinder(0.014, 0.08, metal, 8).move(y=0.02, z=0.03),
        )
        whole = join(
            whole,
            faucet.move(y=-tall * 0.28, z=r * belly * 0.97)
            if not lying
            else faucet.rotate_deg(x=-90).move(y=tall / 2, z=-r * 0.4),
        )
    if lying:
        rack = box(r * 2.2, 0.09, 0.1, wood.shade(-0.3))
        whole = join(
            whole.rotate_deg(x=90),
            rack.move(y=-r * belly - 0.01, z=tall * 0.3),
            rack.move(y=-r * belly - 0.01, z=-tall * 0.3),
        )
    captions = [
        "barrel",
        f"{wood.name} wooden barrel",
        f"{wood.name} barrel with {hoop.name} hoops",
        f"{'lying' if lying else 'standing'} {wood.name} barrel",
    ]
    if tap:
        captions.append(f"{wood.name} barrel with a gold tap")
    return made("barrel", "storage", "prop", [whole], captions)


def crate(rng: np.random.Generator) -> MadeObject:
    """A wooden crate of planks with a frame, a cross or diagonals; closed, or open with fruit."""
    wood = choose(rng, "tan", "brown", "beige", "dark brown", surprise=0.12)
    frame = wood.shade(-0.22) if rng.random() < 0.7 else contrast(rng, wood, "dark grey", "brown", "red", "green")
    x, y, z = 0.8, float(rng.uniform(0.5, 0.85)), float(rng.uniform(0.65, 0.85))
    style, opened = pick(rng, "frame", "diagonal", "cross"), rng.random() < 0.35
    if opened:
        y = float(rng.uniform(0.36, 0.46))
    parts = [box(x - 0.06, y - 0.03, z - 0.06, wood.shade(-0.35)).move(y=y / 2 - (0.05 if opened else 0))]
    rows = pick(rng, 3, 4)
    for i in range(rows):
        h = y / rows * 0.9
        at, tone = y * (i + 0.5) / rows, wood.shade(0.05 * (i % 2))
        parts += [box(x - 0.02, h, 0.04, tone).move(y=at, z=s * (z / 2 - 0.03)) for s in (-1, 1)]
        parts.append(both_sides(box(0.04, h, z - 0.02, tone).move(x=x / 2 - 0.03, y=at)))
    bar = 0.075
    parts += [both_sides(box(bar, y + 0.01, bar, frame).move(x / 2 - 0.02, y / 2, s * (z / 2 - 0.02))) for s in (-1, 1)]
    for level in (bar / 2, y - bar / 2):
        parts += [box(x, bar, 0.05, frame).move(y=level, z=s * (z / 2)) for s in (-1, 1)]
        parts.append(both_sides(box(0.05, bar, z, frame).move(x=x / 2, y=level)))
    if style != "frame":
        for tilt in (1,) if style == "diagonal" else (1, -1):
            for wide, turn in ((x, 0), (z, 90), (x, 180), (z, 270)):
                plank = box(float(np.hypot(wide - bar, y - bar)), bar * 0.9, 0.045, frame).rotate_deg(
                    z=tilt * float(np.degrees(np.arctan2(y - bar, wide - bar)))
                )
                parts.append(plank.move(z=(z if turn % 180 == 0 else x) / 2 - 0.008).rotate_deg(y=turn).move(y=y / 2))
    look = {"frame": "planks", "diagonal": "a diagonal plank on each side", "cross": "crossed planks"}
    captions = ["crate", f"{wood.name} wooden crate"]
    if opened:
        name, color = pick(rng, ("apples", "red"), ("oranges", "orange"), ("lemons", "yellow"), ("apples", "green"))
        fruit = paint(rng, color)
        for i in range(16):
            px, pz = (i % 4 - 1.5) * x * 0.22, (i // 4 - 1.5) * z * 0.22
            parts.append(ball(0.105, fruit.shade(0.06 * (i % 3 - 1)), 11).move(px, y - 0.01 + 0.02 * (i % 2), pz))
        captions += [
            f"{wood.name} crate full of {name}",
            f"open wooden box with {color} {name}" if name == "apples" else f"open wooden box with {name}",
        ]
    else:
        planks = [
            box((x - 0.04) / 4 * 0.94, 0.04, z - 0.02, wood.shade(0.05 * (i % 2))).move(
                x=(i - 1.5) * (x - 0.04) / 4, y=y - 0.005
            )
            for i in range(4)
        ]
        parts += [
            *planks,
            *(box(x, 0.05, bar, frame).move(y=y + 0.005, z=s * (z / 2 - bar / 2)) for s in (-1, 1)),
            both_sides(box(bar, 0.05, z, frame).move(x=x / 2 - bar / 2, y=y + 0.005)),
        ]
        captions += [
            f"closed {wood.name} crate with {'planks' if frame.name == wood.name else f'a {frame.name} frame'}",
            f"wooden box with {look[style]}",
        ]
    return made("crate", "storage", "prop", parts, captions)
