"""Vehicles on land and water."""

import numpy as np

from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import Paint, choose, contrast, paint
from gen4d.data.makers.shapes import (
    Part,
    both_sides,
    box,
    cylinder,
    ellipsoid,
    extrude,
    hull,
    join,
    lathe,
    taper_box,
    torus,
    tube,
)


def _wheel(radius: float, width: float, tyre: Paint, hub: Paint) -> Part:
    """A wheel whose axle lies along X."""
    w, r = width / 2, radius
    profile = [(0, -w * 0.7), (r * 0.55, -w * 0.8), (r * 0.62, -w), (r * 0.93, -w), (r, -w * 0.6)]
    profile += [(x, -y) for x, y in profile[::-1]]
    bands = [hub, hub] + [tyre] * 5 + [hub, hub]
    return lathe(profile, bands, 20).rotate_deg(z=90)


def _axles(radius: float, width: float, track: float, zs: list[float], tyre: Paint, hub: Paint) -> list[Part]:
    """A pair of wheels standing on y = 0 at each z."""
    return [both_sides(_wheel(radius, width, tyre, hub).move(track / 2, radius, z)) for z in zs]


def car(rng: np.random.Generator) -> MadeObject:
    """A car facing +Z: hatchback, sedan, pickup, van, beetle-like or sports car, taxi or police."""
    body = choose(
        rng, "red", "blue", "yellow", "white", "black", "green", "silver", "orange", "light blue", "grey", "teal"
    )
    style = pick(rng, "hatchback", "sedan", "sports car", "van", "pickup truck")
    length, width = 1.0, float(rng.uniform(0.42, 0.5))
    wheel = float(rng.uniform(0.095, 0.12))
    belt = float(rng.uniform(0.26, 0.31)) - (0.05 if style == "sports car" else 0.0)
    roof = belt + {"hatchback": 0.19, "sedan": 0.17, "sports car": 0.13, "van": 0.26, "pickup truck": 0.19}[style]
    floor = wheel * 0.75
    half = length / 2
    # The cabin's four corners along z: rear bottom, rear top, front top, front bottom.
    cabin = {
        "hatchback": (-0.46, -0.36, 0.05, 0.22),
        "sedan": (-0.32, -0.18, 0.06, 0.24),
        "sports car": (-0.36, -0.14, 0.0, 0.2),
        "van": (-0.48, -0.46, 0.22, 0.38),
        "pickup truck": (-0.08, -0.04, 0.14, 0.26),
    }[style]
    hood = belt - float(rng.uniform(0.02, 0.06))
    outline = [
        (-half, floor),
        (half, floor),
        (half, hood - 0.05),
        (half - 0.06, hood),
        (cabin[3], belt),
        (-half + 0.04, belt),
        (-half, belt - 0.06),
    ]
    low = _side_profile(outline, width, body, 0.03)
    parts = [low]
    glass, dark = choose(rng, "light blue", "dark grey", "navy"), paint(rng, "dark grey")
    inset = width * 0.86
    cabin_part = hull(
        [(i * inset / 2, belt - 0.02, z) for i in (-1, 1) for z in (cabin[0], cabin[3])]
        + [(i * inset * 0.41, roof - 0.02, z) for i in (-1, 1) for z in (cabin[1], cabin[2])],
        glass,
    )
    parts += [cabin_part]
    roof_length = cabin[2] - cabin[1]
    parts.append(
        box(inset * 0.84, 0.035, roof_length + 0.02, body, 0.012).move(y=roof - 0.01, z=(cabin[1] + cabin[2]) / 2)
    )
    for front, back in ((cabin[3], cabin[2]), (cabin[0], cabin[1])):
        pillar = tube([(inset * 0.495, belt - 0.02, front), (inset * 0.405, roof - 0.02, back)], 0.016, body, 6)
        parts.append(both_sides(pillar))
    middle = (cabin[1] + cabin[2]) / 2
    parts.append(
        both_sides(tube([(inset * 0.495, belt - 0.02, middle), (inset * 0.41, roof - 0.02, middle)], 0.016, body, 6))
    )
    if style == "pickup truck":
        bed = (-half + 0.04, cabin[0])
        parts.append(box(width * 0.8, 0.02, bed[1] - bed[0] - 0.04, dark).move(y=belt + 0.005, z=sum(bed) / 2))
        parts.append(
            both_sides(box(0.03, 0.07, bed[1] - bed[0], body).move(width / 2 - 0.02, belt + 0.02, sum(bed) / 2))
        )
        parts.append(box(width, 0.07, 0.03, body).move(y=belt + 0.02, z=bed[0]))
    hub = choose(rng, "silver", "light grey", "white")
    parts += _axles(wheel, 0.09, width - 0.03, [-0.29, 0.3], paint(rng, "black"), hub)
    lamp, tail, chrome = paint(rng, "cream"), paint(rng, "red"), paint(rng, "silver")
    parts.append(
        both_sides(cylinder(0.035, 0.03, lamp, 14).rotate_deg(x=90).move(width * 0.34, (floor + hood) / 2 + 0.03, half))
    )
    parts.append(both_sides(box(0.07, 0.05, 0.03, tail).move(width * 0.36, belt - 0.09, -half)))
    parts.append(box(width * 0.36, 0.05, 0.025, dark).move(y=(floor + hood) / 2 + 0.02, z=half))
    for z in (-half, half):
        parts.append(
            box(width * 0.98, 0.045, 0.05, chrome if rng.random() < 0.5 else dark, 0.01).move(y=floor + 0.03, z=z)
        )
    parts.append(both_sides(box(0.02, 0.016, 0.05, chrome).move(width / 2, belt - 0.04, middle - 0.06)))
    parts.append(both_sides(box(0.05, 0.035, 0.03, body).move(width / 2, belt + 0.03, cabin[3] - 0.05)))
    special = _car_extras(rng, parts, body, style, width, roof, middle, belt)
    captions = [
        "car",
        f"{body.name} car",
        f"{body.name} {style}",
        f"{body.name} {style} with {hub.name} wheel rims",
        *special,
    ]
    return made("car", "car", "vehicle", parts, captions)


