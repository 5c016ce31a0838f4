"""Animations of a foreign scene as clips: all channels sampled at common times, scale left out."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.spatial.transform import Rotation, Slerp

from gen4d.errors import InputError
from gen4d.export.foreign_rig import JointTree, rigid
from gen4d.export.gltf_parts import local_matrix
from gen4d.export.names import safe_name, unique_names
from gen4d.export.parse import Document, GltfFile
from gen4d.export.skin import rotation_matrices
from gen4d.structures import Clip, Skeleton

FPS = 30.0  # for curves between the keys, which our clips do not have
MAX_KEYS = 5000  # times one clip is sampled at
MAX_POSES = 2_000_000  # keys times nodes of one clip
STILL = 1e-4  # of the asset's size: a tenth of what anybody sees
LOOP = 1e-3  # a key component by which a closing loop may miss
DEFAULTS = {"translation": (0.0, 0.0, 0.0), "rotation": (0.0, 0.0, 0.0, 1.0), "scale": (1.0, 1.0, 1.0)}
SHORTEST = 1 / FPS  # seconds, of a clip with a single key


@dataclass(frozen=True)
class Channel:
    """One curve: key times (K,), values (K, C) (3K for a cubic one), how to read between keys."""

    times: np.ndarray
    values: np.ndarray
    interpolation: str


def read_clips(file: GltfFile, tree: JointTree, skeleton: Skeleton, size: float, notes: list[str]) -> tuple[Clip, ...]:
    """All animations that move the tree, sampled where their keys are.

    Args:
        size: of the asset in metres; movements far below it are not kept.
        notes: sentences about what was lost are appended.

    Raises:
        InputError: keys are not finite, do not increase, or are too many.
    """
    clips: list[Clip] = []
    for index, animation in enumerate(file.items("animations")):
        channels = _channels(file, animation, notes)
        if not channels:
            continue
        name = safe_name(str(animation.get("name", f"clip_{index}")), f"clip_{index}")
        name = unique_names([name], [clip.name for clip in clips])[0]
        clips.append(_clip(file, tree, skeleton, size, name, animation, channels, notes))
    return tuple(clips)


def _channels(file: GltfFile, animation: Document, notes: list[str]) -> dict[tuple[int, str], Channel]:
    """The animation's curves by node and path."""
    result: dict[tuple[int, str], Channel] = {}
    for channel in animation["channels"]:
        node, path = channel["target"].get("node"), channel["target"]["path"]
        if path == "weights" or node is None:
            add_note(notes, "clips of morph targets and other extensions are left out")
            continue
        if (node, path) in result:
            raise InputError(f"{file.path}: an animation moves the {path} of node {node} twice; the file is damaged.")
        sampler = animation["samplers"][channel["sampler"]]
        times = file.accessor(sampler["input"]).astype(np.float64)
        values = file.accessor(sampler["output"]).astype(np.float64)
        cubic = sampler.get("interpolation", "LINEAR") == "CUBICSPLINE"
        width = len(DEFAULTS[path])
        if values.ndim != 2 or values.shape != (len(times) * (3 if cubic else 1), width) or not len(times):
            raise InputError(f"{file.path}: an animation has {len(times)} key times for {len(values)} keys.")
        if not (
            np.isfinite(times).all() and np.isfinite(values).all() and (np.diff(times) > 0).all() and times[0] >= 0
        ):
            raise InputError(f"{file.path}: an animation has keys that are not finite or do not increase.")
        result[node, path] = Channel(times, values, sampler.get("interpolation", "LINEAR"))
    return result


def _clip(
    file: GltfFile,
    tree: JointTree,
    skeleton: Skeleton,
    size: float,
    name: str,
    animation: Document,
    channels: dict[tuple[int, str], Channel],
    notes: list[str],
) -> Clip:
    times = _common_times(file, channels)
    frames = _joint_frames(file, tree, channels, times)  # (T, J, 4, 4)
    if _scale_moves(channels):
        add_note(notes, "animated scale is left out")
    extras = animation["extras"] if isinstance(animation.get("extras"), dict) else {}
    rotation, translation = tree.local(frames)
    away = np.abs(translation - skeleton.rest_translation.double().numpy()).max(axis=(0, 2))  # (J,)
    moving = int(away.argmax())  # 0, the root, where nothing slides
    slides = bool((np.delete(away, moving) > STILL * size).any())
    keys = _continuous(rotation)
    loop = _closes(keys, translation) and extras.get("loop") is not False
    if loop:
        keys[-1] = keys[0] * np.where((keys[0] * keys[-2]).sum(-1, keepdims=True) < 0, -1.0, 1.0)
        translation[-1] = translation[0]
    speed = extras.get("speed_mps", 0.0)
    return Clip(
        name,
        torch.from_numpy(times).float(),
        torch.from_numpy(keys).float(),
        torch.from_numpy(translation[:, moving].copy()).float(),
        moving,
        loop=loop,
        speed=float(speed) if isinstance(speed, int | float) and np.isfinite(speed) and speed >= 0 else 0.0,
        joint_translation=torch.from_numpy(translation).float() if slides else None,
    )


