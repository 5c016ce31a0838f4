"""The subject of every frame of a film, and how its points move: mattes that agree in time, and optical flow.

A few frames are cut out as single photos are. From the surest of them the outline is carried along the optical flow and
cut anew in every frame (GrabCut in a band about it). Where the camera stands still, the pixels outside give the empty
scene, and what differs from it is the subject: that settles whatever colours cannot tell.
"""

import itertools
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from gen4d.errors import InputError

Cut = Callable[[np.ndarray], tuple[np.ndarray, float]]  # (H, W, 3) uint8 -> mask (H, W) bool, confidence in [0, 1]

KEYS = 4  # frames cut out on their own
KEPT_KEY = 0.75  # of the best confidence: keys less sure are carried over from others
SURE_KEY = 0.7  # confidence from which a cut of single frames is believed before the motion of the film
SLOW = 0.3  # px a frame: what moves less may be the scene
MAX_SWEPT = 0.85  # of the picture; more is a camera that moves, or a light that changes
AROUND = 4.0  # px about what ever changes, which may still be the subject's edge
PINHOLE = 0.004  # of the subject's area
ASTRAY = 0.5  # px, and a tenth of its length, by which a flow and the flow back may differ
BAND = 0.05  # of the subject's size: how far its edge may be from where the flow carries it
ROUNDS = 2  # of GrabCut
STILL_CAMERA = 0.35  # px a frame outside the subject: less is a camera that stands
SEEN = 0.15  # of the frames must show a pixel of the empty scene
NOISE = 4.0  # times the scene's own noise: more is subject
MIN_DIFFERENCE = 14.0  # of 255
REACH = 0.12  # of the subject's size, about the carried outline, in which the empty scene decides
SHADOW_EVEN, SHADOW_DARKEST = 0.1, 0.35  # of the scene's light: a shadow dims all colours alike, and not to black
MIN_AREA = 2e-3  # of the picture
MIN_CHANGE = 0.01  # of the subject's area that must change its looks


@dataclass(frozen=True)
class Tracked:
    """The subject through a film.

    Fields:
        masks: (T, H, W) bool.
        flow: (T - 1, H, W, 2) float32, pixels right and down from each frame to the next.
        steady: (T - 1, H, W) bool, where the flow back comes to where it began.
        confidence: of the surest frame that was cut out alone.
    """

    masks: np.ndarray
    flow: np.ndarray
    steady: np.ndarray
    confidence: float


def track_subject(frames: np.ndarray, cut: Cut) -> Tracked:
    """Find the subject in every frame of a film.

    Args:
        frames: (T, H, W, 3) uint8.
        cut: how a single picture is cut out; it raises InputError where it finds nothing.

    Raises:
        InputError: no frame shows a subject that can be cut out, it is lost on the way, or it does not move.
    """
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]
    flow = np.stack([_flow(before, after) for before, after in itertools.pairwise(grey)])
    back = np.stack([_flow(after, before) for before, after in itertools.pairwise(grey)])
    keys = _keys(frames, flow, cut)
    confidence = max((sure for _, sure in keys.values()), default=0.0)
    swept = _by_motion(frames, flow) if confidence < SURE_KEY else None
    if swept is None and not keys:
        raise InputError("video: in no frame the subject stands out; give a film of it before a calmer background.")
    masks = _carried(frames, keys, flow, back) if swept is None else swept
    for _ in range(2):  # the scene seen around better mattes gives better mattes
        scene = _empty_scene(frames, masks, flow)
        if scene is None:
            break
        masks = _against_scene(frames, masks, *scene)
    if min(float(mask.mean()) for mask in masks) < MIN_AREA:
        raise InputError("video: the subject is lost in some frames; give a film that shows it whole throughout.")
    changes = np.abs(frames.astype(np.int16) - frames[0]).max(-1) > MIN_DIFFERENCE  # (T, H, W)
    changed = max(float((change & (mask | masks[0])).sum()) for change, mask in zip(changes, masks, strict=True))
    if changed < MIN_CHANGE * float(masks[0].sum()):
        raise InputError("video: its subject does not move; give a film of one subject in motion.")
    steady = np.stack([_agrees(there, here) for there, here in zip(flow, back, strict=True)])
    return Tracked(masks, flow, steady, confidence)