def _car_extras(
    rng: np.random.Generator,
    parts: list[Part],
    body: Paint,
    style: str,
    width: float,
    roof: float,
    middle: float,
    belt: float,
) -> list[str]:
    """Add a taxi sign, a police light, a roof rack or racing stripes now and then; the captions they earn."""
    draw = rng.random()
    if body.name == "yellow" and draw < 0.5 and style in ("sedan", "hatchback"):
        parts.append(box(0.16, 0.06, 0.08, paint(rng, "white"), 0.01).move(y=roof + 0.03, z=middle))
        return ["yellow taxi", "yellow taxi cab with a sign on the roof"]
    if body.name in ("white", "black", "blue") and draw < 0.4 and style in ("sedan", "hatchback"):
        parts += [
            box(0.11, 0.05, 0.07, paint(rng, n), 0.01).move(x, roof + 0.03, middle)
            for n, x in (("red", -0.06), ("blue", 0.06))
        ]
        return ["police car", f"{body.name} police car with red and blue lights"]
    if style == "sports car" and draw < 0.5:
        stripe = contrast(rng, body, "white", "black", "red", "yellow")
        parts += [
            both_sides(box(0.045, 0.012, 0.28, stripe).move(0.05, belt - 0.025, 0.34).rotate_deg(x=5).move(y=0.028))
        ]
        parts += [both_sides(box(0.045, 0.045, (0.14), stripe).move(0.05, roof - 0.01, middle))]
        parts += [box(width * 0.9, 0.018, 0.09, body).move(y=belt + 0.08, z=-0.45)]
        parts += [both_sides(box(0.025, 0.09, 0.05, body).move(width * 0.3, belt + 0.03, -0.45))]
        return [f"{body.name} race car with {stripe.name} stripes and a spoiler"]
    return []


