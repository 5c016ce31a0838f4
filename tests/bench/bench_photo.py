"""Alpha IoU of the automatic mattes on objects composited over synthetic backgrounds, by kind of background.

    python tests/bench/bench_photo.py OBJECTS_FOLDER [--objects 12] [--size 480] [--method auto] [--sheet sheet.png]

OBJECTS_FOLDER is searched for GLB files. Pictures get sensor noise and JPEG damage.
"""

import argparse
import io
import math
import time
from pathlib import Path

import numpy as np
import skimage.data
import torch
from PIL import Image

from gen4d.data.objects import canonical
from gen4d.data.rendering import object_colors
from gen4d.data.sources import quaternius
from gen4d.photo.color import blur, resize
from gen4d.photo.config import PhotoConfig
from gen4d.photo.matte import find_matte
from gen4d.render.rasterizer import rasterize
from gen4d.streams import Streams
from gen4d.structures import face_normals, orbit_camera

BACKGROUNDS = ("white", "colour", "gradient", "shadow", "two_tone", "texture", "photo")


def render_object(path: Path, size: int, rng: np.random.Generator) -> torch.Tensor:
    """A shaded three-quarter view with alpha, (size, size, 4), antialiased."""
    loaded = quaternius.load(path)
    obj = canonical(loaded, quaternius.front_rotation(loaded))
    vertices, faces = torch.from_numpy(obj.vertices).float(), torch.from_numpy(obj.faces).contiguous()
    camera = orbit_camera(
        float(rng.uniform(-1.2, 1.2)), float(rng.uniform(0.1, 0.5)), distance=float(rng.uniform(2.6, 4.0)),
        fov=math.radians(30), resolution=2 * size, target=(0.0, 0.0, 0.0),
    )  # fmt: skip
    raster = rasterize(vertices, faces, camera)
    hit = (raster.face_index >= 0)[0, ..., None].float()
    normals = torch.nn.functional.normalize(face_normals(vertices, faces), dim=1)[raster.face_index[0].clamp(min=0)]
    towards = torch.nn.functional.normalize(torch.tensor([0.4, 0.8, 0.5]), dim=0)
    light = 0.55 + 0.45 * (normals @ towards)[..., None].clamp(min=0) + 0.1 * normals[..., 1:2]
    rgb = (object_colors(obj, raster)[0] * light).clamp(0, 1)
    return resize(torch.cat([rgb * hit, hit], -1), size, size)  # premultiplied


def make_background(kind: str, size: int, rng: np.random.Generator) -> torch.Tensor:
    """(size, size, 3) sRGB."""
    y, x = torch.meshgrid(torch.linspace(0, 1, size), torch.linspace(0, 1, size), indexing="ij")
    first, second = (torch.tensor(rng.uniform(0.25, 1.0, 3), dtype=torch.float32) for _ in range(2))
    if kind == "white":
        return torch.ones(size, size, 3)
    if kind == "colour":
        return first.expand(size, size, 3)
    if kind == "gradient":
        t = (0.7 * y + 0.3 * x)[..., None]
        return first * (1 - t) + (0.5 * first + 0.5 * second) * t
    if kind == "shadow":
        vignette = 1 - 0.35 * ((x - 0.5) ** 2 + (y - 0.5) ** 2)
        cast = 1 - 0.4 * torch.exp(-(((x - 0.55) / 0.2) ** 2) - ((y - 0.75) / 0.06) ** 2)
        return (0.6 + 0.4 * first) * (vignette * cast)[..., None]
    if kind == "two_tone":
        edge = ((y - rng.uniform(0.55, 0.75)) * 60).sigmoid()[..., None]
        return first * (1 - edge) + second * edge
    if kind == "texture":
        picture = (
            getattr(skimage.data, str(rng.choice(["grass", "gravel", "brick"])))()[..., None] / 255 * first.numpy()
        )
    else:
        picture = (
            getattr(
                skimage.data, str(rng.choice(["coffee", "astronaut", "chelsea", "rocket", "immunohistochemistry"]))
            )()
            / 255
        )
        side = int(0.5 * min(picture.shape[:2]))  # a part of it, so that its own subject seldom stands in the middle
        top, left = (int(rng.integers(n - side)) for n in picture.shape[:2])
        picture = picture[top : top + side, left : left + side]
    picture = resize(torch.tensor(picture, dtype=torch.float32), size, size)
    return blur(picture, size / 60) if kind == "photo" else picture


