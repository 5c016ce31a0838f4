"""Furniture."""

import numpy as np

from gen4d.data.articles import COUNT_WORDS
from gen4d.data.makers.curves import smooth
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import BRIGHT, WOODS, Paint, choose, contrast
from gen4d.data.makers.shapes import (
    Part,
    around_y,
    both_sides,
    box,
    cone,
    cylinder,
    ellipsoid,
    extrude,
    join,
    lathe,
    torus,
    tube,
)


def _legs(rng: np.random.Generator, x: float, z: float, height: float, size: float, paint_: Paint) -> Part:
    """Four legs whose feet end at (+-x, +-z), square, round or splayed, from y = 0 to `height`."""
    style = pick(rng, "square", "round", "splayed")
    if style == "square":
        leg = box(size, height, size, paint_, 0.006).move(x, height / 2, z)
    elif style == "round":
        leg = cone(size * 0.4, height, paint_, size * 0.55, 12).move(x, 0, z)
    else:
        leg = tube([(x * 1.06, 0, z * 1.06), (x * 0.82, height, z * 0.82)], [size * 0.4, size * 0.6], paint_, 12)
    return join(both_sides(leg), both_sides(leg.scale(1, 1, -1)))


def chair(rng: np.random.Generator) -> MadeObject:
    """A chair facing +Z: a seat, four legs and a back of slats, bars or one panel."""
    wood = choose(rng, *WOODS, surprise=0.35)
    w, d = float(rng.uniform(0.42, 0.52)), float(rng.uniform(0.42, 0.5))
    seat_y, back = float(rng.uniform(0.42, 0.5)), float(rng.uniform(0.4, 0.62))
    thick = float(rng.uniform(0.04, 0.07))
    parts = [_legs(rng, w / 2 - 0.04, d / 2 - 0.04, seat_y, float(rng.uniform(0.045, 0.065)), wood.shade(-0.1))]
    parts.append(box(w, thick, d, wood, 0.012).move(y=seat_y))
    cushion = rng.random() < 0.4
    fabric = contrast(rng, wood, "red", "blue", "green", "cream", "grey", "teal")
    if cushion:
        parts.append(box(w * 0.9, 0.06, d * 0.88, fabric, 0.025).move(y=seat_y + thick / 2 + 0.02))
    style = pick(rng, "slats", "bars", "panel")
    post = box(0.045, back + thick, 0.045, wood, 0.008).move(x=w / 2 - 0.025, y=back / 2)
    rest = [both_sides(post)]
    count = int(rng.integers(2, 5))
    if style == "slats":
        rest += [box(w - 0.03, 0.07, 0.03, wood, 0.006).move(y=back * (0.95 - 0.6 * i / count)) for i in range(count)]
    elif style == "bars":
        rest.append(box(w, 0.08, 0.04, wood, 0.01).move(y=back))
        xs = np.linspace(-w / 2 + 0.02, w / 2 - 0.02, count + 3)[1:-1]
        rest += [cylinder(0.015, back, wood.shade(-0.05), 10).move(x=x, y=back / 2) for x in xs]
    else:
        rest.append(box(w - 0.02, back * 0.68, 0.035, fabric if cushion else wood, 0.012).move(y=back * 0.68))
    parts.append(join(*rest).rotate_deg(x=-rng.uniform(2, 10)).move(y=seat_y, z=-d / 2 + 0.025))
    arms = rng.random() < 0.25
    if arms:
        rail = box(0.05, 0.035, d, wood, 0.008).move(x=w / 2, y=seat_y + 0.22)
        parts.append(both_sides(join(rail, box(0.04, 0.22, 0.04, wood).move(x=w / 2, y=seat_y + 0.11, z=d / 2 - 0.05))))
    captions = ["chair", f"{wood.name} chair", f"{wood.name} {'armchair' if arms else 'chair'} with four legs"]
    captions.append(
        f"{wood.name} chair with a back of {COUNT_WORDS[count]} slats"
        if style == "slats"
        else f"{wood.name} dining chair"
    )
    if cushion:
        captions.append(f"{wood.name} chair with a {fabric.name} cushion")
    return made("chair", "furniture", "prop", parts, captions)


