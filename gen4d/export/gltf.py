"""A thin builder of glTF 2.0: JSON collections, one binary buffer, and the GLB container around them.

It knows the file format and nothing of our values. Equal calls in equal order give equal bytes.
Source: Khronos glTF 2.0 specification, sections 3.6 (accessors, alignment) and 4.4 (GLB).
"""

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import numpy as np

from gen4d.export.meshopt import encode_meshopt

JsonValue: TypeAlias = "str | int | float | bool | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
JsonObject: TypeAlias = Mapping[str, JsonValue]
ElementType = Literal["SCALAR", "VEC2", "VEC3", "VEC4", "MAT4"]
Collection = Literal[
    "scenes", "nodes", "meshes", "materials", "textures", "images", "samplers", "skins", "animations", "accessors",
    "bufferViews",
]  # fmt: skip

GLB_MAGIC = 0x46546C67
GLB_VERSION = 2
JSON_CHUNK = 0x4E4F534A
BIN_CHUNK = 0x004E4942

VERTEX_TARGET = 34962
INDEX_TARGET = 34963
COMPONENT_TYPES = {"int8": 5120, "uint8": 5121, "int16": 5122, "uint16": 5123, "uint32": 5125, "float32": 5126}
ELEMENT_SIZES: Mapping[ElementType, int] = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
ALIGNMENT = 4
MESHOPT = "EXT_meshopt_compression"


