"""Twist joints: weights are only shared out, and a wrung forearm keeps its volume better."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gen4d.rig.embedding import Bone
from gen4d.rig.twist import add_twist, share_twist

ARM = {
    "leftUpperArm": Bone("root", np.zeros(3), np.array([1.0, 0, 0])),
    "leftLowerArm": Bone("leftUpperArm", np.array([1.0, 0, 0]), np.array([2.0, 0, 0])),
    "leftHand": Bone("leftLowerArm", np.array([2.0, 0, 0]), np.array([2.3, 0, 0])),
}


@given(st.integers(0, 10_000))
def test_weights_are_shared_and_never_lost(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights, points = rng.dirichlet(np.ones(3), size=20), rng.uniform(-0.5, 3, size=(20, 3))
    bones = add_twist(ARM)
    shared = share_twist(weights, points, bones)
    names = list(bones)
    assert (shared >= 0).all() and np.allclose(shared.sum(1), 1)
    for part in ("UpperArm", "LowerArm"):
        total = shared[:, names.index(f"left{part}")] + shared[:, names.index(f"left{part}Twist")]
        assert np.allclose(total, weights[:, names.index(f"left{part}")])


def test_wrist_goes_with_the_lower_twist_and_shoulder_with_the_upper() -> None:
    bones = add_twist(ARM)
    names = list(bones)
    points = np.array([[0.02, 0, 0], [0.9, 0, 0], [1.05, 0, 0], [1.95, 0, 0]])
    weights = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0]], float)
    shared = share_twist(weights, points, bones)
    upper, lower = (shared[:, names.index(f"left{part}ArmTwist")] for part in ("Upper", "Lower"))
    assert np.allclose(upper, [1, 0, 0, 0]) and np.allclose(lower, [0, 0, 0, 1])
