"""Frame the subject of a photo the way the canonical views frame an object."""

import logging
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image

from gen4d.context import Context
from gen4d.conventions import CUBE_HALF_EXTENT, VIEW_HALF_EXTENT
from gen4d.errors import InputError
from gen4d.photo.color import resize
from gen4d.photo.config import PhotoConfig
from gen4d.photo.load import read_photo
from gen4d.photo.matte import REMEDY, Matte, find_matte

logger = logging.getLogger(__name__)

CORNER = 0.05  # of the shorter side: radius of a card's corners
NOT_FOUND = 0.02  # confidence below which what was cut out is most likely something else
CUT_OFF = 0.04  # of the subject's longest side: a narrower contact with the border is a foot that just touches
OVERVIEW_SIZE = 420  # px
VISIBLE = 0.5  # alpha from which a pixel counts for the subject's extent
MIN_SUBJECT = 8  # pixels of the longest side; below this there is nothing to build from
DECONTAMINATION = (0.06, 0.03)  # of the longest side: blur radii of the two rounds, coarse colour first
PURITY = 4  # power of alpha in the means; leaves 4 % of a six pixel wide halo, the paper's 1 leaves 20 %


@dataclass(frozen=True)
class Subject:
    """The subject of a photo, framed.

    Fields:
        picture: (S, S, 4) float32, sRGB with straight alpha. The subject is centred, its longest side fills 1 / 1.1 of
            the frame; edge colours are free of the background; RGB is white where alpha is 0.
        whole: no subject was found, and this is all of the photo, its corners rounded.
        person: it was found by a face that looks at the camera.
    """

    picture: torch.Tensor
    whole: bool = False
    person: bool = False


def load_subject(path: Path, mask: Path | None, cfg: PhotoConfig, ctx: Context) -> Subject:
    """Read a photo, cut out its subject, centre and scale it.

    Notes `photo.matte`, `photo.matte_confidence` and `photo.subject_area`; warns of an uncertain matte. A matte that is
    most likely wrong would make a thing that nobody knows again, so then, where the way is left open, the subject is
    all of the picture.

    Raises:
        InputError: a file cannot be used, or no subject is found.
        ConfigError: the matte method does not fit the photo.
    """
    ctx.progress("photo", 0.0)
    photo = read_photo(path, cfg.photo_size)
    cfg = _in_reduced_pixels(cfg, path, photo)
    mask_picture = None if mask is None else read_photo(mask, cfg.photo_size, "mask")
    ctx.progress("photo", 0.2)
    matte = find_matte(photo, mask_picture, cfg)
    ctx.note("photo.matte", matte.method)
    ctx.note("photo.matte_confidence", round(matte.confidence, 3))
    ctx.note("photo.subject_area", round(float(matte.alpha.mean()), 4))
    logger.info("photo: %s matte, confidence %.2f", matte.method, matte.confidence)
    lost = matte.confidence < min(NOT_FOUND, cfg.min_confidence)
    whole = lost and cfg.way == "auto" and cfg.matte == "auto"
    if whole:
        matte = Matte(card_alpha(photo), "picture", matte.confidence)
        ctx.note("photo.matte", matte.method)
        ctx.warn(
            f"photo: no subject was told from its background with any certainty ({matte.confidence:.2f}), so the whole "
            f"picture becomes a standing card; {REMEDY}, or point at it with --subject x,y."
        )
    elif lost:
        ctx.warn(
            f"photo: the subject was probably not found whole (certainty {matte.confidence:.2f}): nothing stands out "
            f"clearly from the background; {REMEDY}, or point at it with --subject x,y."
        )
    elif matte.confidence < cfg.min_confidence:
        ctx.warn(f"photo: the subject was hard to tell from its background; if the result is wrong, {REMEDY}.")
    if not whole and (cut := cut_off_sides(matte.alpha)):
        ctx.warn(
            f"photo: the subject is cut off at the {' and '.join(cut)} of the picture, and what lies beyond is not "
            "invented; a photo with some background all around works best."
        )
    if ctx.run_folder is not None:
        _keep_overview(photo, matte.alpha, ctx.run_folder)
    ctx.progress("photo", 0.8)
    colors = photo[..., :3]
    if matte.method not in ("alpha", "picture"):  # straight alpha already keeps the subject's own colour beside it
        colors = foreground_colors(colors, matte.alpha)
    subject = frame_subject(colors, matte.alpha, cfg.subject_size)
    ctx.progress("photo", 1.0)
    return Subject(subject, whole, matte.method == "person")


