"""Adapter of the optional package meshopt: buffer views of EXT_meshopt_compression, both ways.

Source: zeux, meshoptimizer (MIT), and the glTF extension EXT_meshopt_compression.
"""

import importlib.util
from collections.abc import Mapping
from typing import Literal

import numpy as np

from gen4d.errors import InputError, MissingDependency

Mode = Literal["ATTRIBUTES", "TRIANGLES", "INDICES"]
MODES: tuple[Mode, ...] = ("ATTRIBUTES", "TRIANGLES", "INDICES")
FILTERS = ("NONE", "OCTAHEDRAL", "QUATERNION", "EXPONENTIAL", "COLOR")
INSTALL = "run `pip install gen4d[compress]`"


def encode_meshopt(data: np.ndarray, mode: Mode) -> bytes:
    """Compress one buffer view without loss.

    Args:
        data: (N, bytes) uint8 for ATTRIBUTES, a multiple of four bytes a row; (N,) uint16 or uint32 for TRIANGLES.

    Raises:
        MissingDependency: the package is not installed.
    """
    if importlib.util.find_spec("meshopt") is None:
        raise MissingDependency(f"export.compress: meshopt needs the package meshopt; {INSTALL}.")
    from meshopt import encode_gltf_buffer  # pyright: ignore[reportMissingImports, reportAttributeAccessIssue]  # an extra

    return encode_gltf_buffer(data, mode)


def decode_meshopt(data: bytes, packed: Mapping[str, object], where: str) -> bytes:
    """Unpack one buffer view.

    Args:
        packed: the extension's object: count, byteStride, mode, filter.
        where: the file, for messages.

    Raises:
        MissingDependency: the package is not installed.
        InputError: the data is damaged.
    """
    mode, kind = packed["mode"], packed.get("filter", "NONE")
    if mode not in MODES or kind not in FILTERS:
        raise InputError(f"{where}: its compression mode {mode!r} with filter {kind!r} is unknown.")
    if importlib.util.find_spec("meshopt") is None:
        raise MissingDependency(f"{where}: it is compressed with meshopt; {INSTALL}, or export it without compression.")
    from meshopt import decode_gltf_buffer  # pyright: ignore[reportMissingImports, reportAttributeAccessIssue]  # an extra

    count, stride = packed["count"], packed["byteStride"]
    try:
        rows = decode_gltf_buffer(data, count, stride, mode, None if kind == "NONE" else kind)
    except (ValueError, TypeError, RuntimeError, OverflowError) as error:
        raise InputError(f"{where}: its meshopt data cannot be decoded; the file is damaged.") from error
    return np.ascontiguousarray(rows).tobytes()
