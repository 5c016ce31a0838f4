"""A foreign GLB -> one triangle soup in its rest pose, with colours, textures and uv.

Skinned meshes are posed by their own joints, because exporters often leave the bind pose lying down or far too big.
"""

import io
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from gen4d.data.objects import NO_TEXTURE
from gen4d.errors import InputError

COMPONENT_TYPES = {5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
COMPONENT_COUNTS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
SMALLEST_TOTAL = 1e-8  # weights of a vertex that sum to less say nothing
TEXTURE_LIMIT = 512  # px; larger textures cannot be seen at 128 px a view


class GlbScene:
    """A parsed GLB; `soup()` flattens it."""

    def __init__(self, path: Path) -> None:
        data = path.read_bytes()
        if data[:4] != b"glTF" or len(data) < 20:
            raise InputError(f"{path.name}: not a binary glTF.")
        length = struct.unpack("<I", data[12:16])[0]
        self.json: dict[str, Any] = json.loads(data[20 : 20 + length])
        self.blob = data[28 + length :]
        self.world = self._world_matrices()

    @property
    def rigged(self) -> bool:
        """True where a mesh hangs on a skin."""
        return any("skin" in node and "mesh" in node for node in self.json.get("nodes", []))

    def soup(self) -> dict[str, Any]:
        """Vertices, faces, corner colours, corner uv, texture index and textures, as in `SourceObject`."""
        vertices, faces, colors, uvs, texture_index = [], [], [], [], []
        textures: list[np.ndarray] = []
        seen: dict[int, int] = {}
        offset = 0
        for node_index, node in enumerate(self.json.get("nodes", [])):
            if "mesh" not in node or node_index not in self.world:
                continue
            for primitive in self.json["meshes"][node["mesh"]]["primitives"]:
                if primitive.get("mode", 4) != 4:
                    continue
                part = self._attributes(primitive)
                points = self._posed(part, node, self.world[node_index])
                triangles = part.get("indices", np.arange(len(points))).reshape(-1, 3).astype(np.int64)
                if "skin" not in node and np.linalg.det(self.world[node_index][:3, :3]) < 0:
                    triangles = triangles[:, ::-1]
                factor, image = self._material(primitive.get("material"))
                color = np.broadcast_to(factor, (len(points), 3))
                if "COLOR_0" in part:
                    color = _linear_to_srgb(_srgb_to_linear(color) * _unit_range(part["COLOR_0"])[:, :3])
                if image is not None and image not in seen:
                    seen[image] = len(textures)
                    textures.append(self._image(image))
                vertices.append(points)
                faces.append(triangles + offset)
                colors.append(color[triangles])
                uv = _unit_range(part["TEXCOORD_0"]) if "TEXCOORD_0" in part else np.zeros((len(points), 2))
                uvs.append(uv[triangles])
                texture_index.append(np.full(len(triangles), NO_TEXTURE if image is None else seen[image]))
                offset += len(points)
        if not faces:
            raise InputError("the file has no triangles.")
        return {
            "vertices": np.concatenate(vertices).astype(np.float64),
            "faces": np.concatenate(faces),
            "corner_colors": np.concatenate(colors).astype(np.float32),
            "corner_uv": np.concatenate(uvs).astype(np.float32),
            "texture_index": np.concatenate(texture_index).astype(np.int64),
            "textures": tuple(textures),
        }

    def _world_matrices(self) -> dict[int, np.ndarray]:
        nodes = self.json.get("nodes", [])
        scene = self.json.get("scenes", [{"nodes": range(len(nodes))}])[self.json.get("scene", 0)]
        world: dict[int, np.ndarray] = {}
        stack = [(i, np.eye(4)) for i in scene.get("nodes", [])]
        while stack:
            index, parent = stack.pop()
            world[index] = parent @ _local_matrix(nodes[index])
            stack += [(child, world[index]) for child in nodes[index].get("children", [])]
        return world

    def _posed(self, part: dict[str, np.ndarray], node: dict[str, Any], world: np.ndarray) -> np.ndarray:
        points = part["POSITION"].astype(np.float64)
        homogeneous = np.concatenate([points, np.ones((len(points), 1))], 1)
        if "skin" not in node or "JOINTS_0" not in part:
            return homogeneous @ world[:3].T
        skin = self.json["skins"][node["skin"]]
        inverse_bind = self._accessor(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
        matrices = np.stack([self.world[j] for j in skin["joints"]]) @ inverse_bind  # (J, 4, 4)
        weights = _usable_weights(_unit_range(part["WEIGHTS_0"]))
        posed = np.einsum("vk,vkij,vj->vi", weights, matrices[part["JOINTS_0"].astype(int)], homogeneous)
        return posed[:, :3]

    def _attributes(self, primitive: dict[str, Any]) -> dict[str, np.ndarray]:
        draco = primitive.get("extensions", {}).get("KHR_draco_mesh_compression")
        if draco is not None:
            return self._draco(draco)
        part = {name: self._accessor(index) for name, index in primitive["attributes"].items()}
        if "indices" in primitive:
            part["indices"] = self._accessor(primitive["indices"])[:, 0]
        return part

    def _draco(self, draco: dict[str, Any]) -> dict[str, np.ndarray]:
        import DracoPy

        decoded = DracoPy.decode(self._view(draco["bufferView"]))
        by_id = {a["unique_id"]: np.asarray(a["data"]) for a in decoded.attributes}
        count = len(decoded.points)
        part: dict[str, np.ndarray] = {k: by_id[unique].reshape(count, -1) for k, unique in draco["attributes"].items()}
        part["indices"] = np.asarray(decoded.faces).reshape(-1)
        return part

    def _view(self, index: int) -> bytes:
        view = self.json["bufferViews"][index]
        start = view.get("byteOffset", 0)
        return self.blob[start : start + view["byteLength"]]

    def _accessor(self, index: int) -> np.ndarray:
        accessor = self.json["accessors"][index]
        dtype = np.dtype(COMPONENT_TYPES[accessor["componentType"]])
        columns, rows = COMPONENT_COUNTS[accessor["type"]], accessor["count"]
        view = self.json["bufferViews"][accessor["bufferView"]]
        data = self._view(accessor["bufferView"])[accessor.get("byteOffset", 0) :]
        stride = view.get("byteStride", dtype.itemsize * columns)
        return np.ndarray((rows, columns), dtype, data, strides=(stride, dtype.itemsize)).copy()

    def _material(self, index: int | None) -> tuple[np.ndarray, int | None]:
        """sRGB colour factor (3,) and the index of the base-colour image, or None."""
        if index is None:
            return np.full(3, 0.8, np.float32), None
        material = self.json["materials"][index]
        pbr = material.get("pbrMetallicRoughness", {})
        factor = _linear_to_srgb(np.array(pbr.get("baseColorFactor", [1, 1, 1, 1])[:3], np.float64))
        emissive = np.array(material.get("emissiveFactor", [0, 0, 0]), np.float64)
        if factor.max() < 0.05 and emissive.max() > 0.1:  # lamps and neon: black base, coloured light
            factor = _linear_to_srgb(emissive)
        texture = pbr.get("baseColorTexture")
        image = None if texture is None else self.json["textures"][texture["index"]].get("source")
        return factor, image

    def _image(self, index: int) -> np.ndarray:
        image = self.json["images"][index]
        picture = Image.open(io.BytesIO(self._view(image["bufferView"]))).convert("RGBA")
        picture.thumbnail((TEXTURE_LIMIT, TEXTURE_LIMIT))
        return np.asarray(picture)


def _local_matrix(node: dict[str, Any]) -> np.ndarray:
    if "matrix" in node:
        return np.array(node["matrix"], np.float64).reshape(4, 4).T
    x, y, z, w = node.get("rotation", [0, 0, 0, 1])
    matrix = np.eye(4)
    matrix[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    matrix[:3, :3] *= np.array(node.get("scale", [1, 1, 1]))
    matrix[:3, 3] = node.get("translation", [0, 0, 0])
    return matrix


def _usable_weights(weights: np.ndarray) -> np.ndarray:
    """Rows (V, 4) that sum to 1; a row without finite weight goes wholly to its first joint.

    FBX2glTF divides by the sum and so writes NaN for vertices that nobody painted, with the root as their joint.
    """
    weights = np.where(np.isfinite(weights), weights, 0.0)
    weights[weights.sum(1) < SMALLEST_TOTAL] = np.eye(weights.shape[1])[0]
    return weights / weights.sum(1, keepdims=True)


def _unit_range(values: np.ndarray) -> np.ndarray:
    """Undo the normalised-integer encoding of colours, weights and uv."""
    if values.dtype.kind == "u":
        return values.astype(np.float32) / np.iinfo(values.dtype).max
    return values.astype(np.float32)


def _linear_to_srgb(linear: np.ndarray) -> np.ndarray:
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055)


def _srgb_to_linear(srgb: np.ndarray) -> np.ndarray:
    return np.where(srgb <= 0.04045, srgb / 12.92, ((np.maximum(srgb, 0.04045) + 0.055) / 1.055) ** 2.4)
