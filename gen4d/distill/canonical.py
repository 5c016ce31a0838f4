"""Canonical score distillation (AnimatableDreamer): posed frames pull on the shape and looks at rest.

Frames of an animation are rendered posed, each noised to a time of its own, judged by the prior, and their gradients
flow back through the skinning into the one canonical asset, so that it keeps its looks in every pose:
grad = E_{frame, t, e} [ w(t) (e_hat(z_t) - e) dz/dx_f dx_f/dtheta ], where x_f are the warped points of a frame.
Source: Wang et al. 2023 (arXiv:2312.03795); no code was published. The similarity that brings a posed frame into the
prior's cube is ours, and held constant, or else an asset could please by changing its own framing.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from gen4d.conventions import CUBE_HALF_EXTENT

Warp = Callable[[torch.Tensor, int], torch.Tensor]  # rest vertices (V, 3), frame -> posed vertices (V, 3), both metres


@dataclass(frozen=True)
class Framing:
    """The similarity that brings a mesh into the canonical cube: subtract a centre (3,), then multiply."""

    centre: torch.Tensor
    scale: float

    def __call__(self, vertices: torch.Tensor) -> torch.Tensor:
        """Points (V, 3) in metres -> in the cube."""
        return (vertices - self.centre) * self.scale


def framing_of(vertices: torch.Tensor) -> Framing:
    """Centre the bounding box of points (V, 3) and make its longest side 1; constant for gradients."""
    low, high = vertices.detach().amin(0), vertices.detach().amax(0)
    side = float((high - low).max())
    return Framing((low + high) / 2, 2 * CUBE_HALF_EXTENT / max(side, 1e-9))  # 1e-9 m: a mesh that is one point


def into_cube(vertices: torch.Tensor, warp: Warp | None, frame: int) -> torch.Tensor:
    """Vertices (V, 3) of a frame in the canonical cube, differentiable in the rest vertices; without warp, at rest."""
    posed = vertices if warp is None else warp(vertices, frame)
    return framing_of(posed)(posed)
