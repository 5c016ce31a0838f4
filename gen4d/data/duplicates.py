"""Near-duplicates by what they look like, so that no object is learned twice or sits in both splits.

Two objects are near-duplicates when their small pictures of three sides differ less than `SAME`; the one whose id sorts
first stays. Objects that are merely alike (`ALIKE`) share a split.
"""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file

from gen4d.data.records import Record, read_lines, split_of, write_lines

SIDES = (0, 1, 4)  # front, right, top
CELL = 8  # px of a view that one cell of the descriptor averages
SAME = 0.006  # mean squared difference inside the union of the mattes, colours and depth in [0, 1]
ALIKE = 0.015
INDEX = "duplicates.json"


def mark_duplicates(folder: Path) -> dict[str, int]:
    """Find the near-duplicates of all shards, write them to `duplicates.json`, and settle groups and splits.

    Returns:
        counts: pairs, objects dropped, objects whose split changed.
    """
    paths = sorted(folder.glob("*-[0-9]*.safetensors"))
    records = [Record(**row) for path in paths for row in read_lines(path.with_suffix(".jsonl"))]
    if not records:
        return {"pairs": 0, "dropped": 0, "moved": 0}
    descriptors = np.concatenate([describe(load_file(path)["maps"]) for path in paths if load_file(path)["maps"].size])
    pairs = near_pairs(descriptors)
    dropped, group = set(), {r.id: r.group for r in records}
    same = []
    for i, j, distance in sorted(pairs, key=lambda pair: pair[2]):
        first, second = sorted((records[i].id, records[j].id))
        if distance < SAME and first not in dropped:
            dropped.add(second)
            same.append({"kept": first, "dropped": second, "distance": round(distance, 5)})
        _merge(group, group[first], group[second])
    partial = folder / "duplicates.partial"
    partial.write_text(json.dumps(same, indent=1), "utf-8")
    partial.replace(folder / INDEX)
    moved = 0
    for path in paths:
        rows = [Record(**row) for row in read_lines(path.with_suffix(".jsonl"))]
        settled = [_settled(record, group[record.id]) for record in rows]
        moved += sum(a.split != b.split for a, b in zip(rows, settled, strict=True))
        write_lines(settled, path.with_suffix(".jsonl"))
    return {"pairs": len(pairs), "dropped": len(dropped), "moved": moved}


def read_dropped(folder: Path) -> set[str]:
    """Ids of the objects that `mark_duplicates` dropped; none before it ran."""
    path = folder / INDEX
    return {pair["dropped"] for pair in json.loads(path.read_text("utf-8"))} if path.exists() else set()


def describe(maps: np.ndarray) -> np.ndarray:
    """Small premultiplied pictures (N, D) float32 of three sides of objects (N, 6, S, S, 8) uint8."""
    chosen = maps[:, SIDES].astype(np.float32) / 255
    alpha = chosen[..., 3:4]
    channels = np.concatenate([chosen[..., :3] * alpha, alpha, (1 - chosen[..., 4:5]) * alpha], -1)
    n, v, s, _, c = channels.shape
    cells = channels.reshape(n, v, s // CELL, CELL, s // CELL, CELL, c).mean((3, 5))
    return cells.reshape(n, -1)


def near_pairs(descriptors: np.ndarray) -> list[tuple[int, int, float]]:
    """Pairs (i, j, distance) of descriptors closer than `ALIKE`; distances are over the union of what is covered."""
    x = torch.from_numpy(descriptors)
    count = len(x)
    squares = (x**2).sum(1)
    covered = (x.view(count, -1, 5)[..., 3]).sum(1)  # cells' alpha
    found: list[tuple[int, int, float]] = []
    for start in range(0, count, 512):
        block = slice(start, start + 512)
        squared = (squares[block, None] + squares[None] - 2 * x[block] @ x.T).clamp(min=0)
        distance = squared / (4 * torch.maximum(covered[block, None], covered[None]).clamp(min=1))
        rows, columns = (distance < ALIKE).nonzero(as_tuple=True)
        for i, j in zip((rows + start).tolist(), columns.tolist(), strict=True):
            if i < j:
                found.append((i, j, float(distance[i - start, j])))
    return found


def _merge(group: dict[str, str], first: str, second: str) -> None:
    """Give two groups one name, the one that sorts first."""
    if first != second:
        low, high = sorted((first, second))
        for key, value in group.items():
            if value == high:
                group[key] = low


def _settled(record: Record, group: str) -> Record:
    return Record(**{**record.__dict__, "group": group, "split": split_of(group)})
