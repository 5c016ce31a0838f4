"""Birds, a penguin and a bath duck."""

import numpy as np

from gen4d.data.makers.curves import smooth
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import choose, contrast, paint
from gen4d.data.makers.quadrupeds import vary
from gen4d.data.makers.shapes import (
    ball,
    both_sides,
    box,
    cone,
    ellipsoid,
    fuselage,
    hull,
    join,
    lathe,
    limb,
    slab,
    torus,
)


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
                at + np.array([0, head * 0.8, 0]),
                at + np.array([0, head * (1.3 + 0.15 * i), -head * (0.2 + 0.35 * i)]),
                0.035,
                0.014,
                wing,
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
