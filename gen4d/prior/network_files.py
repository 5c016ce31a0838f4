"""Networks <-> safetensors files with their sizes in the header."""

from dataclasses import fields
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

from gen4d.errors import CheckpointError
from gen4d.prior.autoencoder import AutoencoderShape
from gen4d.prior.checkpoints import check_tensors, read_tensors, write_tensors
from gen4d.prior.uvit import UViTShape

Network = TypeVar("Network", bound=nn.Module)


def save_network(network: nn.Module, shape: dict[str, int], path: Path) -> None:
    """Write a network's weights as bfloat16 with its sizes in the header, whole or not at all.

    Raises:
        OutputError: the disk is full, or the folder cannot be written to.
    """
    tensors = {name: value.to(torch.bfloat16).cpu() for name, value in network.state_dict().items()}
    write_tensors(tensors, {name: str(value) for name, value in shape.items()}, path)


def load_network(
    path: Path,
    build: type[Network],
    shape: type[AutoencoderShape] | type[UViTShape],
) -> Network:
    """Build a network from the sizes in a file's header and load its weights as float32, ready for inference.

    Raises:
        CheckpointError: the file cannot be read, belongs to another kind of network, or a key of it is missing, extra,
            misshapen or not finite.
    """
    tensors, facts = read_tensors(path)
    known = {field.name for field in fields(shape)}
    if not facts or facts.keys() - known or not all(value.isdecimal() for value in facts.values()):
        raise CheckpointError(
            f"{path.name}: its header holds {facts or 'nothing'}, expected the sizes of a {build.__name__} "
            f"({', '.join(sorted(known))})."
        )
    sizes = {name: int(value) for name, value in facts.items()}
    try:
        with torch.device("meta"):  # sizes only: a header that asks for too much is refused before it costs memory
            expected = {name: value.shape for name, value in build(shape(**sizes)).state_dict().items()}  # type: ignore[call-arg]  # each network takes its own shape
    except (TypeError, ValueError, RuntimeError, AssertionError, ZeroDivisionError) as error:
        raise CheckpointError(f"{path.name}: no {build.__name__} has the sizes {sizes} ({error}).") from error
    check_tensors(path.name, tensors, expected)
    network = build(shape(**sizes))  # type: ignore[call-arg]
    network.load_state_dict({name: value.float() for name, value in tensors.items()})
    return network.eval().requires_grad_(False)
