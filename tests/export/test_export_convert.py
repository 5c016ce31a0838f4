"""Other formats: what comes out is what went in, read back by other people's readers."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
import torch
import trimesh
from glb_factory import bending_tube, box_mesh, colored_box, humanoid, textured_box
from glb_surgery import edit_json
from PIL import Image

from gen4d.errors import ConfigError, InputError, MissingDependency, OutputError
from gen4d.export.config import ExportConfig
from gen4d.export.convert import convert_file
from gen4d.export.glb import write_glb
from gen4d.export.read import load_asset, load_mesh
from gen4d.export.skin import joint_to_world
from gen4d.motion.skinning import skin_vertices
from gen4d.structures import Asset

ASSETS = {"tube": bending_tube, "textured": textured_box, "colored": colored_box}


@pytest.mark.parametrize("kind", ASSETS)
def test_separate_files_hold_the_same_asset(tmp_path: Path, kind: str) -> None:
    write_glb(ASSETS[kind](), tmp_path / "a.glb")
    paths, warnings = convert_file(tmp_path / "a.glb", tmp_path / "out" / "b.gltf")
    assert not warnings and paths[0].name == "b.gltf"
    document = json.loads(paths[0].read_text())
    assert all("uri" in part for part in [*document["buffers"], *document.get("images", [])])
    assert sum(p.stat().st_size for p in paths[1:]) <= (tmp_path / "a.glb").stat().st_size
    ours, theirs = load_asset(tmp_path / "a.glb")[0], load_asset(paths[0])[0]
    assert torch.equal(ours.mesh.vertices, theirs.mesh.vertices) and torch.equal(ours.mesh.faces, theirs.mesh.faces)
    assert torch.equal(ours.material.base_color, theirs.material.base_color)
    assert [clip.name for clip in ours.clips] == [clip.name for clip in theirs.clips]


@pytest.mark.parametrize("kind", ASSETS)
@pytest.mark.parametrize("ending", ["obj", "ply", "stl"])
def test_static_formats_keep_every_triangle(tmp_path: Path, kind: str, ending: str) -> None:
    asset = ASSETS[kind]()
    write_glb(asset, tmp_path / "a.glb")
    paths, warnings = convert_file(tmp_path / "a.glb", tmp_path / f"b.{ending}")
    corners = asset.mesh.vertices.numpy()[asset.mesh.faces.numpy()]
    loaded = trimesh.load(paths[0], process=False, force="mesh")
    assert isinstance(loaded, trimesh.Trimesh)
    assert np.allclose(loaded.vertices[loaded.faces], corners, atol=1e-6)
    assert any("no skeleton" in sentence for sentence in warnings) == (kind == "tube")


def test_obj_carries_the_texture_and_ply_the_colours(tmp_path: Path) -> None:
    write_glb(textured_box(), tmp_path / "a.glb")
    paths, _ = convert_file(tmp_path / "a.glb", tmp_path / "b.obj")
    assert {path.name for path in paths} == {"b.obj", "b.mtl", "b.png"}
    mesh, material = load_mesh(tmp_path / "b.obj")
    assert material is not None and mesh.uv is not None
    assert torch.equal(material.base_color[..., :3], textured_box().material.base_color[..., :3])
    corner_uv = textured_box().mesh.uv
    assert corner_uv is not None
    assert torch.allclose(mesh.uv[mesh.faces], corner_uv[textured_box().mesh.faces], atol=1e-6)
    write_glb(colored_box(), tmp_path / "c.glb")
    convert_file(tmp_path / "c.glb", tmp_path / "c.ply")
    read, original = load_mesh(tmp_path / "c.ply")[0], colored_box().mesh
    assert read.colors is not None and original.colors is not None
    assert torch.allclose(read.colors[read.faces], original.colors[original.faces], atol=1 / 255)


def test_unknown_formats_and_clips_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    write_glb(bending_tube(), tmp_path / "a.glb")
    with pytest.raises(ConfigError, match="allowed are"):
        convert_file(tmp_path / "a.glb", tmp_path / "b.dae")
    with pytest.raises(ConfigError, match="no clip 'fly'"):
        convert_file(tmp_path / "a.glb", tmp_path / "b.usdz", "fly")
    with pytest.raises(InputError):
        convert_file(tmp_path / "none.glb", tmp_path / "b.obj")
    assert [path.name for path in tmp_path.iterdir()] == ["a.glb"]


def _usd_points(path: Path, time: float) -> np.ndarray:
    """Skinned points of the package's mesh, by OpenUSD's own skinning."""
    from pxr import Usd, UsdGeom, UsdSkel, Vt

    stage = Usd.Stage.Open(str(path))
    cache = UsdSkel.Cache()
    root = UsdSkel.Root(stage.GetDefaultPrim())
    cache.Populate(root, Usd.PrimDefaultPredicate)
    mesh = next(p for p in stage.Traverse() if p.IsA(UsdGeom.Mesh))
    query = cache.GetSkinningQuery(mesh)
    skeleton = cache.GetSkelQuery(UsdSkel.Skeleton(stage.GetPrimAtPath(str(root.GetPath()) + "/skeleton")))
    points = Vt.Vec3fArray(UsdGeom.Mesh(mesh).GetPointsAttr().Get())
    transforms = skeleton.ComputeSkinningTransforms(Usd.TimeCode(time))
    assert query.ComputeSkinnedPoints(transforms, points, Usd.TimeCode(time))
    return np.array(points)


def test_usdz_moves_as_our_own_skinning_does(tmp_path: Path) -> None:
    pytest.importorskip("pxr", reason="usd-core is not installed")
    asset = bending_tube()
    write_glb(asset, tmp_path / "a.glb")
    paths, warnings = convert_file(tmp_path / "a.glb", tmp_path / "b.usdz", "bend")
    assert any("one timeline" in sentence and "slide" in sentence for sentence in warnings)
    clip, skeleton = asset.clips[0], asset.skeleton
    assert skeleton is not None and asset.skin is not None
    for key in (0, 7, 15, 30):
        places = skeleton.rest_translation.clone()
        places[clip.moving_joint] = clip.root_translation[key]
        frames = joint_to_world(skeleton.parents.numpy(), places.double().numpy(), clip.rotation[key].double().numpy())
        expected = skin_vertices(asset.mesh.vertices, asset.skin, skeleton, torch.from_numpy(frames)[None].float())[0]
        assert np.abs(_usd_points(paths[0], float(clip.times[key]) * 30) - expected.numpy()).max() < 1e-5


@pytest.mark.parametrize("kind", ["textured", "colored", "plain"])
def test_static_usdz_holds_looks_and_shape(tmp_path: Path, kind: str) -> None:
    pytest.importorskip("pxr", reason="usd-core is not installed")
    from pxr import Usd, UsdGeom, UsdShade

    plain = Asset("plain", box_mesh(), textured_box().material)
    asset = ASSETS[kind]() if kind in ASSETS else plain
    write_glb(asset, tmp_path / "a.glb")
    paths, warnings = convert_file(tmp_path / "a.glb", tmp_path / "b.usdz")
    assert not warnings
    stage = Usd.Stage.Open(str(paths[0]))
    assert UsdGeom.GetStageUpAxis(stage) == "Y" and UsdGeom.GetStageMetersPerUnit(stage) == 1
    mesh = next(UsdGeom.Mesh(p) for p in stage.Traverse() if p.IsA(UsdGeom.Mesh))
    assert np.allclose(mesh.GetPointsAttr().Get(), asset.mesh.vertices.numpy())
    assert UsdShade.MaterialBindingAPI(mesh.GetPrim()).ComputeBoundMaterial()[0]


def test_usdz_holds_every_map(tmp_path: Path) -> None:
    pytest.importorskip("pxr", reason="usd-core is not installed")
    from pxr import Usd, UsdShade, UsdValidation

    box, bumps = textured_box(), textured_box().material.base_color[..., :3].contiguous()
    maps = replace(box.material, occlusion_roughness_metallic=bumps.flip(0), normal_map=bumps)
    write_glb(replace(box, material=maps), tmp_path / "a.glb")
    (path,), warnings = convert_file(tmp_path / "a.glb", tmp_path / "b.usdz")
    stage = Usd.Stage.Open(str(path))
    assert not warnings
    context = UsdValidation.ValidationContext(UsdValidation.ValidationRegistry().GetOrLoadAllValidators())
    assert not context.Validate(stage)  # OpenUSD's own checks
    surface = next(UsdShade.Shader(p) for p in stage.Traverse() if p.GetName() == "surface")
    inputs = {"diffuseColor": ("base_color", "rgb"), "occlusion": ("orm", "r"), "roughness": ("orm", "g")}
    inputs |= {"metallic": ("orm", "b"), "normal": ("normal", "rgb")}
    for name, (texture, channels) in inputs.items():
        source, output, _ = surface.GetInput(name).GetConnectedSource()
        assert (source.GetPrim().GetName(), output) == (texture, channels)
    with ZipFile(path) as package:
        assert {Path(name).name for name in package.namelist()} >= {"base_color.png", "orm.png", "normal.png"}
        with package.open(next(name for name in package.namelist() if name.endswith("orm.png"))) as stream:
            pixels = np.asarray(Image.open(stream))
    assert np.array_equal(pixels, (bumps.flip(0) * 255).round().byte().numpy())


def repacked(
    tmp_path: Path, asset: Asset, **settings: object
) -> tuple[dict[str, Any], dict[str, Any], tuple[str, ...]]:
    """The documents of a GLB and of what `convert` makes of it, and the warnings."""
    write_glb(asset, tmp_path / "a.glb", ExportConfig.model_validate(settings))
    _, warnings = convert_file(tmp_path / "a.glb", tmp_path / "b.glb")
    return document(tmp_path / "a.glb"), document(tmp_path / "b.glb"), len(warnings)


def document(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    return json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])


@pytest.mark.parametrize("compress", [(), ("quantize",), ("webp",), ("quantize", "webp")])
def test_a_glb_stays_packed_as_it_was(tmp_path: Path, compress: tuple[str, ...]) -> None:
    before, after, warnings = repacked(tmp_path, textured_box(), compress=compress)
    assert before.get("extensionsRequired") == after.get("extensionsRequired") and not warnings
    convert_file(tmp_path / "b.glb", tmp_path / "c.glb", cfg=ExportConfig(compress=()))
    assert "extensionsRequired" not in document(tmp_path / "c.glb")  # undone on request


def test_what_the_program_cannot_read_is_undone_and_said(tmp_path: Path) -> None:
    write_glb(textured_box(), tmp_path / "a.glb", ExportConfig(compress=("quantize",)))
    _, warnings = convert_file(tmp_path / "a.glb", tmp_path / "b.glb", cfg=ExportConfig(target="unreal"))
    assert "extensionsRequired" not in document(tmp_path / "b.glb")
    assert any("KHR_mesh_quantization" in sentence for sentence in warnings)


def test_a_vrm_stays_its_authors(tmp_path: Path) -> None:
    write_glb(humanoid(), tmp_path / "a.glb", ExportConfig(vrm=True))
    written = document(tmp_path / "a.glb")
    meta = {"name": "Ada", "authors": ["B. Maker"], "licenseUrl": "https://example.org/own", "thumbnailImage": 3}
    written["extensions"]["VRMC_vrm"] |= {"meta": meta, "lookAt": {"type": "bone"}}
    written["extensionsUsed"].append("EXT_unheard_of")
    edit_json(tmp_path / "a.glb", lambda found: found.update(written))
    _, warnings = convert_file(tmp_path / "a.glb", tmp_path / "b.glb")
    kept = document(tmp_path / "b.glb")["extensions"]["VRMC_vrm"]
    del meta["thumbnailImage"]
    assert kept["meta"] == meta and kept["humanoid"] == written["extensions"]["VRMC_vrm"]["humanoid"]
    assert [("lookAt" in sentence, "EXT_unheard_of" in sentence) for sentence in warnings] in (
        [(True, False), (False, True)], [(False, True), (True, False)]
    )  # fmt: skip
    convert_file(tmp_path / "a.glb", tmp_path / "c.glb", cfg=ExportConfig(vrm=False))
    assert "VRMC_vrm" not in document(tmp_path / "c.glb").get("extensions", {})


def test_coarser_copies_inside_are_not_lost_in_silence(tmp_path: Path) -> None:
    write_glb(textured_box(), tmp_path / "a.glb", lods=[textured_box()])
    _, warnings = convert_file(tmp_path / "a.glb", tmp_path / "b.glb")
    assert any("MSFT_lod" in sentence for sentence in warnings)


def fake_blender(folder: Path, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program `blender` that runs a shell line; the last two words it gets are the source and the target."""
    (folder / "blender").write_text(f'#!/bin/sh\nfor last; do before="$target"; target="$last"; done\n{body}\n')
    (folder / "blender").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_fbx_is_what_blender_makes_of_a_plain_glb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_glb(bending_tube(), tmp_path / "a.glb", ExportConfig(compress=("quantize",)))
    fake_blender(tmp_path, 'cp "$before" "$target"', monkeypatch)
    paths, warnings = convert_file(tmp_path / "a.glb", tmp_path / "b.fbx")
    assert [path.name for path in paths] == ["b.fbx"] and warnings
    assert "extensionsRequired" not in document(tmp_path / "b.fbx")


@pytest.mark.parametrize(("body", "error"), [("exit 1", "Blender failed"), ("exit 0", "said nothing")])
def test_a_failing_blender_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, error: str
) -> None:
    write_glb(bending_tube(), tmp_path / "a.glb")
    fake_blender(tmp_path, body, monkeypatch)
    with pytest.raises(OutputError, match=error):
        convert_file(tmp_path / "a.glb", tmp_path / "b.fbx")
    (tmp_path / "blender").unlink()
    with pytest.raises(MissingDependency, match="install Blender"):
        convert_file(tmp_path / "a.glb", tmp_path / "b.fbx")
    assert not list(tmp_path.glob("*.fbx"))
