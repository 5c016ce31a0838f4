"""One rendering process of several: variants of packed objects, makers' objects and assemblages -> files of records."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path

import numpy as np
import torch

from gen4d.data.build import render_record
from gen4d.data.makers import MAKERS
from gen4d.data.makers.assemblage import assemblage
from gen4d.data.objects import SourceObject, made_object
from gen4d.data.streamed.files import ENDING, MAX_CAPTIONS, PHOTOS, gather, write_records
from gen4d.data.variants import varied
from gen4d.errors import Gen4dError
from gen4d.prior.text import TextEncoder
from gen4d.streams import Streams

FILE_RECORDS = 24
MAX_WAITING = 1200  # files nobody took yet; 30 GB
# Of ten jobs, those below 6 are things from collections, those below 8 makers' objects, the rest assemblages.
THINGS, MADE = 6, 8


def render_files(
    things: Sequence[SourceObject],
    encoder: TextEncoder,
    out: Path,
    *,
    worker: int,
    workers: int,
    seed: int = 1,
    splits: Mapping[str, str] | None = None,
    records: int = FILE_RECORDS,
) -> Iterator[Path]:
    """Write files of records without end; yields each when it is there.

    Args:
        things: canonical objects of collections; may be empty.
        worker, workers: this process does every `workers`-th job, starting with job `worker`.
        splits: id -> "train" or "validation", where the objects' own splits do not hold.
        records: how many a file gets.
    """
    splits = splits or {}
    known: dict[str, torch.Tensor] = {}
    held = []
    number = count()
    for job in count(worker, workers):
        obj, variant = choose(job, things, splits, seed)
        try:
            rendered = render_record(obj, photos=PHOTOS)
        except Gen4dError:
            continue  # not fit to learn from; a stretched object may be too thin
        split = splits.get(obj.id, rendered.record.split)
        if split == "validation" and variant:
            continue
        for caption in rendered.record.captions[:MAX_CAPTIONS]:
            if caption not in known:
                known[caption] = encoder.encode([caption]).tokens[0].half()
        held.append((rendered, split))
        if len(held) == records:
            _wait(lambda: len(list(out.glob(f"*{ENDING}"))) <= MAX_WAITING)  # memory is short
            path = out / f"{seed}-{worker}-{next(number)}{ENDING}"
            write_records(gather(held, known), path)
            held = []
            yield path


def choose(job: int, things: Sequence[SourceObject], splits: Mapping[str, str], seed: int) -> tuple[SourceObject, int]:
    """The object of a job, and in which turn through the collection it comes: 0 as it is, later as a new variant."""
    rng = Streams(seed).numpy("gpu.objects", job)
    kind = job % 10
    if kind < THINGS and things:
        turn, index = divmod(job // 10 * THINGS + kind, len(things))
        obj = things[np.random.default_rng(seed + turn).permutation(len(things))[index]]
        # Validation objects are shown once, as they are.
        return (varied(obj, rng), turn) if turn and splits.get(obj.id) != "validation" else (obj, turn)
    if kind < MADE:
        name = list(MAKERS)[int(rng.integers(len(MAKERS)))]
        return made_object("makers", f"makers/{name}/g{seed}-{job}", MAKERS[name](rng)), 0
    return made_object("assemblage", f"assemblage/g{seed}-{job}", assemblage(rng)), 0


def _wait(until: Callable[[], bool], seconds: float = 1.0) -> None:
    while not until():
        time.sleep(seconds)
