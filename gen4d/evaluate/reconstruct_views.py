"""Views as a prior makes them, of objects whose true views are known: blurred by its autoencoder, or drawn by it."""

from pathlib import Path
from typing import Literal

import numpy as np
import torch

from gen4d.context import Context
from gen4d.data.archive import cut_out
from gen4d.data.objects import SourceObject
from gen4d.data.rendering import pack
from gen4d.data.shards import places
from gen4d.evaluate.reconstruct import ViewsOf
from gen4d.prior.autoencoder import maps_to_views
from gen4d.prior.config import EmbeddedPrior, ViewsConfig
from gen4d.prior.embedded import open_prior
from gen4d.prior.imagine import imagine_views
from gen4d.prior.train_autoencoder import to_maps
from gen4d.streams import Streams
from gen4d.structures import MultiView, Prompt


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


def imagined_views(shards: Path, given: Literal["caption", "photo"], cfg: ViewsConfig) -> ViewsOf:
    """A way of making views: the embedded prior draws them from an object's first caption, or its first photo.

    The photo is cut out by its true matte, so that only the prior and the reconstruction are measured.
    """
    ctx = Context(Streams(0))
    prior = open_prior(EmbeddedPrior(), ctx)
    stored = {place.record.id: place for place in places(shards)}

    def drawn(obj: SourceObject, true: MultiView) -> MultiView:
        del true
        place = stored[obj.id]
        if given == "caption":
            return imagine_views(Prompt(text=place.record.captions[0]), prior, cfg, ctx)
        picture = cut_out(place.array("pictures")[:1], place.array("mattes")[:1])[0]
        photo = torch.from_numpy(picture.astype(np.float32) / 255)
        return imagine_views(Prompt(photo=photo), prior, cfg, ctx)

    return drawn
