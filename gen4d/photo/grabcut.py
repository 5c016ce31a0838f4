"""Matte before any background: GrabCut, seeded by saliency or by a box, and run twice.

Source: Rother, Kolmogorov, Blake: GrabCut, SIGGRAPH 2004; the implementation is OpenCV's.
"""

import cv2
import numpy as np

from gen4d.photo.background import border_ring
from gen4d.photo.components import CENTRE, Place, main_subject
from gen4d.photo.saliency import RING, border_contrast, saliency

ITERATIONS = (3, 2)  # rounds of the two passes
MARGIN = 0.04  # of the shorter side: a photo of one subject leaves about this much around it
CERTAIN = 0.96  # probability from which a pixel is the subject's, and below 1 - which it is the background's
SURE = 0.04  # of the shorter side: half-width of the band the second pass may still change


def grabcut_matte(rgb: np.ndarray, lab: np.ndarray, place: Place = CENTRE) -> np.ndarray:
    """Subject before any background.

    Args:
        rgb: (H, W, 3) float in [0, 1], sRGB; lab: the same picture in Lab.
        place: where the subject is expected, see `main_subject`.

    Returns:
        mask: (H, W) bool, cleaned; empty where nothing stands out.
    """
    picture = np.ascontiguousarray((rgb[..., ::-1] * 255 + 0.5).astype(np.uint8))
    salient = saliency(lab, place)
    if salient.max() <= 0:
        return np.zeros(salient.shape, dtype=bool)
    return _twice(picture, _first_labels(salient, border_contrast(lab)), place)


def boxed_grabcut_matte(rgb: np.ndarray, place: Place = CENTRE) -> np.ndarray:
    """Subject that fills much of the picture, whether or not it stands out: only the margin is background.

    Saliency finds what differs most from the border, which of a cat before a sofa is its eye. This one finds whatever
    the colours near the border do not explain, the subject's dull parts included.

    Args, Returns: as `grabcut_matte`.
    """
    picture = np.ascontiguousarray((rgb[..., ::-1] * 255 + 0.5).astype(np.uint8))
    height, width = picture.shape[:2]
    labels = np.full((height, width), cv2.GC_PR_FGD, np.uint8)
    labels[border_ring(height, width, MARGIN)] = cv2.GC_BGD
    return _twice(picture, labels, place)


def seeded_grabcut_matte(rgb: np.ndarray, probability: np.ndarray, place: Place = CENTRE) -> np.ndarray:
    """Subject whose colours are learned where a network is certain; its edge is where they end.

    Args:
        rgb: as `grabcut_matte`; probability: (H, W) float, of each pixel being the subject's.

    Returns:
        mask: (H, W) bool, cleaned.
    """
    picture = np.ascontiguousarray((rgb[..., ::-1] * 255 + 0.5).astype(np.uint8))
    labels = np.where(probability > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[probability > CERTAIN] = cv2.GC_FGD
    labels[probability < 1 - CERTAIN] = cv2.GC_BGD
    return main_subject(cut_labelled(picture, labels, ITERATIONS[0]), place)


def _twice(picture: np.ndarray, labels: np.ndarray, place: Place) -> np.ndarray:
    """Cut, clean up, and cut once more along the edge found."""
    first = main_subject(cut_labelled(picture, labels, ITERATIONS[0]), place)
    if not first.any() or first.all():
        return first
    return main_subject(cut_labelled(picture, _second_labels(first), ITERATIONS[1]), place)


def _first_labels(salient: np.ndarray, contrast: np.ndarray) -> np.ndarray:
    """The border is background unless it stands out; salient pixels are probably subject, the strongest ones surely."""
    level, _ = cv2.threshold((salient * 255).astype(np.uint8), 0, 255, cv2.THRESH_OTSU)
    threshold = level / 255
    labels = np.where(salient > threshold, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    strong = salient > max(threshold, np.quantile(salient[salient > threshold], 0.8))
    labels[strong] = cv2.GC_FGD
    labels[border_ring(salient.shape[0], salient.shape[1], RING) & (contrast < 0.5)] = cv2.GC_BGD
    return labels


def _second_labels(mask: np.ndarray) -> np.ndarray:
    """Trust the first pass away from its edge."""
    band = max(3.0, SURE * min(mask.shape))
    inside = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    outside = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    labels = np.where(mask, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[inside > min(band, 0.7 * inside.max())] = cv2.GC_FGD
    labels[outside > band] = cv2.GC_BGD
    return labels


def cut_labelled(picture: np.ndarray, labels: np.ndarray, rounds: int) -> np.ndarray:
    """Run GrabCut from labels; where they name no subject or no background there is nothing to cut.

    Args:
        picture: (H, W, 3) uint8, blue first; labels: (H, W) uint8, OpenCV's four; rounds: of learning and cutting.

    Returns:
        mask: (H, W) bool.
    """
    subject = (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
    if not subject.any() or subject.all():
        return subject
    cv2.setRNGSeed(0)  # its k-means draws from OpenCV's thread-wide generator: without this the second call differs
    models = np.zeros((1, 65)), np.zeros((1, 65))
    result, _, _ = cv2.grabCut(picture, labels.copy(), (0, 0, 1, 1), *models, rounds, cv2.GC_INIT_WITH_MASK)
    return (result == cv2.GC_FGD) | (result == cv2.GC_PR_FGD)
