"""Every clip of every body plan is made on a bare skeleton with the plan's joints, and keeps the promises of a clip."""

import math

import pytest
import torch
from dolls import build_skeleton

from gen4d.evaluate.motion import LIMITS
from gen4d.motion.clips import clips_of_plan, clips_of_skeleton, make_clips
from gen4d.motion.config import MotionConfig
from gen4d.motion.kinematics import clip_joint_to_world, quaternion_conjugate, quaternion_multiply
from gen4d.motion.resample import quickest_turn
from gen4d.rig.names import PLAN_NAMES, plan_joints
from gen4d.structures import Skeleton

OTHERS = [plan for plan in PLAN_NAMES if plan not in ("biped", "quadruped", "prop")]
STEPS = {  # word in a joint's name -> where it lies from its parent, left side
    "UpperLeg": (0.10, -0.05, 0.0), "LowerLeg": (0.08, -0.10, 0.03), "Foot": (0.02, -0.12, -0.04),
    "Toes": (0.0, -0.08, 0.05), "Wing": (0.15, 0.0, -0.03), "head": (0.0, 0.05, 0.15), "neck": (0.0, 0.05, 0.08),
    "front": (0.0, 0.0, 0.15), "tail": (0.0, 0.0, -0.15), "spine": (0.0, 0.0, -0.15), "abdomen": (0.0, 0.0, -0.12),
    "trunk": (0.0, 0.3, 0.0), "branch": (0.2, 0.1, 0.05), "Wheel": (0.3, -0.2, 0.2), "turret": (0.0, 0.3, 0.0),
    "barrel": (0.0, 0.0, 0.3), "Antenna": (0.03, 0.05, 0.05), "Fin": (0.08, 0.0, 0.0),
}  # fmt: skip


def _bare(plan: str) -> Skeleton:
    joints: dict[str, tuple[str, tuple[float, float, float]]] = {}
    for name, joint in plan_joints(plan).items():
        if "xtra" in name or "Horn" in name or "Ear" in name:
            continue
        x, y, z = next((step for word, step in STEPS.items() if word in name), (0.0, 0.02, 0.12))
        side = -1.0 if name.startswith("right") else 1.0
        px, py, pz = joints[joint.parent][1] if joint.parent in joints else (0.0, 0.45, 0.0)
        joints[name] = (joint.parent, (px + side * x, max(py + y, 0.01), pz + z))
    return build_skeleton(joints, plan)


@pytest.mark.parametrize("plan", OTHERS)
def test_every_clip_keeps_bones_closes_and_moves(ctx, plan: str) -> None:
    skeleton = _bare(plan)
    known, usual = clips_of_skeleton(skeleton)
    assert len(known) >= 4 and set(usual) <= set(known) and usual[0] == "idle"
    for clip in make_clips(skeleton, MotionConfig(clips=("all",)), ctx):
        place = clip_joint_to_world(clip, skeleton)[..., :3, 3]
        up = skeleton.parents.clamp(min=0)
        bones = [j for j in range(2, len(skeleton)) if not skeleton.names[j].endswith("Wheel")]  # wheels have springs
        length = (place - place[:, up]).norm(dim=-1)[:, bones]
        assert float((length.amax(0) - length.amin(0)).max()) < 1e-5, clip.name
        moved = (clip.rotation.std(0).sum() + clip.root_translation.std(0).sum()) > 1e-4
        assert bool(moved) and clip.loop == (clip.name not in ("turn", "death", "wilt", "start", "brake")), clip.name
        assert math.degrees(quickest_turn(clip, skeleton)) < LIMITS["turn_deg"], clip.name


@pytest.mark.parametrize("plan", ["biped", "quadruped", "prop"])
def test_no_joint_of_a_skinned_body_turns_over_between_keyframes(ctx, dolls, plan: str) -> None:
    skeleton, skin, mesh = dolls[plan]
    for clip in make_clips(skeleton, MotionConfig(clips=("all",)), ctx, mesh, skin):
        assert math.degrees(quickest_turn(clip, skeleton)) < LIMITS["turn_deg"], clip.name


