"""Rig metrics: closed forms, symmetries, and a rig compared with itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen4d.evaluate.rig_metrics import (
    bone_samples,
    deformation_error,
    pose,
    pose_matrices,
    score_skeleton,
    score_skin,
)
from gen4d.evaluate.rigged_files import carrying_joints
from gen4d.evaluate.skeleton_kinds import plan_of_rig

LINE = np.array([[0.0, 0, 0], [0.3, 0, 0], [0.6, 0, 0]])
CHAIN = np.array([-1, 0, 1])


def test_a_skeleton_compared_with_itself_is_perfect() -> None:
    scores = score_skeleton(LINE, CHAIN, LINE, CHAIN, np.full(3, 0.1))
    assert scores.j2j == scores.j2b == scores.b2b == 0
    assert scores.iou == scores.precision == scores.recall == scores.iou_local == 1


def test_a_parallel_shift_is_the_distance_in_all_three() -> None:
    shifted = LINE + np.array([0, 0.04, 0])
    scores = score_skeleton(shifted, CHAIN, LINE, CHAIN, np.full(3, 0.03))
    assert np.allclose([scores.j2j, scores.j2b, scores.b2b], 0.04)
    assert scores.iou == 1 and scores.iou_local == 0


def test_a_joint_in_the_middle_of_a_bone_costs_joints_but_not_bones() -> None:
    ends, two = LINE[[0, 2]], np.array([-1, 0])
    scores = score_skeleton(LINE, CHAIN, ends, two, np.full(2, 0.1))
    assert scores.j2j == pytest.approx(0.5 * 0.3 / 3) and scores.j2b < 1e-9
    assert (scores.precision, scores.recall) == (pytest.approx(2 / 3), 1) and scores.iou == pytest.approx(0.8)


def test_one_joint_matches_only_one() -> None:
    near = np.array([[0.0, 0, 0], [0.01, 0, 0]])
    scores = score_skeleton(near, np.array([-1, 0]), near[:1], np.array([-1]), np.ones(1))
    assert scores.precision == 0.5 and scores.recall == 1


def test_bone_samples_keep_both_ends_and_the_step() -> None:
    samples = bone_samples(LINE, CHAIN)
    assert np.allclose(samples[0], LINE[0]) and np.allclose(samples[-1], LINE[-1])
    assert np.diff(np.unique(samples[:, 0].round(9))).max() <= 0.005 + 1e-9
    assert bone_samples(LINE[:1], np.array([-1])).shape == (1, 3)


@given(st.integers(0, 10_000))
def test_distances_are_symmetric_in_the_two_skeletons(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.random((5, 3)), rng.random((7, 3))
    chain = [np.arange(n) - 1 for n in (5, 7)]
    there = score_skeleton(a, chain[0], b, chain[1], np.full(7, 0.05))
    back = score_skeleton(b, chain[1], a, chain[0], np.full(5, 0.05))
    assert np.allclose([there.j2j, there.j2b, there.b2b, there.iou], [back.j2j, back.j2b, back.b2b, back.iou])
    assert there.precision == pytest.approx(back.recall)


def test_skin_scores_of_the_same_and_of_the_opposite_weights() -> None:
    true = np.array([[1.0, 0], [0.5, 0.5], [0, 1.0]])
    same = score_skin(true, true, (0.0, 0.0))
    assert (same.precision, same.recall, same.l1) == (1, 1, 0)
    opposite = score_skin(true[:, ::-1], true, (0.0, 0.0))
    assert opposite.l1 == pytest.approx(4 / 3)
    unfit = np.array([[0.2, 0.2], [1.0, 0], [1.0, 0]])  # the first row is no weights and does not count
    assert score_skin(unfit, unfit, (0.0, 0.0)).l1 == 0


def test_faint_predictions_are_dropped_before_scoring() -> None:
    assert score_skin(np.array([[0.9, 0.1]]), np.array([[1.0, 0.0]]), (0.0, 0.0)).l1 == 0


def test_posing_turns_children_with_their_parent() -> None:
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    turns = np.stack([np.eye(3), turn, np.eye(3)])
    moves = pose_matrices(LINE, CHAIN, turns)
    assert np.allclose(pose(LINE[2:], np.array([[0.0, 0, 1]]), moves), [[0.3, 0.3, 0]])
    same = np.array([[0.2, 0.3, 0.5]] * 3)
    assert deformation_error(LINE, LINE, CHAIN, same, same, np.random.default_rng(0)) == (0, 0)


def test_vertices_that_nobody_painted_do_not_count_as_moved_wrong() -> None:
    true = np.array([[1.0, 0, 0], [0, 0, 0], [0, 0, 1.0]])
    ours = np.array([[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0]])
    assert deformation_error(LINE, LINE, CHAIN, ours, true, np.random.default_rng(0)) == (0, 0)
    wrong = np.roll(ours, 1, axis=1)
    assert deformation_error(LINE, LINE, CHAIN, wrong, true, np.random.default_rng(0))[0] > 0


def test_controls_ends_and_weightless_roots_are_left_out() -> None:
    #        root > hips > knee > end;  root > pole
    parents = np.array([-1, 0, 1, 2, 0])
    carries = np.array([False, True, True, False, False])
    assert carrying_joints(parents, carries).tolist() == [1, 2]
    fork = np.array([False, True, False, False, True])  # both branches carry, so the root stays
    assert carrying_joints(parents, fork).tolist() == [0, 1, 4]


def test_the_feet_that_stand_decide_where_names_mislead() -> None:
    names = ("Hips", "Head", *(f"{part}_{side}" for part in ("Arm", "Hand", "Thigh", "Foot") for side in "LR"))
    hips, head = [0, 0.7, -0.4], [0, 0.9, 0.6]
    four = np.array(
        [hips, head, *([x, y, z] for y, z in ((0.6, 0.4), (0, 0.4), (0.6, -0.4), (0, -0.4)) for x in (-0.2, 0.2))]
    )
    two = four + np.array([[0, 0, 0]] * 2 + [[0, 0.5, 0]] * 4 + [[0, 0, 0]] * 4)  # the hands hang in the air
    assert plan_of_rig("a/bear", names, four) == "quadruped"
    assert plan_of_rig("a/bear", names, two) == "biped"


@pytest.mark.parametrize(
    ("name", "joints", "plan"),
    [
        ("a/b", ("Hips", "UpperArm.L", "UpperLeg.L"), "biped"),
        ("a/b", ("FrontUpperLeg.L", "BackUpperLeg.L", "Tail1"), "quadruped"),
        ("a/b", ("TopLeg1.L", "MidLeg1.L", "BottomLeg1.L"), "insect"),
        ("cute_fish_pack/Koi", ("Main1", "Main2"), "fish"),
        ("a/Chest", ("Lid", "Base"), "prop"),
    ],
)
def test_the_plan_of_a_rig_follows_from_its_names(name: str, joints: tuple[str, ...], plan: str) -> None:
    assert plan_of_rig(name, joints) == plan
