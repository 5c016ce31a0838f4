"""Plants and mushrooms."""

import numpy as np

from gen4d.data.articles import COUNT_WORDS
from gen4d.data.makers.curves import arc, smooth
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import Paint, choose, contrast, paint
from gen4d.data.makers.shapes import Part, around_y, ball, cone, cylinder, ellipsoid, join, lathe, loft, tube


def mushroom(rng: np.random.Generator) -> MadeObject:
    """A toadstool or a brown mushroom, alone or with a small one beside it."""
    cap = choose(rng, "red", "red", "brown", "tan", "orange", surprise=0.25)
    stem = choose(rng, "white", "cream", "beige")
    spots = int(rng.integers(6, 13)) if cap.name not in ("brown", "tan", "white") or rng.random() < 0.2 else 0
    spot = contrast(rng, cap, "white", "cream", "yellow")
    shape = pick(rng, "round", "wide", "pointed")
    height = {"round": (0.32, 0.42), "wide": (0.2, 0.28), "pointed": (0.45, 0.6)}[shape]
    one = _mushroom(rng, float(rng.uniform(0.3, 0.42)), float(rng.uniform(*height)), cap, stem, spot, spots)
    parts = [one]
    pair = rng.random() < 0.25
    if pair:
        small = _mushroom(rng, 0.36, float(rng.uniform(*height)), cap, stem, spot, spots)
        parts.append(small.scale(0.5).move(x=pick(rng, -1, 1) * 0.38, z=0.16))
    captions = ["mushroom", f"{cap.name} mushroom", f"mushroom with a {cap.name} cap and a {stem.name} stem"]
    if spots:
        captions.append(f"{cap.name} toadstool with {spot.name} spots")
    captions.append(f"{'two mushrooms with' if pair else 'mushroom with'} {shape} {cap.name} cap{'s' if pair else ''}")
    if not pair:
        captions[-1] = f"mushroom with a {shape} {cap.name} cap"
    return made("mushroom", "mushroom", "plant", parts, captions)


def _mushroom(
    rng: np.random.Generator, radius: float, height: float, cap: Paint, stem: Paint, spot: Paint, spots: int
) -> Part:
    """One mushroom; its spots lie on a spiral over the cap."""
    foot, tall = rng.uniform(0.09, 0.16), rng.uniform(0.35, 0.55)
    parts = [
        lathe(smooth([(foot, 0), (foot * 1.12, 0.06), (foot * 0.8, tall * 0.6), (foot * 0.85, tall + 0.08)], 10), stem)
    ]
    under = stem.shade(-0.1)
    outside = arc(0, 0, 1, -12, 90, 12) * [radius, height] + [0, tall]
    profile = [(0.0, tall + 0.06), (radius * 0.55, tall + 0.02), *outside]
    parts.append(lathe(profile, [under, under] + [cap] * (len(profile) - 3)))
    if rng.random() < 0.4:
        parts.append(cone(foot * 1.7, 0.1, stem, foot * 0.8).move(y=tall * 0.62))
    golden = np.pi * (3 - 5**0.5)
    for i in range(spots):
        up = 0.15 + 0.8 * (i + 0.5) / spots
        angle, across = i * golden + 0.5, np.sqrt(1 - up * up)
        n = np.array([across * np.sin(angle), up, across * np.cos(angle)])
        at = n * [radius, height, radius] * 0.99
        size = rng.uniform(0.03, 0.055)
        disc = ellipsoid(size, 0.018, size, spot, 12)
        tilt = np.degrees(np.arccos(up / np.linalg.norm(n * [height / radius, 1, height / radius]) if height else up))
        parts.append(disc.rotate_deg(x=tilt).rotate_deg(y=np.degrees(angle)).move(at[0], at[1] + tall, at[2]))
    return join(*parts)


