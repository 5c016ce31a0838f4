"""Films are read or refused in one sentence, and their subject is found by its motion where colours do not tell."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from gen4d.errors import InputError
from gen4d.motion.film import MAX_FRAMES, read_film
from gen4d.motion.film_matte import track_subject

SIZE = 96


def scene() -> np.ndarray:
    generator = np.random.default_rng(2)
    blots = generator.integers(30, 220, (12, 12, 3)).astype(np.uint8)
    return cv2.resize(blots, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)


def walking_square(count: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Frames and true masks of a striped square that goes across a coloured scene."""
    generator = np.random.default_rng(3)
    skin = generator.integers(0, 255, (24, 24, 1)).repeat(3, -1).astype(np.uint8)
    frames, masks = [], []
    for t in range(count):
        frame, mask = scene().copy(), np.zeros((SIZE, SIZE), bool)
        left = 10 + 4 * t
        frame[40:64, left : left + 24], mask[40:64, left : left + 24] = skin, True
        frames.append(frame)
        masks.append(mask)
    return np.stack(frames), np.stack(masks)


def write(frames: np.ndarray, path: Path, fps: float = 12.0) -> Path:
    if path.suffix == ".gif":
        first, *rest = [Image.fromarray(frame) for frame in frames]
        first.save(path, save_all=True, append_images=rest, duration=round(1000 / fps))
    else:
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, (frames.shape[2], frames.shape[1]))
        for frame in frames:
            writer.write(frame[..., ::-1].copy())
        writer.release()
    return path


@pytest.mark.parametrize("kind", ["gif", "mp4"])
def test_a_film_is_read_at_its_pace(tmp_path: Path, kind: str) -> None:
    frames, _ = walking_square()
    film = read_film(write(frames, tmp_path / f"film.{kind}"))
    assert film.frames.shape == frames.shape
    assert film.fps == pytest.approx(12.0, rel=0.05)
    assert np.abs(film.frames.astype(int) - frames).mean() < 12


def test_many_frames_are_thinned_evenly(tmp_path: Path) -> None:
    frames, _ = walking_square(16)
    film = read_film(write(np.concatenate([frames] * 20), tmp_path / "long.mp4", fps=60.0))
    assert len(film.frames) <= MAX_FRAMES
    assert len(film.frames) / film.fps == pytest.approx(320 / 60, rel=0.02)


@pytest.mark.parametrize(
    ("name", "frames", "fps", "says"),
    [
        ("still.mp4", np.stack([scene()] * 10), 12.0, "nothing that moves"),
        ("still.gif", np.stack([scene()] * 10), 12.0, "moves|frames"),
        ("short.mp4", walking_square(3)[0], 12.0, "3 frames"),
        ("long.mp4", np.concatenate([walking_square()[0]] * 10), 4.0, "20 s"),
    ],
)
def test_what_cannot_be_followed_is_refused(
    tmp_path: Path, name: str, frames: np.ndarray, fps: float, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        read_film(write(frames, tmp_path / name, fps))


@pytest.mark.parametrize("name", ["broken.mp4", "broken.gif"])
def test_what_is_no_film_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"no film at all")
    with pytest.raises(InputError, match="cannot be read"):
        read_film(tmp_path / name)


def test_a_subject_is_found_by_its_motion_alone() -> None:
    frames, masks = walking_square()

    def finds_nothing(frame: np.ndarray) -> tuple[np.ndarray, float]:
        raise InputError("nothing stands out")

    tracked = track_subject(frames, finds_nothing)
    overlap = [(a & b).sum() / (a | b).sum() for a, b in zip(tracked.masks, masks, strict=True)]
    assert min(overlap) > 0.75
    inside = tracked.flow[:, 48:56][..., 0][masks[:-1, 48:56]]
    assert np.median(inside) == pytest.approx(4.0, abs=0.5)


def test_a_sure_cut_is_carried_to_all_frames() -> None:
    frames, masks = walking_square()
    known = {frame.tobytes(): mask for frame, mask in zip(frames, masks, strict=True)}
    tracked = track_subject(frames, lambda frame: (known[frame.tobytes()], 1.0))
    overlap = [(a & b).sum() / (a | b).sum() for a, b in zip(tracked.masks, masks, strict=True)]
    assert min(overlap) > 0.9


def test_a_subject_that_stands_still_is_refused() -> None:
    frames = np.stack([scene()] * 8)
    mask = np.zeros((SIZE, SIZE), bool)
    mask[30:60, 30:60] = True
    with pytest.raises(InputError, match="does not move"):
        track_subject(frames, lambda frame: (mask, 1.0))
