"""How a public checkpoint is loaded, where it computes, and how much memory that takes: counted before it is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import NamedTuple

import torch

from gen4d.context import Context
from gen4d.errors import InputError, MissingDependency
from gen4d.prior.config import LowMemory

FLOAT_BYTES, HALF_BYTES, INT8_BYTES = 4, 2, 1
# What a step takes besides the weights, in shares of them. For Stable Diffusion 2.1, six views take 0.36 in the network
# and one picture 0.35 in the autoencoder, so that only both together help: one view 0.06, a tile 0.04. Attention in
# slices is no way to need less: torch's own never holds the weights that slices hold in parts (one view: 307 MB against
# 823). Counted by tests/bench/bench_hub_memory.py.
STEP_SHARE = 0.4
SLICED_SHARE = 0.1  # with slices and tiles
NEED_A_GPU: tuple[LowMemory, ...] = ("offload", "int8")


class Size(NamedTuple):
    """Numbers in a part of a checkpoint, and how many of them lie in matrices, which can be kept in eight bits."""

    parameters: int
    in_matrices: int


@dataclass(frozen=True)
class Loading:
    """How a checkpoint is loaded.

    Fields:
        allow_pickle: also weights that are pickles, which can run code.
        half: in half precision.
        low_memory: ways to need less; see `prior.config.LowMemory`.
    """

    allow_pickle: bool = False
    half: bool = False
    low_memory: tuple[LowMemory, ...] = ()

    @property
    def dtype(self) -> torch.dtype:
        """Of weights that are not in eight bits; what stands beside those is halved too."""
        return torch.bfloat16 if self.half or "int8" in self.low_memory else torch.float32

    @property
    def gpu_ways(self) -> tuple[LowMemory, ...]:
        """Its ways to need less memory that are for GPUs alone."""
        return tuple(way for way in self.low_memory if way in NEED_A_GPU)

    @property
    def one_by_one(self) -> bool:
        """Whether views go through the network one after the other."""
        return "slices" in self.low_memory


class Needed(NamedTuple):
    """Bytes: where the network computes, and in main memory where that is another."""

    computing: float
    waiting: float


def needed(sizes: Mapping[str, Size], loading: Loading, *, on_gpu: bool) -> Needed:
    """How much memory the parts of a checkpoint will take, about.

    With `offload` the largest part is alone on the GPU, the others wait in main memory.
    """
    weights = {part: _bytes(size, loading) for part, size in sizes.items()}
    total, largest = sum(weights.values()), max(weights.values(), default=0.0)
    # Activations have the weights' precision, so their share is of the weights as they would be without eight bits.
    plain = sum(size.parameters for size in sizes.values()) * loading.dtype.itemsize
    step = plain * (SLICED_SHARE if {"slices", "tiles"} <= {*loading.low_memory} else STEP_SHARE)
    if not on_gpu:
        return Needed(total + step, 0.0)
    return Needed((largest if "offload" in loading.low_memory else total) + step, total)


def computing_device(ctx: Context) -> torch.device:
    """Where a public checkpoint computes: on the context's device, or on a GPU where there is one.

    They are made for GPUs, and everything else of a run does not wait for one.
    """
    if ctx.device.type == "cpu" and torch.cuda.is_available():
        return torch.device("cuda")
    return ctx.device


def check_ways(name: str, loading: Loading, device: torch.device) -> None:
    """Refuse ways to need less memory that are none on this machine.

    Args:
        name: of the checkpoint, for messages.

    Raises:
        InputError: a way that needs a GPU, without one.
        MissingDependency: eight bits without the package for them.
    """
    ways = loading.gpu_ways
    if ways and device.type != "cuda":
        raise InputError(
            f"{name}: {' and '.join(ways)} need{'s' if len(ways) == 1 else ''} a CUDA GPU and there is none here; "
            "use --half and --low-memory slices,tiles."
        )
    if "int8" in loading.low_memory and find_spec("bitsandbytes") is None:
        raise MissingDependency(f"{name}: int8 needs bitsandbytes; run pip install gen4d[int8].")


def _bytes(size: Size, loading: Loading) -> float:
    eighths = size.in_matrices if "int8" in loading.low_memory else 0
    return eighths * INT8_BYTES + (size.parameters - eighths) * loading.dtype.itemsize
