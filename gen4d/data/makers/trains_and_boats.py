"""Trains, ships and submarines."""

import numpy as np

from gen4d.data.articles import COUNT_WORDS
from gen4d.data.makers.curves import smooth
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import Paint, choose, contrast, paint
from gen4d.data.makers.shapes import (
    Part,
    both_sides,
    box,
    cylinder,
    dome,
    ellipsoid,
    extrude,
    fuselage,
    hull,
    join,
    lathe,
    loft,
    sheet,
    slab,
    torus,
    tube,
)


def locomotive(rng: np.random.Generator) -> MadeObject:
    """A steam locomotive facing +Z: boiler, chimney, dome, cab, wheels with rods, cow-catcher."""
    body = choose(rng, "red", "blue", "black", "dark green", "green", "purple", "yellow")
    trim = contrast(rng, body, "gold", "red", "yellow", "silver", "black")
    dark, hub = paint(rng, "dark grey"), contrast(rng, body, "red", "grey", "gold", "silver")
    r, long = float(rng.uniform(0.13, 0.165)), float(rng.uniform(0.48, 0.6))
    y, front = 0.33, 0.4
    rear = front - long
    boiler = lathe(
        [(0.0, -long / 2), (r, -long / 2), (r, long / 2 - 0.02), (r * 0.9, long / 2), (0.0, long / 2 + 0.01)],
        [body, body, dark, dark],
        26,
    )
    parts = [boiler.rotate_deg(x=90).move(y=y, z=(front + rear) / 2)]
    parts += [
        torus(r * 1.01, 0.013, trim, 26, 6).rotate_deg(x=90).move(y=y, z=z)
        for z in np.linspace(rear + 0.08, front - 0.06, pick(rng, 2, 3, 4))
    ]
    stack, tall = pick(rng, "straight", "funnel"), float(rng.uniform(0.16, 0.24))
    top = (
        lathe([(0.045, 0), (0.045, tall), (0.06, tall), (0.06, tall + 0.035)], [dark, dark, trim])
        if stack == "straight"
        else lathe([(0.04, 0), (0.045, tall * 0.5), (0.1, tall), (0.06, tall + 0.04)], [dark, dark, trim])
    )
    parts += [
        top.move(y=y + r * 0.9, z=front - 0.1),
        cylinder(0.05, 0.09, trim, 16).move(y=y + r, z=front - 0.26),
        dome(0.05, 0.05, trim, 16).move(y=y + r + 0.045, z=front - 0.26),
    ]
    cab_w, cab_d, cab_h = 2 * r + 0.1, float(rng.uniform(0.2, 0.26)), float(rng.uniform(0.36, 0.44))
    cz, cy = rear - cab_d / 2 + 0.02, y - 0.12
    parts += [
        box(cab_w, cab_h, cab_d, body, 0.008).move(y=cy + cab_h / 2, z=cz),
        box(cab_w + 0.08, 0.035, cab_d + 0.1, trim, 0.01).move(y=cy + cab_h + 0.01, z=cz),
    ]
    glass = paint(rng, "light blue")
    parts.append(both_sides(box(0.02, cab_h * 0.34, cab_d * 0.55, glass).move(cab_w / 2, cy + cab_h * 0.68, cz)))
    parts.append(
        both_sides(box(0.075, cab_h * 0.24, 0.02, glass).move(cab_w * 0.33, cy + cab_h * 0.78, cz + cab_d / 2))
    )
    parts.append(
        box(2 * r, 0.07, front - rear + cab_d + 0.06, dark).move(y=y - r - 0.02, z=(front + rear - cab_d) / 2 + 0.03)
    )
    big, x = 0.105, r + 0.015
    zs = [rear - 0.06, rear + 0.16, front - 0.2 if long > 0.54 else rear + 0.38]
    disc = [
        (0.0, -0.025),
        (0.03, -0.03),
        (big * 0.72, -0.015),
        (big, -0.025),
        (big, 0.025),
        (big * 0.72, 0.015),
        (0.03, 0.03),
        (0.0, 0.025),
    ]
    wheel = lathe(disc, [hub, hub, dark, dark, dark, hub, hub], 20).rotate_deg(z=90)
    parts += [both_sides(wheel.move(x, big, z)) for z in zs[: pick(rng, 2, 3)]]
    parts.append(both_sides(cylinder(0.06, 0.045, hub, 16).rotate_deg(z=90).move(x, 0.06, front - 0.03)))
    parts.append(
        both_sides(
            box(0.022, 0.03, zs[-1] - zs[0] + 0.06, paint(rng, "silver")).move(x + 0.035, big, (zs[0] + zs[-1]) / 2)
        )
    )
    parts.append(
        hull(
            [
                (-0.17, 0.16, front),
                (0.17, 0.16, front),
                (-0.14, 0.03, front),
                (0.14, 0.03, front),
                (-0.03, 0.03, front + 0.15),
                (0.03, 0.03, front + 0.15),
                (0, 0.13, front + 0.04),
            ],
            trim,
        )
    )
    parts += [
        cylinder(0.045, 0.05, paint(rng, "yellow"), 16).rotate_deg(x=90).move(y=y + r * 0.3, z=front + 0.01),
        box(2 * r + 0.06, 0.05, 0.03, paint(rng, "red") if body.name != "red" else dark).move(y=y - r, z=front + 0.005),
    ]
    captions = [
        "train",
        "steam locomotive",
        f"{body.name} steam locomotive",
        f"{body.name} train engine with {trim.name} trim",
        f"{body.name} toy train with a {'funnel' if stack == 'funnel' else 'straight'} chimney",
    ]
    return made("locomotive", "train", "vehicle", parts, captions)


