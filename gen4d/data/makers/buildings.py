"""Buildings."""

import numpy as np

from gen4d.data.makers.model import COUNT_WORDS, MadeObject, made, pick
from gen4d.data.makers.palette import Paint, choose, contrast, paint
from gen4d.data.makers.shapes import Part, ball, box, cylinder, extrude, hull, join


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
