"""Which objects are fit to learn from; every refusal has a reason that starts with a countable word."""

import hashlib

import numpy as np
from scipy.ndimage import label

from gen4d.data.objects import SourceObject
from gen4d.data.rendering import cutout_share
from gen4d.errors import InputError

MAX_TRIANGLES = 400_000
MAX_CUTOUT_SHARE = 0.2
MIN_COVERAGE = 0.004  # of the pixels of the fullest view; below it an object is a needle nobody sees
SHEET_THICKNESS = 0.01  # of the longest side; paper planes and leaves are thicker once folded
MIN_PARTS, PART_SHARE = 4, 0.08  # as many separate blots of this share each in every view are a scene, not an object
GREY_KEPT = 0.3  # of objects without any colour and texture; all of them would teach that the world is grey
GREY_CHROMA = 6  # of 255; the largest difference between the channels of a grey pixel


def screen_object(obj: SourceObject) -> None:
    """Refuse what need not be rendered.

    Raises:
        InputError: it is too heavy, a sheet, or made of leaf cards.
    """
    if len(obj.faces) > MAX_TRIANGLES:
        raise InputError(f"heavy: {len(obj.faces)} faces, at most {MAX_TRIANGLES} are taken.")
    if (share := cutout_share(obj)) > MAX_CUTOUT_SHARE:
        raise InputError(f"cards: {share:.0%} of its faces are see-through cards.")
    thickness = np.ptp(obj.vertices[np.unique(obj.faces)], axis=0).min()
    if thickness < SHEET_THICKNESS:
        raise InputError(f"sheet: it is {thickness:.4f} of its longest side thick.")


def screen_maps(obj: SourceObject, maps: np.ndarray) -> None:
    """Refuse what shows only in pictures.

    Args:
        maps: (6, H, W, 8) uint8, see `rendering.pack`.

    Raises:
        InputError: a needle, a scene of several objects, or one of too many colourless objects.
    """
    solid = maps[..., 3] > 127
    coverage = solid.mean((1, 2)).max()
    if coverage < MIN_COVERAGE:
        raise InputError(f"needle: its fullest view covers only {coverage:.2%} of the picture.")
    if min(_large_parts(solid[view]) for view in (0, 1, 4)) >= MIN_PARTS:
        raise InputError("scene: it falls into separate parts in every view.")
    pixels = maps[..., :3][solid].astype(int)
    colorless = np.percentile(np.ptp(pixels, axis=1), 95) < GREY_CHROMA and pixels.std(0).max() < GREY_CHROMA
    if colorless and not obj.textures and _share(obj.id) > GREY_KEPT:
        raise InputError("grey: it has neither colour nor texture, and a share of those is enough.")


def _large_parts(solid: np.ndarray) -> int:
    """Connected blots of a matte that hold at least `PART_SHARE` of it each."""
    labels, count = label(solid, np.ones((3, 3)))
    if not count:
        return 0
    sizes = np.bincount(labels.ravel())[1:]
    return int((sizes > PART_SHARE * sizes.sum()).sum())


def _share(key: str) -> float:
    """A fixed number in [0, 1) for a key."""
    return int.from_bytes(hashlib.sha256(f"grey/{key}".encode()).digest()[:8], "little") / 2**64
