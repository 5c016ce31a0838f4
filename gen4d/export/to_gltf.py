"""A GLB as glTF with separate files: the JSON, one .bin, and the images as they are."""

import json
from typing import Any

from gen4d.export.gltf import ALIGNMENT
from gen4d.export.parse import Document, GltfFile

ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/ktx2": ".ktx2"}


def separate_files(file: GltfFile, stem: str) -> dict[str, bytes]:
    """The same document in several files; nothing is decoded or lost.

    Returns:
        files: name -> bytes; `stem`.gltf first, then the buffers and images.
    """
    document: Document = json.loads(json.dumps(file.document))
    images: dict[str, bytes] = {}
    taken: set[int] = set()  # buffer views that hold an image and nothing else
    for index, image in enumerate(document.get("images", [])):
        data = file.image_bytes(index)
        name = f"{stem}_{index}{ENDINGS.get(image.get('mimeType', ''), _ending(data))}"
        if "bufferView" in image:
            taken.add(image.pop("bufferView"))
            image.pop("mimeType", None)
        image["uri"] = name
        images[name] = data
    buffers = {f"{stem}{index or ''}.bin": data for index, data in enumerate(file.buffers)}
    if taken and not _has_compressed_views(document):
        buffers = {f"{stem}.bin": _repacked(file, document, taken)}
        document["buffers"] = [{"byteLength": len(buffers[f"{stem}.bin"])}]
    buffers = {name: data for name, data in buffers.items() if data}
    for buffer, name in zip(document.get("buffers", []), buffers, strict=False):
        buffer["uri"] = name
    text = json.dumps(document, indent=1, ensure_ascii=False).encode()
    return {f"{stem}.gltf": text, **buffers, **images}


def _repacked(file: GltfFile, document: Document, dropped: set[int]) -> bytes:
    """One buffer of all views but the dropped ones; the document's views and references follow. In place."""
    data, views = bytearray(), []
    new_index: dict[int, int] = {}
    for index, view in enumerate(document["bufferViews"]):
        if index in dropped:
            continue
        data += bytes(-len(data) % ALIGNMENT)
        new_index[index] = len(views)
        content = file.view(index)
        views.append({**view, "buffer": 0, "byteOffset": len(data), "byteLength": len(content)})
        data += content
    document["bufferViews"] = views
    for holder in _view_holders(document):
        holder["bufferView"] = new_index[holder["bufferView"]]
    return bytes(data)


def _view_holders(document: Document) -> list[dict[str, Any]]:
    """Every object that names a buffer view by index."""
    parts: list[Any] = []
    for accessor in document.get("accessors", []):
        sparse = accessor.get("sparse", {})
        parts += [accessor, sparse.get("indices"), sparse.get("values")]
    for mesh in document.get("meshes", []):
        for primitive in mesh["primitives"]:
            parts += primitive.get("extensions", {}).values()
    return [part for part in parts if isinstance(part, dict) and "bufferView" in part]


def _has_compressed_views(document: Document) -> bool:
    return any("extensions" in view for view in document.get("bufferViews", []))


def _ending(data: bytes) -> str:
    return ".png" if data.startswith(b"\x89PNG") else ".webp" if data[8:12] == b"WEBP" else ".jpg"
