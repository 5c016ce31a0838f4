"""Things for play, music and wear: balls, instruments, hats, shoes, boards, telescopes."""

import numpy as np

from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import BRIGHT, choose, contrast, paint
from gen4d.data.makers.shapes import (
    Array,
    Part,
    around_y,
    ball,
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
    limb,
    loft,
    sheet,
    slab,
    smooth,
    star_outline,
    torus,
    tube,
)


def play_ball(rng: np.random.Generator) -> MadeObject:
    """A football, a beach ball, a basketball, a tennis ball or a striped ball."""
    kind = pick(rng, "football", "football", "beach ball", "basketball", "tennis ball", "striped ball")
    if kind == "football":
        return _football(rng)
    if kind == "beach ball":
        count = pick(rng, 6, 6, 8)
        names = [n for n in ("red", "white", "yellow", "blue", "orange", "green") if n != "white"]
        colors = [paint(rng, n) for n in rng.permutation(names)[: pick(rng, 1, 2, 3)]]
        paints = [colors[i // 2 % len(colors)] if i % 2 == 0 else paint(rng, "white") for i in range(count)]
        wide, body = 2 * np.pi / count, ball(0.5, paints[0], 48 if count == 6 else 40)
        for k, color in enumerate(paints):
            body = body.paint_where(
                lambda c, k=k: ((np.arctan2(c[:, 0], c[:, 2]) % (2 * np.pi)) // wide).astype(int) == k, color
            )
        caps = [cylinder(0.1, 0.03, paint(rng, "white"), 18).move(y=s * 0.49) for s in (-1, 1)]
        words = " and ".join(dict.fromkeys([*(c.name for c in colors), "white"])) if len(colors) < 3 else "colourful"
        captions = [
            "beach ball",
            "ball",
            f"{words} beach ball",
            f"striped {words} beach ball" if len(colors) < 3 else "beach ball with colourful stripes",
        ]
        return made(
            "play_ball", "ball", "prop", [join(body, *caps).rotate_deg(z=float(rng.uniform(-40, 40)))], captions
        )
    if kind == "basketball":
        color, line = choose(rng, "orange", "orange", "brown"), paint(rng, "black")
        a = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        rings = [torus(0.5, 0.013, line, 48, 6), torus(0.5, 0.013, line, 48, 6).rotate_deg(x=90)]
        side = np.stack([0.27 + 0.09 * np.cos(2 * a), 0.42 * np.sin(a), 0.42 * np.cos(a)], -1)
        side *= 0.5 / np.linalg.norm(side, axis=1, keepdims=True)
        rings.append(both_sides(tube(np.concatenate([side, side[:2]]), 0.013, line, 6)))
        whole = join(ball(0.5, color, 40), *rings).rotate_deg(
            y=float(rng.uniform(0, 90)), z=float(rng.uniform(-30, 30))
        )
        return made(
            "play_ball",
            "ball",
            "prop",
            [whole],
            ["basketball", "ball", f"{color.name} basketball with black lines", f"{color.name} ball for basketball"],
        )
    if kind == "tennis ball":
        color, line = choose(rng, "light green", "yellow"), paint(rng, "white")
        a = np.linspace(0, 2 * np.pi, 64)
        seam = np.stack(
            [
                0.44 * np.cos(a) + 0.06 * np.cos(3 * a),
                0.44 * np.sin(a) - 0.06 * np.sin(3 * a),
                2 * np.sqrt(0.44 * 0.06) * np.sin(2 * a),
            ],
            -1,
        )
        seam *= 0.5 / np.linalg.norm(seam, axis=1, keepdims=True)
        whole = join(ball(0.5, color, 40), tube(seam, 0.02, line, 6)).rotate_deg(
            x=float(rng.uniform(0, 90)), y=float(rng.uniform(0, 90))
        )
        return made(
            "play_ball", "ball", "prop", [whole], ["tennis ball", "ball", f"{color.name} tennis ball with a white line"]
        )
    first = choose(rng, *BRIGHT[:9])
    second = contrast(rng, first, "white", "yellow", "blue", "red")
    body = ball(0.5, first, 40).paint_where(lambda c: np.abs(c[:, 1]) < 0.14, second)
    third = contrast(rng, second, "red", "yellow", "blue")
    star = (
        [extrude(star_outline(5, 0.1, 0.045), 0.06, third).move(z=0.49).rotate_deg(y=72 * i) for i in range(5)]
        if rng.random() < 0.4
        else []
    )
    captions = ["ball", f"{first.name} ball", f"{first.name} toy ball with a {second.name} stripe"]
    if star:
        captions.append(f"{first.name} ball with {third.name} stars")
    return made("play_ball", "ball", "prop", [join(body, *star).rotate_deg(z=float(rng.uniform(-20, 20)))], captions)


def _football(rng: np.random.Generator) -> MadeObject:
    """White with pentagons of another colour around the twelve corners of an icosahedron."""
    base, spot = (
        choose(rng, "white", "white", "white", "yellow", "light blue"),
        choose(rng, "black", "black", "black", "blue", "red"),
    )
    phi = (1 + 5**0.5) / 2
    corners = np.array([p for a in (-1, 1) for b in (-phi, phi) for p in ((0, a, b), (a, b, 0), (b, 0, a))], float)
    corners /= np.linalg.norm(corners, axis=1, keepdims=True)
    parts, seam = [ball(0.5, base, 40)], base.shade(-0.45)
    for p in corners:
        near = corners[np.argsort(-(corners @ p))[1:6]]
        across = near - p * (near @ p)[:, None]
        across /= np.linalg.norm(across, axis=1, keepdims=True)
        flat = 0.5 * p * 0.945 + 0.5 * 0.33 * across
        parts.append(
            hull(
                np.concatenate([flat * 0.99, flat / np.linalg.norm(flat, axis=1, keepdims=True) * 0.507, [p * 0.511]]),
                spot,
            )
        )
        for n in near:
            if tuple(n) > tuple(p):  # each seam once
                t = np.linspace(0.3, 0.7, 5)[:, None]
                line = p + (n - p) * t
                parts.append(tube(line / np.linalg.norm(line, axis=1, keepdims=True) * 0.499, 0.009, seam, 5))
    captions = [
        "football",
        "soccer ball",
        f"{base.name} and {spot.name} football",
        f"{base.name} ball with {spot.name} pentagons",
    ]
    return made(
        "play_ball",
        "ball",
        "prop",
        [join(*parts).rotate_deg(x=float(rng.uniform(0, 60)), y=float(rng.uniform(0, 60)))],
        captions,
    )


def guitar(rng: np.random.Generator) -> MadeObject:
    """A guitar standing upright and facing +Z: acoustic with a sound hole, electric with horns, or a ukulele."""
    kind = pick(rng, "acoustic guitar", "acoustic guitar", "electric guitar", "ukulele")
    top = choose(
        rng,
        *{
            "electric guitar": ("red", "blue", "black", "white", "yellow", "green", "purple"),
            "ukulele": ("tan", "brown", "pink", "light blue", "yellow"),
            "acoustic guitar": ("tan", "orange", "brown", "beige", "black"),
        }[kind],
    )
    side, neck_paint, dark = top.shade(-0.35), choose(rng, "dark brown", "brown"), paint(rng, "black")
    scale = 0.8 if kind == "ukulele" else 1.0
    if kind == "electric guitar":
        knots = [
            (0, -0.3),
            (0.2, -0.26),
            (0.24, -0.1),
            (0.15, 0.04),
            (0.19, 0.16),
            (0.15, 0.27),
            (0.07, 0.2),
            (0.0, 0.17),
            (-0.08, 0.2),
            (-0.17, 0.31),
            (-0.2, 0.2),
            (-0.16, 0.04),
            (-0.24, -0.1),
            (-0.19, -0.26),
            (0, -0.3),
        ]
        deep = 0.08
    else:
        half = [(0, -0.3), (0.17, -0.27), (0.24, -0.12), (0.15, 0.04), (0.18, 0.18), (0.12, 0.26), (0, 0.27)]
        knots = [*half, *((-x, y) for x, y in half[::-1][1:])]
        deep = 0.13
    outline = smooth(knots, 48)[:-1] * [float(rng.uniform(0.92, 1.08)) * scale, scale]
    parts = [extrude(outline, deep, side), extrude(outline * 0.985, deep + 0.024, top)]
    z, string = deep / 2 + 0.012, choose(rng, "silver", "beige")
    long = float(rng.uniform(0.5, 0.6)) * (0.78 if kind == "ukulele" else 1.0)
    root = 0.12 * scale
    parts.append(box(0.062, long + 0.1, 0.05, neck_paint, 0.008).move(y=root + long / 2, z=z - 0.004))
    end = root + long + 0.05
    parts.append(box(0.1, 0.16, 0.04, neck_paint.shade(-0.2), 0.01).rotate_deg(x=-8).move(y=end + 0.07, z=z - 0.012))
    parts += [
        both_sides(
            join(cylinder(0.013, 0.05, string, 8).rotate_deg(z=90), ball(0.02, string, 8).move(x=0.025)).move(
                0.07, end + 0.03 + 0.045 * i, z - 0.01
            )
        )
        for i in range(3)
    ]
    parts += [
        box(0.064, 0.012, 0.012, string).move(y=root + 0.12 + (long - 0.1) * (1 - 0.86**i) * 1.4, z=z + 0.022)
        for i in range(6)
    ]
    bridge = -0.15 * scale
    if kind == "electric guitar":
        plate = contrast(rng, top, "white", "black", "cream")
        parts.append(
            extrude(
                smooth([(0.03, 0.1), (0.13, 0.08), (0.1, -0.05), (0.15, -0.17), (0.03, -0.16), (0.03, 0.1)], 20)[:-1],
                0.02,
                plate,
            ).move(z=z)
        )
        parts += [box(0.1, 0.035, 0.03, dark).move(y=y, z=z + 0.01) for y in (0.06, -0.04)]
        parts += [cylinder(0.022, 0.04, string, 12).rotate_deg(x=90).move(0.12, y, z + 0.01) for y in (-0.12, -0.19)]
    else:
        hole, ring = 0.075 * scale, contrast(rng, top, "dark brown", "white", "black")
        parts += [
            cylinder(hole, 0.02, dark, 24).rotate_deg(x=90).move(y=0.06 * scale, z=z),
            torus(hole * 1.12, 0.011, ring, 28, 6).rotate_deg(x=90).move(y=0.06 * scale, z=z),
        ]
    parts.append(
        box(0.14 * scale, 0.035, 0.035, dark if top.name != "black" else neck_paint).move(y=bridge, z=z + 0.008)
    )
    count = 4 if kind == "ukulele" else 6
    for x in np.linspace(-0.022, 0.022, 4):
        parts.append(
            box(0.006, end + 0.02 - bridge, 0.008, string).move(float(x), (end + 0.02 + bridge) / 2, z + 0.031)
        )
    del count
    captions = [
        kind if kind == "ukulele" else "guitar",
        f"{top.name} {kind}",
        f"{kind} with a {neck_paint.name} neck",
        f"{top.name} {kind} standing upright",
    ]
    return made("guitar", "instrument", "prop", parts, captions)


def drum(rng: np.random.Generator) -> MadeObject:
    """A drum with cords in zigzag, or a bongo; sticks on top of some."""
    shell = choose(rng, "red", "blue", "green", "brown", "purple", "yellow", "white", "teal")
    rim = contrast(rng, shell, "gold", "white", "silver", "yellow", "brown")
    skin = contrast(rng, shell, "cream", "white", "beige")
    r, tall = float(rng.uniform(0.36, 0.46)), float(rng.uniform(0.36, 0.7))
    waist = float(rng.uniform(0.85, 1.0)) if rng.random() < 0.7 else 0.68
    parts = [
        lathe(
            [(r * waist, 0), (r, tall)]
            if waist > 0.8
            else smooth([(r * 0.8, 0), (r * waist, tall * 0.4), (r, tall)], 10),
            shell,
            30,
        )
    ]
    parts += [
        lathe([(r * 1.02, -0.05), (r * 1.07, -0.05), (r * 1.07, 0.03), (r * 1.0, 0.045)], rim, 30).move(y=tall),
        cylinder(r * 0.97, 0.03, skin, 30).move(y=tall + 0.035),
    ]
    low = r * (waist if waist > 0.8 else 0.8)
    parts.append(lathe([(low * 1.0, -0.03), (low * 1.07, -0.03), (low * 1.07, 0.05), (low, 0.05)], rim, 30))
    cords = int(rng.integers(6, 10)) if waist > 0.8 else 0
    cord = contrast(rng, shell, "white", "gold", "yellow", "black")
    for i in range(cords):
        a, b = 2 * np.pi * i / cords, 2 * np.pi * (i + 0.5) / cords
        top, foot = (
            np.array([r * 1.03 * np.sin(a), tall - 0.04, r * 1.03 * np.cos(a)]),
            np.array([low * 1.04 * np.sin(b), 0.04, low * 1.04 * np.cos(b)]),
        )
        after = np.array(
            [r * 1.03 * np.sin(a + 2 * np.pi / cords), tall - 0.04, r * 1.03 * np.cos(a + 2 * np.pi / cords)]
        )
        mid = [(p + q) / 2 * [1.06, 1, 1.06] for p, q in ((top, foot), (foot, after))]
        parts += [tube([top, mid[0], foot], 0.016, cord, 6), tube([foot, mid[1], after], 0.016, cord, 6)]
    sticks = rng.random() < 0.6
    if sticks:
        wood = choose(rng, "tan", "brown", "beige")
        for turn in (30, -25):
            stick = join(limb((-0.42, 0, 0), (0.34, 0, 0), 0.026, 0.02, wood), ball(0.04, wood, 12).move(x=0.36))
            parts.append(stick.rotate_deg(y=turn).move(y=tall + 0.08 + (0.035 if turn > 0 else 0)))
    captions = ["drum", f"{shell.name} drum", f"{shell.name} drum with a {rim.name} rim"]
    if cords:
        captions.append(f"{shell.name} drum with {cord.name} cords")
    captions.append(
        f"{shell.name} drum with two drumsticks" if sticks else f"{'tall' if tall > 0.55 else 'low'} {shell.name} drum"
    )
    return made("drum", "instrument", "prop", parts, captions)


def hat(rng: np.random.Generator) -> MadeObject:
    """A top hat, a witch's or wizard's hat, a cap, a cowboy hat, a straw hat or a party hat."""
    kind = pick(rng, "top hat", "wizard hat", "baseball cap", "cowboy hat", "straw hat", "party hat")
    color = choose(
        rng,
        *{
            "top hat": ("black", "dark grey", "red", "purple"),
            "wizard hat": ("purple", "navy", "black", "blue"),
            "baseball cap": ("red", "blue", "green", "black", "white"),
            "cowboy hat": ("brown", "tan", "black", "white"),
            "straw hat": ("tan", "yellow", "beige"),
            "party hat": ("red", "blue", "yellow", "green", "pink", "purple"),
        }[kind],
    )
    band = contrast(rng, color, "red", "gold", "white", "black", "blue", "yellow")
    text = f"{color.name} {kind} with a {band.name} band"
    if kind == "top hat":
        tall, flare = float(rng.uniform(0.36, 0.55)), float(rng.uniform(0.95, 1.12))
        parts = [
            lathe(
                [
                    (0.27, 0.01),
                    (0.44, 0.0),
                    (0.46, 0.03),
                    (0.44, 0.045),
                    (0.27, 0.03),
                    (0.26 * flare, tall),
                    (0.24 * flare, tall + 0.015),
                ],
                color,
                32,
            ),
            lathe([(0.275, 0.03), (0.272, 0.12)], band, 32),
        ]
    elif kind == "wizard hat":
        lean = float(rng.uniform(-0.25, 0.25))
        path = smooth([(0, 0, 0), (lean * 0.1, 0.35, 0), (lean, 0.8, 0)], 14)
        parts = [
            lathe([(0.2, 0.0), (0.48, -0.03), (0.5, 0.0), (0.46, 0.03), (0.2, 0.04)], color, 32),
            tube(path, np.linspace(0.27, 0.025, 14), color, 24),
        ]
        parts.append(lathe([(0.275, 0.02), (0.255, 0.11)], band, 32))
        stars = rng.random() < 0.5
        if stars:
            glow = contrast(rng, color, "yellow", "white", "gold")
            for i in range(7):
                t = 0.25 + 0.45 * (i * 0.382 % 1)
                at, q = np.array([np.interp(t, np.linspace(0, 1, 14), path[:, k]) for k in range(3)]), 0.27 - 0.245 * t
                one = extrude(star_outline(5, 0.055, 0.025), 0.05, glow).move(z=q - 0.005).rotate_deg(y=137 * i)
                parts.append(one.move_to(at))
            text = f"{color.name} wizard hat with {glow.name} stars"
    elif kind == "baseball cap":
        body = dome(0.34, 0.27, color, 24)
        two = rng.random() < 0.5
        if two:
            body = body.paint_where(lambda c: c[:, 2] > 0.12, band)
        a = np.radians(np.linspace(-62, 62, 13))
        peak = np.concatenate(
            [
                np.stack([0.33 * np.sin(a), 0.3 * np.cos(a)], -1),
                np.stack([0.32 * np.sin(a), 0.24 + 0.36 * np.cos(a)], -1)[::-1],
            ]
        )
        brim = slab(peak, 0.035, band).rotate_deg(x=8).move(y=0.045)
        parts = [
            body,
            brim,
            ball(0.032, band, 10).move(y=0.27),
            torus(0.335, 0.016, color.shade(-0.2), 28, 6).move(y=0.012),
        ]
        text = f"{color.name} baseball cap with a {band.name} peak"
    elif kind == "cowboy hat":
        a = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        rings = []
        for q, y, lift in (
            (0.22, 0.02, 0.0),
            (0.36, 0.0, 0.06),
            (0.5, 0.0, 0.2),
            (0.5, 0.03, 0.2),
            (0.36, 0.035, 0.06),
            (0.22, 0.05, 0.0),
            (0.215, 0.18, 0.0),
            (0.18, 0.29, 0.0),
            (0.08, 0.27, 0.0),
            (0.01, 0.25, 0.0),
        ):
            rings.append(np.stack([q * np.sin(a), y + lift * np.abs(np.sin(a)) ** 3, q * 1.12 * np.cos(a)], -1))
        parts = [loft(rings, color), lathe([(0.228, 0.04), (0.224, 0.09)], band, 32).scale(1, 1, 1.12)]
    elif kind == "straw hat":
        parts = [
            lathe(
                [
                    (0.25, 0.0),
                    (0.5, -0.02),
                    (0.51, 0.0),
                    (0.49, 0.025),
                    (0.25, 0.035),
                    (0.24, 0.12),
                    (0.19, 0.2),
                    (0.0, 0.23),
                ],
                [color if i % 2 else color.shade(-0.1) for i in range(7)],
                32,
            ),
            lathe([(0.258, 0.03), (0.252, 0.095)], band, 32),
        ]
    else:
        tall = float(rng.uniform(0.6, 0.8))
        t = np.linspace(0, 1, 9)
        parts = [
            lathe(np.stack([0.28 * (1 - t), tall * t], -1), [color if i % 2 == 0 else band for i in range(8)], 28),
            ball(0.075, band, 14).move(y=tall),
            torus(0.275, 0.03, band, 28, 8).move(y=0.015),
        ]
        text = f"{color.name} party hat with {band.name} stripes"
    captions = ["hat" if kind != "baseball cap" else "cap", f"{color.name} {kind}", kind, text]
    return made("hat", "clothing", "prop", parts, captions)


def shoes(rng: np.random.Generator) -> MadeObject:
    """A sneaker, a boot or a pair of them, toe to +Z."""
    color = choose(rng, "red", "blue", "white", "black", "green", "brown", "orange", "pink", "yellow", "grey")
    sole, lace = (
        contrast(rng, color, "white", "black", "beige", "brown"),
        contrast(rng, color, "white", "black", "yellow"),
    )
    boot = rng.random() < 0.4
    tall, w = (float(rng.uniform(0.42, 0.6)) if boot else float(rng.uniform(0.24, 0.3))), float(rng.uniform(0.27, 0.31))
    zs = np.array([-0.42, -0.38, -0.25, -0.05, 0.15, 0.32, 0.43, 0.47])
    wide = np.array([0.55, 0.75, 0.85, 0.88, 1.0, 0.98, 0.72, 0.4]) * w
    outline = np.concatenate([np.stack([wide / 2, zs], -1), np.stack([-wide / 2, zs], -1)[::-1]])
    parts = [slab(outline * 1.06, 0.07, sole).move(y=0.035)]
    high = np.array([0.2, 0.23, 0.24, 0.24, 0.19, 0.15, 0.11, 0.05])
    parts.append(
        fuselage([(z, q, 2 * h, 0.06) for z, q, h in zip(zs, wide, high, strict=True)], color, 2.3, 20).paint_where(
            lambda c: c[:, 1] < 0.03, sole
        )
    )
    parts[-1] = _cut_below(parts[-1], 0.03)
    shaft = [
        (0.25, 0.3, 0.1),
        (0.245, 0.3, 0.2),
        (0.26, 0.33, tall),
        (0.2, 0.26, tall + 0.01),
        (0.17, 0.22, tall - 0.08),
    ]
    collar = loft([_oval(q, d, y, -0.19) for q, d, y in shaft], [color, color, color.shade(-0.2), color.shade(-0.5)])
    parts += [
        collar,
        tube(
            np.concatenate([_oval(0.25, 0.32, tall, -0.19), _oval(0.25, 0.32, tall, -0.19)[:2]]),
            0.025,
            lace if not boot else color.shade(-0.2),
            6,
        ),
    ]
    for i in range(4):
        z, y = 0.0 + 0.065 * i, 0.295 - 0.032 * i
        parts.append(box(w * 0.5, 0.026, 0.026, lace).rotate_deg(y=12 if i % 2 else -12).move(y=y, z=z))
    stripe = contrast(rng, color, "white", "yellow", "black", "red") if rng.random() < 0.5 else None
    if stripe is not None and not boot:
        parts.append(both_sides(box(0.03, 0.12, 0.05, stripe).rotate_deg(x=-20).move(w * 0.42, 0.15, -0.03)))
    toe = ellipsoid(w * 0.4, 0.07, 0.14, sole, 16).move(y=0.1, z=0.34)
    parts.append(toe if not boot else box(w * 0.8, 0.09, 0.2, sole).move(y=0.0, z=-0.29))
    one = join(*parts)
    pair = rng.random() < 0.5
    name = "boot" if boot else "sneaker"
    if pair:
        captions = [
            "pair of shoes",
            f"pair of {color.name} {name}s",
            f"two {color.name} {name}s with {sole.name} soles",
            f"{color.name} shoes with {lace.name} laces",
        ]
        captions[3] = f"pair of {color.name} shoes with {lace.name} laces"
        return made("shoes", "clothing", "prop", [both_sides(one.move(x=w * 0.68))], captions)
    captions = [
        "shoe",
        name,
        f"{color.name} {name}",
        f"{color.name} {name} with a {sole.name} sole",
        f"{color.name} shoe with {lace.name} laces",
    ]
    return made("shoes", "clothing", "prop", [one], captions)


def _oval(w: float, d: float, y: float, z: float) -> Array:
    a = np.arange(20) * np.pi / 10
    return np.stack([w / 2 * np.cos(a), np.full(20, y), z + d / 2 * np.sin(a)], -1)


def _cut_below(part: Part, y: float) -> Part:
    """The part flattened onto the plane below which it would reach."""
    v = part.vertices.copy()
    v[:, 1] = np.maximum(v[:, 1], y)
    return Part(v, part.faces, part.colors)


def skateboard(rng: np.random.Generator) -> MadeObject:
    """A skateboard along Z with turned-up ends, trucks and four wheels."""
    deck = choose(rng, "red", "blue", "green", "purple", "orange", "black", "tan", "yellow", "teal")
    wheel = contrast(rng, deck, "white", "yellow", "red", "green", "black")
    mark = contrast(rng, deck, "white", "yellow", "black", "red", "light blue")
    w, kick, t = float(rng.uniform(0.24, 0.29)), float(rng.uniform(0.06, 0.12)), 0.028
    zs = np.array([-0.5, -0.49, -0.45, -0.38, -0.28, 0.0, 0.28, 0.38, 0.45, 0.49, 0.5])
    wide = np.array([0.3, 0.5, 0.8, 1.0, 1.0, 1.0, 1.0, 1.0, 0.8, 0.5, 0.3]) * w / 2
    fine = np.sort(np.concatenate([np.linspace(-0.48, 0.48, 25), zs]))
    half, y = np.interp(fine, zs, wide), kick * (np.maximum(0, np.abs(fine) - 0.28) / 0.22) ** 1.5
    rings = [[(h, up, z), (-h, up, z), (-h, up - t, z), (h, up - t, z)] for z, h, up in zip(fine, half, y, strict=True)]
    style = pick(rng, "plain", "stripes", "star")
    bands = [mark if style == "stripes" and 0.08 < abs(z) < 0.16 else deck for z in (fine[1:] + fine[:-1]) / 2]
    parts, metal = [loft(rings, bands)], choose(rng, "silver", "grey", "dark grey")
    r = float(rng.uniform(0.048, 0.062))
    for z in (-0.27, 0.27):
        parts += [
            box(0.08, 0.07, 0.09, metal, 0.01).move(y=-t - 0.03, z=z),
            cylinder(0.018, w * 0.95, metal, 10).rotate_deg(z=90).move(y=-t - 0.065, z=z),
        ]
        hub = lathe(
            [
                (0, -0.032),
                (r * 0.5, -0.032),
                (r * 0.85, -0.032),
                (r, -0.018),
                (r, 0.018),
                (r * 0.85, 0.032),
                (r * 0.5, 0.032),
                (0, 0.032),
            ],
            [metal, wheel, wheel, wheel, wheel, wheel, metal],
            18,
        ).rotate_deg(z=90)
        parts.append(both_sides(hub.move(w * 0.4, -t - 0.065, z)))
        parts += [both_sides(cylinder(0.012, 0.012, metal, 8).move(0.03, 0.003, z + d)) for d in (-0.03, 0.03)]
    if style == "star":
        parts += [
            extrude(star_outline(5, 0.1, 0.04), 0.03, mark).rotate_deg(x=-90),
            extrude(star_outline(5, 0.1, 0.04), 0.03, mark).rotate_deg(x=90).move(y=-t),
        ]
    captions = ["skateboard", f"{deck.name} skateboard", f"{deck.name} skateboard with {wheel.name} wheels"]
    captions.append(
        {
            "plain": f"plain {deck.name} skateboard",
            "stripes": f"{deck.name} skateboard with {mark.name} stripes",
            "star": f"{deck.name} skateboard with a {mark.name} star",
        }[style]
    )
    return made("skateboard", "sport", "prop", parts, captions)


def telescope(rng: np.random.Generator) -> MadeObject:
    """A telescope on a tripod, pointing up and to +Z."""
    tube_paint = choose(rng, "gold", "white", "black", "blue", "brown", "silver", "red")
    trim = contrast(rng, tube_paint, "gold", "black", "silver", "brown", "dark grey")
    leg = contrast(rng, tube_paint, "brown", "black", "dark grey", "tan")
    steps = pick(rng, 1, 2, 3)
    radii = {1: [0.085], 2: [0.07, 0.09], 3: [0.055, 0.072, 0.09]}[steps]
    edges = np.linspace(-0.36, 0.4, steps + 1)
    pieces = []
    for i, q in enumerate(radii):
        pieces.append(cylinder(q, edges[i + 1] - edges[i] + 0.01, tube_paint, 22).move(y=(edges[i] + edges[i + 1]) / 2))
        pieces.append(cylinder(q * 1.13, 0.045, trim, 22).move(y=edges[i + 1] - 0.02))
    pieces += [
        lathe(
            [(radii[-1] * 1.13, 0.38), (radii[-1] * 1.22, 0.43), (radii[-1] * 1.0, 0.43), (0.0, 0.415)],
            [trim, trim, paint(rng, "light blue")],
            22,
        )
    ]
    pieces += [
        cylinder(radii[0] * 0.7, 0.08, trim, 16).move(y=-0.39),
        cylinder(radii[0] * 0.95, 0.035, paint(rng, "black"), 16).move(y=-0.44),
    ]
    finder = rng.random() < 0.5
    if finder:
        pieces += [
            cylinder(0.024, 0.22, trim, 12).move(y=-0.1, z=-radii[-1] - 0.045),
            box(0.025, 0.03, 0.06, trim).move(y=-0.1, z=-radii[-1] - 0.01),
        ]
    up = float(rng.uniform(15, 45))
    top = float(rng.uniform(0.62, 0.75))
    parts = [
        join(*pieces).rotate_deg(x=90 - up).move(y=top + 0.13),
        cylinder(0.05, 0.12, leg, 14).move(y=top),
        ball(0.06, trim, 12).move(y=top + 0.06),
    ]
    parts.append(around_y(tube([(0, 0, 0.3), (0, top, 0.03)], [0.02, 0.028], leg, 10), 3, 180))
    parts.append(around_y(ball(0.03, trim, 10).move(y=0.02, z=0.3), 3, 180))
    captions = [
        "telescope",
        f"{tube_paint.name} telescope",
        f"{tube_paint.name} telescope on a {leg.name} tripod",
        f"{tube_paint.name} telescope with {trim.name} rings",
    ]
    return made("telescope", "instrument", "prop", parts, captions)


def magnifying_glass(rng: np.random.Generator) -> MadeObject:
    """A magnifying glass standing on its handle, its lens to +Z."""
    rim, handle = (
        choose(rng, "gold", "silver", "black", "red", "blue", "green"),
        choose(rng, "brown", "black", "red", "dark brown", "tan"),
    )
    glass = choose(rng, "light blue", "light grey")
    r, long = float(rng.uniform(0.26, 0.34)), float(rng.uniform(0.38, 0.5))
    y = long + r + 0.06
    lens = ellipsoid(r, r, 0.035, glass, 28).move(y=y)
    parts = [
        lens,
        torus(r, 0.042, rim, 32, 10).rotate_deg(x=90).move(y=y),
        cylinder(0.032, 0.1, rim, 12).move(y=long + 0.01),
    ]
    parts.append(lathe(smooth([(0.04, 0), (0.065, 0.06), (0.05, long * 0.6), (0.042, long)], 14), handle, 16))
    parts += [
        torus(0.046, 0.014, rim, 16, 6).move(y=long - 0.01),
        sheet(
            [(-0.14, y + 0.14, 0.034), (-0.1, y + 0.17, 0.034), (-0.17, y + 0.02, 0.036), (-0.19, y + 0.05, 0.034)],
            0.02,
            paint(rng, "white"),
        ),
    ]
    captions = [
        "magnifying glass",
        f"magnifying glass with a {handle.name} handle",
        f"{rim.name} magnifying glass",
        f"detective's magnifying glass with a {rim.name} rim",
    ]
    return made("magnifying_glass", "tool", "prop", parts, captions)
