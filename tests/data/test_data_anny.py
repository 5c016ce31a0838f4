"""Clothes put on a body made of boxes, and the people that are drawn; the body model itself is not needed."""

import importlib.util

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from gen4d.data.sources import anny
from gen4d.data.sources.anny_clothes import REGION_NAMES, SHIRT, TROUSERS, Outfit, dress, vertex_regions

# name, centre, size of the boxes of a doll 2 high
BOXES = (
    ("head", (0, 1.8, 0), (0.3, 0.4, 0.3)), ("torso", (0, 1.3, 0), (0.5, 0.6, 0.3)),
    ("hips", (0, 0.95, 0), (0.5, 0.1, 0.3)),
    ("thigh", (0.15, 0.7, 0), (0.2, 0.4, 0.2)), ("shin", (0.15, 0.3, 0), (0.2, 0.4, 0.2)),
    ("foot", (0.15, 0.05, 0.05), (0.2, 0.1, 0.3)),
)  # fmt: skip


def doll() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    parts, regions = [], []
    for name, center, size in BOXES:
        box = trimesh.creation.box(size).subdivide().subdivide()
        box.apply_translation(center)
        parts.append(box)
        regions += [REGION_NAMES.index(name)] * len(box.vertices)
    whole = trimesh.util.concatenate(parts)
    return np.asarray(whole.vertices), np.asarray(whole.faces), np.array(regions)


def outfit(**changes: object) -> Outfit:
    fields = {
        "skin": (0.8, 0.6, 0.5), "hair": (0.1, 0.1, 0.1), "top": (1.0, 0, 0),
        "bottom": (0, 0, 1.0), "shoes": (0, 1.0, 0),
        "upper": SHIRT, "lower": TROUSERS, "skirt_hem": None, "long_hair": False, "bald": False,
    }  # fmt: skip
    return Outfit(**(fields | changes))  # type: ignore[arg-type]


def color_at(dressed, height: float) -> set[tuple[float, ...]]:
    middle = dressed.vertices[dressed.faces].mean(1)[:, 1]
    near = np.abs(middle - height) < 0.05
    return {tuple(color.astype(float).round(2).tolist()) for color in dressed.corner_colors[near][:, 0]}


def test_each_height_wears_its_own_colour() -> None:
    vertices, faces, regions = doll()
    dressed = dress(vertices, faces, regions, outfit())
    assert color_at(dressed, 1.3) == {(1.0, 0.0, 0.0)}
    assert color_at(dressed, 0.5) == {(0.0, 0.0, 1.0)}
    assert color_at(dressed, 0.02) == {(0.0, 1.0, 0.0)}
    assert (0.1, 0.1, 0.1) in color_at(dressed, 1.97)
    assert (0.1, 0.1, 0.1) not in color_at(dress(vertices, faces, regions, outfit(bald=True)), 1.97)


def test_cloth_lies_outside_the_skin() -> None:
    vertices, faces, regions = doll()
    dressed = dress(vertices, faces, regions, outfit(bald=True))
    torso = regions == REGION_NAMES.index("torso")
    assert np.ptp(dressed.vertices[torso][:, 0]) > np.ptp(vertices[torso][:, 0])
    head = regions == REGION_NAMES.index("head")
    np.testing.assert_array_equal(dressed.vertices[head], vertices[head])


def test_a_skirt_hangs_from_the_waist_to_its_hem_around_the_legs() -> None:
    vertices, faces, regions = doll()
    dressed = dress(vertices, faces, regions, outfit(skirt_hem=0.25, lower=("hips",)))
    skirt = dressed.vertices[len(vertices) :]
    assert skirt[:, 1].min() == pytest.approx(0.25 * np.ptp(vertices[:, 1]), abs=0.01)
    legs = vertices[np.isin(regions, [REGION_NAMES.index("thigh")])]
    assert skirt[:, 0].max() > legs[:, 0].max()
    a, b, c = np.moveaxis(dressed.vertices[dressed.faces[len(faces) :]], 1, 0)
    outward = (np.cross(b - a, c - a) * ((a + b + c) / 3 - [skirt[:, 0].mean(), 0, 0]))[:, [0, 2]].sum(1)
    assert (outward > 0).mean() > 0.95
    assert len(dressed.source_vertex) == len(dressed.vertices)
    assert dressed.source_vertex.max() < len(vertices)


def test_regions_follow_the_heaviest_bones() -> None:
    bones, weights = np.array([[0, 1, 2], [2, 1, 0]]), np.array([[0.4, 0.3, 0.3], [0.4, 0.3, 0.3]])
    regions = vertex_regions(("head", "upperleg01.L", "upperleg02.L"), bones, weights)
    assert [REGION_NAMES[i] for i in regions] == ["thigh", "thigh"]  # two bones of one limb count together


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_what_is_said_of_a_person_is_true(seed: int) -> None:
    person = anny.sample(np.random.default_rng(seed))
    text = " ".join(person.captions)
    assert all(caption == caption.lower() and caption.startswith(("a ", "an ")) for caption in person.captions)
    assert ("dress" in text or "skirt" in text) == (person.outfit.skirt_hem is not None)
    assert ("tall" in text) <= (person.shape["height"] > 0.8)
    assert ("bald" in text) == person.outfit.bald
    female = any(word in person.captions[0] for word in ("woman", "girl"))
    assert female <= (person.shape["gender"] == 1.0)


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("anny") is None, reason="the optional package anny is not installed")
def test_people_stand_upright_and_face_forward() -> None:
    for obj in anny.iterate(3):
        size = np.ptp(obj.vertices, axis=0)
        assert size[1] > size[0] > size[2]
        low = obj.vertices[:, 1] < obj.vertices[:, 1].min() + 0.05 * size[1]
        assert obj.vertices[low, 2].max() > np.median(obj.vertices[:, 2])  # toes point to +Z
