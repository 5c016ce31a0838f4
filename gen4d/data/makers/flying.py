"""Things that fly: paper planes, rockets, saucers, aeroplanes, helicopters, balloons, kites."""

import numpy as np

from gen4d.data.makers.model import COUNT_WORDS, MadeObject, made, pick
from gen4d.data.makers.palette import BRIGHT, choose, contrast, paint
from gen4d.data.makers.shapes import (
    around_y,
    ball,
    both_sides,
    box,
    cone,
    cylinder,
    dome,
    ellipsoid,
    extrude,
    fuselage,
    join,
    lathe,
    sheet,
    slab,
    smooth,
    torus,
    tube,
)


def paper_plane(rng: np.random.Generator) -> MadeObject:
    """A folded sheet: a keel of two layers that opens towards the tail, and a wing with a folded-over layer each side."""
    fold = pick(rng, "dart", "glider", "wide")
    half_span = {"dart": (0.24, 0.33), "glider": (0.38, 0.5), "wide": (0.55, 0.72)}[fold]
    span = float(rng.uniform(*half_span))
    blunt = {"dart": 0.0, "glider": float(rng.uniform(0.05, 0.1)), "wide": float(rng.uniform(0.08, 0.16))}[fold]
    keel = float(rng.uniform(0.14, 0.22))
    gap = float(rng.uniform(0.03, 0.06))  # half the opening between the wings at the tail
    lift = float(rng.uniform(0.05, 0.35))  # slope of a wing
    tip_chord = 0.0 if fold == "dart" else float(rng.uniform(0.12, 0.4))
    rise = keel * float(rng.uniform(0.35, 0.8))  # how far below the tail end of the fold the nose lies
    color = choose(rng, "white", "white", "white", "cream", *BRIGHT[:9])
    thick = 0.018

    def wing_point(x: float, z: float, up: float = 0.0) -> tuple[float, float, float]:
        return x, rise * (0.5 - z) - rise + lift * x + up, z

    nose, tail = 0.5, -0.5
    outer = [wing_point(span, tail + tip_chord)] if tip_chord else []
    front = [wing_point(0.004, nose), *([wing_point(blunt, nose)] if blunt else [])]
    wing = [wing_point(gap, tail), *front, *outer, wing_point(span, tail)]
    parts = [sheet(wing, thick, color)]
    fold_in = float(rng.uniform(0.35, 0.6)) * span  # the paper's edge, folded back over the wing
    flap_tail = float(rng.uniform(-0.5, -0.3))
    flap = [wing_point(gap * (0.5 - flap_tail), flap_tail, thick), *(wing_point(p[0], p[2], thick) for p in front)]
    parts.append(sheet([*flap, wing_point(fold_in, flap_tail, thick)], thick, color.shade(-0.07)))
    bottom = -keel - 0.5 * rise
    side = [(0.002, bottom, tail), (0.002, bottom, nose - 0.12), wing_point(0.004, nose), wing_point(gap, tail)]
    parts.append(sheet(side, thick, color.shade(-0.16)))
    winglets = fold != "dart" and rng.random() < 0.4
    if winglets:
        tip = [wing_point(span, tail), wing_point(span, tail + tip_chord)]
        up = [(x, y + 0.09, z) for x, y, z in tip[::-1]]
        parts.append(sheet([*tip, *up], thick, color.shade(-0.1)))
    striped = rng.random() < 0.25
    stripe = contrast(rng, color, "red", "blue", "green", "orange")
    if striped:
        a, b = float(rng.uniform(0.45, 0.6)), float(rng.uniform(0.68, 0.8))
        ends = [wing_point(gap + f * (span - gap), tail, 0.008) for f in (a, b)]
        near = wing_point(0.5 * (blunt + gap) + 0.02, 0.1, 0.008)
        parts.append(sheet([ends[0], near, ends[1]], thick * 1.3, stripe))
    name = {"dart": "paper dart", "glider": "paper glider", "wide": "wide paper glider"}[fold]
    captions = ["paper plane", f"{color.name} paper plane", f"{color.name} {name}", "folded paper airplane"]
    captions.append(f"{color.name} origami plane with {'turned-up wing tips' if winglets else 'pointed wings'}")
    if winglets is False and blunt:
        captions[-1] = f"{color.name} paper airplane with a blunt nose"
    if striped:
        captions.append(f"{color.name} paper plane with {stripe.name} stripes")
    return made("paper_plane", "aircraft", "prop", [both_sides(join(*parts))], captions)


