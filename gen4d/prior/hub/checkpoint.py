"""A diffusers checkpoint, judged by its files alone before anything is loaded: class, pickles, licence, memory."""

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from gen4d.errors import CheckpointError, InputError
from gen4d.prior.hub.loading import FLOAT_BYTES, Loading, Size, check_ways, needed

INDEX = "model_index.json"
SUPPORTED = {  # class of the pipeline -> the component that denoises
    "StableDiffusionPipeline": "unet",
    "StableDiffusion3Pipeline": "transformer",
    "UniDiffuserPipeline": "unet",
    "MVDreamPipeline": "unet",
    "ImageDreamPipeline": "unet",
    "Zero123PlusPipeline": "unet",
}
FROM_PHOTOS = ("ImageDreamPipeline", "Zero123PlusPipeline")
UNKNOWN_LICENCE = "unknown"


@dataclass(frozen=True)
class Checkpoint:
    """What the files of a checkpoint say.

    Fields:
        kind: class of its pipeline, one of `SUPPORTED`.
        id: for the provenance: where it is from, with its revision.
        sizes: of its components; of pickles, which are not opened here, as many numbers as would fill them in float32.
        pickled: components whose weights are pickles only.
        absent: components that were left out on purpose, such as the largest text encoder.
        facts: what its index says.
    """

    folder: Path
    kind: str
    id: str
    licence: str
    sizes: dict[str, Size]
    pickled: tuple[str, ...]
    absent: tuple[str, ...]
    facts: dict[str, Any]

    @property
    def draws_words(self) -> bool:
        """Whether it draws pictures of words."""
        return self.kind not in FROM_PHOTOS

    @property
    def draws_sides(self) -> bool:
        """Whether it draws other sides of what a photo shows."""
        return self.kind in FROM_PHOTOS


def read_checkpoint(folder: Path, name: str) -> Checkpoint:
    """Look at a checkpoint's files.

    Args:
        name: its id for messages and provenance.

    Raises:
        InputError: no diffusers pipeline, or of a class that no adapter knows.
        CheckpointError: a damaged file.
    """
    index = folder / INDEX
    if not index.is_file():
        raise InputError(f"{name}: this is no diffusers pipeline ({INDEX} is missing).")
    try:
        facts = json.loads(index.read_text("utf-8"))
        kind = str(facts["_class_name"])
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{name}: {INDEX} is damaged.") from error
    if kind == "MVDreamPipeline" and (folder / "image_encoder").is_dir():
        kind = "ImageDreamPipeline"  # which was published under the same name
    if kind not in SUPPORTED:
        raise InputError(f"{name}: pipelines of class {kind} have no adapter; there are {', '.join(SUPPORTED)}.")
    parts = [part for part in sorted(facts) if (folder / part).is_dir() and not part.startswith("_")]
    tensors = {part: sorted((folder / part).glob("*.safetensors")) for part in parts}
    pickles = {part: [f for f in (folder / part).iterdir() if f.suffix in (".bin", ".pt", ".ckpt")] for part in parts}
    return Checkpoint(
        folder=folder,
        kind=kind,
        id=name,
        licence=_licence(folder),
        sizes={part: _size(_plain(tensors[part]), pickles[part], name) for part in parts},
        absent=tuple(part for part, entry in sorted(facts.items()) if entry == [None, None]),
        pickled=tuple(part for part in parts if pickles[part] and not tensors[part]),
        facts=facts,
    )


def check_checkpoint(checkpoint: Checkpoint, loading: Loading, device: torch.device) -> None:
    """Refuse what should not be loaded.

    Args:
        device: where it will compute.

    Raises:
        InputError: pickles that were not allowed, a way to need less memory that is none here, or more memory than
            there is.
        MissingDependency: eight bits without the package for them.
    """
    if checkpoint.pickled and not loading.allow_pickle:
        raise InputError(
            f"{checkpoint.id}: the weights of {', '.join(checkpoint.pickled)} are pickles, which can run code; choose "
            "a revision with safetensors, or trust it with --allow-pickle."
        )
    check_ways(checkpoint.id, loading, device)
    on_gpu = device.type == "cuda"
    need = needed(checkpoint.sizes, loading, on_gpu=on_gpu)
    places = [(need.computing, available_memory(device), "of memory on the GPU" if on_gpu else "of memory")]
    if on_gpu:
        places.append((need.waiting, available_memory(torch.device("cpu")), "of main memory"))
    for wanted, free, kind in places:
        if wanted > free:
            raise InputError(
                f"{checkpoint.id}: it needs about {wanted / 1e9:.1f} GB {kind} and {free / 1e9:.1f} GB are free; "
                f"{_smaller(loading, on_gpu)}close other programs or choose a smaller prior."
            )


def _smaller(loading: Loading, on_gpu: bool) -> str:
    """What would still make it smaller, as the beginning of an advice."""
    ways = ["offload", "slices", "tiles"] if on_gpu else ["slices", "tiles"]
    left = ",".join(way for way in ways if way not in loading.low_memory)
    advice = ([] if loading.half else ["half precision (--half)"]) + ([f"--low-memory {left}"] if left else [])
    return f"try {' and '.join(advice)}, " if advice else ""


def available_memory(device: torch.device) -> float:
    """Bytes of memory that a process can still take on a device; infinity where the system does not tell."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    try:
        found = re.search(r"MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text("ascii"))
    except OSError:
        return float("inf")
    return float("inf") if found is None else int(found[1]) * 1024


def _plain(files: list[Path]) -> list[Path]:
    """One precision of weights: those without a variant in their name, where there are such."""
    return [file for file in files if ".fp16" not in file.name and "non_ema" not in file.name] or files


def _size(tensors: list[Path], pickles: list[Path], name: str) -> Size:
    """Size of a part, from its files' headers; a pickle's, which is not opened, from its length."""
    if not tensors:
        return Size(sum(file.stat().st_size // FLOAT_BYTES for file in pickles), 0)
    shapes = [shape for file in tensors for shape in _shapes(file, name)]
    return Size(sum(map(math.prod, shapes)), sum(math.prod(shape) for shape in shapes if len(shape) == 2))


def _shapes(file: Path, name: str) -> list[list[int]]:
    """Shapes of the tensors in a safetensors file, from its header."""
    try:
        with file.open("rb") as opened:
            size = int.from_bytes(opened.read(8), "little")
            header = json.loads(opened.read(size))
        shapes = [entry["shape"] for key, entry in header.items() if key != "__metadata__"]
        if not all(type(side) is int for shape in shapes for side in shape):
            raise ValueError("a shape is not made of whole numbers")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, MemoryError) as error:
        raise CheckpointError(f"{name}: {file.name} is damaged.") from error
    return shapes


def _licence(folder: Path) -> str:
    """The licence that the model card's front matter names."""
    card = folder / "README.md"
    text = card.read_text("utf-8", errors="replace") if card.is_file() else ""
    front = re.match(r"\A---\s*\n(.*?)\n---\s*\n", text, re.DOTALL)
    found = front and re.search(r"^license:\s*(\S+)", front[1], re.MULTILINE)
    return found[1].strip("\"'") if found else UNKNOWN_LICENCE
