"""Shards -> the training archive: latents, photo latents, poses and text features in one compressed file.

The archive is all a training needs: `prior.train` reads it with torch, numpy and safetensors alone, on any machine.
"""

import colorsys
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from gen4d.data.captions import color_words, with_colors
from gen4d.data.records import Record
from gen4d.data.shards import StoredObject, iterate_shards, read_records
from gen4d.prior.archive import LATENT_STEP, TEXT_STEP, pack_codes
from gen4d.prior.autoencoder import ViewAutoencoder
from gen4d.prior.text import TextEncoder
from gen4d.prior.train_autoencoder import PHOTO_GEOMETRY, to_maps
from gen4d.streams import Streams

logger = logging.getLogger(__name__)

MIN_SATURATION = 0.2  # mean HSV saturation below which turning the hue would change nothing
# The makers draw what people ask for most, and each shares one name with all its instances.
SOURCE_WEIGHT = {"makers": 8.0}
PARTS = {"latents": "latents", "photos": "photos", "words": "tokens"}
MIRROR_VIEW = (0, 3, 2, 1, 4, 5)  # a mirrored object shows its left where its right was


@dataclass(frozen=True)
class Item:
    """One thing to learn: maps (6, S, S, 8) uint8, cut-out photos (P, S, S, 4) uint8, poses (P, 2), its words."""

    maps: np.ndarray
    photos: np.ndarray
    poses: np.ndarray
    captions: tuple[str, ...]


def build_archive(
    shards: Path,
    autoencoder: ViewAutoencoder,
    encoder: TextEncoder,
    out: Path,
    *,
    variants: int = 1,
    photos: int = 2,
    licences: tuple[str, ...] = ("",),
    every: int = 1,
) -> dict[str, int | float]:
    """Encode every object, its mirror image and, where it has colours to turn, a recoloured copy with new colour words.

    Args:
        variants: 1 for the objects alone, 2 with mirror images, 3 with hue shifts.
        photos: how many of an object's photos to take.
        licences: prefixes of the licences to take; others stay out of what the weights learn from.
        every: take only every so many-th object, to try it out or to see how large the whole would be.

    Returns:
        counts: items, captions, and megabytes (2^20 bytes) of latents, photos, words and the file; with `every`, also
            of the file that all objects would give, as far as these tell.
    """
    autoencoder = autoencoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # a third faster
    latents, pictures, poses, captions, names, splits, weights = [], [], [], [], [], [], []
    for number, stored in enumerate(islice(iterate_shards(shards), 0, None, every)):
        record = stored.record
        if not _taken(record, licences):
            continue
        for item in _variants(stored, variants, photos):
            with torch.no_grad():
                latents.append(autoencoder.encode(to_maps(item.maps)).half())
                pictures.append(autoencoder.encode(to_maps(photo_maps(item.photos))).half())
            poses.append(torch.from_numpy(item.poses).half())
            captions.append(item.captions)
            names.append(record.captions[0])
            splits.append(record.split)
            weights.append(SOURCE_WEIGHT.get(record.source, 1.0))
        if number % 200 == 0:
            logger.info("encoded %d objects", number)
    table = sorted({text for texts in captions for text in texts})
    index = {text: i for i, text in enumerate(table)}
    rows = [torch.tensor([index[text] for text in texts]) for texts in captions]
    frequency = Counter(names)
    tokens = [_ragged(encoder, text) for text in table]
    tensors = {
        **pack_codes(torch.stack(latents), LATENT_STEP, "latents"),
        **pack_codes(torch.stack(pictures), LATENT_STEP, "photos"),
        **pack_codes(torch.cat(tokens), TEXT_STEP, "tokens"),
        "latent_shape": torch.tensor(latents[0].shape[1:3]),
        "poses": torch.stack(poses),
        "token_rows": torch.tensor([0, *np.cumsum([len(t) for t in tokens]).tolist()]),
        "caption_rows": torch.cat(rows),
        "caption_starts": torch.tensor([0, *np.cumsum([len(r) for r in rows]).tolist()]),
        # Objects that share their name with many others (rocks, trees) are drawn less often than each of the rare ones.
        "weights": torch.tensor([w * frequency[name] ** -0.5 for name, w in zip(names, weights, strict=True)]),
        "is_train": torch.tensor([split == "train" for split in splits]),
    }
    partial = out.with_suffix(".partial")
    header = {"captions": "\n".join(table), "latent_step": str(LATENT_STEP), "text_step": str(TEXT_STEP)}
    save_file({name: value.contiguous() for name, value in tensors.items()}, partial, header)
    partial.replace(out)
    sizes = {part: len(tensors[f"{name}_blob"]) / 2**20 for part, name in PARTS.items()}
    sizes["file"] = out.stat().st_size / 2**20
    if every > 1:
        words = {text for record in read_records(shards) if _taken(record, licences) for text in record.captions}
        sizes["whole, estimated"] = (sizes["file"] - sizes["words"]) * every + sizes["words"] * len(words) / len(table)
    return {"items": len(latents), "captions": len(table)} | {part: round(size, 1) for part, size in sizes.items()}


