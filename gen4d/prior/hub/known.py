"""Public checkpoints that an adapter knows, for people who ask what this machine could run."""

from typing import NamedTuple

from gen4d.prior.hub.loading import Size


class Known(NamedTuple):
    """A checkpoint of the hub, what it is for, and the sizes of all components that are loaded, in millions."""

    id: str
    use: str
    millions: dict[str, tuple[float, float]]

    @property
    def sizes(self) -> dict[str, Size]:
        """As `loading.needed` takes them."""
        return {part: Size(round(1e6 * all_), round(1e6 * flat)) for part, (all_, flat) in self.millions.items()}


WORDS, PHOTO = "text-to-3d, refine", "image-to-3d, animate"
# Parameters of diffusers' and transformers' networks with the published settings, and how many of them are matrices.
VAE, CLIP_L, CLIP_H, CLIP_G, T5, CLIP_H_EYE = (84, 2), (123, 123), (340, 340), (695, 695), (4762, 4762), (632, 631)
SD1, SD2 = (860, 270), (866, 301)
KNOWN = (
    Known("stable-diffusion-v1-5/stable-diffusion-v1-5", WORDS, {"unet": SD1, "text_encoder": CLIP_L, "vae": VAE}),
    Known("stabilityai/stable-diffusion-2-1", WORDS, {"unet": SD2, "text_encoder": CLIP_H, "vae": VAE}),
    Known(
        "stabilityai/stable-diffusion-3-medium-diffusers",
        WORDS,
        {
            "transformer": (2028, 2027),
            "text_encoder": CLIP_L,
            "text_encoder_2": (695, 695),
            "text_encoder_3": (4762, 4762),
        },
    ),
    Known(
        "thu-ml/unidiffuser-v1",
        f"{WORDS}, {PHOTO}",
        {"unet": (953, 950), "text_encoder": CLIP_L, "image_encoder": (88, 85), "text_decoder": (124, 124), "vae": VAE},
    ),
    Known("ashawkey/mvdream-sd2.1-diffusers", WORDS, {"unet": SD2, "text_encoder": CLIP_H, "vae": VAE}),
    Known(
        "ashawkey/imagedream-ipmv-diffusers",
        PHOTO,
        {"unet": SD2, "text_encoder": CLIP_H, "image_encoder": CLIP_H_EYE, "vae": VAE},
    ),
    Known(
        "sudo-ai/zero123plus-v1.2",
        PHOTO,
        {"unet": SD2, "text_encoder": CLIP_H, "vision_encoder": CLIP_H_EYE, "vae": VAE},
    ),
)
