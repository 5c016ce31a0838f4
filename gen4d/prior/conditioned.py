"""The network with what is known built in: one network, and any modality given or asked for."""

from dataclasses import dataclass

import torch

from gen4d.prior.modalities import POSE_NUMBERS, VIEWS, Modalities, Times
from gen4d.prior.text import TEXT_TOKENS, TEXT_WIDTH
from gen4d.prior.uvit import MultiViewUViT


@dataclass(frozen=True)
class Conditioned:
    """The network with what is known built in; see `denoiser.Denoiser`.

    Fields:
        text: (1 or B, TEXT_TOKENS, TEXT_WIDTH) features, or None where there are no words.
        photo: (1 or B, C, S, S) latents, or None.
        pose: (1 or B, 3) the photo's pose, see `modalities.pose_numbers`, or None.
        views: (1 or B, 6, C, S, S) latents of known views, or None; others are whatever is noisy.
        known: which of the views are known.
        guidance: scale of guidance, of a network that takes it as an input; such a network is called once a step.
    """

    network: MultiViewUViT
    text: torch.Tensor | None = None
    photo: torch.Tensor | None = None
    pose: torch.Tensor | None = None
    views: torch.Tensor | None = None
    known: tuple[int, ...] = ()
    guidance: float | None = None

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Estimate the clean latents; known views come back as they are."""
        return self.everything(noisy, time).views

    def everything(self, noisy: torch.Tensor, time: torch.Tensor) -> Modalities:
        """Estimate all modalities; those not given are their mean under what is given."""
        b, shape = len(noisy), self.network.shape

        def given(value: torch.Tensor | None, *size: int) -> tuple[torch.Tensor, torch.Tensor]:
            if value is None:
                return noisy.new_zeros(b, *size), noisy.new_ones(b)
            return value.to(noisy).expand(b, *size), noisy.new_zeros(b)

        text, text_time = given(self.text, TEXT_TOKENS, TEXT_WIDTH)
        photo, photo_time = given(self.photo, shape.latent_channels, shape.latent_size, shape.latent_size)
        pose, pose_time = given(self.pose, POSE_NUMBERS)
        times = time[:, None].expand(b, VIEWS).clone()
        if self.views is not None:
            noisy = noisy.clone()
            noisy[:, list(self.known)] = self.views.to(noisy)[:, list(self.known)].expand(b, -1, -1, -1, -1)
            times[:, list(self.known)] = 0.0
        state = Modalities(views=noisy, photo=photo, sentence=text[:, 0], words=text[:, 1:], pose=pose)
        scale = None if self.guidance is None else noisy.new_full((b,), self.guidance)
        estimate = self.network(state, Times(times, photo_time, text_time, pose_time), scale)
        if self.views is not None:
            estimate.views[:, list(self.known)] = noisy[:, list(self.known)]
        return estimate
