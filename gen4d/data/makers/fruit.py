"""Fruit and vegetables."""

import numpy as np

from gen4d.data.articles import COUNT_WORDS
from gen4d.data.makers.curves import smooth
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import choose, contrast, paint
from gen4d.data.makers.shapes import Part, around_y, both_sides, ellipsoid, extrude, join, lathe, limb, loft, tube


def apple(rng: np.random.Generator) -> MadeObject:
    """An apple with a dimple, a stalk and often a leaf."""
    skin = choose(rng, "red", "red", "green", "light green", "yellow", "dark red")
    wide, tall = float(rng.uniform(0.46, 0.53)), float(rng.uniform(0.8, 0.95))
    knots = np.array([(0.0, 0.1), (0.14, 0.02), (0.34, 0.18), (0.5, 0.58), (0.4, 0.88), (0.2, 0.95), (0.0, 0.84)])
    profile = smooth(knots * [wide / 0.5, tall], 24)
    profile[[0, -1], 0] = 0.0
    body = lathe(np.maximum(profile, [0, 0]), skin, 28)
    blush = rng.random() < 0.4 and skin.name in ("green", "light green", "yellow")
    if blush:
        body = body.paint_where(lambda c: c[:, 0] > 0.2 * wide + 0.1 * c[:, 1], paint(rng, "red"))
    lean = float(rng.uniform(-0.1, 0.1))
    stalk = tube(
        smooth([(0, tall * 0.8, 0), (lean * 0.4, tall * 0.98, 0), (lean, tall * 1.16, 0)], 7),
        [0.022] * 6 + [0.034],
        paint(rng, "brown"),
        8,
    )
    parts = [body, stalk]
    leaf = rng.random() < 0.7
    if leaf:
        blade = (
            ellipsoid(0.17, 0.025, 0.08, paint(rng, "green"), 14).move(x=0.17).rotate_deg(z=24, y=rng.uniform(-50, 50))
        )
        parts.append(blade.move(lean * 0.5, tall * 1.02, 0))
    captions = ["apple", f"{skin.name} apple", f"ripe {skin.name} apple with a brown stalk"]
    captions.append(f"{skin.name} apple {'with a green leaf' if leaf else 'without a leaf'}")
    return made("apple", "fruit", "prop", parts, captions)


def banana(rng: np.random.Generator) -> MadeObject:
    """A banana, or a bunch of them."""
    peel = choose(rng, "yellow", "yellow", "yellow", "light green")
    tip, bend = paint(rng, "dark brown"), float(rng.uniform(70, 115))
    a = np.radians(np.linspace(-bend / 2, bend / 2, 17))
    radius = 0.5 / np.sin(a[-1])
    thick = float(rng.uniform(0.085, 0.11))
    shape = np.interp(
        np.linspace(0, 1, 17), [0, 0.05, 0.14, 0.3, 0.7, 0.86, 0.93, 1], [0.34, 0.4, 0.75, 1, 1, 0.72, 0.34, 0.28]
    )
    path = np.stack([radius * np.sin(a), radius * (1 - np.cos(a)), np.zeros(17)], -1)
    bands = [tip, *[peel] * 14, tip]
    one = tube(path, thick * shape, bands, 7)
    count = pick(rng, 1, 1, 1, 3, 4)
    parts = [one]
    if count > 1:
        hung = one.move(x=-0.5, y=-path[-1, 1])
        parts = [hung.rotate_deg(x=28 * (i - (count - 1) / 2)) for i in range(count)]
        parts.append(limb((-0.06, -0.02, 0), (0.06, 0.05, 0), 0.08, 0.055, tip))
    ripe = "unripe" if peel.name == "light green" else "ripe"
    if count == 1:
        captions = ["banana", f"{peel.name} banana", f"curved {ripe} banana", f"{peel.name} banana with dark tips"]
    else:
        captions = ["bananas", f"bunch of {peel.name} bananas", f"bunch of {COUNT_WORDS[count]} {ripe} bananas"]
        captions[0] = "bunch of bananas"
    return made("banana", "fruit", "prop", parts, captions)


def carrot(rng: np.random.Generator) -> MadeObject:
    """A carrot, tip down, with its leaves."""
    root, leaf = (
        choose(rng, "orange", "orange", "orange", "orange", "purple", "yellow"),
        choose(rng, "green", "dark green", "light green"),
    )
    r, tall = float(rng.uniform(0.11, 0.17)), float(rng.uniform(0.62, 0.75))
    knots = [(0.012, 0.0), (r * 0.45, 0.28 * tall), (r * 0.85, 0.72 * tall), (r, 0.92 * tall), (r * 0.55, tall)]
    profile = smooth(knots, 22)
    bands = [root.shade(-0.14) if i % 5 == 3 else root for i in range(21)]
    parts = [lathe(profile, bands, 18)]
    stems = int(rng.integers(4, 8))
    long, lean = float(rng.uniform(0.24, 0.36)), float(rng.uniform(14, 30))
    stem = [limb((0, 0, 0), (0, long * 0.7, 0), 0.02, 0.016, leaf)]
    stem += [
        ellipsoid(0.05, 0.085, 0.03, leaf, 10).move(x=x, y=y * long)
        for x, y in ((0.04, 0.5), (-0.04, 0.62), (0.035, 0.78), (0.0, 0.98))
    ]
    plume = join(*stem)
    parts += [
        around_y(plume.rotate_deg(x=lean), stems, 20).move(y=tall - 0.02),
        plume.scale(1, 1.1, 1).move(y=tall - 0.02),
    ]
    captions = [
        "carrot",
        f"{root.name} carrot",
        f"{root.name} carrot with {leaf.name} leaves",
        "fresh carrot vegetable",
    ]
    return made("carrot", "vegetable", "prop", parts, captions)


