"""A diffusers checkpoint, judged by its files alone before anything is loaded: class, pickles, licence, memory."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gen4d.errors import CheckpointError, InputError

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
WORKING_SHARE = 1.4  # of the weights' memory that a step takes besides them, activations included; an estimate
FLOAT_BYTES = 4
UNKNOWN_LICENCE = "unknown"


@dataclass(frozen=True)
class Checkpoint:
    """What the files of a checkpoint say.

    Fields:
        kind: class of its pipeline, one of `SUPPORTED`.
        id: for the provenance: where it is from, with its revision.
        parameters: of all components; of pickles, which are not opened here, as many as would fill them in float32.
        pickled: components whose weights are pickles only.
        absent: components that were left out on purpose, such as the largest text encoder.
        facts: what its index says.
    """

    folder: Path
    kind: str
    id: str
    licence: str
    parameters: int
    pickled: tuple[str, ...]
    absent: tuple[str, ...]
    facts: dict[str, Any]

    @property
    def memory(self) -> float:
        """Bytes that a step in float32 will take, about; half as many in half precision."""
        return self.parameters * FLOAT_BYTES * WORKING_SHARE

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
        parameters=sum(_parameters(file, name) for part in parts for file in _plain(tensors[part]))
        + sum(file.stat().st_size // FLOAT_BYTES for part in parts if not tensors[part] for file in pickles[part]),
        absent=tuple(part for part, entry in sorted(facts.items()) if entry == [None, None]),
        pickled=tuple(part for part in parts if pickles[part] and not tensors[part]),
        facts=facts,
    )


def check_checkpoint(checkpoint: Checkpoint, *, available: float, allow_pickle: bool, half: bool = False) -> None:
    """Refuse what should not be loaded.

    Args:
        available: bytes of memory that are free.
        half: it will be loaded in half precision.

    Raises:
        InputError: pickles that were not allowed, or more memory than there is.
    """
    if checkpoint.pickled and not allow_pickle:
        raise InputError(
            f"{checkpoint.id}: the weights of {', '.join(checkpoint.pickled)} are pickles, which can run code; choose "
            "a revision with safetensors, or trust it with --allow-pickle."
        )
    needed = checkpoint.memory / 2 if half else checkpoint.memory
    if needed > available:
        smaller = "" if half else "try half precision (--half), "
        raise InputError(
            f"{checkpoint.id}: it needs about {needed / 1e9:.1f} GB of memory and {available / 1e9:.1f} GB are free; "
            f"{smaller}close other programs or choose a smaller prior."
        )


def available_memory() -> float:
    """Bytes of memory that a process can still take; infinity where the system does not tell."""
    try:
        found = re.search(r"MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text("ascii"))
    except OSError:
        return float("inf")
    return float("inf") if found is None else int(found[1]) * 1024


def _plain(files: list[Path]) -> list[Path]:
    """One precision of weights: those without a variant in their name, where there are such."""
    return [file for file in files if ".fp16" not in file.name and "non_ema" not in file.name] or files


def _parameters(file: Path, name: str) -> int:
    """Numbers in a safetensors file, from its header."""
    try:
        with file.open("rb") as opened:
            size = int.from_bytes(opened.read(8), "little")
            header = json.loads(opened.read(size))
        offsets = [entry for key, entry in header.items() if key != "__metadata__"]
        return sum(_product(entry["shape"]) for entry in offsets)
    except (OSError, ValueError, KeyError, TypeError, OverflowError, MemoryError) as error:
        raise CheckpointError(f"{name}: {file.name} is damaged.") from error


def _product(sizes: list[int]) -> int:
    result = 1
    for size in sizes:
        result *= size
    return result


def _licence(folder: Path) -> str:
    """The licence that the model card's front matter names."""
    card = folder / "README.md"
    text = card.read_text("utf-8", errors="replace") if card.is_file() else ""
    front = re.match(r"\A---\s*\n(.*?)\n---\s*\n", text, re.DOTALL)
    found = front and re.search(r"^license:\s*(\S+)", front[1], re.MULTILINE)
    return found[1].strip("\"'") if found else UNKNOWN_LICENCE
