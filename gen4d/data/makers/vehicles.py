"""Vehicles on land and water."""

import numpy as np

from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import Paint, choose, contrast, paint
from gen4d.data.makers.shapes import Part, both_sides, box, cylinder, hull, lathe, tube


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
    window = [(cabin[0], belt - 0.01), (cabin[3], belt - 0.01), (cabin[2], roof - 0.03), (cabin[1], roof - 0.03)]
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
    del window
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
    rng, parts: list[Part], body: Paint, style: str, width: float, roof: float, middle: float, belt: float
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
