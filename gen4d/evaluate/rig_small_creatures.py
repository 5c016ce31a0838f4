"""Made-up birds, fish, snakes, insects and spiders as capsules with exact joints, to measure rigs on.

No network learns joints from these. They face +Z, their left is +X, and they stand on y = 0 or float above it; joints
bear the names of `gen4d/rig/names.py`.
"""

# ruff: noqa: RUF005 - arrays are added here, not lists joined

import numpy as np

from gen4d.evaluate.rig_creatures import Creature, Point, name_side

LEGS = {"insect": ("Front", "Middle", "Hind"), "spider": ("Front", "FrontMiddle", "HindMiddle", "Hind")}


def make_bird(rng: np.random.Generator) -> Creature:
    """A bird with its wings held out or hanging; the trunk from hips to chest is 0.6 long."""
    c, u = Creature(), rng.uniform
    girth, leg, pitch = u(0.18, 0.32), u(0.25, 0.8), np.radians(u(0, 55))
    aim = np.array([0.0, np.sin(pitch), np.cos(pitch)])
    hips = np.array([0.0, leg + 0.6 * girth, 0.0])
    c.joints |= {"hips": hips, "spine": hips + 0.25 * aim, "chest": hips + 0.5 * aim}
    c.limb([hips - 0.1 * aim, hips + 0.25 * aim, hips + 0.55 * aim], [girth * 0.7, girth, girth * 0.75])
    slope, neck = pitch + u(0.2, 0.9), u(0.1, 0.6)
    rise = np.array([0.0, np.sin(slope), np.cos(slope)])
    base = c.joints["chest"] + 0.12 * aim
    top, head = base + neck * rise, u(0.09, 0.2)
    c.joints |= {"neck": base, "neck1": (base + top) / 2, "head": top}
    c.limb([base - 0.1 * rise, top], [girth * 0.5, head * 0.8])
    c.limb([top + [0, 0.4 * head, 0.3 * head]] * 2, [head, head])
    c.limb([top + [0, 0.3 * head, head], top + [0, 0.1 * head, head * u(1.8, 3.0)]], [head * 0.45, 0.02])
    root = hips - np.array([0, 0.0, 0.1 + 0.5 * girth])
    tip = root + u(0.2, 0.6) * np.array([0, u(-0.4, 0.4), -1.0])
    c.joints |= {"tail1": root, "tail2": (root + tip) / 2}
    c.both([root, tip + [u(0.02, 0.15), 0, 0]], [0.06, 0.03])
    span, hang, wing = u(0.5, 1.1), np.radians(u(-75, 20)), c.joints["chest"] + [girth * 0.8, 0.2 * girth, 0]
    out = np.array([np.cos(hang), np.sin(hang), u(-0.3, 0.1)])
    bend = np.array([0.0, 0.0, -u(0.0, 0.25)])
    arm = [wing, wing + 0.4 * span * out, wing + 0.75 * span * out + bend, wing + span * out + 2 * bend]
    for back in (0.0, 0.12, 0.24):
        c.both([p - np.array([0, 0, back * (1 - 0.2 * i)]) for i, p in enumerate(arm)], [0.05, 0.05, 0.045, 0.03])
    hip = hips + [girth * 0.5, -0.3 * girth, 0.05]
    ankle = np.array([hip[0], 0.35 * leg, hip[2] + u(-0.12, 0.02) * leg])
    knee = (hip + ankle) / 2 + [0, 0, u(0.0, 0.2) * leg]
    toes = np.array([hip[0], 0.03, ankle[2] + 0.06])
    c.both([hip, knee, ankle, toes, toes + [0, 0, u(0.06, 0.15)]], [0.09, 0.06, 0.035, 0.035, 0.025])
    for side in (1.0, -1.0):
        flip = np.array([side, 1, 1])
        name_side(c, side, {f"Wing{i + 1}": arm[i] * flip for i in range(3)})
        parts = ("UpperLeg", "LowerLeg", "Foot", "Toes")
        name_side(c, side, {part: p * flip for part, p in zip(parts, (hip, knee, ankle, toes), strict=True)})
    return c


def make_fish(rng: np.random.Generator) -> Creature:
    """A fish, a dolphin or a shark, 1 long from snout to the root of its tail fin."""
    c, u = Creature(), rng.uniform
    high, thin = u(0.1, 0.3), u(0.03, 0.06)
    thickest = u(0.5, 0.7)
    backbone = {"body": thickest, "head": u(0.78, 0.86), "tailFin": 0.0}
    backbone |= {f"spine{i}": thickest * (1 - i / 4) for i in (1, 2, 3)}
    c.joints = {name: np.array([0.0, 0.5, z]) for name, z in backbone.items()}
    stations = [0.0, 0.25 * thickest, 0.6 * thickest, thickest, 0.85, 0.96]
    sizes = [thin, high * 0.4, high * 0.85, high, high * u(0.6, 0.8), high * 0.25]
    c.limb([np.array([0.0, 0.5, z]) for z in stations], sizes)
    level = rng.random() < 0.3  # a whale's tail lies
    for spread in np.linspace(-1, 1, 7):
        away = spread * u(0.9, 1.0) * high * 1.2
        tip = np.array([away if level else 0.0, 0.0 if level else away, -0.25 + 0.1 * (1 - abs(spread))])
        c.limb([np.array([0.0, 0.5, 0.02]), np.array([0, 0.5, 0]) + tip], [thin, 0.015])
    if rng.random() < 0.8:
        root = np.array([0.0, 0.5 + 0.8 * high, thickest])
        c.joints["dorsalFin"] = root
        for z in np.linspace(0.0, -0.12, 4):
            c.limb([root + [0, 0, z], root + [0, high * u(0.5, 0.8), z - 0.1]], [0.025, 0.015])
    squeeze = u(0.4, 0.9)
    fin = np.array([high * 0.75, 0.5 - 0.3 * high, 0.7])
    reach = np.array([u(0.15, 0.35), -u(0.0, 0.15), -u(0.05, 0.2)])
    for z in np.linspace(0.0, -0.08, 3):
        c.both([fin + [0, 0, z], fin + reach + [0, 0, z]], [0.03, 0.015])
    for side in (1.0, -1.0):
        name_side(c, side, {"Fin": fin * [side, 1, 1]})
    narrow = np.array([squeeze, 1.0, 1.0])
    c.joints = {name: place * narrow for name, place in c.joints.items()}
    c.capsules = [(a * narrow, b * narrow, r, q, flat) for a, b, r, q, flat in c.capsules]
    return c


