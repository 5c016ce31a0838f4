"""Places read the same arrays as a whole pass does, one at a time."""

from pathlib import Path

import numpy as np
import pytest

from gen4d.data.build import build
from gen4d.data.makers import MAKERS
from gen4d.data.objects import made_object
from gen4d.data.shards import ARRAYS, iterate_shards, places
from gen4d.errors import InputError


def test_places_give_what_a_pass_over_the_shards_gives(tmp_path: Path) -> None:
    made = [made_object("makers", f"makers/mug/{n}", MAKERS["mug"](np.random.default_rng(n))) for n in range(3)]
    build("makers", lambda skip: made, tmp_path, resolution=32)
    for place, stored in zip(places(tmp_path), iterate_shards(tmp_path), strict=True):
        assert place.record == stored.record
        for name in ARRAYS:
            assert np.array_equal(place.array(name), getattr(stored, name)), name
            assert np.array_equal(getattr(place.read(), name), getattr(stored, name)), name


def test_a_damaged_shard_is_told(tmp_path: Path) -> None:
    made = [made_object("makers", "makers/mug/0", MAKERS["mug"](np.random.default_rng(0)))]
    build("makers", lambda skip: made, tmp_path, resolution=32)
    (place,) = places(tmp_path)
    place.path.write_bytes(place.path.read_bytes()[:1000])
    with pytest.raises(InputError, match="cannot be read"):
        place.array("maps")
    with pytest.raises(InputError, match="no shards"):
        places(tmp_path / "elsewhere")