def card_alpha(photo: torch.Tensor) -> torch.Tensor:
    """Alpha (H, W) of a photo (H, W, 4) as a card: all of it but its corners."""
    height, width = photo.shape[:2]
    radius = CORNER * min(height, width)
    y, x = ((torch.arange(side) + 0.5 - side / 2).abs() - (side / 2 - radius) for side in (height, width))
    outside = torch.hypot(y.clamp(min=0)[:, None], x.clamp(min=0)[None])
    return (radius + 0.5 - outside).clamp(0, 1) * photo[..., 3]


def load_side(path: Path, cfg: PhotoConfig, ctx: Context) -> torch.Tensor:
    """Read one more photo of the subject, from another side; `load_subject` without its notes.

    Raises:
        InputError: the file cannot be used, or no subject is found.
    """
    photo = read_photo(path, cfg.photo_size)
    matte = find_matte(photo, None, cfg.model_copy(update={"subject": "auto"}))
    if matte.confidence < cfg.min_confidence:
        ctx.warn(f"photo: in {path.name} the subject was hard to tell from its background.")
    colors = photo[..., :3] if matte.method == "alpha" else foreground_colors(photo[..., :3], matte.alpha)
    return frame_subject(colors, matte.alpha, cfg.subject_size)


def cut_off_sides(alpha: torch.Tensor) -> tuple[str, ...]:
    """The picture's borders, of left, right, top and bottom, that cut the subject off.

    Args:
        alpha: (H, W) float32. A border counts where it cuts more than `CUT_OFF` of the subject's size.
    """
    solid = alpha >= VISIBLE
    size = max(int(solid.any(0).sum()), int(solid.any(1).sum()))
    borders = {"left": solid[:, 0], "right": solid[:, -1], "top": solid[0], "bottom": solid[-1]}
    return tuple(name for name, border in borders.items() if int(border.sum()) > CUT_OFF * size)


def frame_subject(rgb: torch.Tensor, alpha: torch.Tensor, size: int) -> torch.Tensor:
    """Crop to the subject and resample it into a square, its longest side `size / 1.1` pixels.

    Args:
        rgb: (H, W, 3) float32, sRGB; alpha: (H, W) float32.

    Returns:
        subject: (size, size, 4) float32, straight alpha, white where alpha is 0.

    Raises:
        InputError: the subject's longest side is below `MIN_SUBJECT` pixels.
    """
    rows, columns = (alpha >= VISIBLE).nonzero().unbind(1)
    if len(rows) == 0:
        raise InputError(f"photo: no part of the subject is opaque; {REMEDY}.")
    top, bottom = int(rows.min()), int(rows.max()) + 1
    left, right = int(columns.min()), int(columns.max()) + 1
    longest = max(bottom - top, right - left)
    if longest < MIN_SUBJECT:
        raise InputError(f"photo: the subject is only {longest} pixels large; give a closer or sharper picture.")
    half = 0.5 * longest * VIEW_HALF_EXTENT / CUBE_HALF_EXTENT  # pixels from the frame's centre to its edge
    centre_y, centre_x = (top + bottom) / 2, (left + right) / 2
    premultiplied = torch.cat([rgb * alpha[..., None], alpha[..., None]], -1)
    reduced, shrink = _reduce(premultiplied, 2 * half / size)
    steps = ((torch.arange(size) + 0.5) / size * 2 - 1) * half  # pixel centres of the frame, in photo pixels
    height, width = reduced.shape[:2]
    y = (centre_y + steps) / shrink[0] / height * 2 - 1
    x = (centre_x + steps) / shrink[1] / width * 2 - 1
    grid = torch.stack([x.expand(size, size), y[:, None].expand(size, size)], -1)
    framed = torch.nn.functional.grid_sample(
        reduced.movedim(-1, 0)[None], grid[None], mode="bilinear", padding_mode="zeros", align_corners=False
    )[0].movedim(0, -1)
    coverage = framed[..., 3:].clamp(0, 1)
    coverage = torch.where(coverage < 1 / 255, 0.0, coverage)
    colour = (framed[..., :3] / coverage.clamp(min=1 / 255)).clamp(0, 1)
    return torch.cat([torch.where(coverage > 0, colour, 1.0), coverage], -1)


