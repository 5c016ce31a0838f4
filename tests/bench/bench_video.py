"""Films with a known answer, followed: `python tests/bench/bench_video.py RIGGED.glb:clip[,clip] ... [--azimuth 90]`.

Every clip is drawn from one side by a perspective camera before a busy backdrop, written as MP4 and followed by
`gen4d animate --video`. Printed beside the pose at rest: how far joints are from their true places about the hips, in
per cent of the height, and how much the outlines overlap from the true camera.
The asset's own clips are taken off first; with `--ours NAME,...` the film shows clips of ours instead.
"""

import argparse
import math
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch

from gen4d import from_file
from gen4d.config import load_config
from gen4d.context import Context
from gen4d.errors import Gen4dError
from gen4d.export.read import load_asset
from gen4d.motion.kinematics import clip_joint_to_world, rest_joint_to_world
from gen4d.motion.skinning import skin_vertices
from gen4d.moving_pictures import sampled
from gen4d.render.preview import save_png
from gen4d.render.rasterizer import rasterize
from gen4d.render.views import surface_colors
from gen4d.streams import Streams
from gen4d.structures import Asset, Camera, Clip, Mesh, orbit_camera, vertex_normals

SIZE, FPS, FOV = 288, 24, math.radians(32.0)
MAX_FRAMES = 48


def backdrop(kind: str) -> np.ndarray:
    """A picture (SIZE, SIZE, 3) uint8: a wall and a floor, or one full of blots and stripes."""
    generator = np.random.default_rng(5)
    y = np.linspace(0, 1, SIZE)[:, None, None]
    picture = np.where(y < 0.72, [176.0, 190.0, 205.0], [120.0, 108.0, 92.0]) * (1 - 0.15 * y)
    picture = np.broadcast_to(picture, (SIZE, SIZE, 3)).copy()
    if kind == "busy":
        for _ in range(40):
            centre = generator.integers(0, SIZE, 2).tolist()
            colour = generator.integers(40, 220, 3).tolist()
            size, tilt = generator.integers(6, 40, 2).tolist(), int(generator.integers(0, 180))
            cv2.ellipse(picture, centre, size, tilt, 0, 360, colour, -1)
        picture = cv2.GaussianBlur(picture, (5, 5), 0)
    return (picture + generator.normal(0, 3, picture.shape)).clip(0, 255).astype(np.uint8)


def camera_for(posed: torch.Tensor, azimuth_deg: float, elevation_deg: float) -> Camera:
    """A camera far enough to see all frames (T, V, 3)."""
    low, high = posed.amin((0, 1)), posed.amax((0, 1))
    middle = (low + high) / 2
    distance = 0.62 * float((high - low).norm()) / math.tan(FOV / 2)
    place = (float(middle[0]), float(middle[1]), float(middle[2]))
    return orbit_camera(
        math.radians(azimuth_deg),
        math.radians(elevation_deg),
        distance=distance,
        fov=FOV,
        resolution=SIZE,
        target=place,
    )


