"""The rigid prop: one bone that carries everything."""

import numpy as np

from gen4d.rig.embedding import Bone, Embedding


def fit_prop(low: np.ndarray, high: np.ndarray) -> Embedding:
    """One bone from the middle of the bounding box to its top.

    Args:
        low, high: (3,) corners of the bounding box, metres.
    """
    middle = (low + high) / 2
    return {"body": Bone("root", middle, np.array([middle[0], high[1], middle[2]]))}
