"""Sources -> packed geometry beside its splits: what a machine needs that renders objects anew and holds no source.

Shards come first: they say which objects are fit to learn from, which are near-duplicates, and which are held back.
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from gen4d.data.build import Skip
from gen4d.data.duplicates import read_dropped
from gen4d.data.objects import SourceObject, canonical
from gen4d.data.packed import write_packed
from gen4d.data.records import Rejection
from gen4d.data.shards import shard_paths, shard_records
from gen4d.errors import InputError

logger = logging.getLogger(__name__)

SPLITS = "splits.json"


def write_splits(shards: Path, out: Path) -> dict[str, str]:
    """Write `out/splits.json`: of every object of the shards "train", "validation", or "dropped" for a duplicate.

    Returns:
        splits: by id.

    Raises:
        InputError: there is no shard.
    """
    dropped = read_dropped(shards)
    records = (record for path in shard_paths(shards) for record in shard_records(path))
    splits = {record.id: "dropped" if record.id in dropped else record.split for record in records}
    out.mkdir(parents=True, exist_ok=True)
    partial = out / f"{SPLITS}.partial"
    partial.write_text(json.dumps(splits, indent=0, sort_keys=True) + "\n", "utf-8")
    partial.replace(out / SPLITS)
    return splits


def pack_source(
    name: str, objects: Callable[[Skip], Iterable[SourceObject | Rejection]], splits: dict[str, str], out: Path
) -> int:
    """Write `out/NAME.safetensors` with the objects of a source that the shards kept; one that is there stays.

    Returns:
        count: objects written by this call.

    Raises:
        InputError: the shards hold no object of this source.
    """
    path = out / f"{name}.safetensors"
    kept = {object_id for object_id, split in splits.items() if split != "dropped"}
    if not any(object_id.startswith(f"{name}/") for object_id in kept):
        raise InputError(f"{name}: the shards hold none of its objects; run `gen4d data build --sources {name}` first.")
    if path.exists():
        return 0
    return write_packed(_kept(objects(lambda object_id: object_id not in kept), kept), path)


def _kept(objects: Iterable[SourceObject | Rejection], kept: set[str]) -> Iterator[SourceObject]:
    """The canonical form of the objects with known ids; a source may yield others, such as variants, all the same."""
    for number, obj in enumerate(objects):
        if number % 100 == 0:
            logger.info("%s: %d objects read", obj.id.split("/")[0], number)
        if isinstance(obj, SourceObject) and obj.id in kept:
            yield canonical(obj)
