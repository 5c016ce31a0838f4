"""Where a film's poses begin: for every frame the pose of our own clips whose outline is most like it.

The clips of a body plan say what its bodies do: they are the poses to choose from, and how far and about which axes a
joint turns in them is how far it may turn in a film. The camera is chosen with them; a path of least cost through all
frames (Viterbi) keeps the poses from jumping.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch

from gen4d.motion.video_body import FilmBody

GRID = 64  # px; outlines are compared at this size
SUBJECT = 0.4  # of the grid's side: the square root of a subject's area; a standing man fills it then
NUDGES = (-2, 0, 2)  # grid px: limbs draw the centres of area of two alike outlines apart
CAMERA_POSES, CAMERA_FRAMES = 120, 10  # compared for every camera
AZIMUTHS = tuple(math.radians(15.0 * i) for i in range(-11, 13))
ELEVATIONS = tuple(math.radians(e) for e in (0.0, 12.0, 25.0))
BEHIND_COST = 0.012  # of overlap: an outline does not tell front from back; most films show the front
HIGH_COST = 0.006  # for 12 degrees: most films are taken from the subject's own height
JUMP_COST = 1.5  # of overlap, for a mean way of the joints of one body height
FRAME_WAY = 0.03  # body heights a joint may go in a frame for nothing


@dataclass(frozen=True)
class View:
    """An orthographic camera, level, that looks at a body: azimuth and elevation in radians, px a metre."""

    azimuth: float
    elevation: float
    scale: float


def axes(azimuth: torch.Tensor, elevation: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """World directions of image right, image up and towards the camera, (3,) each."""
    sa, ca, se, ce = torch.sin(azimuth), torch.cos(azimuth), torch.sin(elevation), torch.cos(elevation)
    zero = torch.zeros_like(sa)
    return torch.stack([ca, zero, -sa]), torch.stack([-se * sa, ce, -se * ca]), torch.stack([ce * sa, se, ce * ca])


def choose_view(body: FilmBody, library: torch.Tensor, masks: np.ndarray, azimuth: float | None) -> tuple[View, float]:
    """The camera from which some poses of the library look most like a film's outlines, and how much, in [0, 1].

    Args:
        library: (L, J, 4) turns.
        masks: (T, H, W) bool.
        azimuth: radians, or None where it is not known.
    """
    chosen = torch.linspace(0, len(masks) - 1, min(CAMERA_FRAMES, len(masks))).round().long()
    seen = torch.stack([_of_mask(masks[t], None) for t in chosen.tolist()])
    few = library[:: max(1, len(library) // CAMERA_POSES)]
    points = _posed(body, few)
    best = (-1.0, AZIMUTHS[0], ELEVATIONS[0])
    for a in AZIMUTHS if azimuth is None else (azimuth,):
        for e in ELEVATIONS:
            overlap = _overlap(seen, _outlines(points, a, e, None))
            cost = (BEHIND_COST if abs(a) > math.pi / 2 + 0.01 else 0.0) + HIGH_COST * e / ELEVATIONS[1]
            score = float(overlap.amax(1).mean()) - cost
            best = max(best, (score, a, e))
    score, a, e = best
    areas = _areas(points, a, e)
    overlap = _overlap(seen, _outlines(points, a, e, None))
    picked = overlap.argmax(1)
    pixels = torch.tensor([float(masks[t].sum()) for t in chosen.tolist()])
    scale = float((pixels.sqrt() / areas[picked].sqrt()).median())
    return View(a, e, scale), score


def choose_poses(body: FilmBody, library: torch.Tensor, masks: np.ndarray, view: View) -> tuple[torch.Tensor, float]:
    """For every frame one pose of the library, smooth in time: indices (T,), and their mean overlap."""
    points = _posed(body, library)
    unit = GRID * SUBJECT / float(np.median([np.sqrt(mask.sum()) for mask in masks]))  # grid px per film px
    seen = torch.stack([_of_mask(mask, unit) for mask in masks])
    overlap = _overlap(seen, _outlines(points, view.azimuth, view.elevation, view.scale * unit))  # (T, L)
    places = body.joints(library, torch.zeros(len(library), 3))[1] / body.height
    places = (places - places[:, body.moving_joint : body.moving_joint + 1]).flatten(1)  # (L, 3 J)
    way = torch.cdist(places, places) / math.sqrt(len(body.rest))
    jump = JUMP_COST * (way - FRAME_WAY).clamp(min=0)
    cost, back = -overlap[0], []
    for t in range(1, len(masks)):
        total, source = (cost[:, None] + jump).min(0)
        back.append(source)
        cost = total - overlap[t]
    path = [int(cost.argmin())]
    for source in reversed(back):
        path.append(int(source[path[-1]]))
    indices = torch.tensor(path[::-1])
    return indices, float(overlap[torch.arange(len(masks)), indices].mean())


def _posed(body: FilmBody, turns: torch.Tensor) -> torch.Tensor:
    """Skin points (L, P, 3) of many poses."""
    parts = [body.skin(*body.joints(some, torch.zeros(len(some), 3)))[0] for some in turns.split(64)]
    return torch.cat(parts)


def _flat(points: torch.Tensor, azimuth: float, elevation: float) -> torch.Tensor:
    """Points (L, P, 2), metres right and down in the picture."""
    right, up, _ = axes(torch.tensor(azimuth), torch.tensor(elevation))
    return torch.stack([points @ right, -(points @ up)], -1)


def _splat(flat: torch.Tensor, scale: torch.Tensor, middle: torch.Tensor) -> torch.Tensor:
    """Outlines (L, GRID, GRID) of points (L, P, 2): where any falls, with the gaps between them closed."""
    at = ((flat - middle[:, None]) * scale[:, None, None] + GRID / 2).floor().long()
    kept = ((at >= 0) & (at < GRID)).all(-1)
    index = (at[..., 1] * GRID + at[..., 0]).clamp(0, GRID * GRID - 1)
    grid = torch.zeros(len(flat), GRID * GRID)
    grid.scatter_reduce_(1, index, kept.float(), "amax")
    grid = grid.reshape(-1, 1, GRID, GRID)
    wide = torch.nn.functional.max_pool2d(grid, 3, 1, 1)
    return (-torch.nn.functional.max_pool2d(-wide, 3, 1, 1))[:, 0]


def _areas(points: torch.Tensor, azimuth: float, elevation: float) -> torch.Tensor:
    """Area of each pose's outline, (L,) square metres."""
    flat = _flat(points, azimuth, elevation)
    extent = (flat.amax(1) - flat.amin(1)).amax(1)
    scale = 0.9 * GRID / extent
    middle = (flat.amax(1) + flat.amin(1)) / 2
    return _splat(flat, scale, middle).sum((1, 2)) / scale**2


