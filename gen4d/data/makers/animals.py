"""Four-legged animals, one recipe with the proportions of many species, and fish."""

from dataclasses import dataclass

import numpy as np

from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import Paint, choose, contrast, paint
from gen4d.data.makers.shapes import (
    Part,
    ball,
    both_sides,
    cone,
    ellipsoid,
    extrude,
    fuselage,
    hull,
    join,
    limb,
    sheet,
    torus,
    tube,
)


@dataclass(frozen=True)
class Build:
    """Proportions of a four-legged animal; lengths in units of its trunk's length.

    Fields:
        chest, belly, rump: height of the trunk there.
        width: width of the trunk over its height.
        leg, leg_radius: length and radius.
        neck, neck_deg: length and slope above the horizontal.
        head: radius. head_shape: (x, y, z) stretch.
        snout: length, radius, drop below the head's centre.
        tail: length; tail_deg: slope at its root, above straight back.
    """

    chest: float
    belly: float
    rump: float
    width: float
    leg: float
    leg_radius: float
    neck: float
    neck_deg: float
    head: float
    head_shape: tuple[float, float, float]
    snout: tuple[float, float, float]
    tail: float
    tail_deg: float


@dataclass(frozen=True)
class Coat:
    """Paints of an animal."""

    main: Paint
    light: Paint
    paw: Paint
    nose: Paint
    dark: Paint


def _vary(rng: np.random.Generator, value: float, part: float = 0.1) -> float:
    return float(value * rng.uniform(1 - part, 1 + part))


def _frame(rng: np.random.Generator, b: Build, coat: Coat) -> tuple[list[Part], np.ndarray, float]:
    """Trunk, legs, neck, head, snout, eyes; also the head's centre and its radius."""
    leg, r = _vary(rng, b.leg, 0.14), _vary(rng, b.leg_radius)
    chest, belly, rump = _vary(rng, b.chest), _vary(rng, b.belly), _vary(rng, b.rump)
    y = leg + chest * 0.4
    stations = []
    for z, h in zip(
        (-0.5, -0.46, -0.36, -0.15, 0.1, 0.33, 0.45, 0.5), (0.02, 0.5, 0.85, 1, 1, 1, 0.62, 0.02), strict=True
    ):
        tall = float(np.interp(z, [-0.3, 0.0, 0.3], [rump, belly, chest])) * h
        stations.append((z, tall * b.width, tall, y))
    trunk = fuselage(stations, coat.main, 2.2)
    trunk = trunk.paint_where(lambda c: c[:, 1] < y - 0.3 * chest, coat.light)
    parts = [trunk]
    across = b.width * chest * 0.5 - r * 0.9
    for z, lean in ((0.33, 0.0), (-0.34, -0.03)):
        hip = (across, y - 0.02, z)
        foot = (across, r * 0.8, z + lean)
        leg_part = join(
            limb(hip, foot, r * 1.35, r * 0.85, coat.main),
            ellipsoid(r * 1.1, r * 0.75, r * 1.35, coat.paw, 14).move(foot[0], r * 0.75, foot[2] + r * 0.3),
        )
        parts.append(both_sides(leg_part))
    slope = np.radians(b.neck_deg + rng.uniform(-8, 8))
    root = np.array([0.0, y + chest * 0.12, 0.36])
    head = _vary(rng, b.head)
    center = root + _vary(rng, b.neck) * np.array([0, np.sin(slope), np.cos(slope)])
    parts.append(limb(root, center, chest * 0.36 * min(1.0, b.width * 1.2), head * 0.68, coat.main))
    sx, sy, sz = b.head_shape
    parts.append(ellipsoid(head * sx, head * sy, head * sz, coat.main).move(*center))
    length, thick, drop = b.snout
    start, end = (
        center + [0, -drop * head, head * 0.4],
        center + [0, -(drop + 0.12) * head, head * sz * 0.75 + length * head],
    )
    parts.append(limb(start, end, thick * head * 1.1, thick * head * 0.9, coat.light))
    return parts, center, head


