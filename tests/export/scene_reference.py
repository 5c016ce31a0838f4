"""Vertices of a glTF scene at a moment, straight from the specification and from nothing of the library."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
DTYPES = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}


class Scene:
    """One GLB file, decoded plainly."""

    def __init__(self, path: Path) -> None:
        data = path.read_bytes()
        (size,) = struct.unpack_from("<I", data, 12)
        self.json: dict[str, Any] = json.loads(data[20 : 20 + size])
        self.blob = data[28 + size :]
        self.nodes = self.json["nodes"]
        self.parent = {child: i for i, node in enumerate(self.nodes) for child in node.get("children", [])}

    def array(self, index: int) -> np.ndarray:
        """One accessor, element by element, normalised integers as floats."""
        accessor = self.json["accessors"][index]
        width, dtype = WIDTHS[accessor["type"]], np.dtype(DTYPES[accessor["componentType"]])
        values = np.zeros((accessor["count"], width), dtype)
        if "bufferView" in accessor:
            view = self.json["bufferViews"][accessor["bufferView"]]
            start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
            stride = view.get("byteStride", dtype.itemsize * width)
            for row in range(len(values)):
                values[row] = np.frombuffer(self.blob, dtype, width, start + row * stride)
        if "sparse" in accessor:
            sparse = accessor["sparse"]
            where = self._plain(sparse["indices"], DTYPES[sparse["indices"]["componentType"]], sparse["count"])
            values[where] = self._plain(sparse["values"], dtype, sparse["count"] * width).reshape(-1, width)
        if accessor.get("normalized"):
            return np.maximum(values / np.iinfo(dtype).max, -1)
        return values.astype(np.float64) if dtype.kind == "f" else values

    def _plain(self, part: dict[str, Any], dtype: Any, count: int) -> np.ndarray:
        view = self.json["bufferViews"][part["bufferView"]]
        return np.frombuffer(self.blob, dtype, count, view.get("byteOffset", 0) + part.get("byteOffset", 0))

    def vertices(self, clip: int | None = None, time: float = 0.0) -> np.ndarray:
        """All visible vertices in world space, in scene order."""
        world: dict[int, np.ndarray] = {}
        stack = list(reversed(self.json["scenes"][self.json.get("scene", 0)]["nodes"]))
        result = []
        while stack:
            index = stack.pop()
            local = self._local(index, clip, time)
            world[index] = world[self.parent[index]] @ local if index in self.parent else local
            stack += reversed(self.nodes[index].get("children", []))
        for index, matrix in world.items():
            node = self.nodes[index]
            for primitive in self.json["meshes"][node["mesh"]]["primitives"] if "mesh" in node else []:
                attributes = primitive["attributes"]
                points = self.array(attributes["POSITION"]).astype(np.float64)
                points = np.c_[points, np.ones(len(points))]
                if "skin" not in node:
                    result.append((points @ matrix.T)[:, :3])
                    continue
                skin = self.json["skins"][node["skin"]]
                inverse_bind = self.array(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
                joints = np.stack([world[joint] for joint in skin["joints"]]) @ inverse_bind
                weights, slots = self.array(attributes["WEIGHTS_0"]), self.array(attributes["JOINTS_0"]).astype(int)
                weights = weights / weights.sum(1, keepdims=True)
                result.append(np.einsum("vk,vkij,vj->vi", weights, joints[slots], points)[:, :3])
        return np.concatenate(result)

    def _local(self, index: int, clip: int | None, time: float) -> np.ndarray:
        node = self.nodes[index]
        if "matrix" in node:
            return np.array(node["matrix"], np.float64).reshape(4, 4).T
        parts = {"translation": (0, 0, 0), "rotation": (0, 0, 0, 1), "scale": (1, 1, 1)}
        parts = {path: np.array(node.get(path, default), np.float64) for path, default in parts.items()}
        animation = {"channels": []} if clip is None else self.json["animations"][clip]
        for channel in animation["channels"]:
            if channel["target"].get("node") == index:
                sampler = animation["samplers"][channel["sampler"]]
                keys, values = self.array(sampler["input"])[:, 0], self.array(sampler["output"])
                path, mode = channel["target"]["path"], sampler.get("interpolation", "LINEAR")
                parts[path] = _value(keys, values, path, mode, time)
        matrix = np.eye(4)
        matrix[:3, :3] = Rotation.from_quat(parts["rotation"]).as_matrix() * parts["scale"]
        matrix[:3, 3] = parts["translation"]
        return matrix


def _value(keys: np.ndarray, values: np.ndarray, path: str, mode: str, time: float) -> np.ndarray:
    time = float(np.clip(time, keys[0], keys[-1]))
    left = min(int(np.searchsorted(keys, time, "right")) - 1, len(keys) - 2) if len(keys) > 1 else 0
    if mode == "STEP" or len(keys) == 1:
        return values[int(np.searchsorted(keys, time, "right")) - 1]
    step = keys[left + 1] - keys[left]
    t = (time - keys[left]) / step
    if mode == "CUBICSPLINE":
        (_, a, out), (into, b, _) = values[3 * left : 3 * left + 3], values[3 * left + 3 : 3 * left + 6]
        return (
            (2 * t**3 - 3 * t**2 + 1) * a
            + step * (t**3 - 2 * t**2 + t) * out
            + (3 * t**2 - 2 * t**3) * b
            + step * (t**3 - t**2) * into
        )
    if path == "rotation":
        return Slerp(keys[left : left + 2], Rotation.from_quat(values[left : left + 2]))([time]).as_quat()[0]
    return (1 - t) * values[left] + t * values[left + 1]