def _hull(long: float, w: float, deep: float, paints: list[Paint]) -> Part:
    """A boat's hull, its bow to +Z and its deck at y = 0, in two bands of paint."""
    rings = []
    for t, s in zip(
        np.linspace(-0.5, 0.5, 11), (0.78, 0.9, 0.97, 1.0, 1.0, 0.97, 0.88, 0.72, 0.5, 0.26, 0.02), strict=True
    ):
        sheer = 0.04 * deep / 0.2 * max(0.0, t * 2) ** 2 + 0.03 * max(0.0, t)
        half, low = w / 2 * s, -deep * (1 - 0.55 * max(0.0, t * 2) ** 3)
        rings.append(
            [
                (half, sheer, t * long),
                (half * 0.97, low * 0.35, t * long),
                (half * 0.75, low * 0.7, t * long),
                (half * 0.25, low, t * long),
                (-half * 0.25, low, t * long),
                (-half * 0.75, low * 0.7, t * long),
                (-half * 0.97, low * 0.35, t * long),
                (-half, sheer, t * long),
            ]
        )
    return loft(rings, paints[0]).paint_where(lambda c: c[:, 1] < -deep * 0.42, paints[1])


def sailboat(rng: np.random.Generator) -> MadeObject:
    """A sailing boat: a hull with a deck, a mast, a mainsail, often a jib and a pennant."""
    color = choose(rng, "white", "blue", "red", "brown", "navy", "teal", "yellow")
    low = contrast(rng, color, "red", "blue", "dark red", "white", "black")
    sail = choose(rng, "white", "white", "cream", surprise=0.35)
    wood, long, w, deep = (
        choose(rng, "tan", "brown", "beige"),
        float(rng.uniform(0.75, 0.95)),
        float(rng.uniform(0.26, 0.34)),
        float(rng.uniform(0.14, 0.19)),
    )
    parts = [_hull(long, w, deep, [color, low])]
    parts.append(
        slab(
            [
                (-w * 0.36, -long * 0.46),
                (w * 0.36, -long * 0.46),
                (w * 0.44, 0),
                (w * 0.28, long * 0.28),
                (0, long * 0.46),
                (-w * 0.28, long * 0.28),
                (-w * 0.44, 0),
            ],
            0.03,
            wood,
        ).move(y=0.012)
    )
    tall, at = float(rng.uniform(0.85, 1.05)), long * 0.08
    parts.append(tube([(0, -0.02, at), (0, tall, at)], [0.02, 0.013], wood, 10))
    boom, foot, t, billow = long * 0.5, 0.12, 0.022, float(rng.uniform(0.02, 0.07))
    parts.append(tube([(0, foot - 0.03, at), (0, foot - 0.03, at - boom)], 0.014, wood, 8))
    head, tack, clew = (
        np.array([0, tall * 0.97, at - 0.02]),
        np.array([0, foot, at - 0.02]),
        np.array([0, foot, at - boom]),
    )
    striped = rng.random() < 0.35
    second = contrast(rng, sail, "red", "blue", "yellow", "green") if striped else sail
    rows = 6
    for i in range(rows):
        a, b = i / rows, (i + 1) / rows
        corners = [
            tack + (head - tack) * a,
            clew + (head - clew) * a,
            clew + (head - clew) * b,
            tack + (head - tack) * b,
        ]
        bulge = [np.array([billow * np.sin(np.pi * u), 0, 0]) for u in (a, a, b, b)]
        points = [c + d for c, d in zip(corners, bulge, strict=True)]
        parts.append(sheet(points if i < rows - 1 else points[:3], t, second if i % 2 else sail))
    jib = rng.random() < 0.75
    jib_paint = sail if rng.random() < 0.6 else contrast(rng, sail, "red", "blue", "yellow", "orange")
    if jib:
        parts.append(
            sheet([(0, tall * 0.8, at + 0.04), (billow, foot, at + 0.06), (0, 0.08, long * 0.47)], t, jib_paint)
        )
    cabin = rng.random() < 0.5
    if cabin:
        parts += [
            box(w * 0.5, 0.1, long * 0.24, contrast(rng, color, "white", "cream", "tan"), 0.015).move(
                y=0.06, z=-long * 0.02
            ),
            both_sides(box(0.02, 0.04, 0.06, paint(rng, "navy")).move(w * 0.25, 0.07, -long * 0.02)),
        ]
    flag = contrast(rng, sail, "red", "blue", "yellow")
    parts.append(sheet([(0, tall + 0.01, at), (0, tall - 0.07, at), (0, tall - 0.03, at - 0.14)], t, flag))
    parts.append(
        extrude(
            [(long * 0.42, 0.0), (long * 0.5, 0.0), (long * 0.5, -deep * 1.1), (long * 0.43, -deep * 1.1)], 0.025, wood
        ).rotate_deg(y=90)
    )
    captions = [
        "sailboat",
        f"{color.name} sailboat",
        f"{color.name} sailing boat with {sail.name if not striped else 'striped'} sails",
        f"small {color.name} sailboat with a {flag.name} flag",
    ]
    if striped:
        captions.append(f"{color.name} boat with a {sail.name} and {second.name} sail")
    if jib and jib_paint is not sail:
        captions[2] = f"{color.name} sailing boat with a {jib_paint.name} jib"
    return made("sailboat", "boat", "vehicle", parts, captions)


