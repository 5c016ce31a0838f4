"""Shards -> the training archive: latents, photo latents and text features in one safetensors file.

The archive is all a training needs: `prior.train` reads it with torch, numpy and safetensors alone, on any machine.
"""

import colorsys
import logging
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from gen4d.data.build import Record
from gen4d.data.captions import color_words, with_colors
from gen4d.data.shards import ViewSet
from gen4d.prior.autoencoder import ViewAutoencoder
from gen4d.prior.text import TextEncoder
from gen4d.prior.train_autoencoder import PHOTO_GEOMETRY, to_maps
from gen4d.streams import Streams

logger = logging.getLogger(__name__)

MIN_SATURATION = 0.2  # mean HSV saturation below which turning the hue would change nothing
# The makers draw what people ask for most, and each shares one name with all its instances.
SOURCE_WEIGHT = {"makers": 8.0}
MIRROR_VIEW = (0, 3, 2, 1, 4, 5)  # a mirrored object shows its left where its right was


def build_archive(
    views: ViewSet, autoencoder: ViewAutoencoder, encoder: TextEncoder, out: Path, *, variants: int = 3
) -> dict[str, int]:
    """Encode every object, its mirror image and, where it has colours to turn, a recoloured copy with new colour words.

    Args:
        variants: 1 for the objects alone, 2 with mirror images, 3 with hue shifts.

    Returns:
        counts: items and captions.
    """
    streams = Streams(0)
    latents, photos, captions, names, splits, weights = [], [], [], [], [], []
    for row, record in enumerate(views.records):
        rng = streams.numpy("archive.hue", record.id)
        kinds = [(views.maps[row], views.photos[row], record.captions)]
        if variants > 1:
            kinds.append((mirrored(views.maps[row]), views.photos[row][:, :, ::-1], record.captions))
        if variants > 2 and record.source != "makers" and saturation(views.maps[row]) > MIN_SATURATION:
            kinds.append(recolored(views.maps[row], views.photos[row], record, rng.uniform(0.15, 0.85)))
        for maps, pictures, texts in kinds:
            if not texts:
                continue
            with torch.no_grad():
                latents.append(autoencoder.encode(to_maps(np.ascontiguousarray(maps))).half().contiguous())
                photos.append(autoencoder.encode(to_maps(photo_maps(pictures))).half().contiguous())
            captions.append(texts)
            names.append(record.captions[0])
            splits.append(record.split)
            weights.append(SOURCE_WEIGHT.get(record.source, 1.0))
        if row % 200 == 0:
            logger.info("encoded %d of %d objects", row, len(views.records))
    table = sorted({text for texts in captions for text in texts})
    index = {text: i for i, text in enumerate(table)}
    rows = [torch.tensor([index[text] for text in texts]) for texts in captions]
    frequency = Counter(names)
    features = [encoder.encode([text]) for text in table]
    tensors = {
        "latents": torch.stack(latents),
        "photos": torch.stack(photos),
        "text_tokens": torch.cat([f.tokens for f in features]).half(),
        "text_pooled": torch.cat([f.pooled for f in features]).half(),
        "caption_rows": torch.cat(rows),
        "caption_starts": torch.tensor([0, *np.cumsum([len(r) for r in rows]).tolist()]),
        # Objects that share their name with many others (rocks, trees) are drawn less often than each of the rare ones.
        "weights": torch.tensor([w * frequency[name] ** -0.5 for name, w in zip(names, weights, strict=True)]),
        "is_train": torch.tensor([split == "train" for split in splits]),
    }
    save_file(
        {name: value.contiguous() for name, value in tensors.items()}, out, metadata={"captions": "\n".join(table)}
    )
    return {"items": len(latents), "captions": len(table)}


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


def photo_maps(photos: np.ndarray) -> np.ndarray:
    """Photos (P, H, W, 4) uint8 -> maps (P, H, W, 8): a photo is a view whose geometry is unknown."""
    unknown = np.full((*photos.shape[:3], 4), PHOTO_GEOMETRY, np.uint8)
    return np.concatenate([photos, unknown], -1)
