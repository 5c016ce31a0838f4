"""Make a folder of test pictures for `gen4d eval photo`: renders, drawings, and photographs that packages bring along.

    python tests/bench/make_photo_set.py OBJECTS_FOLDER OUT_FOLDER [--renders 36] [--drawings 18]

Renders: objects of Quaternius packs before random backgrounds, with camera damage; their true matte is NAME_mask.png.
Drawings: crayon-like strokes on paper, plain or lined, with their true matte. Photographs: those that scikit-image and
scikit-learn install, read where they lie. Nothing of it belongs into the repository.
"""

import argparse
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from gen4d.data.objects import canonical
from gen4d.data.photos import render_photos
from gen4d.data.sources import quaternius
from gen4d.streams import Streams

PHOTOGRAPHS = {  # package -> pictures with one subject
    "skimage.data": ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "camera.png", "motorcycle_left.png"),
    "sklearn.datasets.images": ("flower.jpg",),
}
SUBJECTS = ("cat", "fish", "house", "person", "flower", "car")
RENDER_SIZE, DRAWING_SIZE = 384, 480  # px


def outline(subject: str, rng: np.random.Generator) -> list[np.ndarray]:
    """Closed polygons (P, 2) in [0, 1], y down, that together make a child's drawing of a subject."""

    def ellipse(x: float, y: float, rx: float, ry: float) -> np.ndarray:
        angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        return np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], 1)

    def box(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
        return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])

    def triangle(*corners: tuple[float, float]) -> np.ndarray:
        return np.array(corners)

    legs = [box(x, 0.62, x + 0.06, 0.85) for x in (0.26, 0.36, 0.56, 0.66)]
    shapes = {
        "cat": [ellipse(0.48, 0.55, 0.26, 0.14), ellipse(0.76, 0.4, 0.12, 0.11), *legs,
                triangle((0.66, 0.36), (0.68, 0.2), (0.76, 0.31)), triangle((0.78, 0.3), (0.87, 0.2), (0.87, 0.37)),
                triangle((0.25, 0.55), (0.08, 0.28), (0.14, 0.27), (0.32, 0.5))],
        "fish": [ellipse(0.52, 0.5, 0.28, 0.17), triangle((0.28, 0.5), (0.1, 0.34), (0.1, 0.66))],
        "house": [box(0.25, 0.45, 0.75, 0.85), triangle((0.18, 0.46), (0.5, 0.15), (0.82, 0.46))],
        "person": [ellipse(0.5, 0.2, 0.09, 0.1), box(0.4, 0.28, 0.6, 0.6), box(0.41, 0.58, 0.48, 0.9),
                   box(0.53, 0.58, 0.6, 0.9), box(0.18, 0.31, 0.42, 0.38), box(0.58, 0.31, 0.82, 0.38)],
        "flower": [box(0.475, 0.4, 0.525, 0.9), ellipse(0.5, 0.32, 0.09, 0.09), ellipse(0.62, 0.66, 0.11, 0.05)]
        + [ellipse(0.5 + 0.14 * np.cos(a), 0.32 + 0.14 * np.sin(a), 0.09, 0.08) for a in np.arange(6) * np.pi / 3],
        "car": [box(0.12, 0.5, 0.88, 0.68), triangle((0.28, 0.51), (0.36, 0.34), (0.66, 0.34), (0.76, 0.51)),
                ellipse(0.3, 0.7, 0.09, 0.09), ellipse(0.7, 0.7, 0.09, 0.09)],
    }  # fmt: skip
    turn = np.deg2rad(rng.uniform(-4, 4))
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) * rng.uniform(0.8, 1.05)
    return [(p - 0.5) @ matrix.T + 0.5 + rng.normal(0, 0.003, p.shape) for p in shapes[subject]]


def drawing(subject: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A drawing on paper (S, S, 3) uint8 and its true matte (S, S) uint8."""
    size = DRAWING_SIZE
    paper = np.full((size, size, 3), rng.uniform(225, 250, 3), np.float32)
    if rng.random() < 0.6:
        for y in range(20, size, 28):
            cv2.line(paper, (0, y), (size, y), (200, 215, 235), 1, cv2.LINE_AA)
    shade = np.linspace(rng.uniform(0.85, 1), rng.uniform(0.9, 1), size)
    paper *= shade[:, None, None]
    matte = np.zeros((size, size), np.uint8)
    for polygon in outline(subject, rng):
        points = (polygon * size).astype(np.int32)
        color = rng.uniform(20, 220, 3)
        mask = np.zeros((size, size), np.uint8)
        cv2.fillPoly(mask, [points], 255, cv2.LINE_AA)
        hatch = np.zeros((size, size), np.float32)
        for offset in range(-size, size, int(rng.integers(4, 7))):  # crayon strokes with gaps between
            start = (offset + int(rng.integers(-2, 3)), 0)
            cv2.line(hatch, start, (start[0] + size, size), 1.0, int(rng.integers(3, 6)), cv2.LINE_AA)
        cover = (mask / 255.0 * (0.35 + 0.65 * hatch))[..., None]
        paper = paper * (1 - cover) + color * cover
        cv2.polylines(paper, [points], True, (35, 35, 45), int(rng.integers(3, 6)), cv2.LINE_AA)
        matte = np.maximum(matte, mask)
        cv2.polylines(matte, [points], True, 255, 4, cv2.LINE_AA)
    noisy = paper + rng.normal(0, 3, paper.shape)
    return noisy.clip(0, 255).astype(np.uint8), matte


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("objects", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--renders", type=int, default=36)
    parser.add_argument("--drawings", type=int, default=18)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    streams = Streams(args.seed)
    for number in range(args.drawings):
        name = f"drawing_{SUBJECTS[number % len(SUBJECTS)]}_{number // len(SUBJECTS)}"
        picture, matte = drawing(SUBJECTS[number % len(SUBJECTS)], streams.numpy("drawing", number))
        Image.fromarray(picture).save(args.out / f"{name}.jpg", quality=88)
        Image.fromarray(matte).save(args.out / f"{name}_mask.png")
    for package, names in PHOTOGRAPHS.items():
        for name in names:
            file = resources.files(package) / name
            if file.is_file():
                (args.out / f"photograph_{name}").write_bytes(file.read_bytes())
    paths = sorted(args.objects.rglob("*.glb"))
    chosen = streams.numpy("objects").choice(len(paths), args.renders, replace=False)
    for path in (paths[i] for i in chosen):
        loaded = quaternius.load(path)
        obj = canonical(loaded, quaternius.front_rotation(loaded))
        photos = render_photos(obj, streams.numpy("render", path.stem), count=1, resolution=RENDER_SIZE)
        Image.fromarray(photos.pictures[0]).save(args.out / f"render_{path.stem}.png")
        Image.fromarray(photos.mattes[0]).save(args.out / f"render_{path.stem}_mask.png")


if __name__ == "__main__":
    main()
