"""Plants and mushrooms."""

import numpy as np

from gen4d.data.makers.model import COUNT_WORDS, MadeObject, made, pick
from gen4d.data.makers.palette import choose, contrast, paint
from gen4d.data.makers.shapes import Part, arc, around_y, ball, cone, ellipsoid, join, lathe, limb, smooth


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


def _mushroom(rng, radius, height, cap, stem, spot, spots) -> Part:
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


def tree(rng: np.random.Generator) -> MadeObject:
    """A leafy tree: one round crown or several blobs over a trunk, sometimes with fruit or blossom."""
    leaf = choose(rng, "green", "green", "dark green", "light green", "orange", "yellow", "red", "pink")
    bark = choose(rng, "brown", "dark brown", "brown", "tan")
    tall, radius = float(rng.uniform(0.35, 0.6)), float(rng.uniform(0.045, 0.08))
    trunk = smooth(
        [(radius * 1.7, 0), (radius * 1.05, 0.08), (radius * 0.85, tall * 0.7), (radius * 0.6, tall + 0.15)], 10
    )
    parts = [lathe(trunk, bark, 14)]
    style = pick(rng, "round", "clumps", "clumps", "tall", "cone of balls")
    if style == "round":
        blobs = [(0.0, tall + 0.26, 0.0, 0.36)]
    elif style == "tall":
        blobs = [(0.0, tall + 0.2, 0.0, 0.24), (0.0, tall + 0.45, 0.0, 0.2), (0.0, tall + 0.65, 0.0, 0.13)]
    elif style == "clumps":
        count = int(rng.integers(4, 7))
        blobs = [(0.0, tall + 0.32, 0.0, 0.28)]
        for i in range(count):
            a = 2 * np.pi * (i + rng.uniform(0, 0.4)) / count
            blobs.append(
                (0.24 * np.sin(a), tall + rng.uniform(0.1, 0.28), 0.24 * np.cos(a), float(rng.uniform(0.17, 0.24)))
            )
            side = np.array([0.2 * np.sin(a), tall + 0.15, 0.2 * np.cos(a)])
            parts.append(limb((0, tall * 0.7, 0), side, radius * 0.5, radius * 0.35, bark))
    else:
        blobs = [(0.0, tall + 0.1 + 0.2 * i, 0.0, 0.34 - 0.1 * i) for i in range(3)]
    for i, (x, y, z, r) in enumerate(blobs):
        flat = rng.uniform(0.8, 1.0)
        parts.append(ellipsoid(r, r * flat, r, leaf.shade(0.07 * (i % 3 - 1)), 18).move(x, y, z))
    captions = ["tree", f"tree with {leaf.name} leaves", f"leafy tree with a {bark.name} trunk"]
    fruit = rng.random() < 0.25
    if fruit:
        berry = contrast(rng, leaf, "red", "orange", "yellow", "pink", "purple")
        for _ in range(int(rng.integers(8, 14))):
            x, y, z, r = blobs[int(rng.integers(len(blobs)))]
            n = rng.normal(size=3)
            n *= r * 0.95 / np.linalg.norm(n)
            parts.append(ball(0.045, berry, 10).move(x + n[0], y + n[1] * 0.85, z + n[2]))
        captions.append(f"{leaf.name} tree with {berry.name} fruits")
    season = {"orange": "autumn tree", "red": "autumn tree", "yellow": "autumn tree", "pink": "cherry tree in blossom"}
    captions.append(f"{leaf.name} {season.get(leaf.name, 'tree in summer')}")
    return made("tree", "tree", "plant", parts, captions)


def pine_tree(rng: np.random.Generator) -> MadeObject:
    """A conifer of stacked cones; some carry snow, some Christmas balls and a star."""
    leaf, bark = (
        choose(rng, "dark green", "green", "dark green", "teal", surprise=0.08),
        choose(rng, "brown", "dark brown"),
    )
    tiers = int(rng.integers(2, 6))
    trunk, radius = float(rng.uniform(0.12, 0.22)), float(rng.uniform(0.28, 0.42))
    parts = [cone(rng.uniform(0.05, 0.075), trunk + 0.2, bark, 0.04, 14)]
    snow = rng.random() < 0.25
    festive = not snow and rng.random() < 0.25
    white, sides = paint(rng, "white"), pick(rng, 8, 12, 24)
    step = (1.0 - trunk) / (tiers + 0.6)
    captions = ["pine tree", f"{leaf.name} fir tree", f"{leaf.name} pine tree with a {bark.name} trunk"]
    ball_paint = contrast(rng, leaf, "red", "gold", "light blue", "pink")
    for i in range(tiers):
        r, y, h = radius * (1 - 0.72 * i / tiers), trunk + step * i, step * 1.65
        droop = rng.uniform(0.0, 0.05)
        profile = [(0.0, y + droop), (r, y), (r * 0.5, y + h * 0.47), (0.0, y + h)]
        parts.append(
            lathe(
                profile,
                [leaf.shade(-0.2), leaf.shade(-0.05 + 0.04 * i), white if snow else leaf.shade(0.02 + 0.04 * i)],
                sides,
            )
        )
        if festive:
            count = max(3, 7 - 2 * i)
            parts.append(around_y(ball(0.04, ball_paint, 10).move(y=y + 0.02, z=r * 0.93), count, 25 * i))
    if snow:
        captions.append(f"{leaf.name} pine tree with snow on it")
    if festive:
        parts.append(ball(0.055, paint(rng, "gold"), 10).move(y=trunk + step * (tiers + 0.65)))
        captions += ["christmas tree", f"{leaf.name} christmas tree with {ball_paint.name} balls"]
    else:
        captions.append(f"conifer with {COUNT_WORDS[tiers]} layers of branches")
    return made("pine_tree", "tree", "plant", parts, captions)
