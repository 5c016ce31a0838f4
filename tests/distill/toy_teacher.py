"""A prior that expects every view to be of one colour, with views averaged to small latents; and a ball to refine."""

from dataclasses import dataclass, replace

import torch
import trimesh
from gaussian_world import GaussianData
from torch import nn
from torch.nn import functional

from gen4d.distill.lens import DecoderLens
from gen4d.structures import Asset, Material, Mesh, MultiView, vertex_normals
from gen4d.surface.unwrap import unwrap
from gen4d.teacher import Teacher

RESOLUTION, CELL = 32, 4
GREY, RED = (0.5, 0.5, 0.5), (0.9, 0.1, 0.1)


def maps_of(views: MultiView) -> torch.Tensor:
    """Albedo and alpha alone, (6, 4, R, R) in [-1, 1]."""
    return (torch.cat([views.albedo, views.alpha], -1) * 2 - 1).permute(0, 3, 1, 2)


def shrink(maps: torch.Tensor) -> torch.Tensor:
    """The toy encoder: means of blocks."""
    return functional.avg_pool2d(maps, CELL)


def grow(latents: torch.Tensor) -> torch.Tensor:
    """The toy decoder: blocks of one colour."""
    return functional.interpolate(latents, scale_factor=CELL)


@dataclass(frozen=True)
class WithNetwork:
    """A denoiser of Gaussian data that adds what a network, zero at first, says of every pixel's channels."""

    data: GaussianData
    network: nn.Linear

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """See `Denoiser`."""
        return self.data.x0(noisy, time) + self.network(noisy.movedim(2, -1)).movedim(-1, 2)


def toy_teacher(color: tuple[float, float, float] = RED) -> Teacher:
    """It is sure of the colour and open about the outline."""
    mean = torch.tensor([*color, 0.5]).view(4, 1, 1) * 2 - 1
    variance = torch.tensor([0.01, 0.01, 0.01, 10.0]).view(4, 1, 1)
    network = nn.Linear(4, 4, bias=False).requires_grad_(False)
    network.weight.zero_()
    data = WithNetwork(GaussianData(mean, variance), network)
    return Teacher(DecoderLens(shrink, grow, maps_of), data, data, network, RESOLUTION, "toy", "none")


def ball(color: tuple[float, float, float] = GREY, size: int = 256) -> Asset:
    """A grey ball of 2 m around (0, 1, 0), unwrapped."""
    sphere = trimesh.creation.icosphere(subdivisions=2)
    mesh = Mesh(torch.tensor(sphere.vertices, dtype=torch.float32), torch.tensor(sphere.faces, dtype=torch.int64))
    mesh = unwrap(replace(mesh, normals=vertex_normals(mesh)), size)
    mesh = replace(mesh, vertices=mesh.vertices + torch.tensor([0.0, 1.0, 0.0]))
    return Asset("ball", mesh, Material(torch.tensor([*color, 1.0]).repeat(size, size, 1)))
