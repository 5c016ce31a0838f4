"""Views as a prior makes them, of objects whose true views are known: blurred by its autoencoder, and disagreeing."""

import torch

from gen4d.context import Context
from gen4d.data.objects import SourceObject
from gen4d.data.rendering import pack
from gen4d.evaluate.reconstruct import ViewsOf
from gen4d.prior.autoencoder import maps_to_views
from gen4d.prior.config import EmbeddedPrior
from gen4d.prior.embedded import open_prior
from gen4d.prior.train_autoencoder import to_maps
from gen4d.streams import Streams
from gen4d.structures import MultiView


def coded_views(noise: float) -> ViewsOf:
    """A way of making views: the true ones through the embedded prior's autoencoder.

    Args:
        noise: standard deviations of each latent channel added to every view on its own.
    """
    autoencoder = open_prior(EmbeddedPrior(), Context(Streams(0))).autoencoder

    @torch.inference_mode()
    def through(obj: SourceObject, true: MultiView) -> MultiView:
        latents = autoencoder.encode(to_maps(pack(true)))
        generator = Streams(0).torch("evaluate.coded_views", obj.id)
        spread = latents.std((0, 2, 3), keepdim=True)
        latents = latents + noise * spread * torch.randn(latents.shape, generator=generator)
        return maps_to_views(autoencoder.decode(latents).clone())

    return through
