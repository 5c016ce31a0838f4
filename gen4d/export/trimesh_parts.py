"""OBJ, PLY, STL and OFF files as parts, through trimesh.

trimesh answers damaged files with many kinds of exceptions, and with warnings where a file is merely odd.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zlib import error as ZlibError

import numpy as np
import torch
import trimesh
from PIL import Image
from trimesh.visual import ColorVisuals, TextureVisuals
from trimesh.visual.material import PBRMaterial, SimpleMaterial

from gen4d.conventions import srgb_to_linear
from gen4d.errors import InputError
from gen4d.export.parse import MALFORMED, read_file
from gen4d.export.parts import Look, Part

# Seen on damaged files besides `MALFORMED`: a name never bound in its PLY reader, an optional decoder that is not
# installed for text in no known encoding.
_TRIMESH_ERRORS = (OSError, ImportError, NameError, AssertionError, SyntaxError, ZlibError)


def trimesh_parts(path: Path) -> list[Part]:
    """The pieces of one file in its own units and axes.

    Raises:
        InputError: the file is missing, too large, or trimesh cannot make a mesh of it.
    """
    read_file(path)
    try:
        with _quiet_trimesh():
            scene = trimesh.load_scene(path, process=False)
        return [
            _part(geometry).moved(np.asarray(matrix))
            for matrix, geometry in (
                (scene.graph[node][0], scene.geometry[scene.graph[node][1]]) for node in scene.graph.nodes_geometry
            )
            if isinstance(geometry, trimesh.Trimesh)
        ]
    except (*MALFORMED, *_TRIMESH_ERRORS) as error:
        raise InputError(f"{path}: it cannot be read as a mesh; the file is damaged or truncated.") from error


@contextmanager
def _quiet_trimesh() -> Iterator[None]:
    """trimesh logs whole tracebacks of what it then raises or mends."""
    logger = logging.getLogger("trimesh")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


def _part(geometry: trimesh.Trimesh) -> Part:
    vertices, faces = np.asarray(geometry.vertices, np.float64), np.asarray(geometry.faces, np.int64)
    if len(faces) and not 0 <= faces.min() <= faces.max() < len(vertices):
        raise IndexError(f"faces refer to vertices {faces.min()} to {faces.max()} of {len(vertices)}")
    # Reading `vertex_normals` would compute them; only those that the file gave are in the cache by now.
    normals = geometry._cache.cache.get("vertex_normals")
    visual = geometry.visual
    if isinstance(visual, TextureVisuals):
        uv = None if visual.uv is None else np.asarray(visual.uv, np.float64) * (1, -1) + (0, 1)
        return Part(vertices, faces, normals, uv, look=_look(visual.material))
    if isinstance(visual, ColorVisuals) and visual.kind == "face":
        colors = _linear(np.repeat(visual.face_colors[:, :3], 3, 0))
        return Part(vertices[faces].reshape(-1, 3), np.arange(3 * len(faces)).reshape(-1, 3), colors=colors)
    if isinstance(visual, ColorVisuals) and visual.kind == "vertex":
        return Part(vertices, faces, normals, colors=_linear(visual.vertex_colors[:, :3]))
    return Part(vertices, faces, normals)


def _look(material: object) -> Look:
    if isinstance(material, PBRMaterial):
        material = material.to_simple()
    if not isinstance(material, SimpleMaterial):
        return Look()
    image = material.image
    pixels = np.array(image.convert("RGBA")) if isinstance(image, Image.Image) else None
    # A texture replaces Kd: exporters write Kd 0.8 or even 0 beside map_Kd, and viewers ignore it.
    red, green, blue = (1.0, 1.0, 1.0) if pixels is not None else _linear(np.asarray(material.diffuse)[:3]).tolist()
    return Look(factor=(red, green, blue, 1.0), image=pixels)


def _linear(srgb_bytes: np.ndarray) -> np.ndarray:
    return srgb_to_linear(torch.from_numpy(np.array(srgb_bytes, np.float64)) / 255).numpy()
