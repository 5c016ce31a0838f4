"""Read a picture file safely: every kind Pillow knows becomes one float RGBA tensor, everything else one sentence."""

import io
import logging
import warnings
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageCms, ImageOps

from gen4d.errors import InputError

logger = logging.getLogger(__name__)

MIN_SIDE = 16  # pixels; below this there is nothing to see
MAX_PIXELS = 64_000_000  # 256 MB once decoded; phones reach 50
DEEP_WHITE = 65535.0  # white of 16-bit grey, which Pillow gives as "I;16" or widened to "I"

# Pillow's decoders raise all of these on damaged files (SyntaxError: broken PNG chunk, EOFError: short TIFF or GIF).
DECODE_ERRORS = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError)


def read_photo(path: Path, max_side: int, name: str = "photo") -> torch.Tensor:
    """Read the first frame of a picture file, upright and in sRGB.

    EXIF orientation and colour profile are applied; no other metadata leaves this function.

    Args:
        max_side: the longest side in pixels; larger pictures are reduced, smaller ones kept.
        name: what the messages call the file, e.g. `mask`.

    Returns:
        photo: (H, W, 4) float32, sRGB in [0, 1] with straight alpha; alpha is 1 where the file has none.

    Raises:
        InputError: the path is not a readable picture, it is damaged, or its size is out of range.
    """
    try:
        if path.is_dir():
            raise InputError(f"{name}: {path} is a folder; give a picture file.")
        if not path.exists():
            raise InputError(f"{name}: {path} does not exist; check the path.")
        if not path.is_file():  # a pipe or a device would block or never end
            raise InputError(f"{name}: {path} is not a regular file; give a picture file.")
        image = _decode(path, max_side, name)
    except DECODE_ERRORS as error:
        raise InputError(f"{name}: {path} {_complaint(path, error)}") from error
    return torch.from_numpy(np.asarray(image, dtype=np.float32) / 255)


def _decode(path: Path, max_side: int, name: str) -> Image.Image:
    """First frame as an upright 8-bit RGBA image of at most `max_side` pixels a side."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)  # Pillow's own limit is above ours: same refusal
        try:
            file = Image.open(path)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise InputError(_too_large(path, name)) from error
        with file:
            width, height = file.size  # from the header; nothing is decoded yet
            if width * height > MAX_PIXELS:
                raise InputError(_too_large(path, name))
            if min(width, height) < MIN_SIDE:
                raise InputError(
                    f"{name}: {path} is {width} x {height} pixels; each side needs at least {MIN_SIDE} pixels."
                )
            file.draft(None, (max_side, max_side))  # JPEG decodes straight to a smaller size, never below this one
            file.load()
            image = _to_rgba(_upright(file))
    scale = max_side / max(image.size)
    if scale < 1:
        size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        image = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)  # weighs colour by alpha
    return image


def _upright(file: Image.Image) -> Image.Image:
    """Apply the EXIF orientation; a picture whose EXIF block is damaged stays as it is stored."""
    try:
        return ImageOps.exif_transpose(file)
    except DECODE_ERRORS as error:
        logger.debug("EXIF block ignored: %s", error)
        return file.copy()


def _to_rgba(image: Image.Image) -> Image.Image:
    """Any Pillow mode to 8-bit sRGB RGBA."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _deep_grey(image).convert("RGBA")
    profile = image.info.get("icc_profile")
    if not profile or image.mode in ("1", "P", "PA"):
        return image.convert("RGBA")
    rgba = image.convert("RGBA")
    try:
        source = image if image.mode in ("CMYK", "L", "LAB") else rgba.convert("RGB")
        colour = ImageCms.profileToProfile(
            source, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, *DECODE_ERRORS) as error:
        logger.debug("colour profile ignored, sRGB assumed: %s", error)
        return rgba
    if colour is not None:
        colour.putalpha(rgba.getchannel("A"))
        return colour
    return rgba


def _deep_grey(image: Image.Image) -> Image.Image:
    """Grey of more than 8 bits, scaled so that white stays white."""
    grey = np.asarray(image, dtype=np.float32)
    if not np.isfinite(grey).all():
        raise ValueError("it holds NaN or infinite pixels")
    brightest = float(grey.max())
    usual = (1.0, 255.0) if image.mode == "F" else (DEEP_WHITE,)  # floats have no fixed white
    white = next((level for level in usual if brightest <= level), brightest)
    return Image.fromarray((np.clip(grey / white, 0, 1) * 255 + 0.5).astype(np.uint8))


def _too_large(path: Path, name: str) -> str:
    return f"{name}: {path} has more than {MAX_PIXELS // 1_000_000} megapixels; scale it down first."


def _complaint(path: Path, error: Exception) -> str:
    """The end of the sentence for a file that would not decode, with the remedy where one is known."""
    try:
        head = path.open("rb").read(1024)
    except OSError:
        return f"cannot be read ({error}); check its permissions."
    if not head:
        return "is empty; give a picture file."
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"hevc", b"mif1", b"msf1"):
        return "is a HEIC picture; convert it to JPEG or PNG first."
    if b"<svg" in head:
        return "is an SVG drawing; export it as PNG first."
    if isinstance(error, Image.UnidentifiedImageError):
        return "is not a picture of a known kind; give a JPEG, PNG or WebP file."
    return f"is damaged or cut short ({error}); save it again as JPEG or PNG."
