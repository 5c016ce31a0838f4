"""The one contract of every way to distil a score."""

from typing import Protocol

import torch


class Guidance(Protocol):
    """Says in which direction clean latents should change to look more probable to a prior."""

    def gradient(self, clean: torch.Tensor, time: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """The direction to walk against; nothing flows back through the networks.

        Args:
            clean: (B, 6, C, S, S) latents of what is optimised, detached.
            time: (B,) in (0, 1), one noise level an item.
            noise: (B, 6, C, S, S) unit Gaussian.

        Returns:
            gradient: (B, 6, C, S, S), to be handed to `clean.backward`.
        """
        ...
