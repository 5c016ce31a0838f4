"""What simplification took from a surface, as a tangent-space normal map of the simplified one.

Every texel looks up the nearest point of the dense surface that faces its way, and keeps that point's normal in the
frame that the exported TANGENT attribute spans, so that engines rebuild the same frame.
"""

import numpy as np
import torch
from scipy import ndimage
from scipy.spatial import cKDTree

from gen4d.structures import Mesh, face_normals, vertex_normals
from gen4d.structures.tangents import vertex_tangents
from gen4d.surface.bake import Texels, surface_texels

CANDIDATES = 8  # nearest dense points, of which the first that faces the texel's way counts
FACING = 0.3  # cosine
REACH = 0.03  # metres; a dense point farther away belongs to another part, and the texel keeps its own normal
STEEPEST = 0.2  # least part along the normal; steeper ones come from creases that the mesh holds itself
BLUR = 0.7  # texels; softens the steps between the dense surface's points


def bake_normals(mesh: Mesh, dense: Mesh, size: int) -> torch.Tensor:
    """A tangent-space normal map, green up, as glTF 2.0 has it.

    Args:
        mesh: simplified, with normals and uv.
        dense: the surface before simplification, in the same frame.
        size: texels a side.

    Returns:
        image: (size, size, 3) float32 in [0, 1]; (0.5, 0.5, 1) where the surfaces agree and outside the charts.
    """
    texels = surface_texels(mesh, size)
    wanted = _dense_normals(texels, dense)
    tangent, bitangent, normal = _frames(mesh, texels)
    local = np.stack([(wanted * axis).sum(1) for axis in (tangent, bitangent, normal)], 1)
    local[:, 2] = np.maximum(local[:, 2], STEEPEST)
    image = np.zeros((size * size, 3), np.float32)
    image[:, 2] = 1
    image[texels.index] = local
    image = ndimage.gaussian_filter(image.reshape(size, size, 3), (BLUR, BLUR, 0))
    image /= np.linalg.norm(image, axis=2, keepdims=True)
    return torch.from_numpy((image + 1) / 2).float().clamp(0, 1)


def _dense_normals(texels: Texels, dense: Mesh) -> np.ndarray:
    """The dense surface's normal at every texel (P, 3), its own where there is nothing near."""
    places, normals = _samples(dense)
    distance, index = cKDTree(places).query(texels.places, CANDIDATES)
    facing = np.einsum("pki,pi->pk", normals[index], texels.normals) > FACING
    choice = np.where(facing.any(1), facing.argmax(1), 0)
    rows = np.arange(len(choice))
    found = normals[index[rows, choice]]
    near = facing[rows, choice] & (distance[rows, choice] < REACH)
    return np.where(near[:, None], found, texels.normals)


def _samples(dense: Mesh) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and face centres with their normals, (P, 3) each."""
    normals = dense.normals if dense.normals is not None else vertex_normals(dense)
    # Given normals hold between the vertices too; computed ones round off creases, which the faces still know.
    middle = face_normals(dense.vertices, dense.faces) if dense.normals is None else normals[dense.faces].mean(1)
    middle = torch.nn.functional.normalize(middle, dim=1)
    places = torch.cat([dense.vertices, dense.vertices[dense.faces].mean(1)])
    return places.numpy(), torch.cat([normals, middle]).numpy()


def _frames(mesh: Mesh, texels: Texels) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tangent, bitangent and normal at every texel (P, 3), interpolated as a shader does. glTF 2.0, 3.9.3."""
    assert mesh.normals is not None and mesh.uv is not None  # `surface_texels` has checked it
    faces, uv = mesh.faces.numpy(), mesh.uv.numpy()
    tangents = vertex_tangents(mesh.vertices.numpy(), faces, mesh.normals.numpy(), uv)
    corners = faces[texels.face]
    weights = np.clip(texels.weights, 0, 1)
    normal = np.einsum("pc,pci->pi", weights, mesh.normals.numpy()[corners])
    tangent = np.einsum("pc,pci->pi", weights, tangents[corners, :3])
    normal, tangent = (v / np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-12) for v in (normal, tangent))
    bitangent = np.cross(normal, tangent) * tangents[corners[:, :1], 3]
    return tangent, bitangent, normal
