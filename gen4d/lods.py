"""Coarser copies of a finished asset: fewer triangles, a smaller texture, the same skeleton and clips.

The surface is simplified without its seams, unwrapped anew, and every texel, and every vertex's joints, are taken from
the nearest place on the full surface that faces the same way: nothing is dropped and no seam shows.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from scipy import ndimage
from scipy.spatial import cKDTree

from gen4d.structures import Asset, Material, Mesh, Skin, face_normals, vertex_normals
from gen4d.surface.bake import surface_texels
from gen4d.surface.simplify import simplify
from gen4d.surface.unwrap import unwrap

FEWEST_FACES = 60
SMALLEST_TEXTURE = 128  # pixels a side
TEXELS_A_FACE = 120  # more of them than this add bytes and no detail
SAMPLES = 100_000  # of the full surface; the nearest one names the face, the place on it is then found exactly
CANDIDATES = 6  # nearest samples, of which the first that faces the same way counts
FACING = 0.3  # cosine
MAX_INFLUENCES = 4


def make_lods(asset: Asset, shares: Sequence[float]) -> list[Asset]:
    """Coarser copies with these shares of the triangles, and textures whose texels shrink alike.

    A level that would have fewer triangles than `FEWEST_FACES` ends the list early.
    """
    levels: list[Asset] = []
    source = _Surface(asset)
    for share in shares:
        faces = round(len(asset.mesh.faces) * share)
        if faces < FEWEST_FACES:
            break
        levels.append(_level(asset, source, faces, share))
    return levels


def _level(asset: Asset, source: "_Surface", faces: int, share: float) -> Asset:
    mesh = simplify(_seamless(asset.mesh), faces)
    mesh = replace(mesh, normals=vertex_normals(mesh))
    colored = asset.mesh.colors is not None
    textured = asset.mesh.uv is not None and max(asset.material.base_color.shape[:2]) > 1
    material = asset.material
    if textured or colored:
        side = max(asset.material.base_color.shape[:2]) if textured else 4 * SMALLEST_TEXTURE
        useful = 2 ** round(np.log2(np.sqrt(TEXELS_A_FACE * faces)))
        size = max(SMALLEST_TEXTURE, min(useful, 2 ** int(np.log2(side * np.sqrt(share)))))
        mesh = unwrap(mesh, size)
        material = source.baked(mesh, size)
    skin = None if asset.skin is None else source.skin(mesh)
    return replace(asset, mesh=mesh, material=material, skin=skin)


def _seamless(mesh: Mesh) -> Mesh:
    """Positions and faces with the copies along seams joined; faces that collapse are dropped."""
    if mesh.welded is None:
        return Mesh(mesh.vertices, mesh.faces)
    _, ids = torch.unique(mesh.welded, return_inverse=True)
    first = torch.full((int(ids.max()) + 1,), len(ids)).scatter_reduce(0, ids, torch.arange(len(ids)), "amin")
    faces = ids[mesh.faces]
    proper = (faces != faces.roll(1, 1)).all(1)
    return Mesh(mesh.vertices[first], faces[proper])


class _Surface:
    """The full surface as a cloud of samples that know their face."""

    def __init__(self, asset: Asset) -> None:
        self._asset = asset
        mesh = asset.mesh
        self._corners = mesh.vertices.double().numpy()[mesh.faces.numpy()]  # (F, 3, 3)
        normals = face_normals(mesh.vertices.double(), mesh.faces).numpy()
        area = np.linalg.norm(normals, axis=1)
        self._normals = normals / np.maximum(area, 1e-20)[:, None]
        reached = np.cumsum(area) / max(float(area.sum()), 1e-20)
        self._face = np.searchsorted(reached, (np.arange(SAMPLES) + 0.5) / SAMPLES).clip(max=len(area) - 1)
        self._tree = cKDTree(np.einsum("pc,pci->pi", _even_points(SAMPLES), self._corners[self._face]))

    def nearest(self, places: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The face nearest to each place that faces its way (P,), and the place on it in barycentrics (P, 3)."""
        _, index = self._tree.query(places, CANDIDATES)
        candidates = self._face[index]  # (P, CANDIDATES)
        facing = np.einsum("pki,pi->pk", self._normals[candidates], normals) > FACING
        choice = np.where(facing.any(1), facing.argmax(1), 0)
        face = candidates[np.arange(len(places)), choice]
        return face, _closest(places, self._corners[face])

    def baked(self, mesh: Mesh, size: int) -> Material:
        """Textures for an unwrapped level, looked up in the full ones."""
        texels = surface_texels(mesh, size)
        face, weights = self.nearest(texels.places, texels.normals)
        material, full = self._asset.material, self._asset.mesh
        corners = full.faces.numpy()[face]
        if full.colors is not None:
            colors = np.einsum("pc,pci->pi", weights, full.colors.numpy()[corners])
            values = np.concatenate([colors, np.ones((len(colors), 1))], 1)
            base_color = _spread(values, texels.index, size)
            return replace(material, base_color=base_color, occlusion_roughness_metallic=None, normal_map=None)
        assert full.uv is not None  # a level is baked where there are textures
        uv = np.einsum("pc,pci->pi", weights, full.uv.numpy()[corners])
        orm = material.occlusion_roughness_metallic
        return replace(
            material,
            base_color=_spread(_texel(material.base_color, uv, size), texels.index, size),
            occlusion_roughness_metallic=None if orm is None else _spread(_texel(orm, uv, size), texels.index, size),
            normal_map=None,  # its tangents belong to the full surface's charts
        )

    def skin(self, mesh: Mesh) -> Skin:
        """Joints and weights for a level's vertices, blended where they lie on the full surface."""
        skin = self._asset.skin
        assert skin is not None and mesh.normals is not None
        face, weights_on_face = self.nearest(mesh.vertices.double().numpy(), mesh.normals.double().numpy())
        if mesh.welded is not None:  # seam copies must never part
            _, first, back = np.unique(mesh.welded.numpy(), return_index=True, return_inverse=True)
            face, weights_on_face = face[first][back.reshape(-1)], weights_on_face[first][back.reshape(-1)]
        corners = self._asset.mesh.faces.numpy()[face]  # (V, 3)
        joints = skin.joints.numpy()[corners].reshape(len(face), -1)  # (V, 12)
        weights = (skin.weights.numpy()[corners] * weights_on_face[..., None]).reshape(len(face), -1)
        return _strongest(joints, weights, int(joints.max()) + 1)


