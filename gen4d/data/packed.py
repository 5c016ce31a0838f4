"""Source objects <-> one small file, so that a machine without the sources can render them again and again.

Positions are rounded to a 65535th of the unit cube, colours to bytes, texture coordinates to a 4096th; textures become
WebP. Rows that repeat are stored once, with references that mostly read "the next new one", which LZMA shrinks well.
Large meshes are simplified first: the views have 128 pixels.
"""

import io
import json
import lzma
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import save_file
from scipy.spatial import KDTree

from gen4d.data.objects import NO_TEXTURE, SourceObject

UV_STEPS = 4096
MAX_FACES = 5000
MAX_TEXTURE = 192  # px; an object fills at most 256 px when its views are rendered
TEXTURE_QUALITY = 75
CHUNK = 128  # objects compressed together
FIELDS = ("id", "source", "licence", "author", "captions", "category", "plan", "variant_of", "rigged")


def write_packed(objects: Iterable[SourceObject], path: Path) -> int:
    """Write canonical objects; returns how many."""
    tensors: dict[str, NDArray[np.uint8]] = {}
    rows: list[dict[str, object]] = []
    images: dict[bytes, int] = {}
    chunk: list[dict[str, NDArray[np.generic]]] = []

    def flush() -> None:
        number = len(tensors)
        lengths = [[len(arrays[key]) for key in sorted(arrays)] for arrays in chunk]
        streams = [np.concatenate([arrays[key] for arrays in chunk]) for key in sorted(chunk[0])]
        blobs = [lzma.compress(_planes(stream).tobytes(), preset=9) for stream in streams]
        header = json.dumps({"lengths": lengths, "bytes": [len(blob) for blob in blobs]}).encode()
        tensors[f"chunk{number:04d}"] = np.frombuffer(
            len(header).to_bytes(4, "little") + header + b"".join(blobs), np.uint8
        )
        chunk.clear()

    for obj in objects:
        light = lightened(obj)
        used = [images.setdefault(_webp(texture), len(images)) for texture in light.textures]
        row: dict[str, object] = {name: getattr(light, name) for name in FIELDS}
        rows.append(row | {"textures": used})
        chunk.append(_arrays(light))
        if len(chunk) == CHUNK:
            flush()
    if chunk:
        flush()
    tensors["images"] = np.frombuffer(b"".join(images), np.uint8)
    tensors["image_ends"] = np.frombuffer(
        np.cumsum([len(blob) for blob in images]).astype(np.int64).tobytes(), np.uint8
    )
    partial = path.with_suffix(".partial")
    save_file(tensors, partial, {"rows": json.dumps(rows)})
    partial.replace(path)
    return len(rows)


def read_packed(path: Path) -> Iterator[SourceObject]:
    """Yield the objects of a file `write_packed` wrote, in their order."""
    with safe_open(path, "np") as opened:
        rows = iter(json.loads((opened.metadata() or {})["rows"]))
        ends = np.frombuffer(opened.get_tensor("image_ends").tobytes(), np.int64)
        blob = opened.get_tensor("images").tobytes()
        images = [_pixels(blob[start:end]) for start, end in pairwise([0, *ends.tolist()])]
        for key in sorted(name for name in opened.keys() if name.startswith("chunk")):  # noqa: SIM118  not a dict
            for arrays in _unpacked(opened.get_tensor(key).tobytes()):
                yield _object(arrays, next(rows), images)


def lightened(obj: SourceObject, faces: int = MAX_FACES) -> SourceObject:
    """The object with at most `faces` triangles; textures of a simplified one become colours of its corners."""
    if len(obj.faces) <= faces:
        return obj
    import fast_simplification  # only who writes needs it

    points, triangles = fast_simplification.simplify(
        obj.vertices.astype(np.float64), obj.faces.astype(np.int32), target_count=faces, agg=5.0
    )
    points, triangles = points.astype(np.float64), triangles.astype(np.int64)
    # A new corner takes the colour of the nearest old corner, looked for a little inside its own triangle, so that
    # the colours of neighbouring patches do not run into one another.
    inset = 0.8
    corners = points[triangles]
    corners = inset * corners + (1 - inset) * corners.mean(1, keepdims=True)
    old = obj.vertices[obj.faces]
    old = inset * old + (1 - inset) * old.mean(1, keepdims=True)
    nearest = KDTree(old.reshape(-1, 3)).query(corners.reshape(-1, 3))[1]
    return replace(
        obj,
        vertices=points,
        faces=triangles,
        corner_colors=_corner_pixels(obj).reshape(-1, 3)[nearest].reshape(-1, 3, 3),
        corner_uv=np.zeros((len(triangles), 3, 2), np.float32),
        texture_index=np.full(len(triangles), NO_TEXTURE),
        textures=(),
    )


def _corner_pixels(obj: SourceObject) -> NDArray[np.float32]:
    """Colours (F, 3, 3) of the corners with their textures applied."""
    colors = obj.corner_colors.copy()
    for index, texture in enumerate(obj.textures):
        chosen = obj.texture_index == index
        height, width = texture.shape[:2]
        uv = obj.corner_uv[chosen] % 1.0
        column = np.minimum((uv[..., 0] * width).astype(int), width - 1)
        row = np.minimum((uv[..., 1] * height).astype(int), height - 1)
        colors[chosen] *= texture[row, column, :3].astype(np.float32) / 255
    return colors


