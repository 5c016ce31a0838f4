"""Pieces of a scene with looks of their own, joined into one mesh with one material."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from gen4d.conventions import linear_to_srgb, srgb_to_linear
from gen4d.structures import Material, Mesh


@dataclass(frozen=True)
class Look:
    """How one piece looks.

    Fields:
        factor: base colour that multiplies image and vertex colours, RGBA, linear light.
        image: (H, W, 4) uint8, sRGB with alpha, or None.
        orm: (H, W, 3) uint8, linear: occlusion, roughness, metallic; or None.
        normal: (H, W, 3) uint8, normals in the frame of the texture coordinates; or None.
        roughness, metallic: factors in [0, 1], for where `orm` is None.
        double_sided: whether its back is drawn too.
    """

    factor: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    image: np.ndarray | None = None
    orm: np.ndarray | None = None
    normal: np.ndarray | None = None
    roughness: float = 0.8
    metallic: float = 0.0
    double_sided: bool = False


@dataclass(frozen=True)
class Part:
    """One piece in world space.

    Fields:
        vertices: (V, 3) float64, metres.
        faces: (F, 3) int64, counter-clockwise from outside.
        normals: (V, 3) or None.
        uv: (V, 2), origin top-left, or None.
        colors: (V, 3) float64, linear light, or None.
        look: its material, or None where the file says nothing.
    """

    vertices: np.ndarray
    faces: np.ndarray
    normals: np.ndarray | None = None
    uv: np.ndarray | None = None
    colors: np.ndarray | None = None
    look: Look | None = None

    def moved(self, matrix: np.ndarray) -> "Part":
        """The piece under an affine map, (4, 4); a mirroring one turns the faces round."""
        linear = matrix[:3, :3]
        mirrored = np.linalg.det(linear) < 0
        normals = None
        if self.normals is not None:
            cofactor = np.cross(linear[[1, 2, 0]], linear[[2, 0, 1]])  # det times the inverse transpose; exists always
            normals = self.normals @ cofactor.T * (-1 if mirrored else 1)
        faces = self.faces[:, ::-1] if mirrored else self.faces
        return replace(self, vertices=self.vertices @ linear.T + matrix[:3, 3], faces=faces, normals=normals)


def join_parts(parts: list[Part]) -> tuple[Mesh, Material | None]:
    """One mesh of all parts, with as much of their looks as one material can hold.

    All parts share one look with a texture: uv and texture are kept. All share one plain colour: it becomes a material
    of one texel. Otherwise every part's texture and colour are baked into vertex colours. Seam copies get one welded
    id; where vertices carry nothing but a position, copies are merged.

    Returns:
        mesh, and its material or None where no part has a look.

    Raises:
        ShapeError: an index out of range, a coordinate that is not finite, or no face.
    """
    looks = [part.look or Look() for part in parts]
    material = None
    uv = colors = None
    if _share_look(parts, looks):
        if looks[0].image is not None:
            uv = np.concatenate([part.uv for part in parts if part.uv is not None])
        if any(part.look is not None for part in parts):
            material = _material(looks[0])
    else:
        colors = np.concatenate([_baked_colors(part, look) for part, look in zip(parts, looks, strict=True)])
        if any(part.look is not None for part in parts):
            material = Material(torch.ones(1, 1, 4), double_sided=any(look.double_sided for look in looks))
    has_normals = all(part.normals is not None for part in parts)
    normals = np.concatenate([part.normals for part in parts if part.normals is not None]) if has_normals else None
    offsets = np.cumsum([0] + [len(part.vertices) for part in parts[:-1]])
    faces = np.concatenate([part.faces + offset for part, offset in zip(parts, offsets, strict=True)])
    vertices = np.concatenate([part.vertices for part in parts])
    return _mesh(vertices, faces, normals, uv, colors), material


def weld(vertices: torch.Tensor) -> torch.Tensor | None:
    """One id for all vertices at exactly the same place, in order of first appearance; None where there are no copies.

    Args:
        vertices: (V, 3) float32, metres.

    Returns:
        welded: (V,) int64, or None.
    """
    positions = np.ascontiguousarray(vertices.numpy() + 0.0)  # -0 becomes +0
    _, first, inverse = np.unique(positions.view("V12").reshape(-1), return_index=True, return_inverse=True)
    if len(first) == len(positions):
        return None
    order = np.empty(len(first), np.int64)
    order[np.argsort(first)] = np.arange(len(first))
    return torch.from_numpy(order[inverse.reshape(-1)])


def _mesh(
    vertices: np.ndarray,
    faces: np.ndarray,
    normals: np.ndarray | None,
    uv: np.ndarray | None,
    colors: np.ndarray | None,
) -> Mesh:
    """Check and build the mesh; merge what only positions tell apart."""
    positions = torch.from_numpy(vertices.astype(np.float32))
    indices = torch.from_numpy(np.ascontiguousarray(faces, np.int64))
    mesh = Mesh(
        positions,
        indices,
        normals=None if normals is None else torch.from_numpy(_unit(normals)),
        uv=None if uv is None else torch.from_numpy(uv.astype(np.float32)),
        colors=None if colors is None else linear_to_srgb(torch.from_numpy(colors).clamp(0, 1)).float().clamp(0, 1),
    )
    welded = weld(positions)
    if welded is None or any(attribute is not None for attribute in (normals, uv, colors)):
        return replace(mesh, welded=welded)
    first = torch.full((int(welded.max()) + 1,), len(welded)).scatter_reduce(
        0, welded, torch.arange(len(welded)), "amin"
    )
    return Mesh(positions[first], welded[indices])


def _unit(normals: np.ndarray) -> np.ndarray:
    """Unit normals, +Y where one vanishes or is not finite. (N, 3) float32."""
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    proper = np.isfinite(length) & (length > 1e-12)  # protects the division
    return np.where(proper, normals / np.where(proper, length, 1), [0.0, 1.0, 0.0]).astype(np.float32)


def _share_look(parts: list[Part], looks: list[Look]) -> bool:
    """Whether one material can show all parts: same images, same factors, no vertex colours."""
    first = looks[0]
    if any(part.colors is not None for part in parts):
        return False
    if first.image is not None and any(part.uv is None for part in parts):
        return False
    factors = replace(first, image=None, orm=None, normal=None)  # arrays have no plain equality
    return all(
        look.image is first.image
        and look.orm is first.orm
        and look.normal is first.normal
        and replace(look, image=None, orm=None, normal=None) == factors
        for look in looks
    )


def _material(look: Look) -> Material:
    factor = torch.tensor(look.factor, dtype=torch.float64)
    if look.image is None:
        base_color = torch.cat([linear_to_srgb(factor[:3]), factor[3:]]).reshape(1, 1, 4)
    else:
        base_color = torch.from_numpy(look.image).double() / 255
        if look.factor != (1.0, 1.0, 1.0, 1.0):
            linear = torch.cat([srgb_to_linear(base_color[..., :3]), base_color[..., 3:]], -1) * factor
            base_color = torch.cat([linear_to_srgb(linear[..., :3]), linear[..., 3:]], -1)
    orm, normal = (
        None
        if map_ is None or look.image is None
        else torch.from_numpy(np.ascontiguousarray(map_[..., :3])).float() / 255
        for map_ in (look.orm, look.normal)
    )
    return Material(
        base_color.float().clamp(0, 1),
        occlusion_roughness_metallic=orm,
        normal_map=normal,
        roughness=look.roughness,
        metallic=look.metallic,
        double_sided=look.double_sided,
    )


def _baked_colors(part: Part, look: Look) -> np.ndarray:
    """Factor times vertex colour times the texel under each vertex. (V, 3) float64, linear."""
    colors = np.broadcast_to(np.asarray(look.factor[:3]), (len(part.vertices), 3))
    if part.colors is not None:
        colors = colors * part.colors
    if look.image is not None and part.uv is not None:
        height, width = look.image.shape[:2]
        wrapped = np.nan_to_num(part.uv) % 1.0
        column = np.minimum((wrapped[:, 0] * width).astype(np.int64), width - 1)
        row = np.minimum((wrapped[:, 1] * height).astype(np.int64), height - 1)
        texels = torch.from_numpy(look.image[row, column, :3]).double() / 255
        colors = colors * srgb_to_linear(texels).numpy()
    return colors
