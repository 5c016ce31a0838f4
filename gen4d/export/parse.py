"""GLB and glTF files taken apart: the container, the accessors, the images. Knows the format, not our values."""

import base64
import binascii
import io
import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote

import numpy as np
from PIL import Image

from gen4d.errors import InputError
from gen4d.export.gltf import BIN_CHUNK, COMPONENT_TYPES, ELEMENT_SIZES, GLB_MAGIC, GLB_VERSION, JSON_CHUNK
from gen4d.export.meshopt import decode_meshopt

# Parsed JSON of a foreign file: any key may be absent or of any type until it is looked at.
Document: TypeAlias = dict[str, Any]
JsonScalar: TypeAlias = str | int | float | bool | None

MAX_FILE_BYTES = 500 * 2**20
MAX_IMAGE_PIXELS = 8192 * 8192
IMAGE_FORMATS = ("PNG", "JPEG", "WEBP")  # what glTF knows; Pillow's other readers never see a foreign file
MAX_OBJECTS = 100_000  # of one collection: nodes, accessors, animations, ...
MAX_JOINTS = 1024  # of one skin
# One small file may tell us to read the same megabytes ten thousand times; this much is read of one file, then no more.
MAX_READ_BYTES = 4 * 2**30
MAX_EMPTY_BYTES = 256 * 2**20  # of an accessor that has no data and stands for zeros
COLLECTIONS = (
    "scenes", "nodes", "meshes", "materials", "textures", "images", "samplers", "skins", "animations", "accessors",
    "bufferViews", "buffers",
)  # fmt: skip
MESHOPT_EXTENSIONS = ("EXT_meshopt_compression", "KHR_meshopt_compression")
WEBP = "EXT_texture_webp"
# What reading a damaged file may raise besides InputError: absent keys, wrong types, indices past the end, bad numbers;
# torch answers sizes that do not match with RuntimeError.
MALFORMED = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RuntimeError, EOFError, struct.error)

_DTYPES = {5120: np.dtype("<i1"), 5122: np.dtype("<i2")} | {
    code: np.dtype(name).newbyteorder("<") for name, code in COMPONENT_TYPES.items()
}
_SIZES: dict[str, int] = {**ELEMENT_SIZES, "MAT2": 4, "MAT3": 9}


class _Budget:
    """How much may still be read of one file."""

    def __init__(self) -> None:
        self.left = MAX_READ_BYTES

    def spend(self, count: int, path: Path) -> None:
        self.left -= count
        if self.left < 0:
            raise InputError(f"{path}: it unfolds to more than {MAX_READ_BYTES // 2**30} GB; the file is damaged.")


