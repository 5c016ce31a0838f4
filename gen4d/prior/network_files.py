"""Networks <-> safetensors files with their sizes in the header."""

from pathlib import Path
from typing import TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from gen4d.errors import CheckpointError
from gen4d.prior.autoencoder import AutoencoderShape
from gen4d.prior.uvit import UViTShape

Network = TypeVar("Network", bound=nn.Module)


def save_network(network: nn.Module, shape: dict[str, int], path: Path) -> None:
    """Write a network's weights as bfloat16 with its sizes in the header, whole or not at all."""
    tensors = {name: value.to(torch.bfloat16).contiguous().cpu() for name, value in network.state_dict().items()}
    partial = path.with_suffix(".partial")
    save_file(tensors, partial, {name: str(value) for name, value in shape.items()})
    partial.replace(path)


def load_network(
    path: Path,
    build: type[Network],
    shape: type[AutoencoderShape] | type[UViTShape],
) -> Network:
    """Build a network from the sizes in a file's header and load its weights as float32, ready for inference.

    Raises:
        CheckpointError: the file cannot be read or does not fit.
    """
    try:
        with safe_open(path, "pt") as opened:
            sizes = {name: int(value) for name, value in (opened.metadata() or {}).items()}
        network = build(shape(**sizes))  # type: ignore[call-arg]  # each network takes its own shape
        network.load_state_dict({name: value.float() for name, value in load_file(path).items()})
    except (OSError, SafetensorError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{path.name}: its weights cannot be loaded ({error}).") from error
    return network.eval().requires_grad_(False)
