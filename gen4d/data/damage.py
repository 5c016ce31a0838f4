"""What a camera and a phone do to a picture: backgrounds, blur, exposure, noise, JPEG."""

import io

import numpy as np
import torch
from kornia.enhance import adjust_gamma, adjust_saturation
from kornia.filters import gaussian_blur2d
from PIL import Image
from scipy.ndimage import gaussian_filter, zoom

PLAIN_SHARE, GRADIENT_SHARE = 0.35, 0.25  # of backgrounds; the rest are textured
SHADOW_SHARE = 0.5  # of backgrounds show a soft shadow under the subject
JPEG_SHARE, JPEG_QUALITY = 0.7, (30, 95)
BLUR_SHARE, BLUR_SIGMA_PX = 0.3, (0.3, 1.0)
NOISE_STD = 0.03  # the largest, of [0, 1]
VIGNETTE = 0.35  # the largest loss of light in a corner


def backgrounds(matte: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random background (H, W, 3) float32 sRGB for a subject with a matte (H, W) in [0, 1]."""
    height, width = matte.shape
    kind = rng.random()
    first, second = _color(rng), _color(rng)
    if kind < PLAIN_SHARE:
        mix = np.zeros((height, width))
    elif kind < PLAIN_SHARE + GRADIENT_SHARE:
        angle = rng.uniform(0, 2 * np.pi)
        rows, columns = np.mgrid[0:height, 0:width] / (height - 1) - 0.5
        mix = 0.5 + rows * np.cos(angle) + columns * np.sin(angle)
    else:
        mix = _texture(height, width, rng)
    image = first + (second - first) * mix[..., None].clip(0, 1)
    if kind >= PLAIN_SHARE + GRADIENT_SHARE and rng.random() < 0.5:  # ground and wall differ
        horizon = int(height * rng.uniform(0.4, 0.9))
        ground, other = _color(rng), _color(rng)
        floor = _texture(height, width, rng)[horizon:, :, None]
        image[horizon:] = ground + (other - ground) * floor
    if rng.random() < SHADOW_SHARE:
        rows = np.flatnonzero(matte.max(1) > 0.5)
        squash = np.zeros_like(matte)
        if len(rows):
            bottom, depth = rows[-1], max(2, int(0.12 * height))
            band = matte.max(0) > 0.5
            squash[max(0, bottom - depth // 2) : bottom + depth // 2, band] = 1.0
        image *= (1 - rng.uniform(0.2, 0.6) * gaussian_filter(squash, 0.03 * height))[..., None]
    return image.clip(0, 1).astype(np.float32)


def damaged(pictures: torch.Tensor, rng: np.random.Generator) -> np.ndarray:
    """Take clean pictures (P, H, W, 3) float in [0, 1] through a random camera; returns uint8."""
    count = len(pictures)
    x = pictures.permute(0, 3, 1, 2).clamp(0, 1)
    x = adjust_gamma(x, torch.from_numpy(np.exp(rng.normal(0, 0.15, count))).float())
    x = adjust_saturation(x, torch.from_numpy(rng.uniform(0.8, 1.2, count)).float())
    blurred = np.flatnonzero(rng.random(count) < BLUR_SHARE)
    if len(blurred):
        sigma = torch.from_numpy(rng.uniform(*BLUR_SIGMA_PX, (len(blurred), 1))).float().expand(-1, 2)
        x[blurred] = gaussian_blur2d(x[blurred], (5, 5), sigma.contiguous())
    rows, columns = np.mgrid[-1 : 1 : x.shape[2] * 1j, -1 : 1 : x.shape[3] * 1j]
    corner = torch.from_numpy((rows**2 + columns**2) / 2).float()
    loss = torch.from_numpy(rng.uniform(0, VIGNETTE, (count, 1, 1, 1)) * (rng.random((count, 1, 1, 1)) < 0.3)).float()
    x = x * (1 - loss * corner)
    std = rng.uniform(0, NOISE_STD, (count, 1, 1, 1))
    x = (x + torch.from_numpy(rng.normal(size=x.shape) * std).float()).clamp(0, 1)
    bytes_ = (x.permute(0, 2, 3, 1) * 255 + 0.5).byte().numpy()
    return np.stack([_jpeg(image, rng) for image in bytes_])


def _jpeg(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    quality, chosen = int(rng.integers(*JPEG_QUALITY)), rng.random() < JPEG_SHARE
    if not chosen:
        return image
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream))


def _color(rng: np.random.Generator) -> np.ndarray:
    """A background colour (3,): greys and pale tones more often than loud ones."""
    grey = rng.uniform(0.1, 1.0)
    return (grey + rng.normal(0, rng.choice([0.02, 0.08, 0.25]), 3)).clip(0, 1)


def _texture(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Noise of several octaves, sometimes stretched into grain or cut into tiles; (H, W) in [0, 1]."""
    stretch = rng.choice([1, 1, 4])
    total = np.zeros((height, width))
    for octave in range(2, 2 + int(rng.integers(2, 5))):
        cells = 2**octave
        coarse = rng.random((cells // stretch + 2, cells + 2))
        fine = zoom(coarse, (height / (cells // stretch), width / cells), order=1)[:height, :width]
        total += fine * rng.uniform(0.3, 1.0) ** (octave - 2)
    total = (total - total.min()) / max(float(np.ptp(total)), 1e-6)
    if rng.random() < 0.25:  # tiles, bricks, floorboards
        tile = int(rng.integers(8, 40))
        lines = (np.arange(width) % tile == 0)[None] | (
            np.arange(height) % max(4, tile // int(rng.integers(1, 4))) == 0
        )[:, None]
        total = np.where(lines, 0.0, total)
    return total
