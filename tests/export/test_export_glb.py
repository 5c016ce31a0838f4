"""The written file: the same bytes for the same asset, canonical weights, few channels, and whole or not at all."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from full_disk import files_of_at_most
from glb_factory import bend_clip, bending_tube, box_mesh, checker_texture, colored_box, textured_box, tube_skeleton
from glb_surgery import split_glb
from hypothesis import given
from hypothesis import strategies as st

from gen4d.errors import OutputError, ShapeError
from gen4d.export.files import write_file
from gen4d.export.glb import glb_bytes, write_glb
from gen4d.export.parse import open_gltf
from gen4d.export.read import read_asset
from gen4d.export.skin import canonical_weights, inverse_bind_matrices, joint_to_world
from gen4d.structures import Asset, Clip, Material, Skin


def test_equal_assets_give_equal_bytes() -> None:
    assert glb_bytes(bending_tube()) == glb_bytes(bending_tube())


def test_order_of_provenance_changes_nothing() -> None:
    asset = textured_box()
    backwards = replace(asset, provenance=dict(reversed(asset.provenance.items())))
    assert glb_bytes(backwards) == glb_bytes(asset)


def test_every_number_lies_on_its_boundary() -> None:
    document, binary = split_glb(glb_bytes(bending_tube()))
    assert all(view["byteOffset"] % 4 == 0 for view in document["bufferViews"])
    assert document["buffers"][0]["byteLength"] == len(binary)
    assert len(glb_bytes(bending_tube())) % 4 == 0


def test_skinned_scene_has_two_roots_without_transform() -> None:
    document, _ = split_glb(glb_bytes(bending_tube("tube")))
    armature, mesh = (document["nodes"][root] for root in document["scenes"][0]["nodes"])
    assert armature == {"name": "tube", "children": [document["skins"][0]["joints"][0]]}
    assert mesh == {"name": "tube_mesh", "skin": 0, "mesh": 0}


def test_inverse_bind_matrices_invert_the_rest_pose() -> None:
    skeleton = tube_skeleton()
    world = joint_to_world(skeleton.parents.numpy(), skeleton.rest_translation.numpy(), skeleton.rest_rotation.numpy())
    inverse = inverse_bind_matrices(skeleton)
    assert np.abs(inverse @ world - np.eye(4)).max() < 1e-6
    assert (inverse[:, 3] == [0, 0, 0, 1]).all()


@given(st.integers(0, 2**32 - 1))
def test_canonical_weights_keep_the_deformation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.random((20, 4)) * (rng.random((20, 4)) < 0.7)
    weights[:, 0] += 1e-3
    weights /= weights.sum(1, keepdims=True)
    joints = np.where(weights > 0, rng.integers(0, 5, (20, 4)), 0)
    skin = Skin(torch.from_numpy(joints), torch.from_numpy(weights.astype(np.float32)))
    new_joints, new_weights = canonical_weights(skin)
    dense, new_dense = np.zeros((20, 5)), np.zeros((20, 5))
    rows = np.arange(20)[:, None]
    np.add.at(dense, (rows, joints), weights)
    np.add.at(new_dense, (rows, new_joints), new_weights)
    assert np.abs(dense - new_dense).max() < 1e-6
    assert (np.diff(new_weights, axis=1) <= 0).all(), "heaviest first"
    assert (new_joints[new_weights == 0] == 0).all()
    assert np.abs(new_weights.astype(np.float64).sum(1) - 1).max() < 2e-7
    used = [row[weight > 0] for row, weight in zip(new_joints, new_weights, strict=True)]
    assert all(len(np.unique(row)) == len(row) for row in used), "no joint twice"


def test_resting_joints_get_no_channel_and_constant_ones_two_keys() -> None:
    bend = bend_clip()
    rotation = bend.rotation.clone()
    rotation[:, 1] = torch.tensor([0.6, 0.0, 0.0, 0.8])  # Lower holds another pose than at rest
    clip = Clip("bend", bend.times, rotation, bend.root_translation, 1, True)
    document, _ = split_glb(glb_bytes(replace(bending_tube(), clips=(clip,))))
    animation = document["animations"][0]
    lower, upper = document["skins"][0]["joints"][1:]
    counts = {
        (channel["target"]["node"], channel["target"]["path"]): document["accessors"][
            animation["samplers"][channel["sampler"]]["output"]
        ]["count"]
        for channel in animation["channels"]
    }
    assert counts == {(lower, "rotation"): 2, (upper, "rotation"): 31, (lower, "translation"): 31}
    inputs = {sampler["input"] for sampler in animation["samplers"]}
    assert sorted(document["accessors"][index]["count"] for index in inputs) == [2, 31]


def test_clip_says_whether_it_loops_and_travels() -> None:
    document, _ = split_glb(glb_bytes(bending_tube()))
    assert [a["extras"] for a in document["animations"]] == [{"loop": True}, {"loop": True, "speed_mps": 0.75}]


@pytest.mark.parametrize(("alpha", "mode"), [(1.0, None), (0.999, None), (0.99, "MASK"), (0.0, "MASK")])
def test_alpha_decides_the_mode(alpha: float, mode: str | None) -> None:
    texture = checker_texture()
    texture[0, 0, 3] = alpha
    document, _ = split_glb(glb_bytes(replace(textured_box(), material=Material(texture))))
    assert document["materials"][0].get("alphaMode") == mode


def test_colors_are_written_only_without_uv() -> None:
    colored, _ = split_glb(glb_bytes(colored_box()))
    assert "COLOR_0" in colored["meshes"][0]["primitives"][0]["attributes"]
    both = replace(textured_box(), mesh=replace(box_mesh(), colors=torch.ones(24, 3)))
    document, _ = split_glb(glb_bytes(both))
    assert "COLOR_0" not in document["meshes"][0]["primitives"][0]["attributes"]
    assert len(document["images"]) == 1


def test_vanishing_normals_are_computed(tmp_path: Path) -> None:
    box = box_mesh()
    assert box.normals is not None
    holes = box.normals.clone()
    holes[::3] = 0
    write_glb(replace(textured_box(), mesh=replace(box, normals=holes * 7)), tmp_path / "box.glb")
    file = open_gltf(tmp_path / "box.glb")
    normals = file.accessor(file.items("meshes")[0]["primitives"][0]["attributes"]["NORMAL"])
    assert np.allclose(normals, box.normals.numpy(), atol=1e-6)


def test_texture_without_uv_is_refused() -> None:
    asset = Asset("box", replace(box_mesh(), uv=None), Material(checker_texture()))
    with pytest.raises(ShapeError, match="unwrap"):
        glb_bytes(asset)


def test_infinite_fact_is_refused() -> None:
    with pytest.raises(ShapeError, match="'seconds' is inf"):
        glb_bytes(replace(textured_box(), provenance={"seconds": float("inf")}))


def test_write_file_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.bin"
    write_file(path, b"first")
    write_file(path, b"second")
    assert path.read_bytes() == b"second"
    assert [p.name for p in path.parent.iterdir()] == ["file.bin"]


def test_unwritable_places_give_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "file" / "asset.glb", tmp_path / "folder", Path("/proc/asset.glb"), tmp_path / ("x" * 300)):
        with pytest.raises(OutputError, match=r"cannot be written \(.*\); choose another place") as caught:
            write_glb(textured_box(), path)
        assert "\n" not in str(caught.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]


def test_full_disk_leaves_the_former_file(tmp_path: Path) -> None:
    path = tmp_path / "asset.glb"
    path.write_bytes(b"former")
    with files_of_at_most(100_000), pytest.raises(OutputError, match="cannot be written"):
        write_file(path, bytes(200_000))
    assert path.read_bytes() == b"former"
    assert [p.name for p in tmp_path.iterdir()] == ["asset.glb"]


def test_every_clip_sets_what_any_clip_moves(tmp_path: Path) -> None:
    """Godot and Babylon.js leave a joint without a channel where the clip before left it."""
    tube = bending_tube()
    assert tube.skeleton is not None
    bend = tube.clips[0]
    still = replace(
        bend,
        name="still",
        rotation=tube.skeleton.rest_rotation.expand_as(bend.rotation).contiguous(),
        root_translation=tube.skeleton.rest_translation[0].expand_as(bend.root_translation).contiguous(),
        moving_joint=0,
    )
    path = torch.arange(len(bend.times))[:, None] * torch.tensor([0.0, 0.5, 1.0])
    hop = replace(still, name="hop", moving_joint=1, root_translation=path, loop=False)
    write_glb(replace(tube, clips=(bend, hop, still)), tmp_path / "a.glb")
    document, _ = split_glb((tmp_path / "a.glb").read_bytes())
    targets = [
        {(channel["target"]["node"], channel["target"]["path"]) for channel in animation["channels"]}
        for animation in document["animations"]
    ]
    turned = [{node for node, path in target if path == "rotation"} for target in targets]
    assert turned[0] == turned[1] == turned[2] != set()
    slid = [{node for node, path in target if path == "translation"} for target in targets]
    assert slid[1] <= slid[2] and slid[1] <= slid[0]
    read = read_asset(tmp_path / "a.glb")
    assert [clip.moving_joint for clip in read.clips] == [bend.moving_joint, 1, 0]
    assert all(clip.joint_translation is None for clip in read.clips)
