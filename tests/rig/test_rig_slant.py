"""Slant: a creature that faces half left is straightened, and what stands straight stays."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from gen4d.context import Context
from gen4d.rig.config import RigConfig
from gen4d.rig.orientation import settle_orientation, slant_of
from gen4d.streams import Streams
from gen4d.structures import Mesh


def _turned(mesh: Mesh, axis: str, degrees: float) -> Mesh:
    matrix = torch.tensor(Rotation.from_euler(axis, degrees, degrees=True).as_matrix(), dtype=torch.float32)
    return Mesh(mesh.vertices @ matrix.T, mesh.faces)


@pytest.mark.parametrize("name", ["human_t", "dog", "table", "human_fused"])
def test_what_stands_straight_stays(creatures, name: str) -> None:
    slant = slant_of(creatures[name])
    assert slant.degrees == 0 and (slant.rotation == np.eye(3)).all()


@pytest.mark.parametrize(("axis", "degrees"), [("y", 30.0), ("y", -18.0), ("z", 40.0)])
def test_a_slant_is_taken_back(creatures, axis: str, degrees: float) -> None:
    found = slant_of(_turned(creatures["dog"], axis, degrees))
    whole = found.rotation @ Rotation.from_euler(axis, degrees, degrees=True).as_matrix()
    nearest = np.rint(whole)  # a rotation about the same axis by a multiple of a right angle
    angle = np.degrees(Rotation.from_matrix(whole @ nearest.T).magnitude())
    assert round(float(np.linalg.det(nearest))) == 1 and angle < 3.1


def test_the_user_is_told_and_may_say_no(creatures) -> None:
    askew = _turned(creatures["dog"], "y", 30.0)
    ctx = Context(Streams(0))
    rotation = settle_orientation(askew, RigConfig(plan="quadruped"), ctx)
    assert np.allclose(rotation @ rotation.T, np.eye(3)) and "--up y --front z" in ctx.warnings[0]
    assert (settle_orientation(askew, RigConfig(up="y", front="z"), Context(Streams(0))) == np.eye(3)).all()
