"""Light things that fly: paper planes, kites, balloons, rockets, saucers."""

import numpy as np

from gen4d.data.articles import COUNT_WORDS
from gen4d.data.makers.curves import smooth
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import BRIGHT, choose, contrast, paint
from gen4d.data.makers.shapes import (
    around_y,
    ball,
    both_sides,
    box,
    cylinder,
    dome,
    ellipsoid,
    extrude,
    join,
    lathe,
    paint_gores,
    sheet,
    torus,
    tube,
)


def paper_plane(rng: np.random.Generator) -> MadeObject:
    """A folded sheet: a keel of two layers, open towards the tail, and two wings with a second layer each."""
    fold = pick(rng, "dart", "glider", "wide")
    half_span = {"dart": (0.24, 0.33), "glider": (0.38, 0.5), "wide": (0.55, 0.72)}[fold]
    span = float(rng.uniform(*half_span))
    blunt = {"dart": 0.0, "glider": float(rng.uniform(0.05, 0.1)), "wide": float(rng.uniform(0.08, 0.16))}[fold]
    keel = float(rng.uniform(0.14, 0.22))
    gap = float(rng.uniform(0.03, 0.06))  # half the opening between the wings at the tail
    lift = float(rng.uniform(0.05, 0.35))  # slope of a wing
    tip_chord = 0.0 if fold == "dart" else float(rng.uniform(0.12, 0.4))
    rise = keel * float(rng.uniform(0.35, 0.8))  # how far below the tail end of the fold the nose lies
    color = choose(rng, *["white"] * 7, "cream", *BRIGHT[:9])
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