def _taken(record: Record, licences: tuple[str, ...]) -> bool:
    return record.licence.startswith(licences) and bool(record.captions)


def cut_out(pictures: np.ndarray, mattes: np.ndarray) -> np.ndarray:
    """Photos (P, H, W, 4) uint8 as the prior sees them: damaged colours inside the matte, white where it is 0."""
    seen = np.where(mattes[..., None] > 0, pictures, 255)
    return np.concatenate([seen, mattes[..., None]], -1).astype(np.uint8)


def _variants(stored: StoredObject, variants: int, photos: int) -> Iterator[Item]:
    """The object itself, and what `build_archive` adds to it; a variant takes the photos the one before left over."""
    record = stored.record
    pictures, poses = cut_out(stored.pictures, stored.mattes), stored.cameras[:, :2]
    turns = [np.arange(photos) + photos * k for k in range(3)]
    chosen = [turn % len(pictures) for turn in turns]
    yield Item(stored.maps, pictures[chosen[0]], poses[chosen[0]], record.captions)
    if variants > 1:
        flipped = np.ascontiguousarray(pictures[chosen[1]][:, :, ::-1])
        yield Item(mirrored(stored.maps), flipped, poses[chosen[1]] * [-1, 1], record.captions)
    if variants > 2 and record.source != "makers" and saturation(stored.maps) > MIN_SATURATION:
        turn = Streams(0).numpy("archive.hue", record.id).uniform(0.15, 0.85)
        maps, turned, texts = recolored(stored.maps, pictures[chosen[2]], record, turn)
        if texts:
            yield Item(maps, turned, poses[chosen[2]], texts)


def _ragged(encoder: TextEncoder, text: str) -> torch.Tensor:
    """Token features (T, TEXT_WIDTH) of one text, without the zero rows past its end; the sentence vector first."""
    tokens = encoder.encode([text]).tokens[0]
    return tokens[: int(tokens.abs().sum(1).nonzero().max()) + 1]


def mirrored(maps: np.ndarray) -> np.ndarray:
    """The maps (6, H, W, 8) of the object reflected in the plane x = 0."""
    flipped = maps[list(MIRROR_VIEW), :, ::-1].copy()
    flipped[..., 5] = 255 - flipped[..., 5]  # the x component of the normals
    return flipped


def recolored(
    maps: np.ndarray, photos: np.ndarray, record: Record, turn: float
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """An object with its hues turned, and captions that name the new colours."""
    turned = np.concatenate([turn_hue(maps[..., :3], turn), maps[..., 3:]], -1)
    pictures = np.concatenate([turn_hue(photos[..., :3], turn), photos[..., 3:]], -1)
    colors = color_words(turned)
    texts = [words for caption in record.captions[:2] for words in with_colors(caption, colors)]
    return turned, pictures, tuple(dict.fromkeys(texts))


def turn_hue(pixels: np.ndarray, turn: float) -> np.ndarray:
    """Turn the hue of (..., 3) uint8 sRGB pixels by a share of the circle, luma kept (a rotation of YIQ)."""
    angle = 2 * np.pi * turn
    to_yiq = np.array([colorsys.rgb_to_yiq(*row) for row in np.eye(3)]).T
    c, s = np.cos(angle), np.sin(angle)
    rotation = np.linalg.inv(to_yiq) @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]]) @ to_yiq
    return (pixels.astype(np.float32) @ rotation.T.astype(np.float32) + 0.5).clip(0, 255).astype(np.uint8)


def saturation(maps: np.ndarray) -> float:
    """Mean HSV saturation inside the matte."""
    pixels = maps[..., :3][maps[..., 3] > 200].astype(np.float32)
    if not len(pixels):
        return 0.0
    high, low = pixels.max(1), pixels.min(1)
    return float(((high - low) / np.maximum(high, 1)).mean())


def photo_maps(photos: np.ndarray | torch.Tensor) -> torch.Tensor:
    """Photos (P, H, W, 4) uint8 -> maps (P, H, W, 8) on their device: a photo is a view whose geometry is unknown."""
    known = torch.as_tensor(photos)
    return torch.cat([known, torch.full_like(known, PHOTO_GEOMETRY)], -1)