def _eyes(center: np.ndarray, head: float, b: Build, size: float, dark: Paint, white: Paint | None) -> Part:
    sx, sy, sz = b.head_shape
    n = np.array([0.5, 0.33, 0.8])
    at = center + n / np.linalg.norm(n) * head * np.array([sx, sy, sz]) * 0.97
    eye = ball(size * head, dark, 12).move(*at)
    if white is not None:
        eye = join(
            ball(size * head * 1.35, white, 12).move(*(at - [0, 0, size * head * 0.55])), eye.move(z=size * head * 0.25)
        )
    return both_sides(eye)


def _nose(center: np.ndarray, head: float, b: Build, size: float, color: Paint) -> Part:
    length, thick, drop = b.snout
    tip = center + [
        0,
        -(drop + 0.12) * head + thick * head * 0.45,
        head * b.head_shape[2] * 0.75 + length * head + thick * head * 0.75,
    ]
    return ellipsoid(size * head * 1.25, size * head * 0.85, size * head * 0.7, color, 12).move(*tip)


def _tail(b: Build, y: float, thick: float, color: Paint, tip: Paint, curl: float = 0.0) -> Part:
    a = np.radians(b.tail_deg)
    points, here, count = [], np.array([0.0, y, -0.44]), 9
    for _i in range(count):
        points.append(here)
        here = here + b.tail / count * np.array([0, np.sin(a), -np.cos(a)])
        a += curl / count
    return join(
        tube(points, np.linspace(thick, thick * 0.6, count), color, 10), ball(thick * 0.72, tip, 10).move(*points[-1])
    )


def dog(rng: np.random.Generator) -> MadeObject:
    """A cartoon dog: floppy or pointed ears, patches, often a collar."""
    b = pick(
        rng,
        Build(0.5, 0.42, 0.42, 0.8, 0.42, 0.085, 0.3, 62, 0.27, (0.95, 0.92, 1.0), (0.35, 0.5, 0.25), 0.42, 55),
        Build(0.46, 0.36, 0.38, 0.75, 0.58, 0.07, 0.36, 60, 0.23, (0.9, 0.92, 1.05), (0.55, 0.45, 0.2), 0.5, 35),
        Build(0.44, 0.42, 0.42, 0.85, 0.2, 0.08, 0.27, 58, 0.25, (0.92, 0.9, 1.0), (0.6, 0.45, 0.25), 0.4, 40),
        Build(0.52, 0.48, 0.48, 0.85, 0.32, 0.09, 0.26, 66, 0.33, (1.0, 0.95, 0.95), (0.25, 0.48, 0.3), 0.35, 70),
    )
    short = b.leg < 0.25
    main = choose(rng, "brown", "tan", "white", "black", "grey", "cream", "orange", "dark brown", surprise=0.06)
    light = choose(rng, "white", "cream", "beige") if rng.random() < 0.6 else main.shade(0.12)
    dark = paint(rng, "black")
    coat = Coat(main, light, light, dark, dark)
    parts, c, h = _frame(rng, b, coat)
    white = paint(rng, "white")
    parts += [
        _eyes(
            c,
            h,
            b,
            0.13,
            dark if main.name != "black" else white,
            white if rng.random() < 0.4 and main.name != "black" else None,
        ),
        _nose(c, h, b, 0.2, dark if main.name != "black" else paint(rng, "dark grey")),
    ]
    ear = pick(rng, "floppy", "pointed")
    ear_paint = contrast(rng, main, "dark brown", "brown", "black", "white") if rng.random() < 0.5 else main.shade(-0.2)
    if ear == "floppy":
        lobe = (
            ellipsoid(h * 0.14, h * 0.55, h * 0.32, ear_paint, 14)
            .rotate_deg(z=16)
            .move(*(c + [h * 0.93, h * 0.05, -h * 0.05]))
        )
    else:
        lobe = (
            hull([*(cone(h * 0.32, h * 0.75, ear_paint, h * 0.05, 12).scale(1, 1, 0.45).vertices)], ear_paint)
            .rotate_deg(z=-16)
            .move(*(c + [h * 0.5, h * 0.6, 0]))
        )
    parts.append(both_sides(lobe))
    top = float(np.interp(0, [0], [b.leg + b.chest * 0.55]))
    parts.append(_tail(b, top, 0.06, main, light, curl=pick(rng, 0.0, 1.2, 2.5)))
    captions = [
        "dog",
        f"{main.name} dog",
        f"{main.name} dog with {ear} ears",
        f"cartoon {'sausage dog' if short else 'puppy'}",
    ]
    if rng.random() < 0.5:
        collar = contrast(rng, main, "red", "blue", "green", "yellow", "purple")
        a = np.radians(b.neck_deg)
        ring = torus(b.chest * 0.33, 0.04, collar).rotate_deg(x=90 - b.neck_deg)
        root = c - np.array([0, np.sin(a), np.cos(a)]) * h * 0.95
        parts += [
            ring.move(*root),
            ball(0.045, paint(rng, "gold"), 10).move(*(root + [0, -b.chest * 0.25, b.chest * 0.33])),
        ]
        captions.append(f"{main.name} dog with a {collar.name} collar")
    if rng.random() < 0.35:
        spot = contrast(rng, main, "dark brown", "black", "white", "tan")
        seeds = rng.uniform([-0.3, 0.3, -0.4], [0.3, 1.2, 0.4], (7, 3))
        parts[0] = parts[0].paint_where(lambda p: np.linalg.norm(p[:, None] - seeds, axis=2).min(1) < 0.2, spot)
        captions.append(f"{main.name} dog with {spot.name} patches")
    return made("dog", "animal", "quadruped", parts, captions)


