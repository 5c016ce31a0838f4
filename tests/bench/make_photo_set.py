"""Make a folder of test pictures for `gen4d eval photo`: renders, drawings, and photographs that packages bring along.

    python tests/bench/make_photo_set.py OBJECTS_FOLDER OUT_FOLDER [--renders 36] [--drawings 18]
        [--cutouts FOLDER --backgrounds FOLDER --composites 48] [--photographs FOLDER --which unseen]

Renders: objects of Quaternius packs before random backgrounds, with camera damage; their true matte is NAME_mask.png.
Drawings: crayon-like strokes on paper, plain or lined, with their true matte. Photographs: those that scikit-image and
scikit-learn install, read where they lie. Composites: photographed things with an alpha channel (Debian's
tuxpaint-stamps-default has animals, fruit, vehicles and tools) before photographs (mate-backgrounds,
plasma-workspace-wallpapers), with their true matte. `--photographs` is searched for the files that `photo_outlines.py`
names: unpack Debian's opencv-doc and the wheels of matplotlib and scipy 1.9 there, and scipy's face as raccoon.png.
Nothing of it belongs into the repository.
"""

import argparse
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
from photo_outlines import CHOSEN_ON, UNSEEN
from PIL import Image

from gen4d.data.objects import canonical
from gen4d.data.photos import render_photos
from gen4d.data.sources import quaternius
from gen4d.streams import Streams

PHOTOGRAPHS = {  # package -> pictures with one subject
    "skimage.data": ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "camera.png", "motorcycle_left.png"),
    "sklearn.datasets.images": ("flower.jpg",),
}
OUTLINES = {  # of some of these photographs' subjects, drawn by hand, in hundredths of the picture; right to about two
    "astronaut.png": """4,100 4,88 6,66 12,48 25,38 24,33 28,30 35,30 36,28 31,22 30,13 34,5 42,2 52,3 58,10 58,18 55,25
        53,30 57,33 59,38 58,44 66,50 70,60 70,68 78,67 88,72 95,80 97,90 98,100""",
    "chelsea.png": """3,0 87,0 80,12 79,30 80,50 76,68 68,87 55,97 50,100 0,100 0,30""",
    "coffee.png": """13,57 16,40 22,28 29,22 30,14 36,7 47,4 60,6 67,13 68,20 66,30 73,36 78,47 79,58 77,71 72,82 64,91
        54,96 43,96 31,92 21,83 15,71""",
    "rocket.jpg": """50,30 52,35 52,95 48,95 49,35""",
    "camera.png": """0,49 10,35 20,26 30,24 33,16 40,12 50,16 53,24 63,27 63,33 58,35 62,44 58,50 50,60 42,55 38,62
        27,75 30,97 25,100 3,100 0,96 / 57,35 58,35 58,62 57,62 / 57,61 58,62 46,98 45,98 / 58,61 58,63
        72,96 73,95""",
    "motorcycle_left.png": """13,42 20,33 38,37 60,28 67,16 75,24 78,40 86,55 90,75 88,92 80,93 72,70 66,60 62,73 45,83
        33,78 20,79 14,62 17,47""",
}
SUBJECTS = ("cat", "fish", "house", "person", "flower", "car")
RENDER_SIZE, DRAWING_SIZE, COMPOSITE_SIZE = 384, 480, (640, 480)  # px
PHOTOGRAPH_SIZE = 900  # px of the longer side


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


def outlined(outlines: str, size: tuple[int, int]) -> np.ndarray:
    """The matte (H, W) uint8 of a photograph of (W, H) pixels from its outlines drawn by hand."""
    matte = np.zeros(size[::-1], np.uint8)
    for polygon in outlines.split("/"):
        points = np.array([[float(value) for value in point.split(",")] for point in polygon.split()])
        cv2.fillPoly(matte, [np.round(points / 100 * np.array(size)).astype(np.int32)], 255, cv2.LINE_AA)
    return matte