def ship(rng: np.random.Generator) -> MadeObject:
    """A steamer or tug with a bridge and one to three funnels."""
    color = choose(rng, "red", "blue", "black", "white", "navy", "orange", "dark green")
    low, upper = (
        contrast(rng, color, "dark red", "black", "navy", "white"),
        contrast(rng, color, "white", "cream", "white"),
    )
    tug = rng.random() < 0.45
    long, w, deep = (0.8, 0.36, 0.2) if tug else (1.0, float(rng.uniform(0.22, 0.28)), 0.16)
    parts = [
        _hull(long, w, deep, [color, low]),
        box(w * 0.84, 0.03, long * 0.72, paint(rng, "tan")).move(y=0.01, z=-long * 0.1),
    ]
    glass = choose(rng, "light blue", "navy")
    decks = pick(rng, 1, 2) if tug else pick(rng, 2, 3)
    y, d, wide, z = 0.02, long * (0.34 if tug else 0.56), w * 0.66, -long * 0.06
    for _ in range(decks):
        parts += [
            box(wide, 0.1, d, upper, 0.008).move(y=y + 0.05, z=z),
            box(wide + 0.03, 0.018, d + 0.03, upper.shade(-0.12)).move(y=y + 0.1, z=z),
        ]
        count = max(3, int(d / 0.08))
        parts += [
            both_sides(box(0.016, 0.035, 0.035, glass).move(wide / 2, y + 0.055, z + d * (i + 0.5) / count - d / 2))
            for i in range(count)
        ]
        y, d, wide, z = y + 0.11, d * 0.78, wide * 0.86, z + 0.015
    bridge_d = d * 0.4
    parts += [
        box(wide, 0.09, bridge_d, upper).move(y=y + 0.045, z=z + d * 0.28),
        box(wide * 1.02, 0.035, bridge_d * 1.03, glass).move(y=y + 0.055, z=z + d * 0.28),
        box(wide * 1.15, 0.02, bridge_d * 1.2, color.shade(-0.1)).move(y=y + 0.095, z=z + d * 0.28),
    ]
    funnels, chimney = (1 if tug else pick(rng, 1, 2, 3)), contrast(rng, upper, "red", "orange", "black", "blue")
    band = contrast(rng, chimney, "white", "black", "yellow")
    for i in range(funnels):
        one = lathe([(0.045, 0), (0.045, 0.1), (0.045, 0.14), (0.045, 0.2)], [chimney, band, paint(rng, "black")], 16)
        parts.append(one.rotate_deg(x=-8).move(y=y - 0.02, z=z + d * 0.02 - 0.12 * i))
    parts.append(cylinder(0.012, 0.2, paint(rng, "brown"), 8).move(y=0.12, z=long * 0.3))
    if not tug:
        parts += [
            both_sides(
                cylinder(0.016, 0.02, paint(rng, "cream") if color.name not in ("white",) else glass, 10)
                .rotate_deg(z=90)
                .move(w * 0.485, -deep * 0.18, t * long)
            )
            for t in np.linspace(-0.35, 0.12, 7)
        ]
    stacks = f"{COUNT_WORDS[funnels]} {chimney.name} funnel{'s' if funnels > 1 else ''}"
    name = "tugboat" if tug else "ship"
    captions = [
        name,
        f"{color.name} {name}",
        f"{color.name} {'tugboat' if tug else 'steamship'} with {stacks}",
        f"{color.name} boat with a {upper.name} cabin",
    ]
    return made("ship", "boat", "vehicle", parts, captions)