def draw(asset: Asset, vertices: torch.Tensor, camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """A shaded picture (H, W, 3) uint8 of the asset and its outline (H, W) bool."""
    raster = rasterize(vertices, asset.mesh.faces, camera)
    normals = vertex_normals(Mesh(vertices, asset.mesh.faces, welded=asset.mesh.welded))
    corners = normals[asset.mesh.faces[raster.face_index.clamp(min=0)]]  # (1, H, W, 3, 3)
    normal = (corners * raster.barycentric[..., None]).sum(-2)
    light = torch.nn.functional.normalize(torch.tensor([0.5, 0.8, 0.6]), dim=0)
    shade = 0.45 + 0.55 * (normal @ light).clamp(min=0)[..., None]
    colors = surface_colors(asset.mesh, asset.material, raster) * shade
    return (colors[0].clamp(0, 1) * 255).byte().numpy(), (raster.face_index[0] >= 0).numpy()


def posed_by(asset: Asset, clip: Clip) -> tuple[torch.Tensor, torch.Tensor]:
    """Vertices (T, V, 3) and joints (T, J, 3) of every keyframe."""
    assert asset.skeleton is not None and asset.skin is not None
    joints = clip_joint_to_world(clip, asset.skeleton)
    return skin_vertices(asset.mesh.vertices.double(), asset.skin, asset.skeleton, joints).float(), joints[..., :3, 3]


def about_hips(joints: torch.Tensor, hips: int) -> torch.Tensor:
    return joints - joints[:, hips : hips + 1]


def carrying(asset: Asset) -> torch.Tensor:
    """Joints (J,) bool that carry some skin; a game rig has others, which only steer."""
    assert asset.skeleton is not None and asset.skin is not None
    total = torch.zeros(len(asset.skeleton)).index_add(0, asset.skin.joints.ravel(), asset.skin.weights.ravel())
    return total > 0.5


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    """Overlap of two outlines with their centres of area brought together."""

    def centred(mask: np.ndarray) -> np.ndarray:
        rows, columns = np.nonzero(mask)
        move = np.float32([[1, 0, SIZE / 2 - columns.mean()], [0, 1, SIZE / 2 - rows.mean()]])
        return cv2.warpAffine(mask.astype(np.uint8), move, (SIZE, SIZE), flags=cv2.INTER_NEAREST) > 0

    a, b = centred(first), centred(second)
    return float((a & b).sum() / max((a | b).sum(), 1))


def follow(asset: Asset, clip: Clip, azimuth: float, given: argparse.Namespace, sheet: Path | None) -> str:
    count = min(MAX_FRAMES, max(8, round(float(clip.times[-1]) * FPS)))
    moments = torch.arange(count) / FPS
    truth = sampled(clip, moments)
    vertices, joints = posed_by(asset, truth)
    camera = camera_for(vertices, azimuth, given.elevation)
    scene = backdrop(given.backdrop)
    pictures, outlines = [], []
    for frame in vertices:
        picture, outline = draw(asset, frame, camera)
        soft = cv2.GaussianBlur(outline.astype(np.float32), (3, 3), 0)[..., None]
        pictures.append((picture * soft + scene * (1 - soft)).astype(np.uint8))
        outlines.append(outline)
    bare = replace(asset, clips=())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FPS, (SIZE, SIZE))
        for picture in pictures:
            writer.write(picture[..., ::-1].copy())
        writer.release()
        cfg = load_config(None, {"motion.video_azimuth_deg": azimuth} if given.told else {})
        ctx = Context(Streams(0))
        start = time.process_time()
        made = from_file.add_video(bare, path, cfg, ctx).clips[0]
        seconds = time.process_time() - start
    found_vertices, found = posed_by(asset, made)
    found, found_vertices = found[: len(joints)], found_vertices[: len(joints)]
    hips, height = made.moving_joint, float(asset.mesh.bounds[1][1] - asset.mesh.bounds[0][1])
    assert asset.skeleton is not None
    rest = rest_joint_to_world(asset.skeleton)[None, :, :3, 3].expand(len(joints), -1, -1)
    wanted = about_hips(joints, hips)
    used = carrying(asset)
    away = 100 * (about_hips(found, hips) - wanted)[:, used].norm(dim=-1).mean() / height
    still = 100 * (about_hips(rest, hips) - wanted)[:, used].norm(dim=-1).mean() / height
    drawn = [draw(asset, frame, camera)[1] for frame in found_vertices]
    resting = draw(asset, asset.mesh.vertices, camera)[1]
    iou = float(np.mean([overlap(a, b) for a, b in zip(outlines, drawn, strict=True)]))
    iou_rest = float(np.mean([overlap(a, resting) for a in outlines]))
    if sheet is not None:
        chosen = np.linspace(0, count - 1, 6).round().astype(int)
        top = np.concatenate([pictures[i] for i in chosen], 1)
        low = np.concatenate([draw(asset, found_vertices[i], camera)[0] for i in chosen], 1)
        save_png(torch.from_numpy(np.concatenate([top, low])).float() / 255, sheet)
    return (
        f"{clip.name[:16]:<17}{azimuth:>5.0f}{ctx.facts['video.azimuth_deg']:>6}{count:>5}{seconds:>7.1f}{away:>8.1f}{still:>8.1f}"
        f"{iou:>8.3f}{iou_rest:>8.3f}{'loop' if made.loop else '-':>6}{made.speed:>6.2f}{clip.speed:>6.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+")
    parser.add_argument("--azimuth", type=float, nargs="+", default=[90.0, 50.0])
    parser.add_argument("--elevation", type=float, default=6.0)
    parser.add_argument("--backdrop", choices=["plain", "busy"], default="busy")
    parser.add_argument("--ours", default="")
    parser.add_argument("--told", action="store_true", help="tell the azimuth")
    parser.add_argument("--sheets", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    columns = (("side", 5), ("found", 6), ("n", 5), ("CPU s", 7), ("joints", 8), ("(rest)", 8), ("IoU", 8))
    columns += (("(rest)", 8), ("", 6), ("m/s", 6), ("true", 6))
    print(f"{'clip':<17}" + "".join(f"{name:>{width}}" for name, width in columns))
    for entry in given.files:
        file, _, names = entry.partition(":")
        asset, _ = load_asset(Path(file))
        if given.ours:
            cfg = load_config(None, {"motion.clips": given.ours, "motion.springs": False})
            made = from_file.animate_rigged(Path(file), cfg, Context(Streams(0)))
            assert made is not None
            names, asset = names or given.ours, made
        print(f"{Path(file).stem}: {asset.skeleton.plan if asset.skeleton else 'no rig'}", flush=True)
        for clip in asset.clips:
            if names and not any(clip.name.endswith(name) for name in names.split(",")):
                continue
            for azimuth in given.azimuth:
                drawn = f"{Path(file).stem}_{clip.name}_{azimuth:.0f}.png".replace("|", "_")
                sheet = None if given.sheets is None else given.sheets / drawn
                try:
                    print(follow(asset, clip, azimuth, given, sheet), flush=True)
                except Gen4dError as error:
                    print(f"{clip.name[:16]:<17}{azimuth:>5.0f}  {error}", flush=True)


if __name__ == "__main__":
    main()
