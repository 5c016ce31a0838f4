"""Folded hind legs: found by their footprints where there are some, and only there."""

import numpy as np
import pytest

from gen4d.context import Context
from gen4d.evaluate.rig_creatures import Creature
from gen4d.evaluate.rig_made import creature_mesh
from gen4d.rig.folded import is_folded
from gen4d.rig.quadruped import fit_quadruped
from gen4d.rig.voxels import voxelise
from gen4d.streams import Streams

HIP, KNEE, HOCK, TOES = (0.12, 0.4, -0.35), (0.3, 0.32, 0.05), (0.3, 0.05, -0.45), (0.34, 0.05, 0.0)


def frog() -> Creature:
    """A crouching animal: thigh forward, shank back, foot along the ground; front legs straight."""
    c = Creature()
    points = [np.array(p) for p in (HIP, KNEE, HOCK, TOES)]
    c.limb([np.array([0, 0.4, -0.4]), np.array([0, 0.5, 0.5])], [0.14, 0.17])
    c.limb([np.array([0, 0.55, 0.6]), np.array([0, 0.55, 0.75])], [0.15, 0.1])
    c.both(points, [0.07, 0.055, 0.045, 0.045])
    c.both([np.array([0.14, 0.42, 0.5]), np.array([0.2, 0.05, 0.55]), np.array([0.2, 0.05, 0.65])], [0.06, 0.05, 0.05])
    return c


def test_a_crouching_animal_has_its_hind_legs_folded_as_they_were_made() -> None:
    solid = voxelise(*creature_mesh(frog()), 96)
    bones = fit_quadruped(solid, Context(Streams(0)))
    extent = np.ptp(solid.to_world(np.argwhere(solid.occupied)), axis=0).max()
    for side, sign in (("left", 1.0), ("right", -1.0)):
        assert is_folded(bones, f"{side}Hind")
        for part, place in (("LowerLeg", KNEE), ("Foot", HOCK)):
            found = bones[f"{side}Hind{part}"].head * [sign, 1, 1]
            assert np.linalg.norm(found - place) < 0.15 * extent, (side, part)
        hip, knee, hock, toes = (bones[f"{side}Hind{p}"].head[2] for p in ("UpperLeg", "LowerLeg", "Foot", "Toes"))
        assert hock < min(hip, knee, toes)
        assert solid.contains(bones[f"{side}HindLowerLeg"].head)


@pytest.mark.parametrize("name", ["dog", "dog_without_tail"])
def test_a_standing_animal_keeps_its_legs(creatures, ctx, name: str) -> None:
    mesh = creatures[name]
    bones = fit_quadruped(voxelise(mesh.vertices.numpy(), mesh.faces.numpy(), 96), ctx)
    assert not is_folded(bones, "leftHind") and not is_folded(bones, "rightHind")


def test_a_body_that_lies_on_the_ground_has_no_long_feet() -> None:
    slug = Creature()
    slug.both([np.array([0.1, 0.12, -0.6]), np.array([0.1, 0.12, 0.6])], [0.12, 0.12])
    bones = fit_quadruped(voxelise(*creature_mesh(slug), 64), Context(Streams(0)))
    assert not is_folded(bones, "leftHind")