def submarine(rng: np.random.Generator) -> MadeObject:
    """A toy submarine facing +Z: hull, tower, periscope, portholes, fins and a propeller."""
    body = choose(rng, "yellow", "yellow", "grey", "blue", "red", "orange", "teal", "dark grey")
    trim = contrast(rng, body, "red", "orange", "white", "navy", "dark grey", "yellow")
    dark, glass = contrast(rng, body, "dark grey", "grey"), paint(rng, "light blue")
    w = float(rng.uniform(0.26, 0.38))
    stations = [
        (-0.5, 0.05),
        (-0.42, 0.4),
        (-0.28, 0.8),
        (-0.1, 1.0),
        (0.18, 1.0),
        (0.34, 0.86),
        (0.44, 0.55),
        (0.49, 0.2),
        (0.5, 0.02),
    ]
    bands = [trim if i == 0 else body for i in range(8)]
    parts = [fuselage([(z, w * s, w * s, 0) for z, s in stations], bands, 2.0, 24)]
    h, d = float(rng.uniform(0.13, 0.2)), float(rng.uniform(0.2, 0.28))
    tower = (
        fuselage([(0, d, w * 0.42, 0), (h + w * 0.3, d * 0.9, w * 0.38, 0)], trim if rng.random() < 0.5 else body, 2.4)
        .rotate_deg(x=-90)
        .rotate_deg(y=90)
    )
    top = w * 0.2 + h + w * 0.3
    parts += [
        tower.move(y=w * 0.2, z=0.04),
        tube(
            smooth([(0, top - 0.05, 0.06), (0, top + 0.1, 0.06), (0, top + 0.15, 0.09), (0, top + 0.15, 0.15)], 12),
            0.02,
            dark,
            10,
        ),
        cylinder(0.03, 0.03, glass, 12).rotate_deg(x=90).move(y=top + 0.15, z=0.155),
    ]
    count = pick(rng, 2, 3, 4)
    for z in np.linspace(-0.16, 0.26, count):
        at = w * float(np.interp(z, [s[0] for s in stations], [s[1] for s in stations])) / 2
        port = join(torus(0.05, 0.015, dark, 20, 6), cylinder(0.048, 0.02, glass, 18)).rotate_deg(z=-90)
        parts.append(both_sides(port.move(at * 0.985, 0.03, float(z))))
    fin = slab([(0, 0.05), (0.17, -0.02), (0.17, -0.1), (0, -0.1)], 0.025, trim)
    parts += [
        both_sides(fin.move(x=0.04, z=-0.36)),
        fin.rotate_deg(z=90).move(y=0.04, z=-0.36),
        fin.rotate_deg(z=-90).move(y=-0.04, z=-0.36),
    ]
    blade = ellipsoid(0.035, 0.085, 0.012, dark, 10).rotate_deg(y=25).move(y=0.08)
    parts += [blade.rotate_deg(z=120 * i).move(z=-0.54) for i in range(3)]
    parts += [
        cylinder(0.025, 0.1, dark, 12).rotate_deg(x=90).move(z=-0.52),
        both_sides(
            slab([(0, 0.06), (0.1, 0.02), (0.1, -0.04), (0, -0.06)], 0.025, trim).move(x=w * 0.46, z=0.26, y=-0.04)
        ),
    ]
    captions = [
        "submarine",
        f"{body.name} submarine",
        f"{body.name} submarine with {COUNT_WORDS[count]} round windows on each side",
        f"{body.name} toy submarine with a periscope",
        f"{body.name} submarine with {trim.name} fins",
    ]
    return made("submarine", "boat", "vehicle", parts, captions)
