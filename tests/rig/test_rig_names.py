"""Joint names: every plan is a tree, sides mirror, the table in the guide knows them."""

import pytest

from gen4d.rig.names import PLAN_NAMES, ROOT, SIDES, is_finger, mirror_name, plan_joints


@pytest.mark.parametrize("plan", PLAN_NAMES)
def test_every_plan_is_a_tree_whose_sides_mirror(plan: str) -> None:
    joints = plan_joints(plan)
    known = [ROOT]
    for name, joint in joints.items():
        assert joint.parent in known, name
        known.append(name)
        partner = joints[mirror_name(name)]
        assert partner.optional == joint.optional and partner.parent == mirror_name(joint.parent)
    assert sum(joint.parent == ROOT for joint in joints.values()) == 1


@pytest.mark.parametrize("plan", PLAN_NAMES)
def test_required_joints_never_hang_off_optional_ones(plan: str) -> None:
    joints = plan_joints(plan)
    for name, joint in joints.items():
        if not joint.optional and joint.parent != ROOT:
            assert not joints[joint.parent].optional, name


def test_mirroring_a_name_twice_gives_it_back() -> None:
    assert mirror_name("leftHand") == "rightHand" and mirror_name("rightEar1") == "leftEar1"
    assert mirror_name("spine") == "spine"
    assert {mirror_name(side) for side in SIDES} == set(SIDES)


def test_a_middle_leg_is_no_finger() -> None:
    fingers = {name for name in plan_joints("biped") if is_finger(name, "left")}
    assert len(fingers) == 15 and "leftMiddleProximal" in fingers
    assert not any(
        is_finger(name, side) for plan in ("insect", "spider") for side in SIDES for name in plan_joints(plan)
    )
