"""A training run -> the folder of weights that ships: networks, known concepts, checksums, attributions."""

import json
import shutil
from collections import Counter, defaultdict
from pathlib import Path

import torch

from gen4d.data.records import Record
from gen4d.data.shards import read_records
from gen4d.prior.embedded import save_concepts
from gen4d.prior.text import MiniLmEncoder
from gen4d.prior.weights import write_manifest

LICENCE = "CC-BY-4.0"  # of the weights: the strictest of their sources asks for attribution and no more


def gather(run: Path, autoencoder: Path, shards: Path, out: Path, name: str) -> dict[str, int | str]:
    """Write `out` from a run of `gen4d train prior`, the autoencoder it used and the shards both learned from."""
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(run / "uvit.safetensors", out / "uvit.safetensors")
    shutil.copyfile(autoencoder, out / "autoencoder.safetensors")
    shutil.copyfile(run / "log.jsonl", out / "training-log.jsonl")
    records = [record for record in read_records(shards) if record.split == "train"]
    captions = sorted({caption for record in records for caption in record.captions[:2]})
    encoder = MiniLmEncoder()
    save_concepts(captions, torch.cat([encoder.encode([c]).pooled for c in captions]), out / "concepts.safetensors")
    (out / "ATTRIBUTION.md").write_text(attributions(records), "utf-8")
    (out / "training-objects.txt").write_text("".join(f"{record.id}\n" for record in records), "utf-8")
    last = json.loads((run / "log.jsonl").read_text().splitlines()[-1])
    facts = {"id": name, "licence": LICENCE, "objects": len(records), "samples": last["samples"]}
    write_manifest(out, facts)
    return facts | {"concepts": len(captions)}


def attributions(records: list[Record]) -> str:
    """A page that names every source, licence and creator of the training objects."""
    lines = ["# What the weights learned from", ""]
    for (source, licence), count in sorted(Counter((r.source, r.licence) for r in records).items()):
        lines.append(f"- {source}: {count} objects, {licence}")
    creators: dict[str, list[str]] = defaultdict(list)
    for record in records:
        if record.licence.startswith("CC-BY"):
            creators[record.author].append(record.id.split("/", 1)[1])
    lines += ["", "## Creators of the CC-BY-3.0 objects (Debian package sweethome3d-furniture)", ""]
    lines += [f"- {author}: {', '.join(sorted(ids))}" for author, ids in sorted(creators.items())]
    return "\n".join(lines) + "\n"