def table(rng: np.random.Generator) -> MadeObject:
    """A square, long, round or oval table on legs or on one pedestal."""
    top, leg = choose(rng, *WOODS, "white", surprise=0.2), choose(rng, *WOODS, "black", "white")
    shape = pick(rng, "rectangular", "square", "round", "oval")
    x = {"rectangular": rng.uniform(1.1, 1.5), "square": 0.8, "round": 0.9, "oval": 1.3}[shape]
    z = x if shape in ("square", "round") else float(rng.uniform(0.6, 0.8))
    low = rng.random() < 0.25
    height, thick = (0.42 if low else float(rng.uniform(0.68, 0.76))), float(rng.uniform(0.04, 0.07))
    if shape in ("round", "oval"):
        plate = lathe([(0.49, -thick / 2), (0.5, -thick / 4), (0.5, thick / 4), (0.49, thick / 2)], top, 36).scale(
            x, 1, z
        )
    else:
        plate = box(x, thick, z, top, 0.012)
    parts = [plate.move(y=height)]
    pedestal = shape in ("round", "oval") and rng.random() < 0.6
    if pedestal:
        parts.append(lathe(smooth([(0.09, 0.04), (0.05, 0.2), (0.06, height * 0.6), (0.14, height - 0.02)], 12), leg))
        parts.append(cone(0.3, 0.06, leg, 0.1))
    else:
        inset = 0.34 if shape in ("round", "oval") else 0.45
        parts.append(_legs(rng, x * inset, z * inset, height, float(rng.uniform(0.06, 0.09)), leg))
        if shape in ("rectangular", "square"):
            parts.append(box(x * 0.86, 0.09, z * 0.84, leg.shade(-0.05)).move(y=height - 0.05))
    kind = "coffee table" if low else "table"
    support = "one pedestal" if pedestal else f"four {leg.name} legs"
    captions = ["table", f"{top.name} table", f"{shape} {top.name} {kind}", f"{top.name} {kind} on {support}"]
    return made("table", "furniture", "prop", parts, captions)


def stool(rng: np.random.Generator) -> MadeObject:
    """A stool: round or square seat, three or four legs, low or a bar stool."""
    seat, leg = choose(rng, *WOODS, surprise=0.4), choose(rng, *WOODS, "silver", "black", "white")
    high = rng.random() < 0.4
    tall, r = float(rng.uniform(0.72, 0.85)) if high else float(rng.uniform(0.4, 0.52)), float(rng.uniform(0.18, 0.25))
    count, splay = pick(rng, 3, 4, 4), float(rng.uniform(1.0, 1.35))
    square = count == 4 and rng.random() < 0.3
    top = (
        box(2 * r, 0.07, 2 * r, seat, 0.015)
        if square
        else lathe([(r * 0.94, -0.035), (r, -0.01), (r, 0.02), (r * 0.9, 0.04)], seat)
    )
    out = r * 0.78 * (1.3 if square else 1.0)
    parts = [top.move(y=tall)]
    parts.append(around_y(tube([(0, 0, out * splay), (0, tall, out)], [0.026, 0.034], leg, 10), count, 45))
    bar = tall * float(rng.uniform(0.3, 0.45))
    foot = out * (splay + (1 - splay) * bar / tall)
    if high or rng.random() < 0.5:
        parts.append(torus(foot, 0.017, leg, 28, 8).move(y=bar))
    cushion = rng.random() < 0.3
    fabric = contrast(rng, seat, "red", "black", "blue", "cream", "green")
    if cushion:
        parts.append(ellipsoid(r * 0.96, 0.06, r * 0.96, fabric, 22).move(y=tall + 0.04))
    kind = "bar stool" if high else "stool"
    captions = [
        "stool",
        f"{seat.name} {kind}",
        f"{'square' if square else 'round'} {seat.name} {kind} with {COUNT_WORDS[count]} {leg.name} legs",
    ]
    captions.append(f"{kind} with a {fabric.name} cushion" if cushion else f"simple {seat.name} {kind}")
    return made("stool", "furniture", "prop", parts, captions)


def bench(rng: np.random.Generator) -> MadeObject:
    """A park bench of planks on side frames, or a plain bench without a back."""
    wood = choose(rng, "brown", "tan", "dark brown", "beige", surprise=0.3)
    metal = contrast(rng, wood, "black", "dark grey", "grey", "dark green")
    long, backed = float(rng.uniform(0.95, 1.35)), rng.random() < 0.75
    planks, y, d = pick(rng, 2, 3, 4), 0.4, 0.4
    wide = d / planks
    parts = [box(long, 0.045, wide * 0.82, wood, 0.008).move(y=y, z=-d / 2 + wide * (i + 0.5)) for i in range(planks)]
    leg = join(
        box(0.06, y, 0.06, metal).move(y=y / 2, z=d * 0.42),
        box(0.06, y, 0.06, metal).move(y=y / 2, z=-d * 0.42),
        box(0.06, 0.05, d, metal).move(y=y - 0.045),
    )
    if backed:
        rear = [box(0.055, 0.42, 0.05, metal).move(y=0.2)]
        leg = join(leg, rear[0].rotate_deg(x=-10).move(y=y, z=-d / 2 + 0.01))
        slats = pick(rng, 2, 3)
        for i in range(slats):
            plank = box(long, 0.09, 0.035, wood, 0.008).move(y=0.36 - 0.12 * i, z=0.03)
            parts.append(plank.rotate_deg(x=-10).move(y=y, z=-d / 2 + 0.01))
    arms = backed and rng.random() < 0.5
    if arms:
        leg = join(
            leg,
            box(0.06, 0.035, d * 0.95, metal, 0.01).move(y=y + 0.2),
            box(0.045, 0.2, 0.045, metal).move(y=y + 0.1, z=d * 0.4),
        )
    parts.append(both_sides(leg.move(x=long / 2 - 0.09)))
    kind = "park bench" if backed else "bench without a back"
    captions = [
        "bench",
        f"{wood.name} {kind}",
        f"{wood.name} bench with {metal.name} legs",
        f"{wood.name} wooden bench {'with armrests' if arms else 'with planks'}",
    ]
    return made("bench", "furniture", "prop", parts, captions)


