"""What the bare outline tells about the side a photo shows: used where nothing else is known."""

import cv2
import numpy as np
from scipy import ndimage

from gen4d.puppet.legs import find_legs, trunk_core

LONG = 1.15  # width over height of a trunk from which an animal is seen from its side
WIDE = {"fish": 1.15, "vehicle": 1.5}  # width over height from which these show their side; cars from the front: 1.1
MIRRORED = 0.8  # overlap with its mirror image: animals in side view have 0.5 to 0.7, furniture more than 0.9
FULL = 0.86  # of its smallest enclosing rectangle: an outline that fills more of it is made, not grown
STRAIGHT = 0.36  # of the outline in straight runs: half of 60 things have as much, and none of 36 creatures
RUN = 0.25  # of the longest side: shorter ones are limbs, and chords of a circle that stray by `BEND`
BEND = 0.008  # of the longest side: how far a straight run may stray from its chord
STAIRS = 1.2  # px that it may stray in any case: the steps of a slanting outline


def is_side_view(mask: np.ndarray, plan: str) -> bool:
    """Whether the matte shows its subject from the side.

    An animal's does where it has a long trunk on two pairs of legs; a fish's or a car's where it is much wider than
    high. Where the plan is not known ("") it must look like the animal's, and not like its mirror image: a table's.
    """
    if plan in WIDE:
        rows, columns = np.nonzero(mask)
        return bool(np.ptp(columns) + 1 > WIDE[plan] * (np.ptp(rows) + 1))
    if plan not in ("", "quadruped") or (not plan and _mirror_overlap(mask) > MIRRORED):
        return False
    rows, columns = np.nonzero(trunk_core(mask))
    return bool(np.ptp(columns) + 1 > LONG * (np.ptp(rows) + 1)) and bool(find_legs(mask))


def side_azimuth(mask: np.ndarray, plan: str) -> float:
    """Azimuth of the camera before a subject in side view: -pi/2 where its head is on the right, else pi/2.

    Beyond the trunk an animal has more in front, neck and head, than behind, a tail, which is long but thin; so parts
    count by their volume. A fish is the other way round: its trunk reaches its mouth. A car is lower in front.
    """
    if plan == "vehicle":
        rows = mask.shape[0] - mask.argmax(0)[mask.any(0)]  # height of the roof over each column
        half = len(rows) // 2
        left, right = float(-rows[:half].mean()), float(-rows[-half:].mean())
    else:
        left, right = _volumes_beside_trunk(mask)
        if plan == "fish":
            left, right = right, left
    return -np.pi / 2 if right > left else np.pi / 2


def _volumes_beside_trunk(mask: np.ndarray) -> tuple[float, float]:
    """How much sticks out of the trunk left and right, weighed by thickness and by height above the belly.

    Heads are carried high; only a raised tail is, and that is thin.
    """
    core = trunk_core(mask)
    thickness = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    trunk = ndimage.distance_transform_edt(~core) <= thickness[core].min()  # the core grown back to its outline
    rows, columns = np.nonzero(core)
    parts = thickness * (mask & ~trunk)
    top = np.flatnonzero(mask.any(1))[0]
    parts *= np.clip((rows.max() - np.arange(len(mask))) / (rows.max() - top + 1), 0, 1)[:, None]
    middle = int(columns.mean())
    return float(parts[:, :middle].sum()), float(parts[:, middle:].sum())


def _mirror_overlap(mask: np.ndarray) -> float:
    """Intersection over union of a mask, cropped, with its mirror image."""
    cropped = mask[mask.any(1)][:, mask.any(0)]
    return float((cropped & cropped[:, ::-1]).sum() / (cropped | cropped[:, ::-1]).sum())


def looks_made(mask: np.ndarray) -> bool:
    """Whether the outline is that of a thing with straight sides: a full rectangle, or mostly long straight runs."""
    rows, columns = np.nonzero(mask)
    (_, (width, height), _) = cv2.minAreaRect(np.stack([columns, rows], 1).astype(np.float32))
    return bool(len(rows) > FULL * (width + 1) * (height + 1)) or straightness(mask) > STRAIGHT


def straightness(mask: np.ndarray) -> float:
    """Share of a mask's outlines, holes included, in straight runs of at least `RUN`; 0 for no outline."""
    rows, columns = np.nonzero(mask)
    size = max(np.ptp(rows), np.ptp(columns)) + 1 if len(rows) else 1
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    runs = [np.zeros(1)]
    for outline in outlines:
        corners = cv2.approxPolyDP(outline, max(STAIRS, BEND * size), True)[:, 0].astype(np.float64)
        runs.append(np.linalg.norm(corners - np.roll(corners, 1, 0), axis=1))
    lengths = np.concatenate(runs)
    return float(lengths[lengths > RUN * size].sum() / max(lengths.sum(), 1e-9))
