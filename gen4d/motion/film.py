"""Frames of a short film from a file: MP4 and its kin through OpenCV, moving GIF, WebP and PNG through Pillow."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from gen4d.errors import InputError

PICTURE_KINDS = (".gif", ".webp", ".png", ".apng")
LONGEST_SIDE = 320  # px; poses are read from outlines, and finer ones cost time only
SMALLEST_SIDE = 32
MIN_FRAMES = 5
MAX_SECONDS = 20.0
MAX_FRAMES = 96  # kept, evenly; the clip is smooth between them
MAX_DECODED = 20_000  # frames; a file that claims no length and never ends
STILL_LEVEL = 14  # of 255: less is noise of a sensor or a codec
STILL_SHARE = 4e-4  # of the pixels may change more in a picture in which nothing moves


@dataclass(frozen=True)
class Film:
    """A short film.

    Fields:
        frames: (T, H, W, 3) uint8 sRGB, at even times.
        fps: frames a second.
    """

    frames: np.ndarray
    fps: float


def read_film(path: Path) -> Film:
    """Read a film, evenly thinned to `MAX_FRAMES` and scaled down to `LONGEST_SIDE`.

    Raises:
        InputError: the file is no film, is too short, too long or too small, or shows nothing that moves.
    """
    pictures, fps = _moving_picture(path) if path.suffix.lower() in PICTURE_KINDS else _video(path)
    if len(pictures) < MIN_FRAMES:
        raise InputError(f"video: {path} has {len(pictures)} frames; a motion needs at least {MIN_FRAMES}.")
    seconds = len(pictures) / fps
    if seconds > MAX_SECONDS:
        raise InputError(f"video: {path} lasts {seconds:.0f} s; cut out at most {MAX_SECONDS:.0f} s of one movement.")
    every = -(-len(pictures) // MAX_FRAMES)
    frames = np.stack(pictures[::every])
    change = np.abs(frames[1:].astype(np.int16) - frames[:1]).max(-1) > STILL_LEVEL  # (T - 1, H, W)
    if change.mean((1, 2)).max() < STILL_SHARE:
        raise InputError(f"video: {path} shows nothing that moves; give a film of one subject in motion.")
    return Film(frames, fps / every)


def _video(path: Path) -> tuple[list[np.ndarray], float]:
    capture = cv2.VideoCapture(str(path))
    try:
        if not capture.isOpened():
            raise InputError(f"video: {path} cannot be read as a film; give an MP4 or a moving GIF.")
        fps = float(capture.get(cv2.CAP_PROP_FPS))
        fps = fps if 1.0 <= fps <= 1000.0 else 25.0  # files without a clock of their own
        longest = min(MAX_DECODED, int((MAX_SECONDS + 3600.0) * fps))
        pictures: list[np.ndarray] = []
        while len(pictures) < longest:
            went, picture = capture.read()
            if not went:
                break
            # Beyond the allowed length only the count matters, for the message.
            pictures.append(_scaled(picture[..., ::-1], path) if len(pictures) <= MAX_SECONDS * fps else pictures[0])
    finally:
        capture.release()
    return pictures, fps


def _moving_picture(path: Path) -> tuple[list[np.ndarray], float]:
    pictures: list[np.ndarray] = []
    times: list[float] = []
    try:
        with Image.open(path) as file:
            for index in range(min(getattr(file, "n_frames", 1), MAX_DECODED)):
                file.seek(index)
                rgba = file.convert("RGBA")
                ground = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
                pictures.append(_scaled(np.asarray(Image.alpha_composite(ground, rgba).convert("RGB")), path))
                times.append(max(float(file.info.get("duration", 100.0)), 10.0) / 1000)
                if sum(times) > MAX_SECONDS:
                    break
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise InputError(f"video: {path} cannot be read as a moving picture ({error}).") from error
    return pictures, len(times) / max(sum(times), 1e-3)


def _scaled(picture: np.ndarray, path: Path) -> np.ndarray:
    """A frame (H, W, 3) uint8 of at most `LONGEST_SIDE`."""
    height, width = picture.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise InputError(f"video: {path} is {width} x {height} pixels; each side needs at least {SMALLEST_SIDE}.")
    scale = min(1.0, LONGEST_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(np.ascontiguousarray(picture), size, interpolation=cv2.INTER_AREA)
