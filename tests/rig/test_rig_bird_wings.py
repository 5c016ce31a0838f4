"""A wing that is a shell of its own moves alone; a wing that is one surface with the body stays as it was."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gen4d.rig.bird_wings import part_wings

NAMES = ("hips", "chest", "leftWing1", "leftWing2", "rightWing1", "leftUpperLeg")
WING = [2, 3]
BODY, FEATHER = np.array([[0, 1, 2], [1, 2, 3]]), np.array([[4, 5, 6]])


def random_weights(seed: int) -> np.ndarray:
    """Four body vertices near the wing's bones, three wing vertices that a leg drags along."""
    weights = np.random.default_rng(seed).uniform(0.05, 0.2, (7, len(NAMES)))
    weights[:2, 1] += 2.0
    weights[2:4, 2] += 0.5  # the flank under the wing
    weights[4:, 3] += 2.0
    return weights / weights.sum(1, keepdims=True)


@given(st.integers(0, 10_000))
def test_a_wing_shell_hangs_on_its_wing_alone_and_the_body_on_none_of_it(seed: int) -> None:
    weights = part_wings(random_weights(seed), np.concatenate([BODY, FEATHER]), NAMES)
    np.testing.assert_allclose(weights.sum(1), 1.0)
    np.testing.assert_allclose(weights[4:, WING].sum(1), 1.0)
    assert np.abs(weights[:4, WING]).max() == 0.0
    before = random_weights(seed)[:4]
    kept = [0, 1, 4, 5]
    np.testing.assert_allclose(weights[:4, kept] / weights[:4, :1], before[:, kept] / before[:, :1])


@given(st.integers(0, 10_000))
def test_a_wing_of_one_surface_with_the_body_is_left_alone(seed: int) -> None:
    joined = np.concatenate([BODY, FEATHER, [[3, 4, 5]]])
    before = random_weights(seed)
    before[:4] = before[:4] * np.where(np.isin(np.arange(len(NAMES)), WING), 0.1, 1.0)
    before /= before.sum(1, keepdims=True)
    np.testing.assert_allclose(part_wings(before, joined, NAMES), before)


def test_a_flank_that_hung_on_the_wing_alone_keeps_what_it_has() -> None:
    before = random_weights(0)
    before[3] = np.eye(len(NAMES))[2]
    after = part_wings(before, np.concatenate([BODY, FEATHER]), NAMES)
    np.testing.assert_allclose(after[3], before[3])
