"""Linear blend skinning: nothing moves at rest, a rigid move is rigid, a blend is the mean."""

import torch

from gen4d.motion.kinematics import axis_angle, forward_kinematics, rest_joint_to_world
from gen4d.motion.skinning import skin_vertices
from gen4d.structures import Skin


def test_rest_pose_gives_the_mesh_back(dolls, turned_biped) -> None:
    skeleton, skin, mesh = dolls["biped"]
    for rig in (skeleton, turned_biped):
        posed = skin_vertices(mesh.vertices, skin, rig, rest_joint_to_world(rig)[None])
        assert torch.allclose(posed[0], mesh.vertices.double(), atol=1e-6)


def test_turning_the_root_turns_the_whole_mesh(dolls) -> None:
    skeleton, skin, mesh = dolls["quadruped"]
    rotation = skeleton.rest_rotation.double()[None].clone()
    rotation[:, 0] = axis_angle((0.0, 1.0, 0.0), torch.tensor(torch.pi / 2, dtype=torch.float64))
    joints = forward_kinematics(skeleton, rotation, 0, torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64))
    posed = skin_vertices(mesh.vertices, skin, skeleton, joints)[0]
    x, y, z = mesh.vertices.double().unbind(1)
    assert torch.allclose(posed, torch.stack([z + 1, y + 2, -x + 3], 1), atol=1e-6)


def test_half_and_half_is_the_mean_of_both(dolls) -> None:
    skeleton, skin, mesh = dolls["biped"]
    rotation = skeleton.rest_rotation.double()[None].clone()
    rotation[:, 3] = axis_angle((1.0, 0.0, 0.0), torch.tensor(0.7, dtype=torch.float64))
    joints = forward_kinematics(skeleton, rotation, 0, skeleton.rest_translation[None, 0].double())

    def posed(*pairs: tuple[int, float]) -> torch.Tensor:
        index, weight = torch.zeros_like(skin.joints), torch.zeros_like(skin.weights)
        for slot, (joint, share) in enumerate(pairs):
            index[:, slot], weight[:, slot] = joint, share
        return skin_vertices(mesh.vertices, Skin(index, weight), skeleton, joints)

    assert torch.allclose(posed((2, 0.25), (5, 0.75)), 0.25 * posed((2, 1.0)) + 0.75 * posed((5, 1.0)))
