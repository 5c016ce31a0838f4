"""Trees."""

import numpy as np

from gen4d.data.articles import COUNT_WORDS
from gen4d.data.makers.curves import smooth
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import choose, contrast, paint
from gen4d.data.makers.shapes import around_y, ball, cone, ellipsoid, lathe, limb, loft, tube


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


def palm_tree(rng: np.random.Generator) -> MadeObject:
    """A palm with a ringed, bent trunk, drooping fronds and often coconuts, sometimes on a little island."""
    leaf, bark = choose(rng, "green", "green", "dark green", "light green"), choose(rng, "brown", "tan")
    bend, tall = float(rng.uniform(-0.2, 0.2)), float(rng.uniform(0.75, 0.95))
    path = smooth([(0, 0, 0), (bend * 0.25, tall * 0.45, 0), (bend, tall, 0)], 17)
    radius = np.linspace(0.07, 0.042, 17) * (1 + 0.12 * (np.arange(17) % 2))
    parts = [tube(path, radius, [bark if i % 2 else bark.shade(-0.18) for i in range(16)], 12)]
    top, count, long = path[-1], int(rng.integers(6, 10)), float(rng.uniform(0.36, 0.48))
    droop = float(rng.uniform(0.1, 0.3))
    rings = []
    for t in np.linspace(0, 1, 9):
        wide = 0.085 * np.sin(np.pi * min(1.0, t * 0.92 + 0.1)) + 0.004
        center = np.array([0, 0.14 * np.sin(np.pi * t * 0.9) - droop * t * t, long * t])
        edge, ridge = np.array([wide, -0.4 * wide, 0.0]), np.array([0.0, 0.02, 0.0])
        rings.append([center + edge, center + ridge, center + edge * [-1, 1, 1], center - ridge])
    frond = loft(rings, [leaf.shade(0.06 * (i % 2)) for i in range(8)])
    parts.append(around_y(frond, count, float(rng.uniform(0, 40))).move_to(top))
    parts.append(around_y(frond.scale(0.75).rotate_deg(x=-32), max(3, count // 2), 25).move_to(top))
    captions = [
        "palm tree",
        f"palm tree with {leaf.name} leaves",
        f"{'bent' if abs(bend) > 0.08 else 'straight'} palm with a {bark.name} trunk",
    ]
    nuts = pick(rng, 0, 2, 3, 4)
    if nuts:
        parts.append(around_y(ball(0.055, paint(rng, "dark brown"), 12).move(y=-0.05, z=0.075), nuts, 30).move_to(top))
        captions.append(f"palm tree with {COUNT_WORDS[nuts]} coconuts")
    if rng.random() < 0.25:
        parts.append(ellipsoid(0.34, 0.09, 0.3, paint(rng, "yellow").shade(0.3), 20).move(y=-0.02))
        captions.append("palm tree on a small sandy island")
    return made("palm_tree", "tree", "plant", parts, captions)
