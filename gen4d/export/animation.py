"""Clips as glTF animations: shared key times, LINEAR channels, and only for joints that move."""

import numpy as np

from gen4d.export.encode import Encoder
from gen4d.export.gltf import GltfBuilder, JsonObject, JsonValue
from gen4d.export.skin import unit_quaternions
from gen4d.structures import Clip, Skeleton

# Largest difference of a quaternion component that float32 rounding alone explains.
REST_TOLERANCE = 2e-7


def add_clip(gltf: GltfBuilder, encoder: Encoder, clip: Clip, skeleton: Skeleton, first_joint: int) -> int:
    """Append one animation.

    A joint that keeps its rest rotation gets no channel; a joint that keeps another rotation gets two keys, first and
    last. The carrying joint always gets its translation, so that every clip has at least one channel and the reader
    knows which joint carries.
    """
    writer = _ClipWriter(gltf, encoder, clip)
    rest = unit_quaternions(skeleton.rest_rotation.numpy())  # (J, 4)
    rotation = unit_quaternions(clip.rotation.numpy())  # (T, J, 4)
    for joint in range(len(skeleton)):
        if not _rests(rotation[:, joint], rest[joint]):
            writer.add_channel(first_joint + joint, "rotation", rotation[:, joint])
    writer.add_channel(first_joint + clip.moving_joint, "translation", clip.root_translation.numpy())
    if clip.joint_translation is not None:
        _add_sliding_joints(writer, clip, skeleton, first_joint)
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


def _add_sliding_joints(writer: "_ClipWriter", clip: Clip, skeleton: Skeleton, first_joint: int) -> None:
    """Translations of the joints beside the carrying one that do not keep their rest place."""
    assert clip.joint_translation is not None
    rest, places = skeleton.rest_translation.numpy(), clip.joint_translation.numpy()  # (J, 3), (T, J, 3)
    size = max(float(np.ptp(rest, axis=0).max()), 1e-6)  # protects a skeleton of one joint
    for joint in np.flatnonzero(np.abs(places - rest).max(axis=(0, 2)) > REST_TOLERANCE * size):
        if joint != clip.moving_joint:
            writer.add_channel(first_joint + int(joint), "translation", places[:, joint])


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
