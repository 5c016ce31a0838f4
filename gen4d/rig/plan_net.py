"""A small network that looks at a voxelised shape and says which body plan it has, or that it stands the wrong way.

One 3D convolution net over 32 voxels a side; it is asked about each of the 24 ways to turn the shape onto its axes. It
was trained on the objects of the training data, on artists' rigs and made-up creatures (`gen4d/data/train_plan.py`).
"""

from functools import cache
from importlib.resources import files
from itertools import pairwise, permutations, product
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn
from torch.nn.functional import relu

from gen4d.errors import CheckpointError
from gen4d.rig.names import PLAN_NAMES
from gen4d.rig.voxels import VoxelSolid

GRID = 32  # voxels a side
WRONG = len(PLAN_NAMES)  # the class of shapes that lie on a side, on their head, or face elsewhere
CHANNELS = (8, 16, 32, 64)
HIDDEN = 96
LOOK_RESOLUTION = 96  # voxels of the solid that is looked at; at 64 the limb rules lose the cleft of touching legs
# Size of the shape in the grid, and its shift in cells. Of 114 artist rigs one look tells 97 plans, these tell 98; of a
# network that learned a third as long 84 and 94.
LOOKS = ((1.0, 0.0), (0.94, 0.0), (0.97, 0.5), (0.9, 0.0))
WEIGHTS_FILE = "plan-net.safetensors"


class PlanNet(nn.Module):
    """Occupancy (B, 1, 32, 32, 32) -> logits (B, 11): the plans in the order of `PLAN_NAMES`, then `WRONG`."""

    def __init__(self) -> None:
        super().__init__()
        widths = (1, *CHANNELS)
        self.convolutions = nn.ModuleList([nn.Conv3d(a, b, 3, stride=2, padding=1) for a, b in pairwise(widths)])
        self.hidden = nn.Linear(CHANNELS[-1] * (GRID // 2 ** len(CHANNELS)) ** 3, HIDDEN)
        self.out = nn.Linear(HIDDEN, len(PLAN_NAMES) + 1)

    def forward(self, occupancy: torch.Tensor) -> torch.Tensor:
        features = occupancy
        for convolution in self.convolutions:
            features = relu(convolution(features))
        return self.out(relu(self.hidden(features.flatten(1))))


@cache
def axis_rotations() -> np.ndarray:
    """The 24 proper rotations that map axes to axes, (24, 3, 3) int64; the identity first."""
    matrices = []
    for order in permutations(range(3)):
        for signs in product((1, -1), repeat=3):
            matrix = np.zeros((3, 3), np.int64)
            matrix[range(3), order] = signs
            if round(float(np.linalg.det(matrix))) == 1:
                matrices.append(matrix)
    return np.stack(sorted(matrices, key=lambda m: -int(np.trace(m))))


def turned(grid: np.ndarray, rotation: np.ndarray) -> np.ndarray:
    """A cubic grid (S, S, S) under an axis rotation: the voxel at p moves to rotation @ p, about the grid's centre."""
    order = np.abs(rotation).argmax(1)
    result = grid.transpose(*order)
    flips = tuple(axis for axis in range(3) if rotation[axis, order[axis]] < 0)
    return np.flip(result, flips) if flips else result


def net_looks(solid: VoxelSolid) -> np.ndarray:
    """A solid as the network looks at it, once for each of `LOOKS`, (L, 32, 32, 32) float32 of 0 and 1.

    Args:
        solid: of `LOOK_RESOLUTION`.
    """
    return np.stack([fill_net_grid(solid.occupied, scale, shift) for scale, shift in LOOKS]).astype(np.float32)


def fill_net_grid(occupied: np.ndarray, scale: float = 1.0, shift: float = 0.0) -> np.ndarray:
    """A grid (X, Y, Z) bool scaled to `GRID` cells along its longest side and centred, (32, 32, 32) bool.

    It needs at least as many cells itself. A cell that holds anything is full, so that spears and thin legs stay.

    Args:
        scale: of the longest side, for a shape that leaves a margin.
        shift: cells along every axis.
    """
    index = np.argwhere(occupied)
    low, high = index.min(0), index.max(0) + 1
    size = GRID * scale / float((high - low).max())
    cells = np.floor((index + 0.5 - (low + high) / 2) * size + GRID / 2 + shift).astype(np.int64).clip(0, GRID - 1)
    grid = np.zeros((GRID, GRID, GRID), bool)
    grid[tuple(cells.T)] = True
    return grid


def plan_probabilities(looks: np.ndarray, net: PlanNet, rotations: np.ndarray) -> np.ndarray:
    """For each way to turn a shape, the probabilities of the plans and of standing wrong, (R, 11).

    They are the geometric mean over all looks and their mirror images, normalised: where the cells happen to lie, and
    which side an arm is raised on, should not decide.

    Args:
        looks: (L, 32, 32, 32), `net_looks` of the shape.
        rotations: (R, 3, 3) of `axis_rotations`.
    """
    grids = np.stack([turned(look, rotation) for rotation in rotations for look in looks])
    grids = np.stack([grids, grids[:, ::-1]])  # (2, R * L, 32, 32, 32)
    with torch.inference_mode():
        logits = net(torch.from_numpy(grids).flatten(0, 1)[:, None])
        chances = torch.log_softmax(logits.double(), 1).reshape(2, len(rotations), len(looks), -1).mean((0, 2))
    return torch.softmax(chances, 1).numpy()


@cache
def load_plan_net() -> PlanNet:
    """The network that ships with the package, read once.

    Raises:
        CheckpointError: the file is missing or damaged.
    """
    path = Path(str(files("gen4d.rig") / WEIGHTS_FILE))
    net = PlanNet()
    try:
        net.load_state_dict({name: tensor.float() for name, tensor in load_file(path).items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        raise CheckpointError(f"{path.name}: it is missing or damaged; reinstall gen4d.") from error
    return net.eval()
