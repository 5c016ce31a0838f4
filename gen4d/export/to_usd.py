"""Adapter of the optional package usd-core: an asset as USDZ, static or with a skeleton and one clip.

Source: OpenUSD, UsdSkel and UsdPreviewSurface. USD multiplies row vectors, so its matrices are ours transposed.
"""

import importlib.util
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gen4d.conventions import srgb_to_linear
from gen4d.errors import MissingDependency
from gen4d.export.materials import is_single_texel, png_bytes, to_bytes
from gen4d.export.names import safe_name, unique_names
from gen4d.export.skin import canonical_weights, joint_to_world, rotation_matrices
from gen4d.export.to_mesh_files import plain_linear
from gen4d.structures import Asset, Clip, Skeleton, vertex_normals

FPS = 30  # time codes a second


def usdz_files(asset: Asset, stem: str, clip: str | None) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """One USDZ package.

    Args:
        clip: the one its single timeline plays; None is the first.

    Returns:
        files: the package by name; and sentences about what it could not carry.

    Raises:
        MissingDependency: usd-core is not installed.
    """
    if importlib.util.find_spec("pxr") is None:
        raise MissingDependency("USDZ needs the package usd-core; run `pip install gen4d[usd]`.")
    from pxr import Sdf, Usd, UsdGeom, UsdSkel, UsdUtils  # pyright: ignore[reportMissingImports]  # an extra

    shown = next((c for c in asset.clips if clip in (None, c.name)), None)
    with tempfile.TemporaryDirectory() as folder:
        stage: Any = Usd.Stage.CreateNew(str(Path(folder) / "asset.usdc"))
        UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
        UsdGeom.SetStageMetersPerUnit(stage, 1.0)
        root = f"/{safe_name(asset.name).replace('-', '_').lstrip('0123456789') or 'asset'}"
        kind: Any = UsdGeom.Xform if asset.skeleton is None else UsdSkel.Root
        stage.SetDefaultPrim(kind.Define(stage, root).GetPrim())
        mesh = _add_mesh(stage, root, asset)
        _add_material(stage, root, asset, mesh, Path(folder))
        if asset.skeleton is not None:
            _add_skeleton(stage, root, asset, mesh, shown)
        stage.GetRootLayer().Save()
        package = Path(folder) / "asset.usdz"
        UsdUtils.CreateNewUsdzPackage(Sdf.AssetPath(str(Path(folder) / "asset.usdc")), str(package))
        data = package.read_bytes()
    others = [c.name for c in asset.clips if c is not shown]
    lost = []
    if shown and others:
        lost.append(f"USDZ has one timeline: it plays '{shown.name}'; left out are {', '.join(others)}")
    return {f"{stem}.usdz": data}, tuple(lost)


def _add_mesh(stage: Any, root: str, asset: Asset) -> Any:
    from pxr import Sdf, UsdGeom, Vt  # pyright: ignore[reportMissingImports]  # an extra

    mesh = UsdGeom.Mesh.Define(stage, f"{root}/mesh")
    vertices = asset.mesh.vertices.numpy()
    normals = vertex_normals(asset.mesh) if asset.mesh.normals is None else asset.mesh.normals
    mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(vertices))
    mesh.CreateExtentAttr(Vt.Vec3fArray.FromNumpy(np.stack([vertices.min(0), vertices.max(0)])))
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(asset.mesh.faces), 3, np.int32)))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(asset.mesh.faces.numpy().astype(np.int32).ravel()))
    mesh.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(normals.numpy()))
    mesh.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    mesh.CreateDoubleSidedAttr(asset.material.double_sided)
    primvars = UsdGeom.PrimvarsAPI(mesh)
    if asset.mesh.uv is not None:
        uv = np.ascontiguousarray(asset.mesh.uv.numpy() * (1, -1) + (0, 1), np.float32)  # USD's origin is below
        primvar = primvars.CreatePrimvar("st", Sdf.ValueTypeNames.TexCoord2fArray, UsdGeom.Tokens.vertex)
        primvar.Set(Vt.Vec2fArray.FromNumpy(uv))
    if asset.mesh.colors is not None:
        linear = srgb_to_linear(asset.mesh.colors.double()).float().numpy()
        mesh.CreateDisplayColorPrimvar(UsdGeom.Tokens.vertex).Set(Vt.Vec3fArray.FromNumpy(linear))
    return mesh


