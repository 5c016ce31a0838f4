"""Whether a shape has the legs and arms of a biped or a quadruped: feet, the gap between legs, what sticks out.

A second opinion for `gen4d/rig/plan.py`. Rules know two plans only, but on figures with huge heads, which the network
saw few of, they see the limbs: of 13 artist rigs of these two plans that no training saw they find 12, the network 9.

Asking both is no clean result: the thought came after the answers of those rigs had been seen.
"""

from dataclasses import dataclass

import numpy as np

from gen4d.rig.slices import EIGHT_CONNECTED, leg_gap, symmetry_plane
from gen4d.rig.voxels import VoxelSolid, label_pieces

FOOT_BANDS = (0.03, 0.06, 0.10, 0.14, 0.18)  # of the height: slices that are searched for feet
MIN_SYMMETRY = 0.45  # overlap with the mirror image; animals in a mild pose reach it, most scenes do not
ENOUGH = 0.5  # evidence of limbs; less is a thing that has none
MOST_CONFIDENCE = 0.9


@dataclass(frozen=True)
class ShapeFacts:
    """What the guess is made from.

    Fields:
        symmetry: overlap with the mirror image in [0, 1].
        height, length, width: voxels along y, z, x.
        feet: median number of separate pieces in the lowest slices.
        left_right: 1 where those pieces come in left-right pairs off the plane, falling to 0.
        foot_spread: distance between the foremost and the hindmost foot, over the length.
        overhang: how far the body reaches out beyond its feet in front and behind, over the length.
        gap: share of the height over which two legs stand apart, or touch with a cleft between them.
        arms: how far thin parts at half height or above stick out sideways beyond the trunk, over the height.
        foot_corner: how close the feet stand to the corners of the bounding box, 1 for a table.
        crown: width of the topmost slices over the greatest width.
        front_back: overlap with the image mirrored front to back; 1 for most furniture, less for what has a face.
    """

    symmetry: float
    height: float
    length: float
    width: float
    feet: float
    left_right: float
    foot_spread: float
    overhang: float
    gap: float
    arms: float
    foot_corner: float
    crown: float
    front_back: float


def plan_of_limbs(solid: VoxelSolid) -> tuple[str, float] | None:
    """ "biped" or "quadruped" and how sure, or None where no legs that carry a body are found.

    Args:
        solid: of `plan_net.LOOK_RESOLUTION`, +Y up, facing +Z.
    """
    facts = measure_shape(solid)
    if facts.symmetry < MIN_SYMMETRY:
        return None
    quadruped, biped = float(_quadruped_evidence(facts)), float(_biped_evidence(facts))
    if max(quadruped, biped) < ENOUGH:
        return None
    plan = "quadruped" if quadruped >= biped else "biped"
    return plan, min(max(quadruped, biped), MOST_CONFIDENCE)


def _quadruped_evidence(facts: ShapeFacts) -> float:
    """Four feet in pairs, far apart along z, under a body that reaches beyond them."""
    if not 3 <= facts.feet <= 5.5 or facts.left_right < 0.5 or facts.foot_spread < 0.25:
        return 0.0
    if facts.length < 0.8 * facts.height or facts.length < 0.9 * facts.width:
        return 0.2
    if facts.foot_corner > 0.85 or facts.front_back > 0.75:
        return 0.3  # a table, a chair, a car: the feet are the corners of the thing, or it has no face
    return 0.4 + min(0.3, 1.5 * facts.overhang) + min(0.2, facts.gap)


def _biped_evidence(facts: ShapeFacts) -> float:
    """Two feet side by side under something tall, or arms."""
    if facts.height < max(1.2 * facts.length, 0.6 * facts.width) or facts.foot_spread > 0.75 or facts.crown > 0.8:
        return 0.0
    paired = 1.5 <= facts.feet <= 2.5 and facts.left_right > 0.5
    legs = 0.35 if paired or (facts.gap > 0.15 and facts.arms > 0.05 and facts.feet <= 2.5) else 0.0
    gap = min(0.25, 1.2 * facts.gap) if legs else 0.0
    arms = min(0.35, 2.5 * facts.arms)
    faceless = 0.4 if facts.front_back > 0.88 else 0.0  # a star, a ring: feet and faces point forward
    return legs + gap + arms + 0.1 * (facts.symmetry > 0.6) - faceless


