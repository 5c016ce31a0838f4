"""Bodies that lie, fall or crawl stay above the floor: measured on the skin, not guessed from the bones."""

import math
from dataclasses import replace

import torch
from torch.nn.functional import avg_pool1d, max_pool1d, normalize, pad

from gen4d.motion.kinematics import clip_joint_to_world, make_continuous, rest_joint_to_world
from gen4d.motion.pose import Pose
from gen4d.motion.resample import turns
from gen4d.structures import Clip, Mesh, Skeleton, Skin

MAX_SUNK = 5e-4  # of the height: less below the floor is left alone
LIFT_REACH = 2  # frames before and after a dip in which the body is already, or still, raised
MAX_VERTICES = 20_000
QUICK = math.radians(6)  # a joint's turn between keyframes, on whose arc a limb bows out by a thousandth of its length
PUSH_OFF = 0.006  # of the height, below a body that topples


def lowest_points(pose: Pose, without: tuple[str, ...] = (), *, only: tuple[str, ...] = ()) -> torch.Tensor:
    """Height of the lowest skin point in each frame, (T,) metres.

    Points that mostly hang on the joints `without` are left out; with `only`, all but those that hang on them are.
    Where the body has no mesh, its joints count instead.
    """
    world, body = pose.joint_to_world(), pose.body
    named = only or without
    if not len(body.points):
        kept = [j for j, name in enumerate(body.skeleton.names) if j and (name in named) == bool(only)]
        return world[:, kept, 1, 3].amin(1)
    listed = torch.tensor([i for i, name in enumerate(body.skeleton.names) if name in named], dtype=torch.int64)
    share = (body.weights * torch.isin(body.joints, listed)).sum(1)
    kept = share >= 0.5 if only else share < 0.5
    if not bool(kept.any()):
        return torch.full((pose.num_frames,), torch.inf, dtype=torch.float64)
    rows = (world @ torch.linalg.inv(rest_joint_to_world(body.skeleton)))[:, :, 1]  # (T, J, 4): the height is enough
    return (rows.flatten(1) @ body.spread_weights[:, kept]).amin(1)


def skin_points(pose: Pose, names: tuple[str, ...]) -> torch.Tensor:
    """Where the skin points that mostly hang on the named joints are now, (T, N, 3) metres."""
    body = pose.body
    listed = torch.tensor([i for i, name in enumerate(body.skeleton.names) if name in names], dtype=torch.int64)
    kept = (body.weights * torch.isin(body.joints, listed)).sum(1) > 0.5
    bind = pose.joint_to_world() @ torch.linalg.inv(rest_joint_to_world(body.skeleton))  # (T, J, 4, 4)
    rows = bind[:, :, :3].transpose(1, 2).flatten(2)  # (T, 3, 4 J)
    return (rows @ body.spread_weights[:, kept]).transpose(1, 2)


def clear_floor(
    pose: Pose,
    without: tuple[str, ...] = (),
    *,
    settle: torch.Tensor | None = None,
    toppling: torch.Tensor | None = None,
) -> None:
    """Raise the body where its skin would sink into the floor, smoothly; with `settle`, also let it down to the floor.

    Args:
        settle: (T,) share in [0, 1] by which a body that hovers is let down; None never lowers it.
        toppling: (T,) in [0, 1], how far a fall has come: on its way it clears the floor by a hair, so that no foot is
            dragged along; feet push off, and what has fallen lies.
    """
    lowest = lowest_points(pose, without)
    wanted = lowest.clamp(min=0.0) * (1.0 if settle is None else 1 - settle)
    if toppling is not None:
        wanted = torch.maximum(wanted, PUSH_OFF * pose.body.height * (4 * toppling * (1 - toppling)) ** 0.25)
    pose.shift[:, 1] += wanted - lowest


def hover(pose: Pose) -> None:
    """Raise a body that swims or floats until it clears the floor in all frames, by one height: it has no ground."""
    pose.shift[:, 1] += (-lowest_points(pose)).clamp(min=0.0).amax()