def _arrays(obj: SourceObject) -> dict[str, NDArray[np.generic]]:
    used, faces = _numbered(obj.faces.reshape(-1, 1))
    points = ((obj.vertices[used[:, 0].astype(np.int64)] + 0.5) * 65535 + 0.5).clip(0, 65535).astype(np.uint16)
    colors, color_codes = _numbered((obj.corner_colors.reshape(-1, 3) * 255 + 0.5).clip(0, 255).astype(np.uint8))
    steps = np.round(obj.corner_uv.astype(np.float64) * UV_STEPS).astype(np.int32)
    uv, uv_codes = _numbered(steps[obj.texture_index != NO_TEXTURE].reshape(-1, 2))
    return {
        "points": points,
        "faces": faces,
        "colors": colors,
        "color_codes": color_codes,
        "uv": uv,
        "uv_codes": uv_codes,
        "textures": obj.texture_index.astype(np.int16),
    }


def _object(
    arrays: dict[str, NDArray[np.generic]], row: dict[str, object], images: list[NDArray[np.uint8]]
) -> SourceObject:
    textured = arrays["textures"].astype(np.int64)
    corner_uv = np.zeros((len(textured), 3, 2), np.float32)
    uv = arrays["uv"].astype(np.float32) / UV_STEPS
    corner_uv[textured != NO_TEXTURE] = uv[_references(arrays["uv_codes"])].reshape(-1, 3, 2)
    colors = arrays["colors"].astype(np.float32) / 255
    used: list[int] = row.pop("textures")  # type: ignore[assignment]  # a row of JSON has no type
    fields = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return SourceObject(
        vertices=arrays["points"].astype(np.float64) / 65535 - 0.5,
        faces=_references(arrays["faces"]).reshape(-1, 3),
        corner_colors=colors[_references(arrays["color_codes"])].reshape(-1, 3, 3),
        corner_uv=corner_uv,
        texture_index=textured,
        textures=tuple(images[index] for index in used),
        **fields,  # type: ignore[arg-type]
    )


def _numbered(rows: NDArray[np.generic]) -> tuple[NDArray[np.generic], NDArray[np.int32]]:
    """Distinct rows in order of first use, and for every row how far it is behind the next new one (0 is that one)."""
    unique, first, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    index = rank[inverse.reshape(-1)]
    if not len(index):
        return unique, index.astype(np.int32)
    following = np.concatenate([[0], np.maximum.accumulate(index)[:-1] + 1])
    return unique[order], (following - index).astype(np.int32)


def _references(codes: NDArray[np.generic]) -> NDArray[np.int64]:
    """Inverse of the second value of `_numbered`."""
    fresh = (codes == 0).astype(np.int64)
    return np.cumsum(fresh) - fresh - codes.astype(np.int64)


KINDS = {  # of each array: its type and columns, in the order of sorted names
    "color_codes": (np.int32, 1),
    "colors": (np.uint8, 3),
    "faces": (np.int32, 1),
    "points": (np.uint16, 3),
    "textures": (np.int16, 1),
    "uv": (np.int32, 2),
    "uv_codes": (np.int32, 1),
}


def _unpacked(blob: bytes) -> Iterator[dict[str, NDArray[np.generic]]]:
    end = 4 + int.from_bytes(blob[:4], "little")
    header = json.loads(blob[4:end])
    streams: dict[str, NDArray[np.generic]] = {}
    for (key, (kind, columns)), size in zip(KINDS.items(), header["bytes"], strict=True):
        plane = np.frombuffer(lzma.decompress(blob[end : end + size]), np.uint8)
        width = columns * np.dtype(kind).itemsize
        rows = np.ascontiguousarray(plane.reshape(width, -1).T).view(kind)
        streams[key] = rows if columns > 1 else rows[:, 0]
        end += size
    starts = dict.fromkeys(KINDS, 0)
    for lengths in header["lengths"]:
        arrays = {}
        for key, length in zip(KINDS, lengths, strict=True):
            arrays[key] = streams[key][starts[key] : starts[key] + length]
            starts[key] += length
        yield arrays


def _planes(rows: NDArray[np.generic]) -> NDArray[np.uint8]:
    """The bytes of rows, first all first bytes, then all second ones: neighbours are alike."""
    width = rows.dtype.itemsize * (rows.shape[1] if rows.ndim > 1 else 1)
    return np.ascontiguousarray(np.frombuffer(rows.tobytes(), np.uint8).reshape(len(rows), width).T)


def _webp(texture: NDArray[np.uint8]) -> bytes:
    image = Image.fromarray(texture)
    image.thumbnail((MAX_TEXTURE, MAX_TEXTURE))
    held = io.BytesIO()
    image.save(held, "WEBP", quality=TEXTURE_QUALITY)
    return held.getvalue()


def _pixels(blob: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(blob)).convert("RGBA"))
