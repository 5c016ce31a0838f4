"""A folder of pictures measured one by one, each result kept on disk, so that a run that was cut goes on there."""

import json
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from gen4d.config import RunConfig
from gen4d.errors import InputError
from gen4d.evaluate.photos import PhotoResult, evaluate_photo, pictures_of
from gen4d.prior.embedded import Prior


def evaluate_photos(
    folder: Path, cfg: RunConfig, prior: Prior | None, keep: Path | None = None
) -> Iterator[PhotoResult]:
    """Make an asset of every picture; a mask NAME_mask.png beside a picture is its true matte.

    Args:
        prior: needed unless `cfg.photo.way` is `puppet`.
        keep: folder of results; those there are not made again.

    Raises:
        InputError: the folder holds no pictures.
    """
    for path in pictures_of(folder):
        result = None if keep is None else kept_result(keep, path.name)
        if result is None:
            result = evaluate_photo(path, cfg, prior)
            if keep is not None:
                keep_result(keep, result)
        yield result


def keep_result(folder: Path, result: PhotoResult) -> None:
    """Write NAME.png, the tiles, and then NAME.json, all else; a result without its JSON file is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    pixels = (result.tiles.clamp(0, 1) * 255 + 0.5).byte().numpy()
    Image.fromarray(pixels).save(folder / f"{result.name}.png")
    row = {field.name: getattr(result, field.name) for field in fields(result) if field.name != "tiles"}
    (folder / f"{result.name}.json").write_text(json.dumps(row))


def kept_result(folder: Path, name: str) -> PhotoResult | None:
    """What was kept of a picture, or None; the tiles are those of 8 bits.

    Raises:
        InputError: what is there was not written by `keep_result`.
    """
    file = folder / f"{name}.json"
    if not file.is_file():
        return None
    try:
        row = json.loads(file.read_text())
        pixels = np.asarray(Image.open(folder / f"{name}.png").convert("RGB"), dtype=np.float32)
        return PhotoResult(**row, tiles=torch.from_numpy(pixels / 255))
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"{file}: this is no kept result of `gen4d eval photo`; give another folder.") from error