@dataclass(frozen=True)
class GltfFile:
    """One parsed file with its buffers.

    Fields:
        path: where it came from, for messages and relative addresses.
        document: the JSON.
        buffers: the binary buffers, in the document's order; empty for one that only compressed views fill.
    """

    path: Path
    document: Document
    buffers: tuple[bytes, ...] = field(repr=False)
    _budget: _Budget = field(default_factory=_Budget, repr=False, compare=False)

    def items(self, collection: str) -> list[Document]:
        """The objects of one collection, an empty list where the file has none."""
        return self.document.get(collection, [])

    def view(self, index: int) -> bytes:
        """The bytes of one buffer view, decompressed.

        Raises:
            InputError: the view reaches past its buffer, or its compressed data is damaged.
            MissingDependency: it is compressed with meshopt and the package for it is not installed.
        """
        view = self.items("bufferViews")[_natural(index)]
        for name in MESHOPT_EXTENSIONS:
            if (packed := view.get("extensions", {}).get(name)) is not None:
                self._budget.spend(_natural(packed["count"]) * _natural(packed["byteStride"]), self.path)
                return decode_meshopt(self._bytes(packed, index), packed, str(self.path))
        return self._bytes(view, index)

    def _bytes(self, view: Document, index: int) -> bytes:
        start, length = _natural(view.get("byteOffset", 0)), _natural(view["byteLength"])
        data = self.buffers[_natural(view.get("buffer", 0))]
        if start + length > len(data):
            raise InputError(
                f"{self.path}: buffer view {index} reaches byte {start + length} of a buffer of {len(data)}; "
                "the file is damaged."
            )
        self._budget.spend(length, self.path)
        return data[start : start + length]

    def accessor(self, index: int) -> np.ndarray:
        """The elements of one accessor; normalised integers become float32.

        Returns:
            elements: (N,) for SCALAR, else (N, components).

        Raises:
            InputError: the accessor reaches past its buffer view.
        """
        accessor = self.items("accessors")[_natural(index)]
        count, width = _natural(accessor["count"]), _SIZES[accessor["type"]]
        dtype = _DTYPES[accessor["componentType"]]
        if "bufferView" in accessor:
            view = self.items("bufferViews")[_natural(accessor["bufferView"])]
            data, offset = self.view(accessor["bufferView"]), _natural(accessor.get("byteOffset", 0))
            elements = self._elements(data, dtype, (count, width), offset, view.get("byteStride"))
        elif count * width * dtype.itemsize > MAX_EMPTY_BYTES:
            raise InputError(f"{self.path}: accessor {index} wants {count} elements and has no data; it is damaged.")
        else:
            self._budget.spend(count * width * dtype.itemsize, self.path)
            elements = np.zeros((count, width), dtype)
        if "sparse" in accessor:
            elements = self._with_sparse(elements, accessor["sparse"])
        elements = normalized(accessor, elements)
        return elements[:, 0] if accessor["type"] == "SCALAR" else elements

    def image_bytes(self, index: int) -> bytes:
        """The encoded bytes of one image, wherever they are kept.

        Raises:
            InputError: the image is elsewhere on the disk and cannot be read.
        """
        image = self.items("images")[_natural(index)]
        if "bufferView" in image:
            return self.view(image["bufferView"])
        data = _resolve(image["uri"], self.path)
        self._budget.spend(len(data), self.path)
        return data

    def texture_image(self, texture: int) -> int | None:
        """Which image a texture shows: the WebP one where it has one, None where it shows none that we can read."""
        item = self.items("textures")[_natural(texture)]
        return item.get("extensions", {}).get(WEBP, item).get("source")

    def image_size(self, index: int) -> tuple[int, int]:
        """Width and height of one image, from its header.

        Raises:
            InputError: the image cannot be decoded, or has more than `MAX_IMAGE_PIXELS`.
        """
        with self._open_image(index) as picture:
            return picture.size

    def image(self, index: int) -> np.ndarray:
        """One image, decoded. (H, W, 4) uint8.

        Raises:
            InputError: the image cannot be decoded, or has more than `MAX_IMAGE_PIXELS`.
        """
        with self._open_image(index) as picture:
            try:
                self._budget.spend(4 * picture.width * picture.height, self.path)
                return np.array(picture.convert("RGBA"))
            except (OSError, SyntaxError, *MALFORMED) as error:
                raise InputError(f"{self.path}: image {index} is truncated or damaged.") from error

    def _open_image(self, index: int) -> Image.Image:
        try:
            picture = Image.open(io.BytesIO(self.image_bytes(index)), formats=IMAGE_FORMATS)
        except (OSError, SyntaxError, Image.DecompressionBombError, *MALFORMED) as error:
            raise InputError(f"{self.path}: image {index} cannot be decoded; the file is damaged.") from error
        if picture.width * picture.height > MAX_IMAGE_PIXELS:
            raise InputError(f"{self.path}: image {index} is too large, {picture.width} x {picture.height} pixels.")
        return picture

    def _elements(
        self, data: bytes, dtype: np.dtype, shape: tuple[int, int], offset: int = 0, stride: int | None = None
    ) -> np.ndarray:
        """(N, width) elements of a packed view, or of an interleaved one with a stride in bytes."""
        count, width = shape
        size = dtype.itemsize * width
        stride = _natural(stride or size)
        if stride < size:
            raise InputError(f"{self.path}: its elements of {size} bytes overlap, {stride} apart; the file is damaged.")
        if count and (offset + (count - 1) * stride + size > len(data)):
            raise InputError(
                f"{self.path}: an accessor wants {count} elements of {size} bytes, more than its buffer view of "
                f"{len(data)} bytes holds; the file is damaged."
            )
        if not count:
            return np.zeros(shape, dtype)
        return np.ndarray(shape, dtype, data, offset, (stride, dtype.itemsize)).copy()

    def _with_sparse(self, elements: np.ndarray, sparse: Document) -> np.ndarray:
        """Overwrite the elements that a sparse accessor lists."""
        rows, values, count = sparse["indices"], sparse["values"], _natural(sparse["count"])
        row_type = _DTYPES[rows["componentType"]]
        row_indices = self._elements(
            self.view(rows["bufferView"]), row_type, (count, 1), _natural(rows.get("byteOffset", 0))
        )
        result = elements.copy()
        result[row_indices[:, 0]] = self._elements(
            self.view(values["bufferView"]),
            elements.dtype,
            (count, elements.shape[1]),
            _natural(values.get("byteOffset", 0)),
        )
        return result


def open_gltf(path: Path) -> GltfFile:
    """Read a .glb or .gltf file with its buffers.

    Raises:
        InputError: the file is missing, too large, truncated, not glTF 2.0, or refers to a file that cannot be read.
    """
    data = read_file(path)
    document, binary = _split_glb(data, path) if data[:4] == struct.pack("<I", GLB_MAGIC) else (data, None)
    parsed = _parse_json(document, path)
    _check_collections(parsed, path)
    try:
        buffers = []
        for index, buffer in enumerate(parsed.get("buffers", [])):
            if _is_fallback(buffer):
                buffers.append(b"")
                continue
            content = binary if index == 0 and "uri" not in buffer else _resolve(buffer["uri"], path)
            if content is None or len(content) < buffer["byteLength"]:
                got = 0 if content is None else len(content)
                raise InputError(f"{path}: buffer {index} has {got} of {buffer['byteLength']} bytes; it is truncated.")
            buffers.append(content)
    except MALFORMED as error:
        raise InputError(f"{path}: its list of buffers cannot be understood; the file is damaged.") from error
    return GltfFile(path, parsed, tuple(buffers))


