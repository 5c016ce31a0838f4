"""Twenty prompts at two seeds and ten photos through the command line: is each a valid file, and how does it look?

    python tests/bench/bench_gallery.py --out gallery [--seeds 0,1] [--limit N]

On a busy machine set OMP_WAIT_POLICY=PASSIVE, as the command line does for itself: here torch is loaded before it.

Prints a line a run (seconds, triangles, errors our checks find, similarity to the nearest known concept) and writes
`prompts.png` and `photos.png`, sheets of the exported files' previews, for a person to judge.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from skimage import data

from gen4d.cli import main
from gen4d.export.inspect import inspect_glb

PROMPTS = (
    "a paper plane", "a wooden chair", "a red sports car", "a brown dog", "a pine tree", "a small house", "a robot",
    "a red mushroom with white dots", "a blue rocket", "a coffee mug", "a goldfish", "a knight in armour",
    "a steel sword", "a green sofa", "a banana", "a treasure chest", "a snowman", "a street lamp", "a spaceship",
    "a birthday cake",
)  # fmt: skip
PHOTOS = ("astronaut", "chelsea", "coffee", "rocket", "horse", "camera", "logo", "coins", "clock", "cell")
TILE = 256


def run(arguments: list[str], output: Path) -> dict[str, object]:
    """One command; its exit code, seconds and what the file holds."""
    start = time.monotonic()
    code = main([*arguments, "-o", str(output), "--quiet"])
    row: dict[str, object] = {"exit": code, "seconds": round(time.monotonic() - start, 1)}
    if code == 0:
        report = json.loads(output.with_suffix(".report.json").read_text())
        found = inspect_glb(output)
        row["triangles"] = found.triangles
        row["errors"] = sum(finding.severity == "error" for finding in found.findings)
        row["similarity"] = report.get("facts", {}).get("views.similarity", "")
        row["warnings"] = len(report.get("warnings", []))
    return row


def sheet(tiles: list[tuple[str, Path]], columns: int, out: Path) -> None:
    """Previews in a grid with their labels; a run that failed stays an empty tile."""
    rows = -(-len(tiles) // columns)
    page = Image.new("RGB", (columns * TILE, rows * TILE), "white")
    draw = ImageDraw.Draw(page)
    for i, (label, path) in enumerate(tiles):
        corner = (i % columns * TILE, i // columns * TILE)
        if path.exists():
            page.paste(Image.open(path).convert("RGB").resize((TILE, TILE)), corner)
        draw.text((corner[0] + 4, corner[1] + 4), label, fill="black")
    page.save(out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", default="0,1")
    parser.add_argument("--limit", type=int, default=len(PROMPTS))
    parser.add_argument("--only", choices=("prompts", "photos", "both"), default="both")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    tiles = []
    if options.only != "photos":
        for prompt in PROMPTS[: options.limit]:
            for seed in options.seeds.split(","):
                target = options.out / f"{prompt.replace(' ', '-')}-{seed}.glb"
                print(prompt, seed, json.dumps(run(["text-to-3d", prompt, "--seed", seed], target)), flush=True)
                tiles.append((f"{prompt} / {seed}", target.with_suffix(".preview.png")))
        sheet(tiles, 4, options.out / "prompts.png")
    if options.only != "prompts":
        tiles = []
        for name in PHOTOS[: options.limit]:
            photo = options.out / f"{name}.png"
            picture = np.asarray(getattr(data, name)())
            Image.fromarray(picture.astype(np.uint8) * (255 if picture.dtype == bool else 1)).save(photo)
            target = options.out / f"photo-{name}.glb"
            print(name, json.dumps(run(["animate", str(photo)], target)), flush=True)
            tiles += [(name, photo), (f"{name}: result", target.with_suffix(".preview.png"))]
        sheet(tiles, 4, options.out / "photos.png")
