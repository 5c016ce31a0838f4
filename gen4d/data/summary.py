"""Counts over built shards: what is in them, what was left out and why; and their checksums."""

import hashlib
import json
import re
from collections import Counter
from pathlib import Path

from gen4d.data.duplicates import read_dropped
from gen4d.data.records import Record, read_lines
from gen4d.data.shards import read_records, shard_paths

INDEX = "index.json"
# Heads of phrases such as "a pair of shoes" and words that are no things.
NOT_NOUNS = frozenset(
    re.split(
        " ",
        "a an the of in on with and called by for from to pair set piece light dark small large big old new tall short"
        " red orange yellow green blue teal purple pink brown tan beige white grey black gold",
    )
)


def write_index(folder: Path) -> Path:
    """Write `index.json`: every shard with its checksum and counts, whole or not at all."""
    shards = [
        {
            "name": path.name,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "objects": len(read_lines(path.with_suffix(".jsonl"))),
            "rejected": len(read_lines(path.with_name(path.stem + ".rejected.jsonl"))),
        }
        for path in shard_paths(folder)
    ]
    partial = folder / "index.partial"
    partial.write_text(json.dumps({"version": 1, "shards": shards}, indent=1), "utf-8")
    partial.replace(folder / INDEX)
    return folder / INDEX


def rejections(folder: Path) -> dict[str, Counter[str]]:
    """By source: how many objects were left out for each reason, duplicates included."""
    counts: dict[str, Counter[str]] = {}
    for path in shard_paths(folder):
        for row in read_lines(path.with_name(path.stem + ".rejected.jsonl")):
            source = row["id"].split("/")[0]
            reason = row["reason"].split(":")[0] if ":" in row["reason"] else row["reason"]
            counts.setdefault(source, Counter())[reason if len(reason) < 20 else "unreadable"] += 1
    for dropped in read_dropped(folder):
        counts.setdefault(dropped.split("/")[0], Counter())["duplicate"] += 1
    return counts


def nouns(records: list[Record]) -> Counter[str]:
    """The thing each short caption names: the last word before "with", "in", "of", a comma or the end."""
    found: Counter[str] = Counter()
    for record in records:
        for caption in record.captions[:2]:
            head = re.split(r",| (?:with|in|on|of|called|for|from|by|at) ", caption)[0].split()
            words = [word for word in head if re.fullmatch("[a-z][a-z'-]+", word) and word not in NOT_NOUNS]
            if words:
                found[words[-1]] += 1
    return found


def statistics(folder: Path) -> str:
    """The counts of a folder as text."""
    records = read_records(folder)
    rejected = rejections(folder)
    lines = [f"objects: {len(records)}", f"validation: {sum(r.split == 'validation' for r in records)}"]
    for source, count in Counter(r.source for r in records).most_common():
        own = [r for r in records if r.source == source]
        why = ", ".join(f"{reason} {n}" for reason, n in rejected.get(source, Counter()).most_common()) or "none"
        lines.append(
            f"  {source}: {count} kept ({sum(r.rigged for r in own)} rigged, {sum(r.textured for r in own)} textured);"
            f" rejected: {why}"
        )
    for source in rejected.keys() - {r.source for r in records}:
        lines.append(f"  {source}: 0 kept; rejected: {dict(rejected[source])}")
    for name in ("licence", "category", "plan"):
        counted = Counter(getattr(r, name) or "none" for r in records).most_common(20)
        lines.append(f"{name}: " + ", ".join(f"{value} {count}" for value, count in counted))
    captions = [caption for r in records for caption in r.captions]
    words = {word for caption in captions for word in re.findall("[a-z]+", caption)}
    lines.append(f"captions: {len(captions)}, {len(set(captions))} different, {len(words)} words")
    named = nouns(records)
    lines.append(f"nouns: {len(named)}; " + ", ".join(f"{noun} {count}" for noun, count in named.most_common(40)))
    return "\n".join(lines)
