"""Fingers are found where a hand has them, and not on a mitten."""

import numpy as np
import pytest

from gen4d.rig.checks import is_inside_out
from gen4d.rig.embedding import Bone, Embedding, mirror_embedding
from gen4d.rig.fingers import add_fingers
from gen4d.rig.names import FINGERS
from gen4d.structures import Mesh


def hand(capsules_to_mesh, *, mitten: bool) -> Mesh:
    """Two forearms along x with hands of 0.18 m; five fingers each, or none."""
    parts = [((0.5, 0.03, 0.0), (0.72, 0.03, 0.0), 0.03), ((0.75, 0.03, -0.02), (0.78, 0.03, 0.02), 0.03)]
    if mitten:
        parts.append(((0.78, 0.03, 0.0), (0.87, 0.03, 0.0), 0.035))
    else:
        parts += [((0.79, 0.03, z), (0.88, 0.03, 1.3 * z), 0.008) for z in (-0.036, -0.012, 0.012, 0.036)]
        parts.append(((0.75, 0.03, 0.03), (0.80, 0.03, 0.09), 0.009))
    flip = np.array([-1.0, 1.0, 1.0])
    both = [*parts, *((np.array(a) * flip, np.array(b) * flip, r) for a, b, r in parts)]
    return capsules_to_mesh(both, cell=0.006)


@pytest.fixture
def arms() -> Embedding:
    left = {
        "leftLowerArm": Bone("leftUpperArm", np.array([0.5, 0.03, 0.0]), np.array([0.71, 0.03, 0.0])),
        "leftHand": Bone("leftLowerArm", np.array([0.71, 0.03, 0.0]), np.array([0.88, 0.03, 0.0])),
    }
    return left | mirror_embedding(left, 0.0)


@pytest.fixture
def make_hand(make_mesh):
    return lambda mitten: hand(make_mesh, mitten=mitten)


def test_five_fingers_get_three_bones_each(arms, make_hand) -> None:
    mesh = make_hand(False)
    bones = add_fingers(arms, mesh.vertices.double().numpy(), mesh.faces.numpy())
    assert {name.removeprefix("left") for name in bones if name.startswith("left")} >= {
        f"{finger}{part}" for finger in FINGERS[1:] for part in ("Proximal", "Intermediate", "Distal")
    }
    assert bones["leftThumbDistal"].tail == pytest.approx([0.80, 0.03, 0.09], abs=0.02)
    assert bones["leftIndexDistal"].tail == pytest.approx([0.88, 0.03, 0.047], abs=0.02)  # beside the thumb
    assert bones["rightLittleDistal"].tail == pytest.approx([-0.88, 0.03, -0.047], abs=0.02)


def test_a_mitten_keeps_one_bone(arms, make_hand) -> None:
    mesh = make_hand(True)
    assert add_fingers(arms, mesh.vertices.double().numpy(), mesh.faces.numpy()).keys() == arms.keys()


def test_faces_that_look_inwards_are_noticed(make_hand) -> None:
    mesh = make_hand(True)
    vertices, faces = mesh.vertices.double().numpy(), mesh.faces.numpy()
    assert not is_inside_out(vertices, faces)
    assert is_inside_out(vertices, faces[:, ::-1])
    half = np.arange(len(faces)) % 2 == 0
    assert not is_inside_out(vertices, np.where(half[:, None], faces[:, ::-1], faces))
