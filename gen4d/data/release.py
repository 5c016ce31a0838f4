"""A training run -> the folder of weights that ships: networks, known concepts, checksums, attributions."""

import json
import shutil
from collections import Counter, defaultdict
from pathlib import Path

import torch

from gen4d.data.records import Record
from gen4d.data.shards import read_records
from gen4d.prior.embedded import save_concepts
from gen4d.prior.network_files import save_network
from gen4d.prior.text import MiniLmEncoder
from gen4d.prior.uvit import MultiViewUViT
from gen4d.prior.weights import MANIFEST, write_manifest

# Terms of the weights by the terms of what they learned from, the strictest first; docs/decisions/0003 says why.
WEIGHTS_LICENCE = (("CC-BY-SA", "CC-BY-SA-4.0"), ("CC-BY", "CC-BY-4.0"), ("", "Apache-2.0"))


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
    facts = {"id": name, "licence": weights_licence(records), "objects": len(records), "samples": last["samples"]}
    write_manifest(out, facts)
    return facts | {"concepts": len(captions)}


def with_denoiser(weights: Path, network: MultiViewUViT, out: Path) -> dict[str, int | str]:
    """Write `out`: a folder of weights with another U-ViT in it, `-guided` by name where it takes the scale."""
    facts = json.loads((weights / MANIFEST).read_text("utf-8"))["facts"]
    out.mkdir(parents=True, exist_ok=True)
    for name in ("autoencoder.safetensors", "concepts.safetensors", "ATTRIBUTION.md", "training-objects.txt"):
        if (weights / name).exists():
            shutil.copyfile(weights / name, out / name)
    save_network(network, network.shape.as_metadata(), out / "uvit.safetensors")
    facts["id"] = f"{facts['id']}-guided" if network.shape.guided else facts["id"]
    write_manifest(out, facts)
    return facts


def weights_licence(records: list[Record]) -> str:
    """The licence of weights that learned from these objects."""
    terms = {record.licence for record in records}
    return next(own for prefix, own in WEIGHTS_LICENCE if any(term.startswith(prefix) for term in terms))


def attributions(records: list[Record]) -> str:
    """A page that names every source, licence and creator of the training objects."""
    lines = ["# What the weights learned from", ""]
    for (source, licence), count in sorted(Counter((r.source, r.licence) for r in records).items()):
        lines.append(f"- {source}: {count} objects, {licence}")
    creators: dict[str, list[str]] = defaultdict(list)
    for record in records:
        if record.licence.startswith("CC-BY"):
            creators[f"{record.author} ({record.licence})"].append(record.id)
    lines += ["", "## Creators of the objects that ask for attribution", ""]
    lines += [f"- {author}: {', '.join(sorted(ids))}" for author, ids in sorted(creators.items())]
    return "\n".join(lines) + "\n"
