import json
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from PIL import Image

from gen4d.errors import OutputError
from gen4d.export.nerfstudio import nerfstudio_files, write_nerfstudio
from gen4d.render.views import render_views
from gen4d.structures import Mesh, MultiView


@pytest.fixture(scope="module")
def views() -> MultiView:
    box = trimesh.creation.box(bounds=np.array([[-0.3, -0.5, -0.1], [0.2, 0.4, 0.25]]))
    mesh = Mesh(torch.from_numpy(np.array(box.vertices)).float(), torch.from_numpy(np.array(box.faces)).long())
    return render_views(mesh, resolution=64, supersample=2, flat=True)


def test_rays_of_the_dataset_end_on_the_object(views: MultiView, tmp_path: Path) -> None:
    """Rays as nerfstudio makes them for ORTHOPHOTO cameras: the origin moves across the image, the direction is -Z."""
    write_nerfstudio(views, tmp_path / "data")
    header = json.loads((tmp_path / "data/transforms.json").read_text())
    assert header["camera_model"] == "ORTHOPHOTO"
    low, high = np.array([-0.3, -0.25, -0.5]), np.array([0.2, 0.1, 0.4])  # +Z up
    for frame in header["frames"]:
        pose = np.array(frame["transform_matrix"])
        depth = np.asarray(Image.open(tmp_path / "data" / frame["depth_file_path"])) * 1e-3
        alpha = np.asarray(Image.open(tmp_path / "data" / frame["file_path"]))[..., 3]
        row, column = np.nonzero(alpha == 255)
        offset = np.stack(
            [(column + 0.5 - header["cx"]) / header["fl_x"], -(row + 0.5 - header["cy"]) / header["fl_y"]]
        )
        ends = pose[:3, 3] + offset.T @ pose[:3, :2].T - depth[row, column, None] * pose[:3, 2]
        outside = np.maximum(np.maximum(low - ends, ends - high), 0).max(1)
        face = np.minimum(np.abs(ends - low), np.abs(ends - high)).min(1)
        assert len(ends) > 100
        assert outside.max() < 0.002 and face.max() < 0.002


def test_points_lie_on_the_object_and_carry_its_colour(views: MultiView) -> None:
    text = nerfstudio_files(views)["points.ply"].decode()
    rows = np.loadtxt(text.partition("end_header\n")[2].splitlines())
    assert len(rows) == int((views.alpha >= 0.5).sum())
    assert (rows[:, :3] > [-0.31, -0.26, -0.51]).all() and (rows[:, :3] < [0.21, 0.11, 0.41]).all()
    assert (rows[:, 3:] == 204).all()


def test_a_full_folder_is_refused_and_kept(views: MultiView, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    with pytest.raises(OutputError, match="new or an empty folder"):
        write_nerfstudio(views, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]