def damage(rgb: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Sensor noise of 1.5 % and JPEG of quality 70."""
    noisy = rgb.numpy() + rng.normal(0, 0.015, rgb.shape)
    buffer = io.BytesIO()
    Image.fromarray((noisy.clip(0, 1) * 255).astype(np.uint8)).save(buffer, "JPEG", quality=70)
    return torch.from_numpy(np.asarray(Image.open(buffer), dtype=np.float32) / 255)


def alpha_iou(got: torch.Tensor, want: torch.Tensor) -> float:
    """Soft intersection over union."""
    return float(torch.minimum(got, want).sum() / torch.maximum(got, want).sum())


def main() -> None:
    """Print one line a kind of background."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--objects", type=int, default=12)
    parser.add_argument("--size", type=int, default=480)
    parser.add_argument("--method", default="auto", choices=["auto", "plain", "grabcut", "net"])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sheet", type=Path, help="write photos and mattes side by side")
    args = parser.parse_args()
    streams = Streams(args.seed)
    paths = sorted(args.folder.rglob("*.glb"))
    paths = [paths[i] for i in streams.numpy("objects").choice(len(paths), args.objects, replace=False)]
    cfg = PhotoConfig(matte=args.method)
    rows, everything, sheet = {kind: [] for kind in BACKGROUNDS}, [], []
    for path in paths:
        subject = render_object(path, args.size, streams.numpy("view", path.stem))
        line = []
        for kind in BACKGROUNDS:
            rng = streams.numpy(kind, path.stem)
            rgb = damage(subject[..., :3] + (1 - subject[..., 3:]) * make_background(kind, args.size, rng), rng)
            started = time.perf_counter()
            try:
                matte = find_matte(torch.cat([rgb, torch.ones_like(rgb[..., :1])], -1), None, cfg)
                entry = alpha_iou(matte.alpha, subject[..., 3]), matte.confidence, matte.method
                shown = rgb * matte.alpha[..., None] + (1 - matte.alpha[..., None]) * torch.tensor([1.0, 0.0, 1.0])
            except Exception as error:
                entry, shown = (0.0, 0.0, type(error).__name__), torch.zeros_like(rgb)
            rows[kind].append((*entry, time.perf_counter() - started))
            everything.append(entry[:2])
            line.append(torch.cat([resize(rgb, 128, 128), resize(shown, 128, 128)], 0))
        sheet.append(torch.cat(line, 1))
    print(
        f"{'background':<11} {'IoU mean':>8} {'median':>7} {'worst':>6} {'>=0.9':>6} {'confid.':>8} {'s':>5}  methods"
    )
    for kind, entries in rows.items():
        iou, confidence, methods, seconds = (list(column) for column in zip(*entries, strict=True))
        counts = ", ".join(f"{m} {methods.count(m)}" for m in sorted(set(methods)))
        print(
            f"{kind:<11} {np.mean(iou):8.3f} {np.median(iou):7.3f} {min(iou):6.3f} "
            f"{np.mean(np.array(iou) >= 0.9):6.0%} {np.mean(confidence):8.2f} {np.mean(seconds):5.2f}  {counts}"
        )
    iou, confidence = np.array(everything).T
    print(f"all: IoU {iou.mean():.3f}, correlation with confidence {np.corrcoef(iou, confidence)[0, 1]:.2f}")
    doubted = confidence < cfg.min_confidence
    good = [float((iou[rows] >= 0.8).mean()) for rows in (doubted, ~doubted)]
    print(f"warned {doubted.mean():.0%}; IoU >= 0.8: {good[0]:.0%} of those, {good[1]:.0%} of the rest")
    if args.sheet:
        picture = (torch.cat(sheet, 0).clamp(0, 1) * 255).byte().numpy()
        Image.fromarray(picture).save(args.sheet)


if __name__ == "__main__":
    main()