def rocket(rng: np.random.Generator) -> MadeObject:
    """A toy rocket standing on its fins, with portholes and a nozzle."""
    body, trim = (
        choose(rng, "white", "light grey", "silver", surprise=0.4),
        choose(rng, "red", "orange", "blue", "yellow"),
    )
    trim = contrast(rng, body, "red", "orange", "blue", "yellow", "purple", "teal") if trim.name == body.name else trim
    radius, height, belly = rng.uniform(0.15, 0.24), 1.0, rng.uniform(0.75, 0.95)
    nose_at = rng.uniform(0.66, 0.76)
    knots = [(radius * 0.62, 0.1), (radius, 0.4 * belly), (radius * 0.93, 0.62), (radius * 0.6, 0.84), (0.0, height)]
    profile = smooth(knots, 26)
    profile[-1, 0], band_at = 0.0, rng.uniform(0.2, 0.3)
    mid = (profile[1:, 1] + profile[:-1, 1]) / 2
    striped = rng.random() < 0.5
    bands = [trim if y > nose_at or (striped and abs(y - band_at) < 0.03) else body for y in mid]
    parts = [lathe(profile, bands)]
    dark = paint(rng, "dark grey")
    parts.append(lathe([(radius * 0.5, 0.02), (radius * 0.4, 0.11)], dark))
    fins = pick(rng, 3, 3, 4)
    reach, sweep = rng.uniform(0.16, 0.26), rng.uniform(0.28, 0.4)
    r = radius * 0.5
    outline = [
        (r, 0.12),
        (r, 0.12 + sweep),
        (radius + reach * 0.6, 0.16),
        (radius + reach, 0.0),
        (radius + reach * 0.7, -0.03),
    ]
    parts.append(around_y(extrude(outline, 0.045, trim), fins, 90.0 if fins == 3 else 45.0))
    portholes, glass = pick(rng, 1, 1, 2, 3), paint(rng, "light blue")
    for i in range(portholes):
        y = 0.6 - 0.14 * i
        at = float(np.interp(y, profile[:, 1], profile[:, 0]))
        size = 0.07 if portholes == 1 else 0.05
        frame = torus(size, 0.018, dark).rotate_deg(x=90).move(y=y, z=at)
        parts += [frame, ellipsoid(size, size, 0.02, glass).move(y=y, z=at)]
    flame = rng.random() < 0.35
    if flame:
        parts.append(lathe([(0.0, -0.28), (radius * 0.3, -0.12), (radius * 0.42, 0.03)], paint(rng, "orange")))
        parts.append(lathe([(0.0, -0.18), (radius * 0.36, -0.04), (radius * 0.45, 0.03)], paint(rng, "yellow")))
    captions = [
        "rocket",
        f"{body.name} rocket",
        f"{body.name} rocket with {COUNT_WORDS[fins]} {trim.name} fins",
        f"{body.name} space rocket with a {trim.name} nose",
        f"toy rocket with {COUNT_WORDS[portholes]} round window{'s' if portholes > 1 else ''}",
    ]
    if flame:
        captions.append(f"{body.name} rocket with an orange flame")
    return made("rocket", "spacecraft", "vehicle", parts, captions)


def ufo(rng: np.random.Generator) -> MadeObject:
    """A flying saucer: a disc, a glass dome, lights around the rim and sometimes a small pilot."""
    hull_paint, glass = (
        choose(rng, "silver", "grey", "light grey", "dark grey", surprise=0.35),
        choose(rng, "light blue", "light green", "teal"),
    )
    light = contrast(rng, hull_paint, "yellow", "red", "light green", "orange", "pink")
    top, under = rng.uniform(0.08, 0.16), rng.uniform(0.08, 0.18)
    rim = rng.uniform(0.025, 0.05)
    profile = [
        (0.0, -under),
        (0.2, -under),
        (0.3, -under * 0.75),
        (0.5, -rim / 2),
        (0.5, rim / 2),
        (0.2, top),
        (0.0, top),
    ]
    under_paint = hull_paint.shade(-0.25)
    parts = [
        lathe(
            profile,
            [under_paint, under_paint, under_paint, light if rng.random() < 0.3 else under_paint] + [hull_paint] * 2,
            32,
        )
    ]
    width = rng.uniform(0.17, 0.23)
    parts.append(torus(width, 0.02, hull_paint.shade(-0.4)).move(y=top * 0.97))
    parts.append(dome(width, rng.uniform(0.14, 0.24), glass).move(y=top * 0.9))
    lights = int(rng.integers(6, 13))
    y = (top + rim / 2) / 2 + 0.01
    parts.append(around_y(ball(rng.uniform(0.03, 0.042), light, 10).move(y=y, z=0.36), lights))
    legs = pick(rng, 0, 0, 3, 4)
    if legs:
        leg = tube([(0.0, -under * 0.6, 0.2), (0.0, -under - 0.14, 0.32)], 0.016, hull_paint.shade(-0.3), 8)
        parts.append(around_y(join(leg, ball(0.032, hull_paint.shade(-0.3), 10).move(y=-under - 0.14, z=0.32)), legs))
    antenna = rng.random() < 0.4
    if antenna:
        peak = float(parts[2].vertices[:, 1].max())
        parts += [cylinder(0.01, 0.1, hull_paint, 8).move(y=peak + 0.04), ball(0.028, light, 12).move(y=peak + 0.1)]
    captions = [
        "ufo",
        "flying saucer",
        f"{hull_paint.name} ufo with {light.name} lights",
        f"{hull_paint.name} flying saucer with a {glass.name} dome",
        f"alien spaceship with {light.name} lights",
    ]
    if legs:
        captions.append(f"{hull_paint.name} flying saucer on {COUNT_WORDS[legs]} landing legs")
    return made("ufo", "spacecraft", "vehicle", parts, captions)


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
