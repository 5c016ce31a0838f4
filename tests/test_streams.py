"""Random streams: what they depend on, and what they must not."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from gen4d.streams import Streams

names = st.text(min_size=1, max_size=8)


@given(st.integers(0, 2**63 - 1), names, st.integers(0, 99))
def test_a_stream_depends_on_seed_name_and_item_alone(seed: int, name: str, item: int) -> None:
    torch.rand(3)  # the global generator moves; ours must not care
    first = torch.rand(4, generator=Streams(seed).torch(name, item))
    second = torch.rand(4, generator=Streams(seed).torch(name, item))
    assert torch.equal(first, second)
    assert np.array_equal(Streams(seed).numpy(name, item).random(4), Streams(seed).numpy(name, item).random(4))


def test_no_two_streams_share_a_key() -> None:
    keys = {Streams(seed).key(name, item) for seed in range(10) for name in ("views", "photo") for item in range(50)}
    assert len(keys) == 10 * 2 * 50


@given(st.integers(0, 2**63 - 1), names)
def test_keys_fit_a_signed_64_bit_seed(seed: int, name: str) -> None:
    assert 0 <= Streams(seed).key(name) < 2**63


def test_a_golden_key_keeps_old_seeds_meaning_the_same() -> None:
    # sha256("7/views/0"), first eight bytes little endian, shifted right by one; a change breaks every published seed.
    assert Streams(7).key("views") == 7347032910422856328
