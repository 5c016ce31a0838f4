"""The matting network at work: which pixels are probably the main subject, and what that says of a cut."""

import numpy as np
import torch

from gen4d.photo.color import resize
from gen4d.photo.convolutions import with_shipped_weights
from gen4d.photo.efficientnet import STRIDE
from gen4d.photo.matting_net import MattingNet

WEIGHTS = "matting.safetensors"
SIZES = (192, 256, 320)  # px of the longer side as it sees a picture: small, it minds the whole, large, the parts


def open_matting_net() -> MattingNet:
    """The network with the weights that ship with the package."""
    return with_shipped_weights(MattingNet(), WEIGHTS)


def subject_probability(rgb: torch.Tensor, net: MattingNet, sizes: tuple[int, ...] = SIZES) -> torch.Tensor:
    """The network's word on a picture and on its mirror image, seen at several sizes.

    Args:
        rgb: (H, W, 3) float32, sRGB in [0, 1].
        sizes: px of the longer side as the network sees it, about.

    Returns:
        probability: (h, w) float32, as large as the picture is seen at the last of the sizes.
    """
    words = [_logits(rgb, net, size) for size in sizes]
    height, width = words[-1].shape
    return torch.stack([resize(word[..., None], height, width)[..., 0] for word in words]).mean(0).sigmoid()


def _logits(rgb: torch.Tensor, net: MattingNet, size: int) -> torch.Tensor:
    """The network's logits (h, w) at one size, the mean of both hands."""
    scale = size / max(rgb.shape[:2])
    height, width = (max(STRIDE, STRIDE * round(side * scale / STRIDE)) for side in rgb.shape[:2])
    small = resize(rgb, height, width)
    picture = small.movedim(-1, 0)[None]
    with torch.inference_mode():
        logits = net(torch.cat([picture, picture.flip(-1)]))
    return ((logits[0, 0] + logits[1, 0].flip(-1)) / 2).clone()


def expected_overlap(mask: np.ndarray, probability: np.ndarray) -> float:
    """About what intersection over union a mask can expect with the true one.

    Args:
        mask: (H, W) bool; probability: (H, W) float, of each pixel being the subject's.
    """
    hit = float(probability[mask].sum())
    union = float(np.count_nonzero(mask)) + float(probability[~mask].sum())
    return hit / union if union > 0 else 0.0
