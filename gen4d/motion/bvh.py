"""BVH files to a skeleton and one clip.

Source: Meredith and Maddock, Motion Capture File Formats Explained, 2001. Joints are read as they stand: offsets in the
file's own unit, Euler channels in the order the file gives, intrinsic.
"""

import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from gen4d.errors import InputError, ShapeError
from gen4d.motion.kinematics import axis_angle, make_continuous, quaternion_multiply
from gen4d.structures import Clip, Skeleton

MAX_FRAMES = 20_000  # ten minutes at 30 a second
MAX_BYTES = 400 * 2**20
AXES = {"X": (1.0, 0.0, 0.0), "Y": (0.0, 1.0, 0.0), "Z": (0.0, 0.0, 1.0)}


@dataclass
class _Joint:
    name: str
    parent: int
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    channels: list[str] = field(default_factory=list)


def read_bvh(path: Path, fps: int = 30) -> tuple[Skeleton, Clip]:
    """Read a BVH file, resampled to `fps` keyframes a second.

    Returns:
        skeleton: its rest pose is the file's offsets without rotation, in the file's own unit and axes.
        clip: of the file's name; it does not loop.

    Raises:
        InputError: no BVH file, an unclosed hierarchy, a joint without channels, rows of the wrong length, numbers
            that are not finite, no frame, or more than `MAX_FRAMES` frames.
    """
    if not path.is_file():
        raise InputError(f"{path}: file not found; give the path of a BVH or GLB file.")
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"{path}: it has {path.stat().st_size / 2**20:.0f} MB; at most {MAX_BYTES // 2**20} are read.")
    words = path.read_text(encoding="utf-8", errors="replace").split()
    if not words or words[0].upper() != "HIERARCHY":
        raise InputError(f"{path}: it does not begin with HIERARCHY, so it is no BVH file.")
    upper = [word.upper() for word in words]
    if "MOTION" not in upper:
        raise InputError(f"{path}: it has no MOTION part; export it with its animation.")
    start = upper.index("MOTION")
    joints = _hierarchy(words[1:start], path)
    values, seconds = _frames(words[start + 1 :], joints, path)
    return _build(joints, values, seconds, fps, path)


def _hierarchy(words: list[str], path: Path) -> list[_Joint]:
    joints: list[_Joint] = []
    stack: list[int] = []
    place, is_site = 0, False
    try:
        while place < len(words):
            word = words[place].upper()
            if word in ("ROOT", "JOINT"):
                brace = words.index("{", place)  # names may hold spaces
                name = " ".join(words[place + 1 : brace]) or f"joint_{len(joints)}"
                joints.append(_Joint(name, stack[-1] if stack else -1))
                stack.append(len(joints) - 1)
                place, is_site = brace + 1, False
            elif word == "END":
                place, is_site = words.index("{", place) + 1, True
                stack.append(stack[-1])
            elif word == "OFFSET":
                offset = tuple(float(w) for w in words[place + 1 : place + 4])
                if not is_site:
                    joints[stack[-1]].offset = offset  # pyright: ignore[reportAttributeAccessIssue]
                place += 4
            elif word == "CHANNELS":
                count = int(words[place + 1])
                joints[stack[-1]].channels = [w.capitalize() for w in words[place + 2 : place + 2 + count]]
                place += 2 + count
            elif word == "}":
                stack.pop()
                place, is_site = place + 1, False
            else:
                raise InputError(f"{path}: '{words[place][:40]}' is not understood in its hierarchy.")
    except (ValueError, IndexError) as error:
        raise InputError(f"{path}: its hierarchy is broken or cut off.") from error
    if stack or not joints:
        raise InputError(f"{path}: its hierarchy is empty, or its braces do not close.")
    _check_joints(joints, path)
    return joints


