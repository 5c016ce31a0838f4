"""The `--report` of `gen4d rig`: joints, checks, weights, seconds, and a picture of the skeleton inside the mesh."""

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw

from gen4d.context import Context
from gen4d.errors import OutputError
from gen4d.render.rasterizer import project, rasterize
from gen4d.rig.report import joint_positions, rig_report
from gen4d.structures import Asset, Camera, Mesh, Skeleton, face_normals, orbit_camera

PICTURE = 480  # pixels a view
ANGLES_DEG = ((0.0, 0.0), (90.0, 0.0), (35.0, 25.0))  # azimuth, elevation: front, the subject's left, three-quarter
FOV = np.radians(28.0)
LEFT_COLOR, RIGHT_COLOR, MIDDLE_COLOR = (214, 70, 50), (50, 90, 214), (40, 130, 60)
MIDDLE = 0.01  # of the width: joints this near to x = 0 belong to no side


def write_rig_report(asset: Asset, path: Path, ctx: Context) -> None:
    """Write FILE.json and FILE.png.

    Raises:
        OutputError: the place cannot be written.
    """
    if asset.skeleton is None or asset.skin is None:
        return
    facts = {key: value for key, value in ctx.facts.items() if key.startswith(("rig.", "motion."))}
    content = {**rig_report(asset.mesh, asset.skeleton, asset.skin), "facts": facts, "warnings": list(ctx.warnings)}
    picture = skeleton_picture(asset.mesh, asset.skeleton)
    try:
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        Image.fromarray(picture).save(path.with_suffix(".png"))
    except OSError as error:
        raise OutputError(f"{path}: it cannot be written: {error.strerror or error}.") from error


def skeleton_picture(mesh: Mesh, skeleton: Skeleton) -> np.ndarray:
    """The mesh as grey glass with its bones inside, from the front, the side and above, (S, 3 S, 3) uint8."""
    low, high = mesh.bounds
    center = (low + high) / 2
    distance = float((high - low).norm()) * 0.5 / np.sin(FOV / 2) * 1.02
    joints = torch.tensor(joint_positions(skeleton), dtype=torch.float32)
    sides = joints[:, 0] / max(float(high[0] - low[0]), 1e-9)
    colors = [LEFT_COLOR if x > MIDDLE else RIGHT_COLOR if x < -MIDDLE else MIDDLE_COLOR for x in sides.tolist()]
    views = []
    for azimuth, elevation in np.radians(np.array(ANGLES_DEG)):
        target = (float(center[0]), float(center[1]), float(center[2]))
        camera = orbit_camera(
            float(azimuth), float(elevation), distance=distance, fov=float(FOV), resolution=PICTURE, target=target
        )
        image = Image.fromarray(glass(mesh, camera))
        _draw_bones(ImageDraw.Draw(image), project(joints, camera).pixels[0].numpy(), skeleton, colors)
        views.append(np.asarray(image))
    return np.concatenate(views, 1)


def glass(mesh: Mesh, camera: Camera) -> np.ndarray:
    """The mesh in pale grey, lit from the camera, (S, S, 3) uint8."""
    face = rasterize(mesh.vertices, mesh.faces, camera).face_index[0].numpy()
    normals = torch.nn.functional.normalize(face_normals(mesh.vertices, mesh.faces), dim=1)
    facing = (normals @ camera.camera_to_world[0, :3, 2]).abs().numpy()
    shade = np.where(face >= 0, 165 + 75 * facing[np.maximum(face, 0)], 255)
    return np.repeat(shade.astype(np.uint8)[..., None], 3, 2)


def _draw_bones(
    draw: ImageDraw.ImageDraw, pixels: np.ndarray, skeleton: Skeleton, colors: list[tuple[int, int, int]]
) -> None:
    """Lines from parent to child and a dot a joint; red is the subject's left, blue its right, green the middle."""
    for joint, (parent, color) in enumerate(zip(skeleton.parents.tolist(), colors, strict=True)):
        x, y = (float(v) for v in pixels[joint])
        if parent > 0:
            px, py = (float(v) for v in pixels[parent])
            draw.line([px, py, x, y], fill=color, width=2)
        draw.ellipse([x - 3, y - 3, x + 3, y + 3], fill=color, outline=(255, 255, 255))
