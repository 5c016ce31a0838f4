"""Options of the prior and of sampling views from it."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class EmbeddedPrior(BaseModel):
    """The prior whose weights ship inside the package."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["embedded"] = "embedded"


class FolderPrior(BaseModel):
    """A prior of the same architecture in a folder of your own, such as `gen4d train` writes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["folder"] = "folder"
    path: Path = Field(description="folder with autoencoder.safetensors, uvit.safetensors and concepts.safetensors")


PriorConfig = Annotated[EmbeddedPrior | FolderPrior, Field(discriminator="kind")]


class ViewsConfig(BaseModel):
    """How the six views are drawn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: int = Field(default=12, ge=1, le=500, description="solver steps, one or two network calls each")
    guidance_scale: float = Field(default=2.0, ge=0.0, le=30.0, description="uncond + s (cond - uncond); 1 is off")
    solver: Literal["dpmpp_2m", "heun", "euler"] = Field(
        default="dpmpp_2m", description="second order; second order with two network calls a step; first order"
    )
    time_shift: float = Field(default=2.0, ge=0.1, le=10.0, description="above 1: more steps near the noise")
    guidance_from: float = Field(default=0.1, ge=0.0, le=1.0, description="guidance acts at times above this one")
    guidance_rescale: float = Field(
        default=0.0, ge=0.0, le=1.0, description="share of the guided estimate brought back to the spread without it"
    )
    min_similarity: float = Field(
        default=0.55, ge=-1.0, le=1.0, description="cosine below which a prompt is called far from what was learned"
    )
