"""Root motion: the ground's way goes onto joint 0, with or without a root of its own; what cannot travel is told."""

from dataclasses import replace

import pytest
import torch

from gen4d.motion.clips import make_clips
from gen4d.motion.config import MotionConfig
from gen4d.motion.kinematics import clip_joint_to_world
from gen4d.motion.root_motion import ground_speed, let_travel, with_root_motion
from gen4d.structures import Clip, Skeleton


def _without_root(skeleton: Skeleton, clip: Clip) -> tuple[Skeleton, Clip]:
    """The same rig and clip with the hips as joint 0."""
    parents = (skeleton.parents[1:] - 1).clone()
    rest = skeleton.rest_translation[1:]
    rooted = Skeleton(skeleton.names[1:], parents, rest, skeleton.rest_rotation[1:], skeleton.plan)
    return rooted, replace(clip, rotation=clip.rotation[:, 1:], moving_joint=0)


@pytest.mark.parametrize("plan", ["biped", "quadruped"])
def test_both_kinds_of_rig_travel_as_far_as_the_ground_passes(ctx, dolls, plan: str) -> None:
    skeleton, skin, mesh = dolls[plan]
    walk = make_clips(skeleton, MotionConfig(clips=("walk",)), ctx, mesh, skin)[0]
    assert walk.speed > 0 and walk.moving_joint == 1
    own, bare = skeleton, walk
    hips, rootless = _without_root(skeleton, walk)
    for rig, clip in ((own, bare), (hips, rootless)):
        moved = with_root_motion(clip, rig)
        way = clip_joint_to_world(moved, rig)[..., :3, 3] - clip_joint_to_world(clip, rig)[..., :3, 3]
        expected = torch.zeros_like(way)
        expected[..., 2] = (clip.speed * clip.times.double())[:, None]  # every joint, ahead, in every frame
        assert torch.allclose(way, expected, atol=1e-5)
        assert ground_speed(moved) == 0 and moved.loop and with_root_motion(moved, rig) is moved


def test_clips_that_stay_in_place_are_told(ctx, dolls) -> None:
    skeleton, skin, mesh = dolls["biped"]
    idle, walk = make_clips(skeleton, MotionConfig(clips=("idle", "walk")), ctx, mesh, skin)
    assert let_travel((idle, walk), skeleton, ctx)[0] is idle and not ctx.warnings
    let_travel((idle,), skeleton, ctx)
    assert "root motion changes nothing, since idle" in ctx.warnings[0]
