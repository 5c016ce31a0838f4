"""Objects -> shards: make canonical, screen, render, photograph, caption, split; resumes where it stopped.

A shard is `NAME.safetensors` with `maps (N, 6, S, S, 8)` uint8, `depth (N, 6, S, S)` uint16, `pictures (N, P, S, S, 3)`
and `mattes (N, P, S, S)` uint8 and `cameras (N, P, 6)` float32. Beside it `NAME.jsonl` has one line a kept object and
`NAME.rejected.jsonl` one line an object left out. The lines are written first, so a shard that exists is complete.
Safetensors rather than tar: any object of any shard is one seek away, and nothing is decoded to read it.
"""

import logging
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import save_file

from gen4d.data.captions import color_words, with_colors
from gen4d.data.objects import SourceObject, canonical
from gen4d.data.photos import PHOTOS, Photos, render_photos
from gen4d.data.records import Record, Rejection, read_lines, split_of, write_lines
from gen4d.data.rendering import pack, pack_depth, render_object
from gen4d.data.screening import screen_maps, screen_object
from gen4d.errors import Gen4dError, OutputError
from gen4d.streams import Streams

logger = logging.getLogger(__name__)

SHARD_SIZE = 64
Skip = Callable[[str], bool]


@dataclass(frozen=True)
class RenderedObject:
    """One object's maps (6, S, S, 8) uint8, depth (6, S, S) uint16, photos, and its line in the index."""

    maps: np.ndarray
    depth: np.ndarray
    photos: Photos
    record: Record


def build(
    name: str,
    objects: Callable[[Skip], Iterable[SourceObject | Rejection]],
    out: Path,
    *,
    limit: int | None = None,
    resolution: int = 128,
    workers: int = 1,
) -> dict[str, int]:
    """Render one source into shards under `out`.

    Args:
        objects: given a test of ids that are finished, yields the others, or why they cannot be read.
        limit: stop after this many objects of the source, those of earlier runs included.
        workers: processes that render; 1 renders here.

    Returns:
        counts: objects written and rejected by this run; none on a second run.

    Raises:
        OutputError: the disk is full; shards that are finished stay.
    """
    out.mkdir(parents=True, exist_ok=True)
    counts = {"written": 0, "rejected": 0}
    done = out / f"{name}.done"  # holds the limit it was built with
    if done.exists() and done.read_text() in ("none", str(limit).lower()):
        return counts
    finished = finished_ids(name, out)
    number = len(list(out.glob(f"{name}-*.safetensors")))
    left = None if limit is None else max(0, limit - len(finished))
    pending = iter(islice(objects(finished.__contains__), left))
    with _processes(workers) as pool:
        for outcomes in _rendered(pending, resolution, pool):
            kept, rejected = _write_shard(outcomes, out / f"{name}-{number:04d}")
            counts["written"] += kept
            counts["rejected"] += rejected
            number += 1
            logger.info("%s: %d written, %d rejected", name, counts["written"], counts["rejected"])
    done.write_text(str(limit).lower())
    return counts


def _rendered(
    pending: Iterable[SourceObject | Rejection], resolution: int, pool: ProcessPoolExecutor | None
) -> Iterator[list[RenderedObject | Rejection]]:
    """The outcomes of a shard at a time; while a pool renders one, the objects of the next are loaded here."""
    pending, previous = iter(pending), None
    while chunk := list(islice(pending, SHARD_SIZE)):
        rendering = (pool.map if pool else map)(render_or_reject, chunk, [resolution] * len(chunk))
        if previous is not None:
            yield list(previous)
        previous = rendering
    if previous is not None:
        yield list(previous)


@contextmanager
def _processes(count: int) -> Iterator[ProcessPoolExecutor | None]:
    """A pool of rendering processes, None for one; an interruption leaves their unfinished work at once."""
    if count == 1:
        yield None
        return
    pool = ProcessPoolExecutor(count, initializer=_start_process)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _start_process() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C reaches every process; the first one ends the others
    start_worker()


def finished_ids(name: str, out: Path) -> set[str]:
    """Ids of a source's objects that complete shards hold or rejected."""
    paths = sorted(out.glob(f"{name}-*.safetensors"))
    kinds = (".jsonl", ".rejected.jsonl")
    return {row["id"] for path in paths for kind in kinds for row in read_lines(path.with_name(path.stem + kind))}


def render_or_reject(obj: SourceObject | Rejection, resolution: int) -> RenderedObject | Rejection:
    """Render one object, or say why not."""
    if isinstance(obj, Rejection):
        return obj
    try:
        return render_record(obj, resolution)
    except Gen4dError as error:
        return Rejection(obj.id, str(error))


def render_record(obj: SourceObject, resolution: int = 128, *, photos: int = PHOTOS) -> RenderedObject:
    """Render, photograph and caption one object.

    Raises:
        InputError: it is not fit to learn from; see `screening`.
    """
    obj = canonical(obj)
    screen_object(obj)
    views = render_object(obj, resolution=resolution)
    maps = pack(views)
    screen_maps(obj, maps)
    colors = color_words(maps)
    group = obj.variant_of or obj.id
    record = Record(
        id=obj.id,
        source=obj.source,
        licence=obj.licence,
        author=obj.author,
        captions=tuple(dict.fromkeys([*obj.captions, *with_colors(obj.captions[0], colors)])),
        category=obj.category,
        plan=obj.plan,
        colors=colors,
        group=group,
        split=split_of(group),
        faces=len(obj.faces),
        textured=bool(obj.textures),
        rigged=obj.rigged,
    )
    taken = render_photos(obj, Streams(0).numpy("photos", obj.id), count=photos, resolution=resolution)
    return RenderedObject(maps, pack_depth(views), taken, record)


def start_worker() -> None:
    """One thread a process: rendering is one kernel, and a second process is worth more than a second thread."""
    torch.set_num_threads(1)


def _write_shard(outcomes: list[RenderedObject | Rejection], stem: Path) -> tuple[int, int]:
    """Write the index lines, then the tensors; returns how many were kept and rejected.

    Raises:
        OutputError: the disk is full or the folder cannot be written.
    """
    kept = [item for item in outcomes if isinstance(item, RenderedObject)]
    rejected = [item for item in outcomes if isinstance(item, Rejection)]
    tensors = {
        "maps": [item.maps for item in kept],
        "depth": [item.depth for item in kept],
        "pictures": [item.photos.pictures for item in kept],
        "mattes": [item.photos.mattes for item in kept],
        "cameras": [item.photos.cameras for item in kept],
    }
    partial = stem.with_suffix(".partial")
    arrays = {key: np.stack(values) if values else np.zeros(0, np.uint8) for key, values in tensors.items()}
    try:
        write_lines([item.record for item in kept], stem.with_suffix(".jsonl"))
        write_lines(rejected, stem.with_suffix(".rejected.jsonl"))
        save_file(arrays, partial)
        partial.replace(stem.with_suffix(".safetensors"))
    except (OSError, SafetensorError) as error:
        partial.unlink(missing_ok=True)
        raise OutputError(
            f"{stem.name}: the shard cannot be written ({error}); make room, and the same command goes on."
        ) from error
    return len(kept), len(rejected)
