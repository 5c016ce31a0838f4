"""Public checkpoints that an adapter knows, for people who ask what this machine could run."""

from typing import NamedTuple

from gen4d.prior.hub.checkpoint import FLOAT_BYTES, WORKING_SHARE


class Known(NamedTuple):
    """A checkpoint of the hub; its parameters are rounded, of all components that are loaded."""

    id: str
    parameters: float

    @property
    def memory(self) -> float:
        """Bytes that a step in float32 will take, about."""
        return self.parameters * FLOAT_BYTES * WORKING_SHARE


KNOWN = (
    Known("stable-diffusion-v1-5/stable-diffusion-v1-5", 1.07e9),
    Known("stabilityai/stable-diffusion-2-1", 1.29e9),
    Known("stabilityai/stable-diffusion-3-medium-diffusers", 7.7e9),
)