def bed(rng: np.random.Generator) -> MadeObject:
    """A bed whose foot faces +Z: frame, headboard, mattress, blanket, one or two pillows."""
    wood = choose(rng, *WOODS, "white", surprise=0.12)
    blanket = contrast(rng, wood, "blue", "red", "green", "purple", "light blue", "pink", "grey", "yellow", "teal")
    double = rng.random() < 0.5
    w, long, y = (
        0.95 if double else float(rng.uniform(0.55, 0.65)),
        float(rng.uniform(1.15, 1.3)),
        float(rng.uniform(0.2, 0.3)),
    )
    white = choose(rng, "white", "cream")
    parts = [box(w + 0.06, 0.12, long + 0.04, wood, 0.012).move(y=y), box(w, 0.16, long, white, 0.03).move(y=y + 0.12)]
    cover = long * float(rng.uniform(0.58, 0.7))
    parts.append(box(w + 0.05, 0.17, cover, blanket, 0.03).move(y=y + 0.135, z=(long - cover) / 2 + 0.01))
    parts.append(box(w + 0.055, 0.178, 0.12, blanket.shade(0.25), 0.03).move(y=y + 0.135, z=long / 2 - cover + 0.05))
    pillow = ellipsoid(0.2, 0.075, 0.13, contrast(rng, blanket, "white", "cream", "light blue"), 18).move(
        y=y + 0.23, z=-long / 2 + 0.17
    )
    parts.append(both_sides(pillow.move(x=0.22)) if double else pillow)
    leg = box(0.07, y, 0.07, wood).move(w / 2 - 0.01, y / 2, long / 2 - 0.02)
    parts += [both_sides(leg), both_sides(leg.scale(1, 1, -1))]
    head = float(rng.uniform(0.25, 0.45))
    style = pick(rng, "panel", "bars", "arch")
    back = y + head
    if style == "bars":
        bars = np.linspace(-w / 2, w / 2, 8 if double else 6)
        parts += [cylinder(0.022, head + 0.1, wood, 10).move(x, y + head / 2 + 0.05, -long / 2 - 0.02) for x in bars]
        parts.append(box(w + 0.08, 0.06, 0.06, wood, 0.015).move(y=back + 0.1, z=-long / 2 - 0.02))
    else:
        bump = 0.14 if style == "arch" else 0.0
        a = np.linspace(-1, 1, 11)
        outline = [
            (-w / 2 - 0.04, 0.08),
            (w / 2 + 0.04, 0.08),
            *((-x * (w / 2 + 0.04), back + 0.1 + bump * (1 - x * x)) for x in a),
        ]
        parts.append(extrude(outline, 0.06, wood).move(z=-long / 2 - 0.03))
    foot = rng.random() < 0.5
    if foot:
        parts.append(box(w + 0.08, y + 0.16, 0.05, wood, 0.012).move(y=(y + 0.16) / 2 + 0.06, z=long / 2 + 0.03))
    kind = "double bed" if double else "single bed"
    captions = [
        "bed",
        f"{wood.name} bed",
        f"{kind} with a {blanket.name} blanket",
        f"{wood.name} {kind} with {'two pillows' if double else 'one pillow'}",
    ]
    return made("bed", "furniture", "prop", parts, captions)


