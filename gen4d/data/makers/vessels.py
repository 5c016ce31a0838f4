"""Vessels and tableware."""

import numpy as np

from gen4d.data.makers.curves import smooth
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import BRIGHT, choose, contrast, paint
from gen4d.data.makers.shapes import around_y, ball, both_sides, cylinder, ellipsoid, lathe, torus, tube


def mug(rng: np.random.Generator) -> MadeObject:
    """A mug with a handle at +X, often filled, with a band, dots or a saucer's plain colour."""
    color = choose(rng, *BRIGHT, "cream", "grey")
    r, h = float(rng.uniform(0.26, 0.36)), float(rng.uniform(0.55, 0.85))
    foot = r * float(rng.uniform(0.72, 1.0))
    belly = r * float(rng.uniform(0.98, 1.12))
    wall = 0.035
    outside = smooth([(foot, 0.0), (belly, h * 0.4), (r, h)], 14)
    inside = outside[::-1][:-2] - [wall, 0.0]
    drink = rng.random() < 0.6
    brew = choose(rng, "dark brown", "dark brown", "brown", "tan")
    level = h * 0.86 if drink else 0.06
    inside = inside[inside[:, 1] > level]
    r_level = float(np.interp(level, outside[:, 1], outside[:, 0])) - wall
    profile = np.concatenate([[(foot - 0.02, 0.0)], outside, inside, [(r_level, level), (0.0, level)]])
    style = pick(rng, "plain", "band", "two-tone", "dots")
    second = contrast(rng, color, "white", "red", "blue", "yellow", "navy", "orange", "black")
    inner = second if style == "two-tone" else color.shade(-0.05)
    bands = [color] * (len(outside)) + [inner] * len(inside) + [inner, brew if drink else inner]
    if style == "band":
        mid = (outside[1:, 1] + outside[:-1, 1]) / 2 / h
        bands[1 : len(outside)] = [second if 0.4 < m < 0.68 else color for m in mid]
    parts = [lathe(profile, bands, 32)]
    top, low = h * rng.uniform(0.78, 0.88), h * rng.uniform(0.16, 0.3)
    reach = r * rng.uniform(0.55, 0.85)
    round_handle = rng.random() < 0.7
    path = [
        (r - 0.03, top, 0),
        (r + reach * 0.85, top - 0.04 * h, 0),
        (r + reach * 0.85, low + 0.1 * h, 0),
        (r - 0.03, low, 0),
    ]
    path = smooth(path, 18) if round_handle else smooth([path[0], (r + reach, (top + low) / 2, 0), path[-1]], 14)
    parts.append(tube(path, 0.045, second if style == "two-tone" else color.shade(-0.06), 10).scale(1, 1, 1.3))
    if style == "dots":
        for i in range(10):
            a, y = 36 * i + 18, h * (0.32 if i % 2 else 0.64)
            at = float(np.interp(y, outside[:, 1], outside[:, 0]))
            parts.append(ellipsoid(0.05, 0.05, 0.02, second, 12).move(y=y, z=at - 0.004).rotate_deg(y=a))
    captions = ["mug", f"{color.name} mug", f"{color.name} coffee mug with a handle"]
    if style != "plain":
        what = {
            "band": f"with a {second.name} band",
            "two-tone": f"with a {second.name} handle",
            "dots": f"with {second.name} dots",
        }
        captions.append(f"{color.name} mug {what[style]}")
    captions.append(
        f"{color.name} cup full of {'coffee' if 'brown' in brew.name else 'tea'}"
        if drink
        else f"empty {color.name} mug"
    )
    return made("mug", "tableware", "prop", parts, captions)


