"""Cutting GLB files open for tests: change the JSON, change the numbers of one accessor, put it together again."""

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

DTYPES = {5121: "u1", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


def split_glb(data: bytes) -> tuple[dict[str, Any], bytearray]:
    """JSON and binary chunk."""
    (size,) = struct.unpack_from("<I", data, 12)
    return json.loads(data[20 : 20 + size]), bytearray(data[28 + size :])


def join_glb(document: dict[str, Any], binary: bytes) -> bytes:
    """A GLB file of both."""
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(binary), 0x004E4942) + binary
    return struct.pack("<III", 0x46546C67, 2, 12 + len(body)) + body


def edit_json(path: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Rewrite a file's JSON."""
    document, binary = split_glb(path.read_bytes())
    edit(document)
    path.write_bytes(join_glb(document, binary))


def edit_accessor(path: Path, index: int, edit: Callable[[np.ndarray], object]) -> None:
    """Rewrite the numbers of one tightly packed accessor in place, (N, width)."""
    document, binary = split_glb(path.read_bytes())
    accessor = document["accessors"][index]
    offset = document["bufferViews"][accessor["bufferView"]]["byteOffset"]
    width = WIDTHS[accessor["type"]]
    values = np.frombuffer(binary, DTYPES[accessor["componentType"]], accessor["count"] * width, offset)
    edit(values.reshape(-1, width))
    path.write_bytes(join_glb(document, binary))


def attribute(path: Path, name: str) -> int:
    """Accessor of one attribute of the first primitive."""
    return split_glb(path.read_bytes())[0]["meshes"][0]["primitives"][0]["attributes"][name]


def key_accessor(path: Path, clip: int, channel: int, what: str) -> int:
    """Accessor of the `input` or `output` of one channel."""
    animation = split_glb(path.read_bytes())[0]["animations"][clip]
    return animation["samplers"][animation["channels"][channel]["sampler"]][what]
