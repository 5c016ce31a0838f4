"""Gaussians as something to optimise from nothing: each has a place, sizes, a turn, an opacity and a colour.

It starts as a thin fog of small splats that fills the cube. A ball that is opaque has no gradient behind its surface;
through a fog every splat is seen from every side, so each feels the outline of every view.

A step of an optimiser is to mean as much for one number as for another: places count in sizes of a splat at the start,
sizes as logarithms, opacities and colours as logits. The number of splats stays what it was.
"""

import math

import torch
from torch.nn import functional

from gen4d.conventions import CUBE_HALF_EXTENT, VIEW_DISTANCE
from gen4d.distill.grid import MIN_ALPHA
from gen4d.distill.splats import Splats, Splatting, axes_of, splat
from gen4d.structures import MultiView, canonical_cameras

START_ALPHA = 0.5  # of the fog, seen from any side
START_SHARE = 0.6  # of the distance between two splats that one's standard deviation is
START_FLATNESS = 0.7  # of the axis that points outwards, against the two others: the side a splat turns to the world
LARGEST = 3.0  # times its size at the start, beyond which a splat costs
EPSILON = 1e-12  # m^2, below which a place is the middle of the cube and has no outward direction


class GaussianSubject:
    """N splats; see `Subject`.

    Args:
        count: N.
        resolution: pixels a side of a view.
        crispness: weight of opacities that are neither 0 nor 1.
        compactness: weight of a splat's squared excess of logarithmic size.
        generator: draws the places.
        splatting: how they become images.
    """

    frames = 1

    def __init__(
        self,
        count: int,
        *,
        resolution: int,
        crispness: float,
        compactness: float,
        generator: torch.Generator,
        splatting: Splatting = splat,
    ) -> None:
        self.resolution, self.crispness, self.compactness = resolution, crispness, compactness
        self.splatting = splatting
        side = 2 * CUBE_HALF_EXTENT
        self.size = START_SHARE * side / count ** (1 / 3)  # m
        places = (torch.rand(count, 3, generator=generator) - 0.5) * side
        # Light that passes falls as exp(-thickness); a splat adds its opacity times 2 pi size^2 over the cube's face.
        thickness = -math.log(1 - START_ALPHA)
        opacity = min(thickness * side**2 / (count * 2 * math.pi * self.size**2), 0.5)
        self.places = (places / self.size).requires_grad_()  # in sizes
        self.sizes = torch.tensor([0.0, 0.0, math.log(START_FLATNESS)]).repeat(count, 1).requires_grad_()
        self.turns = _from_z_to(places).requires_grad_()
        self.opacity = torch.full((count,), math.log(opacity / (1 - opacity))).requires_grad_()
        self.color = torch.zeros(count, 3, requires_grad=True)

    def parameters(self) -> dict[str, torch.Tensor]:
        """Places, logarithms of sizes, quaternions of any length, logits of opacity and of colour."""
        return {
            "places": self.places,
            "sizes": self.sizes,
            "turns": self.turns,
            "opacity": self.opacity,
            "color": self.color,
        }

    def views(self, frame: int) -> MultiView:
        """See `Subject`; there is one frame."""
        camera = canonical_cameras(self.resolution)
        seen, alpha = self.splatting(self.splats(camera.camera_to_world), camera)
        alpha = alpha.clamp(0, 1)
        there = alpha > MIN_ALPHA
        mean = seen / alpha.clamp(min=MIN_ALPHA)
        return MultiView(
            albedo=torch.where(there, mean[..., :3].clamp(0, 1), 1.0),
            alpha=alpha,
            depth=(seen[..., 6:] + 1 - alpha).clamp(0, 1),
            normal=torch.where(there, functional.normalize(mean[..., 3:6], dim=-1), 0.0),
            camera=camera,
        )

    def splats(self, camera_to_world: torch.Tensor) -> Splats:
        """The splats with what cameras (V, 4, 4) see of them: colour 3, normal 3 and depth 1.

        A splat's normal is its shortest axis, on the side that a camera sees.
        """
        means = self.places * self.size
        scales, rotations = self.sizes.exp() * self.size, functional.normalize(self.turns, dim=-1)
        shortest = self.sizes.argmin(1)
        axes = axes_of(rotations)
        normals = axes.gather(2, shortest.view(-1, 1, 1).expand(-1, 3, 1))[..., 0]  # (N, 3)
        pose = camera_to_world.to(means)
        toward = pose[:, None, :3, 2]  # (V, 1, 3)
        facing = torch.where((normals * toward).sum(-1, keepdim=True) < 0, -normals, normals)  # (V, N, 3)
        distance = -((means - pose[:, None, :3, 3]) * toward).sum(-1, keepdim=True)  # (V, N, 1) m
        depth = (distance - (VIEW_DISTANCE - CUBE_HALF_EXTENT)) / (2 * CUBE_HALF_EXTENT)
        color = self.color.sigmoid().expand(len(pose), -1, -1)
        return Splats(means, rotations, scales, self.opacity.sigmoid(), torch.cat([color, facing, depth], -1))

    def penalty(self) -> torch.Tensor:
        """Splats that are half there, and those that have grown large."""
        opacity = self.opacity.sigmoid()
        excess = functional.relu(self.sizes - math.log(LARGEST))
        return self.crispness * (opacity * (1 - opacity)).sum() + self.compactness * excess.square().sum()


def _from_z_to(places: torch.Tensor) -> torch.Tensor:
    """Unit quaternions (N, 4) xyzw that turn +z towards places (N, 3); any turn for the middle and for -z."""
    x, y, z = places.unbind(1)
    length = (places.square().sum(1) + EPSILON).sqrt()
    # Half-way between z and the place lies z + place / |place|; its cross and dot product with z are these.
    quaternion = torch.stack([-y, x, torch.zeros_like(z), length + z], 1)
    upside_down = quaternion.new_tensor([1.0, 0.0, 0.0, 0.0])
    tiny = quaternion.norm(dim=1, keepdim=True) < math.sqrt(EPSILON)
    return functional.normalize(torch.where(tiny, upside_down, quaternion), dim=1)