class GltfBuilder:
    """Collects the parts of one glTF file; each `add` returns the index others refer to."""

    def __init__(self, asset: JsonObject, *, meshopt: bool = False) -> None:
        """Start a file.

        Args:
            asset: the file's `asset` object without its version.
            meshopt: pack the data of all accessors with EXT_meshopt_compression.
        """
        self._asset = dict(asset)
        self._buffer = bytearray()
        self._unpacked_size = 0  # of the buffer that only exists once a program has unpacked the file
        self._collections: dict[Collection, list[JsonObject]] = {}
        self._extensions: dict[str, JsonObject] = {}
        self._used: dict[str, bool] = {}
        self._meshopt = meshopt
        if meshopt:
            self.use(MESHOPT, required=True)

    def use(self, extension: str, *, required: bool = False, content: JsonObject | None = None) -> None:
        """Name an extension the file uses, perhaps with an object of its own at the top of the file."""
        self._used[extension] = required or self._used.get(extension, False)
        if content is not None:
            self._extensions[extension] = content

    def tag_asset(self, extension: str, content: JsonObject) -> None:
        """Give the `asset` object an extension's object."""
        before = self._asset.get("extensions", {})
        assert isinstance(before, dict)  # set here and nowhere else
        self._asset["extensions"] = {**before, extension: content}

    def add(self, collection: Collection, item: JsonObject) -> int:
        """Append an object to one of the file's collections."""
        items = self._collections.setdefault(collection, [])
        items.append(item)
        return len(items) - 1

    def count(self, collection: Collection) -> int:
        """How many objects a collection holds, which is the index of the next one."""
        return len(self._collections.get(collection, ()))

    def add_bytes(self, data: bytes, target: int | None = None) -> int:
        """Append data to the buffer on a 4-byte boundary, as a buffer view."""
        view: JsonObject = {"buffer": 0, "byteOffset": self._append(data), "byteLength": len(data)}
        return self.add("bufferViews", view if target is None else {**view, "target": target})

    def add_accessor(
        self,
        array: np.ndarray,
        element: ElementType,
        *,
        target: int | None = None,
        bounds: bool = False,
        normalized: bool = False,
    ) -> int:
        """Append an array to the buffer, with the accessor that describes it.

        Args:
            array: (N,) for SCALAR, else (N, components); float32 or an integer of `COMPONENT_TYPES`.
            target: `VERTEX_TARGET`, `INDEX_TARGET`, or None for data no GPU buffer holds.
            bounds: write min and max, which the format demands of positions and animation times.
            normalized: integers stand for [0, 1] or [-1, 1].
        """
        flat = array.reshape(len(array), ELEMENT_SIZES[element])
        accessor: dict[str, JsonValue] = {
            "bufferView": self._add_rows(flat, target),
            "componentType": COMPONENT_TYPES[array.dtype.name],
            "count": len(array),
            "type": element,
        }
        if normalized:
            accessor["normalized"] = True
        if bounds and array.dtype.kind == "f":
            accessor |= {"min": json_floats(flat.min(0)), "max": json_floats(flat.max(0))}
        elif bounds:
            accessor |= {"min": flat.min(0).tolist(), "max": flat.max(0).tolist()}
        return self.add("accessors", accessor)

    def to_glb(self) -> bytes:
        """The finished file."""
        self._buffer += bytes(-len(self._buffer) % ALIGNMENT)
        text = json.dumps(self._document(), separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
        text += b" " * (-len(text) % ALIGNMENT)
        chunks = struct.pack("<II", len(text), JSON_CHUNK) + text
        chunks += struct.pack("<II", len(self._buffer), BIN_CHUNK) + bytes(self._buffer)
        return struct.pack("<III", GLB_MAGIC, GLB_VERSION, 12 + len(chunks)) + chunks

    def _document(self) -> JsonObject:
        buffers: list[JsonValue] = [{"byteLength": len(self._buffer)}]
        if self._unpacked_size:
            buffers.append({"byteLength": self._unpacked_size, "extensions": {MESHOPT: {"fallback": True}}})
        lists: dict[str, JsonValue] = {"extensionsUsed": sorted(self._used)} if self._used else {}
        if required := sorted(name for name, needed in self._used.items() if needed):
            lists["extensionsRequired"] = required
        if self._extensions:
            lists["extensions"] = dict(sorted(self._extensions.items()))
        asset: JsonObject = {"version": "2.0", **self._asset}
        return {"asset": asset, **lists, "scene": 0, **self._collections, "buffers": buffers}

    def _append(self, data: bytes) -> int:
        self._buffer += bytes(-len(self._buffer) % ALIGNMENT)
        self._buffer += data
        return len(self._buffer) - len(data)

    def _add_rows(self, flat: np.ndarray, target: int | None) -> int:
        """A buffer view of (N, components); vertex rows start on 4-byte boundaries, as the format demands."""
        little_endian = np.ascontiguousarray(flat.astype(flat.dtype.newbyteorder("<"), copy=False))
        rows = little_endian.view(np.uint8).reshape(len(flat), -1)
        stride = {}
        if target == VERTEX_TARGET and rows.shape[1] % ALIGNMENT:
            rows = np.concatenate([rows, np.zeros((len(rows), -rows.shape[1] % ALIGNMENT), np.uint8)], 1)
            stride = {"byteStride": rows.shape[1]}
        triangles = target == INDEX_TARGET
        if not self._meshopt or not len(rows) or (rows.shape[1] % ALIGNMENT and not triangles):
            view = self.add_bytes(rows.tobytes(), target)
            if stride:
                self._collections["bufferViews"][view] = {**self._collections["bufferViews"][view], **stride}
            return view
        mode = "TRIANGLES" if triangles else "ATTRIBUTES"
        packed = encode_meshopt(little_endian.reshape(-1) if triangles else rows, mode)
        place: JsonObject = {
            "buffer": 0, "byteOffset": self._append(packed), "byteLength": len(packed), "byteStride": rows.shape[1],
            "mode": mode, "count": len(rows),
        }  # fmt: skip
        self._unpacked_size += -self._unpacked_size % ALIGNMENT
        view_object: dict[str, JsonValue] = {
            "buffer": 1, "byteOffset": self._unpacked_size, "byteLength": rows.size, **stride
        }  # fmt: skip
        if target is not None:
            view_object["target"] = target
        self._unpacked_size += rows.size
        return self.add("bufferViews", {**view_object, "extensions": {MESHOPT: place}})


def json_floats(values: np.ndarray) -> list[float]:
    """float32 values as the shortest decimals that read back as the same float32."""
    return [float(str(value)) for value in np.asarray(values, np.float32).ravel()]
