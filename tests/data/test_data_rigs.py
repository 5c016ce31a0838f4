"""0 A.D. bones in our values: the rest pose gives the mesh back, and a clip moves it as the game does."""

import numpy as np
import torch
from test_data_zeroad import HALF, IDENTITY, pmd, psa

from gen4d.data.rigs import INFLUENCES, rig_of
from gen4d.data.sources.zeroad_actors import Piece
from gen4d.data.sources.zeroad_formats import NO_BONE, BoneTree, parse_pmd, parse_psa, skin_vertices
from gen4d.motion.kinematics import clip_joint_to_world, rest_joint_to_world
from gen4d.motion.skinning import skin_vertices as skin_by_skeleton

TREE = BoneTree(("hip", "knee"), (-1, 0))
OTHER = BoneTree(("wheel", "axle"), (-1, 0))
REST = [(0.0, 1.0, 0.0, HALF, 0.0, 0.0, HALF), (0.0, 2.0, 0.5, 0.0, HALF, 0.0, HALF)]
TURNED = (0.0, 2.0, 0.5, 0.0, 0.0, 0.0, 1.0)


def pieces(moved: bytes) -> tuple[list[Piece], dict]:
    body = parse_pmd(moved)
    texture = np.full((2, 2, 4), 128, np.uint8)
    hat = parse_pmd(pmd())
    whole = [
        Piece(body.vertices, body, body.faces, texture, "skin.png", "body.xml", NO_BONE),
        Piece(hat.vertices + np.array([0, 3, 0]), hat, hat.faces, texture, "hat.png", "hat.xml", 1),
    ]
    return whole, {"walk": parse_psa(psa([REST, [REST[0], TURNED], REST]))}


def test_skinning_the_rest_pose_gives_the_mesh_back_and_a_clip_moves_it_as_the_game_does() -> None:
    points = (("knee", IDENTITY, 1), ("hip", IDENTITY, 0))
    data = pmd([(0, 1, 0), (1, 2, 0), (0, 3, 1)], rest=REST, bones=[0, 1, 1], points=points)
    whole, clips = pieces(data)
    asset = rig_of("doll", whole, whole[0].mesh, (OTHER, TREE), clips, "prop")
    assert asset.skeleton is not None and asset.skin is not None
    assert asset.skeleton.names == ("root", "hip", "knee")
    assert asset.skin.joints.shape[1] == INFLUENCES
    rest = skin_by_skeleton(asset.mesh.vertices, asset.skin, asset.skeleton, rest_joint_to_world(asset.skeleton)[None])
    torch.testing.assert_close(rest[0].float(), asset.mesh.vertices, atol=1e-5, rtol=0)
    (clip,) = asset.clips
    posed = skin_by_skeleton(asset.mesh.vertices, asset.skin, asset.skeleton, clip_joint_to_world(clip, asset.skeleton))
    expected = skin_vertices(whole[0].mesh, clips["walk"].frames[1])
    np.testing.assert_allclose(posed[1, :3].numpy(), expected, atol=1e-5)
    assert not np.allclose(posed[1, 3:].numpy(), posed[0, 3:].numpy(), atol=0.1)  # the hat follows its bone


def test_the_tree_whose_bones_are_short_is_chosen_before_names_and_names_decide_between_equals() -> None:
    place = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
    rest = [(float(x), *place[1:]) for x in (0, 1, 2)]
    data = pmd([(0, 0, 0), (1, 0, 0), (2, 1, 0)], rest=rest, bones=[0, 1, 2], points=(("wheel", IDENTITY, 2),))
    whole, _ = pieces(data)
    chain = BoneTree(("hip", "knee", "toe"), (-1, 0, 1))
    crossed = BoneTree(("axle", "spoke", "wheel"), (-1, 0, 0))
    named = BoneTree(("hub", "spoke", "wheel"), (-1, 0, 1))
    for trees, names in (((crossed, chain), chain.names), ((chain, named, crossed), named.names)):
        asset = rig_of("doll", whole, whole[0].mesh, trees, {}, "prop")
        assert asset.skeleton is not None and asset.skeleton.names == ("root", *names)


def test_bones_that_share_a_name_are_told_apart() -> None:
    data = pmd([(0, 1, 0), (1, 2, 0), (0, 3, 1)], rest=REST, bones=[0, 1, 1])
    whole, _ = pieces(data)
    asset = rig_of("doll", whole, whole[0].mesh, (BoneTree(("root", "root"), (-1, 0)),), {}, "prop")
    assert asset.skeleton is not None and asset.skeleton.names == ("root", "root_2", "root_3")
