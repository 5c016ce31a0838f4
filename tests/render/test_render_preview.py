"""Studio pictures: framing, light and shadow where they must fall, files with the same bytes."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
import trimesh
from PIL import Image

from gen4d.errors import ShapeError
from gen4d.render.preview import MOVING, _irradiance, _sky, preview_frames, preview_sheet, save_gif, save_png
from gen4d.structures import Asset, Material, Mesh, face_normals


def asset(mesh: trimesh.Trimesh, color: tuple[float, float, float] = (0.8, 0.2, 0.2)) -> Asset:
    vertices = torch.tensor(mesh.vertices, dtype=torch.float32)
    base_color = torch.tensor([*color, 1.0]).expand(2, 2, 4).clone()
    uv = torch.full((len(vertices), 2), 0.5)
    return Asset("thing", Mesh(vertices, torch.tensor(mesh.faces, dtype=torch.int64), uv=uv), Material(base_color))


BALL = asset(trimesh.creation.icosphere(3, radius=0.5))


def reddish(image: torch.Tensor) -> torch.Tensor:
    return image[..., 0] - image[..., 1] > 0.1


def test_sheet_shows_the_ball_four_times_centred_and_in_its_colour() -> None:
    sheet = preview_sheet(BALL, 64)
    assert sheet.shape == (128, 128, 3) and sheet.dtype == torch.float32
    assert sheet.min() >= 0 and sheet.max() <= 1
    for tile in (sheet[:64, :64], sheet[:64, 64:], sheet[64:, :64], sheet[64:, 64:]):
        rows, columns = reddish(tile).nonzero().unbind(1)
        assert abs(float(rows.float().mean()) - 31.5) < 1.5 and abs(float(columns.float().mean()) - 31.5) < 1.5
        assert 48 <= int(rows.max() - rows.min()) <= 55  # 0.84 of the frame is 54 pixels
        background = tile[~reddish(tile)]
        assert (background.amax(-1) - background.amin(-1)).max() < 0.1  # neutral


def test_every_subject_fills_the_frame_without_leaving_it() -> None:
    for extents in ((1, 0.1, 0.1), (0.1, 2.0, 0.1), (0.3, 0.2, 5.0)):
        box = asset(trimesh.creation.box(extents))
        for scale in (0.01, 100.0):
            scaled = replace(box, mesh=replace(box.mesh, vertices=box.mesh.vertices * scale))
            frame = preview_frames(scaled, scaled.mesh.vertices[None], 64)[0]
            rows, columns = reddish(frame).nonzero().unbind(1)
            assert (
                int(rows.min()) >= 2 and int(rows.max()) <= 61 and int(columns.min()) >= 2 and int(columns.max()) <= 61
            )
            assert max(int(rows.max() - rows.min()), int(columns.max() - columns.min())) >= 46


def test_picture_does_not_depend_on_scale_and_place() -> None:
    moved = replace(BALL, mesh=replace(BALL.mesh, vertices=BALL.mesh.vertices * 4 + torch.tensor([3.0, -2.0, 5.0])))
    first, second = (preview_frames(ball, ball.mesh.vertices[None], 64) for ball in (BALL, moved))
    assert (first - second).abs().mean() < 2e-3  # float32 at another place


def test_light_comes_from_above_and_a_roof_shades_the_floor() -> None:
    roof = trimesh.creation.box((1.0, 0.02, 1.0), transform=trimesh.transformations.translation_matrix((0, 0.5, 0)))
    floor = trimesh.creation.box((1.0, 0.02, 1.0))
    mesh = asset(trimesh.util.concatenate([roof, floor])).mesh
    sky = _sky(mesh, replace(MOVING, sky_lights=60, shadow_map=256))
    up, down = torch.tensor([[0.0, 1.0, 0.0]]), torch.tensor([[0.0, -1.0, 0.0]])
    on_roof, on_floor = torch.tensor([[0.0, 0.51, 0.0]]), torch.tensor([[0.0, 0.01, 0.0]])
    open_light = float(_irradiance(on_roof, up, sky))
    assert open_light == pytest.approx(0.52, abs=1e-3)  # SKY_RADIANCE, unshadowed
    assert float(_irradiance(on_floor, up, sky)) < 0.6 * open_light
    assert float(_irradiance(on_roof, down, sky)) == 0


def test_subject_darkens_the_ground_beside_it() -> None:
    frame = preview_frames(BALL, BALL.mesh.vertices[None], 96)[0]
    mirrored_sky, ground = frame[4, 48].mean(), frame[90, 40:56].mean()
    assert ground < mirrored_sky - 0.05


def test_frames_keep_the_camera_still_and_follow_the_vertices() -> None:
    still = BALL.mesh.vertices
    frames = preview_frames(BALL, torch.stack([still, still + torch.tensor([0.0, 0.5, 0.0]), still]), 64)
    assert frames.shape == (3, 64, 64, 3)
    assert torch.equal(frames[0], frames[2])
    heights = [float(reddish(frame).nonzero()[:, 0].float().mean()) for frame in frames]
    assert heights[1] < heights[0] - 10


def test_wrong_vertices_are_refused() -> None:
    with pytest.raises(ShapeError, match="posed_vertices"):
        preview_frames(BALL, torch.zeros(3, 5, 3))


def test_meshes_without_texture_and_flat_ones_are_drawn() -> None:
    triangle = Mesh(
        torch.tensor([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]), torch.tensor([[0, 1, 2]]), colors=torch.zeros(3, 3)
    )
    grey = Material(torch.full((1, 1, 4), 0.8))
    frame = preview_frames(Asset("t", triangle, grey), triangle.vertices[None], 32)
    assert torch.isfinite(frame).all() and frame.min() < 0.3  # black
    assert torch.isfinite(preview_frames(Asset("t", triangle, grey), torch.zeros(1, 3, 3), 32)).all()


def test_files_are_the_same_bytes_and_hold_the_picture(tmp_path: Path) -> None:
    frames = preview_frames(BALL, torch.stack([BALL.mesh.vertices * s for s in (1.0, 0.9, 0.8)]), 48)
    for name in ("a", "b"):
        save_png(frames[0], tmp_path / f"{name}.png")
        save_gif(frames, tmp_path / f"{name}.gif", 15)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()
    png = torch.tensor(list(Image.open(tmp_path / "a.png").tobytes())).reshape(48, 48, 3) / 255
    assert (png - frames[0]).abs().max() <= 0.51 / 255
    gif = Image.open(tmp_path / "a.gif")
    durations = []
    for index in range(gif.n_frames):
        gif.seek(index)
        durations.append(gif.info["duration"])
    assert gif.n_frames == 3 and gif.info["loop"] == 0 and sum(durations) == 200  # 3 frames at 15 a second


def test_given_normals_keep_creases_that_computed_ones_round_off() -> None:
    box = asset(trimesh.creation.box((1, 1, 1)))
    corners = box.mesh.vertices[box.mesh.faces].reshape(-1, 3)  # every face its own copies of its corners
    faces = torch.arange(len(corners)).reshape(-1, 3)
    flat = torch.nn.functional.normalize(face_normals(corners, faces), dim=1).repeat_interleave(3, 0)
    ids = torch.unique(corners, dim=0, return_inverse=True)[1]
    mesh = Mesh(corners, faces, normals=flat, uv=torch.full((len(corners), 2), 0.5), welded=ids)
    split = replace(box, mesh=mesh)

    def grey_levels(normals: torch.Tensor | None) -> int:
        frame = preview_frames(split, corners[None], 64, posed_normals=normals)[0]
        shades = (frame[reddish(frame)][:, 1] * 255).round().long()
        return int((torch.bincount(shades) > 0.02 * len(shades)).sum())

    assert grey_levels(flat[None]) < 0.7 * grey_levels(None)
    with pytest.raises(ShapeError, match="posed_normals"):
        preview_frames(split, corners[None], 64, posed_normals=flat[None, :3])