def _add_material(stage: Any, root: str, asset: Asset, mesh: Any, folder: Path) -> None:
    """A UsdPreviewSurface: base colour from a texture, the vertices or one colour, and the other maps."""
    from pxr import Gf, Sdf, UsdShade  # pyright: ignore[reportMissingImports]  # an extra

    looks, kinds = asset.material, Sdf.ValueTypeNames
    material = UsdShade.Material.Define(stage, f"{root}/material")
    surface = UsdShade.Shader.Define(stage, f"{root}/material/surface")
    surface.CreateIdAttr("UsdPreviewSurface")
    roughness = surface.CreateInput("roughness", kinds.Float)
    metallic = surface.CreateInput("metallic", kinds.Float)
    color = surface.CreateInput("diffuseColor", kinds.Color3f)
    roughness.Set(float(looks.roughness))
    metallic.Set(float(looks.metallic))
    if asset.mesh.uv is not None and not is_single_texel(looks):
        color.ConnectToSource(_texture(stage, root, folder, "base_color", looks.base_color[..., :3], "rgb"))
    elif asset.mesh.colors is not None:
        color.ConnectToSource(_reader(stage, root, "displayColor", "float3").CreateOutput("result", kinds.Float3))
    else:
        color.Set(Gf.Vec3f(*plain_linear(asset)))
    if (packed := looks.occlusion_roughness_metallic) is not None and asset.mesh.uv is not None:
        surface.CreateInput("occlusion", kinds.Float).ConnectToSource(_texture(stage, root, folder, "orm", packed, "r"))
        roughness.ConnectToSource(_texture(stage, root, folder, "orm", packed, "g"))
        metallic.ConnectToSource(_texture(stage, root, folder, "orm", packed, "b"))
    if looks.normal_map is not None and asset.mesh.uv is not None:
        bumps = _texture(stage, root, folder, "normal", looks.normal_map, "rgb")
        texture = UsdShade.Shader.Get(stage, f"{root}/material/normal")
        texture.CreateInput("scale", kinds.Float4).Set(Gf.Vec4f(2, 2, 2, 1))  # [0, 1] to [-1, 1]
        texture.CreateInput("bias", kinds.Float4).Set(Gf.Vec4f(-1, -1, -1, 0))
        surface.CreateInput("normal", kinds.Normal3f).ConnectToSource(bumps)
    material.CreateSurfaceOutput().ConnectToSource(surface.ConnectableAPI(), "surface")
    UsdShade.MaterialBindingAPI.Apply(mesh.GetPrim()).Bind(material)


def _texture(stage: Any, root: str, folder: Path, name: str, image: torch.Tensor, channels: str) -> Any:
    """Channels of an image, r, g, b or rgb, as an output that inputs connect to; the image is written once."""
    from pxr import Sdf, UsdShade  # pyright: ignore[reportMissingImports]  # an extra

    kinds = Sdf.ValueTypeNames
    texture = UsdShade.Shader.Define(stage, f"{root}/material/{name}")
    if not (folder / f"{name}.png").exists():
        (folder / f"{name}.png").write_bytes(png_bytes(to_bytes(image)))
        texture.CreateIdAttr("UsdUVTexture")
        texture.CreateInput("file", kinds.Asset).Set(f"{name}.png")
        texture.CreateInput("sourceColorSpace", kinds.Token).Set("sRGB" if name == "base_color" else "raw")
        for axis in ("wrapS", "wrapT"):
            texture.CreateInput(axis, kinds.Token).Set("repeat")
        place = _reader(stage, root, "st", "float2").CreateOutput("result", kinds.Float2)
        texture.CreateInput("st", kinds.Float2).ConnectToSource(place)
    return texture.CreateOutput(channels, kinds.Float3 if channels == "rgb" else kinds.Float)


