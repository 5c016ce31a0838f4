"""Poses fitted to a film: outlines and optical flow against the posed skin, all frames at once, by gradient descent.

The energy, lengths in body heights:
    outline    from each point of the film's outline to the skin's rim it belongs to, by place and normal
    outside    how far skin points lie outside the film's outline
    flow       skin points that are seen move as the picture does there
    likely     turns beyond the poses of the library, and beyond its ranges
    smooth     accelerations of the joints
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch

from gen4d.errors import NumericsError
from gen4d.motion.kinematics import quaternion_multiply
from gen4d.motion.video_body import FITTED_POINTS, FilmBody
from gen4d.motion.video_poses import View, axes

STEPS = 168
LEARNING_RATE = 0.03  # radians and body heights
REMATCH = 8  # steps between two looks for which skin point belongs to which point of an outline
OUTLINE_POINTS = 160
NORMAL_REACH = 0.10  # body heights: how far apart two points are that look opposite ways
SHARP = 0.012  # body heights: outlines are right within this
FLOW_SHARP = 0.006
ROBUST = 3.0  # of those: beyond, an error counts linearly
ALONG = 0.15  # of a mismatch along the outline counts, since points slide along it
WEIGHTS = {"outline": 1.0, "outside": 2.0, "flow": 0.35, "likely": 1.0, "range": 4.0, "smooth": 1.0}
SMOOTH = 0.02  # body heights a frame and frame, of an ordinary acceleration
RANGE_SLACK = 0.25  # radians beyond what the library does
LEAST_SPREAD, MOST_SPREAD, BODY_SPREAD = 0.03, 0.5, 0.15  # radians; the last of the joint that carries the body
ACTIVE = 0.03  # radians: a joint that turns less in the whole library is left as it is
GRID = 32  # cells a body height in which only the nearest skin points are seen
THIN = 0.05  # body heights: points as near as this to the nearest one are seen too


@dataclass(frozen=True)
class Fit:
    """Poses of a film.

    Fields:
        turns: (T, J, 4) own turns in the rest pose's world axes; shift: (T, 3) metres.
        view: the camera, fitted as well.
        energy: its terms at the end.
    """

    turns: torch.Tensor
    shift: torch.Tensor
    view: View
    energy: dict[str, float]

    @property
    def misfit(self) -> float:
        """How badly the poses show what the film does; to compare fits with."""
        return sum(WEIGHTS[name] * self.energy[name] for name in ("outline", "outside", "flow", "likely"))


@dataclass(frozen=True)
class Seen:
    """What a film shows, as tensors.

    Fields:
        outline: (T, C, 2) px; normal: (T, C, 2) unit, outwards.
        outside: (T, 1, H, W) px from the subject, 0 in it.
        flow: (T - 1, 2, H, W) px; steady: (T - 1, 1, H, W) 1 where the flow back agrees with it, else 0.
        centre: (T, 2) px, centres of area.
    """

    outline: torch.Tensor
    normal: torch.Tensor
    outside: torch.Tensor
    flow: torch.Tensor
    steady: torch.Tensor
    centre: torch.Tensor


def see(masks: np.ndarray, flow: np.ndarray, steady: np.ndarray) -> Seen:
    """Outlines, distances and flow of a film's masks (T, H, W) and flow (T - 1, H, W, 2), steady (T - 1, H, W) bool."""
    outline, normal, outside, centre = [], [], [], []
    for mask in masks:
        inner = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
        outer = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
        outside.append(outer)
        found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        line = np.concatenate([contour[:, 0] for contour in found if len(contour) > 8] or [found[0][:, 0]])
        line = line[np.linspace(0, len(line) - 1, OUTLINE_POINTS).round().astype(int)]
        away = cv2.GaussianBlur(outer - inner, (0, 0), 1.5)
        slope = np.stack([cv2.Sobel(away, cv2.CV_32F, 1, 0), cv2.Sobel(away, cv2.CV_32F, 0, 1)], -1)
        steep = slope[line[:, 1], line[:, 0]]
        normal.append(steep / np.maximum(np.linalg.norm(steep, axis=1, keepdims=True), 1e-6))
        outline.append(line + 0.5)
        rows, columns = np.nonzero(mask)
        centre.append((columns.mean() + 0.5, rows.mean() + 0.5))
    as_tensor = lambda parts: torch.from_numpy(np.stack(parts)).float()  # noqa: E731
    return Seen(
        as_tensor(outline),
        as_tensor(normal),
        as_tensor(outside)[:, None],
        torch.from_numpy(flow).float().movedim(-1, 1),
        torch.from_numpy(steady).float()[:, None],
        torch.tensor(centre).float(),
    )


