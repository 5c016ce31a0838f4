"""Aeroplanes and helicopters."""

import numpy as np

from gen4d.data.articles import COUNT_WORDS
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import choose, contrast, paint
from gen4d.data.makers.shapes import (
    around_y,
    both_sides,
    box,
    cone,
    cylinder,
    ellipsoid,
    extrude,
    fuselage,
    join,
    lathe,
    slab,
    tube,
)


def airplane(rng: np.random.Generator) -> MadeObject:
    """An airliner with jet engines or a light plane with a propeller."""
    return _airliner(rng) if rng.random() < 0.5 else _propeller_plane(rng)


def _airliner(rng: np.random.Generator) -> MadeObject:
    body, trim = (
        choose(rng, "white", "white", "light grey", surprise=0.25),
        choose(rng, "red", "blue", "orange", "green", "navy"),
    )
    if body.name == trim.name:
        trim = contrast(rng, body, "red", "blue", "yellow", "white")
    w = float(rng.uniform(0.13, 0.165))
    part = fuselage(
        [
            (-0.5, 0.01, 0.02, 0.05),
            (-0.36, w * 0.5, w * 0.6, 0.035),
            (-0.2, w, w, 0.0),
            (0.3, w, w, 0.0),
            (0.4, w * 0.85, w * 0.82, -0.005),
            (0.47, w * 0.5, w * 0.48, -0.015),
            (0.5, w * 0.12, w * 0.12, -0.02),
        ],
        body,
    )
    parts, glass = [part], paint(rng, "dark grey")
    parts.append(box(w * 0.62, w * 0.16, 0.03, glass).rotate_deg(x=-40).move(y=w * 0.3, z=0.425))
    for z in np.linspace(-0.18, 0.34, 11):
        parts.append(both_sides(box(0.012, 0.025, 0.026, glass).move(x=w * 0.485, y=w * 0.14, z=z)))
    span, sweep = rng.uniform(0.42, 0.52), rng.uniform(0.12, 0.24)
    wing = slab(
        [(0, 0.14), (span, 0.14 - sweep - 0.06), (span, 0.08 - sweep - 0.06), (0, -0.1)], 0.022, body.shade(-0.12)
    )
    parts.append(both_sides(wing.rotate_deg(z=5).move(y=-w * 0.3)))
    tail = slab([(0, -0.36), (0.17, -0.45), (0.17, -0.5), (0, -0.48)], 0.02, body.shade(-0.12))
    parts.append(both_sides(tail.move(y=0.055)))
    fin = extrude([(0.33, 0.05), (0.5, 0.05), (0.53, 0.24), (0.47, 0.24)], 0.024, trim).rotate_deg(y=90)
    parts.append(fin)
    engines = pick(rng, 1, 1, 2)
    for i in range(engines):
        x = 0.16 + 0.14 * i
        at = 0.14 - sweep * x / span
        pod = lathe(
            [(0.0, -0.08), (0.028, -0.08), (0.042, 0.0), (0.042, 0.06), (0.03, 0.06), (0.028, 0.03), (0.0, 0.03)],
            trim,
            16,
        )
        parts.append(both_sides(pod.rotate_deg(x=90).move(x=x, y=-w * 0.3 - 0.04, z=at)))
    captions = [
        "airplane",
        f"{body.name} passenger plane",
        f"{body.name} airliner with a {trim.name} tail",
        f"{body.name} jet plane with {COUNT_WORDS[2 * engines]} {trim.name} engines",
    ]
    return made("airplane", "aircraft", "vehicle", parts, captions)


