"""Fish, birds, snakes, spiders and cuddly toys."""

import numpy as np

from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import choose, contrast, paint
from gen4d.data.makers.quadrupeds import vary
from gen4d.data.makers.shapes import (
    ball,
    both_sides,
    box,
    cone,
    ellipsoid,
    extrude,
    fuselage,
    hull,
    join,
    lathe,
    limb,
    sheet,
    slab,
    smooth,
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


def bird(rng: np.random.Generator) -> MadeObject:
    """A small perched bird: folded or spread wings, a crest now and then."""
    main = choose(rng, "blue", "red", "yellow", "green", "brown", "light blue", "black", "white", "orange")
    belly = contrast(rng, main, "white", "cream", "orange", "yellow")
    wing = main.shade(-0.25) if rng.random() < 0.6 else contrast(rng, main, "black", "white", "navy", "brown")
    beak, dark = choose(rng, "orange", "yellow", "dark grey"), paint(rng, "black")
    long, fat = vary(rng, 0.36), vary(rng, 0.23, 0.15)
    body = ellipsoid(fat, fat, long, main, 22).paint_where(lambda c: c[:, 1] < -fat * 0.25, belly).rotate_deg(x=-28)
    head, at = vary(rng, 0.18), np.array([0, 0.27, 0.27])
    parts = [body, ball(head, main, 20).move_to(at)]
    bill = cone(head * 0.36, head * float(rng.uniform(0.6, 1.1)), beak, segments=12).rotate_deg(x=95)
    parts += [bill.move_to(at).move(y=-head * 0.05, z=head * 0.85)]
    eye = join(ball(head * 0.24, paint(rng, "white"), 12), ball(head * 0.15, dark, 10).move(head * 0.1, 0, head * 0.1))
    parts.append(both_sides(eye.move(head * 0.62, head * 0.25, head * 0.6).move_to(at)))
    spread = rng.random() < 0.4
    if spread:
        plan = [(0.0, 0.16), (0.34, 0.12), (0.62, -0.05), (0.56, -0.2), (0.3, -0.22), (0.0, -0.2)]
        parts.append(both_sides(slab(plan, 0.04, wing).rotate_deg(z=18).move(x=fat * 0.6, y=0.07)))
    else:
        parts.append(
            both_sides(
                ellipsoid(0.045, fat * 0.62, long * 0.8, wing, 16).rotate_deg(x=-30).move(x=fat * 0.93, y=0.0, z=-0.06)
            )
        )
    fan = slab([(-0.06, 0.0), (0.06, 0.0), (0.11, -0.34), (0.0, -0.37), (-0.11, -0.34)], 0.04, wing)
    parts.append(fan.rotate_deg(x=float(rng.uniform(-40, -5))).move(y=-0.15, z=-0.26))
    crest = rng.random() < 0.25
    if crest:
        parts += [
            limb(
                at + [0, head * 0.8, 0], at + [0, head * (1.3 + 0.15 * i), -head * (0.2 + 0.35 * i)], 0.035, 0.014, wing
            )
            for i in range(3)
        ]
    for x in (-0.085, 0.085):
        parts.append(limb((x, -fat * 0.7, 0.0), (x, -fat - 0.17, 0.02), 0.02, 0.02, beak))
        parts += [
            limb((x, -fat - 0.17, 0.02), (x + dx, -fat - 0.18, 0.02 + dz), 0.02, 0.015, beak)
            for dx, dz in ((0, 0.12), (0.05, 0.09), (-0.05, 0.09), (0, -0.07))
        ]
    captions = [
        "bird",
        f"{main.name} bird",
        f"{main.name} bird with a {belly.name} belly",
        f"small {main.name} bird with {'spread' if spread else 'folded'} wings",
    ]
    captions.append(f"{main.name} bird with a crest" if crest else f"{main.name} songbird with a {beak.name} beak")
    return made("bird", "animal", "bird", parts, captions)


def rubber_duck(rng: np.random.Generator) -> MadeObject:
    """A bath duck: a round body, a head, a broad bill; sometimes with sunglasses, a hat or a scarf."""
    main, beak = choose(rng, "yellow", "yellow", "yellow", surprise=0.35), choose(rng, "orange", "orange", "red")
    beak = contrast(rng, main, "orange", "red", "yellow") if beak.name == main.name else beak
    dark = paint(rng, "black") if main.name != "black" else paint(rng, "dark grey")
    zs = np.array([-0.5, -0.47, -0.4, -0.25, 0.0, 0.22, 0.36, 0.42, 0.44])
    w = np.array([0.02, 0.1, 0.24, 0.46, 0.62, 0.56, 0.36, 0.16, 0.02]) * vary(rng, 1.0, 0.08)
    y = np.array([0.27, 0.26, 0.2, 0.06, 0.0, 0.0, 0.02, 0.04, 0.04])
    fine = np.linspace(-0.5, 0.44, 22)
    stations = [(z, np.interp(z, zs, w), np.interp(z, zs, w * 0.85), np.interp(z, zs, y)) for z in fine]
    head, at = vary(rng, 0.23), np.array([0, 0.4, 0.2])
    parts = [fuselage(stations, main, 2.2, 24), ball(head, main, 22).move_to(at)]
    bill = join(
        ellipsoid(head * 0.5, head * 0.13, head * 0.5, beak, 16).rotate_deg(x=-8),
        ellipsoid(head * 0.42, head * 0.1, head * 0.42, beak.shade(-0.15), 14).move(y=-head * 0.14).rotate_deg(x=8),
    )
    parts.append(bill.move_to(at).move(y=-head * 0.15, z=head * 0.98))
    eye = join(
        ellipsoid(head * 0.16, head * 0.22, head * 0.1, paint(rng, "white"), 12),
        ball(head * 0.12, dark, 10).move(0, 0.0, head * 0.06),
    )
    parts.append(both_sides(eye.move(head * 0.42, head * 0.28, head * 0.8).move_to(at)))
    parts.append(
        both_sides(
            ellipsoid(0.06, 0.13, 0.2, main.shade(-0.07), 16)
            .rotate_deg(x=14)
            .move(x=float(w.max()) * 0.46, y=0.03, z=-0.08)
        )
    )
    captions = [
        "rubber duck",
        f"{main.name} rubber duck",
        f"{main.name} rubber duck with a {beak.name} bill",
        f"{main.name} bath toy duck",
    ]
    extra = pick(rng, "", "", "", "hat", "scarf")
    color = contrast(rng, main, "red", "blue", "black", "green", "purple")
    if extra == "hat":
        parts += [
            lathe([(head * 0.85, 0), (head * 0.85, 0.025), (head * 0.55, 0.03), (head * 0.55, head * 0.75)], color)
            .move_to(at)
            .move(y=head * 0.78)
        ]
        captions.append(f"{main.name} rubber duck wearing a {color.name} hat")
    elif extra == "scarf":
        parts.append(torus(head * 0.72, 0.05, color).move_to(at).move(y=-head * 0.82, z=-0.01))
        captions.append(f"{main.name} rubber duck with a {color.name} scarf")
    return made("rubber_duck", "toy", "bird", parts, captions)


def penguin(rng: np.random.Generator) -> MadeObject:
    """A standing penguin with a white front, flippers, and often a scarf or a hat."""
    coat = choose(rng, "black", "black", "navy", "dark grey", "blue", surprise=0.05)
    front = choose(rng, "white", "white", "cream")
    beak, dark = choose(rng, "orange", "yellow"), paint(rng, "black")
    fat, tall = vary(rng, 0.28, 0.12), vary(rng, 0.62)
    profile = smooth(
        [
            (0.05, 0.03),
            (fat * 0.95, tall * 0.28),
            (fat * 0.9, tall * 0.6),
            (fat * 0.62, tall * 0.95),
            (0.05, tall * 1.02),
        ],
        18,
    )
    body = lathe(np.maximum(profile, 0.0), coat, 32)
    chest = ellipsoid(fat * 0.74, tall * 0.43, fat * 0.6, front, 24).move(y=tall * 0.46, z=fat * 0.46)
    head, y = vary(rng, 0.2), tall + 0.08
    cheek = both_sides(ellipsoid(head * 0.42, head * 0.52, head * 0.3, front, 16).move(head * 0.36, y, head * 0.72))
    bill = cone(head * 0.26, head * 0.7, beak, segments=12).rotate_deg(x=95).move(y=y - head * 0.1, z=head * 0.85)
    parts = [body, chest, ball(head, coat, 28).move(y=y), cheek, bill]
    parts.append(both_sides(ball(head * 0.13, dark, 12).move(head * 0.36, y + head * 0.14, head * 0.96)))
    lift = float(rng.uniform(8, 50))
    flipper = ellipsoid(0.04, 0.23, 0.1, coat.shade(-0.15), 16).move(y=-0.2).rotate_deg(z=lift)
    parts.append(both_sides(flipper.move(x=fat * 0.82, y=tall * 0.82)))
    parts.append(both_sides(ellipsoid(0.1, 0.04, 0.15, beak, 14).move(x=fat * 0.45, y=0.03, z=0.1)))
    parts.append(
        hull(
            [
                (-0.07, 0.1, -fat * 0.8),
                (0.07, 0.1, -fat * 0.8),
                (-0.05, 0.02, -fat * 1.25),
                (0.05, 0.02, -fat * 1.25),
                (0, 0.22, -fat * 0.75),
            ],
            coat,
        )
    )
    captions = [
        "penguin",
        f"{coat.name} and {front.name} penguin",
        f"penguin with an {beak.name} beak and {beak.name} feet",
        "cartoon penguin standing",
    ]
    if beak.name == "yellow":
        captions[2] = "penguin with a yellow beak and yellow feet"
    extra = pick(rng, "", "", "scarf", "hat")
    color = contrast(rng, coat, "red", "green", "light blue", "yellow")
    if extra == "scarf":
        parts.append(torus(fat * 0.72, 0.05, color).move(y=tall * 0.93))
        parts.append(box(0.1, 0.24, 0.05, color, 0.01).rotate_deg(x=-8).move(0.1, tall * 0.74, fat * 0.86))
        captions.append(f"penguin wearing a {color.name} scarf")
    elif extra == "hat":
        parts += [
            cone(head * 0.92, head * 1.1, color, head * 0.12).move(y=y + head * 0.42),
            ball(head * 0.26, paint(rng, "white"), 12).move(y=y + head * 1.55),
            torus(head * 0.9, head * 0.16, paint(rng, "white")).move(y=y + head * 0.45),
        ]
        captions.append(f"penguin wearing a {color.name} winter hat")
    return made("penguin", "animal", "bird", parts, captions)


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
        neck = smooth([last, last + [0.1, 0.03, 0.0], (0.1, 0.3, -0.1), (0.0, 0.42, 0.0), (0, 0.43, 0.14)], 24)[1:]
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
        knots = path[:: period + 1] + [0, thick * 0.9, 0]
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
            f"{main.name} spider with {'a ' + mark.name + ' stripe' if marked == 'stripe' else mark.name + ' dots'} on its back"
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
