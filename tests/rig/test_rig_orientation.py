"""Turning: grids turn as vertices do, and a lying creature is set on its feet."""

import numpy as np
import pytest
import torch

from gen4d.errors import ConfigError, InputError
from gen4d.rig.config import RigConfig
from gen4d.rig.orientation import find_orientation, settle_orientation, turn
from gen4d.rig.plan_net import axis_rotations, turned


def test_the_24_turns_are_a_group_of_proper_rotations() -> None:
    rotations = axis_rotations()
    assert (rotations[0] == np.eye(3)).all()
    keys = {r.tobytes() for r in rotations}
    assert len(keys) == 24 and all(round(float(np.linalg.det(r))) == 1 for r in rotations)
    assert {(a @ b).tobytes() for a in rotations for b in rotations} == keys


@pytest.mark.parametrize("index", range(24))
def test_grids_turn_as_vertices_do(index: int) -> None:
    rotation = axis_rotations()[index]
    grid = np.random.default_rng(index).random((4, 4, 4))
    after = turned(grid, rotation)
    for place in np.ndindex(grid.shape):
        there = rotation @ (np.array(place) - 1.5) + 1.5
        assert after[tuple(there.astype(int))] == grid[place]


def test_turning_keeps_the_mesh_and_the_identity_keeps_the_object(creatures) -> None:
    mesh = creatures["dog"]
    assert turn(mesh, np.eye(3, dtype=np.int64)) is mesh
    lying = turn(mesh, axis_rotations()[7])
    assert torch.equal(lying.faces, mesh.faces)
    assert torch.allclose(lying.vertices.norm(dim=1), mesh.vertices.norm(dim=1))


@pytest.mark.parametrize("name", ["human_t", "dog"])
@pytest.mark.parametrize("index", [0, 14, 20, 23])
def test_a_creature_is_set_upright_from_any_pose(creatures, name: str, index: int) -> None:
    rotation = axis_rotations()[index]
    lying = turn(creatures[name], rotation)
    cfg = RigConfig(plan="quadruped" if name == "dog" else "biped")
    found = find_orientation(lying, cfg)
    assert (found.rotation @ rotation)[1].tolist() == [0, 1, 0]


def test_what_the_user_says_is_believed(creatures) -> None:
    found = find_orientation(creatures["dog"], RigConfig(up="-z", front="x"))
    assert (found.up, found.front) == ("-z", "x")
    assert (found.rotation @ [0, 0, -1]).tolist() == [0, 1, 0]
    assert (found.rotation @ [1, 0, 0]).tolist() == [0, 0, 1]


def test_same_axis_up_and_front_is_refused(creatures) -> None:
    with pytest.raises(ConfigError, match="different axes"):
        find_orientation(creatures["dog"], RigConfig(up="x", front="-x"))


def test_a_turned_mesh_is_told(creatures, ctx) -> None:
    lying = turn(creatures["human_t"], axis_rotations()[9])
    rotation = settle_orientation(lying, RigConfig(plan="biped"), ctx)
    assert (rotation != np.eye(3)).any() and "--up" in ctx.warnings[0]


def test_flat_and_empty_shapes_are_refused(creatures, ctx) -> None:
    mesh = creatures["dog"]
    for flat in (mesh.vertices * torch.tensor([1.0, 0.0, 1.0]), mesh.vertices * 0):
        with pytest.raises(InputError, match="thickness"):
            settle_orientation(type(mesh)(flat, mesh.faces), RigConfig(), ctx)