def hot_air_balloon(rng: np.random.Generator) -> MadeObject:
    """A hot-air balloon with gores or rings in two or many colours, and a basket on ropes."""
    first = choose(rng, *BRIGHT[:9])
    second = contrast(rng, first, "white", "yellow", "red", "blue", "orange", "green", "purple")
    rainbow, style = rng.random() < 0.25, pick(rng, "gores", "gores", "rings", "plain")
    paints = (
        [paint(rng, n) for n in ("red", "orange", "yellow", "green", "blue", "purple")] if rainbow else [first, second]
    )
    gores = int(rng.integers(4, 7)) * 2
    segments = 24 if 24 % gores == 0 else gores * 2
    stretch = float(rng.uniform(1.0, 1.2))
    knots = np.array([(0.09, -0.56), (0.2, -0.42), (0.38, -0.15), (0.42, 0.08), (0.3, 0.36), (0.0, 0.48)])
    profile = smooth(knots * [1.0, stretch], 19)
    profile[-1, 0] = 0.0
    bands = [
        paints[i // 3 % len(paints)] if style == "rings" or (rainbow and style == "plain") else first for i in range(18)
    ]
    envelope = lathe(profile, bands, segments)
    if style == "gores":
        envelope = paint_gores(envelope, paints, 12 if rainbow else gores)
    drop = 0.56 * stretch
    size, deep = float(rng.uniform(0.085, 0.11)), float(rng.uniform(0.12, 0.16))
    wicker = choose(rng, "brown", "tan", "dark brown")
    low = -drop - float(rng.uniform(0.14, 0.22)) - deep
    round_basket = rng.random() < 0.4
    basket = cylinder(size, deep, wicker, 18) if round_basket else box(size * 1.9, deep, size * 1.9, wicker, 0.01)
    parts = [envelope, basket.move(y=low + deep / 2)]
    rim = (
        torus(size, 0.018, wicker.shade(-0.3), 20, 8)
        if round_basket
        else box(size * 2.05, 0.03, size * 2.05, wicker.shade(-0.3))
    )
    parts.append(rim.move(y=low + deep))
    rope = tube([(0, low + deep, size * 0.95), (0, -drop + 0.01, 0.085)], 0.011, paint(rng, "dark grey"), 6)
    parts.append(around_y(rope, 4, 45 if not round_basket else 0))
    if rng.random() < 0.5:
        parts.append(
            around_y(ellipsoid(0.03, 0.04, 0.03, paint(rng, "beige"), 8).move(y=low + deep * 0.6, z=size * 1.05), 4)
        )
    pattern = {"gores": "stripes", "rings": "rings", "plain": ""}[style]
    captions = ["hot-air balloon", "hot air balloon"]
    if rainbow:
        captions += ["rainbow hot-air balloon", f"hot-air balloon in rainbow colours with a {wicker.name} basket"]
    elif pattern:
        captions += [
            f"{first.name} and {second.name} hot-air balloon",
            f"{first.name} hot-air balloon with {second.name} {pattern}",
        ]
    else:
        captions += [f"{first.name} hot-air balloon", f"plain {first.name} hot-air balloon with a {wicker.name} basket"]
    return made("hot_air_balloon", "aircraft", "vehicle", parts, captions)


def kite(rng: np.random.Generator) -> MadeObject:
    """A diamond or delta kite facing +Z, its cloth in quarters or stripes, with a tail of bows."""
    first = choose(rng, *BRIGHT[:9])
    second = contrast(rng, first, "yellow", "white", "blue", "red", "green", "pink")
    wide, up, down, t = (
        float(rng.uniform(0.3, 0.4)),
        float(rng.uniform(0.26, 0.36)),
        float(rng.uniform(0.48, 0.62)),
        0.022,
    )
    shape = pick(rng, "diamond", "diamond", "delta")
    billow = float(rng.uniform(0.04, 0.12))
    if shape == "diamond":
        top, side, foot = (0.0, up, 0.0), (wide, 0.0, -billow), (0.0, -down, 0.0)
        quarters = rng.random() < 0.6
        parts = [
            sheet([(0, 0, 0), side, top], t, first),
            sheet([(0, 0, 0), foot, side], t, second if quarters else first),
        ]
        other = [
            sheet([(0, 0, 0), side, top], t, second if quarters else first),
            sheet([(0, 0, 0), foot, side], t, first),
        ]
        parts += [p.mirror_x() for p in other]
        text = f"{first.name} and {second.name} diamond kite" if quarters else f"{first.name} diamond kite"
    else:
        quarters = True
        wide *= 1.35
        top, side, foot = (0.0, up, 0.0), (wide, -up, -billow), (0.0, -up * 0.75, 0.0)
        half, far = (wide * 0.5, 0.0, -billow / 2), (wide * 0.5, -up * 0.88, -billow / 2)
        parts = [both_sides(sheet([top, foot, far, half], t, first)), both_sides(sheet([half, far, side], t, second))]
        text = f"{first.name} delta kite with {second.name} wing tips"
    wood = choose(rng, "brown", "dark brown", "tan")
    parts.append(tube([top, foot], 0.014, wood, 8))
    if shape == "diamond":
        parts.append(both_sides(tube([(0, 0, -0.012), (side[0], side[1], side[2] - 0.012)], 0.014, wood, 8)))
    bows, long = int(rng.integers(2, 5)), float(rng.uniform(0.4, 0.6))
    s = np.linspace(0, 1, 20)
    cord = np.stack([0.09 * np.sin(2 * np.pi * s * 1.2), foot[1] - long * s, -0.03 * s], -1)
    parts.append(tube(cord, 0.011, wood, 6))
    for i in range(bows):
        at = cord[int(19 * (i + 0.8) / bows) if i < bows - 1 else 19]
        wing = sheet(
            [(0, 0.01, 0), (0.075, 0.045, 0), (0.075, -0.045, 0), (0, -0.01, 0)], 0.022, second if i % 2 else first
        )
        parts.append(both_sides(wing).rotate_deg(z=20).move_to(at))
    captions = [
        "kite",
        f"{first.name} kite",
        text,
        f"{text} and a tail of {COUNT_WORDS[bows]} bows"
        if " with " in text
        else f"{text} with {COUNT_WORDS[bows]} bows on its tail",
    ]
    return made("kite", "toy", "prop", parts, captions)
