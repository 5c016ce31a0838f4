"""The corpus of rigs: landmarks by names and places, points that carry the skin, files that the trainer reads."""

from pathlib import Path

import numpy as np
import torch

from gen4d.evaluate.rig_corpus import points_of, write_points
from gen4d.evaluate.rig_labels import TABLES, label_joints
from gen4d.evaluate.train_rig_joints import read_points
from gen4d.rig.joint_net import LANDMARKS
from gen4d.structures import Asset, Material, Mesh, Skeleton, Skin

MIDDLE = ("Hips", "Abdomen", "Torso", "Neck", "Head")
LIMBS = ("Shoulder", "UpperArm", "LowerArm", "Fist", "UpperLeg", "LowerLeg", "Foot")
NAMES = (*MIDDLE, *(f"{limb}_{side}" for side in "LR" for limb in LIMBS))


def places_of(left: float) -> np.ndarray:
    """Joints with those called left at this x."""
    return np.array([[left if n.endswith("_L") else -left if n.endswith("_R") else 0.0, 1.0, 0.0] for n in NAMES])


def test_every_family_names_only_landmarks_the_network_has() -> None:
    for plan, text in TABLES.items():
        for entry in text.split():
            landmark, pattern = entry.split("=")
            assert ("left" if "{" in pattern else "") + landmark in LANDMARKS[plan], entry


def test_joints_are_found_by_name_and_their_side_by_where_they_are() -> None:
    found = label_joints("biped", NAMES, places_of(1.0))
    assert found is not None and found["hips"] == [0] and found["upperChest"] == [2, 3]
    assert found["leftHand"] == [NAMES.index("Fist_L")]
    mirrored = label_joints("biped", NAMES, places_of(-1.0))
    assert mirrored is not None and mirrored["leftHand"] == [NAMES.index("Fist_R")]
    assert label_joints("biped", NAMES[:-1], places_of(1.0)[:-1]) is None
    assert label_joints("bird", NAMES, places_of(1.0)) is None


def test_points_lie_on_the_surface_and_come_back_from_the_file(tmp_path: Path) -> None:
    vertices = torch.tensor([[0.0, 0, 0], [2, 0, 0], [0, 1, 0]])
    joints, weights = torch.zeros(3, 4, dtype=torch.int64), torch.zeros(3, 4)
    joints[:, 0], weights[:, 0] = torch.arange(3), 1.0  # each corner on a joint of its own
    steps = torch.from_numpy(places_of(1.0)).float()
    parents = torch.tensor([-1] + [0] * (len(NAMES) - 1))
    steps[1:] -= steps[0].clone()
    skeleton = Skeleton(NAMES, parents, steps, torch.tensor([0.0, 0, 0, 1]).repeat(len(NAMES), 1), "biped")
    mesh = Mesh(vertices, torch.tensor([[0, 1, 2]]))
    asset = Asset("doll", mesh, Material(torch.ones(1, 1, 4)), skeleton=skeleton, skin=Skin(joints, weights))
    rig = points_of(asset, "biped", np.random.default_rng(0))
    assert rig is not None
    dense = np.zeros((len(rig.points), len(NAMES)))
    np.put_along_axis(dense, rig.joints, rig.weights, 1)
    np.testing.assert_allclose(dense.sum(1), 1, atol=1e-5)
    np.testing.assert_allclose(dense[:, :3] @ vertices.numpy(), rig.points, atol=1e-5)  # weights are the barycentrics
    np.testing.assert_allclose(rig.points.mean(0), vertices.mean(0), atol=0.02)
    np.testing.assert_allclose(rig.places, places_of(1.0), atol=1e-6)
    write_points(rig, "dolls", tmp_path / "doll.npz")
    back, source = read_points(tmp_path / "doll.npz")
    assert source == "dolls" and back.plan == "biped" and back.landmarks == rig.landmarks
    np.testing.assert_array_equal(back.points, rig.points)
