"""The one contract of everything that distillation can optimise."""

from typing import Protocol

import torch

from gen4d.structures import MultiView


class Subject(Protocol):
    """Something with parameters that can be seen from the six canonical sides."""

    frames: int  # how many poses it has; frame 0 is at rest

    def parameters(self) -> dict[str, torch.Tensor]:
        """Named leaf tensors to optimise."""
        ...

    def views(self, frame: int) -> MultiView:
        """The six views of one frame, differentiable in the parameters."""
        ...

    def penalty(self) -> torch.Tensor:
        """What is unlikely about the parameters themselves, ()."""
        ...
