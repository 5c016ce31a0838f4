"""Bodies that lie, fall or crawl stay above the floor: measured on the skin, not guessed from the bones."""

import torch

from gen4d.motion.kinematics import rest_joint_to_world
from gen4d.motion.pose import Pose


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


def clear_floor(pose: Pose, without: tuple[str, ...] = (), *, settle: torch.Tensor | None = None) -> None:
    """Raise the body where its skin would sink into the floor, smoothly; with `settle`, also let it down to the floor.

    Args:
        settle: (T,) share in [0, 1] by which a body that hovers is let down; None never lowers it.
    """
    lowest = lowest_points(pose, without)
    lift = (-lowest).clamp(min=0.0)
    if settle is not None:
        lift = lift - settle * lowest.clamp(min=0.0)
    pose.shift[:, 1] += lift
