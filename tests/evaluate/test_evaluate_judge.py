"""The judge's measures against closed forms, and what it says of true renders it never saw."""

import numpy as np
import pytest
import torch

from gen4d.data.build import render_record
from gen4d.data.duplicates import SAME, describe, near_pairs
from gen4d.data.makers import MAKERS
from gen4d.data.objects import made_object
from gen4d.evaluate.judge import (
    CANDIDATES,
    as_input,
    described,
    kernel_distance,
    kernel_distance_error,
    load_judge,
    nearest_distance,
    small_of_maps,
    small_pictures,
)
from gen4d.evaluate.prior_samples import candidates, found
from gen4d.prior.autoencoder import maps_to_views
from gen4d.prior.text import MiniLmEncoder
from gen4d.prior.train_autoencoder import to_maps

NAMES = ("mug", "dog", "paper_plane", "car")


@pytest.fixture(scope="module")
def maps() -> dict[str, np.ndarray]:
    return {n: render_record(made_object("makers", n, MAKERS[n](np.random.default_rng(77)))).maps for n in NAMES}


def small(maps: np.ndarray) -> np.ndarray:
    return small_pictures(maps_to_views(to_maps(maps)))


def test_stored_maps_give_the_same_small_pictures(maps: dict[str, np.ndarray]) -> None:
    for stored in maps.values():
        assert np.abs(small_of_maps(stored).astype(int) - small(stored)).max() <= 1


def test_the_kernel_distance_of_one_point_each_is_known() -> None:
    e = torch.eye(3)
    # Within a set of equal unit vectors k = 2^3; across orthogonal ones k = 1.
    assert kernel_distance(e[[0, 0]], e[[1, 1, 1]]) == pytest.approx(8 + 8 - 2)
    assert kernel_distance(e[[0, 0]], e[[0, 0]]) == pytest.approx(0)


def test_the_kernel_distance_is_unbiased_and_grows_with_the_difference() -> None:
    g = torch.Generator().manual_seed(0)

    def draw(shift: float) -> torch.Tensor:
        return torch.nn.functional.normalize(torch.randn(40, 8, generator=g) + shift, dim=1)

    same = [kernel_distance(draw(0.5), draw(0.5)) for _ in range(60)]
    assert abs(np.mean(same)) < 3 * np.std(same) / 60**0.5 and min(same) < 0
    assert kernel_distance(draw(0.5), draw(1.5)) > max(same)


def test_the_kernel_distances_error_is_its_spread_over_many_draws() -> None:
    g = torch.Generator().manual_seed(1)

    def draw(count: int, shift: float) -> torch.Tensor:
        return torch.nn.functional.normalize(torch.randn(count, 8, generator=g) + shift, dim=1)

    pairs = [(draw(30, 0.5), draw(90, 1.0)) for _ in range(200)]
    spread = np.std([kernel_distance(*pair) for pair in pairs])
    errors = [kernel_distance_error(*pair) for pair in pairs]
    assert spread < np.mean(errors) < 1.3 * spread  # the jackknife errs on the side of caution


def test_leaving_one_out_is_the_distance_of_the_others() -> None:
    vectors = torch.nn.functional.normalize(torch.randn(9, 4, generator=torch.Generator().manual_seed(2)), dim=1)
    first, second = vectors[:4], vectors[4:]
    fewer = [kernel_distance(first[torch.arange(4) != n], second) for n in range(4)]
    swapped = [kernel_distance(first, second[torch.arange(5) != n]) for n in range(5)]
    expected = 3 / 4 * np.square(fewer - np.mean(fewer)).sum() + 4 / 5 * np.square(swapped - np.mean(swapped)).sum()
    assert kernel_distance_error(first, second) == pytest.approx(expected**0.5)


def test_the_nearest_distance_is_what_finds_duplicates(maps: dict[str, np.ndarray]) -> None:
    pictures = {name: small(m) for name, m in maps.items()}
    known = described(np.stack([pictures["dog"], pictures["mug"]]))
    assert nearest_distance(pictures["mug"], known) == 0
    assert nearest_distance(pictures["car"], known) > SAME
    shifted = np.roll(maps["mug"], 1, 2)
    pairs = near_pairs(describe(np.stack([maps["mug"], shifted])))
    own = nearest_distance(small(shifted), described(pictures["mug"][None]))
    assert not pairs or own == pytest.approx(pairs[0][2], rel=0.15, abs=2e-4)


def test_candidates_are_fifty_distinct_ones_the_same_every_time() -> None:
    names = [f"thing {n}" for n in range(200)]
    first = candidates("thing 7", names)
    assert first == candidates("thing 7", names) and first[0] == "thing 7"
    assert len(set(first)) == CANDIDATES
    assert candidates("thing 7", names[:10])[0] == "thing 7" and len(candidates("thing 7", names[:10])) == 10


def test_the_judge_tells_renders_it_never_saw_apart(maps: dict[str, np.ndarray]) -> None:
    judge, encoder = load_judge(), MiniLmEncoder()
    captions = {n: f"a {n.replace('_', ' ')}" for n in NAMES}
    known = {caption: encoder.encode([caption]).pooled[0] for caption in captions.values()}
    right = 0
    for name, caption in captions.items():
        vector = judge.of_views(as_input(small(maps[name]))[None])[0]
        assert vector.norm().item() == pytest.approx(1, abs=1e-5)
        right += found(judge, vector, candidates(caption, sorted(known)), known)
    assert right >= 3