def fit_poses(
    body: FilmBody, seen: Seen, start: torch.Tensor, library: torch.Tensor, view: View, *, fixed_azimuth: bool
) -> Iterator[Fit]:
    """Fit poses to a film, from a first guess; yields after every `REMATCH` steps, the last one is the result.

    Args:
        start: (T, J, 4) turns.
        library: (L, J, 4) turns that bodies of this plan take.

    Raises:
        NumericsError: the energy is no number.
    """
    problem = _Problem(body, seen, start, library, view)
    delta = torch.zeros(len(start), len(problem.active), 3, requires_grad=True)
    move = problem.first_move().requires_grad_()
    camera = torch.zeros(3, requires_grad=True)  # azimuth, elevation, logarithm of the scale; in tenths
    groups = [{"params": [delta, move], "lr": LEARNING_RATE}, {"params": [camera], "lr": 0.3 * LEARNING_RATE}]
    optimizer = torch.optim.Adam(groups, betas=(0.9, 0.95))
    decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS, 0.1 * LEARNING_RATE)
    match: tuple[torch.Tensor, torch.Tensor] | None = None
    for step in range(STEPS):
        if step % REMATCH == 0:
            with torch.no_grad():
                match = problem.match(delta, move, camera)
        assert match is not None
        terms = problem.energy(delta, move, camera, *match)
        total = sum((WEIGHTS[name] * value for name, value in terms.items()), torch.zeros(()))
        if not torch.isfinite(total):
            raise NumericsError(f"video: step {step} of the fit is no number ({', '.join(terms)}).")
        optimizer.zero_grad()
        total.backward()
        if fixed_azimuth and camera.grad is not None:
            camera.grad[0] = 0
        optimizer.step()
        decay.step()
        if step % REMATCH == REMATCH - 1 or step == STEPS - 1:
            yield problem.fit(delta.detach(), move.detach(), camera.detach(), terms)


