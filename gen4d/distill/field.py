"""A smooth field of numbers on a surface in the canonical cube: six volumes, blended by the way the surface faces.

A texel and a pixel that show the same spot read the same place, so a correction held here has no seams, no aliasing
and an answer for texels that no view sees. One volume for each of the six axis directions keeps the two sides of a thin
wall apart; they are blended by the squares of the normal's components (the ambient cube of McTaggart 2004, which
stores light that way).
"""

import torch
from torch.nn import functional

SIDES = 6  # +x, -x, +y, -y, +z, -z


def empty_field(channels: int, cells: int) -> torch.Tensor:
    """A field of zeros, (6, C, N, N, N) over the cube, indexed z, y, x."""
    return torch.zeros(SIDES, channels, cells, cells, cells)


def sample_field(field: torch.Tensor, places: torch.Tensor, normals: torch.Tensor) -> torch.Tensor:
    """Read a field, differentiably.

    Args:
        field: (6, C, N, N, N).
        places: (P, 3) in the canonical cube; outside it the border's numbers hold.
        normals: (P, 3) unit.

    Returns:
        values: (P, C).
    """
    sides, channels = field.shape[:2]
    grid = (2 * places).view(1, 1, 1, -1, 3)  # grid_sample counts from -1 to 1, x along the last axis
    volumes = field.reshape(1, sides * channels, *field.shape[2:])
    values = functional.grid_sample(volumes, grid, padding_mode="border", align_corners=True)
    values = values.view(sides, channels, -1)
    return torch.einsum("scp,sp->pc", values, facing(normals))


def facing(normals: torch.Tensor) -> torch.Tensor:
    """Share (6, P) of each axis direction in unit normals (P, 3); they sum to 1."""
    squares = normals.square()
    signs = normals > 0
    return torch.stack([squares[:, a] * (signs[:, a] if s else ~signs[:, a]) for a in range(3) for s in (1, 0)])


def roughness(field: torch.Tensor) -> torch.Tensor:
    """Sum of the squared steps between neighbouring cells, ()."""
    return torch.stack([field.diff(dim=axis).square().sum() for axis in (2, 3, 4)]).sum()
