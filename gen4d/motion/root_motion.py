"""Travel on the root joint: a clip played in place becomes one that walks away."""

from dataclasses import replace

import torch

from gen4d.structures import Clip, Skeleton


def with_root_motion(clip: Clip, skeleton: Skeleton) -> Clip:
    """The same clip with its ground speed as motion of joint 0, ahead along +Z; a clip without speed stays as it is.

    Its pose still loops; the root ends where the ground has passed, which engines take as root motion.
    """
    if clip.speed == 0 or clip.moving_joint == 0:
        return clip
    if clip.joint_translation is not None:
        places = clip.joint_translation.clone()  # (T, J, 3)
    else:
        places = skeleton.rest_translation.repeat(len(clip.times), 1, 1)
        places[:, clip.moving_joint] = clip.root_translation
    places[:, 0, 2] += clip.speed * clip.times
    return replace(clip, joint_translation=places)


def ground_speed(clip: Clip) -> float:
    """Metres a second at which the ground passes under a clip; 0 where the root itself travels."""
    if clip.joint_translation is not None:
        way = clip.joint_translation[-1, 0] - clip.joint_translation[0, 0]
        if float(torch.as_tensor(way).norm()) > 0:
            return 0.0
    return clip.speed
