"""What a subject looks like from behind, as far as its front tells: the same, but for the face."""

import cv2
import numpy as np
import torch
from scipy import ndimage

HEAD_SHARE = 0.5  # of the height: a neck is looked for above it
NECK = 0.8  # of the head's width: without a narrower place below it there is no head
MIN_HEAD = 0.06  # of the height
RING = 0.22  # of the head's width: rim from whose colours the back of the head is made
CROWN = 0.62  # of the head's height: below it the rim is a beard or a chin


def without_face(front: torch.Tensor) -> torch.Tensor:
    """The front with the head's inner part replaced by the colours of its rim: hair, hood or fur.

    Args:
        front: (S, S, 4) float32, framed photo.

    Returns:
        back: (S, S, 4), mirrored as the front is; the front itself where no head stands out.
    """
    picture = front.numpy()
    head = _head(picture[..., 3] > 0.5)
    if head is None:
        return front
    rows, columns = np.nonzero(head)
    width, height = np.ptp(columns) + 1, np.ptp(rows) + 1
    depth = ndimage.distance_transform_edt(np.pad(picture[..., 3] > 0.5, 1))[1:-1, 1:-1]
    row = np.indices(head.shape)[0]
    rim = head & (depth > 2) & (depth < RING * width / 2) & (row < rows.min() + CROWN * height)
    if not rim.any():
        return front
    nearest = ndimage.distance_transform_edt(~rim, return_distances=False, return_indices=True)
    filled = picture[..., :3][tuple(nearest)]
    filled = cv2.GaussianBlur(np.ascontiguousarray(filled), (0, 0), 0.12 * width)
    share = cv2.GaussianBlur(head.astype(np.float32), (0, 0), 0.06 * width)[..., None]
    share *= np.clip((depth - 2) / (RING * width / 4), 0, 1)[..., None]  # the rim itself stays, so that no seam shows
    colors = picture[..., :3] * (1 - share) + filled * share
    return torch.from_numpy(np.concatenate([colors, picture[..., 3:]], 2).astype(np.float32))


def _head(mask: np.ndarray) -> np.ndarray | None:
    """The part above the neck, (S, S) bool; None where the outline has no neck."""
    rows = np.flatnonzero(mask.any(1))
    height = len(rows)
    middle = np.flatnonzero(mask[rows[0]])
    column = int(middle[len(middle) // 2])
    widths = []  # of the run of pixels that goes on from the top
    for row in rows[: int(HEAD_SHARE * height)]:
        line = np.flatnonzero(mask[row])
        runs = np.split(line, np.flatnonzero(np.diff(line) > 1) + 1)
        run = min(runs, key=lambda r: abs(float(np.clip(column, r[0], r[-1])) - column))
        column = int(run[len(run) // 2])
        widths.append(len(run))
    profile = ndimage.gaussian_filter1d(np.array(widths, float), max(1.0, 0.01 * height))
    start = max(1, int(MIN_HEAD * height))
    for row in range(start, len(profile) - 1):
        widest = profile[:row].max()
        below = profile[row : row + max(2, int(0.15 * height))]
        if profile[row] < NECK * widest and profile[row] <= below.min() and profile[row:].max() > widest:
            head = np.zeros_like(mask)
            head[rows[0] : rows[0] + row] = mask[rows[0] : rows[0] + row]
            labels, _ = ndimage.label(head)
            return labels == labels[rows[0], middle[len(middle) // 2]]
    return None
