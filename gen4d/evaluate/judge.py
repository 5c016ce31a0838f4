"""An independent judge of views: a small network that learned, from true renders alone, which words belong to them.

It knows nothing of the prior. Its vectors also serve the kernel distance, and its small pictures the distance to the
nearest training object. `train_judge` made its weights.
"""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

from gen4d.prior.text import TEXT_WIDTH
from gen4d.structures import MultiView

WEIGHTS = "judge.safetensors"
SIDE = 32  # px of a small picture
CHANNELS = 5  # colour times matte, matte, nearness times matte
WIDTH = 128  # of the vectors
CANDIDATES = 50  # captions one is chosen from
DUPLICATE_SIDES = (0, 1, 4)  # what `data.duplicates` compares: front, right, top


class Judge(nn.Module):
    """Small pictures of six views, and sentence vectors, -> unit vectors that are near where they belong together."""

    def __init__(self) -> None:
        super().__init__()
        self.eye = nn.Sequential(
            nn.Conv2d(CHANNELS, 24, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(24, 48, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(48, 64, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(64 * 16, 64),
        )
        self.views = nn.Sequential(nn.ReLU(), nn.Dropout(0.2), nn.Linear(6 * 64, WIDTH))
        self.words = nn.Linear(TEXT_WIDTH, WIDTH)
        self.sharpness = nn.Parameter(torch.tensor(2.5))

    def of_views(self, pictures: torch.Tensor) -> torch.Tensor:
        """(N, 6, CHANNELS, SIDE, SIDE) in [0, 1] -> (N, WIDTH)."""
        seen = self.eye(pictures.flatten(0, 1)).view(len(pictures), -1)
        return functional.normalize(self.views(seen), dim=1)

    def of_words(self, pooled: torch.Tensor) -> torch.Tensor:
        """(N, TEXT_WIDTH) -> (N, WIDTH)."""
        return functional.normalize(self.words(pooled), dim=1)


@dataclass(frozen=True)
class Verdict:
    """What is said of one set of views.

    Fields:
        found: its caption was the likeliest of `CANDIDATES`.
        nearest: mean squared difference of small pictures from the nearest training object, as `data.duplicates`
            measures it; below `duplicates.SAME` two objects are one.
        vector: of the judge.
    """

    found: bool
    nearest: float
    vector: tuple[float, ...]


def load_judge(path: Path | None = None) -> Judge:
    """The judge that ships, or another one."""
    judge = Judge()
    weights = load_file(path or Path(str(files("gen4d.evaluate") / WEIGHTS)))
    judge.load_state_dict({name: value.float() for name, value in weights.items()})
    return judge.eval().requires_grad_(False)


def small_pictures(views: MultiView) -> np.ndarray:
    """(6, CHANNELS, SIDE, SIDE) uint8 of six views."""
    alpha = views.alpha
    channels = torch.cat([views.albedo * alpha, alpha, (1 - views.depth) * alpha], -1).permute(0, 3, 1, 2)
    small = functional.interpolate(channels, size=(SIDE, SIDE), mode="area")
    return (small * 255 + 0.5).clamp(0, 255).byte().numpy()


def small_of_maps(maps: np.ndarray) -> np.ndarray:
    """The same of stored maps (6, S, S, 8) uint8, to one step of a byte and three times as fast."""
    alpha = np.where(maps[..., 3] > 127, maps[..., 3], 0).astype(np.float32) / 255
    channels = np.empty((*maps.shape[:3], CHANNELS), np.float32)
    channels[..., :3] = maps[..., :3]
    channels[..., 3] = 255
    channels[..., 4] = 255 - maps[..., 4].astype(np.float32)
    channels *= alpha[..., None]
    views, size = maps.shape[:2]
    cells = channels.reshape(views, SIDE, size // SIDE, SIDE, size // SIDE, CHANNELS).mean((2, 4))
    return (cells.transpose(0, 3, 1, 2) + 0.5).astype(np.uint8)


def as_input(pictures: np.ndarray) -> torch.Tensor:
    """Small pictures (..., CHANNELS, SIDE, SIDE) uint8 -> [0, 1]."""
    return torch.from_numpy(pictures).float() / 255


def nearest_distance(pictures: np.ndarray, known: torch.Tensor) -> float:
    """The least difference of small pictures from many objects', see `nearest_known`."""
    return nearest_known(pictures, known)[1]


def nearest_known(pictures: np.ndarray, known: torch.Tensor) -> tuple[int, float]:
    """Which of many objects small pictures (6, ...) differ least from, and by how much over the union of the mattes.

    Args:
        known: (N, D), what `described` says of the others.
    """
    own = described(pictures[None])
    covered = torch.maximum(own[:, 3::CHANNELS].sum(), known[:, 3::CHANNELS].sum(1)).clamp(min=1)
    differences = (own - known).square().sum(1) / (4 * covered)
    row = int(differences.argmin())
    return row, float(differences[row])


def kernel_distance(first: torch.Tensor, second: torch.Tensor) -> float:
    """Unbiased squared maximum mean discrepancy of vectors (N, D) and (M, D); about 0 for two draws of one set.

    Source: Binkowski et al. 2018 (arXiv:1801.01401), section 4, with the cubic kernel; the vectors here have unit
    length, so D is left out of the kernel.
    """
    return float(_without_each(first, second)[0])


def kernel_distance_error(first: torch.Tensor, second: torch.Tensor) -> float:
    """Standard error of `kernel_distance`, by leaving out each vector of either set once (the jackknife).

    Needs three vectors or more of both; of 30 and 90 it says about a fifth too much.
    """
    spread = 0.0
    for a, b in ((first, second), (second, first)):
        left_out, count = _without_each(a, b)[1], len(a)
        spread += float((count - 1) / count * (left_out - left_out.mean()).square().sum())
    return spread**0.5


def _without_each(first: torch.Tensor, second: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The kernel distance, and what it is without each of the first vectors (N,)."""

    def kernel(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return (a.double() @ b.double().T + 1) ** 3

    own, others, across = kernel(first, first), kernel(second, second), kernel(first, second)
    n, m = len(first), len(second)
    own.fill_diagonal_(0)
    others.fill_diagonal_(0)
    rest = others.sum() / (m * (m - 1))
    whole = own.sum() / (n * (n - 1)) + rest - 2 * across.mean()
    pairs, crossed = own.sum() - 2 * own.sum(1), across.sum() - across.sum(1)
    fewer = max(n - 1, 1)
    return whole, pairs / (fewer * max(n - 2, 1)) + rest - 2 * crossed / (fewer * m)


def described(pictures: np.ndarray) -> torch.Tensor:
    """Small pictures (N, 6, ...) -> (N, D) in [0, 1], channels last.

    They are 16 x 16 cells of three sides, as `data.duplicates.describe` makes them.
    """
    chosen = as_input(pictures[:, DUPLICATE_SIDES])
    return functional.avg_pool2d(chosen.flatten(0, 1), 2).permute(0, 2, 3, 1).reshape(len(pictures), -1)