def teapot(rng: np.random.Generator) -> MadeObject:
    """A teapot: a belly, a lid with a knob, a spout at -X and a handle at +X."""
    color = choose(rng, "white", "blue", "red", "teal", "brown", "pink", "yellow", "green", "light blue", "black")
    trim = contrast(rng, color, "gold", "white", "red", "navy", "silver") if rng.random() < 0.6 else color.shade(-0.15)
    r, tall, bulge = 0.36, float(rng.uniform(0.42, 0.62)), float(rng.uniform(0.35, 0.6))
    profile = smooth(
        [(0.2, 0.0), (r * 0.9, tall * bulge * 0.5), (r, tall * bulge), (r * 0.72, tall * 0.88), (r * 0.5, tall)], 18
    )
    band = pick(rng, "plain", "band", "dots")
    mid = (profile[1:, 1] + profile[:-1, 1]) / 2
    bands = [trim if band == "band" and abs(y - tall * bulge) < 0.07 else color for y in mid]
    parts = [lathe(profile, bands, 30), lathe([(0.2, -0.01), (0.22, 0.0), (0.21, 0.03)], trim)]
    lid = ellipsoid(r * 0.52, 0.075, r * 0.52, color, 22).move(y=tall)
    parts += [lid, torus(r * 0.5, 0.022, trim, 24, 8).move(y=tall - 0.005), ball(0.055, trim, 14).move(y=tall + 0.1)]
    spout = smooth(
        [
            (-r * 0.75, tall * 0.32, 0),
            (-r * 1.25, tall * 0.45, 0),
            (-r * 1.42, tall * 0.8, 0),
            (-r * 1.72, tall * 1.0, 0),
        ],
        14,
    )
    parts.append(tube(spout, np.linspace(0.095, 0.045, 14), color, 12))
    side = [(r * 0.72, tall * 0.86, 0), (r * 1.4, tall * 0.9, 0), (r * 1.5, tall * 0.5, 0), (r * 0.92, tall * 0.22, 0)]
    parts.append(tube(smooth(side, 18), 0.042, trim, 10))
    if band == "dots":
        for i in range(9):
            at = float(np.interp(tall * bulge, profile[:, 1], profile[:, 0]))
            parts.append(
                ellipsoid(0.05, 0.05, 0.022, trim, 12).move(y=tall * bulge, z=at - 0.004).rotate_deg(y=20 + 40 * i)
            )
    captions = [
        "teapot",
        f"{color.name} teapot",
        f"{color.name} teapot with a {trim.name} handle",
        f"{color.name} tea kettle with a spout and a lid",
    ]
    if band != "plain" and trim.name != color.name:
        captions.append(
            f"{color.name} teapot with {'a ' + trim.name + ' band' if band == 'band' else trim.name + ' dots'}"
        )
    if trim.name == color.name:
        captions[2] = f"round {color.name} teapot"
    return made("teapot", "tableware", "prop", parts, captions)


def bottle(rng: np.random.Generator) -> MadeObject:
    """A wine, beer, milk or water bottle with a cap or cork and a label."""
    kind = pick(rng, "wine", "water", "milk", "potion")
    glass = choose(
        rng,
        *{
            "wine": ("dark green", "dark red", "green", "brown"),
            "water": ("light blue", "blue", "teal", "pink"),
            "milk": ("white", "cream"),
            "potion": ("purple", "red", "light green", "blue", "orange"),
        }[kind],
    )
    r = float(rng.uniform(0.15, 0.2))
    shoulder, tall = float(rng.uniform(0.46, 0.6)), float(rng.uniform(0.88, 1.0))
    if kind == "potion":
        r, shoulder, tall = float(rng.uniform(0.28, 0.36)), 0.45, 0.75
        body = [(0.14, 0.0), (r, 0.2), (r * 0.8, 0.42), (0.11, 0.54), (0.1, tall)]
        profile = smooth(body, 22)
    else:
        neck = {"wine": 0.055, "water": 0.07, "milk": 0.1}[kind]
        profile = np.array(
            [
                (r * 0.9, 0),
                (r, 0.03),
                (r, shoulder),
                (r * 0.92, shoulder + 0.05),
                (neck * 1.6, shoulder + 0.15),
                (neck, shoulder + 0.21),
                (neck, tall),
            ]
        )
    parts = [lathe(profile, glass, 26)]
    top = contrast(rng, glass, "red", "brown", "tan", "gold", "black", "blue", "white")
    mouth = float(profile[-1, 0])
    parts += [
        cylinder(mouth * 1.25, 0.1, top, 18).move(y=tall),
        torus(mouth * 1.05, 0.018, glass.shade(-0.2), 20, 8).move(y=tall - 0.08),
    ]
    label = contrast(rng, glass, "white", "cream", "yellow", "red")
    has_label = kind != "potion" and rng.random() < 0.75
    if has_label:
        y0, y1 = shoulder * 0.25, shoulder * 0.8
        parts.append(lathe([(r + 0.006, y0), (r + 0.006, y1)], label, 26))
        parts.append(lathe([(r + 0.009, y0 + 0.04), (r + 0.009, y0 + 0.08)], top, 26))
    noun = {"wine": "wine bottle", "water": "water bottle", "milk": "milk bottle", "potion": "potion bottle"}[kind]
    captions = [
        "bottle",
        noun,
        f"{glass.name} {noun}",
        f"{glass.name} bottle with a {top.name} {'cork' if kind == 'potion' else 'cap'}",
    ]
    if has_label:
        captions.append(f"{glass.name} bottle with a {label.name} label")
    return made("bottle", "vessel", "prop", parts, captions)


