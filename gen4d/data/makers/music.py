"""Musical instruments."""

import numpy as np

from gen4d.data.makers.curves import smooth
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import choose, contrast, paint
from gen4d.data.makers.shapes import ball, both_sides, box, cylinder, extrude, join, lathe, limb, torus, tube


def guitar(rng: np.random.Generator) -> MadeObject:
    """A guitar standing upright and facing +Z: acoustic with a sound hole, electric with horns, or a ukulele."""
    kind = pick(rng, "acoustic guitar", "acoustic guitar", "electric guitar", "ukulele")
    top = choose(
        rng,
        *{
            "electric guitar": ("red", "blue", "black", "white", "yellow", "green", "purple"),
            "ukulele": ("tan", "brown", "pink", "light blue", "yellow"),
            "acoustic guitar": ("tan", "orange", "brown", "beige", "black"),
        }[kind],
    )
    side, neck_paint, dark = top.shade(-0.35), choose(rng, "dark brown", "brown"), paint(rng, "black")
    scale = 0.8 if kind == "ukulele" else 1.0
    if kind == "electric guitar":
        knots = [
            (0, -0.3),
            (0.2, -0.26),
            (0.24, -0.1),
            (0.15, 0.04),
            (0.19, 0.16),
            (0.15, 0.27),
            (0.07, 0.2),
            (0.0, 0.17),
            (-0.08, 0.2),
            (-0.17, 0.31),
            (-0.2, 0.2),
            (-0.16, 0.04),
            (-0.24, -0.1),
            (-0.19, -0.26),
            (0, -0.3),
        ]
        deep = 0.08
    else:
        half = [(0, -0.3), (0.17, -0.27), (0.24, -0.12), (0.15, 0.04), (0.18, 0.18), (0.12, 0.26), (0, 0.27)]
        knots = [*half, *((-x, y) for x, y in half[::-1][1:])]
        deep = 0.13
    outline = smooth(knots, 48)[:-1] * [float(rng.uniform(0.92, 1.08)) * scale, scale]
    parts = [extrude(outline, deep, side), extrude(outline * 0.985, deep + 0.024, top)]
    z, string = deep / 2 + 0.012, choose(rng, "silver", "beige")
    long = float(rng.uniform(0.5, 0.6)) * (0.78 if kind == "ukulele" else 1.0)
    root = 0.12 * scale
    parts.append(box(0.062, long + 0.1, 0.05, neck_paint, 0.008).move(y=root + long / 2, z=z - 0.004))
    end = root + long + 0.05
    parts.append(box(0.1, 0.16, 0.04, neck_paint.shade(-0.2), 0.01).rotate_deg(x=-8).move(y=end + 0.07, z=z - 0.012))
    parts += [
        both_sides(
            join(cylinder(0.013, 0.05, string, 8).rotate_deg(z=90), ball(0.02, string, 8).move(x=0.025)).move(
                0.07, end + 0.03 + 0.045 * i, z - 0.01
            )
        )
        for i in range(3)
    ]
    parts += [
        box(0.064, 0.012, 0.012, string).move(y=root + 0.12 + (long - 0.1) * (1 - 0.86**i) * 1.4, z=z + 0.022)
        for i in range(6)
    ]
    bridge = -0.15 * scale
    if kind == "electric guitar":
        plate = contrast(rng, top, "white", "black", "cream")
        parts.append(
            extrude(
                smooth([(0.03, 0.1), (0.13, 0.08), (0.1, -0.05), (0.15, -0.17), (0.03, -0.16), (0.03, 0.1)], 20)[:-1],
                0.02,
                plate,
            ).move(z=z)
        )
        parts += [box(0.1, 0.035, 0.03, dark).move(y=y, z=z + 0.01) for y in (0.06, -0.04)]
        parts += [cylinder(0.022, 0.04, string, 12).rotate_deg(x=90).move(0.12, y, z + 0.01) for y in (-0.12, -0.19)]
    else:
        hole, ring = 0.075 * scale, contrast(rng, top, "dark brown", "white", "black")
        parts += [
            cylinder(hole, 0.02, dark, 24).rotate_deg(x=90).move(y=0.06 * scale, z=z),
            torus(hole * 1.12, 0.011, ring, 28, 6).rotate_deg(x=90).move(y=0.06 * scale, z=z),
        ]
    parts.append(
        box(0.14 * scale, 0.035, 0.035, dark if top.name != "black" else neck_paint).move(y=bridge, z=z + 0.008)
    )
    for x in np.linspace(-0.022, 0.022, 4):
        parts.append(
            box(0.006, end + 0.02 - bridge, 0.008, string).move(float(x), (end + 0.02 + bridge) / 2, z + 0.031)
        )
    captions = [
        kind if kind == "ukulele" else "guitar",
        f"{top.name} {kind}",
        f"{kind} with a {neck_paint.name} neck",
        f"{top.name} {kind} standing upright",
    ]
    return made("guitar", "instrument", "prop", parts, captions)


