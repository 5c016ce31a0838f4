"""An asset at rest as OBJ with MTL, PLY or STL."""

import io

import numpy as np
import torch

from gen4d.conventions import srgb_to_linear
from gen4d.export.materials import is_single_texel, png_bytes, to_bytes
from gen4d.structures import Asset, vertex_normals

Files = tuple[dict[str, bytes], list[str]]
STL_HEADER = b"binary STL, metres, +Y up".ljust(80)


def obj_files(asset: Asset, stem: str) -> Files:
    """Wavefront OBJ with its MTL and base colour image; metal-rough values as the common PBR lines of MTL."""
    mesh, material = asset.mesh, asset.material
    lost = []
    vertices, faces = mesh.vertices.numpy(), mesh.faces.numpy() + 1  # OBJ counts from 1
    lines = io.StringIO()
    lines.write(f"# metres, +Y up\nmtllib {stem}.mtl\no {stem}\n")
    colors = None if mesh.colors is None else mesh.colors.numpy()
    rows = vertices if colors is None else np.concatenate([vertices, colors], 1)
    np.savetxt(lines, rows, "v " + " ".join(["%.7g"] * rows.shape[1]))
    if mesh.uv is not None:
        np.savetxt(lines, mesh.uv.numpy() * (1, -1) + (0, 1), "vt %.7g %.7g")
    np.savetxt(lines, _normals(asset), "vn %.5f %.5f %.5f")
    lines.write("usemtl surface\n")
    corner = "{0}/{0}/{0}" if mesh.uv is not None else "{0}//{0}"
    lines.write("".join("f " + " ".join(corner.format(index) for index in face) + "\n" for face in faces.tolist()))
    if colors is not None:
        lost.append("vertex colours stand behind the positions, which not every OBJ reader knows")
    text, files = [f"newmtl surface\nPr {material.roughness:.4g}\nPm {material.metallic:.4g}\n"], {}
    if mesh.uv is not None and not is_single_texel(material):
        text.append(f"Kd 1 1 1\nmap_Kd {stem}.png\n")
        files[f"{stem}.png"] = png_bytes(to_bytes(material.base_color[..., :3]))
    else:
        red, green, blue = (material.base_color[0, 0, :3] if colors is None else torch.ones(3)).tolist()
        text.append(f"Kd {red:.5g} {green:.5g} {blue:.5g}\n")
    if material.occlusion_roughness_metallic is not None or material.normal_map is not None:
        lost.append("the maps of roughness, metal and normals are left out of OBJ")
    return {f"{stem}.obj": lines.getvalue().encode(), f"{stem}.mtl": "".join(text).encode(), **files}, lost


def ply_files(asset: Asset, stem: str) -> Files:
    """Binary PLY with normals and 8-bit colours, those of a texture taken at the vertices."""
    mesh = asset.mesh
    lost = []
    if mesh.colors is not None:
        colors = mesh.colors
    elif mesh.uv is not None and not is_single_texel(asset.material):
        height, width = asset.material.base_color.shape[:2]
        column = (mesh.uv[:, 0] % 1 * width).long().clamp(max=width - 1)
        row = (mesh.uv[:, 1] % 1 * height).long().clamp(max=height - 1)
        colors = asset.material.base_color[row, column, :3]
        lost.append("the texture became one colour a vertex in PLY")
    else:
        colors = asset.material.base_color[0, 0, :3].expand(len(mesh.vertices), 3)
    header = (
        "ply\nformat binary_little_endian 1.0\ncomment metres, +Y up\n"
        f"element vertex {len(mesh.vertices)}\n"
        + "".join(f"property float {name}\n" for name in ("x", "y", "z", "nx", "ny", "nz"))
        + "".join(f"property uchar {name}\n" for name in ("red", "green", "blue"))
        + f"element face {len(mesh.faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    rows = np.empty(len(mesh.vertices), [("p", "<f4", 3), ("n", "<f4", 3), ("c", "u1", 3)])
    rows["p"], rows["n"], rows["c"] = mesh.vertices.numpy(), _normals(asset), to_bytes(colors)
    faces = np.empty(len(mesh.faces), [("k", "u1"), ("f", "<i4", 3)])
    faces["k"], faces["f"] = 3, mesh.faces.numpy()
    return {f"{stem}.ply": header.encode() + rows.tobytes() + faces.tobytes()}, lost


def stl_files(asset: Asset, stem: str) -> Files:
    """Binary STL."""
    corners = asset.mesh.vertices.numpy()[asset.mesh.faces.numpy()]  # (F, 3, 3)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    rows = np.zeros(len(corners), [("n", "<f4", 3), ("c", "<f4", (3, 3)), ("a", "<u2")])
    rows["n"], rows["c"] = normals / np.where(length > 0, length, 1), corners
    data = STL_HEADER + np.uint32(len(corners)).astype("<u4").tobytes() + rows.tobytes()
    return {f"{stem}.stl": data}, ["STL carries no colours, textures or texture coordinates"]


def plain_linear(asset: Asset) -> tuple[float, float, float]:
    """The base colour of an asset without textures, in linear light."""
    red, green, blue = srgb_to_linear(asset.material.base_color[0, 0, :3].double()).tolist()
    return red, green, blue


def _normals(asset: Asset) -> np.ndarray:
    normals = vertex_normals(asset.mesh) if asset.mesh.normals is None else asset.mesh.normals
    return normals.numpy()