def watermelon(rng: np.random.Generator) -> MadeObject:
    """A slice of watermelon standing on its rind."""
    flesh, rind = choose(rng, "red", "red", "pink"), choose(rng, "green", "dark green")
    half, depth = float(rng.uniform(62, 90)), float(rng.uniform(0.14, 0.24))
    a = np.radians(np.linspace(-half, half, 19))
    edge = np.stack([np.sin(a), -np.cos(a)], -1) * 0.5
    parts = [
        extrude([(0, 0), *edge], depth, rind),
        extrude([(0, 0.004), *(edge * 0.93)], depth + 0.012, paint(rng, "white")),
    ]
    parts.append(extrude([(0, 0.008), *(edge * 0.86)], depth + 0.024, flesh))
    seed = paint(rng, "black")
    for r, n in ((0.2, 3), (0.32, 5)):
        for t in np.linspace(-0.7, 0.7, n) * np.radians(half):
            for side in (-1, 1):
                pip = ellipsoid(0.018, 0.028, 0.01, seed, 8).rotate_deg(z=np.degrees(t))
                parts.append(pip.move(r * np.sin(t), -r * np.cos(t), side * (depth / 2 + 0.013)))
    captions = [
        "slice of watermelon",
        "watermelon",
        f"slice of watermelon with {flesh.name} flesh and black seeds",
        f"watermelon slice with a {rind.name} rind",
    ]
    return made("watermelon", "fruit", "prop", parts, captions)


def pumpkin(rng: np.random.Generator) -> MadeObject:
    """A ribbed pumpkin with a stalk; some are carved with a glowing face."""
    skin = choose(rng, "orange", "orange", "orange", "white", "green", "yellow")
    ribs, wide, tall = int(rng.integers(7, 11)), 0.46, float(rng.uniform(0.3, 0.42))
    n, lobes = ribs * 6, np.arange(ribs * 6) * 2 * np.pi / (ribs * 6)
    groove = 0.86 + 0.14 * np.abs(np.sin(lobes * ribs / 2)) ** 0.7
    rings = []
    for a in np.radians(np.linspace(-90, 90, 15)):
        r, y = (
            wide * np.cos(a) ** 0.8,
            tall * np.sin(a) - 0.07 * np.sin(a) * np.exp(-((np.abs(a) - np.pi / 2) ** 2) * 6),
        )
        rings.append(np.stack([r * groove * np.sin(lobes), np.full(n, y), r * groove * np.cos(lobes)], -1))
    body = loft(rings, skin)
    radius = np.hypot(*body.vertices[body.faces].mean(1)[:, [0, 2]].T)
    height = body.vertices[body.faces].mean(1)[:, 1]
    ideal = wide * np.sqrt(np.maximum(1e-6, 1 - (height / tall) ** 2)) ** 0.8
    deep = radius < ideal * 0.92
    parts = [Part(body.vertices, body.faces, np.where(deep[:, None], body.colors * 0.84, body.colors))]
    lean, stem = float(rng.uniform(-0.1, 0.1)), choose(rng, "green", "brown", "dark green")
    stalk = smooth([(0, tall * 0.7, 0), (lean * 0.3, tall + 0.06, 0), (lean, tall + 0.17, 0)], 8)
    parts.append(tube(stalk, np.linspace(0.075, 0.045, 8), stem, 7))
    carved = rng.random() < 0.45
    captions = ["pumpkin", f"{skin.name} pumpkin", f"{skin.name} pumpkin with a {stem.name} stalk"]
    if carved:
        glow = contrast(rng, skin, "yellow", "black", "black")
        z, eye = wide * 0.93, [(-0.07, -0.055), (0.07, -0.055), (0.0, 0.075)]
        parts.append(both_sides(extrude(eye, 0.14, glow).rotate_deg(y=20).move(0.15, tall * 0.28, z - 0.06)))
        parts.append(extrude([(-0.035, -0.03), (0.035, -0.03), (0, 0.04)], 0.1, glow).move(y=0.01, z=z - 0.02))
        grin = [
            (-0.2, -0.05),
            (-0.1, -0.12),
            (0.1, -0.12),
            (0.2, -0.05),
            (0.1, -0.07),
            (0.055, -0.045),
            (0.0, -0.075),
            (-0.055, -0.045),
            (-0.1, -0.07),
        ]
        parts.append(extrude(grin, 0.16, glow).move(y=-tall * 0.14, z=z - 0.085))
        captions += ["halloween pumpkin with a carved face", f"{skin.name} jack-o'-lantern with a {glow.name} face"]
    else:
        captions.append(f"{'tall' if tall > 0.36 else 'flat'} {skin.name} pumpkin with ribs")
    return made("pumpkin", "vegetable", "prop", parts, captions)
