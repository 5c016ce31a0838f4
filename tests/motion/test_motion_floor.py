"""Clips that dip below the floor are raised, smoothly, and only they."""

from dataclasses import replace

import pytest
import torch

from gen4d.context import Context
from gen4d.evaluate.motion import measure_clip
from gen4d.export.keys import with_short_turns
from gen4d.motion.body import make_body
from gen4d.motion.clips import make_clips
from gen4d.motion.config import MotionConfig
from gen4d.motion.floor import envelope, hover, lowest_points, raise_above_floor
from gen4d.motion.kinematics import axis_angle, clip_joint_to_world
from gen4d.motion.pose import Pose
from gen4d.motion.skinning import skin_vertices


@pytest.mark.parametrize("loop", [True, False])
def test_theenvelope_is_nowhere_below_and_closes(loop: bool) -> None:
    values = torch.rand(40, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    values[-1] = values[0]
    smooth = envelope(values, loop)
    assert len(smooth) == 40 and bool((smooth >= values - 1e-12).all())
    assert float(smooth.max()) <= float(values.max()) + 1e-12
    assert not loop or smooth[0] == smooth[-1]


def test_a_clip_that_dips_is_raised_and_one_that_stands_is_left_alone(dolls, ctx: Context) -> None:
    skeleton, skin, mesh = dolls["biped"]
    idle = make_clips(skeleton, MotionConfig(clips=("idle",)), ctx, mesh, skin)[0]
    assert raise_above_floor(idle, skeleton, mesh, skin) is idle
    places = idle.root_translation.clone()
    places[20:40, 1] -= 0.1
    raised = raise_above_floor(replace(idle, root_translation=places), skeleton, mesh, skin)
    assert measure_clip(raised, skeleton, skin, mesh).penetration_mm < 0.5
    assert torch.allclose(raised.root_translation[60:100], places[60:100], atol=5e-4)


def test_a_limb_that_dips_between_two_keyframes_is_raised(dolls, ctx: Context) -> None:
    skeleton, skin, mesh = dolls["biped"]
    idle = make_clips(skeleton, MotionConfig(clips=("idle",)), ctx, mesh, skin)[0]
    rotation = idle.rotation[:3].clone()
    leaning = torch.tensor([1.0, -1.0, 1.0])  # upright halfway
    rotation[:, idle.moving_joint] = axis_angle((1.0, 0.0, 0.0), leaning).float()
    swing = replace(
        idle,
        times=torch.tensor([0.0, 0.5, 1.0]),
        rotation=rotation,
        root_translation=idle.root_translation[:1].repeat(3, 1),
        joint_translation=None,
    )
    low = float(skin_vertices(mesh.vertices, skin, skeleton, clip_joint_to_world(swing, skeleton))[..., 1].min())
    swing.root_translation[:, 1] -= low  # at its keyframes it touches the floor
    assert measure_clip(with_short_turns(swing), skeleton, skin, mesh).penetration_mm > 200
    raised = raise_above_floor(swing, skeleton, mesh, skin)
    left = measure_clip(with_short_turns(raised), skeleton, skin, mesh).penetration_mm
    assert left < 20  # its lowest is near halfway, not at it


def test_what_hovers_is_raised_by_one_height(dolls, ctx: Context) -> None:
    skeleton, skin, mesh = dolls["quadruped"]
    pose = Pose(make_body(skeleton, mesh, skin), 20)
    pose.shift[:, 1] = -0.1 * torch.sin(torch.linspace(0, 3, 20, dtype=torch.float64))
    before = pose.shift[:, 1].clone()
    hover(pose)
    assert float((pose.shift[:, 1] - before).std()) < 1e-12
    assert float(lowest_points(pose).min().abs()) < 1e-9
