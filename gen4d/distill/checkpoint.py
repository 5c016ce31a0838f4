"""A distillation's state on disk: written whole or not at all, and refused where it belongs to another run."""

import os
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from gen4d.errors import CheckpointError, InputError, OutputError

STEP, RUN = "step", "run"


def save_state(path: Path, run: str, step: int, tensors: dict[str, torch.Tensor]) -> None:
    """Write a state beside the old one, then put it in its place.

    Args:
        run: what the state belongs to, such as a digest of the asset, the words and the settings.

    Raises:
        OutputError: the place cannot be written.
    """
    fresh = path.with_name(path.name + ".new")
    try:
        with fresh.open("wb") as opened:
            opened.write(save({k: v.cpu().contiguous() for k, v in tensors.items()}, {STEP: str(step), RUN: run}))
            opened.flush()
            os.fsync(opened.fileno())
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise OutputError(f"{path}: the state cannot be written: {error.strerror}.") from error


def load_state(path: Path, run: str) -> tuple[int, dict[str, torch.Tensor]]:
    """Step and tensors of a state.

    Raises:
        InputError: there is none, or it belongs to another run.
        CheckpointError: it is damaged.
    """
    if not path.exists():
        raise InputError(f"{path}: there is no state to resume from; run without --resume.")
    try:
        with safe_open(path, "pt") as opened:
            facts = opened.metadata() or {}
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 - no mapping
        step = int(facts[STEP])
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise CheckpointError(f"{path}: the state is damaged ({error}); run without --resume.") from error
    if facts.get(RUN) != run:
        raise InputError(
            f"{path}: the state belongs to another asset, prompt, prior or setting; repeat those or run without "
            "--resume."
        )
    return step, tensors
