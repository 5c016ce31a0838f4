"""The pose sweep: stiff skins lose nothing, a pinched one is seen."""

import numpy as np
import pytest
import torch
import trimesh

from gen4d.evaluate.pose_sweep import sweep
from gen4d.structures import Mesh, Skeleton, Skin


def _bar(sharp: bool) -> tuple[Mesh, Skeleton, Skin]:
    box = trimesh.creation.box((0.3, 2.0, 0.3)).subdivide().subdivide().subdivide()
    vertices = torch.tensor(np.array(box.vertices), dtype=torch.float32)
    skeleton = Skeleton(
        ("root", "low", "high"),
        torch.tensor([-1, 0, 1]),
        torch.tensor([[0.0, 0, 0], [0, -1, 0], [0, 1, 0]]),
        torch.tensor([0.0, 0, 0, 1]).repeat(3, 1),
        "prop",
    )
    share = ((vertices[:, 1] > 0).float() if sharp else ((vertices[:, 1] + 0.25) / 0.5)).clamp(0, 1)
    weights = torch.stack([share, 1 - share], 1)
    joints = torch.where(weights > 0, torch.tensor([2, 1]), torch.tensor([0, 0]))
    empty = torch.zeros(len(vertices), 2)
    skin = Skin(torch.cat([joints, empty.long()], 1), torch.cat([weights, empty], 1))
    return Mesh(vertices, torch.tensor(np.array(box.faces))), skeleton, skin


def test_a_stiff_body_loses_nothing() -> None:
    mesh, skeleton, _ = _bar(sharp=True)
    joints = torch.zeros(len(mesh.vertices), 4, dtype=torch.int64)
    joints[:, 0] = 1
    weights = torch.zeros(len(mesh.vertices), 4)
    weights[:, 0] = 1
    scores = sweep(mesh, skeleton, Skin(joints, weights))
    assert scores.volume_change == pytest.approx(0, abs=1e-9) and scores.flipped == 0


def test_a_soft_bend_keeps_its_volume_and_a_mirrored_weight_is_seen() -> None:
    mesh, skeleton, skin = _bar(sharp=False)
    soft = sweep(mesh, skeleton, skin)
    assert 0 < soft.volume_change < 0.05 and soft.flipped == 0 and soft.worst_joint == ""
    scattered = torch.from_numpy(np.random.default_rng(0).integers(1, 3, len(mesh.vertices)))
    joints = torch.zeros_like(skin.joints)
    joints[:, 0] = scattered
    weights = torch.zeros_like(skin.weights)
    weights[:, 0] = 1
    torn = sweep(mesh, skeleton, Skin(joints, weights))
    assert torn.flipped > 0.05 and torn.worst_joint == "high"
