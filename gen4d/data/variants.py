"""One source object -> ever new ones that are as true as it is: stretched, mirrored, in other colours.

They are made before rendering, so views, photos, poses and colour words all agree.
"""

import re
from dataclasses import replace

import numpy as np

from gen4d.data.archive import turn_hue
from gen4d.data.captions import NAMED_COLORS
from gen4d.data.objects import SourceObject, canonical

STRETCH = 0.12  # standard deviation of the logarithm, per axis
HUE_SHARE = 0.4
COLOR_WORDS = re.compile(r"\b(" + "|".join({name.split()[-1] for name, _ in NAMED_COLORS}) + r")\b")


def varied(obj: SourceObject, rng: np.random.Generator) -> SourceObject:
    """A random variant of an object, canonical again, with the captions that are still true of it."""
    stretch = np.exp(rng.normal(0.0, STRETCH, 3))
    mirror = rng.random() < 0.5
    if mirror:
        stretch[0] = -stretch[0]
    faces = obj.faces[:, ::-1] if mirror else obj.faces
    corner_colors = obj.corner_colors[:, ::-1] if mirror else obj.corner_colors
    changed = replace(
        obj,
        vertices=obj.vertices * stretch,
        faces=np.ascontiguousarray(faces),
        corner_colors=np.ascontiguousarray(corner_colors),
        corner_uv=np.ascontiguousarray(obj.corner_uv[:, ::-1] if mirror else obj.corner_uv),
    )
    plain = tuple(caption for caption in obj.captions if not COLOR_WORDS.search(caption))
    if plain and rng.random() < HUE_SHARE:
        changed = recolored(replace(changed, captions=plain), float(rng.uniform(0.15, 0.85)))
    return canonical(changed)


def recolored(obj: SourceObject, turn: float) -> SourceObject:
    """The object with the hue of its colours and textures turned by a share of the circle."""
    colors = np.round(obj.corner_colors * 255).astype(np.uint8)
    textures = [np.concatenate([turn_hue(t[..., :3], turn), t[..., 3:]], -1) for t in obj.textures]
    # Where a texture is multiplied by a colour, the texture alone turns: turning both would turn twice.
    plain = (obj.texture_index < 0)[:, None, None]
    turned = turn_hue(colors, turn).astype(np.float32) / 255
    return replace(obj, corner_colors=np.where(plain, turned, obj.corner_colors), textures=tuple(textures))
