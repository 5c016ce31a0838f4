"""Rendered records <-> small files that renderers hand to the trainer; a file that is there is complete."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from gen4d.data.archive import cut_out
from gen4d.data.build import RenderedObject

PHOTOS = 4  # of each record
MAX_CAPTIONS = 6
ENDING = ".safetensors"


class Row(TypedDict):
    """What is said of one record: numbers of its captions, its name (the first of them), source and split."""

    captions: list[int]
    name: str
    source: str
    split: str


@dataclass(frozen=True)
class RecordFile:
    """N records.

    Fields:
        maps: (N, 6, H, W, 8) uint8, see `data.rendering.pack`.
        photos: (N, PHOTOS, H, W, 4) uint8, cut out.
        poses: (N, PHOTOS, 2) float32, azimuth and elevation in radians.
        tokens: (T, TEXT_TOKENS, TEXT_WIDTH) float16, features of the texts.
        texts: T captions; `rows` refer to them by number.
        rows: N of them.
    """

    maps: torch.Tensor
    photos: torch.Tensor
    poses: torch.Tensor
    tokens: torch.Tensor
    texts: list[str]
    rows: list[Row]


def gather(items: Sequence[tuple[RenderedObject, str]], known: dict[str, torch.Tensor]) -> RecordFile:
    """Put rendered objects and their splits together.

    Args:
        known: features (TEXT_TOKENS, TEXT_WIDTH) float16 of every caption that is used.
    """
    texts = sorted({caption for item, _ in items for caption in item.record.captions[:MAX_CAPTIONS]})
    rows = [
        Row(
            captions=[texts.index(caption) for caption in item.record.captions[:MAX_CAPTIONS]],
            name=item.record.captions[0],
            source=item.record.source,
            split=split,
        )
        for item, split in items
    ]
    photos = [cut_out(item.photos.pictures[:PHOTOS], item.photos.mattes[:PHOTOS]) for item, _ in items]
    return RecordFile(
        maps=torch.from_numpy(np.stack([item.maps for item, _ in items])),
        photos=torch.from_numpy(np.stack(photos)),
        poses=torch.from_numpy(np.stack([item.photos.cameras[:PHOTOS, :2] for item, _ in items])),
        tokens=torch.stack([known[text] for text in texts]),
        texts=texts,
        rows=rows,
    )


def write_records(records: RecordFile, path: Path) -> None:
    """Write a file, whole or not at all."""
    tensors = {name: getattr(records, name) for name in ("maps", "photos", "poses", "tokens")}
    partial = path.with_suffix(".partial")
    save_file(tensors, partial, {"rows": json.dumps(records.rows), "texts": json.dumps(records.texts)})
    partial.replace(path)


def read_records(path: Path) -> RecordFile:
    """Read what `write_records` wrote."""
    with safe_open(path, "pt") as opened:
        header = opened.metadata() or {}
    return RecordFile(**load_file(path), texts=json.loads(header["texts"]), rows=json.loads(header["rows"]))