def _side_profile(outline: list[tuple[float, float]], width: float, color: Paint, bevel: float) -> Part:
    """A convex-ish side view of (z, y) points as thick as the car, its edges drawn in towards the sides."""
    points = np.array(outline)
    middle = points.mean(0)
    inner = middle + (points - middle) * (1 - 2 * bevel)
    full, side = width / 2 - bevel, width / 2
    corners = [(i * full, y, z) for i in (-1, 1) for z, y in points] + [
        (i * side, y, z) for i in (-1, 1) for z, y in inner
    ]
    return hull(corners, color)


def truck(rng: np.random.Generator) -> MadeObject:
    """A lorry facing +Z: box, dump, tank, log or fire truck."""
    kind = pick(rng, "box truck", "dump truck", "tanker truck", "fire truck", "flatbed truck")
    cab = (
        paint(rng, "red")
        if kind == "fire truck"
        else choose(rng, "red", "blue", "yellow", "green", "white", "orange", "teal", "black")
    )
    load = (
        cab
        if kind == "fire truck"
        else contrast(rng, cab, "white", "grey", "yellow", "blue", "orange", "light grey", "green")
    )
    dark, glass, hub = paint(rng, "dark grey"), choose(rng, "light blue", "navy"), choose(rng, "silver", "light grey")
    w, r = float(rng.uniform(0.3, 0.36)), float(rng.uniform(0.075, 0.09))
    long, tall = float(rng.uniform(0.56, 0.7)), float(rng.uniform(0.32, 0.44))
    front, floor = 0.5, r * 1.35
    cab_d, cab_h = float(rng.uniform(0.22, 0.27)), float(rng.uniform(0.3, 0.36))
    back = front - cab_d - 0.03 - long
    parts = [box(w * 0.7, 0.06, front - back, dark).move(y=floor, z=(front + back) / 2)]
    y0, z0 = floor + 0.02, front - cab_d / 2
    lean = float(rng.uniform(0.02, 0.08))
    corners = [
        (i * w / 2, y, z)
        for i in (-1, 1)
        for y, z in (
            (y0, front),
            (y0, front - cab_d),
            (y0 + cab_h, front - cab_d),
            (y0 + cab_h, front - lean),
            (y0 + cab_h * 0.5, front),
        )
    ]
    parts.append(hull(corners, cab))
    slope = np.degrees(np.arctan2(lean, cab_h * 0.5))
    parts.append(
        box(w * 0.84, cab_h * 0.38, 0.025, glass).rotate_deg(x=-slope).move(y=y0 + cab_h * 0.73, z=front - lean * 0.47)
    )
    parts.append(both_sides(box(0.02, cab_h * 0.34, cab_d * 0.5, glass).move(w / 2, y0 + cab_h * 0.7, z0 + 0.01)))
    parts.append(
        both_sides(cylinder(0.03, 0.03, paint(rng, "cream"), 14).rotate_deg(x=90).move(w * 0.36, y0 + 0.08, front))
    )
    parts += [
        box(w * 0.4, 0.08, 0.025, dark).move(y=y0 + 0.1, z=front),
        box(w * 1.02, 0.05, 0.05, hub, 0.01).move(y=y0 + 0.0, z=front),
    ]
    parts += [
        both_sides(box(0.04, 0.08, 0.03, dark).move(w / 2 + 0.03, y0 + cab_h * 0.68, front - 0.05)),
        box(w, 0.04, 0.03, paint(rng, "red")).move(y=floor + 0.01, z=back),
    ]
    middle = back + long / 2
    name = kind
    if kind == "box truck":
        parts += [
            box(w * 1.08, tall, long, load, 0.01).move(y=y0 + tall / 2 + 0.02, z=middle),
            both_sides(box(0.02, 0.07, long * 0.96, cab).move(w * 0.54, y0 + tall * 0.45, middle)),
        ]
    elif kind == "dump truck":
        tub = [(-long / 2, 0.05), (long / 2, 0.0), (long / 2 + 0.03, tall * 0.62), (-long / 2 - 0.02, tall * 0.5)]
        parts.append(extrude([(-z, y) for z, y in tub], w * 1.08, load).rotate_deg(y=90).move(y=y0 + 0.02, z=middle))
        sand = choose(rng, "brown", "tan", "grey")
        parts.append(ellipsoid(w * 0.5, tall * 0.32, long * 0.46, sand, 12).move(y=y0 + tall * 0.52, z=middle))
        parts += [
            both_sides(box(0.025, tall * 0.46, 0.04, load.shade(-0.2)).move(w * 0.55, y0 + tall * 0.3, middle + d))
            for d in (-long * 0.28, 0, long * 0.28)
        ]
    elif kind == "tanker truck":
        tank = lathe(
            [
                (0, -long / 2),
                (w * 0.35, -long / 2),
                (w * 0.52, -long / 2 + 0.04),
                (w * 0.52, long / 2 - 0.04),
                (w * 0.35, long / 2),
            ],
            [load] * 4,
            24,
        ).rotate_deg(x=90)
        parts.append(tank.move(y=y0 + w * 0.54, z=middle))
        parts += [
            torus(w * 0.525, 0.014, cab, 24, 6).rotate_deg(x=90).move(y=y0 + w * 0.54, z=middle + d)
            for d in (-long * 0.28, 0, long * 0.28)
        ]
        parts.append(cylinder(0.06, 0.05, dark, 14).move(y=y0 + w * 1.06, z=middle))
    elif kind == "fire truck":
        parts += [
            box(w, tall * 0.78, long, cab, 0.01).move(y=y0 + tall * 0.39 + 0.02, z=middle),
            both_sides(box(0.02, 0.05, long * 0.98, paint(rng, "white")).move(w / 2, y0 + tall * 0.3, middle)),
        ]
        silver = paint(rng, "silver")
        rails = join(
            both_sides(box(0.03, 0.03, long * 1.15, silver).move(x=0.07)),
            *(box(0.14, 0.024, 0.03, silver).move(z=z) for z in np.linspace(-long * 0.5, long * 0.5, 7)),
        )
        parts += [
            rails.rotate_deg(x=-4).move(y=y0 + tall * 0.86, z=middle + 0.03),
            box(w * 0.7, 0.05, 0.06, paint(rng, "blue")).move(y=y0 + cab_h + 0.02, z=z0),
        ]
        parts.append(
            both_sides(
                box(0.02, tall * 0.24, long * 0.24, paint(rng, "light grey")).move(
                    w / 2, y0 + tall * 0.56, middle - long * 0.2
                )
            )
        )
    else:
        parts.append(box(w * 1.05, 0.05, long, load).move(y=y0 + 0.04, z=middle))
        wood = choose(rng, "brown", "tan")
        for x, y in ((-0.28, 0.0), (0.0, 0.0), (0.28, 0.0), (-0.14, 0.24), (0.14, 0.24)):
            log = lathe(
                [(0, -long * 0.48), (w * 0.14, -long * 0.48), (w * 0.14, long * 0.48), (0, long * 0.48)],
                [wood.shade(0.4), wood, wood.shade(0.4)],
                14,
            )
            parts.append(log.rotate_deg(x=90).move(x * w, y0 + 0.11 + y * w, middle))
        name = "logging truck"
    zs = [front - cab_d * 0.55, back + long * 0.18, back + long * 0.42]
    parts += _axles(r, 0.08, w * 0.96, zs if rng.random() < 0.7 else zs[:2], paint(rng, "black"), hub)
    captions = ["truck", f"{cab.name} truck", name if kind == "fire truck" else f"{cab.name} {name}"]
    look = {
        "box truck": f"{cab.name} delivery truck with a {load.name} box",
        "dump truck": f"{cab.name} dump truck with a {load.name} bed",
        "tanker truck": f"{cab.name} truck with a {load.name} tank",
        "fire truck": "red fire engine with a ladder",
        "flatbed truck": f"{cab.name} truck carrying logs",
    }
    captions.append(look[kind])
    return made("truck", "truck", "vehicle", parts, captions)


