"""Profiles, names, compression and LODs: what a file for one program has, and that nothing is lost on the way."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from glb_factory import bending_tube, colored_box, humanoid, textured_box
from glb_surgery import split_glb
from scene_reference import Scene

from gen4d.config import load_config
from gen4d.errors import ConfigError
from gen4d.export.bones import BONE_NAMES, HUMAN_BONES, VRM_REQUIRED, bone_names, human_bones
from gen4d.export.config import Compression, ExportConfig, Naming
from gen4d.export.glb import glb_bytes, write_glb
from gen4d.export.profiles import PROFILES
from gen4d.export.read import load_asset
from gen4d.export.validate import check_glb
from gen4d.lods import make_lods
from gen4d.structures import Asset


def document(asset: Asset, **settings: object) -> dict:
    return split_glb(glb_bytes(asset, ExportConfig.model_validate(settings)))[0]


@pytest.mark.parametrize(
    ("settings", "hips", "arm", "clip"),
    [
        ({}, "hips", "leftUpperArm", "bend"),
        ({"target": "godot"}, "Hips", "LeftUpperArm", "bend-loop"),
        ({"target": "unity"}, "Hips", "LeftUpperArm", "bend"),
        ({"target": "unreal"}, "pelvis", "upperarm_l", "bend"),
        ({"naming": "mixamo"}, "mixamorig:Hips", "mixamorig:LeftArm", "bend"),
        ({"target": "godot", "naming": "vrm"}, "hips", "leftUpperArm", "bend-loop"),
    ],
)
def test_names_are_those_of_the_program(settings: dict[str, str], hips: str, arm: str, clip: str) -> None:
    written = document(humanoid(), **settings)
    names = [node["name"] for node in written["nodes"]]
    assert hips in names and arm in names and "tail1" in names and len(set(names)) == len(names)
    assert next(animation["name"] for animation in written["animations"]) == clip
    assert "extensionsRequired" not in written


@pytest.mark.parametrize("after", ["vrm", "mixamo", "unreal", "godot"])
@pytest.mark.parametrize("before", ["vrm", "mixamo", "unreal", "godot"])
@pytest.mark.parametrize("compress", [(), ("quantize",)])
def test_a_renamed_humanoid_stays_one(
    tmp_path: Path, before: Naming, after: Naming, compress: tuple[Compression, ...]
) -> None:
    """Written under one naming, read back, written under another: the words of the second, on the same joints."""
    man = humanoid()
    assert man.skeleton is not None
    write_glb(man, tmp_path / "a.glb", ExportConfig(naming=before, compress=compress))
    read, _ = load_asset(tmp_path / "a.glb")
    assert read.skeleton is not None and read.skeleton.names == bone_names(man.skeleton, before)
    kept = [node["name"] for node in document(read)["nodes"]]
    assert set(read.skeleton.names) <= set(kept), "a rig whose naming nobody asked to change keeps it"
    bones = human_bones(read.skeleton)
    assert {bone: man.skeleton.names[joint] for bone, joint in bones.items()} == {bone: bone for bone in HUMAN_BONES}
    renamed = bone_names(read.skeleton, after)
    known = {**{bone: bone for bone in HUMAN_BONES}, **BONE_NAMES[after]}
    assert all(renamed[joint] == known[bone] for bone, joint in bones.items())
    block = document(read, vrm=True, naming=after)["extensions"]["VRMC_vrm"]
    assert set(block["humanoid"]["humanBones"]) == set(HUMAN_BONES)


@pytest.mark.parametrize("rewrite", [lambda n: n.replace(":", ""), lambda n: n.replace(":", "_")])
def test_mixamo_bones_are_known_however_a_program_rewrote_the_colon(rewrite: Callable[[str], str]) -> None:
    man = humanoid().skeleton
    assert man is not None
    rewritten = replace(man, names=tuple(map(rewrite, bone_names(man, "mixamo"))))
    assert human_bones(rewritten) == human_bones(man) != {}


@pytest.mark.parametrize("naming", ["mixamo", "unreal", "godot"])
def test_every_humanoid_bone_has_a_word_of_its_own(naming: str) -> None:
    words = BONE_NAMES[naming]  # type: ignore[index]  # a parameter of three literals
    assert set(HUMAN_BONES) <= set(words) and len(set(words.values())) == len(words)


def test_other_body_plans_keep_their_names() -> None:
    names = [node["name"] for node in document(bending_tube(), target="unreal")["nodes"]]
    assert {"Root", "Lower", "Upper"} <= set(names)


def test_the_vrm_block_names_every_required_bone() -> None:
    written = document(humanoid(), vrm=True, naming="unreal")
    block = written["extensions"]["VRMC_vrm"]
    bones = {name: written["nodes"][bone["node"]]["name"] for name, bone in block["humanoid"]["humanBones"].items()}
    assert set(bones) >= VRM_REQUIRED and bones["leftUpperLeg"] == "thigh_l" and "tail1" not in bones
    assert block["specVersion"] == "1.0" and set(block["meta"]) >= {"name", "authors", "licenseUrl"}
    assert written["extensionsUsed"] == ["KHR_xmp_json_ld", "VRMC_vrm"] and "extensionsRequired" not in written
    with pytest.raises(ConfigError, match=r"export\.vrm"):
        document(bending_tube(), vrm=True)


def test_a_program_is_never_given_what_it_cannot_read() -> None:
    for target, kind in (("unreal", "quantize"), ("godot", "meshopt"), ("blender", "meshopt")):
        with pytest.raises(ConfigError, match=rf"{target} cannot read"):
            document(bending_tube(), target=target, compress=(kind,))
    with pytest.raises(ConfigError, match="MSFT_lod"):
        document(bending_tube(), target="unreal", lods=1, lod_style="msft")
    assert all(profile.sources for profile in PROFILES.values())


@pytest.mark.parametrize("compress", [(), ("quantize",), ("meshopt",), ("webp",), ("quantize", "meshopt", "webp")])
@pytest.mark.parametrize("make", [bending_tube, textured_box, colored_box])
def test_compressed_files_come_back(tmp_path: Path, make: object, compress: tuple[str, ...]) -> None:
    if "meshopt" in compress:
        pytest.importorskip("meshopt", reason="the package meshopt is not installed")
    asset = make()  # type: ignore[operator]  # one of three functions
    cfg = ExportConfig.model_validate({"compress": compress})
    write_glb(asset, tmp_path / "a.glb", cfg)
    assert glb_bytes(asset, cfg) == (tmp_path / "a.glb").read_bytes()
    assert not check_glb(tmp_path / "a.glb")
    read, notes = load_asset(tmp_path / "a.glb")
    assert not notes
    assert (read.mesh.vertices - asset.mesh.vertices).abs().max() <= 1.0 / 65535
    assert read.mesh.normals is not None and torch.allclose(read.mesh.normals.norm(dim=1), torch.ones(()), atol=1e-5)
    canonical = [face.roll(-int(face.argmin())) for face in read.mesh.faces]  # meshopt may turn a triangle
    expected = [face.roll(-int(face.argmin())) for face in asset.mesh.faces]
    assert torch.equal(torch.stack(canonical), torch.stack(expected))
    if asset.mesh.colors is not None:
        assert torch.allclose(read.mesh.colors, asset.mesh.colors, atol=1e-4)
    if asset.skeleton is not None and asset.skin is not None:
        assert read.skeleton.names == asset.skeleton.names
        assert torch.allclose(read.skeleton.rest_translation, asset.skeleton.rest_translation, atol=1e-5)
        assert [clip.name for clip in read.clips] == [clip.name for clip in asset.clips]
        for ours, theirs in zip(asset.clips, read.clips, strict=True):
            assert (ours.loop, ours.speed) == (theirs.loop, theirs.speed)
            keys = np.searchsorted(ours.times.numpy(), theirs.times.numpy() - 1e-4)
            assert torch.allclose(ours.rotation[keys], theirs.rotation, atol=1e-4)


def test_quantised_skins_stand_where_the_plain_ones_do(tmp_path: Path) -> None:
    """By the specification alone: the way back to metres stands in the inverse bind matrices."""
    write_glb(bending_tube(), tmp_path / "a.glb")
    write_glb(bending_tube(), tmp_path / "b.glb", ExportConfig(compress=("quantize",)))
    for time in (0.0, 0.3, 0.77):
        plain, small = (Scene(tmp_path / f"{name}.glb").vertices(0, time) for name in "ab")
        assert np.abs(plain - small).max() < 2e-3  # eight bits of weight


def test_levels_of_detail_shrink_and_keep_rig_and_looks(tmp_path: Path) -> None:
    tube = bending_tube()
    levels = make_lods(tube, ExportConfig.model_validate({"lods": 4}).lods)
    counts = [len(level.mesh.faces) for level in (tube, *levels)]
    assert counts == sorted(counts, reverse=True) and 1 <= len(levels) < 4  # it ends where little is left
    for level in levels:
        assert level.skin is not None and level.skeleton is tube.skeleton and len(level.clips) == 2
        assert level.mesh.uv is not None and max(level.material.base_color.shape) <= 128
        low, high = level.mesh.bounds
        assert torch.allclose(torch.stack([low, high]), torch.stack(list(tube.mesh.bounds)), atol=0.12)
    write_glb(tube, tmp_path / "a.glb", ExportConfig(lods=(0.5,), lod_style="msft"), levels[:1])
    written, _ = split_glb((tmp_path / "a.glb").read_bytes())
    mesh_node = written["nodes"][1]
    (lower,) = mesh_node["extensions"]["MSFT_lod"]["ids"]
    assert "mesh" in written["nodes"][lower] and lower not in written["scenes"][0]["nodes"]
    assert len(written["skins"]) == 2 and written["skins"][0]["joints"] == written["skins"][1]["joints"]
    read, _ = load_asset(tmp_path / "a.glb")
    assert len(read.mesh.faces) == len(tube.mesh.faces)


@pytest.mark.parametrize("shares", [(0.6, 0.4), (0.3,)])
def test_levels_keep_the_share_that_is_asked_for(shares: tuple[float, ...]) -> None:
    tube = bending_tube()
    levels = make_lods(tube, shares)
    assert len(levels) == len(shares)
    for level, share in zip(levels, shares, strict=True):
        assert len(level.mesh.faces) == pytest.approx(share * len(tube.mesh.faces), rel=0.1)


@pytest.mark.parametrize("lods", [(0.25, 0.5), (0.5, 0.5), (1.5,), (0.0,), (0.5,) * 5, 7, -1])
def test_shares_are_falling_and_below_one(lods: object) -> None:
    with pytest.raises(ConfigError, match=r"^export\.lods"):
        load_config(None, {"export.lods": lods})


@pytest.mark.parametrize(
    ("text", "lods"), [("0.5", (0.5,)), ("0.5, 0.25", (0.5, 0.25)), ("2", (1 / 3, 1 / 9)), ("0", ())]
)
def test_shares_are_read_from_the_command_line(text: str, lods: tuple[float, ...]) -> None:
    assert load_config(None, {"export.lods": text}).export.lods == lods
