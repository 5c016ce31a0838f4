"""How every clip begins: an empty pose over a whole number of frames, and the phase of each."""

import torch

from gen4d.motion.body import Body
from gen4d.motion.config import MotionConfig
from gen4d.motion.mood import tempo
from gen4d.motion.pose import Pose
from gen4d.motion.signals import phases

QUICK, QUICKER = 1.0, 0.55  # seconds


def gait_fps(seconds: float, cfg: MotionConfig) -> int:
    """Keyframes a second of a gait: twice or thrice as many in a quick cycle, or a swing would be a handful of them."""
    return cfg.fps * (3 if seconds < QUICKER else 2 if seconds < QUICK else 1)


def start(body: Body, seconds: float, cfg: MotionConfig, *, still: float = 0.0) -> tuple[Pose, torch.Tensor]:
    """An empty pose over a whole number of frames at the config's tempo, and each keyframe's phase.

    Args:
        still: seconds at both ends in which the phase stands, so that a sudden movement starts and ends at rest.
    """
    wait = round(still * cfg.fps)
    moving = phases(max(4, round(seconds / tempo(cfg) * cfg.fps)))
    phase = torch.cat([torch.zeros(wait, dtype=moving.dtype), moving, torch.ones(wait, dtype=moving.dtype)])
    return Pose(body, len(phase)), phase
