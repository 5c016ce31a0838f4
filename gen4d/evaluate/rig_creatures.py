"""Made-up bipeds and quadrupeds of every build, as capsules with exact joints, to learn joints from.

Artists' rigs are few and of few builds. These are crude, but there are as many as one likes, with big heads, short
legs, robes, horns, tails, hats and things in their hands.
The subject faces +Z, its left is +X; lengths are of the trunk.
"""

from dataclasses import dataclass, field

import numba
import numpy as np

from gen4d.rig.names import mirror_name

CARTOONS = 0.3  # of the quadrupeds
LONG_NECKS = 0.12

Point = np.ndarray


@dataclass
class Creature:
    """Capsules (from, to, radii at both ends, flattening in z) and landmarks by name."""

    capsules: list[tuple[Point, Point, float, float, float]] = field(default_factory=list)
    joints: dict[str, Point] = field(default_factory=dict)

    def limb(self, points: list[Point], radii: list[float], flat: float = 1.0) -> None:
        """A chain of capsules."""
        for i in range(len(points) - 1):
            self.capsules.append((points[i], points[i + 1], radii[i], radii[i + 1], flat))

    def both(self, points: list[Point], radii: list[float], flat: float = 1.0) -> None:
        """A chain and its mirror image."""
        self.limb(points, radii, flat)
        self.limb([p * [-1, 1, 1] for p in points], radii, flat)


def make_biped(rng: np.random.Generator) -> Creature:
    """A standing figure with two arms and two legs."""
    c, u = Creature(), rng.uniform
    leg, width, depth = u(0.25, 1.7), u(0.13, 0.5), u(0.5, 1.0)  # trunk from hips to neck is 1 long
    hip_x, shoulder_x = width * u(0.35, 0.75), width * u(0.75, 1.35)
    head = u(0.16, 0.35) if rng.random() < 0.6 else u(0.35, 0.95)
    neck_length, lean = u(0.0, 0.2), u(-0.12, 0.12)
    thick = u(0.05, 0.22) * min(1.0, 0.6 + width)
    heights = {"hips": 0.0, "spine": 0.22, "chest": 0.45, "upperChest": 0.72, "neck": 1.0}
    for name, share in heights.items():
        c.joints[name] = np.array([0.0, share, lean * share])
    c.joints["head"] = np.array([0.0, 1.0 + neck_length + 0.05, lean + u(-0.02, 0.06)])
    crown = c.joints["head"] + [0, 1.6 * head, u(0, 0.3) * head]
    waist = width * u(0.7, 1.1)
    c.limb([c.joints["hips"], c.joints["chest"], c.joints["upperChest"]], [width * u(0.8, 1.1), waist, width], depth)
    c.both([c.joints["upperChest"], np.array([shoulder_x, 0.82, lean])], [width * 0.8, thick * 1.2], depth)
    c.limb([c.joints["neck"] - [0, 0.1, 0], c.joints["head"]], [u(0.06, 0.16), u(0.06, 0.16)])
    c.limb([c.joints["head"] + [0, 0.7 * head, 0.1 * head], crown - [0, 0.7 * head, 0]], [head, head * u(0.7, 1.0)])
    _arms(c, rng, shoulder_x, thick, u(0.4, 1.25), lean)
    hip_drop = u(0.0, 0.12)
    for side in (1.0, -1.0):
        spread, forward, knee_bend = u(-0.1, 0.3), u(-0.25, 0.25), u(0, 0.25)
        hip = np.array([side * hip_x, -hip_drop, 0.0])
        ankle = hip + leg * np.array([side * spread, -0.93, forward * 0.6])
        knee = (hip + ankle) / 2 + [side * u(-0.05, 0.08) * leg, 0, knee_bend * leg * 0.5]
        foot = max(0.25 * leg * u(0.5, 1.2), 0.1)
        ball = ankle + np.array([side * u(0, 0.2) * foot, -0.05 * leg, foot])
        ankle_r = thick * u(0.5, 1.1)
        c.limb([hip, knee, ankle], [thick * u(1.0, 1.7), thick * u(0.7, 1.2), ankle_r])
        c.limb(
            [ankle + np.array([0, -0.04 * leg, -0.2 * foot]), ball + np.array([0, -0.01, 0.3 * foot])],
            [ankle_r, ankle_r * u(0.6, 1.0)],
        )
        name_side(c, side, {"UpperLeg": hip, "LowerLeg": knee, "Foot": ankle, "Toes": ball})
    _biped_extras(c, rng, width, leg, head, crown)
    return c


