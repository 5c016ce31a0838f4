"""Moving pictures of an asset for people: every clip as an engine plays it, or a turn around what does not move.

What they show is the file: its own normals, turned with the joints that move them, so that creases stay creases, and
keyframes interpolated at the pictures' own times.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import torch

from gen4d.errors import ConfigError, OutputError, ShapeError
from gen4d.export.files import write_file
from gen4d.export.names import safe_name, unique_names
from gen4d.export.read import load_asset
from gen4d.motion.kinematics import clip_joint_to_world
from gen4d.motion.skinning import skin_vertices
from gen4d.render.preview import preview_frames, preview_sheet, save_gif, save_png
from gen4d.results import writing
from gen4d.structures import Asset, Clip

PICTURE_FORMATS = (".png", ".gif", ".mp4")
MAX_FRAMES = 32  # of a GIF; a frame costs a fifth of a second
MIN_FPS, MAX_FPS = 8, 15
VIDEO_FPS = 30
TURN_SECONDS = 4.0
# VP9 in MP4, which browsers play; the H.264 encoders that OpenCV's wheels could use are not theirs to ship.
VIDEO_CODEC = "vp09"


@dataclass(frozen=True)
class Film:
    """Frames (T, H, W, 3) float32 sRGB in [0, 1], and how many are shown a second."""

    frames: torch.Tensor
    fps: int


def write_pictures(
    source: Path,
    output: Path,
    clip: str | None = None,
    *,
    turntable: bool = False,
    progress: Callable[[str, float], None] = lambda name, share: None,
) -> list[Path]:
    """Draw a GLB or glTF file as PNG (four sides), or as GIF or MP4, one for every clip.

    Args:
        output: `dog.gif` makes `dog_walk.gif` and so on; with `clip`, or where nothing moves, `dog.gif` itself.
        clip: only this one.
        turntable: turn the resting asset instead of playing clips, as is done where there are none.

    Returns:
        paths: the files written.

    Raises:
        ConfigError: no such format or clip.
        InputError: the source is missing, damaged, or shows no triangle.
        OutputError: a file cannot be written.
    """
    kind = output.suffix.lower()
    if kind not in PICTURE_FORMATS:
        raise ConfigError(f"{output}: '{kind}' pictures cannot be drawn; allowed are {', '.join(PICTURE_FORMATS)}.")
    asset, _ = load_asset(source)
    names = [each.name for each in asset.clips]
    if clip is not None and clip not in names:
        raise ConfigError(f"--clip: there is no clip '{clip}'; there are {', '.join(names) or 'none'}.")
    if kind == ".png":
        _write(output, lambda path: save_png(preview_sheet(asset), path))
        return [output]
    fps = VIDEO_FPS if kind == ".mp4" else None
    save = save_video if kind == ".mp4" else _save_gif
    if turntable or not asset.clips:
        film = turntable_film(asset, fps=fps)
        _write(output, lambda path: save(film, path))
        return [output]
    shown = [each for each in asset.clips if clip in (None, each.name)]
    endings = unique_names(safe_name(each.name, "clip") for each in shown)
    paths = [output.with_name(f"{output.stem}_{ending}{kind}") for ending in endings] if clip is None else [output]
    for index, (each, path) in enumerate(zip(shown, paths, strict=True)):
        film = clip_film(asset, each, fps=fps)
        _write(path, lambda staged, film=film: save(film, staged))
        progress(each.name, (index + 1) / len(shown))
    return paths


def clip_film(asset: Asset, clip: Clip, *, fps: int | None = None) -> Film:
    """One round of a clip, posed as an engine poses it.

    Args:
        fps: None: as many as keep a GIF below `MAX_FRAMES`, from 8 to 15.

    Raises:
        ShapeError: the asset has no skeleton.
    """
    if asset.skeleton is None or asset.skin is None:
        raise ShapeError("Asset.clips: they need a skeleton and a skin to be shown.")
    seconds = float(clip.times[-1])
    rate = fps or max(MIN_FPS, min(MAX_FPS, round(MAX_FRAMES / seconds)))
    moments = torch.arange(max(2, round(seconds * rate))) / rate  # without the last: a loop's end is its start
    joints = clip_joint_to_world(sampled(clip, moments), asset.skeleton).double()
    posed = skin_vertices(asset.mesh.vertices, asset.skin, asset.skeleton, joints)
    normals = None
    if asset.mesh.normals is not None:  # skinning is affine, so the difference of two points moves by its linear part
        tips = skin_vertices(asset.mesh.vertices + asset.mesh.normals, asset.skin, asset.skeleton, joints)
        normals = torch.nn.functional.normalize(tips - posed, dim=-1).float()
    return Film(preview_frames(asset, posed.float(), posed_normals=normals), rate)


def turntable_film(asset: Asset, *, fps: int | None = None) -> Film:
    """The resting asset turned once about the upright axis, counter-clockwise seen from above."""
    rate = fps or MIN_FPS
    count = round(TURN_SECONDS * rate)
    angles = torch.arange(count) * (2 * math.pi / count)
    zero, one = torch.zeros_like(angles), torch.ones_like(angles)
    rows = [angles.cos(), zero, angles.sin(), zero, one, zero, -angles.sin(), zero, angles.cos()]
    turns = torch.stack(rows, 1).reshape(-1, 3, 3)  # (T, 3, 3)
    low, high = asset.mesh.bounds
    centre = ((low + high) / 2) * torch.tensor([1.0, 0.0, 1.0])
    posed = (asset.mesh.vertices - centre) @ turns.mT  # (T, V, 3)
    normals = None if asset.mesh.normals is None else asset.mesh.normals @ turns.mT
    return Film(preview_frames(asset, posed, posed_normals=normals), rate)


def sampled(clip: Clip, moments: torch.Tensor) -> Clip:
    """The clip with keyframes at other moments, interpolated as engines do; it no longer counts as a loop.

    Args:
        moments: (N,) seconds, from 0, increasing; the last key holds after the clip's end.
    """
    times = clip.times.double()
    when = moments.double().clamp(max=float(times[-1]))
    low = (torch.searchsorted(times, when, right=True) - 1).clamp(0, len(times) - 2)
    share = (when - times[low]) / times.diff()[low]  # (N,)

    def mixed(values: torch.Tensor) -> torch.Tensor:
        weight = share.reshape(-1, *[1] * (values.dim() - 1))
        return torch.lerp(values.double()[low], values.double()[low + 1], weight)

    moved = clip.joint_translation
    return replace(
        clip,
        times=moments.float(),
        rotation=torch.nn.functional.normalize(mixed(clip.rotation), dim=-1).float(),
        root_translation=mixed(clip.root_translation).float(),
        joint_translation=None if moved is None else mixed(moved).float(),
        loop=False,
    )


def save_video(film: Film, path: Path) -> None:
    """Write a film as MP4.

    Raises:
        OutputError: this OpenCV has no encoder for it.
    """
    frames = (film.frames.clamp(0, 1) * 255).round().to(torch.uint8).numpy()
    height, width = frames.shape[1:3]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*VIDEO_CODEC), film.fps, (width, height))
    if not writer.isOpened():
        raise OutputError(f"{path.name}: the installed OpenCV cannot write MP4 with VP9; ask for .gif instead.")
    for frame in frames:
        writer.write(np.ascontiguousarray(frame[..., ::-1]))  # OpenCV's order is blue, green, red
    writer.release()


def _save_gif(film: Film, path: Path) -> None:
    save_gif(film.frames, path, film.fps)


def _write(path: Path, save: Callable[[Path], None]) -> None:
    """Let `save` write a file of that name elsewhere, then put it in place whole."""
    with TemporaryDirectory() as folder, writing(path):
        staged = Path(folder) / path.name
        save(staged)
        write_file(path, staged.read_bytes())
