"""Pictures with a known main subject, composed from cut-outs and backgrounds: what the matting network learns from.

A cut-out's shape says what a subject is; its colours must not, for renders are smoother than photographs. So subjects
take on textures of photographs, backgrounds hold other renders, and colours of the two are often drawn together.
"""

import io
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

CLOSE_SHARE = 0.25  # of subjects come so near that the bottom cuts them off, as in portraits
CUT_SHARE = 0.1  # are cut off by any border
EMPTY_SHARE = 0.02  # of pictures show no subject
CROWD_SHARE = 0.35  # of pictures show other things too
PHOTOGRAPH_SHARE, NOISE_SHARE = 0.6, 0.12  # of backgrounds; the others are walls and gradients
SHADOW_SHARE, TEXTURE_SHARE, CAMOUFLAGE_SHARE, GREY_SHARE = 0.5, 0.6, 0.35, 0.1


@dataclass(frozen=True)
class Library:
    """What pictures are composed from.

    Fields:
        cut_outs: (H, W, 4) uint8 each, straight alpha.
        backgrounds: (H, W, 3) uint8 each, larger than the pictures made.
    """

    cut_outs: list[np.ndarray]
    backgrounds: list[np.ndarray]


def compose(library: Library, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """One picture (S, S, 3) uint8 sRGB and the matte (S, S) uint8 of its main subject."""
    picture = _background(library, size, rng)
    if rng.random() < CROWD_SHARE:
        for _ in range(int(rng.integers(1, 6))):
            picture = _onto(picture, *_placed_aside(_any(library.cut_outs, rng), size, rng), rng)
    alpha = np.zeros((size, size), np.float32)
    if rng.random() > EMPTY_SHARE:
        colors, alpha = _placed(_any(library.cut_outs, rng), size, rng)
        if rng.random() < TEXTURE_SHARE:
            colors = _textured(colors, library, rng)
        if rng.random() < CAMOUFLAGE_SHARE:
            inside = alpha[..., None]
            own, around = (
                (image * weight).sum((0, 1)) / (weight.sum() + 1e-3)
                for image, weight in ((colors, inside), (picture, 1 - inside))
            )
            colors = colors + rng.uniform(0.3, 1.0) * (around - own)
        picture = _onto(picture, colors.clip(0, 1), alpha, rng)
    return _photographed(picture, rng), (alpha * 255 + 0.5).astype(np.uint8)


def solid_colors(cut_out: np.ndarray) -> np.ndarray:
    """A cut-out (H, W, 4) uint8 whose half-transparent pixels take the colour of the solid ones beside them."""
    solid = (cut_out[..., 3] > 250).astype(np.float32)
    near = cv2.blur(solid, (5, 5))
    spread = cv2.blur(cut_out[..., :3] * solid[..., None], (5, 5)) / np.maximum(near, 1e-3)[..., None]
    take = (solid < 1) & (near > 0)
    colors = np.where(take[..., None], spread, cut_out[..., :3])
    return np.concatenate([colors, cut_out[..., 3:]], -1).astype(np.uint8)


def _any(items: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    return items[int(rng.integers(len(items)))]


def _placed(cut_out: np.ndarray, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The main subject: near the middle, or so near the camera that a border cuts it off."""
    rows, columns = np.nonzero(cut_out[..., 3] > 128)
    if len(rows) == 0:
        return np.zeros((size, size, 3), np.float32), np.zeros((size, size), np.float32)
    top, bottom, left, right = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
    longest = max(bottom - top, right - left)
    kind = rng.random()
    middle = np.array([(left + right) / 2, (top + bottom) / 2])
    target = np.array([0.5, 0.5]) + rng.normal(0, 0.06, 2)
    if kind < CLOSE_SHARE:  # the head and what fits below it
        scale = rng.uniform(1.1, 2.6) * size / longest
        head = columns[rows < top + max(2, 0.2 * (bottom - top))]
        middle = np.array([head.mean(), top])
        target = np.array([rng.normal(0.5, 0.1), rng.uniform(0.0, 0.25)])
    elif kind < CLOSE_SHARE + CUT_SHARE:
        scale = rng.uniform(0.7, 1.6) * size / longest
        target = rng.uniform(0.25, 0.75, 2)
    else:
        scale = rng.uniform(0.35, 0.97) ** 0.8 * size / longest
        reach = max(0.0, 0.5 - 0.5 * scale * longest / size)
        target = 0.5 + rng.uniform(-1, 1, 2) * min(reach, 0.22)
    return _warped(cut_out, size, scale, middle, target * size, rng)


def _placed_aside(cut_out: np.ndarray, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Something that is not the subject: smaller, and nearer to the border than to the middle."""
    scale = rng.uniform(0.1, 0.45) * size / max(cut_out.shape[:2])
    angle, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.35, 0.6)
    target = np.array([0.5 + reach * np.cos(angle), 0.5 + reach * np.sin(angle)]) * size
    return _warped(cut_out, size, scale, np.array(cut_out.shape[1::-1]) / 2, target, rng)


def _warped(
    cut_out: np.ndarray, size: int, scale: float, middle: np.ndarray, target: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A cut-out moved, turned a little, sometimes mirrored: colours (S, S, 3) float32 and alpha (S, S)."""
    turn = rng.normal(0, 0.12)
    stretch = np.exp(rng.normal(0, 0.08))
    flip = -1.0 if rng.random() < 0.5 else 1.0
    matrix = (
        scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.diag([flip * stretch, 1])
    )
    affine = np.concatenate([matrix, (target - matrix @ middle)[:, None]], 1)
    source = cut_out
    if scale < 0.6:  # else thin parts fall between the samples
        step = 0.5 / scale
        source = cv2.GaussianBlur(cut_out, (0, 0), 0.5 * step)
    moved = cv2.warpAffine(source, affine, (size, size), flags=cv2.INTER_LINEAR).astype(np.float32) / 255
    gain = np.exp(rng.normal(0, 0.2) + rng.normal(0, 0.1, 3)).astype(np.float32)
    return (moved[..., :3] * gain).clip(0, 1), moved[..., 3]


def _textured(colors: np.ndarray, library: Library, rng: np.random.Generator) -> np.ndarray:
    """Fur, cloth, rust: details of a photograph or noise on top of flat colours."""
    size = len(colors)
    layer = _crop(library, size, rng) if rng.random() < 0.6 else _noise(size, rng)
    detail = layer - (cv2.GaussianBlur(layer, (0, 0), rng.uniform(0.03, 0.25) * size) if rng.random() < 0.7 else 0.5)
    if rng.random() < 0.7:
        detail = detail.mean(-1, keepdims=True)
    return colors + rng.uniform(0.3, 1.2) * detail


def _onto(picture: np.ndarray, colors: np.ndarray, alpha: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Paste a thing, most times with a soft shadow beside or below it."""
    size = len(picture)
    if rng.random() < SHADOW_SHARE:
        move = np.array([[1, 0, rng.normal(0, 0.06) * size], [0, 1, rng.uniform(0, 0.08) * size]])
        if rng.random() < 0.5:  # on the ground it stands on
            rows = np.flatnonzero(alpha.max(1) > 0.5)
            base = float(rows[-1]) if len(rows) else float(size)
            flat = rng.uniform(0.1, 0.35)
            move = np.array([[1, 0, rng.normal(0, 0.05) * size], [0, flat, base * (1 - flat)]])
        shadow = cv2.GaussianBlur(cv2.warpAffine(alpha, move, (size, size)), (0, 0), rng.uniform(0.01, 0.06) * size)
        picture = picture * (1 - rng.uniform(0.2, 0.65) * shadow)[..., None]
    cover = alpha[..., None]
    return picture * (1 - cover) + colors * cover


def _background(library: Library, size: int, rng: np.random.Generator) -> np.ndarray:
    """A photograph, a texture, a wall or a gradient, (S, S, 3) float32."""
    kind = rng.random()
    if kind < PHOTOGRAPH_SHARE:
        image = _crop(library, size, rng)
        if rng.random() < 0.4:  # out of focus
            image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.005, 0.04) * size)
    elif kind < PHOTOGRAPH_SHARE + NOISE_SHARE:
        image = _noise(size, rng)
    else:
        angle = rng.uniform(0, 2 * np.pi)
        rows, columns = np.mgrid[0:size, 0:size] / (size - 1) - 0.5
        mix = (0.5 + (rows * np.cos(angle) + columns * np.sin(angle)) * rng.choice([0, 1]))[..., None]
        image = (_color(rng) * mix + _color(rng) * (1 - mix)).clip(0, 1).astype(np.float32)
    if rng.random() < 0.25:  # the ground it stands on
        line = int(size * rng.uniform(0.4, 0.95))
        ground = _crop(library, size, rng) if rng.random() < 0.5 else np.broadcast_to(_color(rng), image.shape)
        image = np.concatenate([image[:line], ground[line:]]).astype(np.float32)
    return image


def _crop(library: Library, size: int, rng: np.random.Generator) -> np.ndarray:
    """Some part of a background, (S, S, 3) float32, its colours changed a little."""
    source = _any(library.backgrounds, rng)
    side = int(min(source.shape[:2]) * rng.uniform(0.25, 1.0))
    top, left = (int(rng.integers(n - side + 1)) for n in source.shape[:2])
    part = source[top : top + side, left : left + side][:, :: int(rng.choice([1, -1]))]
    image = cv2.resize(np.ascontiguousarray(part), (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    if rng.random() < 0.3:
        image = image[..., rng.permutation(3)]
    return (image ** np.exp(rng.normal(0, 0.25))).astype(np.float32)


def _noise(size: int, rng: np.random.Generator) -> np.ndarray:
    """Noise whose amplitude falls with frequency as in photographs, between two or three colours; (S, S, 3) float32."""
    frequency = np.hypot(np.fft.fftfreq(size)[:, None] * np.exp(rng.normal(0, 0.5)), np.fft.rfftfreq(size)[None])
    amplitude = 1 / np.maximum(frequency, 1 / size) ** rng.uniform(0.7, 2.0)
    fields = []
    for _ in range(2):
        phase = np.exp(2j * np.pi * rng.random(amplitude.shape))
        field = np.fft.irfft2(amplitude * phase, (size, size))
        fields.append(0.5 + 0.22 * (field - field.mean()) / (field.std() + 1e-9))
    first, second, third = _color(rng), _color(rng), _color(rng)
    mix, other = (f[..., None].clip(0, 1) for f in fields)
    if rng.random() < 0.3:  # hard-edged spots
        mix = (mix > 0.5).astype(np.float64)
    return (
        ((first * mix + second * (1 - mix)) * (0.5 + 0.5 * other) + third * 0.5 * (1 - other))
        .clip(0, 1)
        .astype(np.float32)
    )


def _color(rng: np.random.Generator) -> np.ndarray:
    """A colour (3,): greys and pale tones more often than loud ones."""
    return (rng.uniform(0.05, 1.0) + rng.normal(0, rng.choice([0.02, 0.08, 0.25]), 3)).clip(0, 1)


def _photographed(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Light, colour cast, blur, noise, vignette, grey and JPEG; uint8."""
    size = len(picture)
    image = picture.astype(np.float32)
    rows, columns = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j].astype(np.float32)
    if rng.random() < 0.4:  # light from one side, on subject and background alike
        angle, depth = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.4)
        image = image * (1 + depth * (rows * np.sin(angle) + columns * np.cos(angle)))[..., None]
    image = image.clip(0, 1) ** np.exp(rng.normal(0, 0.2))
    if rng.random() < 0.3:
        image = image * (1 - rng.uniform(0, 0.4) * (rows**2 + columns**2) / 2)[..., None]
    if rng.random() < 0.5:
        image = image * np.exp(rng.normal(0, 0.08, 3)).astype(np.float32)
    if rng.random() < GREY_SHARE:
        image = np.repeat(image.mean(-1, keepdims=True), 3, -1)
    elif rng.random() < 0.3:
        grey = image.mean(-1, keepdims=True)
        image = grey + (image - grey) * rng.uniform(0.3, 1.4)
    if rng.random() < 0.4:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.3))
    image = image + rng.normal(size=image.shape).astype(np.float32) * rng.uniform(0, 0.04) * (rng.random() < 0.6)
    bytes_ = (image.clip(0, 1) * 255 + 0.5).astype(np.uint8)
    if rng.random() < 0.4:
        stream = io.BytesIO()
        Image.fromarray(bytes_).save(stream, "JPEG", quality=int(rng.integers(30, 95)))
        bytes_ = np.asarray(Image.open(stream))
    return bytes_