def cactus(rng: np.random.Generator) -> MadeObject:
    """A ribbed cactus: with arms, or round, in a pot or bare, often with a flower."""
    skin = choose(rng, "green", "dark green", "light green", "teal")
    style, ribs = pick(rng, "arms", "arms", "round", "column"), 8
    tall = {"arms": float(rng.uniform(0.6, 0.75)), "round": 0.4, "column": float(rng.uniform(0.5, 0.65))}[style]
    r = {"arms": 0.11, "round": 0.26, "column": 0.15}[style]

    def ribbed(radius: float, height: float) -> Part:
        angle = np.arange(ribs * 2) * np.pi / ribs
        wave = 1 + 0.1 * (-1.0) ** np.arange(ribs * 2)
        cut = np.concatenate([arc(0, radius, radius, -80, 0, 4), arc(0, height - radius, radius, 0, 85, 6)])
        if style == "round":
            cut = arc(0, height / 2, radius, -80, 86, 10) * [1, 1]
        return loft(
            [np.stack([q * wave * np.sin(angle), np.full(ribs * 2, y), q * wave * np.cos(angle)], -1) for q, y in cut],
            skin,
        )

    body = ribbed(r, tall)
    facets = (np.arange(len(body.faces)) // 2) % 2 == 0
    parts = [Part(body.vertices, body.faces, np.where(facets[:, None], body.colors, body.colors * 0.86))]
    arms = pick(rng, 1, 2, 2, 3) if style == "arms" else 0
    for i in range(arms):
        y, out, up = tall * float(rng.uniform(0.35, 0.55)), 0.2, float(rng.uniform(0.16, 0.28))
        path = smooth([(0.04, y, 0), (out * 0.7, y, 0), (out, y + 0.08, 0), (out, y + up, 0)], 12)
        arm = join(tube(path, 0.066, skin, 10), ball(0.066, skin, 12).move_to(path[-1]))
        parts.append(arm.rotate_deg(y=(0, 180, 90)[i] + rng.uniform(-15, 15)))
    spine = paint(rng, "cream")
    for i in range(26):
        a, y = np.pi * 2 * (i % 8) / 8, tall * (0.18 + 0.7 * (i / 26))
        at = r * 1.1 if style != "round" else 1.1 * np.sqrt(max(0.0, r * r - (y - tall / 2) ** 2))
        parts.append(
            cone(0.012, 0.05, spine, segments=5).rotate_deg(x=90).move(y=y, z=at - 0.005).rotate_deg(y=np.degrees(a))
        )
    captions = ["cactus", f"{skin.name} cactus"]
    captions.append(
        {
            "arms": f"{skin.name} cactus with {COUNT_WORDS[arms]} arm{'s' if arms != 1 else ''}",
            "round": f"round {skin.name} cactus",
            "column": f"tall {skin.name} cactus",
        }[style]
    )
    top = tall + (r - 0.2 if style == "round" else 0)
    top = tall / 2 + r if style == "round" else tall
    if rng.random() < 0.5:
        flower = choose(rng, "pink", "red", "yellow", "purple")
        parts += [
            around_y(ellipsoid(0.03, 0.02, 0.055, flower, 8).move(z=0.045).rotate_deg(x=-25), 6).move(y=top),
            ball(0.03, paint(rng, "yellow" if flower.name != "yellow" else "orange"), 8).move(y=top + 0.02),
        ]
        captions.append(f"cactus with a {flower.name} flower")
    if rng.random() < 0.6:
        pot = choose(rng, "orange", "brown", "red", "white", "blue", "tan")
        size = r * 1.25 + 0.04
        parts.append(_pot(size, pot).move(y=-size * 1.25))
        captions.append(f"{skin.name} cactus in a {pot.name} pot")
    return made("cactus", "plant", "plant", parts, captions)


def _pot(r: float, color: Paint) -> Part:
    """A flower pot with earth in it, its rim at y = 1.3 r."""
    h, earth = r * 1.3, Paint("dark brown", (0.24, 0.15, 0.1))
    profile = [
        (r * 0.68, 0),
        (r * 0.92, h * 0.74),
        (r * 1.06, h * 0.74),
        (r * 1.08, h),
        (r * 0.94, h),
        (r * 0.9, h * 0.9),
        (0.0, h * 0.93),
    ]
    return lathe(profile, [color, color.shade(-0.2), color.shade(-0.06), color, color.shade(-0.2), earth], 24)


def potted_plant(rng: np.random.Generator) -> MadeObject:
    """A house plant in a pot: upright blades, a bush of round leaves, or broad drooping leaves."""
    leaf, pot = (
        choose(rng, "green", "dark green", "light green", "green"),
        choose(rng, "white", "orange", "brown", "blue", "grey", "yellow", "black", "pink"),
    )
    style = pick(rng, "blades", "bush", "broad")
    size = float(rng.uniform(0.2, 0.27))
    top, parts = size * 1.25, [_pot(size, pot)]
    if style == "blades":
        count = int(rng.integers(7, 12))
        for i in range(count):
            long = float(rng.uniform(0.4, 0.68))
            ts = np.linspace(0, 1, 6)
            rings = [
                [
                    np.array([w, long * t, 0.1 * t * t]),
                    np.array([0, long * t, 0.1 * t * t + 0.018]),
                    np.array([-w, long * t, 0.1 * t * t]),
                    np.array([0, long * t, 0.1 * t * t - 0.018]),
                ]
                for t, w in zip(ts, 0.055 * np.sin(np.pi * (0.25 + 0.74 * ts)), strict=True)
            ]
            blade = loft(rings, [leaf.shade(0.12 * (k % 2)) for k in range(5)])
            parts.append(
                blade.move(z=0.04).rotate_deg(x=float(rng.uniform(0, 22))).rotate_deg(y=137.5 * i).move(y=top - 0.06)
            )
    elif style == "bush":
        stem = paint(rng, "brown")
        parts.append(cylinder(0.03, 0.25, stem, 10).move(y=top + 0.05))
        for i in range(30):
            up, a = 1 - 2 * (i + 0.5) / 30, i * 2.39996
            n = np.array([np.sqrt(1 - up * up) * np.sin(a), up, np.sqrt(1 - up * up) * np.cos(a)])
            one = ellipsoid(0.09, 0.03, 0.075, leaf.shade(0.16 * float(rng.uniform(-1, 1))), 8).rotate_deg(
                x=float(rng.uniform(-40, 40)), z=float(rng.uniform(-40, 40))
            )
            parts.append(one.move_to(n * float(rng.uniform(0.17, 0.25)) + [0, top + 0.3, 0]))
        parts.append(ball(0.19, leaf.shade(-0.25), 14).move(y=top + 0.3))
    else:
        for i in range(int(rng.integers(6, 10))):
            long, lean = float(rng.uniform(0.2, 0.34)), float(rng.uniform(25, 60))
            a = np.radians(lean)
            end = np.array([0, long * np.cos(a), long * np.sin(a)])
            blade = (
                ellipsoid(0.11, 0.02, 0.17, leaf.shade(0.1 * (i % 3 - 1)), 12)
                .move(z=0.13)
                .rotate_deg(x=float(rng.uniform(-25, 25)))
                .move_to(end)
            )
            parts.append(join(tube([(0, 0, 0), end], 0.015, leaf, 6), blade).rotate_deg(y=137.5 * i).move(y=top - 0.03))
    look = {"blades": "long pointed leaves", "bush": "many small leaves", "broad": "broad leaves"}[style]
    captions = [
        "potted plant",
        f"plant in a {pot.name} pot",
        f"{leaf.name} house plant with {look}",
        f"{leaf.name} plant in a {pot.name} flower pot",
    ]
    return made("potted_plant", "plant", "plant", parts, captions)


def flower(rng: np.random.Generator) -> MadeObject:
    """A flower on a stem with leaves: daisy, sunflower or tulip; often in a pot."""
    kind = pick(rng, "daisy", "sunflower", "tulip", "flower")
    petal = choose(
        rng,
        *{
            "daisy": ("white", "pink"),
            "sunflower": ("yellow",),
            "tulip": ("red", "yellow", "pink", "purple", "orange"),
            "flower": ("blue", "red", "purple", "orange", "pink", "light blue"),
        }[kind],
    )
    eye, green = (
        choose(rng, "yellow") if kind in ("daisy", "flower") else choose(rng, "brown", "dark brown"),
        choose(rng, "green", "dark green", "light green"),
    )
    if petal.name == eye.name:
        eye = paint(rng, "brown")
    tall, sway = float(rng.uniform(0.55, 0.8)), float(rng.uniform(-0.06, 0.06))
    path = smooth([(0, 0, 0), (sway, tall * 0.5, 0), (0, tall, 0)], 10)
    parts = [tube(path, 0.022, green, 8)]
    for i in range(pick(rng, 2, 3)):
        blade = ellipsoid(0.05, 0.02, 0.15, green, 12).move(z=0.15).rotate_deg(x=-35)
        parts.append(blade.rotate_deg(y=90 + 150 * i).move(y=tall * (0.2 + 0.16 * i)))
    if kind == "tulip":
        cup = ellipsoid(0.075, 0.17, 0.035, petal, 12).move(y=0.15, z=0.06).rotate_deg(x=8)
        parts += [
            around_y(cup, 3).move(y=tall - 0.03),
            around_y(cup.scale(1.04), 3, 60).move(y=tall - 0.05),
            ellipsoid(0.09, 0.12, 0.09, petal.shade(-0.2), 12).move(y=tall + 0.08),
        ]
        count = 6
    else:
        count = {"daisy": pick(rng, 10, 12, 14), "sunflower": pick(rng, 14, 16), "flower": pick(rng, 5, 6, 7)}[kind]
        core = {"daisy": 0.075, "sunflower": 0.14, "flower": 0.08}[kind]
        long = float(rng.uniform(0.09, 0.13))
        wide = min(0.09, 1.1 * np.pi * (core + long) / count)
        ring = [
            ellipsoid(wide, long, 0.022, petal.shade(0.06 * (i % 2)), 10)
            .move(y=core + long * 0.75)
            .rotate_deg(z=360 * i / count)
            for i in range(count)
        ]
        head = join(*ring, ellipsoid(core, core, 0.045, eye, 18))
        parts.append(head.rotate_deg(x=-float(rng.uniform(0, 40))).move(y=tall + 0.01, z=0.03))
    captions = [
        "flower",
        kind if kind != "flower" else f"{petal.name} flower",
        f"{petal.name} {kind} with {green.name} leaves",
    ]
    if kind != "tulip":
        captions.append(f"{petal.name} {kind} with a {eye.name} centre")
    if rng.random() < 0.45:
        pot = choose(rng, "orange", "brown", "white", "blue", "red", "tan")
        parts.append(_pot(0.17, pot).move(y=-0.2))
        captions.append(f"{petal.name} {kind} in a {pot.name} pot")
    else:
        captions.append(f"single {petal.name} {kind} on a long stem")
    return made("flower", "plant", "plant", parts, captions)