def _arms(c: Creature, rng: np.random.Generator, shoulder_x: float, thick: float, length: float, lean: float) -> None:
    """Two arms, between hanging and raised, bent a little; sometimes with something in the hand."""
    u = rng.uniform
    lift, thin = np.radians(u(-85, 15)), u(0.5, 1.1)
    slack = 0.0 if rng.random() < 0.7 else 0.5
    mitten = u(0.8, 1.8)
    for side in (1.0, -1.0):
        angle, swing = lift + slack * u(-0.6, 0.6), u(-0.35, 0.35) + slack * u(-0.3, 0.5)
        aim = np.array([side * np.cos(angle), np.sin(angle), swing])
        aim /= np.linalg.norm(aim)
        bend = u(0.0, 0.5) + slack * u(0, 0.9)
        fore = aim + bend * np.array([0.0, u(-0.3, 0.3), 1.0]) * u(0.2, 1.0)
        fore /= np.linalg.norm(fore)
        upper = np.array([side * shoulder_x, 0.86, lean])
        elbow = upper + 0.47 * length * aim
        wrist = elbow + 0.42 * length * fore
        tip = wrist + 0.2 * length * u(0.5, 1.2) * fore
        r = thick * thin
        c.limb([upper, elbow, wrist], [r * 1.2, r, r * 0.8])
        c.limb([wrist, tip], [r * mitten * 0.7, r * mitten])
        collar = np.array([side * 0.25 * shoulder_x, 0.84, lean])
        name_side(c, side, {"Shoulder": collar, "UpperArm": upper, "LowerArm": elbow, "Hand": wrist})
        if rng.random() < 0.12:  # a sword, a staff
            blade = np.array([u(-0.3, 0.3), u(-1, 1), u(-1, 1)])
            c.limb([tip - 0.2 * blade, tip + u(0.4, 1.4) * blade], [0.03, 0.03])


def _biped_extras(
    c: Creature, rng: np.random.Generator, width: float, leg: float, head: float, crown: np.ndarray
) -> None:
    """Robes, capes, packs, hats, hair, ears, horns, pads, bellies and tails."""
    u = rng.uniform
    if rng.random() < 0.18:  # a robe or a skirt
        hem = u(0.4, 0.98) * leg
        c.limb([np.array([0, 0.3, 0]), np.array([0, -hem, 0])], [width, width * u(1.0, 1.9)], u(0.6, 1.0))
    if rng.random() < 0.12:  # a cape
        for x in (-0.6, 0.0, 0.6):
            c.limb(
                [np.array([x * width, 0.9, -width]), np.array([x * width * 1.5, -u(0, 1) * leg, -1.5 * width])],
                [0.05, 0.05],
            )
    if rng.random() < 0.15:
        c.limb([np.array([0, 0.4, -1.1 * width]), np.array([0, 0.8, -1.1 * width])], [u(0.1, 0.3), u(0.1, 0.3)])
    if rng.random() < 0.25:  # a belly
        c.limb([np.array([0, 0.2, 0.4 * width]), np.array([0, 0.35, 0.4 * width])], [width * u(0.8, 1.3)] * 2)
    if rng.random() < 0.3:  # a hat or hair
        c.limb(
            [crown - [0, 0.4 * head, 0], crown + np.array([0, u(0, 1.2) * head, -u(0, 0.4) * head])],
            [head * u(0.8, 1.3), head * u(0.1, 0.9)],
        )
    if rng.random() < 0.25:  # ears or horns
        base = crown + np.array([0.6 * head, -0.5 * head, 0])
        c.both([base, base + head * np.array([u(0.1, 0.8), u(0.2, 1.5), u(-0.3, 0.3)])], [head * u(0.1, 0.3), 0.03])
    if rng.random() < 0.15:
        c.both([np.array([width * 1.1, 0.9, 0])] * 2, [u(0.12, 0.3)] * 2)
    if rng.random() < 0.12:
        c.limb([np.array([0, 0, -0.5 * width]), np.array([0, u(-0.5, 0.2), -u(0.6, 1.4)])], [u(0.05, 0.15), 0.03])


