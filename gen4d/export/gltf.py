"""A thin builder of glTF 2.0: JSON collections, one binary buffer, and the GLB container around them.

It knows the file format and nothing of our values. Equal calls in equal order give equal bytes.
Source: Khronos glTF 2.0 specification, sections 3.6 (accessors, alignment) and 4.4 (GLB).
"""

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import numpy as np

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
COMPONENT_TYPES = {"uint8": 5121, "uint16": 5123, "uint32": 5125, "float32": 5126}
ELEMENT_SIZES: Mapping[ElementType, int] = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
ALIGNMENT = 4


class GltfBuilder:
    """Collects the parts of one glTF file; each `add` returns the index others refer to."""

    def __init__(self, asset: JsonObject) -> None:
        """`asset` is the file's `asset` object without its version."""
        self._asset = asset
        self._buffer = bytearray()
        self._collections: dict[Collection, list[JsonObject]] = {}

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
        self._buffer += bytes(-len(self._buffer) % ALIGNMENT)
        view = {"buffer": 0, "byteOffset": len(self._buffer), "byteLength": len(data)}
        self._buffer += data
        return self.add("bufferViews", view if target is None else view | {"target": target})

    def add_accessor(
        self, array: np.ndarray, element: ElementType, *, target: int | None = None, bounds: bool = False
    ) -> int:
        """Append an array to the buffer, with the accessor that describes it.

        Args:
            array: (N,) for SCALAR, else (N, components); float32, uint8, uint16 or uint32.
            target: `VERTEX_TARGET`, `INDEX_TARGET`, or None for data no GPU buffer holds.
            bounds: write min and max, which the format demands of positions and animation times.
        """
        flat = array.reshape(len(array), ELEMENT_SIZES[element])
        little_endian = flat.astype(flat.dtype.newbyteorder("<"), copy=False)
        accessor: dict[str, JsonValue] = {
            "bufferView": self.add_bytes(little_endian.tobytes(), target),
            "componentType": COMPONENT_TYPES[array.dtype.name],
            "count": len(array),
            "type": element,
        }
        if bounds:
            accessor["min"] = json_floats(flat.min(0))
            accessor["max"] = json_floats(flat.max(0))
        return self.add("accessors", accessor)

    def to_glb(self) -> bytes:
        """The finished file."""
        self._buffer += bytes(-len(self._buffer) % ALIGNMENT)
        document = {
            "asset": {"version": "2.0", **self._asset},
            "scene": 0,
            **self._collections,
            "buffers": [{"byteLength": len(self._buffer)}],
        }
        text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
        text += b" " * (-len(text) % ALIGNMENT)
        chunks = struct.pack("<II", len(text), JSON_CHUNK) + text
        chunks += struct.pack("<II", len(self._buffer), BIN_CHUNK) + bytes(self._buffer)
        return struct.pack("<III", GLB_MAGIC, GLB_VERSION, 12 + len(chunks)) + chunks


def json_floats(values: np.ndarray) -> list[float]:
    """float32 values as the shortest decimals that read back as the same float32."""
    return [float(str(value)) for value in np.asarray(values, np.float32).ravel()]