def _flow(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Optical flow (H, W, 2) float32 in pixels."""
    engine = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return engine.calc(before, after, np.zeros((*before.shape, 2), np.float32))


def _agrees(there: np.ndarray, back: np.ndarray) -> np.ndarray:
    """Where a flow (H, W, 2) and the flow back from where it leads cancel out, (H, W) bool."""
    height, width = there.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    returned = cv2.remap(back, x + there[..., 0], y + there[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    allowed = ASTRAY + 0.1 * np.linalg.norm(there, axis=-1)
    return np.linalg.norm(there + returned, axis=-1) < allowed


def _camera_stands(flow: np.ndarray, masks: np.ndarray | None = None) -> bool:
    """Whether most of the picture, outside the subject if it is known, stays where it is."""
    speed = np.linalg.norm(flow, axis=-1)
    outside = speed if masks is None else speed[~masks[:-1]]
    return bool(np.median(outside) < STILL_CAMERA)


def _keys(frames: np.ndarray, flow: np.ndarray, cut: Cut) -> dict[int, tuple[np.ndarray, float]]:
    """Frames cut out alone -> mask and confidence; a cut that leaves out what moves before a still camera is unsure."""
    stands = _camera_stands(flow)
    keys: dict[int, tuple[np.ndarray, float]] = {}
    for index in np.unique(np.linspace(0, len(frames) - 1, KEYS).round().astype(int)).tolist():
        try:
            mask, sure = cut(frames[index])
        except InputError:
            continue
        if stands:
            speed = np.linalg.norm(flow[min(index, len(flow) - 1)], axis=-1)
            speed = np.where(speed > STILL_CAMERA, speed, 0.0)
            sure *= float(speed[mask].sum() / speed.sum()) if speed.sum() > 0 else 1.0
        keys[index] = mask, sure
    best = max((sure for _, sure in keys.values()), default=0.0)
    return {index: key for index, key in keys.items() if key[1] >= KEPT_KEY * best}


def _by_motion(frames: np.ndarray, flow: np.ndarray) -> np.ndarray | None:
    """Masks (T, H, W) of what moves before a camera that stands, whatever the scene looks like; None where it moves.

    What lies within all that ever changes, and never changes itself, is the still middle of the subject. Elsewhere the
    scene is what a pixel looks like while nothing moves there.
    """
    if not _camera_stands(flow):
        return None
    usual = np.median(frames, axis=0)
    away = np.abs(frames - usual).max(-1)  # (T, H, W)
    level = max(MIN_DIFFERENCE, NOISE * float(np.median(away)))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
    ever = (cv2.GaussianBlur(away.max(0), (5, 5), 0) > level).astype(np.uint8)
    ever = cv2.morphologyEx(ever, cv2.MORPH_CLOSE, kernel)
    swept = _filled(_largest(ever))
    if not MIN_AREA < swept.mean() < MAX_SWEPT:
        return None
    speed = np.linalg.norm(np.concatenate([flow, flow[-1:]]), axis=-1)
    speed = np.stack([cv2.dilate(one, np.ones((5, 5))) for one in speed])
    calm = np.where((speed < SLOW)[..., None], frames.astype(np.float32), np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a pixel that never rests
        scene = np.nanmedian(calm, axis=0)
    scene = np.where(np.isnan(scene), usual, scene)
    _, outside = _distances(swept)
    around = outside > AROUND
    labels = np.where(swept, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[around] = cv2.GC_BGD
    rows, columns = np.nonzero(outside < 3 * AROUND + REACH * _size(swept))
    window = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    masks = []
    for frame in frames:
        differs = cv2.GaussianBlur(np.abs(frame - scene).max(-1).astype(np.float32), (3, 3), 0) > level
        differs = cv2.morphologyEx(differs.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
        own = labels.copy()
        own[(ever > 0) & ~differs & ~around] = cv2.GC_PR_BGD
        mask = np.zeros(swept.shape, bool)
        mask[window] = _grabcut(frame[window], own[window], 3)
        masks.append(_filled_pinholes(_largest(mask & swept)))
    return np.stack(masks)


def _largest(found: np.ndarray) -> np.ndarray:
    """The largest part of a mask, and those a fifth as large; bool."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(found.astype(np.uint8), connectivity=8)
    if count < 2:
        return found > 0
    areas = stats[1:, cv2.CC_STAT_AREA]
    return np.isin(labels, 1 + np.nonzero(areas >= 0.2 * areas.max())[0])


def _filled(mask: np.ndarray) -> np.ndarray:
    """A mask without holes."""
    outer, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(np.zeros(mask.shape, np.uint8), outer, -1, 1, cv2.FILLED) > 0


def _carried(
    frames: np.ndarray, keys: dict[int, tuple[np.ndarray, float]], flow: np.ndarray, back: np.ndarray
) -> np.ndarray:
    """Masks (T, H, W) of all frames, each from its nearest key, frame by frame."""
    masks = np.zeros(frames.shape[:3], bool)
    for index, (mask, _) in keys.items():
        masks[index] = mask
    order = sorted((min(abs(t - k) for k in keys), t) for t in range(len(frames)) if t not in keys)
    for _, t in order:
        nearest = min(keys, key=lambda k: (abs(t - k), k))
        before = t - 1 if t > nearest else t + 1
        there = back[before] if before < t else flow[t]  # where each pixel of this frame is in the one before
        masks[t] = _cut_near(frames[t], _warped(masks[before], there))
    return masks


def _warped(mask: np.ndarray, flow: np.ndarray) -> np.ndarray:
    height, width = mask.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return cv2.remap(mask.astype(np.float32), x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR) > 0.5


def _size(mask: np.ndarray) -> float:
    """A length that says how large a subject is, pixels."""
    return max(4.0, float(np.sqrt(mask.sum())))


def _distances(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pixels from inside to the edge, and from outside to it."""
    inside = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    return inside, cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)


def _cut_near(frame: np.ndarray, guess: np.ndarray) -> np.ndarray:
    """Cut a frame (H, W, 3) anew in a band about a guessed mask."""
    if not guess.any() or guess.all():
        return guess
    band = max(2.0, BAND * _size(guess))
    inside, outside = _distances(guess)
    labels = np.where(guess, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[inside > band] = cv2.GC_FGD
    labels[outside > band] = cv2.GC_BGD
    if not ((labels == cv2.GC_BGD).any() and (labels == cv2.GC_FGD).any()):
        return guess
    return _main_part(_grabcut(frame, labels, ROUNDS), guess)


def _grabcut(frame: np.ndarray, labels: np.ndarray, rounds: int) -> np.ndarray:
    """What GrabCut makes of a frame (H, W, 3) and first labels (H, W): mask (H, W) bool."""
    if not ((labels == cv2.GC_BGD) | (labels == cv2.GC_PR_BGD)).any() or not (labels % 2 == 1).any():
        return labels % 2 == 1
    cv2.setRNGSeed(0)  # its k-means draws from OpenCV's thread-wide generator
    models = np.zeros((1, 65)), np.zeros((1, 65))
    labels = np.ascontiguousarray(labels)
    cv2.grabCut(np.ascontiguousarray(frame[..., ::-1]), labels, (0, 0, 1, 1), *models, rounds, cv2.GC_INIT_WITH_MASK)
    return labels % 2 == 1  # the odd labels are the subject's


def _filled_pinholes(mask: np.ndarray) -> np.ndarray:
    """A mask without holes that are too small to be seen through."""
    holes = (_filled(mask) & ~mask).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(holes, connectivity=4)
    small = [i for i in range(1, count) if stats[i, cv2.CC_STAT_AREA] < PINHOLE * mask.sum()]
    return mask | np.isin(labels, small)


def _main_part(found: np.ndarray, guess: np.ndarray) -> np.ndarray:
    """What is connected to the guess's bulk, without pinholes; the guess where nothing is left."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(found.astype(np.uint8), connectivity=8)
    if count < 2:
        return guess
    largest = stats[1:, cv2.CC_STAT_AREA].max()
    kept = [i for i in range(1, count) if stats[i, cv2.CC_STAT_AREA] > 0.08 * largest and (guess & (labels == i)).any()]
    return np.isin(labels, kept) if kept else guess


def _empty_scene(
    frames: np.ndarray, masks: np.ndarray, flow: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """The scene without its subject (H, W, 3), its noise (H, W), and where it was seen; None if the camera moves."""
    if not _camera_stands(flow, masks):
        return None
    reach = round(0.04 * _size(masks[0])) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    hidden = np.stack([cv2.dilate(mask.astype(np.uint8), kernel) > 0 for mask in masks])
    free = np.where(hidden[..., None], np.nan, frames.astype(np.float32))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a pixel never seen has no median
        scene = np.nanmedian(free, axis=0)
        noise = np.nanmedian(np.abs(free - scene).max(-1), axis=0)
    seen = (~hidden).mean(0) > SEEN
    return np.nan_to_num(scene), np.nan_to_num(noise), seen


def _against_scene(
    frames: np.ndarray, masks: np.ndarray, scene: np.ndarray, noise: np.ndarray, seen: np.ndarray
) -> np.ndarray:
    """Masks corrected near their outline by what differs from the empty scene."""
    level = np.maximum(MIN_DIFFERENCE, NOISE * noise)
    better = []
    for frame, mask in zip(frames, masks, strict=True):
        inside, outside = _distances(mask)
        reach = REACH * _size(mask)
        differs = cv2.medianBlur((np.abs(frame - scene).max(-1) > level).astype(np.uint8), 3)
        differs = cv2.morphologyEx(differs, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)) > 0
        differs &= mask | ~_shaded(frame, scene)
        decided = seen & (outside < reach) & (inside < reach)
        better.append(_main_part(np.where(decided, differs, mask), mask))
    return np.stack(better)


def _shaded(frame: np.ndarray, scene: np.ndarray) -> np.ndarray:
    """Where a frame is the empty scene, only darker: the subject's shadow, (H, W) bool."""
    share = (frame + 8.0) / (scene + 8.0)
    even = share.max(-1) - share.min(-1) < SHADOW_EVEN
    return even & (share.mean(-1) < 1.0) & (share.mean(-1) > SHADOW_DARKEST)