def make_quadruped(rng: np.random.Generator) -> Creature:
    """A four-legged animal; the trunk from hips to chest is 1 long."""
    c, u = Creature(), rng.uniform
    stout = rng.random() < CARTOONS  # short and thick, with a large head, as toys and games like them
    girth, width = (u(0.3, 0.65), u(0.6, 0.95)) if stout else (u(0.13, 0.45), u(0.55, 1.1))
    front, hind = u(0.2, 0.9) if stout else u(0.35, 1.5), 0.0
    hind = front * u(0.8, 1.25)
    sag = u(-0.08, 0.08)
    along = {"hips": 0.0, "spine": 0.27, "spine1": 0.55, "chest": 0.9}
    up = u(0.2, 0.8) * girth
    for name, z in along.items():
        slope = (front - hind) * z
        c.joints[name] = np.array([0.0, hind + slope + up + sag * np.sin(np.pi * z), z])
    trunk = [c.joints[n] - [0, up * u(0.5, 0.9), 0] for n in along]
    c.limb(
        [trunk[0] - [0, 0, 0.1], *trunk[1:], trunk[-1] + [0, 0, u(0.0, 0.15)]],
        [girth * u(0.8, 1.1), girth * u(0.8, 1.05), girth * u(0.85, 1.1), girth * u(0.9, 1.2), girth * u(0.7, 1.0)],
        1.0,
    )
    _legs4(c, rng, "Hind", np.array([girth * width, hind, u(-0.05, 0.12)]), hind, girth)
    _legs4(c, rng, "Front", np.array([girth * width, front, 0.9 + u(0.0, 0.12)]), front, girth)
    _neck4(c, rng, girth, stout)
    add_tail(c, rng, girth)
    if rng.random() < 0.12:  # a hump, a shell or plates
        c.limb([trunk[1] + [0, girth, 0], trunk[2] + [0, girth, 0]], [girth * u(0.3, 1.1)] * 2)
    if rng.random() < 0.06:  # a rider or a load
        c.limb([trunk[2] + [0, girth, 0], trunk[2] + [0, girth + u(0.3, 0.9), 0]], [u(0.1, 0.2)] * 2)
    return c


def _legs4(c: Creature, rng: np.random.Generator, end: str, top: np.ndarray, length: float, girth: float) -> None:
    """Two legs from the hip or shoulder to the toes; hind legs are bent as a Z, or straight as an elephant's."""
    u = rng.uniform
    thick = u(0.06, 0.2) * min(1.0, 0.5 + girth * 2) if rng.random() < 0.8 else u(0.35, 0.65) * girth
    zigzag, splay, stance = u(0.0, 1.0), u(-0.1, 0.15), u(-0.12, 0.12)
    if rng.random() < 0.12:
        splay = u(0.3, 1.0)  # a lizard, a frog
    shares = (0.66, 0.33, 0.08) if end == "Hind" else (0.62, 0.31, 0.08)
    bends = (0.16 * zigzag, -0.14 * zigzag, -0.06) if end == "Hind" else (-0.08 * zigzag, 0.0, 0.02)
    paw, step = u(0.03, 0.2), u(0.0, 0.12) if rng.random() < 0.6 else u(0.1, 0.35)
    jitter = u(-0.05, 0.05, 3)
    for side in (1.0, -1.0):
        gait = step * u(-1, 1)
        points = [top * [side, 1, 1]]
        for share, bend, move in zip(shares, bends, jitter, strict=True):
            down = 1 - share
            points.append(
                np.array(
                    [
                        side * (top[0] * (1 - 0.2 * down) + splay * length * down),
                        length * (share + 0.4 * move * share),
                        top[2] + length * (bend + (stance + gait) * down),
                    ]
                )
            )
        radii = [thick * u(1.2, 2.0), thick * u(0.9, 1.4), thick * u(0.5, 0.9), thick * u(0.5, 1.0)]
        c.limb(points, radii)
        toe = points[-1] + [0, -0.04 * length, paw * length]
        c.limb([points[-1], toe], [radii[-1], radii[-1] * 0.8])
        names = tuple(f"{end}{part}" for part in ("UpperLeg", "LowerLeg", "Foot", "Toes"))
        name_side(c, side, dict(zip(names, points, strict=True)))


