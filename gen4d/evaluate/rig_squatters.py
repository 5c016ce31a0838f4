"""Made-up quadrupeds that sit, squat or crouch: frogs, toads, rabbits, rats, dogs at rest, with exact joints.

Their hind legs are folded: the knee lies before the hip and often above it, the hock behind on the ground, and the foot
along the ground under the thigh. The subject faces +Z, its left is +X; lengths are of the trunk.
"""

import numpy as np

from gen4d.evaluate.rig_creatures import Creature, add_tail, name_side

Point = np.ndarray


def make_squatter(rng: np.random.Generator) -> Creature:
    """A four-legged animal on its haunches; the trunk from hips to chest is 1 long."""
    c, u = Creature(), rng.uniform
    girth, wide = u(0.22, 0.65), u(0.7, 1.4)
    pitch = np.radians(u(0, 65))
    rise = np.array([0.0, np.sin(pitch), np.cos(pitch)])
    ground = girth * u(0.55, 1.25)  # from the hips down
    for name, along in (("hips", 0.0), ("spine", 0.27), ("spine1", 0.55), ("chest", 0.9)):
        bow = u(-0.02, 0.05) * np.sin(np.pi * along) * np.array([0.0, np.cos(pitch), -np.sin(pitch)])
        c.joints[name] = np.array([0.0, ground, 0.0]) + along * rise + bow
    trunk = [c.joints[name] for name in ("hips", "spine", "spine1", "chest")]
    sizes = [girth * s for s in (u(0.75, 1.1), u(0.8, 1.2), u(0.95, 1.2), u(0.85, 1.1), u(0.65, 1.0))]
    c.limb([trunk[0] - 0.05 * rise, *trunk[1:], trunk[-1] + 0.1 * rise], sizes)
    if wide > 1:
        c.both([p * [1, 1, 1] + [girth * (wide - 1), 0, 0] for p in trunk[:3]], sizes[:3])
    half = girth * wide
    _folded_legs(c, rng, half, ground, girth)
    _front_legs(c, rng, half, girth)
    _head(c, rng, girth, pitch)
    add_tail(c, rng, girth)
    return c


def _folded_legs(c: Creature, rng: np.random.Generator, half: float, ground: float, girth: float) -> None:
    """Hind legs: hip inside the haunch, knee forward, up and out, hock low and behind, foot flat on the ground."""
    u = rng.uniform
    thick, thin = girth * u(0.25, 0.6), girth * u(0.1, 0.3)
    splay, length = u(0.0, 0.6), u(0.35, 0.75)
    lift, back, foot = u(-0.25, 0.45), u(0.5, 1.15), u(0.12, 0.5)
    out = u(-0.1, 0.5)
    for side in (1.0, -1.0):
        hip = c.joints["hips"] + [side * half * u(0.55, 0.7), u(-0.3, 0.0) * girth, u(-0.02, 0.08)]
        knee = hip + length * np.array([side * splay, lift, np.sqrt(max(1 - splay**2 - lift**2, 0.1))])
        knee[1] = max(knee[1], 0.35 * ground)
        hock = np.array([hip[0] + side * length * splay * 0.6, thin, knee[2] - back * length])
        ball = hock + np.array([side * out * foot, 0.15 * thin, foot])
        toe = ball + np.array([side * out * 0.4 * foot, -0.3 * thin, 0.4 * foot])
        c.limb([hip, knee, hock], [thick * 1.2, thick * 0.8, thin * 1.2])
        c.limb([hock, ball, toe], [thin, thin, thin * 0.7])
        if rng.random() < 0.4:  # webbed or furry feet
            c.limb(
                [ball - np.array([0.3 * foot, 0, 0]), ball + np.array([0.3 * foot, 0, 0.2 * foot])], [thin * 0.6] * 2
            )
        _name(c, side, "Hind", (hip, knee, hock, ball))


def _front_legs(c: Creature, rng: np.random.Generator, half: float, girth: float) -> None:
    """Front legs that prop the chest up."""
    u = rng.uniform
    thin, spread, ahead = girth * u(0.12, 0.35), u(0.5, 1.2), u(-0.1, 0.35)
    bend, paw, turned = u(-0.2, 0.25), u(0.06, 0.3), u(-0.5, 0.5)
    for side in (1.0, -1.0):
        top = c.joints["chest"] + [side * half * u(0.6, 0.75), -0.3 * girth, 0.0]
        wrist = np.array([side * half * spread, thin, top[2] + ahead * max(top[1], 0.1)])
        elbow = (top + wrist) / 2 + [side * 0.3 * abs(bend) * girth, 0.0, -bend * top[1]]
        ball = wrist + np.array([side * turned * paw, -0.3 * thin, 0.5 * paw])
        c.limb([top, elbow, wrist], [thin * u(1.2, 1.8), thin * 1.1, thin * 0.9])
        c.limb([wrist, ball, ball + 0.5 * paw * np.array([side * turned, 0, 1])], [thin, thin * 0.9, thin * 0.7])
        _name(c, side, "Front", (top, elbow, wrist, ball))


def _head(c: Creature, rng: np.random.Generator, girth: float, pitch: float) -> None:
    """A head, often large and without a neck, with the eyes or ears on top."""
    u = rng.uniform
    neck = u(0.0, 0.1) if rng.random() < 0.5 else u(0.1, 0.5)
    size = girth * (u(0.6, 1.25) if rng.random() < 0.6 else u(0.35, 0.7))
    slope = pitch + u(-0.3, 0.6)
    aim = np.array([0.0, np.sin(slope), np.cos(slope)])
    base = c.joints["chest"] + 0.12 * aim + [0, u(0.0, 0.3) * girth, 0]
    top = base + (neck + 0.25 * size) * aim
    droop = np.radians(u(-50, 20))
    face = np.array([0.0, np.sin(droop), np.cos(droop)])
    c.joints |= {"neck": base, "neck1": (base + top) / 2, "head": top}
    c.limb([base - 0.2 * aim, top], [min(size, girth) * u(0.6, 0.95), size * u(0.6, 0.9)])
    wide = u(0.0, 0.8) * size
    nose = top + face * size * u(0.5, 1.5)
    for x in (-wide, 0.0, wide):
        cheek, lip = np.array([x, 0, 0]), np.array([0.6 * x, 0, -0.3 * abs(x)])
        c.limb([top + 0.3 * size * face + cheek, nose + lip], [size * 0.8, size * u(0.3, 0.7)])
    kind = rng.random()
    if kind < 0.45:  # eyes of a frog
        place = top + size * np.array([u(0.35, 0.8), u(0.6, 0.95), u(0.0, 0.5)])
        c.both([place, place], [size * u(0.2, 0.45)] * 2)
    elif kind < 0.85:
        root = top + size * np.array([u(0.2, 0.6), 0.6, 0.0])
        c.both([root, root + size * np.array([u(-0.1, 0.8), u(0.3, 2.2), u(-0.8, 0.2)])], [size * u(0.15, 0.4), 0.03])


def _name(c: Creature, side: float, end: str, points: tuple[Point, ...]) -> None:
    names = (f"{end}{part}" for part in ("UpperLeg", "LowerLeg", "Foot", "Toes"))
    name_side(c, side, dict(zip(names, points, strict=True)))