def _propeller_plane(rng: np.random.Generator) -> MadeObject:
    body = choose(rng, "red", "yellow", "blue", "white", "orange", "green", "light blue")
    trim = contrast(rng, body, "white", "red", "yellow", "navy", "cream")
    w = float(rng.uniform(0.15, 0.19))
    parts = [
        fuselage(
            [
                (-0.42, 0.02, 0.04, 0.03),
                (-0.2, w * 0.6, w * 0.7, 0.01),
                (0.05, w, w * 1.15, 0),
                (0.3, w, w * 1.05, 0),
                (0.4, w * 0.75, w * 0.75, 0),
            ],
            body,
            2.6,
        )
    ]
    dark, glass = paint(rng, "dark grey"), paint(rng, "light blue")
    parts.append(ellipsoid(w * 0.38, w * 0.42, 0.13, glass).move(y=w * 0.5, z=0.06))
    biplane = rng.random() < 0.35
    heights = (-w * 0.35, w * 1.35) if biplane else (pick(rng, -w * 0.3, w * 0.85),)
    span = rng.uniform(0.42, 0.52)
    for y in heights:
        parts.append(box(2 * span, 0.03, 0.19, trim, 0.012).move(y=y, z=0.14))
    if len(heights) == 2 or heights[0] > 0:
        for x, low in ((0.05, w * 0.3), (span * 0.75, -w * 0.35)):
            if low > 0 or biplane:
                parts.append(both_sides(tube([(x, low, 0.14), (x, heights[-1], 0.14)], 0.012, dark, 8)))
    parts.append(box(0.32, 0.024, 0.1, trim, 0.01).move(y=0.04, z=-0.36))
    parts.append(extrude([(0.28, 0.04), (0.43, 0.04), (0.45, 0.2), (0.37, 0.2)], 0.026, trim).rotate_deg(y=90))
    blades = pick(rng, 2, 2, 3)
    blade = box(0.035, 0.17, 0.016, dark).move(y=0.085)
    for i in range(blades):
        parts.append(blade.rotate_deg(z=30 + 360 * i / blades).move(z=0.425))
    parts.append(cone(0.04, 0.07, trim).rotate_deg(x=90).move(z=0.4))
    wheel = cylinder(0.05, 0.035, dark, 16).rotate_deg(z=90).move(x=0.11, y=-w * 0.6 - 0.09, z=0.2)
    parts.append(both_sides(join(wheel, tube([(0.04, -w * 0.4, 0.2), (0.1, -w * 0.6 - 0.09, 0.2)], 0.014, dark, 8))))
    captions = ["airplane", f"{body.name} propeller plane", f"{body.name} airplane with {trim.name} wings"]
    captions.append(
        f"{body.name} {'biplane' if biplane else 'light aircraft'} with {COUNT_WORDS[blades]} propeller blades"
    )
    return made("airplane", "aircraft", "vehicle", parts, captions)


def helicopter(rng: np.random.Generator) -> MadeObject:
    """A helicopter with a glass nose, a main and a tail rotor, on skids or floats."""
    body = choose(rng, "red", "blue", "yellow", "orange", "white", "dark green", "black", "light blue")
    trim = contrast(rng, body, "white", "yellow", "red", "navy", "dark grey")
    glass, dark = choose(rng, "light blue", "navy"), paint(rng, "dark grey")
    w, h = float(rng.uniform(0.24, 0.3)), float(rng.uniform(0.26, 0.32))
    stations = [
        (-0.3, 0.1, 0.1, 0.06),
        (-0.18, w * 0.7, h * 0.75, 0.02),
        (0.0, w, h, 0),
        (0.14, w, h, 0),
        (0.26, w * 0.8, h * 0.75, -0.02),
    ]
    cabin = fuselage([*stations, (0.33, w * 0.4, h * 0.34, -0.05), (0.345, 0.02, 0.02, -0.05)], body, 2.4)
    parts = [cabin.paint_where(lambda c: (c[:, 2] > 0.12) & (c[:, 1] > -h * 0.12), glass)]
    parts.append(both_sides(box(0.02, h * 0.42, 0.14, glass, 0.005).move(w * 0.49, h * 0.1, 0.0)))
    parts.append(tube([(0, 0.07, -0.25), (0, 0.1, -0.62)], [0.06, 0.035], trim if rng.random() < 0.5 else body, 12))
    parts.append(extrude([(0.55, 0.08), (0.68, 0.08), (0.74, 0.27), (0.66, 0.27)], 0.025, trim).rotate_deg(y=90))
    parts.append(box(0.26, 0.02, 0.08, trim).move(y=0.09, z=-0.54))
    blades, reach = pick(rng, 2, 3, 4, 4), float(rng.uniform(0.46, 0.58))
    top = h / 2 + 0.1
    parts += [cylinder(0.03, 0.14, dark, 12).move(y=top - 0.05), cylinder(0.05, 0.04, dark, 14).move(y=top + 0.01)]
    blade = box(0.055, 0.02, reach, dark, 0.006).move(z=reach / 2)
    parts.append(around_y(blade, blades, float(rng.uniform(0, 90))).move(y=top + 0.02))
    small = join(
        *(box(0.02, 0.2, 0.03, dark).rotate_deg(x=a) for a in (20, 110)),
        cylinder(0.025, 0.05, dark, 10).rotate_deg(z=90),
    )
    parts.append(small.move(0.03, 0.2, -0.68))
    floats = rng.random() < 0.25
    y = -h / 2 - 0.09
    skid = [
        tube(
            [(w * 0.5, y, -0.22), (w * 0.5, y, 0.22), (w * 0.5, y + 0.04, 0.29)],
            0.055 if floats else 0.018,
            trim if floats else dark,
            10,
        )
    ]
    skid += [tube([(w * 0.3, -h * 0.4, z), (w * 0.5, y, z)], 0.015, dark, 8) for z in (-0.12, 0.13)]
    parts.append(both_sides(join(*skid)))
    captions = [
        "helicopter",
        f"{body.name} helicopter",
        f"{body.name} helicopter with {COUNT_WORDS[blades]} rotor blades",
        f"{body.name} helicopter on {'floats' if floats else 'skids'} with a {trim.name} tail fin",
    ]
    return made("helicopter", "aircraft", "vehicle", parts, captions)
