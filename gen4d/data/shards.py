"""Reading what `build` wrote: records, and arrays that are mapped from disk instead of loaded."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import safe_open

from gen4d.data.duplicates import read_dropped
from gen4d.data.records import Record, read_lines
from gen4d.errors import InputError


@dataclass(frozen=True)
class StoredObject:
    """One object of a shard: its record and arrays, see `build`."""

    record: Record
    maps: np.ndarray
    pictures: np.ndarray
    mattes: np.ndarray
    cameras: np.ndarray


def iterate_shards(folder: Path) -> Iterator[StoredObject]:
    """Every object of a folder that is no duplicate, in order of shards and rows.

    Raises:
        InputError: there is no shard, or one is damaged.
    """
    dropped = read_dropped(folder)
    for path in shard_paths(folder):
        records = shard_records(path)
        arrays = [_read(path, name) for name in ("maps", "pictures", "mattes", "cameras")]
        for row, record in enumerate(records):
            if record.id not in dropped:
                yield StoredObject(record, *(array[row] for array in arrays))


def read_maps(folder: Path, split: str) -> np.ndarray:
    """Maps (N, 6, S, S, 8) uint8 of all objects of a split."""
    return np.stack([stored.maps for stored in iterate_shards(folder) if stored.record.split == split])


def read_records(folder: Path) -> list[Record]:
    """The records of every object that is no duplicate, in the order of `iterate_shards`."""
    dropped = read_dropped(folder)
    return [record for path in shard_paths(folder) for record in shard_records(path) if record.id not in dropped]


def shard_paths(folder: Path) -> list[Path]:
    """The shards of a folder in order of their names.

    Raises:
        InputError: there is none.
    """
    paths = sorted(folder.glob("*-[0-9]*.safetensors"))
    if not paths:
        raise InputError(f"{folder.name}: it holds no shards; run `gen4d data build` first.")
    return paths


def shard_records(path: Path) -> list[Record]:
    """The index lines of one shard."""
    return [Record(**row) for row in read_lines(path.with_suffix(".jsonl"))]


def _read(path: Path, name: str) -> np.ndarray:
    try:
        with safe_open(path, "np") as opened:
            return opened.get_tensor(name)
    except Exception as error:  # safetensors raises a type of its own for every damage
        raise InputError(f"{path.name}: it cannot be read ({error}); delete it and build again.") from error