def composite(thing: Image.Image, behind: Image.Image, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A photographed thing before a photograph, (H, W, 3) uint8, with a shadow, and its true matte (H, W) uint8.

    One in four comes so near that the bottom cuts it off.
    """
    width, height = COMPOSITE_SIZE[:: int(rng.choice([1, -1]))]
    thing = thing.convert("RGBA").crop(thing.convert("RGBA").getchannel("A").getbbox())
    near = rng.random() < 0.25
    scale = rng.uniform(1.0, 1.3) if near else rng.uniform(0.5, 0.9)
    zoom = scale * min(width / thing.width, height / thing.height)
    thing = thing.resize((max(8, round(thing.width * zoom)), max(8, round(thing.height * zoom))))
    left = round((width - thing.width) * (0.5 + rng.normal(0, 0.12)))
    top = round(0.1 * height) if near else round((height - thing.height) * rng.uniform(0.3, 0.9))
    side = rng.uniform(0.5, 1.0) * min(behind.width / width, behind.height / height)
    corner = [rng.uniform(0, full - side * part) for full, part in zip(behind.size, (width, height), strict=True)]
    box = (corner[0], corner[1], corner[0] + side * width, corner[1] + side * height)
    picture = np.asarray(behind.convert("RGB").resize((width, height), box=box), np.float32)
    layer = Image.new("RGBA", (width, height))
    layer.paste(thing, (left, top))
    pixels = np.asarray(layer, np.float32)
    alpha = pixels[..., 3] / 255
    moved = np.roll(alpha, (int(0.02 * height), int(rng.normal(0, 0.03) * width)), (0, 1))
    shadow = cv2.GaussianBlur(moved, (0, 0), 12)
    picture = picture * (1 - rng.uniform(0, 0.4) * shadow)[..., None]
    picture = picture * (1 - alpha[..., None]) + pixels[..., :3] * alpha[..., None]
    picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 0.9)) + rng.normal(0, rng.uniform(1, 5), picture.shape)
    return picture.clip(0, 255).astype(np.uint8), (alpha * 255 + 0.5).astype(np.uint8)


def write_composites(cut_outs: Path, backgrounds: Path, count: int, out: Path, streams: Streams) -> None:
    """Every thing at most once, backgrounds in turn."""
    things = sorted(path for path in cut_outs.iterdir() if path.suffix in (".png", ".webp"))
    behind = sorted(path for path in backgrounds.iterdir() if path.suffix in (".jpg", ".png", ".webp"))
    for number, index in enumerate(streams.numpy("things").permutation(len(things))[:count]):
        path, rng = things[index], streams.numpy("composite", things[index].stem)
        picture, matte = composite(Image.open(path), Image.open(behind[number % len(behind)]), rng)
        Image.fromarray(picture).save(out / f"composite_{path.stem}.jpg", quality=int(rng.integers(60, 95)))
        Image.fromarray(matte).save(out / f"composite_{path.stem}_mask.png")


def write_photographs(folder: Path, outlines: dict[str, str], out: Path) -> None:
    """The photographs of a folder, wherever they lie in it, whose outlines are known."""
    for name, outline_text in outlines.items():
        path = next(iter(sorted(folder.rglob(name))), None)
        if path is None:
            print(f"{name} is missing")
            continue
        picture = Image.open(path).convert("RGB")
        picture.thumbnail((PHOTOGRAPH_SIZE, PHOTOGRAPH_SIZE))
        target = out / f"photograph_{path.stem}.png"
        picture.save(target)
        Image.fromarray(outlined(outline_text, picture.size)).save(target.with_name(target.stem + "_mask.png"))


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("objects", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--renders", type=int, default=36)
    parser.add_argument("--drawings", type=int, default=18)
    parser.add_argument("--cutouts", type=Path)
    parser.add_argument("--backgrounds", type=Path)
    parser.add_argument("--composites", type=int, default=48)
    parser.add_argument("--photographs", type=Path)
    parser.add_argument("--which", choices=["chosen-on", "unseen"], default="unseen")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    streams = Streams(args.seed)
    if args.cutouts and args.backgrounds:
        write_composites(args.cutouts, args.backgrounds, args.composites, args.out, streams)
    if args.photographs:
        write_photographs(args.photographs, UNSEEN if args.which == "unseen" else CHOSEN_ON, args.out)
    for number in range(args.drawings):
        name = f"drawing_{SUBJECTS[number % len(SUBJECTS)]}_{number // len(SUBJECTS)}"
        picture, matte = drawing(SUBJECTS[number % len(SUBJECTS)], streams.numpy("drawing", number))
        Image.fromarray(picture).save(args.out / f"{name}.jpg", quality=88)
        Image.fromarray(matte).save(args.out / f"{name}_mask.png")
    for package, names in PHOTOGRAPHS.items():
        for name in names:
            file = resources.files(package) / name
            if file.is_file():
                path = args.out / f"photograph_{name}"
                path.write_bytes(file.read_bytes())
                if name in OUTLINES:
                    matte = outlined(OUTLINES[name], Image.open(path).size)
                    Image.fromarray(matte).save(path.with_name(path.stem + "_mask.png"))
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