def cat(rng: np.random.Generator) -> MadeObject:
    """A cartoon cat: pointed ears, a long raised tail, whiskers' muzzle, often stripes."""
    b = pick(
        rng,
        Build(0.38, 0.36, 0.36, 0.82, 0.38, 0.06, 0.27, 58, 0.24, (1.1, 0.92, 0.9), (0.02, 0.38, 0.28), 0.75, 70),
        Build(0.44, 0.46, 0.42, 0.92, 0.28, 0.07, 0.22, 58, 0.28, (1.15, 0.92, 0.88), (0.0, 0.36, 0.3), 0.6, 80),
    )
    main = choose(rng, "orange", "grey", "black", "white", "brown", "cream", "dark grey", "tan", surprise=0.05)
    light = choose(rng, "white", "cream") if rng.random() < 0.55 else main.shade(0.15)
    dark, pink = paint(rng, "black"), paint(rng, "pink")
    parts, c, h = _frame(rng, b, Coat(main, light, light, pink, dark))
    iris = choose(rng, "light green", "yellow", "light blue")
    parts += [_eyes(c, h, b, 0.12, dark, iris), _nose(c, h, b, 0.13, pink)]
    for size, color, z in ((1.0, main, 0.0), (0.62, pink, 0.07)):
        ear = cone(h * 0.36 * size, h * 0.68 * size, color, 0.01, 12).scale(1, 1, 0.4)
        parts.append(both_sides(ear.rotate_deg(z=-18).move(*(c + [h * 0.6, h * 0.58, z * h + 0.02]))))
    tip = light if rng.random() < 0.3 else main
    parts.append(_tail(b, b.leg + b.chest * 0.5, 0.048, main, tip, curl=pick(rng, 0.0, -0.7, 1.2)))
    captions = [
        "cat",
        f"{main.name} cat",
        f"{main.name} cat with {iris.name} eyes",
        f"cartoon {main.name} kitten with a raised tail",
    ]
    if rng.random() < 0.45:
        stripe = main.shade(-0.4) if main.name not in ("black", "dark grey") else paint(rng, "grey")
        phase = rng.uniform(0, 0.15)
        parts[0] = parts[0].paint_where(
            lambda p: (((p[:, 2] + phase) % 0.2) < 0.075) & (p[:, 1] > b.leg + b.chest * 0.3), stripe
        )
        for i in (-1, 0, 1):
            parts.append(
                ellipsoid(h * 0.07, h * 0.06, h * 0.32, stripe, 10)
                .rotate_deg(x=55)
                .move(*(c + [i * h * 0.22, h * 0.74, h * 0.38]))
            )
        captions.append(f"striped {main.name} cat")
    return made("cat", "animal", "quadruped", parts, captions)


