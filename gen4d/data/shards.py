"""Reading what `build` wrote: records, and the maps of all objects as one array a shard."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

from gen4d.data.build import Record
from gen4d.errors import InputError


@dataclass(frozen=True)
class ViewSet:
    """Objects in memory: maps (N, 6, H, W, 8) and photos (N, P, H, W, 4), uint8, and N records."""

    maps: np.ndarray
    photos: np.ndarray
    records: tuple[Record, ...]

    def of_split(self, split: str) -> "ViewSet":
        """Only the objects of "train" or "validation"."""
        rows = [i for i, record in enumerate(self.records) if record.split == split]
        return ViewSet(self.maps[rows], self.photos[rows], tuple(self.records[i] for i in rows))


def read_shards(folder: Path) -> ViewSet:
    """Load every shard of a folder, in order of their names.

    Raises:
        InputError: there is none.
    """
    paths = sorted(folder.glob("*.safetensors"))
    if not paths:
        raise InputError(f"{folder.name}: it holds no shards; run `gen4d data build` first.")
    shards = [load_file(path) for path in paths]
    maps, photos = (np.concatenate([shard[name] for shard in shards]) for name in ("maps", "photos"))
    return ViewSet(maps, photos, tuple(read_records(folder)))


def read_records(folder: Path) -> list[Record]:
    """The index lines of every shard of a folder, in the order of `read_shards`."""
    return [
        _record(json.loads(line))
        for path in sorted(folder.glob("*.safetensors"))
        for line in path.with_suffix(".jsonl").read_text("utf-8").splitlines()
    ]


def _record(fields: dict[str, Any]) -> Record:
    """A record from its JSON line, whose lists were tuples."""
    kept: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    return Record(**kept)
