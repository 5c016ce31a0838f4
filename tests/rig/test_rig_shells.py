"""Shells: small ones go stiff, islands vanish, nothing is lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen4d.rig.shells import carry_shells, remove_islands, shell_labels, stiffen_shells, thickness


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


def _box(low: tuple[float, float, float], high: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Eight corners and twelve triangles."""
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    return corners, np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))])


@pytest.mark.parametrize(("thin", "holder", "stiff"), [
    (0.02, "leftHand", True), (0.02, "leftUpperLeg", False), (0.5, "leftHand", False),
])  # fmt: skip
def test_what_an_arm_holds_is_stiff_where_it_is_thin(thin: float, holder: str, stiff: bool) -> None:
    body, body_faces = _box((0, 0, 0), (1, 2, 1))
    body = np.concatenate([body, body + 0.01])  # more corners than the shield has
    body_faces = np.concatenate([body_faces, body_faces + 8, [[0, 8, 1]]])
    shield, shield_faces = _box((1.2, 0, 0), (1.2 + thin, 0.6, 0.7))
    vertices = np.concatenate([body, shield])
    faces = np.concatenate([body_faces, shield_faces + len(body)])
    names = ["spine", "leftLowerArm", holder]
    weights = np.tile([1.0, 0.0, 0.0], (len(vertices), 1))
    weights[len(body) :] = [0.3, 0.2, 0.5]
    weights[len(body)] = [0.7, 0.2, 0.1]
    found = carry_shells(weights, vertices, faces, names)
    np.testing.assert_array_equal(found[: len(body)], weights[: len(body)])
    expected = np.tile([0.0, 0.0, 1.0], (8, 1)) if stiff else weights[len(body) :]
    np.testing.assert_array_equal(found[len(body) :], expected)


def test_a_shell_that_one_joint_nearly_carries_hangs_on_it_alone() -> None:
    body, body_faces = _box((0, 0, 0), (1, 2, 1))
    body, body_faces = np.concatenate([body, body + 0.01]), np.concatenate([body_faces, body_faces + 8, [[0, 8, 1]]])
    helmet, helmet_faces = _box((0, 2.2, 0), (1, 3, 1))
    vertices, faces = np.concatenate([body, helmet]), np.concatenate([body_faces, helmet_faces + len(body)])
    for share, stiff in ((0.9, True), (0.7, False)):
        weights = np.tile([1 - share, share], (len(vertices), 1))
        found = carry_shells(weights, vertices, faces, ["neck", "head"])
        np.testing.assert_array_equal(found[: len(body)], weights[: len(body)])
        assert ((found[len(body) :] == [0.0, 1.0]).all()) == stiff


@pytest.mark.parametrize(("size", "thin", "share", "stiff"), [
    (0.3, 0.15, 0.7, True), (0.3, 0.005, 0.7, False), (0.9, 0.5, 0.7, False), (0.3, 0.15, 0.6, False),
])  # fmt: skip
def test_a_small_solid_shell_between_joints_does_not_bend(size: float, thin: float, share: float, stiff: bool) -> None:
    body, body_faces = _box((0, 0, 0), (1, 2, 1))
    body, body_faces = np.concatenate([body, body + 0.01]), np.concatenate([body_faces, body_faces + 8, [[0, 8, 1]]])
    pack, pack_faces = _box((0, 1, -0.1 - thin), (size, 1 + size, -0.1))
    vertices, faces = np.concatenate([body, pack]), np.concatenate([body_faces, pack_faces + len(body)])
    rest = (1 - share) / 3
    weights = np.tile([share, rest, rest, rest], (len(vertices), 1))
    found = carry_shells(weights, vertices, faces, ["chest", "spine", "upperChest", "neck"])
    np.testing.assert_array_equal(found[: len(body)], weights[: len(body)])
    assert (found[len(body) :] == [1.0, 0.0, 0.0, 0.0]).all() == stiff
