"""The shared body of four-legged animals: a trunk, legs, a neck, a head, and a face to put on it."""

from dataclasses import dataclass

import numpy as np

from gen4d.data.makers.curves import Array
from gen4d.data.makers.palette import Paint
from gen4d.data.makers.shapes import Part, ball, both_sides, cone, ellipsoid, fuselage, join, limb, tube


@dataclass(frozen=True)
class Build:
    """Proportions of a four-legged animal; lengths in units of its trunk's length.

    Fields:
        chest, belly, rump: height of the trunk there.
        width: width of the trunk over its height.
        leg, leg_radius: from the ground to the trunk's axis less two fifths of the chest; radius.
        neck, neck_deg: length and slope above the horizontal.
        head: radius. head_shape: its stretch along (x, y, z).
        snout: length, radius and drop below the head's centre, in units of the head's radius.
    """

    chest: float
    belly: float
    rump: float
    width: float
    leg: float
    leg_radius: float
    neck: float
    neck_deg: float
    head: float
    head_shape: tuple[float, float, float]
    snout: tuple[float, float, float]


@dataclass(frozen=True)
class Coat:
    """Paints: main for the trunk, light for the belly, and those of legs, feet and muzzle."""

    main: Paint
    light: Paint
    leg: Paint
    foot: Paint
    muzzle: Paint


@dataclass(frozen=True)
class Body:
    """A posed body and where to fix things on it.

    Fields:
        trunk, rest: the trunk, and all other parts.
        axis_y, top_y: height of the trunk's axis and of the back.
        neck_root, head_center: (3,). head: radius. tip: the muzzle's foremost point. side: half the trunk's width.
    """

    trunk: Part
    rest: Part
    axis_y: float
    top_y: float
    side: float
    neck_root: Array
    head_center: Array
    head: float
    tip: Array
    build: Build

    def on_head(self, x: float, y: float, z: float) -> Array:
        """A point (3,) given in head radii from the head's centre."""
        return self.head_center + self.head * np.array([x, y, z])


def vary(rng: np.random.Generator, value: float, part: float = 0.1) -> float:
    """A value changed by up to `part` of itself."""
    return float(value * rng.uniform(1 - part, 1 + part))


def four_legged(rng: np.random.Generator, b: Build, coat: Coat) -> Body:
    """A body in the given proportions, each varied a little."""
    leg, r = vary(rng, b.leg, 0.14), vary(rng, b.leg_radius)
    chest, belly, rump = vary(rng, b.chest), vary(rng, b.belly), vary(rng, b.rump)
    y = leg + chest * 0.4
    zs = np.array([-0.5, -0.485, -0.44, -0.36, -0.2, 0.0, 0.2, 0.33, 0.42, 0.48, 0.5])
    ends = np.array([0.1, 0.4, 0.7, 0.92, 1, 1, 1, 0.95, 0.78, 0.45, 0.1])
    tall = np.interp(zs, [-0.3, 0.0, 0.3], [rump, belly, chest]) * ends
    stations = [(z, h * b.width, h, y) for z, h in zip(zs, tall, strict=True)]
    trunk = fuselage(stations, coat.main, 2.1).paint_where(lambda c: c[:, 1] < y - 0.3 * chest, coat.light)
    parts, across = [], b.width * min(chest, rump) * 0.5 - r * 0.95
    for z, lean in ((0.33, 0.0), (-0.34, -0.03)):
        foot = np.array([across, r * 0.8, z + lean])
        paw = ellipsoid(r * 1.1, r * 0.75, r * 1.35, coat.foot, 12).move(across, r * 0.75, z + lean + r * 0.3)
        parts.append(both_sides(join(limb((across, y - 0.02, z), foot, r * 1.35, r * 0.85, coat.leg), paw)))
    slope = np.radians(b.neck_deg + rng.uniform(-8, 8))
    root, head = np.array([0.0, y + chest * 0.12, 0.36]), vary(rng, b.head)
    center = root + vary(rng, b.neck) * np.array([0, np.sin(slope), np.cos(slope)])
    parts.append(limb(root, center, chest * 0.36 * min(1.0, b.width * 1.2), head * 0.68, coat.main))
    sx, sy, sz = b.head_shape
    parts.append(ellipsoid(head * sx, head * sy, head * sz, coat.main).move_to(center))
    length, thick, drop = b.snout
    start = center + head * np.array([0, -drop, 0.4])
    end = center + head * np.array([0, -drop - 0.12, sz * 0.75 + length])
    parts.append(limb(start, end, thick * head * 1.1, thick * head * 0.9, coat.muzzle))
    tip = end + np.array([0, 0, thick * head * 0.88])
    return Body(trunk, join(*parts), y, y + belly * 0.5, belly * b.width / 2, root, center, head, tip, b)


