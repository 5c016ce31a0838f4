"""Normal maps: flat where nothing was lost, the dense normals where detail was, in the frame that is exported."""

import numpy as np
import torch
import trimesh

from gen4d.structures import Mesh, vertex_normals
from gen4d.structures.tangents import vertex_tangents
from gen4d.surface.bake import surface_texels
from gen4d.surface.normal_map import bake_normals
from gen4d.surface.unwrap import unwrap


def ball(level: int) -> Mesh:
    shape = trimesh.creation.icosphere(level, 0.45)
    return Mesh(torch.from_numpy(np.array(shape.vertices)).float(), torch.from_numpy(np.array(shape.faces)).long())


def unwrapped(level: int) -> Mesh:
    mesh = ball(level)
    return unwrap(Mesh(mesh.vertices, mesh.faces, normals=vertex_normals(mesh)), 256)


def in_world(mesh: Mesh, image: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """The normals that a shader rebuilds at the charts' texels, and the texels' places."""
    assert mesh.normals is not None and mesh.uv is not None
    texels = surface_texels(mesh, image.shape[0])
    corners, weights = mesh.faces.numpy()[texels.face], np.clip(texels.weights, 0, 1)
    tangents = vertex_tangents(mesh.vertices.numpy(), mesh.faces.numpy(), mesh.normals.numpy(), mesh.uv.numpy())
    normal = np.einsum("pc,pci->pi", weights, mesh.normals.numpy()[corners])
    tangent = np.einsum("pc,pci->pi", weights, tangents[corners, :3])
    bitangent = np.cross(normal, tangent) * tangents[corners[:, :1], 3]
    local = image.reshape(-1, 3).numpy()[texels.index] * 2 - 1
    world = local[:, :1] * tangent + local[:, 1:2] * bitangent + local[:, 2:] * normal
    return (world / np.linalg.norm(world, axis=1, keepdims=True))[texels.inside], texels.places[texels.inside]


def test_a_ripple_that_was_simplified_away_comes_back() -> None:
    """Dense: a ball with ripples along y, whose normals are known; coarse: the plain ball."""
    dense = ball(6)
    slope = 0.3 * torch.sin(40 * dense.vertices[:, 1])
    radial = torch.nn.functional.normalize(dense.vertices, dim=1)
    up = torch.tensor([0.0, 1.0, 0.0]) - radial * radial[:, 1:2]
    rippled = torch.nn.functional.normalize(radial + slope[:, None] * up, dim=1)
    coarse = unwrapped(4)
    image = bake_normals(coarse, Mesh(dense.vertices, dense.faces, normals=rippled), 256)
    found, places = in_world(coarse, image)
    outward = places / np.linalg.norm(places, axis=1, keepdims=True)
    wanted = outward + 0.3 * np.sin(40 * places[:, 1:2]) * (np.array([0, 1, 0]) - outward * outward[:, 1:2])
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)

    def mean_angle(normals: np.ndarray) -> float:
        return float(np.degrees(np.arccos(np.clip((normals * wanted).sum(1), -1, 1))).mean())

    assert mean_angle(outward) > 8
    assert mean_angle(found) < 2


def test_where_nothing_was_lost_the_map_is_flat() -> None:
    image = bake_normals(unwrapped(4), ball(5), 256)
    assert image.shape == (256, 256, 3)
    tilt = np.degrees(np.arccos(np.clip(image[..., 2].numpy() * 2 - 1, -1, 1)))
    assert np.quantile(tilt, 0.95) < 3


def test_another_part_nearby_is_not_taken_for_the_surface() -> None:
    near = ball(4)
    image = bake_normals(unwrapped(3), Mesh(near.vertices * 0.8, near.faces), 128)  # 9 cm inside
    assert torch.allclose(image[..., 2], torch.ones(128, 128), atol=1e-3)