def measure_shape(solid: VoxelSolid) -> ShapeFacts:
    """Measure everything the evidence is made from."""
    plane_x, symmetry = symmetry_plane(solid)
    center = float(solid.to_grid(np.array([plane_x, 0.0, 0.0]))[0])
    index = np.argwhere(solid.occupied)
    low, high = index.min(0), index.max(0)
    width, height, length = (high - low + 1).astype(float)
    counts, paired, spans, outsides, corners = [], [], [], [], []
    for share in FOOT_BANDS:
        feet = _pieces(solid.occupied[:, int(low[1] + share * height)])  # (P, 6)
        if not len(feet):
            continue
        left, right = (feet[:, 4] > center).sum(), (feet[:, 5] < center).sum()  # off the plane with all their voxels
        counts.append(len(feet))
        paired.append(2 * min(left, right) / len(feet))
        spans.append(np.ptp(feet[:, 1]) / length)
        front, behind = high[2] - feet[:, 3].max(), feet[:, 2].min() - low[2]
        outsides.append(max(front, behind, 0.0) / length)
        reach_x = np.abs(feet[:, 0] - center).max() / (width / 2)
        corners.append(min(reach_x, 1.0) * (1 - (front + behind) / length))
    start, end = leg_gap(solid.occupied, center)
    gap = float(end - start) / height

    def median(values: list[float]) -> float:
        return float(np.median(values)) if values else 0.0

    return ShapeFacts(
        symmetry, height, length, width, median(counts), median(paired), median(spans), median(outsides), gap,
        _arm_reach(solid, center, low, height), median(corners), _crown(solid, high, height, width),
        _front_back(solid.occupied[:, :, low[2] : high[2] + 1]),
    )  # fmt: skip


def _crown(solid: VoxelSolid, high: np.ndarray, height: float, width: float) -> float:
    """Width of the topmost twentieth over the whole width."""
    columns = np.flatnonzero(solid.occupied[:, int(high[1] - 0.05 * height) :].any((1, 2)))
    return float((columns[-1] - columns[0] + 1) / width)


def _front_back(occupied: np.ndarray) -> float:
    """Overlap of a cropped grid with itself turned front to back."""
    turned = occupied[:, :, ::-1]
    return float((occupied & turned).sum() / (occupied | turned).sum())


def _pieces(level: np.ndarray) -> np.ndarray:
    """Separate pieces of a horizontal slice (X, Z): (centre x, centre z, low z, high z, low x, high x); no specks."""
    labels, count = label_pieces(level, EIGHT_CONNECTED)
    rows = []
    smallest = max(2, 0.02 * level.sum())
    for number in range(1, count + 1):
        piece = np.argwhere(labels == number)
        if len(piece) >= smallest:
            (low_x, low_z), (high_x, high_z) = piece.min(0), piece.max(0)
            rows.append([*piece.mean(0), low_z, high_z, low_x, high_x])
    return np.array(rows).reshape(-1, 6)


def _arm_reach(solid: VoxelSolid, center: float, low: np.ndarray, height: float) -> float:
    """How far thin parts stick out on both sides in the upper two thirds, over the height."""
    upper = solid.occupied[:, int(low[1] + 0.3 * height) :]
    area = upper.sum((1, 2)).astype(float)  # (X,)
    thick = np.percentile(area[area > 0], 90) if (area > 0).any() else 1.0
    thin = (area > 0) & (area < 0.25 * thick)
    x = np.arange(len(area))
    left, right = (thin & (x > center)).sum(), (thin & (x < center)).sum()
    return float(min(left, right) / height)
