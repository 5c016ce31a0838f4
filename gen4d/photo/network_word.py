"""What the matting network says of a photo, the cut that follows from it, and how much doubt it leaves of others."""

from dataclasses import dataclass

import numpy as np
import torch

from gen4d.photo.background import fit_background
from gen4d.photo.color import blur, resize, srgb_to_lab
from gen4d.photo.components import CENTRE, Place, main_subject
from gen4d.photo.confidence import matte_confidence
from gen4d.photo.grabcut import seeded_grabcut_matte
from gen4d.photo.matting import expected_overlap, open_matting_net, subject_probability

EXPECTED = (0.25, 0.95)  # overlap the network expects of a cut: below it the cut is wrong, from it on there is no doubt
PLAUSIBLE = 0.25  # power of the colours' confidence in that of a cut: they doubt a subject that fills the picture
AGREEMENT = 0.75  # overlap of the network's word and the cut it seeds, below which colours led the cut astray
STILL_PLAUSIBLE = 0.5  # of that cut's own confidence: what the network's word needs then
WINDOW = 0.6  # of each side: what the network is shown of a picture around a subject that is pointed at
GRABCUT_SIZE = 0.65  # of the working size: GrabCut takes seconds, and its edge is refined afterwards


@dataclass(frozen=True)
class NetworkWord:
    """What the matting network says of a picture, and the cut that follows from it.

    Fields:
        probability: (h, w) float32, of each pixel of the working picture being the subject's.
        mask: (h, w) bool, the cut.
        expected: overlap of the cut with the true one, as far as the network can tell.
        plausible: confidence of its colours and its shape.
        agreement: overlap of the network's word alone and the cut that it seeds.
        explained: share of the border that a plain background explains.
        scale: of the working picture.
    """

    probability: np.ndarray
    mask: np.ndarray
    expected: float
    plausible: float
    agreement: float
    explained: float
    scale: float

    def expected_of(self, alpha: torch.Tensor) -> float:
        """Overlap that a matte (H, W) can expect."""
        small = resize(alpha[..., None], *self.probability.shape)[..., 0]
        return expected_overlap(small.numpy() > 0.5, self.probability)

    def confidence(self, plausible: float, expected: float) -> float:
        """What the network leaves of a cut's confidence by colours and shape, given the overlap it expects."""
        low, high = EXPECTED
        return float(np.clip((expected - low) / (high - low), 0, 1)) * plausible**PLAUSIBLE * self.agreement


def network_word(photo: torch.Tensor, working_size: int, place: Place) -> NetworkWord:
    """Ask the matting network, and cut where it leads.

    It knows what subjects are, but not quite where they end: so its word seeds a GrabCut. Where that cut is another
    than the word, colours led it astray, and the word itself is the cut.

    Args:
        photo: (H, W, 4) float32; working_size: longest side in pixels at which the subject is found.
        place: where the subject is expected, see `main_subject`.
    """
    small, lab, scale = working_picture(photo, working_size)
    probability = _probability(photo, small.shape[0], small.shape[1], place)
    word, mask = main_subject(probability > 0.5, place), seeded_grabcut_matte(small.numpy(), probability, place)
    agreement = _overlap(word, mask)
    plausible = matte_confidence(mask, lab)
    alone = matte_confidence(word, lab)
    if agreement < AGREEMENT and alone >= STILL_PLAUSIBLE * plausible:
        mask, plausible = word, alone
    expected, explained = expected_overlap(mask, probability), fit_background(lab).explained
    return NetworkWord(probability, mask, expected, plausible, agreement, explained, scale)


def _overlap(first: np.ndarray, second: np.ndarray) -> float:
    """Intersection over union; 0 of two empty masks."""
    return np.count_nonzero(first & second) / max(1, np.count_nonzero(first | second))


def working_picture(photo: torch.Tensor, working_size: int) -> tuple[torch.Tensor, np.ndarray, float]:
    """A photo as small as GrabCut is given it: (h, w, 3) sRGB, the same in Lab, and the scale."""
    rgb = photo[..., :3]
    scale = min(1.0, GRABCUT_SIZE * working_size / max(rgb.shape[:2]))
    small = resize(rgb, max(8, round(rgb.shape[0] * scale)), max(8, round(rgb.shape[1] * scale)))
    return small, srgb_to_lab(blur(small, 0.8)).double().numpy(), scale


def _probability(photo: torch.Tensor, height: int, width: int, place: Place) -> np.ndarray:
    """What the network says of each pixel of the working picture, (height, width) float32.

    It only knows the main subject of what it is shown, so where one is pointed at, it is shown the place by itself too.
    """
    net, rgb = open_matting_net(), photo[..., :3]
    said = resize(subject_probability(rgb, net)[..., None], height, width)[..., 0]
    if place in (CENTRE, None):
        return said.numpy()
    left, top = (
        round(min(max(at - WINDOW / 2, 0), 1 - WINDOW) * n) for at, n in zip(place, (width, height), strict=True)
    )
    wide, high = round(WINDOW * width), round(WINDOW * height)
    fine = rgb.shape[0] / height
    part = rgb[round(top * fine) : round((top + high) * fine), round(left * fine) : round((left + wide) * fine)]
    near = resize(subject_probability(part, net)[..., None], high, wide)[..., 0]
    said = said.clone()
    said[top : top + high, left : left + wide] = torch.maximum(said[top : top + high, left : left + wide], near)
    return said.numpy()
