"""What every source yields: one textured object with its words, before it is normalised and rendered."""

from dataclasses import dataclass, replace

import numpy as np

from gen4d.data.makers.model import MadeObject
from gen4d.errors import InputError

NO_TEXTURE = -1


@dataclass(frozen=True)
class SourceObject:
    """One object of a collection.

    Fields:
        id: unique over all sources, `source/pack/name`.
        source, licence, author: for the attribution file.
        captions: short first, lower case, what people would type.
        category: a word such as "animal", or "".
        plan: body plan, "" where unknown.
        vertices: (V, 3) float64; +Y up, facing +Z, any scale.
        faces: (F, 3) int64, counter-clockwise from outside.
        corner_colors: (F, 3, 3) float32 sRGB; multiplies the texture where there is one.
        corner_uv: (F, 3, 2) float32, origin top-left.
        texture_index: (F,) int64 into textures, `NO_TEXTURE` where the colour alone holds.
        textures: images (H, W, 4) uint8 sRGB.
        variant_of: id of the object this one is a near copy of, or its own id; splits keep them together.
        rigged: its source holds a skeleton and skin weights too.
    """

    id: str
    source: str
    licence: str
    author: str
    captions: tuple[str, ...]
    category: str
    plan: str
    vertices: np.ndarray
    faces: np.ndarray
    corner_colors: np.ndarray
    corner_uv: np.ndarray
    texture_index: np.ndarray
    textures: tuple[np.ndarray, ...] = ()
    variant_of: str = ""
    rigged: bool = False


def canonical(obj: SourceObject, rotation: np.ndarray | None = None) -> SourceObject:
    """Centre an object in the unit cube, longest side 1, after an optional rotation (3, 3).

    Raises:
        InputError: the object is empty, not finite, or flat in two directions.
    """
    used = np.unique(obj.faces)
    if not len(used) or not np.isfinite(obj.vertices[used]).all():
        raise InputError(f"{obj.id}: it has no faces or its vertices are not finite.")
    vertices = obj.vertices if rotation is None else obj.vertices @ rotation.T
    low, high = vertices[used].min(0), vertices[used].max(0)
    sides = np.sort(high - low)
    if sides[2] <= 0 or sides[1] < 1e-3 * sides[2]:
        raise InputError(f"{obj.id}: its bounding box {high - low} is a line or a point.")
    return replace(obj, vertices=(vertices - (low + high) / 2) / sides[2])


def made_object(source: str, object_id: str, made: MadeObject) -> SourceObject:
    """A made object as a source yields it."""
    faces = np.asarray(made.faces, np.int64)
    return SourceObject(
        id=object_id,
        source=source,
        licence="Apache-2.0",
        author="gen4d",
        captions=tuple(made.captions),
        category=made.category,
        plan=made.plan,
        vertices=np.asarray(made.vertices, np.float64),
        faces=faces,
        corner_colors=np.repeat(np.asarray(made.face_colors, np.float32)[:, None], 3, 1),
        corner_uv=np.zeros((len(faces), 3, 2), np.float32),
        texture_index=np.full(len(faces), NO_TEXTURE),
        variant_of=object_id,
    )
