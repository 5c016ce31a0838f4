"""Every maker, for a few seeds: sound geometry, honest captions, determinism and variety."""

import re

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gen4d.data.makers import MAKERS, MadeObject
from gen4d.data.makers.model import made
from gen4d.data.makers.palette import NAMED, Paint, contrast, paint
from gen4d.data.makers.shapes import ball, box, signed_volume

SEEDS = range(3)
HELD_OUT = re.compile(
    r"\b(ham)?burgers?\b|\bcameras?\b|bulldog|winchester|backpack|\bradios?\b|cuckoo|siamese|wheelbarrow|bicycle|\bbike\b"
    r"|rabbit|bunny|\bbus(es)?\b|giraffe|tiger|camel|crocodile|peacock"
)
PLANS = {"biped", "quadruped", "bird", "fish", "snake", "insect", "spider", "vehicle", "plant", "prop"}


@pytest.fixture(scope="module")
def objects() -> dict[str, list[MadeObject]]:
    return {name: [maker(np.random.default_rng(seed)) for seed in SEEDS] for name, maker in MAKERS.items()}


def each(objects: dict[str, list[MadeObject]]) -> list[tuple[str, MadeObject]]:
    return [(f"{name}/{seed}", made_) for name, found in objects.items() for seed, made_ in enumerate(found)]


def split_parts(made_: MadeObject) -> list[np.ndarray]:
    """The face rows of every connected part."""
    ends = np.concatenate([made_.faces[:, :2], made_.faces[:, 1:]]).T
    size = len(made_.vertices)
    _, parent = connected_components(coo_array((np.ones(ends.shape[1]), ends), (size, size)), directed=False)
    label = parent[made_.faces[:, 0]]
    return [np.flatnonzero(label == k) for k in np.unique(label)]


def test_makers_are_at_least_44_and_named_as_their_objects(objects: dict[str, list[MadeObject]]) -> None:
    assert len(MAKERS) >= 44
    assert next(iter(MAKERS)) == "paper_plane"
    assert all(made_.maker == name for name, found in objects.items() for made_ in found)


def test_geometry_is_finite_indexed_and_in_budget(objects: dict[str, list[MadeObject]]) -> None:
    for where, made_ in each(objects):
        assert np.isfinite(made_.vertices).all(), where
        assert made_.faces.dtype == np.int64 and made_.faces.min() >= 0, where
        assert made_.faces.max() < len(made_.vertices), where
        assert (np.ptp(made_.vertices, axis=0) > 0).all(), where
        assert 30 <= len(made_.faces) <= 6000, (where, len(made_.faces))
        assert made_.plan in PLANS, where


def test_face_colors_are_srgb_and_more_than_one(objects: dict[str, list[MadeObject]]) -> None:
    for where, made_ in each(objects):
        assert made_.face_colors.shape == made_.faces.shape and made_.face_colors.dtype == np.float32, where
        assert made_.face_colors.min() >= 0.0 and made_.face_colors.max() <= 1.0, where
    for name, found in objects.items():
        tones = max(len(np.unique(made_.face_colors.round(3), axis=0)) for made_ in found)
        assert tones >= (1 if name in ("heart", "star") else 2), name


def test_every_part_is_closed_and_wound_outward(objects: dict[str, list[MadeObject]]) -> None:
    for where, made_ in each(objects):
        edges = made_.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
        size = len(made_.vertices)
        runs = coo_array((np.ones(len(edges)), edges.T), (size, size)).tocsr()
        assert abs(runs - runs.T).nnz == 0, where  # every edge is run as often one way as the other
        for rows in split_parts(made_):
            assert signed_volume(made_.vertices, made_.faces[rows]) > 0, where


def test_captions_are_lower_case_and_never_held_out(objects: dict[str, list[MadeObject]]) -> None:
    for where, made_ in each(objects):
        assert 3 <= len(made_.captions) <= 7, (where, made_.captions)
        for caption in made_.captions:
            assert caption == caption.lower().strip() and len(caption) > 3, where
            assert not HELD_OUT.search(caption), (where, caption)
            assert not re.search(r"\ba [aeio](?!ne-)", caption), (where, caption)
            assert not re.search(r"\ban [^aeiou]", caption), (where, caption)


def test_colors_named_in_captions_are_on_the_object(objects: dict[str, list[MadeObject]]) -> None:
    names = sorted(NAMED, key=len, reverse=True)
    words = re.compile(r"\b(" + "|".join(names) + r")\b")
    for where, made_ in each(objects):
        for caption in made_.captions:
            for word in words.findall(re.sub(r"ice cream|oranges|red wine", "", caption)):  # foods, not paints
                gap = np.abs(made_.face_colors - np.array(NAMED[word])).max(1).min()
                assert gap < 0.25, (where, caption, word, gap)


def test_same_seed_gives_the_same_object(objects: dict[str, list[MadeObject]]) -> None:
    for name, maker in MAKERS.items():
        again, before = maker(np.random.default_rng(2)), objects[name][2]
        np.testing.assert_array_equal(again.vertices, before.vertices, err_msg=name)
        np.testing.assert_array_equal(again.face_colors, before.face_colors, err_msg=name)
        assert again.captions == before.captions


def test_seeds_differ_in_shape_and_words(objects: dict[str, list[MadeObject]]) -> None:
    for name, found in objects.items():
        shapes = {(len(m.faces), m.vertices.round(4).tobytes()) for m in found}
        assert len(shapes) == len(SEEDS), name
        assert len({m.captions for m in found}) >= 2, name


def test_paper_plane_points_its_nose_forward(objects: dict[str, list[MadeObject]]) -> None:
    for made_ in objects["paper_plane"]:
        v = made_.vertices
        width = {s: np.ptp(v[s * v[:, 2] > 0.45 * np.ptp(v[:, 2]), 0]) for s in (-1, 1)}
        assert width[1] < 0.75 * width[-1]
        np.testing.assert_allclose(np.sort(v[:, 0]), np.sort(-v[:, 0]), atol=1e-9)  # left and right agree


def test_made_joins_parts_and_drops_repeated_captions() -> None:
    red, blue = Paint("red", NAMED["red"]), Paint("blue", NAMED["blue"])
    made_ = made("pair", "toy", "prop", [box(1, 1, 1, red), ball(1, blue)], ["pair", "pair", "red and blue pair"])
    assert made_.captions == ("a pair", "a red and blue pair")
    assert len(np.unique(made_.face_colors, axis=0)) == 2


def test_contrast_never_returns_a_near_twin() -> None:
    rng = np.random.default_rng(0)
    for name in NAMED:
        base = paint(rng, name)
        other = contrast(rng, base, "white", "black", "red", "blue", "yellow")
        assert np.abs(np.subtract(base.rgb, other.rgb)).sum() > 0.35