def tractor(rng: np.random.Generator) -> MadeObject:
    """A farm tractor facing +Z: large rear wheels, a hood, a cab or a seat, a chimney."""
    body = choose(rng, "red", "green", "blue", "orange", "yellow")
    hub = contrast(rng, body, "yellow", "white", "red", "silver")
    dark, glass, tyre = paint(rng, "dark grey"), paint(rng, "light blue"), paint(rng, "black")
    big, small, w = float(rng.uniform(0.24, 0.28)), float(rng.uniform(0.12, 0.16)), 0.24
    hood = float(rng.uniform(0.4, 0.48))
    parts = [box(w, 0.2, hood, body, 0.025).move(y=0.34, z=0.22), box(w * 0.8, 0.1, 0.8, dark).move(y=0.22, z=0.05)]
    parts += [
        box(w * 0.8, 0.15, 0.02, dark).move(y=0.35, z=0.22 + hood / 2),
        both_sides(
            cylinder(0.03, 0.03, paint(rng, "cream"), 12).rotate_deg(x=90).move(w * 0.33, 0.4, 0.225 + hood / 2)
        ),
    ]
    parts += [
        both_sides(box(0.015, 0.03, hood * 0.7, hub).move(w / 2, 0.38, 0.22)),
        cylinder(0.024, 0.24, dark, 10).move(x=w * 0.25, y=0.52, z=0.26),
    ]
    closed = rng.random() < 0.65
    if closed:
        parts += [
            taper_box((0.3, 0.3), (0.26, 0.25), 0.3, glass).move(y=0.42, z=-0.14),
            box(0.34, 0.045, 0.36, body, 0.015).move(y=0.73, z=-0.14),
        ]
        posts = tube([(0.148, 0.42, 0.008), (0.13, 0.72, -0.015)], 0.016, body, 6)
        parts += [
            both_sides(posts),
            both_sides(posts.move(z=0.14).scale(1, 1, -1).move(z=-0.14)),
            box(0.31, 0.1, 0.31, body).move(y=0.4, z=-0.14),
        ]
    else:
        parts += [
            box(0.2, 0.05, 0.18, dark, 0.015).move(y=0.42, z=-0.2),
            box(0.2, 0.2, 0.04, dark, 0.015).rotate_deg(x=-8).move(y=0.52, z=-0.3),
        ]
        parts += [
            tube([(0, 0.42, 0.0), (0, 0.56, -0.06)], 0.016, dark, 8),
            torus(0.075, 0.014, dark, 20, 6).rotate_deg(x=25).move(y=0.57, z=-0.065),
        ]
    fender = [(big * 1.1 * np.cos(a), big * 1.1 * np.sin(a)) for a in np.radians(np.linspace(10, 165, 12))]
    inner = [(x * 0.9, y * 0.9) for x, y in fender[::-1]]
    parts.append(both_sides(extrude(fender + inner, 0.13, body).rotate_deg(y=90).move(0.21, big, -0.16)))
    parts.append(both_sides(_wheel(big, 0.13, tyre, hub).move(0.22, big, -0.16)))
    parts.append(both_sides(_wheel(small, 0.09, tyre, hub).move(0.18, small, 0.32)))
    captions = ["tractor", f"{body.name} tractor", f"{body.name} farm tractor with {hub.name} wheels"]
    captions.append(
        f"{body.name} tractor with a closed cab" if closed else f"open {body.name} tractor with a steering wheel"
    )
    return made("tractor", "vehicle", "vehicle", parts, captions)