def sofa(rng: np.random.Generator) -> MadeObject:
    """A sofa or an armchair: cushions, arms, a back, short legs; pillows now and then."""
    cloth = choose(
        rng, "grey", "red", "blue", "green", "brown", "beige", "teal", "navy", "yellow", "pink", "purple", "dark grey"
    )
    seats = pick(rng, 1, 2, 2, 3)
    w, d, y = 0.46 * seats, 0.5, 0.2
    arm_w, arm_h, back = float(rng.uniform(0.1, 0.15)), float(rng.uniform(0.2, 0.28)), float(rng.uniform(0.34, 0.46))
    parts = [box(w + 2 * arm_w - 0.02, 0.16, d + 0.14, cloth.shade(-0.12), 0.02).move(y=y)]
    for i in range(seats):
        x = (i - (seats - 1) / 2) * 0.46
        parts.append(box(0.45, 0.13, d, cloth, 0.03).move(x, y + 0.13, 0.06))
        parts.append(
            box(0.45, back * 0.82, 0.14, cloth, 0.035).rotate_deg(x=-7).move(x, y + 0.18 + back * 0.4, -d / 2 + 0.1)
        )
    parts.append(
        box(w + 2 * arm_w - 0.04, back, 0.12, cloth.shade(-0.12), 0.03).move(y=y + back / 2 + 0.05, z=-d / 2 - 0.03)
    )
    rolled = rng.random() < 0.4
    arm = [box(arm_w, arm_h + 0.08, d + 0.16, cloth.shade(-0.06), 0.03).move(y=y + arm_h / 2 + 0.0)]
    if rolled:
        arm.append(cylinder(arm_w * 0.66, d + 0.17, cloth.shade(-0.06), 18).rotate_deg(x=90).move(y=y + arm_h))
    parts.append(both_sides(join(*arm).move(x=w / 2 + arm_w / 2)))
    wood = choose(rng, "brown", "dark brown", "black", "tan")
    leg = cone(0.025, 0.13, wood, 0.04, 10).move(w / 2 + arm_w * 0.4, 0, d / 2)
    parts += [both_sides(leg), both_sides(leg.scale(1, 1, -1))]
    pillows = 0 if seats == 1 else pick(rng, 0, 0, 1, 2)
    accent = contrast(rng, cloth, "yellow", "white", "red", "teal", "orange", "navy")
    for s in (-1, 1)[:pillows]:
        cushion = box(0.26, 0.26, 0.1, accent, 0.045).rotate_deg(x=-18, z=s * 12)
        parts.append(cushion.move(s * (w / 2 - 0.13), y + 0.33, -d / 2 + 0.24))
    kind = {1: "armchair", 2: "sofa", 3: "sofa"}[seats]
    captions = [kind, f"{cloth.name} {kind}", f"{cloth.name} {kind} with {'rolled arms' if rolled else 'square arms'}"]
    captions.append(
        {
            1: f"soft {cloth.name} easy chair",
            2: f"{cloth.name} couch for two",
            3: f"long {cloth.name} couch with three seats",
        }[seats]
    )
    if pillows:
        captions.append(
            f"{cloth.name} sofa with {COUNT_WORDS[pillows]} {accent.name} pillow{'s' if pillows > 1 else ''}"
        )
    return made("sofa", "furniture", "prop", parts, captions)


def bookshelf(rng: np.random.Generator) -> MadeObject:
    """A bookcase with boards full of coloured books, or one with gaps and ornaments."""
    wood = choose(rng, *WOODS, "white", "black", surprise=0.1)
    w, tall, d = float(rng.uniform(0.55, 0.95)), float(rng.uniform(0.9, 1.3)), float(rng.uniform(0.24, 0.32))
    rows, t = pick(rng, 3, 4, 4, 5), 0.035
    parts = [
        both_sides(box(t, tall, d, wood).move(x=w / 2, y=tall / 2)),
        box(w, tall, 0.025, wood.shade(-0.2)).move(y=tall / 2, z=-d / 2),
    ]
    gap = (tall - t - 0.04) / rows
    parts += [box(w + t, t, d, wood).move(y=0.05 + gap * i) for i in range(rows + 1)]
    full = rng.random() < 0.7
    for i in range(rows):
        x, floor = -w / 2 + 0.03, 0.05 + gap * i + t / 2
        while x < w / 2 - 0.09:
            thick, high = float(rng.uniform(0.04, 0.075)), float(rng.uniform(0.6, 0.88)) * (gap - t)
            if rng.random() < (0.04 if full else 0.28):
                x += float(rng.uniform(0.06, 0.14))
                continue
            color = choose(rng, *BRIGHT[:9], "brown", "navy", "dark red", "cream")
            parts.append(box(thick * 0.94, high, d * 0.72, color).move(x + thick / 2, floor + high / 2, 0.02))
            x += thick
    captions = ["bookshelf", f"{wood.name} bookshelf", f"{wood.name} bookcase with {COUNT_WORDS[rows]} rows of books"]
    captions.append(f"{'full' if full else 'half-full'} {wood.name} bookshelf with colourful books")
    return made("bookshelf", "furniture", "prop", parts, captions)
