"""Public checkpoints that an adapter knows, for people who ask what this machine could run."""

from typing import NamedTuple

from gen4d.prior.hub.checkpoint import FLOAT_BYTES, WORKING_SHARE


class Known(NamedTuple):
    """A checkpoint of the hub, what it is for, and its parameters, rounded, of all components that are loaded."""

    id: str
    use: str
    parameters: float

    @property
    def memory(self) -> float:
        """Bytes that a step in float32 will take, about."""
        return self.parameters * FLOAT_BYTES * WORKING_SHARE


WORDS, PHOTO = "text-to-3d, refine", "image-to-3d"
KNOWN = (
    Known("stable-diffusion-v1-5/stable-diffusion-v1-5", WORDS, 1.07e9),
    Known("stabilityai/stable-diffusion-2-1", WORDS, 1.29e9),
    Known("stabilityai/stable-diffusion-3-medium-diffusers", WORDS, 7.7e9),
    Known("thu-ml/unidiffuser-v1", f"{WORDS}, {PHOTO}", 1.37e9),
    Known("ashawkey/mvdream-sd2.1-diffusers", WORDS, 1.29e9),
    Known("ashawkey/imagedream-ipmv-diffusers", PHOTO, 1.96e9),
    Known("sudo-ai/zero123plus-v1.2", PHOTO, 1.92e9),
)