def _common_times(file: GltfFile, channels: dict[tuple[int, str], Channel]) -> np.ndarray:
    """Every key time of every channel, from 0; with curves between keys also 30 times a second."""
    times = np.unique(np.round(np.concatenate([[0.0], *[channel.times for channel in channels.values()]]), 6))
    if any(channel.interpolation == "CUBICSPLINE" for channel in channels.values()):
        if times[-1] * FPS > MAX_KEYS:
            raise InputError(f"{file.path}: a clip lasts {times[-1]:.0f} s; at most {MAX_KEYS / FPS:.0f} s are read.")
        times = np.unique(np.round(np.concatenate([times, np.arange(0, times[-1], 1 / FPS)]), 6))
    if len(times) > MAX_KEYS:
        raise InputError(f"{file.path}: a clip has {len(times)} key times; at most {MAX_KEYS} are read.")
    times = times.astype(np.float32).astype(np.float64)
    times = times[np.r_[True, np.diff(times) > 0]]
    return times if len(times) > 1 else np.array([0.0, SHORTEST])


def _joint_frames(
    file: GltfFile, tree: JointTree, channels: dict[tuple[int, str], Channel], times: np.ndarray
) -> np.ndarray:
    """Rigid world frames of all joints at all times. (T, J, 4, 4)."""
    needed: set[int] = set()
    for joint_node in tree.nodes:
        node = joint_node
        while node is not None and node not in needed:
            needed.add(node)
            node = tree.ancestors.get(node)
    if len(needed) * len(times) > MAX_POSES:
        raise InputError(f"{file.path}: a clip has {len(times)} keys for {len(needed)} nodes, which is too much.")
    world: dict[int, np.ndarray] = {}
    for node in tree.node_to_world:  # parents before children
        if node in needed:
            local = _local(file.items("nodes")[node], node, channels, times)
            parent = tree.ancestors.get(node)
            world[node] = local if parent is None else world[parent] @ local
    still = np.broadcast_to(np.eye(4), (len(times), 4, 4))
    frames = np.stack([still if node is None else world[node] for node in tree.nodes], 1)
    if not np.isfinite(frames).all():
        raise InputError(f"{file.path}: an animation leads to transforms that are not finite.")
    return rigid(frames, str(file.path))


def _local(node: Document, index: int, channels: dict[tuple[int, str], Channel], times: np.ndarray) -> np.ndarray:
    """A node's transform to its parent over time. (T, 4, 4)."""
    animated = {path: _sample(channels[index, path], path, times) for path in DEFAULTS if (index, path) in channels}
    if not animated:
        return np.broadcast_to(local_matrix(node), (len(times), 4, 4))
    values = {
        path: animated.get(path, np.broadcast_to(node.get(path, default), (len(times), len(default))))
        for path, default in DEFAULTS.items()
    }
    result = np.zeros((len(times), 4, 4))
    result[:, :3, :3] = rotation_matrices(values["rotation"]) * values["scale"][:, None]
    result[:, :3, 3] = values["translation"]
    result[:, 3, 3] = 1
    return result


def _sample(channel: Channel, path: str, times: np.ndarray) -> np.ndarray:
    """A channel's values at any times, held before the first and after the last key. (T, C)."""
    keys, at = channel.times, np.clip(times, channel.times[0], channel.times[-1])
    if channel.interpolation == "STEP":
        return channel.values[np.searchsorted(keys, at + 1e-6, side="right") - 1]
    if channel.interpolation == "CUBICSPLINE":
        return _hermite(channel, at)
    if len(keys) == 1:
        return np.repeat(channel.values, len(times), 0)
    if path == "rotation":
        return Slerp(keys, Rotation.from_quat(channel.values))(at).as_quat()
    return np.stack([np.interp(at, keys, column) for column in channel.values.T], 1)


def _hermite(channel: Channel, at: np.ndarray) -> np.ndarray:
    """Cubic Hermite curves. Source: glTF 2.0, appendix C.5."""
    keys = channel.times
    incoming, values, outgoing = (channel.values[part::3] for part in range(3))
    left = np.clip(np.searchsorted(keys, at, side="right") - 1, 0, max(len(keys) - 2, 0))
    right = np.minimum(left + 1, len(keys) - 1)
    step = np.maximum(keys[right] - keys[left], 1e-12)  # protects a channel of one key
    t = np.clip((at - keys[left]) / step, 0, 1)[:, None]
    step = step[:, None]
    return (
        (2 * t**3 - 3 * t**2 + 1) * values[left]
        + step * (t**3 - 2 * t**2 + t) * outgoing[left]
        + (-2 * t**3 + 3 * t**2) * values[right]
        + step * (t**3 - t**2) * incoming[right]
    )


def _scale_moves(channels: dict[tuple[int, str], Channel]) -> bool:
    scales = [channel for (_, path), channel in channels.items() if path == "scale"]
    return any(np.ptp(channel.values, axis=0).max() > LOOP for channel in scales)


def _continuous(rotation: np.ndarray) -> np.ndarray:
    """Unit quaternions (T, J, 4) whose neighbours in time never change sign."""
    unit = rotation / np.linalg.norm(rotation, axis=-1, keepdims=True)
    signs = np.where((unit[1:] * unit[:-1]).sum(-1, keepdims=True) < 0, -1.0, 1.0)
    return np.concatenate([unit[:1], unit[1:] * np.cumprod(signs, axis=0)])


def _closes(rotation: np.ndarray, translation: np.ndarray) -> bool:
    """Whether the last key is the first one, as far as anybody sees."""
    gap = np.minimum(np.abs(rotation[0] - rotation[-1]).max(-1), np.abs(rotation[0] + rotation[-1]).max(-1)).max()
    reach = max(float(np.ptp(translation, axis=(0, 1)).max()), 1e-6)  # protects a skeleton of one joint
    return bool(max(gap, np.abs(translation[0] - translation[-1]).max() / reach) <= LOOP)


def add_note(notes: list[str], sentence: str) -> None:
    """Append a sentence once."""
    if sentence not in notes:
        notes.append(sentence)
