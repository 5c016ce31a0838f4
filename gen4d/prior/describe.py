"""Photo -> words: what the prior takes a photo for, and from which side it thinks the photo was taken."""

from dataclasses import dataclass

import torch
from torch.nn import functional

from gen4d.prior.conditioned import Conditioned
from gen4d.prior.embedded import Prior
from gen4d.prior.imagine import encode_photo
from gen4d.prior.modalities import ELEVATION_SCALE, VIEWS
from gen4d.prior.text import TextFeatures


@dataclass(frozen=True)
class PhotoReading:
    """What the prior reads from a photo.

    Fields:
        captions: known phrases with the cosine similarity of their sentence vectors to the one read, best first.
        azimuth: radians; 0 where the subject's front faces the camera, positive where the camera stands on its +X side.
        elevation: radians above the horizon.
        azimuth_confidence: in [0, 1]: the length of the estimated direction, which shrinks when sides look alike.
    """

    captions: tuple[tuple[str, float], ...]
    azimuth: float
    elevation: float
    azimuth_confidence: float


def describe_photo(photo: torch.Tensor, prior: Prior, count: int = 5) -> PhotoReading:
    """Read a framed photo (H, H, 4) float32, sRGB in [0, 1] with alpha.

    Raises:
        InputError: the photo is not square.
    """
    latents = encode_photo(photo, prior)
    shape = prior.denoiser.shape
    size = (1, VIEWS, shape.latent_channels, shape.latent_size, shape.latent_size)
    nothing = torch.randn(size, generator=torch.Generator().manual_seed(0)).to(latents)
    with torch.inference_mode():
        # At time 1 the views say nothing, so what the network estimates is the mean under the photo alone.
        estimate = Conditioned(prior.denoiser, photo=latents).everything(nothing, latents.new_ones(1))
    sentence = functional.normalize(estimate.sentence, dim=1).cpu()
    sine, cosine, elevation = (estimate.pose[0] * estimate.pose.new_tensor([1, 1, ELEVATION_SCALE])).tolist()
    nearest = prior.concepts.nearest(TextFeatures(tokens=sentence[:, None], pooled=sentence), count)
    direction = torch.tensor([sine, cosine])
    return PhotoReading(
        captions=tuple(nearest),
        azimuth=float(torch.atan2(direction[0], direction[1])),
        elevation=elevation,
        azimuth_confidence=float(direction.norm().clamp(max=1)),
    )
