"""Retargeting against motions whose answer is known: the same clip, told by another skeleton."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from dolls import LIMBS, MIDDLE, build_skeleton, mirrored
from scipy.spatial.transform import Rotation

from gen4d.errors import InputError
from gen4d.motion import clips
from gen4d.motion.body import make_body
from gen4d.motion.bvh import read_bvh
from gen4d.motion.clips import make_clips
from gen4d.motion.config import MotionConfig
from gen4d.motion.kinematics import axis_angle, clip_joint_to_world, quaternion_conjugate, quaternion_multiply
from gen4d.motion.match import match_skeleton, split_name
from gen4d.motion.retarget import retarget
from gen4d.structures import Clip, Skeleton

ENDS = ("head", "leftHand", "rightHand", "leftFoot", "rightFoot")
CONVENTIONS = {
    "mixamo": {
        "hips": "mixamorig:Hips", "spine": "mixamorig:Spine", "chest": "mixamorig:Spine1",
        "upperChest": "mixamorig:Spine2", "neck": "mixamorig:Neck", "head": "mixamorig:Head",
        "Shoulder": "mixamorig:{S}Shoulder", "UpperArm": "mixamorig:{S}Arm", "LowerArm": "mixamorig:{S}ForeArm",
        "Hand": "mixamorig:{S}Hand", "UpperLeg": "mixamorig:{S}UpLeg", "LowerLeg": "mixamorig:{S}Leg",
        "Foot": "mixamorig:{S}Foot", "Toes": "mixamorig:{S}ToeBase",
    },
    "unreal": {
        "hips": "pelvis", "spine": "spine_01", "chest": "spine_02", "upperChest": "spine_03", "neck": "neck_01",
        "head": "head", "Shoulder": "clavicle_{s}", "UpperArm": "upperarm_{s}", "LowerArm": "lowerarm_{s}",
        "Hand": "hand_{s}", "UpperLeg": "thigh_{s}", "LowerLeg": "calf_{s}", "Foot": "foot_{s}", "Toes": "ball_{s}",
    },
    "blender": {
        "hips": "DEF-pelvis", "spine": "DEF-spine.001", "chest": "DEF-spine.002", "upperChest": "DEF-spine.003",
        "neck": "DEF-neck", "head": "DEF-head", "Shoulder": "DEF-shoulder.{SS}", "UpperArm": "DEF-upper_arm.{SS}",
        "LowerArm": "DEF-forearm.{SS}", "Hand": "DEF-hand.{SS}", "UpperLeg": "DEF-thigh.{SS}",
        "LowerLeg": "DEF-shin.{SS}", "Foot": "DEF-foot.{SS}", "Toes": "DEF-toe.{SS}",
    },
    "max": {
        "hips": "Bip01 Pelvis", "spine": "Bip01 Spine", "chest": "Bip01 Spine1", "upperChest": "Bip01 Spine2",
        "neck": "Bip01 Neck", "head": "Bip01 Head", "Shoulder": "Bip01 {SS} Clavicle",
        "UpperArm": "Bip01 {SS} UpperArm",
        "LowerArm": "Bip01 {SS} Forearm", "Hand": "Bip01 {SS} Hand", "UpperLeg": "Bip01 {SS} Thigh",
        "LowerLeg": "Bip01 {SS} Calf", "Foot": "Bip01 {SS} Foot", "Toes": "Bip01 {SS} Toe0",
    },
    "joints": {
        "hips": "Hips", "spine": "Chest", "chest": "Chest2", "upperChest": "Chest3", "neck": "Neck", "head": "Head",
        "Shoulder": "{S}Collar", "UpperArm": "{S}Shoulder", "LowerArm": "{S}Elbow", "Hand": "{S}Wrist",
        "UpperLeg": "{S}Hip", "LowerLeg": "{S}Knee", "Foot": "{S}Ankle", "Toes": "{S}Toe",
    },
    "vrm": {},
    "numbers": None,
}  # fmt: skip


def _foreign_name(name: str, table: dict[str, str] | None, number: int) -> str:
    if table is None:
        return f"bone_{number:03d}"
    side = next((s for s in ("left", "right") if name.startswith(s)), "")
    key = name.removeprefix(side)
    letters = {"S": side.capitalize(), "s": side[:1], "SS": side[:1].upper()}
    return table.get(key, name).format(**letters)


def _disguised(skeleton: Skeleton, clip: Clip, table: dict[str, str] | None, unit: float) -> tuple[Skeleton, Clip]:
    """The same motion with other names, in another unit, standing along Z as Blender has it."""
    turn = torch.from_numpy(Rotation.from_euler("x", 90, degrees=True).as_quat())
    names = tuple(_foreign_name(name, table, i) for i, name in enumerate(skeleton.names))
    rest, rotation = skeleton.rest_rotation.clone(), clip.rotation.clone()
    rest[0] = quaternion_multiply(turn, rest[0].double()).float()
    rotation[:, 0] = quaternion_multiply(turn, rotation[:, 0].double()).float()
    other = replace(
        skeleton, names=names, rest_translation=unit * skeleton.rest_translation, rest_rotation=rest, plan="x"
    )
    return other, replace(clip, rotation=rotation, root_translation=unit * clip.root_translation, loop=False)


def _worst(ours: Clip, truth: Clip, skeleton: Skeleton, ends: tuple[str, ...]) -> float:
    """Mean distance of the worst end effector; a gait that loops may start at another phase."""
    index = [skeleton.names.index(name) for name in ends]
    a, b = (clip_joint_to_world(clip, skeleton)[:-1, index, :3, 3] for clip in (ours, truth))
    shifts = range(len(a)) if ours.loop and ours.speed else range(1)
    return min(float((a.roll(shift, 0) - b).norm(dim=-1).mean(0).max()) for shift in shifts)


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("name", ["walk", "wave", "kick"])
def test_a_clip_told_by_another_skeleton_comes_back(dolls, turned_biped, ctx, convention: str, name: str) -> None:
    skeleton, skin, mesh = dolls["biped"]
    truth = make_clips(turned_biped, MotionConfig(clips=(name,)), ctx)[0]
    source, clip = _disguised(turned_biped, truth, CONVENTIONS[convention], 100.0)
    if convention == "numbers":  # without names there are no feet and fingers to be told apart: the shape decides
        assert {"hips", "leftUpperLeg", "rightLowerLeg", "head"} <= match_skeleton(
            replace(skeleton, names=source.names)
        ).joints.keys()
        return
    ours = retarget(source, clip, make_body(skeleton, mesh, skin), ctx)
    known = make_clips(skeleton, MotionConfig(clips=(name,)), ctx)[0]
    assert _worst(ours, known, skeleton, ENDS) < 0.03 * 1.7


def test_another_rest_pose_does_not_matter(dolls, ctx) -> None:
    skeleton = dolls["biped"][0]
    a_pose = {**MIDDLE, **LIMBS}
    for joint, place in {"leftLowerArm": (0.36, 1.23, 0), "leftHand": (0.53, 1.06, 0)}.items():
        a_pose[joint] = (a_pose[joint][0], place)
    other = build_skeleton({**a_pose, **mirrored({k: v for k, v in a_pose.items() if k.startswith("left")})}, "biped")
    for name in ("walk", "wave"):
        truth, told = (make_clips(s, MotionConfig(clips=(name,)), ctx)[0] for s in (skeleton, other))
        ours = retarget(other, replace(told, loop=False), make_body(skeleton), ctx)
        assert _worst(ours, truth, skeleton, ENDS) < 0.03 * 1.7, name


def test_bigger_legs_take_longer_ways(dolls, ctx) -> None:
    skeleton = dolls["biped"][0]
    giant = replace(skeleton, rest_translation=3 * skeleton.rest_translation)
    told = make_clips(skeleton, MotionConfig(clips=("jump",)), ctx)[0]
    ours = retarget(skeleton, replace(told, loop=False), make_body(giant), ctx)
    rise, told_rise = (float(c.root_translation[:, 1].max() - c.root_translation[0, 1]) for c in (ours, told))
    assert rise == pytest.approx(3 * told_rise, rel=0.05)


def test_a_quadruped_follows_a_quadruped_and_refuses_a_biped(dolls, ctx) -> None:
    skeleton, skin, mesh = dolls["quadruped"]
    truth = make_clips(skeleton, MotionConfig(clips=("trot",)), ctx, mesh, skin)[0]
    renamed = tuple(
        "_".join([n.replace("left", "").replace("right", "").replace("Hind", "Back"), "L" if "left" in n else "R"])
        if n.startswith(("left", "right"))
        else n.capitalize()
        for n in skeleton.names
    )
    source = replace(skeleton, names=renamed, plan="x")
    assert match_skeleton(source).is_four_legged
    ours = retarget(source, replace(truth, loop=False), make_body(skeleton, mesh, skin), ctx)
    ends = tuple(f"{side}{end}Foot" for side in ("left", "right") for end in ("Front", "Hind"))
    assert _worst(ours, truth, skeleton, ("head", *ends)) < 0.03
    with pytest.raises(InputError, match="four-legged, but the rig is a biped"):
        retarget(source, replace(truth, loop=False), make_body(dolls["biped"][0]), ctx)


def test_walked_feet_are_pinned_and_travel_becomes_speed(dolls, ctx, monkeypatch) -> None:
    skeleton, skin, mesh = dolls["biped"]
    monkeypatch.setattr(clips, "LARGEST_TURN", 9.0)  # 30 keyframes a second: told by 60, a foot slips as it lifts off
    walk = make_clips(skeleton, MotionConfig(clips=("walk",)), ctx, mesh, skin)[0]
    way = walk.root_translation.clone()
    way[:, 2] += walk.speed * walk.times
    ours = retarget(skeleton, replace(walk, root_translation=way, loop=False), make_body(skeleton, mesh, skin), ctx)
    assert ours.speed == pytest.approx(walk.speed, rel=0.05) and ours.loop
    place = clip_joint_to_world(ours, skeleton)[:, skeleton.names.index("leftFoot"), :3, 3]
    place[:, 2] += ours.speed * ours.times.double()
    height = clip_joint_to_world(walk, skeleton)[:, skeleton.names.index("leftFoot"), 1, 3]
    assert height.min() < 0.083  # 0.08 in the rest pose
    flat = height < height.min() + 0.001
    still = flat[1:] & flat[:-1]
    assert int(still.sum()) > 3 and place.diff(dim=0).norm(dim=1)[still].max() < 0.012


@pytest.mark.parametrize(
    ("name", "side", "part"),
    [
        ("mixamorig:LeftUpLeg", "left", "upleg"), ("lThigh", "left", "thigh"), ("thigh_r", "right", "thigh"),
        ("Bip01 R UpperArm", "right", "upperarm"), ("J_Bip_L_LowerArm", "left", "lowerarm"),
        ("UpperLeg.L", "left", "upperleg"), ("DEF-shin.R", "right", "shin"), ("rShldr", "right", "shldr"),
    ],
)  # fmt: skip
def test_names_are_split(name: str, side: str, part: str) -> None:
    found, rest = split_name(name)
    assert (found, "".join(word for word in rest if not word.isdigit())) == (side, part)


GOOD_BVH = """HIERARCHY
ROOT Hips
{ OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Spine
  { OFFSET 0 10 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    End Site
    { OFFSET 0 5 0 }
  }
}
MOTION
Frames: 2
Frame Time: 0.0333333
0 90 0 10 20 30 40 50 60
1 90 0 11 21 31 41 51 61
"""


def test_bvh_angles_are_intrinsic_in_the_order_of_the_channels(tmp_path: Path) -> None:
    path = tmp_path / "clip.bvh"
    path.write_text(GOOD_BVH)
    skeleton, clip = read_bvh(path)
    assert skeleton.names == ("Hips", "Spine") and clip.root_translation[1].tolist() == [1, 90, 0]
    theirs = Rotation.from_euler("ZXY", [40, 50, 60], degrees=True).as_quat()
    assert abs(float((clip.rotation[0, 1].double() * torch.from_numpy(theirs)).sum())) == pytest.approx(1, abs=1e-6)
    turned = quaternion_multiply(quaternion_conjugate(clip.rotation[0, 0].double()), clip.rotation[1, 0].double())
    assert 0 < 2 * math.acos(min(1.0, abs(float(turned[3])))) < 0.05
    assert axis_angle((0.0, 0.0, 1.0), torch.tensor(0.0)).tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("HIERARCHY", "HELLO"), "does not begin with HIERARCHY"),
        (("MOTION", "NOTHING"), "no MOTION part"),
        (("\n}\nMOTION", "\nMOTION"), "broken or cut off|braces do not close"),
        (("40 50 60", "40 50"), "announces 2 frames of 9 channels"),
        (("40 50 60", "40 nan 60"), "not finite"),
        (("40 50 60", "40 x 60"), "no number"),
        (("Frames: 2", "Frames: 100000"), "100,000 frames"),
        (("Frames: 2", "Frames: 0"), "at least one"),
        (("0.0333333", "0"), "positive time"),
        (("OFFSET 0 10 0", "OFFSET 0 inf 0"), "no finite point"),
        (("Zrotation Xrotation Yrotation\n    End", "Zrotation Xrotation Wrotation\n    End"), "unknown channel"),
        (("JOINT Spine", "BONE Spine"), "not understood"),
    ],
)
def test_bad_bvh_is_refused_in_one_sentence(tmp_path: Path, change: tuple[str, str], sentence: str) -> None:
    path = tmp_path / "bad.bvh"
    path.write_text(GOOD_BVH.replace(*change))
    with pytest.raises(InputError, match=sentence) as caught:
        read_bvh(path)
    assert "\n" not in str(caught.value)


def test_a_skeleton_without_legs_is_refused(dolls, ctx, tmp_path: Path) -> None:
    path = tmp_path / "clip.bvh"
    path.write_text(GOOD_BVH)
    with pytest.raises(InputError, match="no hips with two legs"):
        retarget(*read_bvh(path), make_body(dolls["biped"][0]), ctx)
