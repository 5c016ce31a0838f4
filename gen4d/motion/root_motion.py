"""Travel on the root joint: a clip played in place becomes one that walks away."""

from dataclasses import replace

import torch

from gen4d.context import Context
from gen4d.structures import Clip, Skeleton


def let_travel(clips: tuple[Clip, ...], skeleton: Skeleton, ctx: Context) -> tuple[Clip, ...]:
    """All clips with root motion; warns where none of them travels."""
    moved = tuple(with_root_motion(clip, skeleton) for clip in clips)
    if clips and not any(travels(clip) for clip in moved):
        names = ", ".join(clip.name for clip in clips)
        ctx.warn(f"motion: root motion changes nothing, since {names} stay in place; ask for a gait with --clips.")
    return moved


def with_root_motion(clip: Clip, skeleton: Skeleton) -> Clip:
    """The same clip with its ground speed as motion of joint 0, ahead along +Z; a clip without speed stays as it is.

    Its pose still loops; the root ends where the ground has passed, which engines take as root motion. Of a rig without
    a root joint of its own, whose hips are joint 0, the hips travel.
    """
    if clip.speed == 0 or travels(clip):
        return clip
    if clip.joint_translation is not None:
        places = clip.joint_translation.clone()  # (T, J, 3)
    else:
        places = skeleton.rest_translation.repeat(len(clip.times), 1, 1)
        places[:, clip.moving_joint] = clip.root_translation
    places[:, 0, 2] += clip.speed * clip.times
    if clip.moving_joint or len(skeleton) == 1:
        return replace(clip, joint_translation=places)
    # `root_translation` must close in a loop, so it becomes that of a joint which stays where it rests.
    return replace(clip, moving_joint=1, root_translation=places[:, 1].clone(), joint_translation=places)


def travels(clip: Clip) -> bool:
    """Whether joint 0 ends in another place than it began."""
    if clip.joint_translation is None:
        return False
    way = clip.joint_translation[-1, 0] - clip.joint_translation[0, 0]
    return float(torch.as_tensor(way).norm()) > 1e-6


def ground_speed(clip: Clip) -> float:
    """Metres a second at which the ground passes under a clip; 0 where the root itself travels."""
    return 0.0 if travels(clip) else clip.speed
