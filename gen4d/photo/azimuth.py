"""From which side a framed subject is seen: the azimuth network at work, and what the prior reads beside it."""

import math

import numpy as np
import torch
from torch.nn.functional import adaptive_avg_pool2d

from gen4d.photo.azimuth_net import BINS, SIDE, AzimuthNet
from gen4d.photo.convolutions import with_shipped_weights

WEIGHTS = "azimuth.safetensors"
NEAR = math.radians(30)  # an azimuth within it is called right
AGREEMENT = 1.0  # half the log odds between a side read for certain by the prior and the opposite one
CENTRING = 0.1  # of the probability near an azimuth: what its being in the middle is worth
BIN_MIDDLES = np.arange(BINS) * (2 * math.pi / BINS)


def open_azimuth_net() -> AzimuthNet:
    """The network with the weights that ship with the package."""
    return with_shipped_weights(AzimuthNet(), WEIGHTS)


def side_odds(photo: torch.Tensor, net: AzimuthNet) -> np.ndarray:
    """Logarithm of each side's probability, the mean of the photo's and of its mirror image's, which is mirrored.

    Args:
        photo: (S, S, 4) float32, framed subject, sRGB in [0, 1] with straight alpha.

    Returns:
        odds: (BINS,) float64; entry k is of the azimuth `BIN_MIDDLES[k]`.
    """
    small = reduced(photo.movedim(-1, 0)[None])
    with torch.inference_mode():
        own, mirrored = net(torch.cat([small, small.flip(-1)])).double().log_softmax(1).numpy()
    return (own + mirrored[-np.arange(BINS) % BINS]) / 2


def reduced(subjects: torch.Tensor) -> torch.Tensor:
    """Framed subjects (B, 4, S, S) as small as the network sees them: (B, 4, SIDE, SIDE), white where alpha is 0."""
    matte = subjects[:, 3:]
    small = adaptive_avg_pool2d(torch.cat([subjects[:, :3] * matte, matte], 1), SIDE)
    alpha = small[:, 3:]
    colors = torch.where(alpha > 0.02, small[:, :3] / alpha.clamp(min=0.02), 1.0).clamp(0, 1)
    return torch.cat([colors, alpha], 1)


def likeliest_side(odds: np.ndarray, sine: float = 0.0, cosine: float = 0.0) -> tuple[float, float]:
    """The azimuth near which most of the probability lies, and how much of it lies within `NEAR`.

    Unlike a mean it never lies between two answers, such as before and behind, that both may be right.

    Args:
        odds: (BINS,), from `side_odds`.
        sine, cosine: of the azimuth read otherwise, times how sure it is, in [0, 1]; 0 where nothing was read.

    Returns:
        azimuth: radians in (-pi, pi]; sureness: in [0, 1].
    """
    total = odds + AGREEMENT * (sine * np.sin(BIN_MIDDLES) + cosine * np.cos(BIN_MIDDLES))
    share = np.exp(total - total.max())
    share /= share.sum()
    tried = np.radians(np.arange(-179, 181))
    apart = np.abs(np.angle(np.exp(1j * (tried[:, None] - BIN_MIDDLES))))  # (360, BINS)
    half = math.pi / BINS
    near = np.clip((NEAR + half - apart) / (2 * half), 0, 1) @ share  # a bin counts by the part of it that is near
    # A sector may slide while all of a peak lies in it; the bell puts the peak into its middle.
    bell = np.where(apart < NEAR, 1 + np.cos(np.pi * apart / NEAR), 0) @ share
    best = int(np.argmax(near + CENTRING * bell))
    return float(tried[best]), float(near[best])
