"""Fish, birds, snakes, spiders and cuddly toys."""

import numpy as np

from gen4d.data.makers.curves import smooth
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import choose, contrast, paint
from gen4d.data.makers.quadrupeds import vary
from gen4d.data.makers.shapes import (
    ball,
    both_sides,
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
    tall, wide = vary(rng, tall), vary(rng, wide)
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
                ball(eye, white, 14).move(*at),
                ball(eye * 0.62, black, 12).move(*(at + np.array([eye * 0.52, 0.0, eye * 0.25]))),
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


def snake(rng: np.random.Generator) -> MadeObject:
    """A snake in waves along the ground or coiled, its head raised and facing +Z."""
    main = choose(rng, "green", "green", "dark green", "brown", "tan", "red", "yellow", surprise=0.15)
    second = contrast(rng, main, "yellow", "black", "white", "dark green", "orange", "brown")
    coiled = rng.random() < 0.45
    n, thick = 90, float(rng.uniform(0.05, 0.065)) if coiled else float(rng.uniform(0.06, 0.085))
    t = np.linspace(0, 1, n)
    if coiled:
        turns = float(rng.uniform(2.0, 2.6))
        a = 2 * np.pi * turns * (1 - t[: n - 20] / t[n - 21])
        r = 0.36 - 0.22 * t[: n - 20] / t[n - 21]
        coil = np.stack([r * np.sin(a), thick + 0.12 * (t[: n - 20] / t[n - 21]) ** 2, r * np.cos(a)], -1)
        last = coil[-1]
        neck = smooth(
            [last, last + np.array([0.1, 0.03, 0.0]), (0.1, 0.3, -0.1), (0.0, 0.42, 0.0), (0, 0.43, 0.14)], 24
        )[1:]
        path = np.concatenate([coil, neck])
    else:
        waves, swing = pick(rng, 1.5, 2.0, 2.5), float(rng.uniform(0.1, 0.17))
        z = -0.6 + 1.0 * t
        path = np.stack([swing * np.sin(2 * np.pi * waves * t) * np.minimum(1, (1 - t) * 5), np.full(n, thick), z], -1)
        up = smooth([path[-1], (0, thick + 0.09, 0.46), (0, 0.28, 0.46), (0, 0.32, 0.56)], 16)[1:]
        path = np.concatenate([path, up])
    n = len(path)
    s = np.linspace(0, 1, n)
    radius = thick * np.interp(s, [0, 0.04, 0.3, 0.8, 0.95, 1], [0.15, 0.35, 1, 1, 0.7, 0.72])
    pattern = pick(rng, "banded", "plain", "diamond")
    period = int(rng.integers(5, 9))
    bands = [second if pattern == "banded" and i % period < period // 3 else main for i in range(n - 1)]
    body = tube(path, radius, bands, 12)
    if pattern == "diamond":
        knots = path[:: period + 1] + np.array([0, thick * 0.9, 0])
        body = body.paint_where(lambda c: np.linalg.norm(c[:, None] - knots, axis=2).min(1) < thick * 0.85, second)
    end = path[-1]
    dark, white = paint(rng, "black"), paint(rng, "white")
    w = thick * 1.35
    parts = [body, ellipsoid(w, w * 0.75, w * 1.6, main, 18).move_to(end).move(z=w * 0.7)]
    eye = join(ball(w * 0.32, white, 10), ball(w * 0.2, dark, 8).move(w * 0.12, 0.02 * w, w * 0.16))
    parts.append(both_sides(eye.move(w * 0.62, w * 0.5, w * 1.05)).move_to(end))
    red = paint(rng, "red")
    parts.append(
        join(
            limb((0, 0, 0), (0, -0.01, 0.08), 0.014, 0.014, red),
            both_sides(limb((0, -0.01, 0.08), (0.03, -0.015, 0.13), 0.014, 0.009, red)),
        )
        .move_to(end)
        .move(y=-w * 0.15, z=w * 2.1)
    )
    captions = [
        "snake",
        f"{main.name} snake",
        f"{'coiled' if coiled else 'winding'} {main.name} snake with its tongue out",
    ]
    if pattern != "plain":
        captions.append(f"{main.name} snake with {second.name} {'bands' if pattern == 'banded' else 'spots'}")
    captions.append(f"{'coiled' if coiled else 'crawling'} cartoon snake")
    return made("snake", "animal", "snake", parts, captions)


def spider(rng: np.random.Generator) -> MadeObject:
    """A spider: two body parts, eight bent legs, several eyes."""
    main = choose(rng, "black", "black", "brown", "dark grey", "dark brown", surprise=0.2)
    mark = contrast(rng, main, "red", "yellow", "orange", "white")
    leg_paint = main.shade(-0.2) if rng.random() < 0.65 else mark
    fat, reach = vary(rng, 0.22, 0.15), vary(rng, 0.46, 0.15)
    parts = [
        ellipsoid(fat, fat * 0.88, fat * 1.2, main, 24).move(y=0.26, z=-0.24),
        ellipsoid(0.14, 0.11, 0.16, main.shade(0.06), 18).move(y=0.22, z=0.1),
    ]
    marked = pick(rng, "", "stripe", "dots")
    if marked == "stripe":
        parts[0] = parts[0].paint_where(lambda c: (np.abs(c[:, 0]) < fat * 0.22) & (c[:, 1] > 0.26), mark)
    elif marked == "dots":
        parts += [
            ellipsoid(0.045, 0.02, 0.045, mark, 10).move(0, 0.26 + fat * 0.86, -0.24),
            both_sides(ellipsoid(0.035, 0.02, 0.035, mark, 10).move(fat * 0.5, 0.26 + fat * 0.72, -0.3)),
        ]
    thick, knee = float(rng.uniform(0.022, 0.032)), float(rng.uniform(0.3, 0.45))
    for i, angle in enumerate((38, 72, 108, 142)):
        a = np.radians(angle)
        out = np.array([np.sin(a), 0, np.cos(a)])
        long = reach * (1.15 if i in (0, 3) else 1.0)
        hip, bend, foot = (
            out * 0.1 + [0, 0.22, 0.08],
            out * long * 0.55 + [0, knee, 0.06],
            out * long + [0, thick, 0.06],
        )
        parts.append(
            both_sides(
                join(limb(hip, bend, thick * 1.15, thick, leg_paint), limb(bend, foot, thick, thick * 0.6, leg_paint))
            )
        )
    white, dark = paint(rng, "white") if main.name != "white" else paint(rng, "red"), paint(rng, "black")
    big = join(ball(0.05, white, 12), ball(0.03, dark, 10).move(z=0.03))
    parts += [both_sides(big.move(0.055, 0.27, 0.22)), both_sides(ball(0.022, white, 8).move(0.11, 0.28, 0.18))]
    parts.append(both_sides(limb((0.04, 0.17, 0.22), (0.03, 0.1, 0.27), 0.025, 0.012, mark)))
    captions = [
        "spider",
        f"{main.name} spider",
        f"{main.name} spider with eight {leg_paint.name} legs",
        f"{'fat' if fat > 0.23 else 'small'} {main.name} spider",
    ]
    if marked:
        captions.append(
            f"{main.name} spider with {f'a {mark.name} stripe' if marked == 'stripe' else f'{mark.name} dots'}"
        )
    return made("spider", "animal", "spider", parts, captions)


def teddy_bear(rng: np.random.Generator) -> MadeObject:
    """A teddy bear, sitting or standing, with round ears, a light muzzle, and a bow or a heart."""
    fur = choose(rng, "brown", "tan", "beige", "dark brown", "white", "grey", surprise=0.12)
    light = contrast(rng, fur, "beige", "cream", "tan") if fur.name not in ("white", "beige") else fur.shade(-0.12)
    dark, fat = paint(rng, "black"), vary(rng, 0.25, 0.12)
    head, tall = vary(rng, 0.24), vary(rng, 0.3)
    hy = tall * 1.55 + head * 0.6
    sitting = rng.random() < 0.6
    parts = [
        ellipsoid(fat, tall, fat * 0.9, fur, 22).move(y=tall * 0.92),
        ellipsoid(fat * 0.68, tall * 0.68, fat * 0.4, light, 18).move(y=tall * 0.86, z=fat * 0.6),
    ]
    parts += [
        ellipsoid(head * 1.06, head, head * 0.95, fur, 22).move(y=hy),
        ellipsoid(head * 0.45, head * 0.36, head * 0.36, light, 16).move(y=hy - head * 0.25, z=head * 0.82),
    ]
    parts.append(ellipsoid(head * 0.17, head * 0.12, head * 0.1, dark, 12).move(y=hy - head * 0.1, z=head * 1.16))
    parts.append(both_sides(ball(head * 0.12, dark, 12).move(head * 0.38, hy + head * 0.18, head * 0.85)))
    ear = join(
        ellipsoid(head * 0.4, head * 0.4, head * 0.22, fur, 16),
        ellipsoid(head * 0.25, head * 0.25, head * 0.12, light, 12).move(z=head * 0.14),
    )
    parts.append(both_sides(ear.move(head * 0.78, hy + head * 0.74, 0)))
    drop = float(rng.uniform(25, 60))
    a = np.radians(drop)
    shoulder, along = np.array([fat * 0.8, tall * 1.4, 0.03]), np.array([np.cos(a), -np.sin(a), 0.45])
    parts.append(both_sides(limb(shoulder, shoulder + along * 0.24, 0.095, 0.1, fur)))
    if sitting:
        leg = join(
            limb((fat * 0.5, 0.12, fat * 0.4), (fat * 0.85, 0.12, fat + 0.2), 0.115, 0.115, fur),
            ellipsoid(0.085, 0.085, 0.03, light, 14).move(fat * 0.87, 0.12, fat + 0.3),
        )
    else:
        leg = join(
            limb((fat * 0.52, 0.16, 0), (fat * 0.6, -0.22, 0), 0.12, 0.105, fur),
            ellipsoid(0.11, 0.08, 0.15, light, 14).move(fat * 0.6, -0.27, 0.04),
        )
    parts.append(both_sides(leg))
    captions = [
        "teddy bear",
        f"{fur.name} teddy bear",
        f"{'sitting' if sitting else 'standing'} {fur.name} teddy bear",
        f"{fur.name} teddy bear with a {light.name} belly",
    ]
    if rng.random() < 0.55:
        ribbon = contrast(rng, fur, "red", "blue", "pink", "green", "yellow", "purple")
        loop = hull(
            [
                (0, 0.015, 0.02),
                (0, -0.015, 0.02),
                (0, 0, -0.02),
                (0.13, 0.075, 0.02),
                (0.13, -0.075, 0.02),
                (0.13, 0.07, -0.03),
                (0.13, -0.07, -0.03),
            ],
            ribbon,
        )
        parts.append(join(both_sides(loop), ball(0.035, ribbon.shade(-0.15), 10)).move(y=tall * 1.62, z=fat * 0.95))
        captions.append(f"{fur.name} teddy bear with a {ribbon.name} bow")
    return made("teddy_bear", "toy", "biped", parts, captions)
