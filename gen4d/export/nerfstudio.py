"""Six views as a dataset that nerfstudio reads: pictures, depth, cameras and a point cloud to start from.

nerfstudio's `ORTHOPHOTO` cameras are ours: +X right, +Y up, looking along -Z, with the pixels a metre as focal length.
Its world has +Z up, so everything is turned from +Y up; `applied_transform` says so.

Source: https://docs.nerf.studio/quickstart/data_conventions.html (the nerfstudio data format).
"""

import io
import json
import shutil
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from gen4d.conventions import CUBE_HALF_EXTENT, VIEW_DISTANCE, VIEW_NAMES
from gen4d.errors import InputError, OutputError
from gen4d.export.materials import png_bytes, to_bytes
from gen4d.structures import MultiView

# World to nerfstudio: (x, y, z) -> (x, -z, y), +Y up becomes +Z up.
UPRIGHT = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, -1.0, 0.0], [0.0, 1.0, 0.0, 0.0]])
DEPTH_UNIT = 1e-3  # m a step of the 16-bit depth pictures; nerfstudio's default depth_unit_scale_factor
SOLID = 0.5
README = """Six orthographic views of one object, +Z up, in metres. Train with, for instance:

ns-train nerfacto --data . nerfstudio-data --orientation-method none --center-method none --auto-scale-poses False

Orthographic cameras must not be rescaled, hence the options.
"""


def write_nerfstudio(views: MultiView, folder: Path) -> list[Path]:
    """Write views as a dataset folder, whole or not at all.

    Returns:
        paths: of all files, in order of their names.

    Raises:
        InputError: the views are not orthographic.
        OutputError: the folder is there already and not empty, or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"{folder}: it is there already; give a new or an empty folder.")
    files = nerfstudio_files(views)
    partial = folder.with_name(f".{folder.name}.partial")
    try:
        try:
            for name, data in files.items():
                path = partial / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            if folder.exists():
                folder.rmdir()
            partial.replace(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"{folder}: it cannot be written ({reason}); choose another place.") from error
    return [folder / name for name in sorted(files)]


def nerfstudio_files(views: MultiView) -> dict[str, bytes]:
    """The files of a dataset: `transforms.json`, pictures with alpha, depth in millimetres, `points.ply`, `README.txt`.

    Raises:
        InputError: the views are not orthographic.
    """
    camera = views.camera
    if camera.half_extent is None:
        raise InputError("export-nerfstudio: the views have perspective cameras; it needs the six orthographic ones.")
    names = VIEW_NAMES if len(camera) == len(VIEW_NAMES) else tuple(f"view_{index}" for index in range(len(camera)))
    files: dict[str, bytes] = {"README.txt": README.encode()}
    frames = []
    for index, name in enumerate(names):
        files[f"images/{name}.png"] = png_bytes(to_bytes(torch.cat([views.albedo[index], views.alpha[index]], -1)))
        files[f"depth/{name}.png"] = _depth_png(views, index)
        pose = np.eye(4)
        pose[:3] = UPRIGHT @ camera.camera_to_world[index].double().numpy()
        frames.append(
            {
                "file_path": f"images/{name}.png",
                "depth_file_path": f"depth/{name}.png",
                "transform_matrix": pose.round(7).tolist(),
            }
        )
    focal = camera.width / (2 * camera.half_extent)
    header = {
        "camera_model": "ORTHOPHOTO",
        "w": camera.width,
        "h": camera.height,
        "fl_x": focal,
        "fl_y": focal,
        "cx": camera.width / 2,
        "cy": camera.height / 2,
        "applied_transform": UPRIGHT.tolist(),
        "ply_file_path": "points.ply",
        "frames": frames,
    }
    files["transforms.json"] = (json.dumps(header, indent=1) + "\n").encode()
    files["points.ply"] = _points_ply(views)
    return files


def _distance(views: MultiView) -> torch.Tensor:
    """Metres along the viewing direction from each camera, (N, H, W)."""
    return VIEW_DISTANCE - CUBE_HALF_EXTENT + views.depth[..., 0] * 2 * CUBE_HALF_EXTENT


def _depth_png(views: MultiView, index: int) -> bytes:
    """16-bit depth, 0 (nerfstudio's "unknown") where the subject is not."""
    distance = torch.where(views.alpha[index, ..., 0] >= SOLID, _distance(views)[index], 0.0)
    steps = (distance.double() / DEPTH_UNIT).round().clamp(0, 65535).numpy().astype(np.uint16)
    stream = io.BytesIO()
    Image.fromarray(steps).save(stream, "PNG")
    return stream.getvalue()


def _points_ply(views: MultiView) -> bytes:
    """The points that all views show, with their colours, as ASCII PLY."""
    camera = views.camera
    assert camera.half_extent is not None
    view, row, column = (views.alpha[..., 0] >= SOLID).nonzero(as_tuple=True)
    pixel = 2 * camera.half_extent / camera.width
    x = (column + 0.5) * pixel - camera.half_extent
    y = camera.half_extent * camera.height / camera.width - (row + 0.5) * pixel
    local = torch.stack([x, y, -_distance(views)[view, row, column], torch.ones(len(view))], 1).double()
    world = torch.einsum("pij,pj->pi", camera.camera_to_world.double()[view], local).numpy()
    places = world @ np.vstack([UPRIGHT, [0, 0, 0, 1]]).T
    colors = (views.albedo[view, row, column] * 255).round().int().numpy()
    head = ["ply", "format ascii 1.0", f"element vertex {len(places)}"]
    head += [f"property float {axis}" for axis in "xyz"] + [
        f"property uchar {name}" for name in ("red", "green", "blue")
    ]
    text = io.StringIO()
    text.write("\n".join([*head, "end_header", ""]))
    np.savetxt(text, np.concatenate([places[:, :3], colors], 1), "%.5f %.5f %.5f %d %d %d")
    return text.getvalue().encode()
