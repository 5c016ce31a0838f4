"""Asset to GLB: one mesh, one primitive, one material, at most one skin; the same asset gives the same bytes."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from gen4d import __version__
from gen4d.conventions import srgb_to_linear
from gen4d.errors import ShapeError
from gen4d.export.animation import add_clip
from gen4d.export.files import write_file
from gen4d.export.gltf import INDEX_TARGET, VERTEX_TARGET, GltfBuilder, JsonObject, JsonValue
from gen4d.export.materials import add_material, is_single_texel
from gen4d.export.names import safe_name, unique_names
from gen4d.export.skin import add_skeleton, weight_attributes
from gen4d.export.tangents import vertex_tangents
from gen4d.structures import Asset, Mesh, vertex_normals

# Index 65535 is reserved in 16-bit index buffers (primitive restart), so the largest usable one is 65534.
MAX_UINT16_VERTICES = 65535
SHORTEST_NORMAL = 1e-6


def write_glb(asset: Asset, path: Path) -> None:
    """Write an asset as one GLB file that appears whole or not at all.

    Raises:
        ShapeError: the asset cannot be expressed, see `glb_bytes`.
        OutputError: the file cannot be written.
    """
    write_file(path, glb_bytes(asset))


def glb_bytes(asset: Asset) -> bytes:
    """The bytes of a GLB file.

    The scene has the mesh node as a root without a transform; with a skeleton the armature node, which holds the root
    joint, is its sibling: a skinned mesh below another node draws a validator warning, since its transform is ignored.

    Raises:
        ShapeError: a texture without uv, or a fact in the provenance that JSON cannot hold.
    """
    _check(asset)
    gltf = GltfBuilder(_asset_object(asset))
    name = safe_name(asset.name)
    armature = gltf.add("nodes", {"name": name, "children": [2]}) if asset.skeleton is not None else None
    mesh_node: dict[str, JsonValue] = {"name": name if armature is None else f"{name}_mesh"}
    mesh_index = gltf.count("nodes")
    gltf.add("nodes", mesh_node)
    attributes = _mesh_attributes(gltf, asset.mesh, tangents=asset.material.normal_map is not None)
    if asset.skeleton is not None and asset.skin is not None:
        attributes |= weight_attributes(gltf, asset.skin, len(asset.skeleton))
        mesh_node["skin"], first_joint = add_skeleton(gltf, asset.skeleton, (name, f"{name}_mesh"))
        clip_names = unique_names(safe_name(clip.name, "clip") for clip in asset.clips)
        for clip, clip_name in zip(asset.clips, clip_names, strict=True):
            add_clip(gltf, replace(clip, name=clip_name), asset.skeleton, first_joint)
    primitive: JsonObject = {
        "attributes": attributes,
        "indices": _indices(gltf, asset.mesh),
        "material": add_material(gltf, asset.material, name, vertex_colors="COLOR_0" in attributes),
    }
    mesh_node["mesh"] = gltf.add("meshes", {"name": name, "primitives": [primitive]})
    roots = [mesh_index] if armature is None else [armature, mesh_index]
    gltf.add("scenes", {"name": asset.name, "nodes": roots})
    return gltf.to_glb()


def _check(asset: Asset) -> None:
    images = (asset.material.occlusion_roughness_metallic, asset.material.normal_map)
    textured = not is_single_texel(asset.material) and asset.mesh.colors is None
    if asset.mesh.uv is None and (textured or any(image is not None for image in images)):
        raise ShapeError("Asset.mesh.uv: it is None, but the material has textures; unwrap the mesh first.")
    for key, value in asset.provenance.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise ShapeError(f"Asset.provenance: '{key}' is {value}; only finite numbers can be written.")


def _asset_object(asset: Asset) -> JsonObject:
    facts = dict(sorted(asset.provenance.items()))
    generator = {"generator": f"gen4d {__version__}"}
    return generator | {"extras": facts} if facts else generator


def _mesh_attributes(gltf: GltfBuilder, mesh: Mesh, *, tangents: bool) -> dict[str, int]:
    """Positions, normals, and uv (with tangents) or else colours; returns accessors by attribute name."""
    vertices, normals = mesh.vertices.cpu().numpy(), _unit_normals(mesh)
    attributes = {
        "POSITION": gltf.add_accessor(vertices, "VEC3", target=VERTEX_TARGET, bounds=True),
        "NORMAL": gltf.add_accessor(normals, "VEC3", target=VERTEX_TARGET),
    }
    if mesh.uv is not None:
        uv = mesh.uv.cpu().numpy()
        attributes["TEXCOORD_0"] = gltf.add_accessor(uv, "VEC2", target=VERTEX_TARGET)
        if tangents:
            values = vertex_tangents(vertices, mesh.faces.cpu().numpy(), normals, uv)
            attributes["TANGENT"] = gltf.add_accessor(values, "VEC4", target=VERTEX_TARGET)
    elif mesh.colors is not None:
        linear = srgb_to_linear(mesh.colors.cpu().double()).float().numpy()  # COLOR_0 multiplies linear light
        attributes["COLOR_0"] = gltf.add_accessor(linear, "VEC3", target=VERTEX_TARGET)
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