def foreground_colors(rgb: torch.Tensor, alpha: torch.Tensor) -> torch.Tensor:
    """Estimate the subject's own colour at its fractional edge, so that no halo of the background remains.

    Args:
        rgb: (H, W, 3) float32, the mixture; alpha: (H, W) float32.

    Returns:
        colors: (H, W, 3) float32 in [0, 1]; the picture's own where alpha is 1.

    Source: Forte: Approximate Fast Foreground Colour Estimation, ICIP 2021. I: mixture, F: foreground, B: background.
    """
    a = alpha[..., None]
    subject_weight, background_weight = a**PURITY, (1 - a) ** PURITY
    foreground, background = rgb, rgb
    for share in DECONTAMINATION:
        radius = max(2, round(share * max(rgb.shape[:2])))
        subject_mean = _weighted_mean(foreground, subject_weight, radius)
        background = _weighted_mean(background, background_weight, radius)
        foreground = (subject_mean + a * (rgb - a * subject_mean - (1 - a) * background)).clamp(0, 1)
    return torch.where(a >= 1, rgb, foreground)


def _in_reduced_pixels(cfg: PhotoConfig, path: Path, photo: torch.Tensor) -> PhotoConfig:
    """The settings with the subject's pixel, which counts in the file's own pixels, in those of the photo as read."""
    if not cfg.subject[0].isdigit():
        return cfg
    with Image.open(path) as file:  # the header only
        scale = max(photo.shape[:2]) / max(file.size)
    x, y = (int(int(part) * scale) for part in cfg.subject.split(","))
    return cfg.model_copy(update={"subject": f"{x},{y}"})


def _keep_overview(photo: torch.Tensor, alpha: torch.Tensor, folder: Path) -> None:
    """Leave the photo and the subject on white, small, for the report: pixels only, no metadata."""
    scale = min(1.0, OVERVIEW_SIZE / max(alpha.shape))
    size = max(1, round(alpha.shape[0] * scale)), max(1, round(alpha.shape[1] * scale))
    matte = alpha[..., None]
    pictures = {"photo": photo[..., :3], "matte": photo[..., :3] * matte + 1 - matte}
    for name, picture in pictures.items():
        pixels = (resize(picture, *size).clamp(0, 1) * 255 + 0.5).byte().numpy()
        Image.fromarray(pixels).save(folder / f"{name}.png")


def _reduce(image: torch.Tensor, factor: float) -> tuple[torch.Tensor, tuple[float, float]]:
    """Antialiased reduction by about `factor`; returns the true factors of both axes too. Never enlarges."""
    height, width = image.shape[:2]
    new_height, new_width = (max(1, round(side / max(1.0, factor))) for side in (height, width))
    return resize(image, new_height, new_width), (height / new_height, width / new_width)


def _weighted_mean(image: torch.Tensor, weight: torch.Tensor, radius: int) -> torch.Tensor:
    """Local mean of (H, W, C) under weights (H, W, 1); 0 where all weights nearby are."""
    return _box(image * weight, radius) / _box(weight, radius).clamp(min=1e-6)


def _box(image: torch.Tensor, radius: int) -> torch.Tensor:
    """Mean over a square window cut off at the picture's border, from running sums: any radius costs the same."""
    total = image.double()  # (H, W, C); running sums over a large picture lose float32
    for axis in (0, 1):
        size = image.shape[axis]
        place = torch.arange(size)
        low, high = (place - radius).clamp(min=0), (place + radius + 1).clamp(max=size)
        sums = torch.cat([torch.zeros_like(total.narrow(axis, 0, 1)), total.cumsum(axis)], axis)
        count = (high - low).view(-1, 1, 1) if axis == 0 else (high - low).view(1, -1, 1)
        total = (sums.index_select(axis, high) - sums.index_select(axis, low)) / count
    return total.to(image.dtype)
