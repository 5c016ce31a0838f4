"""Sources -> shards: load, make canonical, render, caption, split; resumes where it stopped.

A shard is `NAME.safetensors` with `maps (N, 6, 128, 128, 8)` and `photos (N, 2, 128, 128, 4)`, uint8, and beside it
`NAME.jsonl` with one line an object.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from gen4d.data.captions import color_words, with_colors
from gen4d.data.makers import MAKERS
from gen4d.data.objects import NO_TEXTURE, SourceObject, canonical
from gen4d.data.rendering import cutout_share, pack, render_object, render_photo
from gen4d.data.sources import quaternius, sweethome3d
from gen4d.errors import Gen4dError, InputError
from gen4d.streams import Streams

logger = logging.getLogger(__name__)

SHARD_SIZE = 64
VALIDATION_SHARE = 0.05
MIN_COVERAGE = 0.004  # of the pixels of the fullest view; below it an object is a needle nobody sees
MAX_CUTOUT_SHARE = 0.2
PHOTOS = 2
MAX_TRIANGLES = 400_000


@dataclass(frozen=True)
class Record:
    """What a shard's index says of one object."""

    id: str
    source: str
    licence: str
    author: str
    captions: tuple[str, ...]
    category: str
    plan: str
    colors: tuple[str, ...]
    split: str


@dataclass(frozen=True)
class RenderedObject:
    """One object's maps (6, 128, 128, 8) and photos (2, 128, 128, 4), uint8, and its line in the index."""

    maps: np.ndarray
    photos: np.ndarray
    record: Record


def open_sources(
    quaternius_folder: Path, sweethome3d_folder: Path, per_maker: int
) -> dict[str, Iterator[SourceObject]]:
    """The collections by name; all are lazy."""
    return {
        "quaternius": map(_turned, quaternius.iterate(quaternius_folder)),
        "sweethome3d": sweethome3d.iterate(sweethome3d_folder),
        "makers": made_objects(per_maker),
    }


def made_objects(per_maker: int) -> Iterator[SourceObject]:
    """Instances of every parametric maker, each from a random stream of its own."""
    streams = Streams(0)
    for name, maker in MAKERS.items():
        for index in range(per_maker):
            made = maker(streams.numpy(f"makers.{name}", index))
            faces = np.asarray(made.faces, np.int64)
            yield SourceObject(
                id=f"makers/{name}/{index:04d}",
                source="makers",
                licence="Apache-2.0",
                author="gen4d",
                captions=tuple(made.captions),
                category=made.category,
                plan=made.plan,
                vertices=np.asarray(made.vertices, np.float64),
                faces=faces,
                corner_colors=np.repeat(np.asarray(made.face_colors, np.float32)[:, None], 3, 1),
                corner_uv=np.zeros((len(faces), 3, 2), np.float32),
                texture_index=np.full(len(faces), NO_TEXTURE),
                variant_of=f"makers/{name}/{index:04d}",
            )


def build(objects: Iterable[SourceObject], name: str, out: Path) -> dict[str, int]:
    """Render a source into shards under `out`; shards that are there already are kept.

    Returns:
        counts: objects written and rejected.
    """
    out.mkdir(parents=True, exist_ok=True)
    counts = {"written": 0, "rejected": 0}
    for number, chunk in enumerate(batched_objects(objects)):
        stem = out / f"{name}-{number:04d}"
        if stem.with_suffix(".safetensors").exists():
            continue
        rendered: list[RenderedObject] = []
        for obj in chunk:
            try:
                rendered.append(render_record(obj))
            except Gen4dError as error:
                logger.info("rejected %s: %s", obj.id, error)
                counts["rejected"] += 1
        if not rendered:
            continue
        lines = "".join(json.dumps(item.record.__dict__) + "\n" for item in rendered)
        stem.with_suffix(".jsonl").write_text(lines, "utf-8")
        partial = stem.with_suffix(".partial")
        save_file({name: np.stack([getattr(item, name) for item in rendered]) for name in ("maps", "photos")}, partial)
        partial.replace(stem.with_suffix(".safetensors"))
        counts["written"] += len(rendered)
        logger.info("%s: %d written, %d rejected", stem.name, counts["written"], counts["rejected"])
    return counts


def render_record(obj: SourceObject) -> RenderedObject:
    """Render and caption one object.

    Raises:
        InputError: it is empty or flat, a needle nobody would see, made of leaf cards, or far too heavy.
    """
    if len(obj.faces) > MAX_TRIANGLES or cutout_share(obj) > MAX_CUTOUT_SHARE:
        raise InputError(f"{obj.id}: {len(obj.faces)} faces, {cutout_share(obj):.0%} of them see-through cards.")
    obj = canonical(obj)
    maps = pack(render_object(obj))
    coverage = (maps[..., 3] > 127).mean((1, 2)).max()
    if coverage < MIN_COVERAGE:
        raise InputError(f"{obj.id}: its fullest view covers only {coverage:.2%} of the picture.")
    streams = Streams(0)
    photos = [render_photo(obj, streams.numpy("photos", f"{obj.id}/{i}")) for i in range(PHOTOS)]
    colors = color_words(maps)
    record = Record(
        id=obj.id,
        source=obj.source,
        licence=obj.licence,
        author=obj.author,
        captions=tuple(dict.fromkeys([*obj.captions, *with_colors(obj.captions[0], colors)])),
        category=obj.category,
        plan=obj.plan,
        colors=colors,
        split=split_of(obj.variant_of or obj.id),
    )
    return RenderedObject(maps, np.stack(photos), record)


def split_of(key: str) -> str:
    """ "validation" for a fixed 5 % of the keys, "train" for the others."""
    share = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "little") / 2**64
    return "validation" if share < VALIDATION_SHARE else "train"


def batched_objects(objects: Iterable[SourceObject]) -> Iterator[list[SourceObject]]:
    """Lists of `SHARD_SIZE` objects in order."""
    chunk: list[SourceObject] = []
    for obj in objects:
        chunk.append(obj)
        if len(chunk) == SHARD_SIZE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _turned(obj: SourceObject) -> SourceObject:
    """A Quaternius object facing +Z."""
    rotation = quaternius.front_rotation(obj)
    return obj if rotation is None else canonical(obj, rotation)