def wine_glass(rng: np.random.Generator) -> MadeObject:
    """A stemmed glass or goblet filled with wine, juice or nothing."""
    glass = choose(rng, "light grey", "white", "light blue", "gold", "silver", surprise=0.12)
    drink = choose(rng, "dark red", "dark red", "yellow", "orange", "pink")
    style = pick(rng, "round", "tulip", "cone")
    stem, bowl = float(rng.uniform(0.32, 0.46)), float(rng.uniform(0.34, 0.46))
    cup = {
        "round": smooth([(0.03, 0), (0.2, 0.1), (0.25, 0.24), (0.19, bowl)], 12),
        "tulip": smooth([(0.03, 0), (0.16, 0.09), (0.19, 0.2), (0.17, bowl)], 12),
        "cone": np.array([(0.03, 0.0), (0.16, bowl * 0.45), (0.3, bowl * 0.9)]),
    }[style] + [0, stem]
    full = rng.random() < 0.75
    height = cup[-1, 1]
    level = stem + (height - stem) * float(rng.uniform(0.5, 0.75)) if full else stem + 0.05
    r_level = float(np.interp(level, cup[:, 1], cup[:, 0])) - 0.02
    outer = np.concatenate([cup[cup[:, 1] < level], [(r_level + 0.02, level)], cup[cup[:, 1] > level]])
    inner = [(x - 0.022, y) for x, y in cup[::-1] if y > level + 0.01]
    foot = [(0.0, 0.0), (0.2, 0.0), (0.2, 0.02), (0.04, 0.05), (0.03, stem - 0.03)]
    profile = np.array([*foot, *outer, *inner, (r_level, level), (0.0, level)])
    bands = [glass] * (len(profile) - 2) + [drink if full else glass.shade(-0.1)]
    if full:  # the drink shows through the glass
        first = len(foot)
        last = first + int((cup[:, 1] < level).sum())
        bands[first:last] = [drink] * (last - first)
    whole = lathe(profile, bands, 26)
    captions = [
        "wine glass" if style != "cone" else "cocktail glass",
        "glass",
        f"{glass.name} {'goblet' if glass.name in ('gold', 'silver') else 'glass'} with a stem",
    ]
    captions.append(f"glass filled with a {drink.name} drink" if full else f"empty {glass.name} glass on a foot")
    if full and drink.name == "dark red":
        captions.append("glass of red wine")
    return made("wine_glass", "tableware", "prop", [whole], captions)


def vase(rng: np.random.Generator) -> MadeObject:
    """A vase of a free profile with bands, alone or with flowers."""
    color = choose(rng, "blue", "white", "teal", "red", "green", "yellow", "pink", "brown", "orange", "black", "purple")
    trim = contrast(rng, color, "white", "gold", "navy", "yellow", "red", "light blue")
    foot, belly, neck, lip = (
        float(rng.uniform(0.11, 0.18)),
        float(rng.uniform(0.24, 0.33)),
        float(rng.uniform(0.08, 0.15)),
        float(rng.uniform(0.14, 0.22)),
    )
    tall, at = float(rng.uniform(0.7, 0.95)), float(rng.uniform(0.3, 0.55))
    knots = [(foot, 0.0), (belly, tall * at), (neck, tall * 0.84), (lip, tall)]
    outside = smooth(knots, 22)
    outside[:, 0] = np.maximum(outside[:, 0], 0.06)
    inside = outside[::-1][:6] - [0.03, 0.0]
    profile = np.concatenate([outside, inside, [(0.0, inside[-1, 1])]])
    style = pick(rng, "plain", "bands", "two-tone")
    mid = (profile[1:, 1] + profile[:-1, 1]) / 2 / tall
    bands = []
    for i, m in enumerate(mid):
        marked = (style == "bands" and (abs(m - at) < 0.06 or abs(m - 0.9) < 0.04 or m < 0.05)) or (
            style == "two-tone" and m > at
        )
        bands.append(color.shade(-0.35) if i >= len(outside) else trim if marked else color)
    parts = [lathe(profile, bands, 28)]
    handles = rng.random() < 0.25
    if handles:
        loop = smooth(
            [(neck * 0.9, tall * 0.86, 0), (belly * 0.98, tall * 0.88, 0), (belly * 0.9, tall * (at + 0.12), 0)], 12
        )
        parts.append(both_sides(tube(loop, 0.03, color.shade(-0.1), 10)))
    captions = [
        "vase",
        f"{color.name} vase",
        f"{color.name} vase {'with two handles' if handles else 'with a narrow neck'}",
    ]
    if style != "plain":
        captions.append(
            f"{color.name} vase with {trim.name} {'bands' if style == 'bands' else 'upper half'}"
            if style == "bands"
            else f"{color.name} and {trim.name} vase"
        )
    if rng.random() < 0.35:
        petal, green = contrast(rng, color, "red", "yellow", "pink", "white", "orange", "purple"), paint(rng, "green")
        for i in range(5):
            a, lean = 2 * np.pi * i / 5, 0.0 if i == 0 else 0.2
            tip = np.array([lean * np.sin(a), tall + float(rng.uniform(0.22, 0.36)), lean * np.cos(a)])
            parts += [
                tube([(0, tall - 0.05, 0), tip], 0.016, green, 6),
                ball(0.045, paint(rng, "yellow" if petal.name != "yellow" else "brown"), 10).move_to(
                    tip + np.array([0, 0.02, 0])
                ),
            ]
            parts += [around_y(ellipsoid(0.055, 0.025, 0.045, petal, 8).move(x=0.065), 6).move_to(tip)]
        captions.append(f"{color.name} vase with {petal.name} flowers")
    return made("vase", "vessel", "prop", parts, captions)