def _reader(stage: Any, root: str, primvar: str, kind: str) -> Any:
    """What reads a vertex attribute of the mesh."""
    from pxr import Sdf, UsdShade  # pyright: ignore[reportMissingImports]  # an extra

    reader = UsdShade.Shader.Define(stage, f"{root}/material/reader")
    reader.CreateIdAttr(f"UsdPrimvarReader_{kind}")
    reader.CreateInput("varname", Sdf.ValueTypeNames.String).Set(primvar)
    return reader


def _add_skeleton(stage: Any, root: str, asset: Asset, mesh: Any, clip: Clip | None) -> None:
    from pxr import Gf, UsdSkel, Vt  # pyright: ignore[reportMissingImports]  # an extra

    skeleton, skin = asset.skeleton, asset.skin
    assert skeleton is not None and skin is not None
    paths = _joint_paths(skeleton)
    rest = skeleton.rest_translation.double().numpy(), skeleton.rest_rotation.double().numpy()
    local = np.tile(np.eye(4), (len(skeleton), 1, 1))
    local[:, :3, :3], local[:, :3, 3] = rotation_matrices(rest[1]), rest[0]
    world = joint_to_world(skeleton.parents.numpy(), *rest)
    node = UsdSkel.Skeleton.Define(stage, f"{root}/skeleton")
    node.CreateJointsAttr(paths)
    node.CreateBindTransformsAttr([Gf.Matrix4d(matrix.T.tolist()) for matrix in world])
    node.CreateRestTransformsAttr([Gf.Matrix4d(matrix.T.tolist()) for matrix in local])
    joints, weights = canonical_weights(skin)
    binding = UsdSkel.BindingAPI.Apply(mesh.GetPrim())
    binding.CreateSkeletonRel().SetTargets([node.GetPath()])
    binding.CreateJointIndicesPrimvar(False, 4).Set(Vt.IntArray.FromNumpy(joints.astype(np.int32).ravel()))
    binding.CreateJointWeightsPrimvar(False, 4).Set(Vt.FloatArray.FromNumpy(weights.ravel()))
    binding.CreateGeomBindTransformAttr(Gf.Matrix4d(1.0))
    if clip is not None:
        animation = _add_clip(stage, f"{root}/clip", skeleton, paths, clip)
        UsdSkel.BindingAPI.Apply(node.GetPrim()).CreateAnimationSourceRel().SetTargets([animation.GetPath()])


def _add_clip(stage: Any, path: str, skeleton: Skeleton, joint_paths: list[str], clip: Clip) -> Any:
    from pxr import UsdSkel, Vt  # pyright: ignore[reportMissingImports]  # an extra

    stage.SetTimeCodesPerSecond(FPS)
    stage.SetStartTimeCode(0.0)
    stage.SetEndTimeCode(float(clip.times[-1]) * FPS)
    animation = UsdSkel.Animation.Define(stage, path)
    animation.CreateJointsAttr(joint_paths)
    places = skeleton.rest_translation.repeat(len(clip.times), 1, 1)
    places[:, clip.moving_joint] = clip.root_translation
    places = places if clip.joint_translation is None else clip.joint_translation
    animation.CreateScalesAttr(Vt.Vec3hArray.FromNumpy(np.ones((len(skeleton), 3), np.float16)))
    turns, moves = animation.CreateRotationsAttr(), animation.CreateTranslationsAttr()
    for key, time in enumerate((clip.times.double() * FPS).tolist()):
        turns.Set(Vt.QuatfArray.FromNumpy(np.ascontiguousarray(clip.rotation[key].numpy())), time)
        moves.Set(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(places[key].numpy())), time)
    return animation


def _joint_paths(skeleton: Skeleton) -> list[str]:
    """Every joint as `root/hips/spine`, in names that USD allows."""
    plain = [safe_name(name, "joint").replace("-", "_") for name in skeleton.names]
    names = unique_names(f"_{name}" if name[:1].isdigit() else name for name in plain)
    paths: list[str] = []
    for name, parent in zip(names, skeleton.parents.tolist(), strict=True):
        paths.append(name if parent < 0 else f"{paths[parent]}/{name}")
    return paths
