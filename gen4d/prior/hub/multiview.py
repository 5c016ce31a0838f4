"""MVDream and ImageDream: four sides of one object at once, from words, or from words and a photo of its front."""

import math
from dataclasses import dataclass

import torch

from gen4d.prior.hub.conversions import VpNetwork
from gen4d.prior.hub.multiview_unet import CAMERA_NUMBERS, orbit_camera

SIDES = 4  # front, right, back and left, the first four of `conventions.VIEW_NAMES`, a quarter turn apart
WORDS_OF_OBJECTS = ", 3d asset"  # what captions of 3D objects ended with when it was trained
Group = tuple[int, ...]


def side_cameras() -> torch.Tensor:
    """Cameras (4, 17) of the four sides, level with the subject."""
    return torch.stack([orbit_camera(side * math.pi / 2, 0.0) for side in range(SIDES)])


@dataclass(frozen=True)
class MultiviewWords:
    """MVDream with words; see `Denoiser`.

    Sides are denoised together. A view from above or below is none it was shown from, so each is denoised as it treats
    single pictures: alone and without a camera.

    Fields:
        features: (V, L, D) of the words for each view.
        views: which of the six canonical views they are, V of them.
    """

    network: VpNetwork
    features: torch.Tensor
    views: Group

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Estimate the clean latents."""
        sides = tuple(place for place, view in enumerate(self.views) if view < SIDES)
        others = [(place,) for place, view in enumerate(self.views) if view >= SIDES]
        clean = torch.empty_like(noisy)
        for group in [sides, *others] if sides else others:
            clean[:, list(group)] = self._together(noisy[:, list(group)], time, group)
        return clean

    def _together(self, noisy: torch.Tensor, time: torch.Tensor, group: Group) -> torch.Tensor:
        words = self.features[list(group)].repeat(len(noisy), 1, 1)
        places = [self.views[place] for place in group]
        known = places[0] < SIDES
        cameras = side_cameras()[places] if known else torch.zeros(1, CAMERA_NUMBERS + 1)

        def say(z: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
            return self.network.module(
                z.to(words.dtype),
                step,
                encoder_hidden_states=words,
                class_labels=cameras.repeat(len(noisy), 1).to(words),
                cross_attention_kwargs={"num_views": len(group)},
            ).sample

        return self.network.x0(say, noisy, time)


@dataclass(frozen=True)
class MultiviewPhoto:
    """ImageDream with words and a photo; see `Denoiser`. It denoises four sides, (B, 4, C, S, S).

    The photo comes in twice: as tokens that attention reads, and as a fifth view that is never noised. Its camera is
    all zeros, which is not the same as none.

    Fields:
        features: (1, L, D) of the words; tokens: (1, T, D) of the photo; latents: (1, C, S, S) of it.
    """

    network: VpNetwork
    features: torch.Tensor
    tokens: torch.Tensor
    latents: torch.Tensor

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Estimate the clean latents."""
        batch, frames = len(noisy), SIDES + 1
        words, tokens = (part.repeat(batch * frames, 1, 1) for part in (self.features, self.tokens))
        photo_camera = torch.zeros(1, CAMERA_NUMBERS + 1)
        photo_camera[:, CAMERA_NUMBERS] = 1
        cameras = torch.cat([side_cameras(), photo_camera]).repeat(batch, 1).to(words)

        def say(z: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
            photo = self.latents.to(z)[None].expand(batch, -1, -1, -1, -1)
            seen = torch.cat([z.unflatten(0, (batch, SIDES)), photo], 1).flatten(0, 1)
            said = self.network.module(
                seen.to(words.dtype),
                step.view(batch, SIDES)[:, :1].expand(-1, frames).flatten(),
                encoder_hidden_states=words,
                class_labels=cameras,
                cross_attention_kwargs={"num_views": frames, "picture": tokens},
            ).sample
            return said.unflatten(0, (batch, frames))[:, :SIDES].flatten(0, 1)

        return self.network.x0(say, noisy, time)
