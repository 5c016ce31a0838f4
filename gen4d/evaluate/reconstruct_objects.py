"""The true meshes of the validation objects of shards; shards hold maps alone, so the sources are opened again."""

import importlib.util
import logging
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from gen4d.data.build import Skip
from gen4d.data.objects import SourceObject, canonical
from gen4d.data.open_sources import SourceFiles, open_source
from gen4d.data.shards import read_records
from gen4d.errors import InputError, MissingDependency
from gen4d.streams import Streams

logger = logging.getLogger(__name__)


def validation_objects(
    shards: Path, folders: dict[str, Path], limit: int, done: Collection[str] = ()
) -> tuple[Iterator[SourceObject], tuple[str, ...]]:
    """Canonical validation objects of shards; the sources take turns, so that any part of a run is spread over them.

    Args:
        folders: files of sources, by the sources' names; makers and people need none, and those of Sweet Home 3D
            lie beside the shards.
        limit: objects at most, the same share of every source, chosen by a hash of their ids.
        done: ids among them to leave out.

    Returns:
        objects: of the sources whose files are there.
        left_out: the other sources.

    Raises:
        InputError: the shards hold no validation objects, or none of their sources can be opened.
    """
    by_source: dict[str, list[str]] = {}
    for record in read_records(shards):
        if record.split == "validation":
            by_source.setdefault(record.source, []).append(record.id)
    if not by_source:
        raise InputError(f"{shards.name}: it holds no validation objects.")
    cache = shards / "packages"
    if (cache / "sweethome3d").is_dir():
        folders = {"sweethome3d": cache / "sweethome3d"} | folders
    files = SourceFiles(cache, folders, per_maker=10_000)
    here = {name: ids for name, ids in by_source.items() if name in _made_sources() or name in folders}
    if not here:
        raise InputError(
            f"{shards.name}: its objects come from {', '.join(sorted(by_source))}, whose files are not here; "
            "give their folder, as in --quaternius DIR."
        )
    left = {name: ids - set(done) for name, ids in _chosen(here, limit).items()}
    return _in_turns(left, files), tuple(sorted(set(by_source) - set(here)))


def _chosen(ids: dict[str, list[str]], limit: int) -> dict[str, set[str]]:
    """The same share of every source's ids, by a hash of the id."""
    total = sum(map(len, ids.values()))
    share = min(1.0, limit / total)
    chosen = {}
    for name, own in sorted(ids.items()):
        order = sorted(own, key=lambda key: Streams(0).key("evaluate.reconstruct", key))
        chosen[name] = set(order[: max(1, round(share * len(own)))])
    return chosen


def _made_sources() -> set[str]:
    """The sources that need no files here."""
    return {"makers", "anny"} if importlib.util.find_spec("anny") else {"makers"}


def _in_turns(chosen: dict[str, set[str]], files: SourceFiles) -> Iterator[SourceObject]:
    """One object of every source after another; a source that is exhausted drops out."""
    turns = [_opened(name, ids, files) for name, ids in chosen.items() if ids]
    while turns:
        for turn in list(turns):
            obj = next(turn, None)
            if obj is None:
                turns.remove(turn)
            else:
                yield obj


def _opened(name: str, ids: set[str], files: SourceFiles) -> Iterator[SourceObject]:
    """The objects with these ids of one source."""
    left = set(ids)
    skip: Skip = lambda key: key not in left  # noqa: E731 - one line
    most = 1 + max((int(key.rsplit("/", 1)[1]) for key in ids), default=0) if name in ("makers", "anny") else 0
    try:
        for obj in open_source(name, replace(files, per_maker=most, people=most))(skip):
            if isinstance(obj, SourceObject) and obj.id in left:
                left.discard(obj.id)
                yield canonical(obj)
            if not left:
                return
    except (InputError, MissingDependency) as error:
        logger.warning("%s: left out. %s", name, error)
