"""Buildings."""

import numpy as np

from gen4d.data.articles import COUNT_WORDS
from gen4d.data.makers.curves import half_circle
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import Paint, choose, contrast, paint
from gen4d.data.makers.shapes import (
    Part,
    around_y,
    ball,
    both_sides,
    box,
    cone,
    cylinder,
    dome,
    ellipsoid,
    extrude,
    hull,
    join,
    lathe,
    limb,
    sheet,
    torus,
    tube,
)


def _window(x: float, y: float, frame: Paint, glass: Paint) -> Part:
    """A window facing +Z with a frame and a cross, its wall plane at z = 0."""
    parts = [box(x + 0.05, y + 0.05, 0.04, frame), box(x, y, 0.05, glass)]
    parts += [box(0.025, y, 0.06, frame), box(x, 0.025, 0.06, frame)]
    return join(*parts)


def house(rng: np.random.Generator) -> MadeObject:
    """A house with a gable or hip roof, a door in front, windows all round and a chimney."""
    wall = choose(rng, "white", "cream", "beige", "yellow", "light blue", "pink", "tan", "light grey", "light green")
    roof = contrast(rng, wall, "red", "brown", "dark red", "dark grey", "blue", "teal", "orange")
    door = contrast(rng, wall, "brown", "red", "blue", "green", "dark brown", "navy")
    w, d = float(rng.uniform(0.75, 1.15)), float(rng.uniform(0.7, 0.95))
    floors = pick(rng, 1, 1, 2)
    h = floors * float(rng.uniform(0.42, 0.52))
    rise, over = float(rng.uniform(0.28, 0.52)), 0.08
    parts = [box(w, h, d, wall).move(y=h / 2), box(w + 0.05, 0.06, d + 0.05, paint(rng, "grey")).move(y=0.03)]
    style = pick(rng, "gable front", "gable side", "hip")
    t = 0.06
    if style == "hip":
        parts.append(
            hull(
                [(i * (w / 2 + over), h, k * (d / 2 + over)) for i in (-1, 1) for k in (-1, 1)]
                + [(i * w * 0.22, h + rise, 0) for i in (-1, 1)],
                roof,
            )
        )
        parts.append(box(w + 2 * over, 0.05, d + 2 * over, roof.shade(-0.15)).move(y=h))
    else:
        span, length = (w, d) if style == "gable front" else (d, w)
        gable = extrude([(-span / 2, h), (span / 2, h), (0, h + rise)], length, wall)
        drop = over * rise / (span / 2)
        slope = [(-span / 2 - over, h - drop), (0, h + rise), (span / 2 + over, h - drop)]
        outline = slope + [(x, y + t * 1.3) for x, y in slope[::-1]]
        whole = join(gable, extrude(outline, length + 2 * over, roof))
        parts.append(whole if style == "gable front" else whole.rotate_deg(y=90))
    frame, glass = (
        contrast(rng, wall, "white", "brown", "dark brown", "white"),
        choose(rng, "light blue", "navy", "light blue", "yellow"),
    )
    dx = pick(rng, 0.0, 0.0, -0.22 * w, 0.22 * w)
    dh = min(0.36, h * 0.72)
    parts += [
        box(0.25, dh + 0.03, 0.04, frame).move(dx, dh / 2 + 0.03, d / 2),
        box(0.2, dh, 0.06, door).move(dx, dh / 2 + 0.03, d / 2),
    ]
    parts += [
        ball(0.018, paint(rng, "gold"), 8).move(dx + 0.06, dh / 2 + 0.03, d / 2 + 0.035),
        box(0.34, 0.04, 0.14, paint(rng, "grey")).move(dx, 0.02, d / 2 + 0.05),
    ]
    size = 0.17
    for floor in range(floors):
        y = h * (floor + 0.58) / floors
        fronts = [x for x in (-0.3 * w, 0.0, 0.3 * w) if floor or abs(x - dx) > 0.24]
        for x in fronts:
            parts.append(_window(size, size * 1.1, frame, glass).move(x, y, d / 2))
        for x in (-0.25 * w, 0.25 * w):
            parts.append(_window(size, size * 1.1, frame, glass).rotate_deg(y=180).move(x, y, -d / 2))
        for z in (-0.22 * d, 0.22 * d):
            side = _window(size, size * 1.1, frame, glass).rotate_deg(y=90).move(w / 2, y, z)
            parts += [side, side.mirror_x()]
    if style == "gable front" and rng.random() < 0.7:
        disc = cylinder(0.08, 0.06, frame).rotate_deg(x=90).move(y=h + rise * 0.4, z=d / 2)
        parts += [disc, cylinder(0.06, 0.08, glass).rotate_deg(x=90).move(y=h + rise * 0.4, z=d / 2)]
    chimney = rng.random() < 0.75
    if chimney:
        brick = choose(rng, "dark red", "grey", "brown")
        at = (0.24 * w, h + rise * 0.55, -0.15 * d)
        parts += [
            box(0.13, 0.5, 0.13, brick).move(*at),
            box(0.17, 0.05, 0.17, brick.shade(-0.25)).move(at[0], at[1] + 0.25, at[2]),
        ]
    captions = [
        "house",
        f"{wall.name} house with a {roof.name} roof",
        f"small {wall.name} house with a {door.name} door",
        f"{COUNT_WORDS[floors]}-storey house with a {roof.name} roof" + (" and a chimney" if chimney else ""),
        f"{wall.name} cottage with windows and a {door.name} door",
    ]
    return made("house", "building", "prop", parts, captions)


