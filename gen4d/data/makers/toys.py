"""Toys, gifts, balls and figures of snow."""

import numpy as np

from gen4d.data.makers.curves import smooth
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import BRIGHT, choose, contrast, paint
from gen4d.data.makers.shapes import ball, both_sides, box, cone, cylinder, join, lathe, torus, tube


def snowman(rng: np.random.Generator) -> MadeObject:
    """Two or three balls of snow with a carrot nose, stick arms, and often a hat and a scarf."""
    snow, coal = paint(rng, "white"), paint(rng, "black")
    balls = pick(rng, 2, 3, 3)
    radii = [0.3, 0.21] if balls == 2 else [0.28, 0.21, 0.15]
    radii = [r * float(rng.uniform(0.93, 1.07)) for r in radii]
    parts, y, centers = [], 0.0, []
    for i, r in enumerate(radii):
        y += 0.92 * r if i == 0 else 0.72 * (radii[i - 1] + r)
        centers.append(y)
        parts.append(ball(r, snow, 24).move(y=y))
    head, hy, body, by = radii[-1], centers[-1], radii[-2], centers[-2]
    eye = ball(head * 0.13, coal, 10).move(x=head * 0.36, y=hy + head * 0.25, z=head * 0.9)
    parts.append(both_sides(eye))
    parts.append(
        cone(head * 0.2, head * rng.uniform(0.8, 1.3), paint(rng, "orange"), segments=12)
        .rotate_deg(x=90)
        .move(y=hy, z=head * 0.9)
    )
    for angle in (-40, -14, 14, 40):
        a = np.radians(angle)
        at = head * np.array([0.62 * np.sin(a), -0.62 * np.cos(a) + 0.18, 0.0])
        parts.append(ball(head * 0.08, coal, 8).move(at[0], hy + at[1], float(np.sqrt(head**2 - at @ at)) * 0.99))
    for k in range(pick(rng, 2, 3)):
        up = 0.45 - 0.4 * k
        parts.append(ball(body * 0.12, coal, 10).move(y=by + body * up, z=body * np.sqrt(1 - up * up)))
    wood = paint(rng, "dark brown")
    lift = rng.uniform(-0.05, 0.2)
    hand = np.array([body + 0.24, by + lift + 0.05, 0.03])
    arm = [tube([(body * 0.8, by + 0.04, 0), hand], [0.022, 0.016], wood, 8)]
    arm += [tube([hand - [0.06, 0.0, 0], hand + np.array([0.03, d, 0])], 0.013, wood, 6) for d in (0.06, -0.05)]
    parts.append(both_sides(join(*arm)))
    captions = [
        "snowman",
        f"snowman made of {'two' if balls == 2 else 'three'} snowballs",
        "white snowman with a carrot nose",
    ]
    color = choose(rng, "red", "blue", "green", "purple", "orange")
    scarf = rng.random() < 0.6
    if scarf:
        neck = hy - head * 0.75
        parts.append(torus(head * 0.78, head * 0.2, color).move(y=neck))
        parts.append(
            box(head * 0.34, head * 1.0, head * 0.2, color, 0.01)
            .rotate_deg(x=-14, z=8)
            .move(x=head * 0.4, y=neck - head * 0.5, z=body * 0.95)
        )
        captions.append(f"snowman with a {color.name} scarf")
    hat = pick(rng, "top hat", "top hat", "bucket", "none")
    top = hy + head * 0.72
    if hat == "top hat":
        black = choose(rng, "black", "black", "dark grey", "brown")
        brim = lathe([(head * 1.05, 0), (head * 1.05, 0.025), (head * 0.68, 0.025), (head * 0.72, head * 1.1)], black)
        parts += [brim.move(y=top), cylinder(head * 0.71, head * 0.25, color).move(y=top + head * 0.27)]
        captions.append(f"snowman wearing a {black.name} top hat" + (f" and a {color.name} scarf" if scarf else ""))
    elif hat == "bucket":
        pail = contrast(rng, color, "grey", "blue", "red")
        parts.append(cone(head * 0.85, head * 1.0, pail, head * 0.6).move(y=top - head * 0.1))
        captions.append(f"snowman with a {pail.name} bucket on its head")
    return made("snowman", "figure", "biped", parts, captions)


def gift_box(rng: np.random.Generator) -> MadeObject:
    """A wrapped present with a lid, a ribbon and a bow."""
    wrap = choose(rng, *BRIGHT[:10])
    ribbon = contrast(rng, wrap, "gold", "white", "red", "green", "yellow", "purple", "pink", "blue")
    x, z = float(rng.uniform(0.6, 1.0)), float(rng.uniform(0.6, 1.0))
    y = float(rng.uniform(0.35, 0.9))
    if rng.random() < 0.4:
        z = x
    has_lid = rng.random() < 0.6
    parts = [box(x, y, z, wrap, 0.01).move(y=y / 2)]
    top, grow = y, 0.0
    if has_lid:
        lid, grow = float(rng.uniform(0.14, 0.22)), 0.05
        parts.append(box(x + grow, lid, z + grow, wrap.shade(-0.08), 0.01).move(y=y + lid / 2 - 0.02))
        top = y + lid - 0.02
    w = float(rng.uniform(0.09, 0.15))
    height = top + 0.015
    for along_x in (True, False) if rng.random() < 0.85 else (True,):
        size = (x + grow + 0.03, height, w) if along_x else (w, height, z + grow + 0.03)
        parts.append(box(*size, ribbon).move(y=height / 2))
    bow = float(rng.uniform(0.17, 0.26))
    loop = smooth(
        [(0, 0, 0), (bow, bow * 0.75, 0.0), (bow * 1.4, bow * 0.25, 0), (bow * 0.75, -0.0, 0), (0.02, 0, 0)], 16
    )
    leaf = tube(loop, 0.03, ribbon.shade(0.05), 8).scale(1, 1, 2.0)
    parts.append(both_sides(leaf).move(y=top + 0.04))
    if rng.random() < 0.5:
        parts.append(both_sides(leaf).scale(0.8).rotate_deg(y=90).move(y=top + 0.05))
    parts.append(ball(0.06, ribbon.shade(-0.1), 12).scale(1, 0.8, 1).move(y=top + 0.05))
    dotted = rng.random() < 0.3
    if dotted:
        for px in (-0.3, 0.3):
            for py in (0.28, 0.62):
                disc = cylinder(0.05, 0.02, ribbon, 14).rotate_deg(x=90)
                parts += [disc.move(px * x, py * y, z / 2 + 0.002), disc.move(px * x, py * y, -z / 2 - 0.002)]
                disc = cylinder(0.05, 0.02, ribbon, 14).rotate_deg(z=90)
                parts += [disc.move(x / 2 + 0.002, py * y, px * z), disc.move(-x / 2 - 0.002, py * y, px * z)]
    captions = [
        "gift box",
        f"{wrap.name} gift box",
        f"{wrap.name} present with a {ribbon.name} ribbon",
        f"wrapped birthday gift with a {ribbon.name} bow",
    ]
    if dotted:
        captions.append(f"{wrap.name} gift with {ribbon.name} dots")
    return made("gift_box", "gift", "prop", parts, captions)
