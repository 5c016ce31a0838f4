"""The modelling kit against closed forms: volumes, closedness, winding, invariances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen4d.data.makers.curves import smooth, star_outline, triangulate
from gen4d.data.makers.palette import Paint
from gen4d.data.makers.shapes import (
    Part,
    around_y,
    ball,
    both_sides,
    box,
    cone,
    cylinder,
    extrude,
    fuselage,
    hull,
    join,
    lathe,
    limb,
    loft,
    paint_gores,
    pillow,
    sheet,
    signed_volume,
    slab,
    taper_box,
    torus,
    tube,
)

RED, BLUE = Paint("red", (1.0, 0.0, 0.0)), Paint("blue", (0.0, 0.0, 1.0))
SIZES = st.floats(0.1, 3.0)
TURNS = st.floats(-180.0, 180.0)


def volume(part: Part) -> float:
    return signed_volume(part.vertices, part.faces)


def is_closed(part: Part) -> bool:
    """Whether every edge is run exactly once each way."""
    edges = part.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    forward = {tuple(e) for e in edges.tolist()}
    return len(forward) == len(edges) and all((b, a) in forward for a, b in forward)


@settings(max_examples=40, deadline=None)
@given(SIZES, SIZES, SIZES)
def test_box_has_the_volume_of_its_sides(x: float, y: float, z: float) -> None:
    assert volume(box(x, y, z, RED)) == pytest.approx(x * y * z)
    assert np.allclose(np.ptp(box(x, y, z, RED, 0.02).vertices, axis=0), [x, y, z])
    assert volume(box(x, y, z, RED, 0.02)) < x * y * z


@settings(max_examples=40, deadline=None)
@given(SIZES, SIZES, SIZES)
def test_round_solids_approach_their_formulas(a: float, b: float, c: float) -> None:
    assert volume(cylinder(a, b, RED, 64)) == pytest.approx(np.pi * a * a * b, rel=5e-3)
    assert volume(cone(a, b, RED, 0.0, 64)) == pytest.approx(np.pi * a * a * b / 3, rel=5e-3)
    assert volume(ball(a, RED, 64)) == pytest.approx(4 / 3 * np.pi * a**3, rel=1e-2)
    assert volume(torus(a + c, c * 0.9, RED, 64, 48)) == pytest.approx(
        2 * np.pi**2 * (a + c) * (c * 0.9) ** 2, rel=1e-2
    )


SOLIDS = {
    "box": box(1, 2, 3, RED),
    "bevelled box": box(1, 2, 3, RED, 0.1),
    "tapered box": taper_box((1, 1), (0.5, 0.2), 1, RED),
    "cylinder": cylinder(1, 1, RED),
    "cone": cone(1, 1, RED),
    "ball": ball(1, RED),
    "torus": torus(1, 0.2, RED),
    "limb": limb((0, 0, 0), (1, 1, 1), 0.2, 0.1, RED),
    "star": extrude(star_outline(5, 1, 0.4), 0.3, RED),
    "slab": slab([(0, 0), (1, 0), (0, 1)], 0.1, RED),
    "pillow": pillow(star_outline(6, 1, 0.6), 0.4, RED),
    "sheet": sheet([(0, 0, 0), (1, 0, 0.5), (0, 1, 0)], 0.05, RED),
    "tube": tube(smooth([(0, 0, 0), (1, 1, 0), (2, 0, 1)], 12), 0.1, RED),
    "fuselage": fuselage([(-1, 1, 1, 0), (0, 2, 1, 0), (1, 1, 0.5, 0.2)], RED),
    "loft": loft([[(0, 0, z), (1, 0, z), (0, 1, z)] for z in (0, 1)], RED),
}


@pytest.mark.parametrize("part", SOLIDS.values(), ids=SOLIDS.keys())
def test_solids_are_closed_and_outward(part: Part) -> None:
    assert is_closed(part)
    assert volume(part) > 0
    assert part.colors.shape == part.faces.shape


def test_vessel_encloses_only_its_wall() -> None:
    cup = lathe([(1, 0), (1, 2), (0.8, 2), (0.8, 0.5), (0, 0.5)], RED, 96)
    assert volume(cup) == pytest.approx(np.pi * (2 - 0.64 * 1.5), rel=5e-3)


def test_bands_keep_their_paint_and_caps_take_their_neighbours() -> None:
    part = lathe([(1, 0), (1, 1), (1, 2)], [RED, BLUE], 12)
    low = part.vertices[part.faces].mean(1)[:, 1] < 1
    assert (part.colors[low] == RED.rgb).all() and (part.colors[~low] == BLUE.rgb).all()


@settings(max_examples=40, deadline=None)
@given(TURNS, TURNS, TURNS, SIZES)
def test_rotation_moves_and_mirrors_keep_volume(x: float, y: float, z: float, size: float) -> None:
    part = extrude(star_outline(5, size, size * 0.4), size, RED)
    before = volume(part)
    assert volume(part.rotate_deg(x, y, z).move(3, -2, 1)) == pytest.approx(before)
    assert volume(part.rotate_deg(x, y, z).mirror_x()) == pytest.approx(before)
    assert volume(part.scale(1, -2, 3)) == pytest.approx(6 * before)


def test_rotations_follow_the_right_hand() -> None:
    tip = box(0.1, 0.1, 0.1, RED).move(y=1)
    assert np.allclose(tip.rotate_deg(x=90).vertices.mean(0), [0, 0, 1])
    assert np.allclose(tip.rotate_deg(z=90).vertices.mean(0), [-1, 0, 0])
    assert np.allclose(tip.move(y=-1, z=1).rotate_deg(y=90).vertices.mean(0), [1, 0, 0])


@settings(max_examples=60, deadline=None)
@given(st.integers(3, 9), st.floats(0.1, 0.95), st.booleans())
def test_triangulate_keeps_area_and_direction(points: int, inner: float, reverse: bool) -> None:
    outline = star_outline(points, 1.0, inner)
    outline = outline[::-1] if reverse else outline
    triangles = triangulate(outline)
    a, b, c = np.moveaxis(outline[triangles], 1, 0)
    areas = ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]) / 2
    expected = points * inner * np.sin(np.pi / points)
    assert len(triangles) == 2 * points - 2
    assert (areas * (-1 if reverse else 1) > -1e-12).all()
    assert abs(areas.sum()) == pytest.approx(expected)


def test_limb_reaches_both_ends_with_its_radii() -> None:
    part = limb((1, 2, 3), (1, 2, 7), 0.5, 0.25, RED)
    assert part.vertices[:, 2].min() == pytest.approx(2.5) and part.vertices[:, 2].max() == pytest.approx(7.25)
    assert volume(part) > 0 and is_closed(part)


def test_copies_add_up() -> None:
    part = box(0.2, 0.2, 0.2, RED).move(x=1)
    assert volume(join(part, part.move(5))) == pytest.approx(2 * volume(part))
    assert volume(around_y(part, 5)) == pytest.approx(5 * volume(part))
    pair = both_sides(part)
    assert volume(pair) == pytest.approx(2 * volume(part))
    np.testing.assert_allclose(pair.vertices.mean(0), 0, atol=1e-12)


def test_paint_gores_gives_every_sector_its_paint() -> None:
    part = paint_gores(cylinder(1, 1, RED, 24), [RED, BLUE], 6)
    x, _, z = part.vertices[part.faces].mean(1).T
    sector = np.floor((np.arctan2(x, z) % (2 * np.pi)) / (np.pi / 3)).astype(int)
    assert (part.colors[sector % 2 == 0] == RED.rgb).all() and (part.colors[sector % 2 == 1] == BLUE.rgb).all()


def test_hull_of_a_cube_with_inner_points_is_the_cube() -> None:
    corners = box(2, 2, 2, RED).vertices
    inner = np.random.default_rng(0).uniform(-0.9, 0.9, (50, 3))
    part = hull(np.concatenate([corners, inner]), RED)
    assert len(part.vertices) == 8 and volume(part) == pytest.approx(8.0)