def _neck4(c: Creature, rng: np.random.Generator, girth: float, stout: bool) -> None:
    """Neck, head, muzzle, ears, horns."""
    u = rng.uniform
    pitch, length = np.radians(u(-15, 75)), u(0.1, 0.9)
    if rng.random() < LONG_NECKS:
        pitch, length = np.radians(u(20, 85)), u(0.9, 2.2)
    thick, head = girth * u(0.3, 0.75), u(0.1, 0.3)
    if stout:
        length, head = u(0.0, 0.4), girth * u(0.5, 1.2)
    base = c.joints["chest"] + [0, u(-0.3, 0.2) * girth, 0.12 + 0.3 * girth]
    aim = np.array([0, np.sin(pitch), np.cos(pitch)])
    side = np.radians(u(-25, 25)) if rng.random() < 0.2 else 0.0
    top = base + length * aim * [1, 1, np.cos(side)] + [length * np.sin(side), 0, 0]
    droop = np.radians(u(-70, 15))
    face = np.array([0.3 * np.sin(side), np.sin(droop), np.cos(droop)])
    nose = top + face * head * u(1.0, 2.6)
    bow = (base + top) / 2 + [0, u(-0.08, 0.08) * length, 0]
    c.joints |= {"neck": base, "neck1": bow, "head": top}
    c.limb([base - aim * 0.15, bow, top], [thick * u(1.0, 1.5), thick, thick * u(0.7, 1.0)])
    c.limb([top + face * 0.3 * head, nose], [head * u(0.6, 1.0), head * u(0.3, 0.7)])
    if rng.random() < 0.7:
        tip = top + head * np.array([u(0.4, 1.2), u(0.5, 1.8), u(-0.6, 0.3)])
        c.both([top + np.array([0.4 * head, 0.4 * head, 0]), tip], [head * u(0.1, 0.35), 0.02])
    if rng.random() < 0.25:
        tip = top + head * np.array([u(0.3, 2.5), u(0.5, 4.0), u(-1.0, 1.5)])
        c.both([top + np.array([0.3 * head, 0.4 * head, 0.2 * head]), tip], [head * 0.15, 0.02])
    if rng.random() < 0.08:  # a trunk
        c.limb([nose, nose + np.array([0, -u(0.3, 0.9) * top[1], 0.1])], [head * 0.3, head * 0.2])
    if rng.random() < 0.12:  # a mane
        c.limb([base, top], [thick * u(1.4, 2.2)] * 2)


def add_tail(c: Creature, rng: np.random.Generator, girth: float) -> None:
    """A tail of any length, or none; then its two landmarks lie at the rump."""
    u = rng.uniform
    root = c.joints["hips"] + [0, u(-0.3, 0.1) * girth, -0.1 - 0.6 * girth]
    c.joints["tail1"] = c.joints["tailTip"] = root
    if rng.random() < 0.2:
        return
    length, pitch = u(0.15, 1.6), np.radians(u(-80, 50))
    curl = u(-1.2, 1.2)
    points, aim = [c.joints["hips"] - [0, 0.2 * girth, 0], root], pitch
    for _ in range(4):
        points.append(points[-1] + length / 4 * np.array([0, np.sin(aim), -np.cos(aim)]))
        aim += curl / 4
        points[-1][1] = max(points[-1][1], 0.02)
    c.joints |= {f"tail{i}": points[i] for i in (2, 3, 4)}
    fat = girth * u(0.1, 0.8) if rng.random() < 0.4 else u(0.03, 0.08)
    c.limb(points, list(np.linspace(max(fat, 0.05), fat * u(0.3, 1.2), len(points))))
    c.joints["tailTip"] = points[-1]


def name_side(c: Creature, side: float, places: dict[str, np.ndarray]) -> None:
    """Note joints of one side, named without it; the left is at +X."""
    for part, place in places.items():
        name = f"left{part}"
        c.joints[name if side > 0 else mirror_name(name)] = place


@numba.njit(cache=True)
def fill_capsules(
    grid: np.ndarray, a: np.ndarray, b: np.ndarray, radius_a: np.ndarray, radius_b: np.ndarray, flat: np.ndarray
) -> None:
    """Mark the cells (X, Y, Z) whose centres lie in any capsule; all lengths in cells."""
    for k in range(len(a)):
        low, high = np.zeros(3, np.int64), np.zeros(3, np.int64)
        for d in range(3):
            low[d] = max(int(np.floor(min(a[k, d] - radius_a[k], b[k, d] - radius_b[k]))), 0)
            high[d] = min(int(np.ceil(max(a[k, d] + radius_a[k], b[k, d] + radius_b[k]))) + 1, grid.shape[d])
        step = b[k] - a[k]
        square = max((step**2).sum(), 1e-9)  # a capsule may be a ball
        for x in range(low[0], high[0]):
            for y in range(low[1], high[1]):
                for z in range(low[2], high[2]):
                    t = ((x - a[k, 0]) * step[0] + (y - a[k, 1]) * step[1] + (z - a[k, 2]) * step[2]) / square
                    t = min(max(t, 0.0), 1.0)
                    dx, dy, dz = x - a[k, 0] - t * step[0], y - a[k, 1] - t * step[1], z - a[k, 2] - t * step[2]
                    radius = radius_a[k] + t * (radius_b[k] - radius_a[k])
                    if dx * dx + dy * dy + (dz / flat[k]) ** 2 <= radius * radius:
                        grid[x, y, z] = True
