"""A streamed run's weights <-> files: parts small enough to come back from a lent machine, and parts made one again."""

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from gen4d.errors import CheckpointError
from gen4d.prior.autoencoder import AutoencoderShape, ViewAutoencoder
from gen4d.prior.network_files import load_network, save_network
from gen4d.prior.uvit import MultiViewUViT, UViTShape

AUTOENCODER = "autoencoder.safetensors"
WHOLE, PART = "uvit.safetensors", "uvit-{}.safetensors"
MAX_PART = 14 * 2**20  # bytes; what comes back from a lent machine is limited to 15 MiB a file
PROGRESS = ("step", "samples", "parts")  # in the header of a part, beside the sizes of the network


def read_autoencoder(folder: Path, device: torch.device) -> ViewAutoencoder:
    """The frozen autoencoder of a folder of weights or of a run.

    Raises:
        CheckpointError: it is missing or damaged.
    """
    network = load_network(folder / AUTOENCODER, ViewAutoencoder, AutoencoderShape)
    return network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # its stubs lack it


def write_autoencoder(autoencoder: ViewAutoencoder, folder: Path) -> None:
    """Write it as bfloat16, whole or not at all."""
    save_network(autoencoder, autoencoder.shape.as_metadata(), folder / AUTOENCODER)


def write_parts(network: MultiViewUViT, folder: Path, *, step: int, samples: int) -> None:
    """Write the weights as bfloat16 in files of about equal size, of at most `MAX_PART` bytes each."""
    tensors = {name: value.to(torch.bfloat16).contiguous().cpu() for name, value in network.state_dict().items()}
    largest = max(value.nbytes for value in tensors.values())
    count = 1 + sum(value.nbytes for value in tensors.values()) // max(1, MAX_PART - largest)
    parts: list[dict[str, torch.Tensor]] = [{} for _ in range(count)]
    sizes = [0] * count
    for name, value in sorted(tensors.items(), key=lambda item: -item[1].nbytes):
        smallest = sizes.index(min(sizes))
        parts[smallest][name] = value
        sizes[smallest] += value.nbytes
    header = {**network.shape.as_metadata(), "step": step, "samples": samples, "parts": count}
    for number, part in enumerate(parts):
        partial = folder / "part.partial"
        save_file(part, partial, {name: str(value) for name, value in header.items()})
        partial.replace(folder / PART.format(number))


def read_prior(folder: Path) -> MultiViewUViT:
    """The U-ViT of a folder of weights (one file) or of a run (parts), on the CPU as float32.

    Raises:
        CheckpointError: a file is missing or damaged, or the parts are not of one moment.
    """
    if (folder / WHOLE).exists():
        return load_network(folder / WHOLE, MultiViewUViT, UViTShape)
    paths = sorted(folder.glob(PART.format("[0-9]*")))
    if not paths:
        raise CheckpointError(f"{folder.name}: it holds neither {WHOLE} nor {PART.format(0)}.")
    try:
        headers, tensors = [], {}
        for path in paths:
            with safe_open(path, "pt") as opened:
                headers.append(opened.metadata() or {})
            tensors |= {name: value.float() for name, value in load_file(path).items()}
        if any(header != headers[0] for header in headers) or int(headers[0].get("parts", len(paths))) != len(paths):
            raise CheckpointError(f"{folder.name}: its parts of the U-ViT are not all there or of different steps.")
        sizes = {name: int(value) for name, value in headers[0].items() if name not in PROGRESS}
        network = MultiViewUViT(UViTShape(**sizes))
        network.load_state_dict(tensors)
    except (OSError, SafetensorError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{folder.name}: its parts of the U-ViT cannot be loaded ({error}).") from error
    return network.eval().requires_grad_(False)


def join_parts(run: Path) -> Path:
    """Write a run's parts as the one file that `gen4d train ship` takes.

    Raises:
        CheckpointError: see `read_prior`.
    """
    (run / WHOLE).unlink(missing_ok=True)
    network = read_prior(run)
    save_network(network, network.shape.as_metadata(), run / WHOLE)
    return run / WHOLE
