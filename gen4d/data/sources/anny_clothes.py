"""Clothes, hair and skin for a bare body, by the bones that hold each vertex and by height.

A garment is the body's own surface, coloured and moved outwards; a skirt is a tube of its own around the legs.
"""

import re
from dataclasses import dataclass

import numpy as np

Color = tuple[float, float, float]

# The first pattern a bone's name begins with decides the region of the vertices it holds.
REGIONS = (
    ("eye", r"eye"), ("head", r"head|neck0[23]|jaw|tongue"), ("neck", r"neck01"), ("hand", r"wrist|finger|metacarpal"),
    ("forearm", r"lowerarm"), ("upper_arm", r"upperarm"), ("foot", r"foot|toe"), ("shin", r"lowerleg"),
    ("thigh", r"upperleg"), ("hips", r"pelvis|root|spine05"), ("torso", r"spine|clavicle|shoulder|breast"),
)  # fmt: skip
REGION_NAMES = tuple(name for name, _ in REGIONS)
SHIRT, SLEEVES, LONG_SLEEVES = ("torso",), ("torso", "upper_arm"), ("torso", "upper_arm", "forearm")
TROUSERS, SHORTS = ("hips", "thigh", "shin"), ("hips", "thigh")
CLOTH_GAP, SHOE_GAP, HAIR_GAP = 0.006, 0.008, 0.014  # of the body's height, outwards from the skin
SKIRT_SEGMENTS, SKIRT_RINGS = 32, 8
EYE_WHITE, IRIS = (0.93, 0.92, 0.90), (0.16, 0.11, 0.08)
IRIS_SHARE = 0.25  # of an eye's depth, from its front


@dataclass(frozen=True)
class Outfit:
    """What a person wears.

    Fields:
        upper, lower: regions that the top and the trousers cover; a dress has the same colour twice.
        skirt_hem: share of the body's height at which a skirt ends, or None.
    """

    skin: Color
    hair: Color
    top: Color
    bottom: Color
    shoes: Color
    upper: tuple[str, ...]
    lower: tuple[str, ...]
    skirt_hem: float | None
    long_hair: bool
    bald: bool


@dataclass(frozen=True)
class Dressed:
    """Vertices (V, 3), faces (F, 3), corner colours (F, 3, 3), and the body vertex each vertex moves with, (V,)."""

    vertices: np.ndarray
    faces: np.ndarray
    corner_colors: np.ndarray
    source_vertex: np.ndarray