class _Problem:
    """The fixed part of a fit: what is seen, the first guess, and what turns are likely."""

    def __init__(self, body: FilmBody, seen: Seen, start: torch.Tensor, library: torch.Tensor, view: View) -> None:
        self.body, self.seen, self.start, self.view = body, seen, start, view
        angles = _logarithm(library)  # (L, J, 3)
        self.low, self.high = angles.amin(0) - RANGE_SLACK, angles.amax(0) + RANGE_SLACK
        spread = angles.std(0)
        moved = (angles.amax(0) - angles.amin(0)).amax(-1) > ACTIVE
        moved[0] = False
        self.active = torch.nonzero(moved).ravel()
        spread[body.moving_joint] = spread[body.moving_joint].clamp(max=BODY_SPREAD)  # falls and turns are few
        self.spread = spread[self.active].clamp(LEAST_SPREAD, MOST_SPREAD)
        self.height_px = view.scale * body.height
        self.size = torch.tensor([seen.outside.shape[-1], seen.outside.shape[-2]]).float()

    def turns(self, delta: torch.Tensor) -> torch.Tensor:
        """All turns (T, J, 4): the first guess, turned further."""
        half = 0.5 * delta * self.spread.sqrt() / 0.4  # stiff joints go slower, whatever pulls them
        angle = (half.square().sum(-1, keepdim=True) + 1e-12).sqrt()
        turn = torch.cat([half * torch.sin(angle) / angle, torch.cos(angle)], -1)
        moved = quaternion_multiply(turn, self.start[:, self.active])
        return self.start.index_copy(1, self.active, moved)

    def fit(self, delta: torch.Tensor, move: torch.Tensor, camera: torch.Tensor, terms: dict[str, torch.Tensor]) -> Fit:
        """The values found so far."""
        azimuth, elevation, log_scale = (0.1 * camera).tolist()
        view = View(self.view.azimuth + azimuth, self.view.elevation + elevation, self.view.scale * math.exp(log_scale))
        energy = {name: float(value.detach()) for name, value in terms.items()}
        return Fit(self.turns(delta), self.shift(move, camera), view, energy)

    def camera(self, camera: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Right, up and towards the camera, and its px a body height."""
        azimuth, elevation = self.view.azimuth + 0.1 * camera[0], self.view.elevation + 0.1 * camera[1]
        return (*axes(azimuth, elevation), self.height_px * torch.exp(0.1 * camera[2]))

    def shift(self, move: torch.Tensor, camera: torch.Tensor) -> torch.Tensor:
        """Way of the body (T, 3) metres from its way across the picture (T, 2) body heights, and its height."""
        right = self.camera(camera)[0]
        up = torch.tensor([0.0, 1.0, 0.0])
        return self.body.height * (move[:, :1] * right + move[:, 1:] * up)

    def flat(self, points: torch.Tensor, camera: torch.Tensor) -> torch.Tensor:
        """Points (T, P, 2) px, the body at rest in the middle of the first frame's subject."""
        right, up, _, scale = self.camera(camera)
        metres = torch.stack([points @ right, -(points @ up)], -1)
        return metres * scale / self.body.height + self.seen.centre[0]

    def first_move(self) -> torch.Tensor:
        """Ways (T, 2) that bring the first guess's middle onto the subject's, frame by frame."""
        nothing = torch.zeros(3)
        posed, _ = self.body.skin(*self.body.joints(self.start, torch.zeros(len(self.start), 3)), FITTED_POINTS)
        flat = self.flat(posed, nothing)
        middle = (flat.amin(1) + flat.amax(1)) / 2
        rows = self.seen.outline
        wanted = (rows.amin(1) + rows.amax(1)) / 2
        away = (wanted - middle) / self.height_px
        lift = 1 / torch.cos(torch.tensor(self.view.elevation))
        return torch.stack([away[:, 0], -away[:, 1] * lift], 1)

    def posed(
        self, delta: torch.Tensor, move: torch.Tensor, camera: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Skin points and normals (T, P, 3), joints (T, J, 3)."""
        world, place = self.body.joints(self.turns(delta), self.shift(move, camera))
        return *self.body.skin(world, place, FITTED_POINTS), place

    def match(self, delta: torch.Tensor, move: torch.Tensor, camera: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """For each point of an outline its skin point (T, C), and which skin points are seen (T, P) bool."""
        points, normals, _ = self.posed(delta, move, camera)
        right, up, toward, scale = self.camera(camera)
        flat = self.flat(points, camera)
        reach = NORMAL_REACH * scale / 2
        facing = torch.stack([normals @ right, -(normals @ up)], -1)
        ours = torch.cat([flat, reach * facing], -1)
        theirs = torch.cat([self.seen.outline, reach * self.seen.normal], -1)
        nearest = torch.cdist(theirs, ours).argmin(-1)
        depth = points @ toward
        cell = ((flat - flat.amin((0, 1))) / scale * GRID).long()
        width = int(cell[..., 0].max()) + 1
        index = cell[..., 1] * width + cell[..., 0]
        front = torch.full((len(points), int(index.max()) + 1), -torch.inf)
        front.scatter_reduce_(1, index, depth, "amax")
        near = depth > front.gather(1, index) - THIN * self.body.height
        return nearest, near & (normals @ toward > 0.1)

    def energy(
        self, delta: torch.Tensor, move: torch.Tensor, camera: torch.Tensor, match: torch.Tensor, front: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        """The terms of the energy, each about 1 where a fit is as good as can be asked for."""
        points, _, joints = self.posed(delta, move, camera)
        flat = self.flat(points, camera)
        scale = self.camera(camera)[3]
        matched = flat.gather(1, match[..., None].expand(-1, -1, 2))
        away = (self.seen.outline - matched) / scale
        across = (away * self.seen.normal).sum(-1)
        along = (away - across[..., None] * self.seen.normal).square().sum(-1)
        outline = _robust(across.square() + ALONG * along, SHARP).mean()
        place = flat / self.size * 2 - 1
        far = torch.nn.functional.grid_sample(
            self.seen.outside, place[:, :, None], padding_mode="border", align_corners=False
        )[:, 0, :, 0]
        outside = _robust((far / scale).square(), SHARP).mean()
        step = torch.nn.functional.grid_sample(
            self.seen.flow, place[:-1, :, None].detach(), padding_mode="border", align_corners=False
        )[..., 0].mT  # (T - 1, P, 2)
        slip = ((flat[1:] - flat[:-1] - step) / scale).square().sum(-1)
        agreed = torch.nn.functional.grid_sample(self.seen.steady, place[:-1, :, None].detach(), align_corners=False)
        trusted = front[:-1] & (far[:-1] < 1.0) & (agreed[:, 0, :, 0] > 0.5)
        flow = (_robust(slip, FLOW_SHARP) * trusted).sum() / trusted.sum().clamp(min=1)
        angles = _logarithm(self.turns(delta)[:, self.active])
        beyond = (angles - self.high[self.active]).clamp(min=0) + (self.low[self.active] - angles).clamp(min=0)
        bends = (joints[2:] - 2 * joints[1:-1] + joints[:-2]) / self.body.height
        return {
            "outline": outline,
            "outside": outside,
            "flow": flow,
            "likely": (delta / (0.4 * self.spread.sqrt())).square().mean(),
            "range": (beyond / 0.1).square().mean(),
            "smooth": (bends / SMOOTH).square().sum(-1).mean(),
        }


def _logarithm(turns: torch.Tensor) -> torch.Tensor:
    """Turns as vectors (..., 3) along their axes, twice the sine of half the angle long."""
    sign = torch.where(turns[..., 3:] < 0, -1.0, 1.0)
    return 2 * turns[..., :3] * sign


def _robust(square: torch.Tensor, sharp: float) -> torch.Tensor:
    """Squared errors over a squared scale, linear beyond `ROBUST` (Huber)."""
    ratio = square / sharp**2
    return torch.where(ratio < ROBUST**2, ratio, 2 * ROBUST * (ratio + 1e-9).sqrt() - ROBUST**2)