def eyes(body: Body, size: float, dark: Paint, white: Paint | None = None) -> Part:
    """Two eyes, plain balls or pupils on a ball of another colour; size in head radii."""
    n = np.array([0.5, 0.33, 0.8])
    at = body.head_center + n / np.linalg.norm(n) * body.head * np.array(body.build.head_shape) * 0.97
    r = size * body.head
    eye = ball(r, dark, 12).move_to(at)
    if white is not None:
        eye = join(ball(r * 1.35, white, 12).move_to(at).move(z=-r * 0.55), eye.move(z=r * 0.25))
    return both_sides(eye)


def nose(body: Body, size: float, color: Paint) -> Part:
    """A nose on the upper front of the muzzle; size in head radii."""
    r, up = size * body.head, body.build.snout[1] * body.head * 0.45
    return ellipsoid(r * 1.25, r * 0.85, r * 0.7, color, 12).move_to(body.tip).move(y=up, z=-0.15 * r - up * 0.15)


def pointed_ear(body: Body, width: float, height: float, color: Paint, inner: Paint) -> Part:
    """Two upright pointed ears with a lighter inside; sizes in head radii."""
    h = body.head
    outer = cone(width * h, height * h, color, 0.02 * h, 12).scale(1, 1, 0.45)
    lining = cone(width * h * 0.62, height * h * 0.7, inner, 0.01 * h, 12).scale(1, 1, 0.4).move(z=width * h * 0.22)
    sx, sy, _ = body.build.head_shape
    return both_sides(join(outer, lining).rotate_deg(z=-18).move_to(body.on_head(0.54 * sx, 0.62 * sy, -0.05)))


def floppy_ear(body: Body, length: float, color: Paint) -> Part:
    """Two ears hanging beside the head; length in head radii."""
    h, sx = body.head, body.build.head_shape[0]
    lobe = ellipsoid(h * 0.14, h * length, h * 0.32, color, 14).rotate_deg(z=16)
    return both_sides(lobe.move_to(body.on_head(0.98 * sx, 0.4 - length * 0.65, -0.05)))


def side_ear(body: Body, length: float, color: Paint, inner: Paint) -> Part:
    """Two leaf-shaped ears held out sideways; length in head radii."""
    h = body.head
    leaf = join(
        ellipsoid(h * length, h * 0.2, h * 0.12, color, 12),
        ellipsoid(h * length * 0.7, h * 0.13, h * 0.08, inner, 12).move(z=h * 0.07),
    )
    return both_sides(leaf.move(x=h * length * 0.8).rotate_deg(z=-12).move_to(body.on_head(0.6, 0.42, -0.1)))


def round_ear(body: Body, size: float, color: Paint, inner: Paint) -> Part:
    """Two round ears on top; size in head radii."""
    h = body.head
    disc = join(
        ellipsoid(size * h, size * h, size * h * 0.45, color, 14),
        ellipsoid(size * h * 0.62, size * h * 0.62, size * h * 0.3, inner, 12).move(z=size * h * 0.26),
    )
    return both_sides(disc.move_to(body.on_head(0.68, 0.72, -0.05)))


def tail(
    body: Body, length: float, slope_deg: float, thick: float, color: Paint, curl: float = 0.0
) -> tuple[Part, Array]:
    """A tail and its end (3,): its slope at the root is above straight back, `curl` is added along it in radians."""
    count, a = 9, np.radians(slope_deg)
    here, points = np.array([0.0, body.axis_y + 0.14 * body.build.rump, -0.44]), []
    for _ in range(count):
        points.append(here)
        here = here + length / count * np.array([0, np.sin(a), -np.cos(a)])
        a += curl / count
    part = join(
        tube(points, np.linspace(thick, thick * 0.6, count), color, 10),
        ball(thick * 0.66, color, 10).move_to(points[-1]),
    )
    return part, points[-1]


def patches(rng: np.random.Generator, body: Body, color: Paint, count: int, size: float) -> Part:
    """The trunk with irregular round patches."""
    b = body.build
    low, high = [-b.chest / 2, body.axis_y - 0.1, -0.5], [b.chest / 2, body.top_y, 0.5]
    seeds, reach = rng.uniform(low, high, (count, 3)), size * rng.uniform(0.7, 1.3, count)
    return body.trunk.paint_where(lambda c: (np.linalg.norm(c[:, None] - seeds, axis=2) < reach).any(1), color)
