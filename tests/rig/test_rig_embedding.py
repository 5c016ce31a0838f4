"""Bones always have a length."""

import numpy as np

from gen4d.rig.embedding import Bone, keep_apart

POINT, AWAY = np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 3.0])


def test_joints_in_one_point_are_moved_apart_and_others_stay() -> None:
    bones = {"hips": Bone("root", POINT, POINT), "leg": Bone("hips", POINT, AWAY), "foot": Bone("leg", AWAY, AWAY)}
    apart = keep_apart(bones, 0.01)
    assert np.allclose(apart["hips"].head, POINT) and np.allclose(apart["foot"].head, AWAY)
    assert np.allclose(apart["leg"].head, POINT - [0, 0.01, 0])
    for name, bone in apart.items():
        assert np.linalg.norm(bone.tail - bone.head) > 0.005, name
        assert bone.parent == "root" or np.linalg.norm(bone.head - apart[bone.parent].head) > 0.005, name
