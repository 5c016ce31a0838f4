"""People and robots."""

import numpy as np

from gen4d.data.makers.curves import smooth
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import BRIGHT, Paint, choose, contrast, paint
from gen4d.data.makers.shapes import (
    ball,
    both_sides,
    box,
    cone,
    cylinder,
    dome,
    ellipsoid,
    fuselage,
    join,
    lathe,
    limb,
    taper_box,
    torus,
    tube,
)

SKINS = ((0.98, 0.83, 0.72), (0.93, 0.74, 0.59), (0.78, 0.57, 0.42), (0.58, 0.39, 0.27), (0.38, 0.25, 0.18))


def person(rng: np.random.Generator) -> MadeObject:
    """A cartoon person standing in an A or T pose, facing +Z."""
    skin = Paint("skin", SKINS[int(rng.integers(len(SKINS)))])
    kind = pick(rng, "man", "woman", "boy", "girl")
    child = kind in ("boy", "girl")
    head = float(rng.uniform(0.15, 0.18)) if child else float(rng.uniform(0.115, 0.14))
    leg = float(rng.uniform(0.32, 0.38)) if child else float(rng.uniform(0.44, 0.5))
    torso = float(rng.uniform(0.3, 0.34))
    broad = 0.16 if kind == "man" else 0.135
    shirt = choose(rng, *BRIGHT)
    pants = contrast(rng, shirt, "blue", "navy", "black", "brown", "grey", "dark green", "red")
    hair = choose(rng, "black", "dark brown", "brown", "yellow", "orange", "grey")
    shoe = contrast(rng, pants, "black", "white", "brown", "red")
    parts = []
    dress = kind in ("woman", "girl") and rng.random() < 0.45
    hip = 0.065
    thigh = 0.062 if not child else 0.055
    cloth = skin if dress else pants
    leg_part = join(
        limb((hip, leg, 0), (hip * 1.15, 0.07, 0), thigh, thigh * 0.75, cloth),
        ellipsoid(0.052, 0.045, 0.095, shoe, 14).move(hip * 1.15, 0.043, 0.03),
    )
    parts.append(both_sides(leg_part))
    shoulder = leg + torso
    profile = [(leg - 0.05, 0.2, 0.15), (leg + 0.04, 0.235, 0.16), (leg + torso * 0.45, broad * 1.5, 0.15)]
    profile += [
        (leg + torso * 0.85, broad * 1.85, 0.165),
        (shoulder, broad * 1.45, 0.12),
        (shoulder + 0.03, 0.09, 0.08),
    ]
    trunk = fuselage([(y, w, d, 0.0) for y, w, d in profile], shirt, 2.6).rotate_deg(x=-90)
    if not dress:
        trunk = trunk.paint_where(lambda c: c[:, 1] < leg + 0.04, pants)
    parts.append(trunk)
    if dress:
        parts.append(
            lathe(smooth([(0.19, leg - 0.17), (0.15, leg - 0.02), (0.1, leg + 0.12)], 8), shirt).scale(1, 1, 0.8)
        )
    angle = np.radians(pick(rng, 0.0, 40.0, 55.0, 68.0))  # below the horizontal
    reach = (0.3 if not child else 0.24) + broad * 0.5
    start = np.array([broad * 0.82, shoulder - 0.045, 0.0])
    along = np.array([np.cos(angle), -np.sin(angle), 0.0])
    long_sleeve = rng.random() < 0.5
    elbow, hand = start + along * reach * 0.5, start + along * reach
    arm = [limb(start, elbow, 0.055, 0.046, shirt), limb(elbow, hand, 0.045, 0.036, shirt if long_sleeve else skin)]
    arm.append(ball(0.047, skin, 14).move_to(hand + along * 0.035))
    parts.append(both_sides(join(*arm)))
    neck = shoulder + 0.02
    cy = neck + head * 1.05
    parts += [
        cylinder(0.045, 0.08, skin, 14).move(y=neck + 0.01),
        ellipsoid(head * 0.92, head, head * 0.92, skin, 24).move(y=cy),
    ]
    dark, white = paint(rng, "black"), paint(rng, "white")
    eye = np.array([head * 0.34, cy + head * 0.08, head * 0.82])
    parts.append(
        both_sides(
            join(
                ellipsoid(head * 0.15, head * 0.18, head * 0.08, white, 12).move_to(eye),
                ball(head * 0.09, dark, 10).move_to(eye).move(z=head * 0.06),
            )
        )
    )
    parts.append(ball(head * 0.11, skin.shade(-0.1), 10).move(y=cy - head * 0.12, z=head * 0.92))
    parts.append(
        box(head * 0.36, head * 0.07, head * 0.06, paint(rng, "dark red")).move(y=cy - head * 0.42, z=head * 0.8)
    )
    parts.append(both_sides(ball(head * 0.17, skin, 10).move(head * 0.9, cy, 0)))
    style = (
        pick(rng, "short", "bun", "long", "ponytail")
        if kind in ("woman", "girl")
        else pick(rng, "short", "short", "spiky")
    )
    cap = dome(head * 1.02, head * 1.02, hair).rotate_deg(x=-24).move(y=cy + head * 0.1, z=-head * 0.04)
    hat = rng.random() < 0.2
    hat_paint = contrast(rng, shirt, "red", "blue", "yellow", "green", "black")
    parts.append(cap)
    if style == "bun":
        parts.append(ball(head * 0.4, hair, 14).move(y=cy + head * 1.1, z=-head * 0.3))
    elif style == "long":
        parts.append(
            ellipsoid(head * 0.98, head * 1.25, head * 0.55, hair, 18).move(y=cy - head * 0.35, z=-head * 0.52)
        )
    elif style == "ponytail":
        parts.append(
            limb((0, cy + head * 0.4, -head * 0.9), (0, cy - head * 0.9, -head * 1.35), head * 0.3, head * 0.14, hair)
        )
    elif style == "spiky":
        for i in range(7):
            a = np.radians(360 * i / 7)
            parts.append(
                cone(head * 0.3, head * 0.5, hair, 0.01, 8)
                .rotate_deg(x=38)
                .rotate_deg(y=np.degrees(a))
                .move(np.sin(a) * head * 0.45, cy + head * 0.75, np.cos(a) * head * 0.45 - head * 0.1)
            )
        parts.append(cone(head * 0.3, head * 0.5, hair, 0.01, 8).move(y=cy + head * 0.95, z=-head * 0.1))
    if hat:
        parts.append(dome(head * 1.1, head * 0.95, hat_paint).move(y=cy + head * 0.3))
        parts.append(
            ellipsoid(head * 0.7, head * 0.07, head * 0.6, hat_paint.shade(-0.15), 16).move(
                y=cy + head * 0.34, z=head * 1.05
            )
        )
    clothes = f"in a {shirt.name} dress" if dress else f"in a {shirt.name} shirt and {pants.name} trousers"
    look = {"yellow": "blond"}.get(hair.name, hair.name)
    captions = ["person", kind, f"cartoon {kind} {clothes}", f"{kind} with {look} hair {clothes}"]
    if hat:
        captions.append(f"{kind} wearing a {hat_paint.name} cap")
    captions.append(
        f"cartoon character with {'both arms stretched out' if angle == 0 else 'arms held away from the body'}"
    )
    return made("person", "person", "biped", parts, captions)


