"""Of a motion told from outside: when its feet stand, how the ground passes under them, and whether it is a loop."""

from collections.abc import Mapping

import torch
from torch.nn.functional import max_pool1d, pad

from gen4d.motion.floor import lowest_points
from gen4d.motion.pose import Pose

LOW_SHARE = 0.05  # of the frames may be lower than what counts as the ground
MIN_STANDING = 3  # steps of standing feet, to tell the ground's velocity from
UNSTEADY = 0.2  # of the whole way: a gait strays less from an even pace
MIN_SPEED = 0.15  # leg lengths a second: slower clips stay where they are
LOOP_ANGLE, LOOP_SHIFT = 0.25, 0.08  # radians and leg lengths between the ends of a clip that is meant to loop
SEAM_SECONDS = 0.15  # before and after its seam, in which a loop is made to run evenly
WIDE_LOOP_ANGLE = 0.45
STILL, STILL_SHARE = 0.25, 0.7  # leg lengths a second, and of the ground's speed: a foot slower than either stands
STRAIGHT = 0.2  # of the speed ahead: slower sideways motion of the ground is none
MAX_GAP = 1  # frames to either side: a contact does not end and begin again within two

Feet = Mapping[str, torch.Tensor]  # foot joint of ours -> places (T, N, 3) of ankle and, last, toes, +Y up


def ground_velocity(feet: Feet, hips: torch.Tensor, leg: float, fps: float) -> torch.Tensor:
    """How the ground passes under a gait that is told in place, (3,) units a second; 0 for one that travels or stands.

    While a foot is the lowest and near its own lowest place, it moves with the ground.

    Args:
        hips: (T, 3) in the unit of the feet; leg: its length in that unit.
    """
    still = torch.zeros(3, dtype=torch.float64)
    seconds = (len(hips) - 1) / fps
    if not feet or float((hips[-1] - hips[0])[[0, 2]].norm()) > MIN_SPEED * leg * seconds:
        return still
    ends = torch.stack([places[:, -1] for places in feet.values()], 1)  # (T, F, 3)
    velocity = ends.diff(dim=0) * fps
    near = ends[..., 1] - ends[..., 1].amin(0) < 0.05 * leg
    lowest = ends[..., 1] <= ends[..., 1].amin(1, keepdim=True) + 0.02 * leg
    stands = (near & lowest)[1:] & (near & lowest)[:-1]
    if int(stands.sum()) < MIN_STANDING:
        return still
    ground = velocity[stands].median(0).values
    ground[1] = 0
    if abs(float(ground[0])) < STRAIGHT * abs(float(ground[2])):
        ground[0] = 0  # an animator's feet waver; the body goes straight ahead
    return ground if float(ground.norm()) > MIN_SPEED * 2 * leg else still


def standing_feet(
    feet: Feet, leg: float, fps: float, ground: torch.Tensor, *, on_toes: bool, loop: bool = False
) -> dict[str, torch.Tensor]:
    """For each foot when it stands: low, and at rest on the ground; (T,) bool.

    Args:
        on_toes: of a horse what it stands on counts, its toes; of a man the ankle: while only his toes stand, it rises
            as it should.
        loop: the last frame is the first again, so both stand if one does.
    """
    contacts = {}
    still = max(STILL * leg, STILL_SHARE * float(ground.norm()))
    for name, places in feet.items():
        place = places[:, -1:] if on_toes else places[:, :1]
        low = (place[..., 1] - place[..., 1].amin(0)) < 0.06 * leg
        step = place.diff(dim=0)
        speed = (torch.cat([step[:1], step]) * fps - ground).norm(dim=-1)
        contacts[name] = _without_gaps((low & (speed < still)).any(1))
        if float(ground.norm()) > 0:  # in a gait a foot that stays down between two contacts never left the ground
            contacts[name] = _joined_while(low.any(1), contacts[name])
        if loop:
            contacts[name][[0, -1]] = contacts[name][0] | contacts[name][-1]
    return contacts


def stand_on_floor(pose: Pose) -> None:
    """Let the whole motion down, or raise it, until the lowest sole of our own touches the floor where it is lowest."""
    feet = tuple(name for name in pose.index if name.endswith(("Foot", "Toes")))
    lowest = lowest_points(pose, only=feet)
    if bool(torch.isfinite(lowest).all()) and len(pose.body.points):
        pose.shift[:, 1] -= lowest.quantile(LOW_SHARE)


def steady_velocity(travel: torch.Tensor, seconds: float, leg: float) -> torch.Tensor | None:
    """Metres a second (3,) of a body that goes evenly, as a gait does; None of one that stays, falls or leaps.

    Args:
        travel: (T, 3) metres, where the body is.
    """
    velocity = (travel[-1] - travel[0]) / seconds
    drift = velocity * torch.linspace(0, seconds, len(travel), dtype=travel.dtype)[:, None]
    off = (travel - travel[0] - drift)[:, [0, 2]].norm(dim=-1)
    is_steady = float(off.max()) < UNSTEADY * float(drift[-1, [0, 2]].norm())
    return velocity if is_steady and float(velocity[[0, 2]].norm()) > MIN_SPEED * leg else None


def way_of_a_round(pose: Pose, leg: float) -> torch.Tensor | None:
    """Metres (3,) over the ground from the start to the end of a clip that ends as it began; None of any other."""
    for name in pose.skeleton.names:
        turn = pose.local_turn(name)
        dots = (turn[[0, *range(len(turn) - 1)]] * turn[[-1, *range(1, len(turn))]]).sum(-1)
        gap, *steps = (2 * torch.arccos(dots.abs().clamp(max=1.0))).tolist()  # the ends', then between neighbours
        if gap > max(LOOP_ANGLE, min(max(steps), WIDE_LOOP_ANGLE)):  # what turns quickly is often cut a little apart
            return None
    way = pose.shift[-1] - pose.shift[0]
    return way * torch.tensor([1.0, 0.0, 1.0]) if abs(float(way[1])) < LOOP_SHIFT * leg else None


def _without_gaps(standing: torch.Tensor) -> torch.Tensor:
    """Contacts (T,) bool, joined where they part for a frame or two only."""
    wide = max_pool1d(pad(standing.double()[None, None], (MAX_GAP, MAX_GAP), "replicate"), 2 * MAX_GAP + 1, 1)
    return (-max_pool1d(pad(-wide, (MAX_GAP, MAX_GAP), "replicate"), 2 * MAX_GAP + 1, 1))[0, 0] > 0.5


def _joined_while(low: torch.Tensor, standing: torch.Tensor) -> torch.Tensor:
    """Contacts (T,) bool, with the gaps between them in which the foot is low all the time."""
    last, joined = -1, standing.clone()
    for frame in torch.nonzero(standing).ravel().tolist():
        if last >= 0 and bool(low[last:frame].all()):
            joined[last:frame] = True
        last = frame
    return joined
