"""Made creatures: closed meshes, valid skeletons of their plan, joints inside, weights that follow limbs, read back."""

from pathlib import Path

import numpy as np
import pytest

from gen4d.evaluate.rig_made import MAKERS, creature_rig
from gen4d.evaluate.rigged_files import read_rigged
from gen4d.evaluate.skeleton_kinds import plan_of_rig
from gen4d.export.glb import write_glb
from gen4d.rig.checks import is_inside_out
from gen4d.rig.names import mirror_name, plan_joints
from gen4d.rig.report import joint_positions
from gen4d.rig.voxels import voxelise


@pytest.mark.parametrize("kind", MAKERS)
def test_a_made_creature_comes_back_from_its_file_with_its_joints_inside(kind: str, tmp_path: Path) -> None:
    plan, maker = MAKERS[kind]
    asset = creature_rig(maker(np.random.default_rng(5)), plan)
    assert asset.skeleton is not None and asset.skin is not None
    vertices, faces = asset.mesh.vertices.numpy(), asset.mesh.faces.numpy()
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), 1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()
    assert not is_inside_out(vertices.astype(float), faces)
    assert np.ptp(vertices, axis=0).max() == pytest.approx(1.0, abs=1e-5)
    assert vertices[:, 1].min() == pytest.approx(0.0, abs=1e-6)
    places = joint_positions(asset.skeleton)[1:]
    solid = voxelise(vertices, faces, 96)
    assert solid.contains(places).mean() > 0.9, [n for n, p in zip(asset.skeleton.names[1:], places, strict=True)]
    assert set(asset.skeleton.names[1:]) <= set(plan_joints(plan))
    assert {mirror_name(name) for name in asset.skeleton.names} == set(asset.skeleton.names)
    write_glb(asset, tmp_path / "0000.glb")
    rig = read_rigged(tmp_path / "0000.glb")
    assert rig is not None and plan_of_rig(f"{kind}/0000", rig.names, rig.joints) == plan
    for name, place in zip(rig.names, rig.joints, strict=True):
        np.testing.assert_allclose(place, places[asset.skeleton.names.index(name) - 1], atol=1e-5)


def test_a_limb_moves_what_lies_round_it() -> None:
    asset = creature_rig(MAKERS["spider"][1](np.random.default_rng(1)), "spider")
    assert asset.skeleton is not None and asset.skin is not None
    places, vertices = joint_positions(asset.skeleton), asset.mesh.vertices.double().numpy()
    strongest = asset.skin.joints[:, 0].numpy()
    foot = asset.skeleton.names.index("leftFrontFoot")
    mine = vertices[strongest == foot]
    assert len(mine) > 20 and (mine[:, 0] > 0).all()
    assert np.linalg.norm(mine - places[foot], axis=1).max() < 0.25
