"""Meshes with their material to and from `trimesh.Trimesh`, in memory.

trimesh counts texture coordinates from the bottom left, knows seams only as copies of vertices, and keeps PBR materials
with PIL images. Reading whole files is `trimesh_parts`' work.
"""

import numpy as np
import torch
import trimesh
from PIL import Image
from trimesh.visual import ColorVisuals, TextureVisuals
from trimesh.visual.material import PBRMaterial, SimpleMaterial

from gen4d.export.materials import to_bytes
from gen4d.structures import Material, Mesh


def to_trimesh(mesh: Mesh, material: Material | None = None) -> trimesh.Trimesh:
    """The mesh, its vertices in our order; with a texture where there are uv and a material, else vertex colours."""
    normals = None if mesh.normals is None else mesh.normals.numpy()
    visual = None
    if material is not None and mesh.uv is not None:
        visual = TextureVisuals(uv=mesh.uv.double().numpy() * (1, -1) + (0, 1), material=_pbr(material))
    elif mesh.colors is not None:
        visual = ColorVisuals(vertex_colors=to_bytes(mesh.colors))
    return trimesh.Trimesh(
        mesh.vertices.numpy(), mesh.faces.numpy(), vertex_normals=normals, visual=visual, process=False
    )  # fmt: skip


def from_trimesh(shape: trimesh.Trimesh) -> tuple[Mesh, Material | None]:
    """A mesh in trimesh's vertex order, and its material where it has a texture.

    Vertices at exactly one place get one welded id, since trimesh does not say which are copies along seams.

    Returns:
        mesh: with uv, or colours, or neither.
        material: base colour and factors, with the maps a `PBRMaterial` holds; None without texture coordinates.
    """
    vertices = torch.from_numpy(np.array(shape.vertices, np.float32))
    faces = torch.from_numpy(np.array(shape.faces, np.int64))
    _, ids = torch.unique(vertices, dim=0, return_inverse=True)
    welded = None if int(ids.max()) + 1 == len(ids) else ids
    visual = shape.visual
    if isinstance(visual, TextureVisuals) and visual.uv is not None:
        uv = np.asarray(visual.uv, np.float64) * (1, -1) + (0, 1)
        mesh = Mesh(vertices, faces, uv=torch.from_numpy(uv.astype(np.float32)), welded=welded)
        return mesh, _material(visual.material)
    colors = None
    if isinstance(visual, ColorVisuals) and visual.kind == "vertex":
        colors = torch.from_numpy(np.asarray(visual.vertex_colors)[:, :3].astype(np.float32) / 255)
    return Mesh(vertices, faces, welded=welded, colors=colors), None


def _pbr(material: Material) -> PBRMaterial:
    orm = material.occlusion_roughness_metallic
    maps = {
        "baseColorTexture": material.base_color,
        "metallicRoughnessTexture": orm,
        "normalTexture": material.normal_map,
    }
    images = {name: Image.fromarray(to_bytes(image)) for name, image in maps.items() if image is not None}
    return PBRMaterial(
        roughnessFactor=material.roughness if orm is None else 1.0,
        metallicFactor=material.metallic if orm is None else 1.0,
        doubleSided=material.double_sided,
        **images,
    )


def _material(given: object) -> Material:
    """What a trimesh material says; light grey where it has neither texture nor colour."""
    if isinstance(given, PBRMaterial):
        factor = given.baseColorFactor
        base = _pixels(given.baseColorTexture, 4, (204, 204, 204, 255) if factor is None else tuple(factor))
        orm, bumps = (
            None if i is None else _pixels(i, 3) for i in (given.metallicRoughnessTexture, given.normalTexture)
        )
        rough = 1.0 if given.roughnessFactor is None else float(given.roughnessFactor)  # glTF's defaults
        metal = 1.0 if given.metallicFactor is None else float(given.metallicFactor)
        if orm is not None:
            orm = orm * torch.tensor([1.0, rough, metal])
        return Material(base, orm, bumps, roughness=rough, metallic=metal, double_sided=bool(given.doubleSided))
    if isinstance(given, SimpleMaterial):
        return Material(_pixels(given.image, 4, tuple(int(c) for c in np.asarray(given.diffuse))))
    return Material(_pixels(None, 4))


def _pixels(image: object, channels: int, factor: tuple[int, ...] = (204, 204, 204, 255)) -> torch.Tensor:
    """(H, W, C) float32 in [0, 1]; one texel of the factor where there is no image."""
    if not isinstance(image, Image.Image):
        return torch.tensor(factor[:channels], dtype=torch.float32).reshape(1, 1, channels) / 255
    pixels = np.array(image.convert("RGBA" if channels == 4 else "RGB"), np.float32)
    return torch.from_numpy(pixels / 255)
