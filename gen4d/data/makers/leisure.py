"""Things for play, music and wear: balls, instruments, hats, shoes, boards, telescopes."""

import numpy as np

from gen4d.data.makers.curves import smooth, star_outline
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import BRIGHT, choose, contrast, paint
from gen4d.data.makers.shapes import (
    around_y,
    ball,
    both_sides,
    box,
    cylinder,
    ellipsoid,
    extrude,
    hull,
    join,
    lathe,
    loft,
    paint_gores,
    sheet,
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
        body = paint_gores(ball(0.5, paints[0], 48 if count == 6 else 40), paints, count)
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
        choose(rng, *["white"] * 6, "yellow", "light blue"),
        choose(rng, *["black"] * 4, "blue", "red"),
    )
    phi = (1 + 5**0.5) / 2
    corners = np.array([p for a in (-1, 1) for b in (-phi, phi) for p in ((0, a, b), (a, b, 0), (b, 0, a))], float)
    corners /= np.linalg.norm(corners, axis=1, keepdims=True)
    parts, seam = [ball(0.5, base, 40)], base.shade(-0.45)
    for p in corners:
        near = corners[np.argsort(-(corners @ p))[1:6]]
        across = near - p * (near @ p)[:, None]
        across /= np.linalg.norm(across, axis=1, keepdims=True)
        rim = p * 0.945 + 0.33 * across  # the five corners, in order around p
        side = np.cross(p, across[0])
        rim = rim[np.argsort(np.arctan2(across @ side, across @ across[0]))]
        t = np.linspace(0, 1, 4, endpoint=False)[:, None, None]
        edge = (rim * (1 - t) + np.roll(rim, -1, 0) * t).reshape(-1, 3)  # cut finely, or the ball would swallow it
        edge *= 0.508 / np.linalg.norm(edge, axis=1, keepdims=True)
        parts.append(hull(np.concatenate([edge, edge * 0.96, [p * 0.512]]), spot))
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