def robot(rng: np.random.Generator) -> MadeObject:
    """A toy robot: box, barrel or round body, a head with eyes and antenna, arms with claws, legs, wheels or tracks."""
    main = choose(rng, "silver", "grey", "white", "light grey", surprise=0.55)
    trim = contrast(rng, main, "red", "blue", "orange", "yellow", "teal", "dark grey", "purple")
    metal, glow = (
        contrast(rng, main, "dark grey", "grey", "silver"),
        choose(rng, "light blue", "yellow", "red", "light green"),
    )
    w, h, d = float(rng.uniform(0.34, 0.46)), float(rng.uniform(0.34, 0.44)), float(rng.uniform(0.24, 0.32))
    leg = float(rng.uniform(0.2, 0.34))
    shape = pick(rng, "boxy", "boxy", "barrel", "round")
    mid = leg + h / 2
    if shape == "boxy":
        body = taper_box((w * rng.uniform(0.75, 1.0), d), (w, d), h, main).move(y=leg)
    elif shape == "barrel":
        body = lathe(smooth([(w * 0.4, 0), (w * 0.5, h * 0.5), (w * 0.42, h)], 12), main).scale(1, 1, 0.85).move(y=leg)
    else:
        body = ellipsoid(w * 0.54, h * 0.54, w * 0.5, main, 24).move(y=mid)
    parts = [body]
    front = float(body.vertices[:, 2].max())
    parts.append(box(w * 0.52, h * 0.42, 0.05, metal, 0.01).move(y=mid + 0.01, z=front - 0.012))
    for i, color in enumerate((trim, glow, trim)):
        parts.append(ball(0.028, color, 10).move((i - 1) * w * 0.16, mid + h * 0.08, front + 0.012))
    parts.append(box(w * 0.36, 0.03, 0.02, glow).move(y=mid - h * 0.1, z=front + 0.01))
    stand = pick(rng, "legs", "legs", "wheels", "tracks")
    if stand == "legs":
        foot = box(0.14, 0.07, 0.2, trim, 0.02).move(w * 0.26, 0.035, 0.03)
        parts.append(
            both_sides(
                join(
                    foot,
                    cylinder(0.048, leg + 0.05, metal, 14).move(w * 0.26, leg / 2 + 0.04, 0),
                    ball(0.062, main, 12).move(w * 0.26, leg * 0.55, 0),
                )
            )
        )
    elif stand == "wheels":
        wheel = cylinder(leg * 0.52, 0.08, metal, 20).rotate_deg(z=90).move(w * 0.42, leg * 0.52, 0)
        parts.append(
            both_sides(join(wheel, cylinder(leg * 0.25, 0.1, trim, 16).rotate_deg(z=90).move(w * 0.42, leg * 0.52, 0)))
        )
        parts.append(box(w * 0.6, leg * 0.8, d * 0.5, metal).move(y=leg * 0.68))
    else:
        track = join(
            *(cylinder(leg * 0.36, 0.11, metal, 16).rotate_deg(z=90).move(z=s * 0.14) for s in (-1, 1)),
            box(0.11, leg * 0.72, 0.28, metal),
        )
        parts.append(both_sides(track.move(w * 0.38, leg * 0.36, 0)))
        parts.append(box(w * 0.6, leg * 0.6, d * 0.6, main.shade(-0.15)).move(y=leg * 0.72))
    neck = leg + h
    hw, hh = float(rng.uniform(0.22, 0.34)), float(rng.uniform(0.18, 0.24))
    parts.append(cylinder(0.05, 0.1, metal, 14).move(y=neck + 0.02))
    head_shape = pick(rng, "box", "dome")
    hy = neck + 0.05
    head = (
        box(hw, hh, hw * 0.8, main, 0.02).move(y=hy + hh / 2)
        if head_shape == "box"
        else dome(hw / 2, hh * 1.1, main).move(y=hy)
    )
    parts.append(head)
    face = hw * 0.4 if head_shape == "box" else hw * 0.43
    eyes = pick(rng, 2, 2, 1)
    if eyes == 2:
        eye = cylinder(0.04, 0.06, glow, 16).rotate_deg(x=90).move(hw * 0.23, hy + hh * 0.58, face)
        parts.append(
            both_sides(
                join(
                    eye, torus(0.042, 0.012, metal, 16, 8).rotate_deg(x=90).move(hw * 0.23, hy + hh * 0.58, face + 0.03)
                )
            )
        )
    else:
        parts.append(box(hw * 0.72, hh * 0.28, 0.05, glow, 0.015).move(y=hy + hh * 0.58, z=face))
    parts.append(box(hw * 0.5, 0.03, 0.05, metal).move(y=hy + hh * 0.18, z=face + (0 if head_shape == "box" else 0.03)))
    antenna = rng.random() < 0.65
    if antenna:
        parts += [cylinder(0.012, 0.12, metal, 8).move(y=hy + hh + 0.05), ball(0.033, trim, 12).move(y=hy + hh + 0.12)]
    angle = np.radians(pick(rng, 20.0, 45.0, 70.0))
    along = np.array([np.cos(angle), -np.sin(angle), 0])
    shoulder = np.array([w * 0.5 + 0.02, neck - 0.08, 0])
    elbow = shoulder + along * 0.16
    hand = elbow + along * 0.12 + np.array([0, 0, 0.06])
    arm = [
        ball(0.07, trim, 14).move_to(shoulder),
        tube([shoulder, elbow], 0.036, metal, 12),
        ball(0.045, metal, 12).move_to(elbow),
        limb(elbow, hand, 0.05, 0.05, main),
    ]
    arm += [limb(hand, hand + np.array([dx, -0.05, 0.07]), 0.024, 0.016, trim) for dx in (-0.045, 0.045)]
    parts.append(both_sides(join(*arm)))
    captions = [
        "robot",
        f"{main.name} robot",
        f"{shape} {main.name} robot",
    ]
    captions.append(f"{main.name} toy robot with {glow.name} {'eyes' if eyes == 2 else 'visor'}")
    captions.append(f"{main.name} robot on {stand}" + (" with an antenna" if antenna else ""))
    captions[-2] = captions[-2] if eyes == 2 else f"{main.name} toy robot with a {glow.name} visor"
    return made("robot", "robot", "biped" if stand == "legs" else "vehicle", parts, captions)