def drum(rng: np.random.Generator) -> MadeObject:
    """A drum with cords in zigzag, or a bongo; sticks on top of some."""
    shell = choose(rng, "red", "blue", "green", "brown", "purple", "yellow", "white", "teal")
    rim = contrast(rng, shell, "gold", "white", "silver", "yellow", "brown")
    skin = contrast(rng, shell, "cream", "white", "beige")
    r, tall = float(rng.uniform(0.36, 0.46)), float(rng.uniform(0.36, 0.7))
    waist = float(rng.uniform(0.85, 1.0)) if rng.random() < 0.7 else 0.68
    parts = [
        lathe(
            [(r * waist, 0), (r, tall)]
            if waist > 0.8
            else smooth([(r * 0.8, 0), (r * waist, tall * 0.4), (r, tall)], 10),
            shell,
            30,
        )
    ]
    parts += [
        lathe([(r * 1.02, -0.05), (r * 1.07, -0.05), (r * 1.07, 0.03), (r * 1.0, 0.045)], rim, 30).move(y=tall),
        cylinder(r * 0.97, 0.03, skin, 30).move(y=tall + 0.035),
    ]
    low = r * (waist if waist > 0.8 else 0.8)
    parts.append(lathe([(low * 1.0, -0.03), (low * 1.07, -0.03), (low * 1.07, 0.05), (low, 0.05)], rim, 30))
    cords = int(rng.integers(6, 10)) if waist > 0.8 else 0
    cord = contrast(rng, shell, "white", "gold", "yellow", "black")
    for i in range(cords):
        a, b = 2 * np.pi * i / cords, 2 * np.pi * (i + 0.5) / cords
        top, foot = (
            np.array([r * 1.03 * np.sin(a), tall - 0.04, r * 1.03 * np.cos(a)]),
            np.array([low * 1.04 * np.sin(b), 0.04, low * 1.04 * np.cos(b)]),
        )
        after = np.array(
            [r * 1.03 * np.sin(a + 2 * np.pi / cords), tall - 0.04, r * 1.03 * np.cos(a + 2 * np.pi / cords)]
        )
        mid = [(p + q) / 2 * [1.06, 1, 1.06] for p, q in ((top, foot), (foot, after))]
        parts += [tube([top, mid[0], foot], 0.016, cord, 6), tube([foot, mid[1], after], 0.016, cord, 6)]
    sticks = rng.random() < 0.6
    if sticks:
        wood = choose(rng, "tan", "brown", "beige")
        for turn in (30, -25):
            stick = join(limb((-0.42, 0, 0), (0.34, 0, 0), 0.026, 0.02, wood), ball(0.04, wood, 12).move(x=0.36))
            parts.append(stick.rotate_deg(y=turn).move(y=tall + 0.08 + (0.035 if turn > 0 else 0)))
    captions = ["drum", f"{shell.name} drum", f"{shell.name} drum with a {rim.name} rim"]
    if cords:
        captions.append(f"{shell.name} drum with {cord.name} cords")
    captions.append(
        f"{shell.name} drum with two drumsticks" if sticks else f"{'tall' if tall > 0.55 else 'low'} {shell.name} drum"
    )
    return made("drum", "instrument", "prop", parts, captions)