def make_snake(rng: np.random.Generator) -> Creature:
    """A snake or a worm that lies in waves, its head sometimes raised."""
    c, u = Creature(), rng.uniform
    share = np.linspace(0, 1, 41)  # from the head's tip to the tail's
    waves, swing, thick = u(0.3, 1.6), u(0.03, 0.12), u(0.02, 0.05)
    raised = u(0.0, 0.25) if rng.random() < 0.5 else 0.0
    x = swing * np.sin(2 * np.pi * waves * share + u(0, 2 * np.pi)) * np.minimum(1, 4 * share)
    y = thick + raised * np.clip(1 - share / 0.25, 0, 1) ** 2
    line = np.stack([x, y, -share], 1)
    radius = thick * np.minimum(1, 0.6 + 4 * share) * np.minimum(1, 0.15 + 2.5 * (1 - share))
    radius[1:4] *= u(1.1, 1.7)
    c.limb(list(line), list(radius))
    steps = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])

    def at(part: float) -> Point:
        return np.array([np.interp(part * steps[-1], steps, line[:, k]) for k in range(3)])

    names = ("head", "neck", "front3", "front2", "front1", "body", "tail1", "tail2", "tail3", "tail4", "tail5")
    c.joints = {name: at(part) for name, part in zip(names, np.linspace(0.08, 0.92, len(names)), strict=True)}
    return c


def make_insect(rng: np.random.Generator) -> Creature:
    """A beetle, an ant or a wasp: six legs, sometimes wings."""
    c = _crawler(rng, "insect")
    if rng.random() < 0.5:
        u = rng.uniform
        root = c.joints["thorax"] + [0.08, 0.16, 0]
        out = np.array([u(0.5, 0.9), u(0.2, 0.5), -u(0.1, 0.5)])
        for back in (0.0, 0.08, 0.16):
            c.both([root, root + out - np.array([0, 0, back])], [0.03, 0.025])
        for side in (1.0, -1.0):
            points = {f"Wing{i + 1}": (root + i / 3 * out) * [side, 1, 1] for i in range(3)}
            name_side(c, side, points)
    return c


def make_spider(rng: np.random.Generator) -> Creature:
    """Eight legs round a body of two balls."""
    return _crawler(rng, "spider")


def _crawler(rng: np.random.Generator, plan: str) -> Creature:
    """Head, thorax, abdomen and pairs of legs that rise to a knee and fall to the ground."""
    c, u = Creature(), rng.uniform
    up, girth = u(0.15, 0.35), u(0.1, 0.18)
    thorax = np.array([0.0, up, 0.0])
    head = thorax + [0, u(-0.02, 0.06), 0.12 + girth]
    rear, length = thorax - np.array([0, 0, 0.1 + 0.5 * girth]), u(0.25, 0.6)
    c.joints |= {"thorax": thorax, "head": head - [0, 0, 0.05], "abdomen1": rear}
    c.joints["abdomen2"] = rear + 0.5 * length * np.array([0, u(-0.1, 0.2), -1.0])
    swell = girth * u(0.9, 1.6)
    c.limb([thorax - [0, 0, 0.05], thorax + [0, 0, 0.05]], [girth, girth])
    c.limb([head, head + [0, 0, 0.05]], [girth * u(0.6, 0.9)] * 2)
    c.limb([rear, c.joints["abdomen2"], rear - [0, 0, length]], [girth * 0.6, swell, swell * 0.4])
    pairs = LEGS[plan]
    reach, knee_up, thin = u(0.4, 0.9), u(0.1, 0.45), u(0.02, 0.04)
    for pair, angle in zip(pairs, np.radians(np.linspace(50, -50, len(pairs))), strict=True):
        out = np.array([np.cos(angle), 0.0, np.sin(angle)])
        base = thorax + out * girth * 0.8 - [0, 0.3 * girth, 0]
        knee = base + 0.4 * reach * out + [0, knee_up, 0]
        foot = base + 0.8 * reach * out
        ankle = np.array([foot[0], 0.3 * up, foot[2]])
        tip = np.array([*(base + reach * out)])
        tip[1] = 0.01
        c.both([base, knee, ankle, tip], [thin * 1.5, thin, thin, thin * 0.8])
        for side in (1.0, -1.0):
            parts = ("UpperLeg", "LowerLeg", "Foot")
            name_side(
                c, side, {f"{pair}{k}": p * [side, 1, 1] for k, p in zip(parts, (base, knee, ankle), strict=True)}
            )
    return c