def fish(rng: np.random.Generator) -> MadeObject:
    """A cartoon fish facing +Z: body, tail fin, back and side fins, big eyes, stripes or two tones."""
    main = choose(rng, "orange", "blue", "yellow", "red", "purple", "teal", "pink", "silver", "green")
    fin = (
        contrast(rng, main, "yellow", "white", "orange", "navy", "red", "light blue")
        if rng.random() < 0.7
        else main.shade(-0.2)
    )
    shape = pick(rng, "round", "slender", "tall")
    tall, wide = {"round": (0.5, 0.36), "slender": (0.3, 0.2), "tall": (0.66, 0.22)}[shape]
    tall, wide = _vary(rng, tall), _vary(rng, wide)
    zs = np.array([-0.4, -0.36, -0.26, -0.1, 0.1, 0.26, 0.36, 0.42, 0.45])
    hs = np.array([0.1, 0.2, 0.42, 0.86, 1.0, 0.86, 0.58, 0.3, 0.04])
    fine = np.linspace(zs[0], zs[-1], 25)
    h = np.interp(fine, zs, hs)
    h = np.convolve(np.pad(h, 1, mode="edge"), [0.25, 0.5, 0.25], "valid")
    stripes = pick(rng, 0, 0, 2, 3)
    second = contrast(rng, main, "white", "black", "yellow", "navy", "light blue")
    places = np.linspace(-0.2, 0.24, stripes) if stripes else np.array([])
    bands = [second if len(places) and np.abs(places - z).min() < 0.045 else main for z in (fine[1:] + fine[:-1]) / 2]
    body = fuselage([(z, wide * k, tall * k, 0.0) for z, k in zip(fine, h, strict=True)], bands)
    belly = rng.random() < 0.5 and not stripes
    if belly:
        body = body.paint_where(lambda c: c[:, 1] < -0.18 * tall, paint(rng, "white"))
    parts, t = [body], 0.035
    fork = rng.uniform(0.02, 0.14)
    spread = tall * rng.uniform(0.36, 0.5) + 0.06
    tail = [(0.34, 0.05), (0.62, spread), (0.62 - fork, 0.0), (0.62, -spread), (0.34, -0.05)]
    parts.append(extrude(tail, t, fin).rotate_deg(y=90))
    high = tall * 0.42
    back = rng.uniform(0.1, 0.2)
    dorsal = [
        (-0.18, high * 0.75),
        (0.0, high + back),
        (0.2, high + back * 0.8),
        (0.22, high * 0.55),
        (0.0, high * 0.6),
    ]
    parts.append(extrude(dorsal, t, fin).rotate_deg(y=90))
    parts.append(
        extrude([(-0.02, -high * 0.8), (0.14, -high - back * 0.7), (0.2, -high * 0.5)], t, fin).rotate_deg(y=90)
    )
    side = sheet([(0, 0, 0.05), (0.14, -0.1, -0.06), (0.12, 0.0, -0.14), (0, 0.03, -0.02)], t * 0.8, fin)
    parts.append(both_sides(side.move(wide * 0.44, -tall * 0.12, 0.1)))
    eye, at = rng.uniform(0.045, 0.065), np.array([wide * 0.35, tall * 0.13, 0.3])
    white, black = paint(rng, "white"), paint(rng, "black")
    parts.append(
        both_sides(
            join(
                ball(eye, white, 14).move(*at), ball(eye * 0.62, black, 12).move(*(at + [eye * 0.52, 0.0, eye * 0.25]))
            )
        )
    )
    parts.append(torus(0.035, 0.02, main.shade(-0.3), 16, 8).rotate_deg(x=90).move(y=-0.02, z=0.44))
    captions = ["fish", f"{main.name} fish", f"{shape} {main.name} fish with {fin.name} fins"]
    if stripes:
        captions.append(f"{main.name} fish with {second.name} stripes")
    if belly:
        captions.append(f"{main.name} fish with a white belly")
    if main.name in ("orange", "gold"):
        captions.append("goldfish")
    return made("fish", "animal", "fish", parts, captions)
