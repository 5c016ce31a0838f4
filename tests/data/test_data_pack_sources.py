"""Packing takes what the shards kept and nothing else, and says in one file which split each object is of."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from gen4d.data.duplicates import INDEX
from gen4d.data.makers import MAKERS
from gen4d.data.objects import SourceObject, made_object
from gen4d.data.pack_sources import SPLITS, pack_source, write_splits
from gen4d.data.packed import read_packed
from gen4d.data.records import Record, Rejection, write_lines
from gen4d.errors import InputError

IDS = [f"things/pack/{name}" for name in ("kept", "held", "same", "rejected")]


def shards(folder: Path) -> Path:
    """An index of three objects, one of them a duplicate; the fourth was rejected and has no record."""
    rest = dict(source="things", licence="CC0-1.0", author="", captions=("a thing",), category="", plan="", colors=())
    records = [
        Record(id=i, group=i, split=split, **rest)
        for i, split in zip(IDS[:3], ("train", "validation", "train"), strict=True)
    ]
    folder.mkdir()
    write_lines(records, folder / "things-0000.jsonl")
    (folder / "things-0000.safetensors").touch()
    (folder / INDEX).write_text(json.dumps([{"kept": IDS[0], "dropped": IDS[2], "distance": 0.0}]))
    return folder


def source(skip: Callable[[str], bool]) -> Iterator[SourceObject | Rejection]:
    """All four objects but those it is told to skip; one that no shard knows, and a file that cannot be read."""
    assert [skip(i) for i in IDS] == [False, False, True, True]
    rng = np.random.default_rng(0)
    yield Rejection("things/pack/broken", "unreadable")
    for object_id in [*IDS[:2], "things/pack/new"]:
        yield made_object("things", object_id, MAKERS["mug"](rng))


def test_what_the_shards_kept_is_packed_once(tmp_path: Path) -> None:
    out = tmp_path / "packed"
    splits = write_splits(shards(tmp_path / "shards"), out)
    assert splits == dict(zip(IDS[:3], ("train", "validation", "dropped"), strict=True))
    assert json.loads((out / SPLITS).read_text()) == splits
    assert pack_source("things", source, splits, out) == 2
    objects = list(read_packed(out / "things.safetensors"))
    assert [obj.id for obj in objects] == IDS[:2]
    for obj in objects:  # canonical: centred, longest side 1
        low, high = obj.vertices.min(0), obj.vertices.max(0)
        assert abs((high - low).max() - 1) < 1e-4 and np.abs(low + high).max() < 1e-4
    before = (out / "things.safetensors").read_bytes()
    assert pack_source("things", source, splits, out) == 0
    assert (out / "things.safetensors").read_bytes() == before


def test_a_source_that_was_never_built_is_refused(tmp_path: Path) -> None:
    splits = write_splits(shards(tmp_path / "shards"), tmp_path)
    with pytest.raises(InputError, match="gen4d data build --sources anny"):
        pack_source("anny", source, splits, tmp_path)
