"""What a prior must beat: looking things up, averaging, and extruding the photo's outline."""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from gen4d.conventions import CUBE_HALF_EXTENT, VIEW_HALF_EXTENT
from gen4d.data.archive import cut_out
from gen4d.data.shards import Place
from gen4d.structures import MultiView, canonical_cameras

DESCRIPTOR = 16  # px of the small picture that photos are compared by
EXTRUSION = 0.5  # thickness of an extruded outline, of its shorter side


@dataclass(frozen=True)
class TrainingPhotos:
    """What retrieval by photo looks through: places of N objects and photo descriptors (N P, D)."""

    places: list[Place]
    photos: np.ndarray

    def maps(self, index: int) -> np.ndarray:
        """Maps (6, S, S, 8) uint8 of one object, read from disk."""
        return self.places[index].array("maps")

    def by_photo(self, photo: np.ndarray) -> int:
        """The object whose photo looks most like a photo (S, S, 4) uint8."""
        distance = ((self.photos - describe_photo(photo[None])) ** 2).sum(1)
        return int(distance.argmin()) // (len(self.photos) // len(self.places))


@dataclass(frozen=True)
class TrainingViews(TrainingPhotos):
    """What retrieval looks through: the same, and text vectors (N, 384) of the captions."""

    text: torch.Tensor

    def by_text(self, pooled: torch.Tensor, count: int = 1) -> list[int]:
        """The objects whose captions are nearest to a sentence vector (384,)."""
        return (self.text @ pooled).topk(count).indices.tolist()


def described_photos(known: list[Place]) -> np.ndarray:
    """Small pictures (N P, D) float32 of all photos of N objects.

    Written into one array: thousands of small ones, each made between large ones, split the heap into 10 GB of holes.
    """
    rows: np.ndarray | None = None
    for number, place in enumerate(known):
        found = describe_photo(cut_out(place.array("pictures"), place.array("mattes")))
        if rows is None:
            rows = np.empty((len(known), *found.shape), np.float32)
        rows[number] = found
    return np.zeros((0, 1), np.float32) if rows is None else rows.reshape(-1, rows.shape[-1])


def describe_photo(photos: np.ndarray) -> np.ndarray:
    """Small premultiplied pictures (P, D) float32 of photos (P, S, S, 4) uint8."""
    x = torch.from_numpy(photos).permute(0, 3, 1, 2).float() / 255
    x = torch.cat([x[:, :3] * x[:, 3:], x[:, 3:]], 1)
    return functional.interpolate(x, size=(DESCRIPTOR, DESCRIPTOR), mode="area").flatten(1).numpy()


def mean_maps(maps: np.ndarray) -> np.ndarray:
    """The mean of maps (N, 6, S, S, 8) uint8: solid where more than half are, colours and depths averaged."""
    x = maps.astype(np.float32)
    alpha = x[..., 3:4] / 255
    weight = alpha.sum(0)
    mean = (x * alpha).sum(0) / np.maximum(weight, 1e-6)
    mean[..., 3:4] = 255 * (weight > 0.5 * len(maps))
    return mean.round().clip(0, 255).astype(np.uint8)


def extruded(photo: np.ndarray) -> MultiView:
    """Views of the photo's outline as a slab: the photo in front and, mirrored, behind; its edge colours around.

    Args:
        photo: (S, S, 4) uint8, framed as the views are.
    """
    size = photo.shape[0]
    color = torch.from_numpy(photo[..., :3].astype(np.float32) / 255)
    front = torch.from_numpy(photo[..., 3] > 127)
    rows, columns = front.nonzero(as_tuple=True)
    if not len(rows):
        raise ValueError("the photo's matte is empty.")
    pixel = 2 * VIEW_HALF_EXTENT / size
    height, width = (rows.max() - rows.min() + 1) * pixel, (columns.max() - columns.min() + 1) * pixel
    thickness = float(min(height, width)) * EXTRUSION
    albedo, alpha, depth = torch.ones(6, size, size, 3), torch.zeros(6, size, size, 1), torch.ones(6, size, size, 1)
    normal = torch.zeros(6, size, size, 3)
    half = size // 2
    reach = max(1, round(thickness / pixel / 2))
    mean = color[front].mean(0)
    axes = canonical_cameras(size).camera_to_world[:, :3, 2]
    x = (torch.arange(size) + 0.5) * pixel - VIEW_HALF_EXTENT
    band_x, band_y = torch.zeros_like(front), torch.zeros_like(front)  # the slab's edge from the side and from above
    band_x[front.any(1), half - reach : half + reach] = True
    band_y[half - reach : half + reach, front.any(0)] = True
    face = torch.full((size, size), thickness / 2)
    right, left = (front * x).amax(1), (-(front * x)).amax(1)
    top, bottom = (front * -x[:, None]).amax(0), (front * x[:, None]).amax(0)
    shown = (
        (front, face, color),
        (band_x, right[:, None].expand_as(face), mean.expand_as(color)),
        (front.flip(1), face, color.flip(1)),
        (band_x, left[:, None].expand_as(face), mean.expand_as(color)),
        (band_y, top[None].expand_as(face), mean.expand_as(color)),
        (band_y, bottom[None].expand_as(face), mean.expand_as(color)),
    )
    for view, (mask, surface, paint) in enumerate(shown):
        alpha[view, ..., 0] = mask.float()
        depth[view, ..., 0] = torch.where(mask, (CUBE_HALF_EXTENT - surface).clamp(0, 1), torch.tensor(1.0))
        albedo[view][mask] = paint[mask]
        normal[view][mask] = axes[view]
    return MultiView(albedo, alpha, depth, normal, canonical_cameras(size))
