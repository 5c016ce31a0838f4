"""The texture: from its own camera the puppet is the photo; behind, the photo mirrored, without a face."""

import numpy as np
import torch

from gen4d.likeness import measure_likeness
from gen4d.puppet.behind import without_face
from gen4d.puppet.config import PuppetConfig
from gen4d.puppet.dress import continued, dress, turned
from gen4d.puppet.solid import puppet_solid
from gen4d.structures import Material, Mesh
from gen4d.viewpoint import Viewpoint

SIZE = 160


def photo() -> torch.Tensor:
    """A framed figure with a neck, left half red, right half blue, green face; premultiplied black beside it."""
    y, x = np.indices((SIZE, SIZE))
    mask = (np.hypot(x - 80, y - 35) < 25) | ((np.abs(x - 80) < 38) & (y > 65) & (y < 152))
    mask |= (np.abs(x - 80) < 10) & (y > 50) & (y < 70)
    picture = np.zeros((SIZE, SIZE, 4), np.float32)
    picture[..., 0], picture[..., 2] = x < 80, x >= 80
    picture[np.hypot(x - 80, y - 38) < 12, :3] = (0, 1, 0)
    picture[..., 3] = mask
    picture[~mask, :3] = 1
    return torch.from_numpy(picture)


def puppet(back: torch.Tensor | None = None) -> tuple[Mesh, Material]:
    framed = photo()
    alpha = framed[..., 3].double().numpy()
    return dress(puppet_solid(alpha, "creature", PuppetConfig(), legs=False)[0], framed, back, 256)


def test_the_photos_camera_sees_the_photo() -> None:
    seen = measure_likeness(*puppet(), photo(), Viewpoint(0.0))
    assert seen.iou > 0.97 and seen.psnr > 24 and seen.color_distance < 4


def test_turning_moves_the_camera_with_it() -> None:
    mesh, material = puppet()
    for azimuth in (np.pi / 2, -np.pi / 2, np.pi):
        assert measure_likeness(turned(mesh, azimuth), material, photo(), Viewpoint(azimuth)).iou > 0.97


def test_from_behind_it_is_mirrored() -> None:
    picture = measure_likeness(*puppet(), photo(), Viewpoint(np.pi)).picture
    left, right = picture[170, 90], picture[170, 165]
    assert left[2] > 0.8 and right[0] > 0.8  # blue is on the left now


def test_no_face_on_the_back_of_the_head() -> None:
    back = without_face(photo())
    assert float(back[38, 80, 1]) < 0.1 and float(photo()[38, 80, 1]) == 1
    assert torch.equal(back[100:], photo()[100:])  # the body stays
    seen = measure_likeness(*puppet(back), photo(), Viewpoint(np.pi)).picture
    assert float(seen[60, 128, 1]) < 0.2


def test_no_background_colour_reaches_the_texture() -> None:
    framed = photo()
    framed[..., :3] = torch.where(framed[..., 3:] > 0, framed[..., :3], 1.0)
    assert float(continued(framed.numpy()).min(2).max()) < 0.5  # white would be 1 in all channels


def test_charts_stay_apart_and_seams_are_welded() -> None:
    mesh, material = puppet()
    assert mesh.uv is not None and mesh.welded is not None and material.base_color.shape == (256, 256, 4)
    behind = (mesh.normals is not None) and mesh.normals[:, 2] < -0.5
    front = mesh.normals[:, 2] > 0.5
    u = mesh.uv[:, 0]
    assert float(u[front].max()) < float(u[behind].min()) or float(u[behind].max()) < float(u[front].min())
    assert int(mesh.welded.max()) + 1 < len(mesh.vertices)