def vertex_regions(bone_names: tuple[str, ...], bones: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Index into `REGION_NAMES` of the region that holds most of each vertex.

    Args:
        bones: (V, K) int; weights: (V, K) float.
    """
    of_bone = np.array(
        [next((i for i, (_, pattern) in enumerate(REGIONS) if re.match(pattern, name)), 0) for name in bone_names]
    )
    share = np.zeros((len(bones), len(REGIONS)))
    np.add.at(share, (np.arange(len(bones))[:, None], of_bone[bones]), weights)
    return share.argmax(1)


def dress(vertices: np.ndarray, faces: np.ndarray, regions: np.ndarray, outfit: Outfit) -> Dressed:
    """Put clothes on a body that stands upright, +Y up, facing +Z, in any scale."""
    height = np.ptp(vertices[:, 1])
    normals = _normals(vertices, faces)
    colors = np.broadcast_to(np.array(outfit.skin), vertices.shape).copy()
    gap = np.zeros(len(vertices))
    for names, color, distance in (
        (outfit.lower, outfit.bottom, CLOTH_GAP),
        (outfit.upper, outfit.top, 1.3 * CLOTH_GAP),  # the top hangs over the trousers
        (("foot",), outfit.shoes, SHOE_GAP),
    ):
        covered = np.isin(regions, [REGION_NAMES.index(name) for name in names])
        colors[covered], gap[covered] = color, distance
    hair = _hair(vertices, regions, outfit)
    colors[hair], gap[hair] = outfit.hair, HAIR_GAP
    for eye in _eyes(vertices, regions):
        depth = vertices[eye, 2]
        front = depth > depth.max() - IRIS_SHARE * np.ptp(depth)
        colors[eye] = np.where(front[:, None], IRIS, EYE_WHITE)
    body = vertices + (gap * height)[:, None] * normals
    # Each face takes the colour of its corner of middle brightness, so that borders stay sharp.
    middle = np.argsort(colors[faces].sum(2), 1)[:, 1]
    painted = np.repeat(colors[faces[np.arange(len(faces)), middle]][:, None], 3, 1)
    dressed = Dressed(body, faces, painted.astype(np.float32), np.arange(len(vertices)))
    return dressed if outfit.skirt_hem is None else _with_skirt(dressed, regions, outfit)


def _hair(vertices: np.ndarray, regions: np.ndarray, outfit: Outfit) -> np.ndarray:
    """Vertices of the head that hair covers: above the brow, and behind the ears down to the nape."""
    if outfit.bald:
        return np.zeros(len(vertices), bool)
    head = regions == REGION_NAMES.index("head")
    low, high = vertices[head].min(0), vertices[head].max(0)
    up = (vertices[:, 1] - low[1]) / (high[1] - low[1])
    back = (high[2] - vertices[:, 2]) / (high[2] - low[2])
    nape = 0.2 if outfit.long_hair else 0.5
    # A slanting line from the hairline over the brow to behind the ears.
    return head & ((up > 0.86) | ((up > nape) & (up - 0.86 > -1.1 * (back - 0.22))))


def _eyes(vertices: np.ndarray, regions: np.ndarray) -> list[np.ndarray]:
    eyes = np.flatnonzero(regions == REGION_NAMES.index("eye"))
    sides = [eyes[vertices[eyes, 0] > 0], eyes[vertices[eyes, 0] <= 0]]
    return [side for side in sides if len(side)]


def _with_skirt(dressed: Dressed, regions: np.ndarray, outfit: Outfit) -> Dressed:
    """Add a tube from the waist to the hem, as wide as the legs and hips inside it."""
    assert outfit.skirt_hem is not None
    body, bottom = dressed.vertices, dressed.vertices[:, 1].min()
    height = np.ptp(body[:, 1])
    hips = body[regions == REGION_NAMES.index("hips")]
    inside = np.flatnonzero(np.isin(regions, [REGION_NAMES.index(name) for name in ("hips", "thigh", "shin")]))
    levels = np.linspace(hips[:, 1].max(), bottom + outfit.skirt_hem * height, SKIRT_RINGS)
    angles = np.linspace(0, 2 * np.pi, SKIRT_SEGMENTS, endpoint=False)
    directions = np.stack([np.sin(angles), np.cos(angles)], 1)  # (S, 2): x, z
    center = np.array([hips[:, 0].mean(), hips[:, 2].mean()])
    flat = body[inside][:, [0, 2]] - center
    rings, reach = [], np.zeros(SKIRT_SEGMENTS)
    for number, level in enumerate(levels):
        near = flat[np.abs(body[inside, 1] - level) < 0.03 * height]
        support = (near @ directions.T).max(0) if len(near) else reach
        flare = 0.006 * height * number  # wider towards the hem
        reach = np.maximum(reach, support + CLOTH_GAP * height) if number else support + CLOTH_GAP * height
        outline = center + (reach + flare)[:, None] * directions
        rings.append(np.stack([outline[:, 0], np.full(SKIRT_SEGMENTS, level), outline[:, 1]], 1))
    skirt = np.concatenate(rings)
    ring, segment = (grid.reshape(-1) for grid in np.mgrid[: SKIRT_RINGS - 1, :SKIRT_SEGMENTS])
    after = (segment + 1) % SKIRT_SEGMENTS
    a, b = ring * SKIRT_SEGMENTS + segment, ring * SKIRT_SEGMENTS + after
    c, d = a + SKIRT_SEGMENTS, b + SKIRT_SEGMENTS
    faces = np.concatenate([np.stack([a, c, b], 1), np.stack([b, c, d], 1)]) + len(body)
    nearest = inside[((skirt[:, None] - body[inside][None, ::7]) ** 2).sum(2).argmin(1) * 7]
    return Dressed(
        np.concatenate([body, skirt]),
        np.concatenate([dressed.faces, faces]),
        np.concatenate(
            [dressed.corner_colors, np.broadcast_to(np.array(outfit.bottom, np.float32), (len(faces), 3, 3))]
        ),
        np.concatenate([dressed.source_vertex, nearest]),
    )


def _normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    a, b, c = np.moveaxis(vertices[faces], 1, 0)
    total = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(total, faces[:, corner], np.cross(b - a, c - a))
    return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-20)
