"""Options of the prior and of sampling views from it."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

# Ways to need less memory for a public checkpoint. On a GPU alone: its parts wait in main memory and come one at a
# time; weights in eight bits. Anywhere: views go through the network one by one; large pictures are decoded in tiles.
LowMemory = Literal["offload", "int8", "slices", "tiles"]


class EmbeddedPrior(BaseModel):
    """The prior whose weights ship inside the package."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["embedded"] = "embedded"


class FolderPrior(BaseModel):
    """A prior of the same architecture in a folder of your own, such as `gen4d train` writes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["folder"] = "folder"
    path: Path = Field(description="folder with autoencoder.safetensors, uvit.safetensors and concepts.safetensors")


class CheckpointPrior(BaseModel):
    """A public checkpoint that draws pictures; the shipped prior makes geometry of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["checkpoint"] = "checkpoint"
    checkpoint: str = Field(description="hub:OWNER/NAME@REVISION, or dir:FOLDER with its files")
    allow_pickle: bool = Field(default=False, description="load weights that are pickles, which can run code")
    half: bool = Field(default=False, description="load it in half precision: half the memory")
    low_memory: tuple[LowMemory, ...] = Field(
        default=(),
        description="offload: parts wait in main memory; int8: weights in eight bits (both need a GPU); slices: views "
        "one by one; tiles: pictures decoded in parts",
    )
    drawing_steps: int = Field(default=30, ge=1, le=500, description="two calls of its network each")
    drawing_guidance: float | None = Field(
        default=None, ge=0.0, le=30.0, description="uncond + s (cond - uncond); unset: what it was published with"
    )

    @field_validator("checkpoint")
    @classmethod
    def _named(cls, checkpoint: str) -> str:
        if not re.fullmatch(r"hub:[^@\s]+(@\S+)?|dir:.+", checkpoint):
            raise ValueError(
                f"prior.checkpoint: got '{checkpoint}'; allowed are embedded, hub:OWNER/NAME@REVISION and dir:FOLDER."
            )
        return checkpoint


PriorConfig = Annotated[EmbeddedPrior | FolderPrior | CheckpointPrior, Field(discriminator="kind")]


class ViewsConfig(BaseModel):
    """How the six views are drawn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    candidates: int = Field(
        default=1, ge=1, le=64, description="sets of views drawn from words alone; the one that fits them best is kept"
    )
    steps: int = Field(default=8, ge=1, le=500, description="solver steps of a draw, one or two network calls each")
    guidance_scale: float = Field(default=2.0, ge=0.0, le=30.0, description="uncond + s (cond - uncond); 1 is off")
    solver: Literal["dpmpp_2m", "heun", "euler"] = Field(
        default="dpmpp_2m", description="second order; second order with two network calls a step; first order"
    )
    time_shift: float = Field(default=2.0, ge=0.1, le=10.0, description="above 1: more steps near the noise")
    guidance_from: float = Field(
        default=0.5, ge=0.0, le=1.0, description="guidance acts at times above this one; below, it changes little"
    )
    guidance_rescale: float = Field(
        default=0.0, ge=0.0, le=1.0, description="share of the guided estimate brought back to the spread without it"
    )
    min_similarity: float = Field(
        default=0.55, ge=-1.0, le=1.0, description="cosine below which a prompt is called far from what was learned"
    )
