"""Named random streams: the noise an item sees depends on the seed, the stream's name, the item, and nothing else."""

import hashlib
from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True)
class Streams:
    """A family of independent random generators that all follow from one seed."""

    seed: int

    def key(self, name: str, item: int | str = 0) -> int:
        """63-bit seed of the stream `name` for one item."""
        digest = hashlib.sha256(f"{self.seed}/{name}/{item}".encode()).digest()
        return int.from_bytes(digest[:8], "little") >> 1

    def torch(self, name: str, item: int | str = 0) -> torch.Generator:
        """A fresh CPU generator; draws are made on the CPU and moved, so a device never changes the noise."""
        return torch.Generator().manual_seed(self.key(name, item))

    def numpy(self, name: str, item: int | str = 0) -> np.random.Generator:
        """A fresh numpy generator."""
        return np.random.default_rng(self.key(name, item))
