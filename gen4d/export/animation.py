"""Clips as glTF animations: shared key times, LINEAR channels, and only for joints that move."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gen4d.export.encode import Encoder
from gen4d.export.gltf import GltfBuilder, JsonObject, JsonValue
from gen4d.export.skin import unit_quaternions
from gen4d.structures import Clip, Skeleton

# Largest difference of a quaternion component that float32 rounding alone explains.
REST_TOLERANCE = 2e-7


@dataclass(frozen=True)
class MovedJoints:
    """Joints that leave their rest rotation, or their rest place, in any clip of a file."""

    turning: frozenset[int]
    sliding: frozenset[int]


def moved_joints(clips: Sequence[Clip], skeleton: Skeleton, resting: Skeleton) -> MovedJoints:
    """Gather what any of the clips moves away from where the file's nodes rest, which a VRM has in another pose."""
    rest = unit_quaternions(resting.rest_rotation.numpy())  # (J, 4)
    places = resting.rest_translation.numpy()  # (J, 3)
    reach = REST_TOLERANCE * max(float(np.ptp(places, axis=0).max()), 1e-6)  # protects a skeleton of one joint
    turning: set[int] = set()
    sliding: set[int] = set()
    for clip in clips:
        keys = unit_quaternions(clip.rotation.numpy())  # (T, J, 4)
        turning |= {joint for joint in range(len(skeleton)) if not _rests(keys[:, joint], rest[joint])}
        far = np.abs(_places(clip, skeleton) - places).max(axis=(0, 2)) > reach  # (J,)
        sliding |= set(np.flatnonzero(far).tolist())
    return MovedJoints(frozenset(turning), frozenset(sliding))


def add_clip(
    gltf: GltfBuilder, encoder: Encoder, clip: Clip, skeleton: Skeleton, first_joint: int, moved: MovedJoints
) -> int:
    """Append one animation.

    Every joint that any clip of the file moves gets a channel, since Godot and Babylon.js leave a joint without one
    where the clip before left it. A joint that keeps still gets two keys, first and last. The carrying joint always has
    the first translation, so that every clip has a channel and the reader knows which joint carries.
    """
    writer = _ClipWriter(gltf, encoder, clip)
    rotation = unit_quaternions(clip.rotation.numpy())  # (T, J, 4)
    for joint in sorted(moved.turning):
        writer.add_channel(first_joint + joint, "rotation", rotation[:, joint])
    writer.add_channel(first_joint + clip.moving_joint, "translation", clip.root_translation.numpy())
    places = _places(clip, skeleton)
    for joint in sorted(moved.sliding - {clip.moving_joint}):
        writer.add_channel(first_joint + joint, "translation", places[:, joint])
    extras: dict[str, JsonValue] = {"loop": clip.loop}
    if clip.speed:
        extras["speed_mps"] = round(float(clip.speed), 6)
    animation: JsonObject = {
        "name": clip.name,
        "samplers": writer.samplers,
        "channels": writer.channels,
        "extras": extras,
    }
    return gltf.add("animations", animation)


def _places(clip: Clip, skeleton: Skeleton) -> np.ndarray:
    """Local translations of every joint at every key. (T, J, 3) float32."""
    if clip.joint_translation is not None:
        return clip.joint_translation.numpy()
    places = np.repeat(skeleton.rest_translation.numpy()[None], len(clip.times), 0)
    places[:, clip.moving_joint] = clip.root_translation.numpy()
    return places


def _rests(keys: np.ndarray, rest: np.ndarray) -> bool:
    """Whether every key is the rest rotation; q and -q are the same rotation, and keys never change sign."""
    return bool(min(np.abs(keys - rest).max(), np.abs(keys + rest).max()) <= REST_TOLERANCE)


class _ClipWriter:
    """Samplers and channels of one clip, which share two inputs: all key times, and the first with the last."""

    def __init__(self, gltf: GltfBuilder, encoder: Encoder, clip: Clip) -> None:
        self.samplers: list[JsonObject] = []
        self.channels: list[JsonObject] = []
        self._gltf = gltf
        self._encoder = encoder
        self._times = clip.times.numpy()
        self._inputs: dict[int, int] = {}

    def add_channel(self, node: int, path: str, keys: np.ndarray) -> None:
        """keys: (T, 3 or 4) float32."""
        if (keys == keys[0]).all():
            keys = keys[[0, -1]]
        output = self._encoder.rotations(keys) if path == "rotation" else self._gltf.add_accessor(keys, "VEC3")
        self.samplers.append({"input": self._input(len(keys)), "output": output, "interpolation": "LINEAR"})
        self.channels.append({"sampler": len(self.samplers) - 1, "target": {"node": node, "path": path}})

    def _input(self, num_keys: int) -> int:
        if num_keys not in self._inputs:
            times = self._times if num_keys == len(self._times) else self._times[[0, -1]]
            self._inputs[num_keys] = self._gltf.add_accessor(times, "SCALAR", bounds=True)
        return self._inputs[num_keys]
