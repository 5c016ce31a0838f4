"""Files of named tensors: written whole or not at all, and checked key by key when they are read."""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from gen4d.errors import CheckpointError, OutputError

NAMED_KEYS = 3  # keys an error message spells out; it counts the others


def write_tensors(tensors: Mapping[str, torch.Tensor], facts: Mapping[str, str], path: Path) -> None:
    """Write a safetensors file in the place of the one that was there, which stays where that fails.

    Raises:
        OutputError: the disk is full, or the folder cannot be written to.
    """
    partial = path.with_suffix(".partial")
    try:
        save_file({name: value.contiguous() for name, value in tensors.items()}, partial, dict(facts))
        partial.replace(path)
    except (OSError, SafetensorError) as error:
        partial.unlink(missing_ok=True)
        raise OutputError(f"{path}: it cannot be written ({error}); what was there before is untouched.") from error


def read_tensors(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """The tensors of a safetensors file, and the facts in its header.

    Raises:
        CheckpointError: it is missing, truncated, or another kind of file; nothing is ever unpickled.
    """
    try:
        with safe_open(path, "pt") as opened:
            facts = opened.metadata() or {}
        return load_file(path), facts
    except OSError as error:
        raise CheckpointError(f"{path.name}: it cannot be read ({error.strerror or error}).") from error
    except SafetensorError as error:
        raise CheckpointError(
            f"{path.name}: it is no safetensors file, or it is damaged, perhaps truncated ({error})."
        ) from error


def check_tensors(name: str, tensors: Mapping[str, torch.Tensor], expected: Mapping[str, torch.Size]) -> None:
    """Make sure that keys and shapes are exactly what is expected, and every value finite.

    Args:
        name: of the file, for the message.

    Raises:
        CheckpointError: naming the first keys that are missing, extra, misshapen or not finite.
    """
    for problem, keys in (("missing", expected.keys() - tensors.keys()), ("extra", tensors.keys() - expected.keys())):
        if keys:
            others = f" and {len(keys) - NAMED_KEYS} more" if len(keys) > NAMED_KEYS else ""
            raise CheckpointError(f"{name}: {problem} key {', '.join(sorted(keys)[:NAMED_KEYS])}{others}.")
    for key, wanted in expected.items():
        if tensors[key].shape != wanted:
            shape = tuple(tensors[key].shape)
            raise CheckpointError(f"{name}: {key} has shape {shape}, expected {tuple(wanted)}.")
        if not torch.isfinite(tensors[key]).all():
            raise CheckpointError(f"{name}: {key} holds NaN or infinity; the training that wrote it diverged.")
