"""Weights: closed forms on a bar, seams, symmetry, pruning."""

import numpy as np
import pytest
import torch
import trimesh
from hypothesis import given
from hypothesis import strategies as st

from gen4d.rig.biped import fit_biped
from gen4d.rig.embedding import Bone
from gen4d.rig.voxels import voxelise
from gen4d.rig.weights import SOFTENING, bind, bone_distances, bone_heat, prune, spread
from gen4d.structures import Mesh


def _bar(copies: bool = False) -> tuple[Mesh, dict[str, Bone]]:
    box = trimesh.creation.box((0.2, 2.0, 0.2)).subdivide().subdivide().subdivide().subdivide()
    vertices = torch.tensor(np.array(box.vertices), dtype=torch.float32)
    faces, welded = torch.tensor(np.array(box.faces)), None
    if copies:  # every face gets vertices of its own, as after an unwrap
        welded = faces.reshape(-1)
        vertices, faces = vertices[welded], torch.arange(3 * len(faces)).reshape(-1, 3)
    bones = {
        "low": Bone("root", np.array([0.0, -0.95, 0.0]), np.zeros(3)),
        "high": Bone("low", np.zeros(3), np.array([0.0, 0.95, 0.0])),
    }
    return Mesh(vertices, faces, welded=welded), bones


def _dense(skin, num_joints: int) -> torch.Tensor:
    return torch.zeros(len(skin.weights), num_joints).scatter_add(1, skin.joints, skin.weights)


def test_each_half_of_a_bar_follows_its_bone_and_the_middle_is_shared() -> None:
    mesh, bones = _bar()
    weights = _dense(bind(mesh, bones, voxelise(mesh.vertices.numpy(), mesh.faces.numpy())), 3)
    y = mesh.vertices[:, 1]
    assert (weights[:, 0] == 0).all()  # the root moves nothing
    assert (weights[y > 0.4, 2] > 0.97).all() and (weights[y < -0.4, 1] > 0.97).all()
    assert torch.allclose(weights[y.abs() < 1e-6, 1], torch.tensor(0.5), atol=0.06)


def test_seam_copies_get_identical_weights() -> None:
    mesh, bones = _bar(copies=True)
    skin = bind(mesh, bones, voxelise(mesh.vertices.numpy(), mesh.faces.numpy()))
    assert mesh.welded is not None
    order = mesh.welded.argsort(stable=True)
    same = mesh.welded[order][1:] == mesh.welded[order][:-1]
    assert same.sum() > 100
    assert (skin.weights[order][1:][same] == skin.weights[order][:-1][same]).all()
    assert (skin.joints[order][1:][same] == skin.joints[order][:-1][same]).all()


def test_distance_goes_through_the_body_not_through_the_air() -> None:
    boxes = [
        trimesh.creation.box((0.2, 1.0, 0.2)).apply_translation((-0.25, 0, 0)),
        trimesh.creation.box((0.2, 1.0, 0.2)).apply_translation((0.25, 0, 0)),
        trimesh.creation.box((0.7, 0.2, 0.2)).apply_translation((0, 0.5, 0)),
    ]
    arch = trimesh.util.concatenate(boxes)
    solid = voxelise(arch.vertices, arch.faces)
    foot = {"foot": Bone("root", np.array([0.25, -0.45, 0]), np.array([0.25, -0.3, 0]))}
    other_foot = np.array([[-0.15, -0.4, 0.0]])
    assert bone_distances(other_foot, foot, solid)[0, 0] > 1.2  # 0.4 m through the air


def test_heat_rows_sum_to_one_and_stay_positive_on_slivers() -> None:
    rng = np.random.default_rng(0)
    vertices = rng.normal(size=(60, 3)) * [1, 1, 1e-5]
    faces = rng.integers(0, 60, size=(90, 3))
    distance = np.abs(rng.normal(size=(60, 4))) + 0.1
    heat = bone_heat(vertices, faces, distance, 3.0)
    assert (heat >= 0).all() and np.allclose(heat.sum(1), 1)


def test_mirrored_mesh_gets_mirrored_weights(creatures, ctx) -> None:
    mesh = creatures["human_t"]
    solid = voxelise(mesh.vertices.numpy(), mesh.faces.numpy(), 96)
    bones = fit_biped(solid, ctx)
    weights = _dense(bind(mesh, bones, solid), len(bones) + 1)
    names = ["root", *bones]
    swap = [names.index(n.replace("left", "#").replace("right", "left").replace("#", "right")) for n in names]
    order = {tuple(np.round(v, 4)): i for i, v in enumerate(mesh.vertices.numpy())}
    pairs = [(i, order[key]) for (x, y, z), i in order.items() if (key := (np.round(-x + 0.0, 4), y, z)) in order]
    here, there = torch.tensor(pairs).T
    assert len(pairs) > 0.3 * len(mesh.vertices)
    assert (weights[here] - weights[there][:, swap]).abs().mean(0).max() < 0.01


def test_left_leg_does_not_follow_the_right_leg(creatures, ctx) -> None:
    mesh = creatures["human_t"]
    solid = voxelise(mesh.vertices.numpy(), mesh.faces.numpy(), 96)
    bones = fit_biped(solid, ctx)
    weights = _dense(bind(mesh, bones, solid), len(bones) + 1)
    right = torch.tensor([i + 1 for i, n in enumerate(bones) if n.startswith("right") and "Leg" in n])
    shin = (mesh.vertices[:, 0] > 0) & (mesh.vertices[:, 1] < 0.6)
    assert shin.any() and (weights[shin][:, right] == 0).all()


@given(st.integers(0, 1000), st.integers(1, 12), st.integers(1, 9))
def test_pruning_keeps_the_four_largest_and_sums_to_one(seed: int, rows: int, bones: int) -> None:
    weights = np.random.default_rng(seed).dirichlet(np.full(bones, 0.4), size=rows)
    joints, values = prune(weights)
    assert joints.shape == values.shape == (rows, 4)
    assert np.allclose(values.sum(1), 1, atol=1e-6)
    assert (joints[values == 0] == 0).all() and (joints[values > 0] > 0).all()
    assert (np.diff(values, axis=1) <= 0).all()
    assert (joints[:, 0] == weights.argmax(1) + 1).all()


def test_weights_spread_by_distance_and_not_by_rings_of_vertices() -> None:
    """A step of weights along a strip softens to the same width on a coarse and on a fine grid; constants stay."""
    widths = []
    for count in (400, 800):
        x = np.linspace(0, 1, count)
        vertices = np.stack([np.tile(x, 2), np.repeat([0.0, 0.01], count), np.zeros(2 * count)], 1)
        i = np.arange(count - 1)
        faces = np.concatenate([np.stack([i, i + 1, i + count], 1), np.stack([i + 1, i + count + 1, i + count], 1)])
        step = (vertices[:, 0] > 0.5).astype(float)
        found = spread(np.stack([step, 1 - step], 1), vertices, faces)
        np.testing.assert_allclose(found.sum(1), 1.0)
        assert (np.diff(found[:count, 0]) >= -1e-9).all()
        widths.append(1 / (np.diff(found[:count, 0]) * (count - 1)).max())  # metres over which it rises
    # exp(-|x| / s) / 2 on both sides of a step: it rises by 1 / (2 s) a metre in the middle
    assert widths == pytest.approx([2 * SOFTENING] * 2, rel=0.1)
    np.testing.assert_allclose(spread(np.full((2 * count, 4), 0.25), vertices, faces), 0.25)
