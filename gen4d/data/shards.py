"""Reading what `build` wrote: records, and arrays that are mapped from disk instead of loaded."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import safe_open

from gen4d.data.duplicates import read_dropped
from gen4d.data.records import Record, read_lines
from gen4d.errors import InputError

ARRAYS = ("maps", "pictures", "mattes", "cameras")


@dataclass(frozen=True)
class StoredObject:
    """One object of a shard: its record and arrays, see `build`."""

    record: Record
    maps: np.ndarray
    pictures: np.ndarray
    mattes: np.ndarray
    cameras: np.ndarray


@dataclass(frozen=True)
class Place:
    """Where one object is stored; thousands of places cost no memory, and each array is read alone."""

    path: Path
    row: int
    record: Record

    def array(self, name: str) -> np.ndarray:
        """One of the object's arrays, see `build`.

        Raises:
            InputError: the shard is damaged.
        """
        return _read(self.path, name, self.row)

    def read(self) -> StoredObject:
        """The whole object.

        Raises:
            InputError: the shard is damaged.
        """
        return StoredObject(self.record, *(self.array(name) for name in ARRAYS))


def places(folder: Path) -> list[Place]:
    """Where every object of a folder is that is no duplicate, in the order of `iterate_shards`.

    Raises:
        InputError: there is no shard.
    """
    dropped = read_dropped(folder)
    return [
        Place(path, row, record)
        for path in shard_paths(folder)
        for row, record in enumerate(shard_records(path))
        if record.id not in dropped
    ]


@dataclass(frozen=True)
class StoredMaps:
    """The maps (6, S, S, 8) uint8 of many objects, each read from disk when it is asked for."""

    places: list[Place]

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: int, /) -> np.ndarray:
        return self.places[index].array("maps")


def iterate_shards(folder: Path) -> Iterator[StoredObject]:
    """Every object of a folder that is no duplicate, in order of shards and rows.

    Raises:
        InputError: there is no shard, or one is damaged.
    """
    dropped = read_dropped(folder)
    for path in shard_paths(folder):
        records = shard_records(path)
        arrays = [_read(path, name) for name in ARRAYS]
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


def _read(path: Path, name: str, row: int | None = None) -> np.ndarray:
    """A whole tensor, or one row of it, which alone is then read from disk."""
    try:
        with safe_open(path, "np") as opened:
            return opened.get_tensor(name) if row is None else opened.get_slice(name)[row : row + 1][0]
    except Exception as error:  # safetensors raises a type of its own for every damage
        raise InputError(f"{path.name}: it cannot be read ({error}); delete it and build again.") from error
