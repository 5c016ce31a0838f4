"""One training in several processes, as `torchrun` starts them: data parallel, or with the network's parts shared out.

The processes share every batch, and losses are averaged over all of it: a step is what one process does with the whole
batch, up to the order of sums. Data parallel (Li et al. 2020, arXiv:2006.15704) every process holds the whole network;
sharded (Zhao et al. 2023, arXiv:2304.11277) each holds a part of every block, and the others' only while it is used.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TypeVar

import torch
from torch import distributed, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.distributed_c10d import get_node_local_rank
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.nn.parallel import DistributedDataParallel

from gen4d.errors import ConfigError
from gen4d.prior.modalities import Modalities, Times

PATIENCE = timedelta(hours=1)  # the first process measures and writes while the others wait

Batch = TypeVar("Batch", Modalities, Times)


@dataclass(frozen=True)
class Processes:
    """Which process of how many this is, and whether they share the network out among them."""

    rank: int = 0
    count: int = 1
    sharded: bool = False

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes files."""
        return self.rank == 0

    def part_of(self, batch: Batch) -> Batch:
        """This process's items of a batch that every process has drawn."""
        return type(batch)(*(getattr(batch, field.name)[self.rank :: self.count] for field in fields(batch)))

    def total(self, value: torch.Tensor) -> torch.Tensor:
        """The sum of a tensor over all processes."""
        if self.count > 1:
            value = value.detach().clone()
            distributed.all_reduce(value)
        return value

    def agreed(self, value: float, device: torch.device) -> float:
        """The first process's number; clocks differ."""
        if self.count == 1:
            return value
        told = torch.tensor(value, dtype=torch.float64, device=device)
        distributed.broadcast(told, 0)
        return told.item()

    def wait(self) -> None:
        """Until all processes are here."""
        if self.count > 1:
            distributed.barrier()


ALONE = Processes()


@contextmanager
def joined(device: str, *, sharded: bool = False) -> Iterator[tuple[Processes, torch.device]]:
    """This process's place among those `torchrun` started, and its device; alone where it was started otherwise.

    Raises:
        ConfigError: there is only one process to share the network among.
    """
    if not distributed.is_torchelastic_launched():
        if sharded:
            raise ConfigError("--sharded: there is one process only; start several by `torchrun --nproc-per-node N`.")
        yield ALONE, torch.device(device)
        return
    own = torch.device(device)
    if own.type == "cuda":
        own = torch.device("cuda", get_node_local_rank())
        torch.cuda.set_device(own)
    distributed.init_process_group("nccl" if own.type == "cuda" else "gloo", timeout=PATIENCE)
    try:
        yield Processes(distributed.get_rank(), distributed.get_world_size(), sharded), own
    finally:
        distributed.destroy_process_group()


def spread(network: nn.Module, blocks: list[nn.Module], processes: Processes) -> nn.Module:
    """What to call in place of a network so that all processes' gradients are averaged.

    Args:
        blocks: parts of the network that are gathered one at a time where it is shared out; that changes its
            parameters in place.
    """
    if processes.count == 1:
        return network
    if not processes.sharded:
        return DistributedDataParallel(network)
    mesh = init_device_mesh(next(network.parameters()).device.type, (processes.count,))
    for block in blocks:
        fully_shard(block, mesh=mesh)
    fully_shard(network, mesh=mesh)
    return network


def whole(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor with all processes' parts of it; every process must ask."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def own(tensor: torch.Tensor) -> torch.Tensor:
    """The part of a tensor that this process holds, in the same memory."""
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def placed(tensor: torch.Tensor, parameter: torch.Tensor) -> torch.Tensor:
    """A whole tensor on a parameter's device, shared out as the parameter is."""
    tensor = tensor.to(parameter.device)
    if not isinstance(parameter, DTensor):
        return tensor
    return distribute_tensor(tensor, parameter.device_mesh, parameter.placements, src_data_rank=None)