def windmill(rng: np.random.Generator) -> MadeObject:
    """A windmill: a tapered tower, a cap and four sails facing +Z."""
    wall = choose(rng, "white", "beige", "brown", "tan", "red", "light blue", "grey")
    cap_paint, sail = (
        contrast(rng, wall, "red", "brown", "dark grey", "blue"),
        contrast(rng, wall, "white", "cream", "red", "beige"),
    )
    r, tall, sides = float(rng.uniform(0.24, 0.3)), float(rng.uniform(0.62, 0.75)), pick(rng, 6, 8, 28)
    parts = [
        lathe([(r, 0), (r * 0.66, tall)], wall, sides),
        dome(r * 0.74, r * 0.75, cap_paint).move(y=tall)
        if rng.random() < 0.5
        else cone(r * 0.8, r * 0.85, cap_paint, segments=sides).move(y=tall),
    ]
    wood, hub_z, y = choose(rng, "dark brown", "brown"), r * 0.92, tall + 0.05
    parts += [
        cylinder(0.04, 0.2, wood, 12).rotate_deg(x=90).move(y=y, z=hub_z - 0.07),
        ball(0.055, wood, 12).move(y=y, z=hub_z + 0.03),
    ]
    long, wide = float(rng.uniform(0.44, 0.54)), float(rng.uniform(0.11, 0.15))
    arm = [
        box(0.035, long, 0.03, wood).move(y=long / 2),
        box(wide, long * 0.72, 0.022, sail).move(x=wide * 0.45, y=long * 0.62, z=0.004),
    ]
    arm += [box(wide, 0.022, 0.034, wood).move(x=wide * 0.45, y=long * f, z=0.004) for f in (0.28, 0.52, 0.75, 0.97)]
    turn = float(rng.uniform(0, 90))
    parts += [join(*arm).rotate_deg(z=turn + 90 * i).move(y=y, z=hub_z + 0.02) for i in range(4)]
    door, glass = contrast(rng, wall, "brown", "green", "blue", "red"), paint(rng, "light blue")
    slant = 0.34 * r / tall
    parts += [box(0.13, 0.22, 0.06, door).move(y=0.11, z=r * 0.95)]
    for f in (0.42, 0.68):
        parts += [
            _window(0.08, 0.1, paint(rng, "white" if wall.name != "white" else "brown"), glass)
            .move(y=tall * f, z=r - slant * tall * f)
            .rotate_deg(y=a)
            for a in (0, 90, 180, 270)
        ]
    captions = [
        "windmill",
        f"{wall.name} windmill",
        f"{wall.name} windmill with four {sail.name} sails",
        f"{wall.name} windmill with a {cap_paint.name} cap",
    ]
    return made("windmill", "building", "prop", parts, captions)


