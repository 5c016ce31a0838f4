"""Wings that are shells of their own: they hang on the wing's joints, and what lies under them does not."""

from collections.abc import Sequence

import numpy as np

from gen4d.rig.names import SIDES
from gen4d.rig.shells import shell_labels

OWN = 0.5  # mean weight of one wing's joints: a shell with more is that wing


def part_wings(weights: np.ndarray, faces: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Weights (U, B) of which wing shells get all of their wing's, and all other shells none.

    A wing folded along the flank is nearer to the flank than any bone of the body, and the flank would open with it.
    A wing that is one surface with the body keeps what it has, for there nothing tells where it begins.

    Args:
        weights: (U, B), rows sum to 1.
        faces: (F, 3), welded.
        names: of the B bones.
    """
    _, shell = shell_labels(len(weights), faces)
    counts = np.bincount(shell)
    result = weights.copy()
    for side in SIDES:
        joints = np.array([i for i, name in enumerate(names) if name.startswith(f"{side}Wing")], dtype=np.int64)
        if not len(joints):
            continue
        share = np.bincount(shell, weights[:, joints].sum(1)) / counts
        is_wing = (share > OWN)[shell]
        if not is_wing.any():
            continue
        others = np.setdiff1d(np.arange(len(names)), joints)
        result[np.ix_(np.flatnonzero(is_wing), others)] = 0.0
        result[np.ix_(np.flatnonzero(~is_wing), joints)] = 0.0
    total = result.sum(1, keepdims=True)
    # What hung on wings alone keeps its weights: with no bone of the body near, it is a feather.
    return np.where(total > 1e-6, result / np.maximum(total, 1e-6), weights)
