"""A small network that looks at a voxelised biped or quadruped and says where its joints are.

The solid is seen from the front and from the side, each cut into slabs; a 2D U-Net a view gives one heat map a joint,
and the joint is the mean of its heat map (integral regression),
so that it lies between voxels. Every shape is shown twice, as it is and mirrored, and the two answers are averaged.

Sources: Xu et al., Predicting Animation Skeletons for 3D Articulated Models via Volumetric Nets, 3DV 2019; Sun et al.,
Integral Human Pose Regression, ECCV 2018.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn
from torch.nn.functional import interpolate, max_pool2d, relu

from gen4d.errors import CheckpointError
from gen4d.rig.names import SIDES, mirror_name

GRID = 48  # cells a side
SPAN = 44  # cells along the longest side; the rest is room for the kernels
SLABS = 24  # the depth of a view is cut into this many channels
WIDTHS = (16, 32, 48, 64)
WEIGHTS_FILES = {"biped": "joint-net.safetensors", "quadruped": "joint-net-quadruped.safetensors"}

_LIMBS = {
    "biped": ("Shoulder", "UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot", "Toes"),
    "quadruped": tuple(
        f"{end}{part}" for end in ("Front", "Hind") for part in ("UpperLeg", "LowerLeg", "Foot", "Toes")
    ),
}
_MIDDLE = {
    "biped": ("hips", "spine", "chest", "upperChest", "neck", "head"),
    "quadruped": ("hips", "spine", "spine1", "chest", "neck", "neck1", "head", "tail1", "tailTip"),
}
LANDMARKS: dict[str, tuple[str, ...]] = {  # of each plan the net knows; the tail's ends coincide where there is none
    plan: (*_MIDDLE[plan], *(side + part for side in SIDES for part in _LIMBS[plan])) for plan in _MIDDLE
}
CHANNELS = sum(len(names) for names in LANDMARKS.values())


@dataclass(frozen=True)
class Landmarks:
    """Where the net sees the joints of a plan.

    Fields:
        places: name -> (3,) float64, metres.
        spread: name -> metres; the standard deviation of the heat map, large where the net is unsure.
    """

    places: dict[str, np.ndarray]
    spread: dict[str, float]


@dataclass(frozen=True)
class Frame:
    """A cubic grid around a mesh: cell (i, j, k) has its centre at `origin + size * (i, j, k)`."""

    origin: np.ndarray
    size: float


class Tower(nn.Module):
    """A 2D U-Net over one view: slabs (B, 24, 48, 48) -> heat map logits (B, `CHANNELS`, 24, 24)."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = WIDTHS
        self.stem = nn.Conv2d(SLABS + 2, a, 3, padding=1)
        self.down1 = nn.Conv2d(a, b, 3, stride=2, padding=1)
        self.mix1 = nn.Conv2d(b, b, 3, padding=1)
        self.down2 = nn.Conv2d(b, c, 3, stride=2, padding=1)
        self.mix2 = nn.Conv2d(c, c, 3, padding=1)
        self.down3 = nn.Conv2d(c, d, 3, stride=2, padding=1)
        self.mix3 = nn.Conv2d(d, d, 3, padding=1)
        self.up2 = nn.Conv2d(2 * d, c, 1)
        self.out2 = nn.Conv2d(c, c, 3, padding=1)
        self.up1 = nn.Conv2d(c, b, 1)
        self.out1 = nn.Conv2d(b, b, 3, padding=1)
        self.heat = nn.Conv2d(b, CHANNELS, 1)

    def down(self, slabs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Features at 24, 12 and 6 cells a side."""
        axis = torch.linspace(-1, 1, GRID, device=slabs.device)
        places = torch.stack(torch.meshgrid(axis, axis, indexing="ij")).expand(len(slabs), -1, -1, -1)
        x1 = relu(self.down1(relu(self.stem(torch.cat([slabs, places], 1)))))
        x1 = x1 + relu(self.mix1(x1))
        x2 = relu(self.down2(x1))
        x2 = x2 + relu(self.mix2(x2))
        x3 = relu(self.down3(x2))
        return x1, x2, x3 + relu(self.mix3(x3))

    def up(self, features: tuple[torch.Tensor, ...], told: torch.Tensor) -> torch.Tensor:
        """Heat maps from one view's features and what both views know together, (B, d)."""
        x1, x2, x3 = features
        x3 = torch.cat([x3, told[..., None, None].expand(-1, -1, *x3.shape[2:])], 1)
        x2 = x2 + interpolate(self.up2(x3), scale_factor=2.0, mode="bilinear")
        x2 = x2 + relu(self.out2(x2))
        x1 = x1 + interpolate(self.up1(x2), scale_factor=2.0, mode="bilinear")
        return self.heat(x1 + relu(self.out1(x1)))


class JointNet(nn.Module):
    """Occupancy (B, 48, 48, 48) -> places of all landmarks (B, `CHANNELS`, 3) and their deviations (B, `CHANNELS`).

    The solid is looked at from the front and from the side, its depth cut into slabs that are the channels of the
    picture. Each view says where a joint lies in its picture; both know its height.
    """

    def __init__(self) -> None:
        super().__init__()
        d = WIDTHS[-1]
        self.front, self.side = Tower(), Tower()
        self.whole = nn.Linear(2 * d * (GRID // 8) ** 2 // 4, 2 * d)
        self.told = nn.Linear(2 * d, d)

    def forward(self, occupancy: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        grid = occupancy.unflatten(3, (SLABS, -1)).mean(4)  # (B, x, y, slabs of z)
        front = self.front.down(grid.permute(0, 3, 1, 2))
        grid = occupancy.unflatten(1, (SLABS, -1)).mean(2)  # (B, slabs of x, y, z)
        side = self.side.down(grid.transpose(2, 3))
        seen = torch.cat([max_pool2d(front[-1], 2).flatten(1), max_pool2d(side[-1], 2).flatten(1)], 1)
        told = relu(self.told(relu(self.whole(seen))))
        xy, spread_front = heat_mean(self.front.up(front, told))
        zy, spread_side = heat_mean(self.side.up(side, told))
        places = torch.stack([xy[..., 0], (xy[..., 1] + zy[..., 1]) / 2, zy[..., 0]], 2)
        return places, (spread_front**2 + spread_side**2).sqrt()


def heat_mean(logits: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean (B, K, 2) and standard deviation (B, K) of heat maps (B, K, H, H), in cells of `GRID`."""
    heat = torch.softmax(logits.flatten(2), 2).unflatten(2, logits.shape[2:])
    size = logits.shape[-1]  # a heat cell is the middle of several cells of the grid
    axis = (torch.arange(size, device=logits.device, dtype=logits.dtype) + 0.5) * (GRID / size) - 0.5
    sums = heat.sum(3), heat.sum(2)
    mean = torch.stack([(s * axis).sum(2) for s in sums], 2)
    square = torch.stack([(s * axis**2).sum(2) for s in sums], 2)
    return mean, (square - mean**2).clamp(min=1e-4).sum(2).sqrt()  # 1e-4: no infinite slope at a point


def net_frame(low: np.ndarray, high: np.ndarray) -> Frame:
    """The grid for a mesh with these corners: centred, its longest side `SPAN` cells."""
    size = max(float((high - low).max()), 1e-6) / SPAN  # 1e-6 m: a mesh that is a point
    return Frame((low + high) / 2 - (GRID - 1) / 2 * size, size)


def fill_cells(points: np.ndarray, frame: Frame) -> np.ndarray:
    """Cells that hold any of the points (N, 3) of a solid, (48, 48, 48) bool."""
    cells = np.rint((points - frame.origin) / frame.size).astype(np.int64).clip(0, GRID - 1)
    grid = np.zeros((GRID, GRID, GRID), bool)
    grid[tuple(cells.T)] = True
    return grid


def find_landmarks(occupied: np.ndarray, frame: Frame, plan: str, net: JointNet) -> Landmarks:
    """Ask the net, with the mirror image as a second opinion.

    Args:
        occupied: (48, 48, 48) bool, `fill_cells` of a shape that stands upright and faces +Z.
        plan: a key of `LANDMARKS`.
    """
    grids = np.stack([occupied, occupied[::-1]]).astype(np.float32)
    with torch.inference_mode():
        mean, deviation = net(torch.from_numpy(grids))
    names = LANDMARKS[plan]
    first = 0 if plan == "biped" else len(LANDMARKS["biped"])
    partner = [first + names.index(mirror_name(name)) for name in names]
    seen = mean[0, first : first + len(names)].double().numpy()
    mirrored = mean[1, partner].double().numpy()
    mirrored[:, 0] = GRID - 1 - mirrored[:, 0]
    places = frame.origin + (seen + mirrored) / 2 * frame.size
    spread = deviation[0, first : first + len(names)].double().numpy() * frame.size
    return Landmarks(dict(zip(names, places, strict=True)), dict(zip(names, spread.tolist(), strict=True)))


@cache
def load_joint_net(plan: str) -> JointNet:
    """The network for a plan that ships with the package, read once.

    One network for both plans says as much of bipeds; trained on with quadrupeds alone it forgets them.

    Args:
        plan: a key of `LANDMARKS`.

    Raises:
        CheckpointError: the file is missing or damaged.
    """
    path = Path(str(files("gen4d.rig") / WEIGHTS_FILES[plan]))
    net = JointNet()
    try:
        net.load_state_dict({name: tensor.float() for name, tensor in load_file(path).items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        raise CheckpointError(f"{path.name}: it is missing or damaged; reinstall gen4d.") from error
    return net.eval()