def _is_fallback(buffer: Document) -> bool:
    """Whether a buffer is a placeholder for what compressed views unpack to, and carries no bytes itself."""
    marks = (buffer.get("extensions", {}).get(name, {}) for name in MESHOPT_EXTENSIONS)
    return "uri" not in buffer and any(mark.get("fallback") is True for mark in marks)


def _check_collections(document: Document, path: Path) -> None:
    """Refuse a file whose lists are no lists of objects, or are too long for a finished asset."""
    for name in COLLECTIONS:
        items = document.get(name, [])
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise InputError(f"{path}: its {name} are no list of objects; the file is damaged.")
        if len(items) > MAX_OBJECTS:
            raise InputError(f"{path}: it has {len(items)} {name}; at most {MAX_OBJECTS} are read.")
    for index, skin in enumerate(document.get("skins", [])):
        joints = skin.get("joints")
        if not isinstance(joints, list) or not joints:
            raise InputError(f"{path}: skin {index} has no joints; the file is damaged.")
        if len(joints) > MAX_JOINTS:
            raise InputError(f"{path}: skin {index} has {len(joints)} joints; at most {MAX_JOINTS} are read.")


def _natural(value: object) -> int:
    """A count, offset or index of the file: no negative number, no fraction, no text."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"got {value!r} where a count or an index stands")
    return value


def normalized(accessor: Document, elements: np.ndarray) -> np.ndarray:
    """Integers that stand for [0, 1] or [-1, 1] as float32; everything else as it is."""
    if not accessor.get("normalized") or elements.dtype.kind not in "iu":
        return elements
    return np.maximum(elements.astype(np.float32) / np.iinfo(elements.dtype).max, -1)


def read_file(path: Path) -> bytes:
    """All bytes of an input file.

    Raises:
        InputError: it is missing, a folder, unreadable, empty, or larger than `MAX_FILE_BYTES`.
    """
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            limit = MAX_FILE_BYTES // 2**20
            raise InputError(
                f"{path}: it has {size / 2**20:.0f} MB; at most {limit} MB are allowed, simplify it first."
            )
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file; check the path.") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(f"{path}: it cannot be read ({reason}).") from error
    if not data:
        raise InputError(f"{path}: the file is empty.")
    return data


def _split_glb(data: bytes, path: Path) -> tuple[bytes, bytes | None]:
    """The JSON and the binary chunk of a GLB container."""
    if len(data) < 20:
        raise InputError(f"{path}: it ends within the GLB header after {len(data)} bytes; it is truncated.")
    _, version, length = struct.unpack_from("<III", data)
    if version != GLB_VERSION:
        raise InputError(f"{path}: it is GLB version {version}; only version {GLB_VERSION} can be read.")
    if length != len(data):
        raise InputError(f"{path}: its header says {length} bytes, it has {len(data)}; it is truncated or damaged.")
    chunks: dict[int, bytes] = {}
    offset = 12
    while offset + 8 <= length:
        size, kind = struct.unpack_from("<II", data, offset)
        if offset + 8 + size > length:
            raise InputError(f"{path}: a chunk reaches past the end of the file; it is truncated or damaged.")
        chunks.setdefault(kind, data[offset + 8 : offset + 8 + size])
        offset += 8 + size
    if JSON_CHUNK not in chunks:
        raise InputError(f"{path}: it has no JSON chunk; the file is damaged.")
    return chunks[JSON_CHUNK], chunks.get(BIN_CHUNK)


def _parse_json(text: bytes, path: Path) -> Document:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: its JSON cannot be parsed; this is no glTF file, or a damaged one.") from error
    asset = document.get("asset") if isinstance(document, dict) else None
    if not isinstance(asset, dict) or not str(asset.get("version", "")).startswith("2."):
        raise InputError(f"{path}: it does not say that it is glTF 2; only glTF 2.0 files can be read.")
    return document


def _resolve(uri: str, path: Path) -> bytes:
    """The bytes behind an address inside a glTF file: embedded, or in a file beside or below it."""
    if uri.startswith("data:"):
        try:
            return base64.b64decode(uri.partition(",")[2], validate=True)
        except binascii.Error as error:
            raise InputError(f"{path}: an embedded buffer is not valid base64; the file is damaged.") from error
    folder, target = path.parent.resolve(), path
    try:
        target = (folder / unquote(uri)).resolve()  # resolved: a link must not lead out of the folder either
        inside = "://" not in uri and target.is_relative_to(folder) and (target.is_file() or not target.exists())
    except (OSError, ValueError):  # a NUL byte, a name that is too long, a loop of links
        inside = False
    if not inside:
        raise InputError(f"{path}: it refers to '{uri[:80]}'; only files in its own folder are read.")
    return read_file(target)