def _outlines(points: torch.Tensor, azimuth: float, elevation: float, scale: float | None) -> torch.Tensor:
    """Outlines of poses with their centres of area in the middle, (L, GRID^2); of one area where no scale is given."""
    flat = _flat(points, azimuth, elevation)
    extent = (flat.amax(1) - flat.amin(1)).amax(1)
    first = 0.9 * GRID / extent
    box = (flat.amax(1) + flat.amin(1)) / 2
    mask = _splat(flat, first, box)
    area = mask.sum((1, 2)).clamp(min=1)
    steps = torch.arange(GRID) + 0.5 - GRID / 2
    offset = torch.stack([(mask.sum(1) * steps).sum(1), (mask.sum(2) * steps).sum(1)], 1) / area[:, None]
    middle = box + offset / first[:, None]
    size = first * GRID * SUBJECT / area.sqrt() if scale is None else torch.full_like(first, scale)
    return _splat(flat, size, middle).flatten(1)


def _of_mask(mask: np.ndarray, unit: float | None) -> torch.Tensor:
    """A film's outline on the grid, (GRID^2,), its centre of area in the middle; of the usual area without a unit."""
    rows, columns = np.nonzero(mask)
    unit = GRID * SUBJECT / math.sqrt(len(rows)) if unit is None else unit
    steps = (torch.arange(GRID) + 0.5 - GRID / 2) / unit
    x = (steps + float(columns.mean()) + 0.5) / mask.shape[1] * 2 - 1
    y = (steps + float(rows.mean()) + 0.5) / mask.shape[0] * 2 - 1
    grid = torch.stack([x.expand(GRID, GRID), y[:, None].expand(GRID, GRID)], -1).float()
    picture = torch.from_numpy(mask.astype(np.float32))[None, None]
    # The film's pixels are finer than the grid's: the mean of each, not a sample.
    reduced = torch.nn.functional.avg_pool2d(picture, 3, 1, 1) if unit < 0.6 else picture
    found = torch.nn.functional.grid_sample(reduced, grid[None], align_corners=False)
    return (found[0, 0] > 0.5).float().flatten()


def _overlap(seen: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
    """Largest intersection over union of outlines (T, G) with (L, G), a little shifted: (T, L)."""
    pictures = seen.reshape(-1, GRID, GRID)
    moves = [(y, x) for y in NUDGES for x in NUDGES]
    both = torch.stack([pictures.roll(move, (1, 2)).flatten(1) @ drawn.T for move in moves]).amax(0)
    return both / (seen.sum(1)[:, None] + drawn.sum(1)[None] - both).clamp(min=1)
