"""Shells: small ones go stiff, islands vanish, nothing is lost."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gen4d.rig.shells import remove_islands, shell_labels, stiffen_shells, thickness


def _strip(count: int) -> np.ndarray:
    """Triangles over a ribbon of 2 x count vertices."""
    i = np.arange(count - 1)
    return np.concatenate([np.stack([i, i + 1, i + count], 1), np.stack([i + 1, i + count + 1, i + count], 1)])


def test_an_island_is_given_to_its_neighbours() -> None:
    weights = np.zeros((40, 2))
    weights[:, 0] = 1.0
    for vertex in (0, 1, 2, 20, 21, 22, 15, 35):  # a patch at one end, and a speck far off
        weights[vertex] = (0.2, 0.8)
    clean = remove_islands(weights, _strip(20))
    assert np.allclose(clean[[15, 35]], [1, 0]) and np.allclose(clean[[0, 1, 2]], [0.2, 0.8])


def test_a_lost_vertex_takes_the_weights_around_it() -> None:
    weights = np.zeros((40, 3))
    weights[:, 0] = 1.0
    weights[[0, 20]] = weights[[10, 30]] = [0, 1.0, 0]  # the second pair is an island that fills its rows
    weights[[1, 21]] = [0, 1.0, 0]
    clean = remove_islands(weights, _strip(20))
    assert np.allclose(clean[[10, 30]], [1, 0, 0])


@given(st.integers(0, 10_000))
def test_rows_still_sum_to_one_and_islands_are_gone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.full(4, 0.2), size=40)
    clean = remove_islands(weights, _strip(20))
    assert np.allclose(clean.sum(1), 1) and (clean >= 0).all()


def test_a_small_thick_shell_goes_with_its_dominant_joint_a_large_or_thin_one_bends() -> None:
    big = np.stack([np.linspace(0, 1, 40), np.zeros(40), np.zeros(40)], 1)
    fin = big[:10] * 0.1 + [0, 0.2, 0]
    eye = np.random.default_rng(0).normal(size=(10, 3)) * 0.02 + [0, 0.4, 0]
    vertices = np.concatenate([big, fin, eye])
    faces = np.concatenate([_strip(20), _strip(5) + 40, _strip(5) + 50])
    weights = np.tile([0.6, 0.4], (60, 1))
    assert shell_labels(60, faces)[0] == 3
    stiff = stiffen_shells(weights, vertices, faces)
    assert np.allclose(stiff[:50], [0.6, 0.4]) and np.allclose(stiff[50:], [1, 0])
    undecided = np.tile([0.4, 0.3, 0.3], (60, 1))
    assert np.allclose(stiffen_shells(undecided, vertices, faces), undecided)


@given(st.integers(0, 1000), st.floats(0.01, 1.0))
def test_thickness_is_the_least_over_the_widest_spread_in_any_pose(seed: int, thin: float) -> None:
    rng = np.random.default_rng(seed)
    box = np.array([[x, y, thin * z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) @ _rotation(rng).T
    line = np.outer(np.linspace(0, 1, 5), rng.normal(size=3))
    found = thickness(np.concatenate([box + rng.normal(size=3), line]), np.array([0, 8]))
    assert np.allclose(found, [thin, 0], atol=1e-6)


def _rotation(rng: np.random.Generator) -> np.ndarray:
    return np.linalg.qr(rng.normal(size=(3, 3)))[0]
