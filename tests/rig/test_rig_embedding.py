"""Bones always have a length, and partners that nearly mirror each other do so exactly."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gen4d.rig.embedding import Bone, Embedding, even_sides, keep_apart, mirror_points
from gen4d.rig.voxels import VoxelSolid

POINT, AWAY = np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 3.0])
ASIDE, UPWARD, AHEAD = np.array([0.6, 0.0, 0.0]), np.array([0.0, 3.0, 0.0]), np.array([0.0, 0.0, 1.0])


def test_joints_in_one_point_are_moved_apart_and_others_stay() -> None:
    bones = {"hips": Bone("root", POINT, POINT), "leg": Bone("hips", POINT, AWAY), "foot": Bone("leg", AWAY, AWAY)}
    apart = keep_apart(bones, 0.01)
    assert np.allclose(apart["hips"].head, POINT) and np.allclose(apart["foot"].head, AWAY)
    assert np.allclose(apart["leg"].head, POINT - [0, 0.01, 0])
    for name, bone in apart.items():
        assert np.linalg.norm(bone.tail - bone.head) > 0.005, name
        assert bone.parent == "root" or np.linalg.norm(bone.head - apart[bone.parent].head) > 0.005, name


def _block(width: int, carved: tuple[int, int, int] | None = None) -> VoxelSolid:
    """A solid block whose middle is x = 0, voxels of 1 m, with one voxel missing where it is said."""
    occupied = np.ones((width, 10, 10), bool)
    if carved is not None:
        occupied[carved] = False
    return VoxelSolid(occupied, np.ones(occupied.shape, np.float32), np.array([-(width - 1) / 2, 0.0, 0.0]), 1.0)


def _pair(left: np.ndarray, right: np.ndarray) -> Embedding:
    """A pair that mirrors itself in x = 0, and a pair under it that may not."""
    steady = np.array([3.0, 1.0, 1.0])
    return {
        "leftLeg": Bone("root", steady, left),
        "rightLeg": Bone("root", mirror_points(steady, 0.0), right),
        "leftFoot": Bone("leftLeg", left, left + AHEAD),
        "rightFoot": Bone("rightLeg", right, right + AHEAD),
        "leftEar": Bone("root", steady + 1, steady + 2),
        "rightEar": Bone("root", mirror_points(steady + 1, 0.0), mirror_points(steady + 2, 0.0)),
    }


@given(st.lists(st.floats(-0.9, 0.9), min_size=3, max_size=3))
def test_partners_become_mirror_images_and_chains_stay_joined(shift: list[float]) -> None:
    left = np.array([5.0, 4.0, 4.0])
    even = even_sides(_pair(left + shift, left * [-1, 1, 1]), _block(16), 2.0)
    assert np.allclose(even["leftFoot"].head, mirror_points(even["rightFoot"].head, 0.0), atol=1e-12)
    assert np.allclose(even["leftFoot"].head, left + np.array(shift) / 2)
    assert np.allclose(even["leftLeg"].tail, even["leftFoot"].head)


def test_a_pose_that_is_not_symmetric_stays_and_nothing_leaves_the_solid() -> None:
    left = np.array([5.0, 4.0, 4.0])
    posed = _pair(left + UPWARD, left * [-1, 1, 1])
    assert np.allclose(even_sides(posed, _block(16), 2.0)["leftFoot"].head, left + UPWARD)
    solid = _block(17, carved=(13, 4, 4))  # x = 5: the right one's mirror image, and the mean as well
    moved = even_sides(_pair(left + ASIDE, left * [-1, 1, 1]), solid, 2.0)
    heads = np.stack([moved["leftFoot"].head, moved["rightFoot"].head])
    assert solid.contains(heads).all() and np.allclose(heads[0], mirror_points(heads[1], 0.0))
    assert np.allclose(heads[0], left + ASIDE)
