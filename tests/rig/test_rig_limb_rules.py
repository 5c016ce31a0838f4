"""Legs and arms are found where they are, and nowhere else."""

import numpy as np
import pytest
import torch

from gen4d.rig import plan as plan_module
from gen4d.rig.limb_rules import plan_of_limbs
from gen4d.rig.names import PLAN_NAMES
from gen4d.rig.plan import plan_of_shape
from gen4d.rig.plan_net import LOOK_RESOLUTION
from gen4d.rig.voxels import voxelise
from gen4d.structures import Mesh


def limbs_of(mesh: Mesh) -> str | None:
    found = plan_of_limbs(voxelise(mesh.vertices.numpy(), mesh.faces.numpy(), LOOK_RESOLUTION))
    return None if found is None else found[0]


@pytest.mark.parametrize(
    ("name", "plan"), [("human_t", "biped"), ("human_down", "biped"), ("dog", "quadruped"), ("table", None)]
)
def test_limbs_are_found_where_they_are(creatures, name: str, plan: str | None) -> None:
    assert limbs_of(creatures[name]) == plan


def test_size_and_place_do_not_matter(creatures) -> None:
    dog = creatures["dog"]
    assert limbs_of(Mesh(dog.vertices * 37.0 + torch.tensor([5.0, 0.0, -3.0]), dog.faces)) == "quadruped"


@pytest.mark.parametrize(("chance", "plan"), [(0.5, "quadruped"), (0.9, "plant")])
def test_limbs_overrule_the_network_only_where_it_is_not_clear(
    creatures, monkeypatch, chance: float, plan: str
) -> None:
    table = np.full((24, len(PLAN_NAMES) + 1), (1 - chance) / (len(PLAN_NAMES) - 1))
    table[:, PLAN_NAMES.index("plant")] = chance
    monkeypatch.setattr(plan_module, "plan_probabilities", lambda looks, net, rotations: table)
    assert plan_of_shape(creatures["dog"]).plan == plan
