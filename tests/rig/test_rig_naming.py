"""Names of other worlds: one to one, and the landmarks spelled as those worlds spell them."""

from typing import get_args

import pytest
import torch

from gen4d.rig.config import NamingName
from gen4d.rig.names import PLAN_NAMES, plan_joints
from gen4d.rig.naming import rename_joints
from gen4d.structures import Skeleton


def _skeleton(plan: str) -> Skeleton:
    joints = plan_joints(plan)
    names = ("root", *joints)
    parents = torch.tensor([-1] + [names.index(joint.parent) for joint in joints.values()])
    rotation = torch.tensor([0.0, 0.0, 0.0, 1.0]).repeat(len(names), 1)
    return Skeleton(names, parents, torch.zeros(len(names), 3), rotation, plan)


@pytest.mark.parametrize("plan", PLAN_NAMES)
@pytest.mark.parametrize("naming", get_args(NamingName))
def test_every_joint_keeps_a_name_of_its_own(plan: str, naming: NamingName) -> None:
    renamed = rename_joints(_skeleton(plan), naming)  # Skeleton refuses names that meet
    assert len(renamed) == len(_skeleton(plan))


@pytest.mark.parametrize(
    ("naming", "expected"),
    [
        ("vrm", {"leftUpperArm": "leftUpperArm", "leftLittleDistal": "leftLittleDistal"}),
        ("mixamo", {"hips": "mixamorigHips", "leftUpperArm": "mixamorigLeftArm", "rightToes": "mixamorigRightToeBase",
                    "leftThumbProximal": "mixamorigLeftHandThumb2", "chest": "mixamorigSpine1"}),
        ("unreal", {"hips": "pelvis", "leftUpperLeg": "thigh_l", "rightLittleProximal": "pinky_01_r",
                    "leftLowerArmTwist": "lowerarm_twist_01_l", "tail1": "tail1"}),
        ("godot", {"hips": "Hips", "leftIndexProximal": "LeftIndexProximal", "root": "Root"}),
    ],
)  # fmt: skip
def test_landmarks_have_their_usual_names(naming: NamingName, expected: dict[str, str]) -> None:
    before = _skeleton("biped")
    after = rename_joints(before, naming)
    for name, wanted in expected.items():
        assert after.names[before.names.index(name)] == wanted


def test_other_plans_follow_the_style() -> None:
    before = _skeleton("quadruped")
    after = rename_joints(before, "unreal")
    assert after.names[before.names.index("leftFrontUpperLeg")] == "front_upper_leg_l"