def lighthouse(rng: np.random.Generator) -> MadeObject:
    """A lighthouse with stripes, a gallery, a lamp room and a cap, often on a rock."""
    first = choose(rng, "white", "white", "red", "white")
    second = contrast(rng, first, "red", "red", "blue", "black", "white", "green")
    r, tall, stripes = float(rng.uniform(0.17, 0.22)), float(rng.uniform(0.75, 0.95)), pick(rng, 2, 3, 4, 5)
    n = stripes * 2
    t = np.linspace(0, 1, n + 1)
    plain = rng.random() < 0.15
    bands = [first if plain or i % 2 else second for i in range(n)]
    parts = [lathe(np.stack([r * (1 - 0.42 * t), tall * t], -1), bands, 28)]
    top, dark = tall, contrast(rng, first, "dark grey", "black")
    parts.append(lathe([(r * 0.6, -0.03), (r * 0.85, 0.0), (r * 0.85, 0.04)], dark, 28).move(y=top))
    parts += [
        torus(r * 0.82, 0.011, dark, 28, 6).move(y=top + 0.1),
        around_y(cylinder(0.011, 0.1, dark, 6).move(y=top + 0.06, z=r * 0.82), 10),
    ]
    parts += [
        cylinder(r * 0.45, 0.16, paint(rng, "yellow").shade(0.2), 18).move(y=top + 0.1),
        around_y(box(0.02, 0.16, 0.02, dark).move(y=top + 0.1, z=r * 0.46), 6),
    ]
    parts += [dome(r * 0.58, 0.13, second).move(y=top + 0.17), ball(0.028, dark, 10).move(y=top + 0.31)]
    door = contrast(rng, second, "brown", "blue", "dark green", "black")
    parts += [box(0.11, 0.18, 0.06, door).move(y=0.09, z=r * 0.97)]
    for f, a in ((0.4, 0), (0.62, 90), (0.62, -90), (0.8, 0), (0.4, 180)):
        parts.append(box(0.05, 0.075, 0.04, paint(rng, "navy")).move(y=tall * f, z=r * (1 - 0.42 * f)).rotate_deg(y=a))
    rock = rng.random() < 0.5
    if rock:
        stone = choose(rng, "grey", "brown", "dark grey")
        for i in range(7):
            a = 2 * np.pi * i / 7
            size = float(rng.uniform(0.1, 0.16))
            parts.append(
                ellipsoid(size * 1.3, size * 0.8, size, stone.shade(0.1 * (i % 3 - 1)), 7).move(
                    r * 1.1 * np.sin(a), -0.03, r * 1.1 * np.cos(a)
                )
            )
        parts.append(cone(r * 1.7, 0.1, stone, r * 1.2, 9).move(y=-0.1))
    look = f"{first.name} lighthouse" if plain else f"{second.name} and {first.name} lighthouse"
    captions = ["lighthouse", look, f"{look} {'standing on rocks' if rock else 'with a yellow light'}"]
    captions.append(
        f"{first.name} lighthouse with a {second.name} cap"
        if plain
        else f"{first.name} lighthouse with {second.name} stripes"
    )
    return made("lighthouse", "building", "prop", parts, captions)


def igloo(rng: np.random.Generator) -> MadeObject:
    """An igloo of snow blocks with an entrance tunnel."""
    snow, r = choose(rng, "white", "white", "light blue"), 0.45
    h, rows = float(rng.uniform(0.38, 0.46)), pick(rng, 4, 5, 6)
    shell = []
    for i in range(rows):  # each course of blocks is a little narrower at its joint
        a, b = np.pi / 2 * i / rows, np.pi / 2 * (i + 1) / rows
        count, gap = max(5, int(16 * np.cos((a + b) / 2))), 0.012
        low, high = (r * np.cos(a), h * np.sin(a)), (r * np.cos(b), h * np.sin(b))
        for k in range(count):
            t0, t1 = (2 * np.pi * (k + s + 0.5 * (i % 2)) / count for s in (0.03, 0.97))
            corners = [
                (q * np.sin(t), y, q * np.cos(t))
                for t in (t0, t1)
                for q, y in ((low[0], low[1] + gap), (high[0], high[1] - gap * 0.2))
            ]
            inside = [(x * 0.86, y * 0.86, z * 0.86) for x, y, z in corners]
            shell.append(hull(corners + inside, snow.shade(-0.07 * float(rng.random()))))
    parts = [*shell, dome(r * 0.965, h * 0.965, snow.shade(-0.22))]
    w, deep = float(rng.uniform(0.15, 0.19)), float(rng.uniform(0.16, 0.26))
    outer = np.concatenate(
        [
            [(-w, 0.0), (-w * 0.7, 0.0)],
            np.array(half_circle(w * 0.7, 0.07))[::-1],
            [(w * 0.7, 0.0), (w, 0.0)],
            half_circle(w, 0.07),
        ]
    )
    parts.append(extrude(outer, deep, snow).move(z=r * 0.9 + deep / 2))
    parts.append(
        extrude(
            np.concatenate([[(-w * 0.72, 0.0), (w * 0.72, 0.0)], half_circle(w * 0.72, 0.07)]), 0.03, paint(rng, "navy")
        ).move(z=r * 0.93)
    )
    parts.append(
        extrude(
            np.concatenate(
                [
                    [(-w * 1.12, 0.0), (-w * 0.7, 0.0)],
                    np.array(half_circle(w * 0.7, 0.07))[::-1],
                    [(w * 0.7, 0.0), (w * 1.12, 0.0)],
                    half_circle(w * 1.12, 0.07),
                ]
            ),
            0.05,
            snow.shade(-0.1),
        ).move(z=r * 0.9 + deep)
    )
    captions = ["igloo", f"{snow.name} igloo", "igloo made of snow blocks", f"{snow.name} snow house with an entrance"]
    return made("igloo", "building", "prop", parts, captions)