def raise_above_floor(clip: Clip, skeleton: Skeleton, mesh: Mesh, skin: Skin) -> Clip:
    """The clip raised, smoothly in time, where any vertex of the skin dips below the floor or the rest pose.

    Poses are built on a few hundred vertices; this last look is at all of them, and halfway between two keyframes too
    where a joint turns so far that what hangs on it dips there.
    """
    world = clip_joint_to_world(clip, skeleton)
    halfway = _halfway(clip)
    quick = turns(clip, skeleton).amax(1) > QUICK  # (T - 1,)
    shown = torch.cat([world, clip_joint_to_world(halfway, skeleton)[:-1][quick]])
    rows = (shown @ torch.linalg.inv(rest_joint_to_world(skeleton)))[:, :, 1].flatten(1)  # (T + Q, 4 J)
    lowest = torch.full((len(rows),), torch.inf, dtype=torch.float64)
    chosen = torch.arange(0, len(mesh.vertices), max(1, -(-len(mesh.vertices) // MAX_VERTICES)))
    for part in chosen.split(4096):
        points = pad(mesh.vertices[part].double().cpu(), (0, 1), value=1.0)
        carried = torch.zeros(len(skeleton), len(part), dtype=torch.float64)
        carried.scatter_add_(0, skin.joints[part].cpu().T, skin.weights[part].double().cpu().T)
        lowest = torch.minimum(lowest, (rows @ (carried[:, None] * points.T[None]).flatten(0, 1)).amin(1))
    low, high = (float(bound[1]) for bound in mesh.bounds)
    sunk = (min(low, 0.0) - lowest).clamp(min=0.0)
    if float(sunk.max()) <= MAX_SUNK * (high - low):
        return clip
    between = torch.zeros(len(quick), dtype=torch.float64)
    between[quick] = sunk[len(world) :]
    sunk = torch.maximum(sunk[: len(world)], torch.maximum(pad(between, (1, 0)), pad(between, (0, 1))))
    if clip.loop:
        sunk[[0, -1]] = sunk[[0, -1]].amax()
    up = torch.zeros(len(sunk), 3, dtype=torch.float64)
    up[:, 1] = envelope(sunk, clip.loop)

    def lift(joint: int) -> torch.Tensor:
        """The way up (T, 3), in the frame of a joint's parent."""
        parent = int(skeleton.parents[joint])
        return (up if parent < 0 else (world[:, parent, :3, :3].transpose(-1, -2) @ up[..., None])[..., 0]).float()

    places = clip.joint_translation
    if places is not None:
        places = places.clone()
        for joint in joints_beside(clip.moving_joint, skeleton):
            places[:, joint] += lift(joint)
    return replace(clip, root_translation=clip.root_translation + lift(clip.moving_joint), joint_translation=places)


def _halfway(clip: Clip) -> Clip:
    """The clip with each keyframe but the last as it is halfway to the next."""

    def mean(values: torch.Tensor) -> torch.Tensor:
        return torch.cat([(values[1:] + values[:-1]) / 2, values[-1:]])

    places = clip.joint_translation
    return replace(
        clip,
        rotation=normalize(mean(make_continuous(clip.rotation)), dim=-1),
        root_translation=mean(clip.root_translation),
        joint_translation=None if places is None else mean(places),
        loop=False,
    )


def envelope(values: torch.Tensor, loop: bool) -> torch.Tensor:
    """A smooth curve that is nowhere below the values, (T,); a loop's, whose last value is its first, stays one."""
    period = (values[:-1] if loop else values)[None, None]
    reach = 2 * LIFT_REACH
    mode = "circular" if loop and period.shape[-1] > reach else "replicate"
    width = 2 * LIFT_REACH + 1
    # Every maximum averaged into a frame was taken over a window that holds the frame, so the mean is not below it.
    smooth = avg_pool1d(max_pool1d(pad(period, (reach, reach), mode), width, 1), width, 1)[0, 0]
    return torch.cat([smooth, smooth[:1]]) if loop else smooth


def joints_beside(moving_joint: int, skeleton: Skeleton) -> list[int]:
    """The moving joint and what hangs beside it, such as feet on the root: what must move for all to move."""
    parents = skeleton.parents.tolist()
    above = []
    joint = parents[moving_joint]
    while joint >= 0:
        above.append(joint)
        joint = parents[joint]
    beside = [j for j, parent in enumerate(parents) if j != moving_joint and parent in above and j not in above]
    return [moving_joint, *beside]
