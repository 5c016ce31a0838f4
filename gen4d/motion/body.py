"""What a clip needs to know of a body: its skeleton, and where its skin touches the ground."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch

from gen4d.motion.kinematics import axis_angle, quaternion_rotate, rest_joint_to_world
from gen4d.structures import Mesh, Skeleton, Skin

RIGHT_AXIS = (1.0, 0.0, 0.0)  # a positive turn about x lifts the heel
MAX_SURFACE_POINTS = 700
LOW_BAND, MAX_LOW_POINTS = (
    0.12,
    500,
)  # of the height: what lies this low may touch the ground and is sampled more densely
MAX_SOLE_POINTS = 160
FOOT_SHARE = 0.35  # a vertex belongs to a foot if the foot's joints carry at least this much of it
SOLE_BAND = 1.1  # of the ankle's height: what lies lower at rest can touch the ground, or does when the foot lies flat
# Of the hip's height and of ankle to ball: skin farther from the ball than both is a stray of another limb, no sole.
SOLE_REACH, SOLE_REACH_IN_FEET = 0.6, 2.5
HEEL_BEHIND_ANKLE = 0.5  # of ankle to ball; only where no mesh tells better
ROLL_GRID_DEG = (-80.0, 110.0, 191)


@dataclass(frozen=True)
class Sole:
    """The underside of a foot as points that turn with the foot or with its toes.

    Fields:
        points: (S, 3) float64, metres from the toe joint, at rest.
        toe_share: (S,) float64: 1 where the toes carry a point, 0 where the foot does.
        toe_height: metres of the toe joint above the ground at rest.
        pitch_grid, roll_grid: (G,) radians and metres: how far the toe joint has rolled ahead at a pitch of the foot.
    """

    points: torch.Tensor
    toe_share: torch.Tensor
    toe_height: float
    pitch_grid: torch.Tensor
    roll_grid: torch.Tensor

    def height(self, pitch: torch.Tensor, toe_pitch: torch.Tensor) -> torch.Tensor:
        """How high the toe joint must be for the lowest point to touch the ground, (T,) metres."""
        _, y, z = self.points.T
        heel, toe = (y * angle.cos()[:, None] - z * angle.sin()[:, None] for angle in (pitch, toe_pitch))
        return -torch.lerp(heel, toe, self.toe_share).amin(1)

    def roll(self, pitch: torch.Tensor) -> torch.Tensor:
        """How far ahead of its flat place the toe joint is when the foot rolls to a pitch without slipping, (T,)."""
        low, high = float(self.pitch_grid[0]), float(self.pitch_grid[-1])
        share = (pitch.clamp(low, high) - low) / (high - low) * (len(self.pitch_grid) - 1)
        index = share.floor().long().clamp(max=len(self.pitch_grid) - 2)
        return torch.lerp(self.roll_grid[index], self.roll_grid[index + 1], share - index)


@dataclass(frozen=True)
class Body:
    """A skeleton and what is known of its skin.

    Fields:
        skeleton: the joints.
        points, joints, weights: (P, 3), (P, 4), (P, 4): some skin vertices at rest and what carries them; none where
            the body has no mesh.
        soles: foot joint's name -> its sole.
        mesh, skin: all of the skin, where the body has one.
    """

    skeleton: Skeleton
    points: torch.Tensor
    joints: torch.Tensor
    weights: torch.Tensor
    soles: Mapping[str, Sole] = field(default_factory=dict)
    mesh: Mesh | None = field(default=None, repr=False)
    skin: Skin | None = field(default=None, repr=False)
    spread_weights: torch.Tensor = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """`spread_weights`, (4 J, P): a row of a bind matrix, flat over the joints, times it is a posed coordinate."""
        points = torch.cat([self.points, torch.ones_like(self.points[:, :1])], dim=1)  # (P, 4)
        spread = torch.zeros(len(self.skeleton), len(points), dtype=torch.float64)
        spread.scatter_add_(0, self.joints.T, self.weights.T)
        object.__setattr__(self, "spread_weights", (spread[:, None] * points.T[None]).flatten(0, 1))

    @property
    def height(self) -> float:
        """Metres from the ground to the highest skin vertex, or to the highest joint."""
        points = self.points if len(self.points) else rest_joint_to_world(self.skeleton)[:, :3, 3]
        return max(float(points[:, 1].max()), 1e-3)

    def carried_by(self, names: tuple[str, ...]) -> torch.Tensor:
        """Rest places (N, 3) of the skin points that mostly hang on the named joints."""
        wanted = torch.tensor([i for i, name in enumerate(self.skeleton.names) if name in names], dtype=torch.int64)
        share = (self.weights * torch.isin(self.joints, wanted)).sum(1)
        return self.points[share > 0.5]


def make_body(skeleton: Skeleton, mesh: Mesh | None = None, skin: Skin | None = None) -> Body:
    """Find the soles of a body's feet; without a mesh, usual ones stand in."""
    place = dict(zip(skeleton.names, rest_joint_to_world(skeleton)[:, :3, 3], strict=True))
    if mesh is None or skin is None:
        none = torch.zeros(0, 4)
        body = Body(skeleton, torch.zeros(0, 3).double(), none.long(), none.double())
    else:
        low = torch.nonzero(mesh.vertices[:, 1] < LOW_BAND * mesh.vertices[:, 1].max()).ravel().cpu()
        near_ground = low[:: max(1, len(low) // MAX_LOW_POINTS)]
        chosen = torch.cat([_spread(mesh.vertices, MAX_SURFACE_POINTS), near_ground]).unique()
        body = Body(
            skeleton,
            mesh.vertices[chosen].double().cpu(),
            skin.joints[chosen].cpu(),
            skin.weights[chosen].double().cpu(),
        )
    soles = {}
    for foot in (name for name in skeleton.names if name.endswith("Foot")):
        toes = foot.removesuffix("Foot") + "Toes"
        if toes not in place:
            continue
        found = None if mesh is None or skin is None else _sole_points(skeleton, mesh, skin, foot, toes)
        points, share = _usual_sole(place[foot], place[toes]) if found is None else found
        soles[foot] = _rolled(points - place[toes], share, float(place[toes][1]))
    return Body(body.skeleton, body.points, body.joints, body.weights, soles, mesh, skin)


def _spread(vertices: torch.Tensor, count: int) -> torch.Tensor:
    """Indices of some vertices: evenly chosen, and the extreme ones along many directions."""
    even = torch.arange(0, len(vertices), max(1, len(vertices) // count))
    generator = torch.Generator().manual_seed(0)
    directions = torch.randn(64, 3, generator=generator)
    extreme = (vertices.cpu() @ directions.T).argmax(0)
    return torch.cat([even, extreme]).unique()


def _sole_points(
    skeleton: Skeleton, mesh: Mesh, skin: Skin, foot: str, toes: str
) -> tuple[torch.Tensor, torch.Tensor] | None:
    """World places (S, 3) at rest and toe shares (S,) of a foot's lowest vertices, or None where it has too few."""
    index = {name: i for i, name in enumerate(skeleton.names)}
    joints, weights = skin.joints.cpu(), skin.weights.cpu()
    on_toes = (weights * (joints == index[toes])).sum(1)
    on_foot = (weights * (joints == index[foot])).sum(1)
    carried = torch.nonzero(on_toes + on_foot > FOOT_SHARE).ravel()
    if len(carried) < 3:
        return None
    points = mesh.vertices.cpu()[carried].double()
    place = rest_joint_to_world(skeleton)[:, :3, 3]
    ankle, low = float(place[index[foot], 1]), float(points[:, 1].min())
    hip = index.get(foot.removesuffix("Foot") + "UpperLeg", index[foot])
    length = float((place[index[foot]] - place[index[toes]]).norm())
    reach = max(SOLE_REACH * float(place[hip, 1]), SOLE_REACH_IN_FEET * length)
    near = (points - place[index[toes]])[:, [0, 2]].norm(dim=1) < reach
    chosen = carried[near & (points[:, 1] < low + SOLE_BAND * max(ankle - low, 1e-6))]
    if len(chosen) < 3:
        return None
    chosen = chosen[_spread(mesh.vertices.cpu()[chosen], MAX_SOLE_POINTS)]
    total = (on_toes + on_foot)[chosen].clamp(min=1e-6)
    # What the shank carries of a vertex follows the ankle, so it counts as the foot's.
    share = (on_toes[chosen] / total.clamp(min=1.0)).double()
    return mesh.vertices.cpu()[chosen].double(), share


def _usual_sole(ankle: torch.Tensor, toes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Heel, ball and tip of a foot of usual shape, on the ground."""
    length = toes[2] - ankle[2]
    z = torch.stack([ankle[2] - HEEL_BEHIND_ANKLE * length, toes[2], toes[2] + 0.5 * length.abs()])
    points = torch.stack([toes[0].expand(3), torch.zeros(3, dtype=toes.dtype), z], dim=1)
    return points, torch.tensor([0.0, 1.0, 1.0], dtype=torch.float64)


def _turned(
    points: torch.Tensor, toe_share: torch.Tensor, pitch: torch.Tensor, toe_pitch: torch.Tensor
) -> torch.Tensor:
    """Sole points (S, 3) about the toe joint when foot and toes are pitched by (T,) radians; (T, S, 3)."""
    with_foot = quaternion_rotate(axis_angle(RIGHT_AXIS, pitch)[:, None], points)
    with_toes = quaternion_rotate(axis_angle(RIGHT_AXIS, toe_pitch)[:, None], points)
    return torch.lerp(with_foot, with_toes, toe_share[None, :, None])


def _rolled(points: torch.Tensor, toe_share: torch.Tensor, toe_height: float) -> Sole:
    """Roll the foot over its lowest points from flat in both directions and note where the toe joint goes."""
    low, high, count = ROLL_GRID_DEG
    grid = torch.deg2rad(torch.linspace(low, high, count, dtype=torch.float64))
    placed = _turned(points, toe_share, grid, grid.clamp(max=0.0))  # toes stay flat while the heel rises
    lowest = placed[..., 1].argmin(1)
    along = placed[..., 2]
    rows = torch.arange(count - 1)
    # Between two pitches the point that touches stays where it is, so the toe joint moves against it.
    step = along[rows, lowest[:-1]] - along[rows + 1, lowest[:-1]]
    roll = torch.cat([torch.zeros(1, dtype=torch.float64), step.cumsum(0)])
    flat = int(grid.abs().argmin())
    return Sole(points, toe_share, toe_height, grid, roll - roll[flat])
