"""Matte of a person before any background: GrabCut seeded by the face.

A face says where the rest of a person must be, whatever its colours are: hair around it, a neck below that is darker
than it, a coat of any colour. Faces are found by skimage's cascade, which comes with its own (BSD) table.

Source: Zhang et al., Face Detection Based on Multi-Block LBP Representation, ICB 2007, for the cascade.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from skimage.data import lbp_frontal_face_cascade_filename
from skimage.feature import Cascade

from gen4d.photo.components import main_subject
from gen4d.photo.grabcut import cut_labelled

DETECTOR_SIZE = 256  # px of the longer side: a face of less than a tenth of it is not the subject
SMALLEST = 24  # px a side: what the cascade was trained on
NEIGHBOURS = 8  # hits beside one another that make a face: at four, 3 of 166 pictures without people had one
SAME = 0.4  # overlap from which a hit in the mirrored picture is the same face
HEAD = (0.62, 0.78, -0.08)  # faces: half width, half height, and how far below the face's middle the head's is
# Half the body's width at heights below the face's middle, both in faces: neck, shoulders, arms that hang.
HEIGHTS, HALF_WIDTHS = (0.35, 0.6, 0.85, 1.3, 2.2, 8.0), (0.42, 0.42, 0.75, 1.25, 1.45, 1.6)
CERTAIN, LIKELY, POSSIBLE = 0.6, 1.1, 1.7  # of that: surely the person's, rather, rather not; beyond it not at all
TRUNK = 3.0  # faces below the middle to which a trunk reaches for certain
ROUNDS = 3
AGREEMENT = (0.25, 0.55)  # overlap of the cut with the pattern: below it the cut is wrong, from it on there is no doubt


@dataclass(frozen=True)
class Face:
    """A face in a picture: its square's middle x, y and its side, in pixels."""

    x: float
    y: float
    side: float


def find_face(rgb: np.ndarray) -> Face | None:
    """The largest face of somebody who looks at the camera, that is one in the mirrored picture too.

    Args:
        rgb: (H, W, 3) float32, sRGB in [0, 1].
    """
    scale = min(1.0, DETECTOR_SIZE / max(rgb.shape[:2]))
    size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
    picture = (cv2.resize(rgb, size, interpolation=cv2.INTER_AREA) * 255 + 0.5).clip(0, 255).astype(np.uint8)
    if min(picture.shape[:2]) <= SMALLEST:
        return None
    mirrored = [Face(size[0] - face.x, face.y, face.side) for face in _faces(picture[:, ::-1])]
    both = [face for face in _faces(picture) if any(_overlap(face, other) > SAME for other in mirrored)]
    if not both:
        return None
    largest = max(both, key=lambda face: face.side)
    return Face(largest.x / scale, largest.y / scale, largest.side / scale)


def person_matte(rgb: np.ndarray, face: Face) -> tuple[np.ndarray, float]:
    """The person to whom a face belongs.

    Args:
        rgb: (H, W, 3) float in [0, 1], sRGB; face: in its pixels.

    Returns:
        mask: (H, W) bool, cleaned; agreement: in [0, 1], how much it has a person's shape.
    """
    distance, below = person_pattern(rgb.shape[0], rgb.shape[1], face)
    labels = np.full(distance.shape, cv2.GC_BGD, np.uint8)
    labels[distance < POSSIBLE] = cv2.GC_PR_BGD
    labels[distance < LIKELY] = cv2.GC_PR_FGD
    labels[(distance < CERTAIN) & (below < TRUNK)] = cv2.GC_FGD
    picture = np.ascontiguousarray((rgb[..., ::-1] * 255 + 0.5).astype(np.uint8))
    mask = main_subject(cut_labelled(picture, labels, ROUNDS), (face.x / rgb.shape[1], face.y / rgb.shape[0]))
    pattern = distance < 1
    overlap = np.count_nonzero(mask & pattern) / max(1, np.count_nonzero(mask | pattern))
    low, high = AGREEMENT
    return mask, float(np.clip((overlap - low) / (high - low), 0, 1))


def person_pattern(height: int, width: int, face: Face) -> tuple[np.ndarray, np.ndarray]:
    """Where a person stands whose face is known.

    Returns:
        distance: (H, W) from the axis, 1 at the usual outline; below: (H, W) faces below the face's middle.
    """
    y, x = np.mgrid[0:height, 0:width] + 0.5
    beside, below = np.abs(x - face.x) / face.side, (y - face.y) / face.side
    half_width, half_height, middle = HEAD
    head = np.hypot(beside / half_width, (below - middle) / half_height)
    body = np.where(below > HEIGHTS[0], beside / np.interp(below, HEIGHTS, HALF_WIDTHS), np.inf)
    return np.minimum(head, body), below


def _faces(picture: np.ndarray) -> list[Face]:
    found = Cascade(lbp_frontal_face_cascade_filename()).detect_multi_scale(
        np.ascontiguousarray(picture),
        scale_factor=1.2,
        step_ratio=1,
        min_size=(SMALLEST, SMALLEST),
        max_size=(min(picture.shape[:2]),) * 2,
        min_neighbor_number=NEIGHBOURS,
    )
    return [Face(hit["c"] + hit["width"] / 2, hit["r"] + hit["height"] / 2, float(hit["width"])) for hit in found]


def _overlap(first: Face, second: Face) -> float:
    """Intersection over union of two faces' squares."""
    reach = (first.side + second.side) / 2
    shared = [
        min(max(0.0, reach - abs(a - b)), first.side, second.side)
        for a, b in ((first.x, second.x), (first.y, second.y))
    ]
    area = shared[0] * shared[1]
    return area / (first.side**2 + second.side**2 - area)
