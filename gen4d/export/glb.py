"""Asset to GLB: one mesh with one primitive and one material, at most one skin; the same asset, the same bytes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from gen4d.conventions import srgb_to_linear
from gen4d.errors import ConfigError, ShapeError
from gen4d.export.animation import add_clip, moved_joints
from gen4d.export.bones import VRM_EXTENSION, is_humanoid, vrm_block, vrm_meta
from gen4d.export.config import ExportConfig
from gen4d.export.dress import dressed
from gen4d.export.encode import Encoder, Grid
from gen4d.export.files import write_file
from gen4d.export.gltf import INDEX_TARGET, GltfBuilder, JsonObject, JsonValue
from gen4d.export.materials import add_material, is_single_texel
from gen4d.export.metadata import XMP, asset_object, xmp_packet
from gen4d.export.names import safe_name
from gen4d.export.skin import add_joints, add_skin, weight_attributes
from gen4d.export.t_pose import t_posed
from gen4d.structures import Asset, Mesh, vertex_normals
from gen4d.structures.tangents import vertex_tangents

GENERIC = ExportConfig()
MSFT_LOD = "MSFT_lod"
# Index 65535 is reserved in 16-bit index buffers (primitive restart), so the largest usable one is 65534.
MAX_UINT16_VERTICES = 65535
SHORTEST_NORMAL = 1e-6


def write_glb(asset: Asset, path: Path, cfg: ExportConfig = GENERIC, lods: Sequence[Asset] = ()) -> None:
    """Write an asset as one GLB file that appears whole or not at all.

    Raises:
        ShapeError: the asset cannot be expressed, see `glb_bytes`.
        ConfigError: the config asks for something its target cannot read, or for VRM of what is no humanoid.
        MissingDependency: the package for a compression is not installed.
        OutputError: the file cannot be written.
    """
    write_file(path, glb_bytes(asset, cfg, lods))


def glb_bytes(
    asset: Asset, cfg: ExportConfig = GENERIC, lods: Sequence[Asset] = (), *, vrm: JsonObject | None = None
) -> bytes:
    """The bytes of a GLB file.

    The scene has the mesh node as a root without a transform; with a skeleton the armature node, which holds the root
    joint, is its sibling: a skinned mesh below another node draws a validator warning, since its transform is ignored.
    The nodes of a VRM rest in the T-pose it demands; the bind pose is the asset's own, as in any other file.

    Args:
        lods: coarser copies with the same skeleton, written as MSFT_lod.
        vrm: the VRM block's meta object, where it is somebody else's; None: written from the provenance.

    Raises:
        ShapeError: a texture without uv, or a fact in the provenance that JSON cannot hold.
        ConfigError: the config asks for something its target cannot read, or for VRM of what is no humanoid.
        MissingDependency: the package for a compression is not installed.
    """
    for level in (asset, *lods):
        _check(level)
    worn = dressed(asset, cfg)
    gltf = GltfBuilder(asset_object(worn), meshopt="meshopt" in cfg.compress)
    encoder = Encoder(gltf, quantize="quantize" in cfg.compress)
    name = safe_name(asset.name)
    mesh_node = gltf.count("nodes") + (worn.skeleton is not None)
    if worn.skeleton is not None:
        gltf.add("nodes", {"name": name, "children": [2 + len(lods)]})
    if cfg.vrm:
        _check_humanoid(asset)
    _add_mesh_nodes(gltf, encoder, [worn, *(dressed(level, cfg) for level in lods)], cfg)
    if worn.skeleton is not None:
        resting = t_posed(worn) if cfg.vrm else worn.skeleton
        first_joint = add_joints(gltf, resting)
        moved = moved_joints(worn.clips, worn.skeleton, resting)
        for clip in worn.clips:
            add_clip(gltf, encoder, clip, worn.skeleton, first_joint, moved)
        if cfg.vrm:
            author = str(asset.provenance.get("author", asset.provenance.get("generator", "unknown")))
            block = vrm_block(worn.skeleton, first_joint, vrm or vrm_meta(asset.name, author))
            gltf.use(VRM_EXTENSION, content=block)
    if (packet := xmp_packet(asset)) is not None:
        gltf.use(XMP, content={"packets": [packet]})
        gltf.tag_asset(XMP, {"packet": 0})
    roots = [mesh_node] if worn.skeleton is None else [0, mesh_node]
    gltf.add("scenes", {"name": asset.name, "nodes": roots})
    return gltf.to_glb()


def _check(asset: Asset) -> None:
    images = (asset.material.occlusion_roughness_metallic, asset.material.normal_map)
    textured = not is_single_texel(asset.material) and asset.mesh.colors is None
    if asset.mesh.uv is None and (textured or any(image is not None for image in images)):
        raise ShapeError("Asset.mesh.uv: it is None, but the material has textures; unwrap the mesh first.")


def _check_humanoid(asset: Asset) -> None:
    if asset.skeleton is None or not is_humanoid(asset.skeleton):
        what = "an asset without a skeleton" if asset.skeleton is None else f"the plan '{asset.skeleton.plan}'"
        raise ConfigError(f"export.vrm: VRM is for humanoids, and this is {what}; leave it out.")


def _add_mesh_nodes(gltf: GltfBuilder, encoder: Encoder, levels: list[Asset], cfg: ExportConfig) -> None:
    """One node a level of detail, the finest first; it alone stands in the scene and names the others.

    The joints are appended later: a skinned file's nodes are the armature, the meshes, then the joints.
    """
    name = safe_name(levels[0].name)
    first_node = gltf.count("nodes")
    for index, level in enumerate(levels):
        grid = encoder.grid(level.mesh.vertices.cpu().numpy())
        node: dict[str, JsonValue] = {"name": name if level.skeleton is None else f"{name}_mesh"}
        if index:
            node["name"] = f"{name}_lod{index}"
        attributes = _mesh_attributes(encoder, level.mesh, grid, tangents=level.material.normal_map is not None)
        if level.skeleton is not None and level.skin is not None:
            attributes |= weight_attributes(gltf, encoder, level.skin, len(level.skeleton))
            node["skin"] = add_skin(gltf, level.skeleton, first_node + len(levels), grid)
        elif grid is not None:
            node |= {"translation": grid.low.tolist(), "scale": [grid.size] * 3}
        webp, vertex_colors = "webp" in cfg.compress, "COLOR_0" in attributes
        material_name = name if not index else f"{name}_lod{index}"
        material = add_material(gltf, level.material, material_name, vertex_colors=vertex_colors, webp=webp)
        primitive: JsonObject = {
            "attributes": attributes, "indices": _indices(gltf, level.mesh), "material": material
        }  # fmt: skip
        node["mesh"] = gltf.add("meshes", {"name": material_name, "primitives": [primitive]})
        if not index and len(levels) > 1:
            gltf.use(MSFT_LOD)
            node["extensions"] = {MSFT_LOD: {"ids": list(range(first_node + 1, first_node + len(levels)))}}
            node["extras"] = {"MSFT_screencoverage": [round(0.5 / 4**step, 6) for step in range(len(levels))]}
        gltf.add("nodes", node)


def _mesh_attributes(encoder: Encoder, mesh: Mesh, grid: Grid | None, *, tangents: bool) -> dict[str, int]:
    """Positions, normals, and uv (with tangents) or else colours; returns accessors by attribute name."""
    vertices, normals = mesh.vertices.cpu().numpy(), _unit_normals(mesh)
    attributes = {"POSITION": encoder.positions(vertices, grid), "NORMAL": encoder.normals(normals)}
    if mesh.uv is not None:
        uv = mesh.uv.cpu().numpy()
        attributes["TEXCOORD_0"] = encoder.uv(uv)
        if tangents:
            values = vertex_tangents(vertices, mesh.faces.cpu().numpy(), normals, uv)
            attributes["TANGENT"] = encoder.tangents(values)
    elif mesh.colors is not None:
        linear = srgb_to_linear(mesh.colors.cpu().double()).float().numpy()  # COLOR_0 multiplies linear light
        attributes["COLOR_0"] = encoder.colors(linear)
    return attributes


def _unit_normals(mesh: Mesh) -> np.ndarray:
    """The mesh's normals at exactly unit length; computed ones where there are none or they vanish. (V, 3) float32."""
    normals = (vertex_normals(mesh) if mesh.normals is None else mesh.normals).cpu().double()
    length = normals.norm(dim=1, keepdim=True)
    if bool((length < SHORTEST_NORMAL).any()):
        normals = torch.where(length < SHORTEST_NORMAL, vertex_normals(mesh).cpu().double(), normals)
        length = normals.norm(dim=1, keepdim=True)
    return (normals / length).float().numpy()


def _indices(gltf: GltfBuilder, mesh: Mesh) -> int:
    index_type = np.uint16 if len(mesh.vertices) <= MAX_UINT16_VERTICES else np.uint32
    return gltf.add_accessor(mesh.faces.cpu().numpy().reshape(-1).astype(index_type), "SCALAR", target=INDEX_TARGET)
