"""Photos: stored cameras explain stored mattes, light falls from where lamps are, damage stays in range."""

import numpy as np
import pytest
import torch

from gen4d.data.damage import backgrounds, damaged
from gen4d.data.objects import NO_TEXTURE, SourceObject, canonical
from gen4d.data.photos import FRONT_AZIMUTH_DEG, _visible, photo_camera, render_photos
from gen4d.render.rasterizer import rasterize
from gen4d.structures import Mesh


def box(low: tuple[float, float, float], high: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (8, 3) and outward faces (12, 3) of a box."""
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    return corners, np.array([f for a, b, c, d in quads for f in ((a, b, c), (a, c, d))])


def boxes(*parts: tuple[tuple[float, float, float], tuple[float, float, float]]) -> SourceObject:
    made = [box(*part) for part in parts]
    faces = np.concatenate([f + 8 * i for i, (_, f) in enumerate(made)])
    return SourceObject(
        id="test/boxes",
        source="test",
        licence="CC0-1.0",
        author="nobody",
        captions=("boxes",),
        category="",
        plan="prop",
        vertices=np.concatenate([v for v, _ in made]),
        faces=faces,
        corner_colors=np.tile(np.array([0.8, 0.2, 0.1], np.float32), (len(faces), 3, 1)),
        corner_uv=np.zeros((len(faces), 3, 2), np.float32),
        texture_index=np.full(len(faces), NO_TEXTURE),
    )


STEPS = boxes(((0, 0, 0), (2, 1, 1)), ((0, 1, 0), (0.5, 1.5, 0.4)))


def test_the_stored_camera_sees_the_stored_matte() -> None:
    obj = canonical(STEPS)
    photos = render_photos(obj, np.random.default_rng(3), count=4)
    mesh = Mesh(torch.from_numpy(obj.vertices).float(), torch.from_numpy(obj.faces))
    for row, matte in zip(photos.cameras, photos.mattes, strict=True):
        seen = rasterize(mesh.vertices, mesh.faces, photo_camera(row, 128)).face_index[0].numpy() >= 0
        mixed = (matte > 20) & (matte < 235)
        assert ((matte > 127) == seen)[~mixed].mean() > 0.998
        rows, columns = np.nonzero(matte > 127)
        assert max(np.ptp(rows), np.ptp(columns)) == pytest.approx(128 / 1.1, abs=3)  # framed as the views are


def test_photos_follow_from_their_random_stream_alone() -> None:
    obj = canonical(STEPS)
    first, again = (render_photos(obj, np.random.default_rng(5), count=2) for _ in range(2))
    np.testing.assert_array_equal(first.pictures, again.pictures)
    assert not np.array_equal(first.pictures, render_photos(obj, np.random.default_rng(6), count=2).pictures)


def test_most_photos_are_taken_from_in_front() -> None:
    azimuth = np.rad2deg(
        render_photos(canonical(STEPS), np.random.default_rng(0), count=64, resolution=32).cameras[:, 0]
    )
    share = (np.abs(azimuth) <= FRONT_AZIMUTH_DEG).mean()
    assert 0.7 < share < 1.0


def test_a_lamp_overhead_leaves_the_floor_under_a_roof_in_shadow() -> None:
    roof, floor = box((-0.2, 0.3, -0.2), (0.2, 0.35, 0.2)), box((-0.5, -0.5, -0.5), (0.5, -0.4, 0.5))
    vertices = torch.from_numpy(np.concatenate([roof[0], floor[0]])).float()
    mesh = Mesh(vertices, torch.from_numpy(np.concatenate([roof[1], floor[1] + 8])))
    points = torch.tensor([[0.0, -0.4, 0.0], [0.4, -0.4, 0.4], [0.0, 0.35, 0.0]])
    assert _visible(points, mesh, torch.tensor([0.0, 1.0, 0.0])).flatten().tolist() == [0.0, 1.0, 1.0]


def test_damage_keeps_size_and_range_and_the_rough_look() -> None:
    clean = torch.full((3, 32, 32, 3), 0.5)
    result = damaged(clean, np.random.default_rng(1))
    assert result.shape == (3, 32, 32, 3) and result.dtype == np.uint8
    assert np.abs(result.astype(int) - 127).mean() < 40
    assert np.abs(result.astype(int) - 127).max() > 0


def test_backgrounds_differ_and_stay_in_range() -> None:
    matte = np.zeros((64, 64), np.float32)
    matte[20:50, 20:40] = 1
    made = [backgrounds(matte, np.random.default_rng(seed)) for seed in range(12)]
    assert all(image.shape == (64, 64, 3) and image.min() >= 0 and image.max() <= 1 for image in made)
    assert len({image.tobytes() for image in made}) == 12
