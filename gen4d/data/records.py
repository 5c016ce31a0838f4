"""What the index of the shards says of an object, kept or rejected."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

VALIDATION_SHARE = 0.05


@dataclass(frozen=True)
class Record:
    """One kept object; the lines of a shard's `.jsonl`.

    Fields:
        group: objects of one group are near copies and share a split.
        rigged: its source holds a skeleton and skin weights, see `data.rigs`.
    """

    id: str
    source: str
    licence: str
    author: str
    captions: tuple[str, ...]
    category: str
    plan: str
    colors: tuple[str, ...]
    group: str
    split: str
    faces: int = 0
    textured: bool = False
    rigged: bool = False


@dataclass(frozen=True)
class Rejection:
    """One object left out, and why; `reason` starts with a word that `data stats` counts by."""

    id: str
    reason: str


def unreadable(object_id: str, error: Exception) -> Rejection:
    """What a source yields in place of an object whose files cannot be read."""
    return Rejection(object_id, f"unreadable: {str(error) or type(error).__name__}")


def split_of(group: str) -> str:
    """ "validation" for a fixed 5 % of the groups, "train" for the others."""
    share = int.from_bytes(hashlib.sha256(group.encode()).digest()[:8], "little") / 2**64
    return "validation" if share < VALIDATION_SHARE else "train"


def write_lines(items: Iterable[Record | Rejection], path: Path) -> None:
    """Write one JSON object a line, whole or not at all."""
    partial = path.with_suffix(".partial")
    partial.write_text("".join(json.dumps(asdict(item)) + "\n" for item in items), "utf-8")
    partial.replace(path)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The JSON objects of a file, their lists as tuples; none where the file is missing."""
    if not path.exists():
        return []
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [{k: tuple(v) if isinstance(v, list) else v for k, v in row.items()} for row in rows]