def test_wheels_roll_as_far_as_the_ground_passes(ctx) -> None:
    skeleton = _bare("vehicle")
    clip = make_clips(skeleton, MotionConfig(clips=("drive",)), ctx)[0]
    joint = skeleton.names.index("leftFrontWheel")
    turns = 2 * torch.arccos((clip.rotation[1:, joint] * clip.rotation[:-1, joint]).sum(-1).clamp(max=1)).sum()
    radius = float(clip_joint_to_world(clip, skeleton)[0, joint, 1, 3])
    assert float(turns) * radius == pytest.approx(clip.speed * float(clip.times[-1]), rel=0.02)


def test_a_part_that_is_not_there_takes_its_clips_with_it() -> None:
    skeleton = build_skeleton({"body": ("root", (0, 0.5, 0))}, "vehicle")
    assert "doors" in clips_of_plan("vehicle")[0] and "doors" not in clips_of_skeleton(skeleton)[0]


def test_wheels_stay_on_the_road_under_a_body_that_rides(ctx) -> None:
    skeleton = _bare("vehicle")
    for clip in make_clips(skeleton, MotionConfig(clips=("drive", "reverse")), ctx):
        place = clip_joint_to_world(clip, skeleton)[..., :3, 3]
        wheels = [j for j, name in enumerate(skeleton.names) if name.endswith("Wheel")]
        assert float((place[:, wheels] - place[:1, wheels]).abs().max()) < 1e-5
        assert float(place[:, skeleton.names.index("body"), 1].std()) > 1e-4 and float(clip.times[-1]) > 1.2


def test_a_start_squats_a_stop_dives_and_wheels_turn_with_the_ground(ctx) -> None:
    skeleton = _bare("vehicle")
    drive, pull, stop, back = make_clips(skeleton, MotionConfig(clips=("drive", "start", "brake", "reverse")), ctx)
    body, wheel = skeleton.names.index("body"), skeleton.names.index("leftRearWheel")

    def rolled(clip):  # (T - 1,) radians about x between keyframes, signed
        turn = quaternion_multiply(clip.rotation[1:, wheel], quaternion_conjugate(clip.rotation[:-1, wheel]))
        return 2 * torch.atan2(turn[:, 0], turn[:, 3])

    pace = [float(rolled(clip)[at] / clip.times.diff()[at]) for clip, at in ((drive, 5), (pull, -1), (stop, 0))]
    assert pace[1] == pytest.approx(pace[0], rel=0.03) and pace[2] == pytest.approx(pace[0], rel=0.03)
    assert float(rolled(pull)[0].abs()) < 1e-3 and float(rolled(stop)[-1].abs()) < 1e-3
    assert float(rolled(back).max()) < 0 < float(rolled(drive).min()) and back.speed < 0 < drive.speed
    nose = {clip.name: clip.rotation[:, body, 0] for clip in (pull, stop, drive, back)}  # half the sine; down is > 0
    assert float(nose["start"].min()) < -0.01 and float(nose["brake"].max()) > 0.01
    assert float(nose["drive"].mean()) < 0 < float(nose["reverse"].mean())
    assert float(nose["brake"].min()) < -0.002  # it rocks back
    for clip in (pull, stop):
        assert float(clip.rotation[[0, -1], body, 0].abs().max()) < 1e-3


def test_the_foot_of_a_trunk_stays_where_it_grows(ctx) -> None:
    skeleton = _bare("plant")
    foot = skeleton.names.index("trunk1")
    names = tuple(name for name in clips_of_plan("plant")[0] if name != "death")  # then it falls over
    for clip in make_clips(skeleton, MotionConfig(clips=names), ctx):
        assert torch.allclose(clip.rotation[:, foot], clip.rotation[:1, foot], atol=1e-6), clip.name