def _strongest(joints: np.ndarray, weights: np.ndarray, count: int) -> Skin:
    """The four heaviest joints of each row, after adding up repeated ones."""
    rows = np.repeat(np.arange(len(joints)), joints.shape[1])
    dense = np.zeros((len(joints), count))
    np.add.at(dense, (rows, joints.ravel()), weights.ravel())
    order = np.argsort(-dense, axis=1, kind="stable")[:, :MAX_INFLUENCES]
    order = np.pad(order, ((0, 0), (0, MAX_INFLUENCES - order.shape[1])))
    top = np.take_along_axis(dense, order, 1)
    top[:, count:] = 0  # fewer than four joints in all
    top = (top / top.sum(1, keepdims=True)).astype(np.float32)
    return Skin(torch.from_numpy(np.where(top > 0, order, 0)), torch.from_numpy(top))


def _even_points(count: int) -> np.ndarray:
    """Low-discrepancy points of a triangle in barycentrics, (P, 3). Source: Roberts 2018, the R2 sequence."""
    index = np.arange(count)
    u, v = (0.5 + 0.7548776662466927 * index) % 1, (0.5 + 0.5698402909980532 * index) % 1
    over = u + v > 1
    u, v = np.where(over, 1 - u, u), np.where(over, 1 - v, v)
    return np.stack([1 - u - v, u, v], 1)


def _closest(places: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Barycentrics of each place's projection onto its triangle (P, 3, 3), drawn back inside. (P, 3)."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    ab, ac, ap = b - a, c - a, places - a
    d00, d01, d11 = (np.einsum("pi,pi->p", x, y) for x, y in ((ab, ab), (ab, ac), (ac, ac)))
    d20, d21 = (np.einsum("pi,pi->p", ap, x) for x in (ab, ac))
    area = np.maximum(d00 * d11 - d01 * d01, 1e-30)  # protects triangles without area
    v, w = (d11 * d20 - d01 * d21) / area, (d00 * d21 - d01 * d20) / area
    inside = np.stack([1 - v - w, v, w], 1).clip(0, 1)
    total = inside.sum(1, keepdims=True)
    return np.where(total > 0, inside / np.where(total > 0, total, 1), 1 / 3)


def _texel(image: torch.Tensor, uv: np.ndarray, size: int) -> np.ndarray:
    """Values at (P, 2) texture coordinates of an image first averaged down to about the new size. (P, C) float64."""
    small = image
    while min(small.shape[:2]) >= 4 * size:
        small = torch.nn.functional.avg_pool2d(small.movedim(-1, 0)[None], 2)[0].movedim(0, -1)
    pixels = small.double().numpy()
    height, width = pixels.shape[:2]
    x, y = uv[:, 0] * width - 0.5, uv[:, 1] * height - 0.5
    left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    fx, fy = (x - left)[:, None], (y - top)[:, None]
    rows, columns = ((top % height, (top + 1) % height), (left % width, (left + 1) % width))
    upper = pixels[rows[0], columns[0]] * (1 - fx) + pixels[rows[0], columns[1]] * fx
    lower = pixels[rows[1], columns[0]] * (1 - fx) + pixels[rows[1], columns[1]] * fx
    return upper * (1 - fy) + lower * fy


def _spread(values: np.ndarray, index: np.ndarray, size: int) -> torch.Tensor:
    """Texels (P, C) at their places; all others take the nearest one's value. (size, size, C) float32."""
    image, empty = np.zeros((size * size, values.shape[1]), np.float32), np.ones(size * size, bool)
    image[index], empty[index] = values.clip(0, 1), False
    rows, columns = ndimage.distance_transform_edt(
        empty.reshape(size, size), return_distances=False, return_indices=True
    )
    return torch.from_numpy(image.reshape(size, size, -1)[rows, columns])