def tent(rng: np.random.Generator) -> MadeObject:
    """A ridge tent, a dome tent or a tepee with an opening in front."""
    cloth = choose(rng, "green", "orange", "blue", "red", "yellow", "tan", "dark green", "purple")
    trim = contrast(rng, cloth, "white", "yellow", "red", "blue", "orange", "brown")
    dark, style = paint(rng, "dark brown"), pick(rng, "ridge tent", "dome tent", "tepee")
    if style == "ridge tent":
        w, long, h = float(rng.uniform(0.36, 0.48)), float(rng.uniform(0.85, 1.1)), float(rng.uniform(0.5, 0.62))
        parts = [extrude([(-w, 0), (w, 0), (0, h)], long, cloth.shade(-0.1))]
        over = [(-w - 0.03, -0.0), (0, h + 0.02), (w + 0.03, 0.0), (w + 0.03, 0.035), (0, h + 0.06), (-w - 0.03, 0.035)]
        parts.append(extrude(over, long + 0.1, cloth))
        parts.append(extrude([(-w * 0.42, 0), (w * 0.42, 0), (0, h * 0.86)], 0.03, dark).move(z=long / 2))
        flap = [(w * 0.42, 0.0, 0.0), (0.0, h * 0.86, 0.0), (w * 0.6, 0.0, 0.14)]
        parts.append(both_sides(sheet(flap, 0.025, trim).move(z=long / 2 + 0.01)))
        pole = limb((0, 0, long / 2 + 0.05), (0, h + 0.1, long / 2 + 0.05), 0.018, 0.018, paint(rng, "brown"))
        parts += [pole, pole.scale(1, 1, -1)]
    elif style == "dome tent":
        parts = [dome(0.5, float(rng.uniform(0.36, 0.46)), cloth, 16)]
        h = float(parts[0].vertices[:, 1].max())
        for turn in (45, -45):
            a = np.radians(np.linspace(0, 180, 21))
            bow = np.stack([0.505 * np.cos(a), (h + 0.006) * np.sin(a), 0 * a], -1)
            parts.append(tube(bow, 0.016, trim, 8).rotate_deg(y=turn))
        door = dome(0.24, h * 0.72, dark, 16).scale(0.8, 1, 0.42).move(z=0.42)
        rim = dome(0.28, h * 0.8, trim, 16).scale(0.8, 1, 0.42).move(z=0.395)
        parts += [rim, door]
    else:
        r, h, sides = 0.42, float(rng.uniform(0.85, 1.0)), 12
        cuts = [0.0, 0.1, 0.22, 0.62, 0.72, 1.0]
        parts = [lathe([(r * (1 - 0.93 * t), h * t) for t in cuts], [cloth, trim, cloth, trim, cloth], sides)]
        pole = limb((0, h * 0.8, 0.06), (0, h * 1.15, -0.09), 0.016, 0.013, paint(rng, "brown"))
        parts.append(around_y(pole, 5))
        top = (0.0, h * 0.62, r * 0.42)
        parts.append(sheet([(-0.15, 0.0, r * 1.0), (0.15, 0.0, r * 1.0), top], 0.05, dark))
        parts.append(both_sides(sheet([(0.13, 0.0, r * 1.0), top, (0.25, 0.0, r * 1.08)], 0.025, cloth.shade(-0.2))))
    captions = [
        "tent",
        f"{cloth.name} tent",
        f"{cloth.name} {style}",
        f"{cloth.name} camping tent with {trim.name} details"
        if style != "tepee"
        else f"{cloth.name} tepee with {trim.name} bands",
    ]
    return made("tent", "building", "prop", parts, captions)
