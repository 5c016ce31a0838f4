"""Assemblages: whatever the seed, closed, finite, true to their captions, and fit to be rendered."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen4d.data.build import render_record
from gen4d.data.makers.assemblage import assemblage
from gen4d.data.makers.shapes import signed_volume
from gen4d.data.objects import canonical
from gen4d.data.screening import screen_object
from gen4d.data.streamed.render import made_object


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**63 - 1))
def test_any_seed_gives_closed_finite_solids_that_pass_screening(seed: int) -> None:
    made = assemblage(np.random.default_rng(seed))
    assert np.isfinite(made.vertices).all() and np.isfinite(made.face_colors).all()
    assert made.face_colors.min() >= 0 and made.face_colors.max() <= 1
    edges = made.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    forth = edges[:, 0] * len(made.vertices) + edges[:, 1]
    back = edges[:, 1] * len(made.vertices) + edges[:, 0]
    assert np.array_equal(np.sort(forth), np.sort(back))  # every edge is run once in each direction: closed
    assert signed_volume(made.vertices, made.faces) > 0
    screen_object(canonical(made_object("assemblage", "assemblage/x", made)))


def test_the_same_seed_gives_the_same_and_another_one_another() -> None:
    first, again, other = (assemblage(np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert np.array_equal(first.vertices, again.vertices)
    assert first.vertices.shape != other.vertices.shape or not np.allclose(first.vertices, other.vertices)


def test_most_are_the_same_left_and_right_and_some_are_not() -> None:
    def is_mirrored(seed: int) -> bool:
        points = assemblage(np.random.default_rng(seed)).vertices
        low, high = points.min(0), points.max(0)
        return bool(np.isclose(low[0], -high[0], atol=0.02 * (high - low).max()))

    assert 0.4 < np.mean([is_mirrored(seed) for seed in range(60)]) < 0.95


@pytest.mark.parametrize("seed", range(4))
def test_they_render(seed: int) -> None:
    obj = made_object("assemblage", f"assemblage/{seed}", assemblage(np.random.default_rng(seed)))
    rendered = render_record(obj)
    assert (rendered.maps[..., 3] > 127).any((1, 2)).all()  # seen from every side
    assert rendered.photos.mattes.any((1, 2)).all()
