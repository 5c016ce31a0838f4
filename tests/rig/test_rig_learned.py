"""The networks for joints and weights: mirror images, scale, and what an untrained network leaves alone."""

import numpy as np
import pytest
import torch

from gen4d.evaluate.rig_variants import creature_sample
from gen4d.rig.embedding import Bone, Embedding
from gen4d.rig.joint_net import GRID, LANDMARKS, Frame, find_landmarks, heat_mean, load_joint_net
from gen4d.rig.learned import landmarks_of
from gen4d.rig.names import mirror_name
from gen4d.rig.voxels import voxelise
from gen4d.rig.weight_net import SurfaceFacts, WeightNet, candidates, learned_weights, pair_features
from gen4d.rig.weights import bone_heat


def test_the_mean_of_a_single_hot_cell_is_its_middle() -> None:
    logits = torch.full((1, 1, 24, 24), -50.0)
    logits[0, 0, 5, 17] = 50.0
    mean, spread = heat_mean(logits)
    assert mean[0, 0].tolist() == pytest.approx([10.5, 34.5])  # cells 10 and 11, 34 and 35 of the grid
    assert float(spread) < 0.02


@pytest.mark.parametrize("plan", sorted(LANDMARKS))
def test_a_mirrored_creature_has_mirrored_joints(plan: str) -> None:
    grid, _, _ = creature_sample(plan, np.random.default_rng(3))
    frame, net = Frame(np.zeros(3), 1.0), load_joint_net(plan)
    seen = find_landmarks(grid, frame, plan, net).places
    mirrored = find_landmarks(grid[::-1], frame, plan, net).places
    for name, place in seen.items():
        assert mirrored[mirror_name(name)] == pytest.approx(place * [-1, 1, 1] + [GRID - 1, 0, 0], abs=1e-3)


@pytest.mark.parametrize("plan", sorted(LANDMARKS))
def test_joints_of_made_up_creatures_are_found(plan: str) -> None:
    rng, net = np.random.default_rng(99), load_joint_net(plan)
    errors, lazy = [], []
    for _ in range(12):
        grid, places, _ = creature_sample(plan, rng)
        seen = find_landmarks(grid, Frame(np.zeros(3), 1.0), plan, net).places
        found = np.stack([seen[name] for name in LANDMARKS[plan]])
        known = np.isfinite(places).all(1)
        errors.append(np.linalg.norm(found - places, axis=1)[known].mean())
        lazy.append(np.linalg.norm(np.argwhere(grid).mean(0) - places, axis=1)[known].mean())
    assert np.mean(errors) < 0.4 * np.mean(lazy)


@pytest.fixture
def limb() -> tuple[np.ndarray, np.ndarray, Embedding, np.ndarray]:
    """A square tube along x on two bones: vertices, faces, bones, distances."""
    rings = np.linspace(0, 2, 21)
    square = np.array([[0, -0.2, -0.2], [0, 0.2, -0.2], [0, 0.2, 0.2], [0, -0.2, 0.2]])
    vertices = np.concatenate([square + np.array([x, 0, 0]) for x in rings])
    faces = [
        triangle
        for ring in range(20)
        for k in range(4)
        for a, b in [(4 * ring + k, 4 * ring + (k + 1) % 4)]
        for triangle in ([a, b, b + 4], [a, b + 4, a + 4])
    ]
    bones = {
        "upper": Bone("root", np.zeros(3), np.array([1.0, 0, 0])),
        "lower": Bone("upper", np.array([1.0, 0, 0]), np.array([2.0, 0, 0])),
    }
    x = vertices[:, 0]
    beyond = np.stack([np.maximum(x - 1, 0), np.maximum(1 - x, 0)], 1)
    return vertices, np.array(faces), bones, np.hypot(beyond, 0.28)


def test_an_untrained_network_leaves_bone_heat(limb) -> None:
    vertices, faces, bones, distance = limb
    heat = bone_heat(vertices, faces, distance, 3.0)
    weights = learned_weights(vertices, faces, bones, distance, (heat, heat), WeightNet())
    np.testing.assert_allclose(weights.sum(1), 1.0, atol=1e-6)
    np.testing.assert_allclose(weights, heat, atol=2e-3)  # `LEAST_HEAT` warms what is cold


def test_features_know_no_scale_and_no_place(limb) -> None:
    vertices, faces, bones, distance = limb
    heat = bone_heat(vertices, faces, distance, 3.0)
    chosen = candidates(distance, heat)
    shift = np.array([3.0, -2.0, 1.0])
    moved = {name: Bone(b.parent, 7 * b.head + shift, 7 * b.tail + shift) for name, b in bones.items()}
    rows = slice(None)
    plain = pair_features(rows, chosen, SurfaceFacts(vertices, faces, heat), bones, distance, (heat, heat))
    big = SurfaceFacts(7 * vertices + shift, faces, heat)
    np.testing.assert_allclose(pair_features(rows, chosen, big, moved, 7 * distance, (heat, heat)), plain, atol=1e-6)


def test_features_of_an_inside_out_mesh_are_the_same(limb) -> None:
    vertices, faces, bones, distance = limb
    heat = bone_heat(vertices, faces, distance, 3.0)
    chosen = candidates(distance, heat)
    right, wrong = (SurfaceFacts(vertices, f, heat) for f in (faces, faces[:, ::-1]))
    rows = slice(None)
    np.testing.assert_allclose(
        pair_features(rows, chosen, right, bones, distance, (heat, heat)),
        pair_features(rows, chosen, wrong, bones, distance, (heat, heat)),
    )


def test_a_solid_is_seen_alike_wherever_it_stands(creatures) -> None:
    mesh = creatures["dog"]
    vertices, faces = mesh.vertices.numpy(), mesh.faces.numpy()
    here = landmarks_of(voxelise(vertices, faces, 64), "quadruped")
    there = landmarks_of(voxelise(4 * vertices + [3.0, 1.0, -2.0], faces, 64), "quadruped")
    for name, place in here.places.items():
        assert there.places[name] == pytest.approx(4 * place + [3.0, 1.0, -2.0], abs=0.03), name
        assert there.spread[name] == pytest.approx(4 * here.spread[name], rel=0.05)