def _check_joints(joints: list[_Joint], path: Path) -> None:
    known = {f"{axis}{kind}" for axis in "XYZ" for kind in ("position", "rotation")}
    for joint in joints:
        for channel in joint.channels:
            if channel not in known:
                raise InputError(f"{path}: joint '{joint.name}' has an unknown channel '{channel}'.")
        if not all(math.isfinite(v) for v in joint.offset) or len(joint.offset) != 3:
            raise InputError(f"{path}: joint '{joint.name}' has an offset that is no finite point.")
    if not any(channel.endswith("rotation") for joint in joints for channel in joint.channels):
        raise InputError(f"{path}: no joint has a rotation channel, so nothing can move.")


def _frames(words: list[str], joints: list[_Joint], path: Path) -> tuple[np.ndarray, float]:
    """The channel values (frames, channels) and the seconds of one frame."""
    try:
        if words[0].upper() != "FRAMES:" or words[2].upper() != "FRAME" or words[3].upper() != "TIME:":
            raise InputError(f"{path}: its MOTION part lacks 'Frames:' or 'Frame Time:'.")
        count, seconds = int(words[1]), float(words[4])
    except (IndexError, ValueError) as error:
        raise InputError(f"{path}: its MOTION part has no readable frame count and time.") from error
    width = sum(len(joint.channels) for joint in joints)
    if count < 1 or not math.isfinite(seconds) or seconds <= 0:
        raise InputError(f"{path}: it has {count} frames of {seconds} s; at least one of a positive time is needed.")
    if count > MAX_FRAMES:
        raise InputError(f"{path}: it has {count:,} frames; at most {MAX_FRAMES:,} are read, so cut it into clips.")
    given = words[5 : 5 + count * width]
    if len(given) < count * width:
        raise InputError(
            f"{path}: it announces {count} frames of {width} channels but holds {len(words) - 5} numbers; "
            "it is cut off, or a joint's channels are missing."
        )
    try:
        values = np.array(given, dtype=np.float64).reshape(count, width)
    except ValueError as error:
        raise InputError(f"{path}: its MOTION part holds something that is no number.") from error
    if not np.isfinite(values).all():
        raise InputError(f"{path}: its MOTION part holds numbers that are not finite.")
    return values, seconds


def _build(joints: list[_Joint], values: np.ndarray, seconds: float, fps: int, path: Path) -> tuple[Skeleton, Clip]:
    frames = len(values)
    rotation = torch.zeros(frames, len(joints), 4, dtype=torch.float64)
    rotation[..., 3] = 1
    offsets = torch.tensor([joint.offset for joint in joints], dtype=torch.float64)
    place = offsets[0].repeat(frames, 1)
    column = 0
    for index, joint in enumerate(joints):
        for channel in joint.channels:
            track = torch.from_numpy(values[:, column])
            column += 1
            if channel.endswith("rotation"):
                turn = axis_angle(AXES[channel[0]], torch.deg2rad(track))
                rotation[:, index] = quaternion_multiply(rotation[:, index], turn)
            elif index == 0:  # only the root really travels; others repeat their offset
                place[:, "XYZ".index(channel[0])] = track
    names = _unique([joint.name for joint in joints])
    count = max(2, round((frames - 1) * seconds * fps) + 1)
    moments = torch.linspace(0, frames - 1, count, dtype=torch.float64) if frames > 1 else torch.zeros(2).double()
    low = moments.floor().long().clamp(max=max(frames - 2, 0))
    share = (moments - low)[:, None]
    after = (low + 1).clamp(max=frames - 1)
    rotation = make_continuous(rotation)
    mixed = torch.nn.functional.normalize(torch.lerp(rotation[low], rotation[after], share[..., None]), dim=-1)
    parents = torch.tensor([joint.parent for joint in joints])
    identity = torch.tensor([0.0, 0.0, 0.0, 1.0]).repeat(len(joints), 1)
    times = torch.arange(count, dtype=torch.float32) / fps
    try:
        skeleton = Skeleton(tuple(names), parents, offsets.float(), identity, "unknown")
        clip = Clip(
            path.stem,
            times,
            make_continuous(mixed).float(),
            torch.lerp(place[low], place[after], share).float(),
            0,
            False,
        )
    except ShapeError as error:
        raise InputError(f"{path}: its hierarchy makes no skeleton ({error}).") from error
    return skeleton, clip


def _unique(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return result
