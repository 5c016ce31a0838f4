"""Options of refining an asset by score distillation."""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator


class RefineConfig(BaseModel):
    """How an asset's looks are pulled towards what a prior expects."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prior: str = Field(
        default="embedded",
        description="embedded, hub:OWNER/NAME@REVISION, or dir:FOLDER with one of ours or a diffusers pipeline",
    )
    allow_pickle: bool = Field(default=False, description="load weights that are pickles, which can run code")
    half: bool = Field(default=False, description="load a public checkpoint in half precision: half the memory")
    low_memory: tuple[Literal["offload", "int8", "slices", "tiles"], ...] = Field(
        default=(),
        description="for a public checkpoint: parts wait in main memory; weights in eight bits (both need a GPU); "
        "views one by one; pictures decoded in parts",
    )
    guidance: Literal["redraw", "sds", "recon", "vsd", "ism", "csd"] | None = Field(
        default=None,
        description="drawing again; score distillation; as reconstruction; variational; interval; over posed frames "
        "too; unset: redraw with a prior that can draw views, else recon",
    )
    steps: int | None = Field(
        default=None, ge=1, le=100_000, description="unset: 6 a round of redraw, 100 of an optimisation"
    )
    starts: tuple[float, ...] = Field(
        default=(0.7,), min_length=1, max_length=8, description="noise that each round of redraw starts from"
    )
    shape: Literal["auto", "keep", "remake"] = Field(
        default="auto",
        description="whether redraw makes the mesh anew: where words alone made it and it has no skeleton; never; "
        "always",
    )
    guidance_scale: float = Field(default=2.0, ge=0.0, le=200.0, description="uncond + s (cond - uncond); 1 is off")
    guidance_rescale: float = Field(
        default=0.5, ge=0.0, le=1.0, description="share of the guided estimate brought back to the spread without it"
    )
    learning_rate: float = Field(
        default=0.01, gt=0.0, le=1.0, description="sRGB a step of Adam at the start; falls to 0"
    )
    updates: int = Field(
        default=3, ge=1, le=100, description="steps of an optimisation that follow one answer of the prior"
    )
    time_low: float = Field(default=0.1, ge=0.02, le=0.97, description="least noise a step looks through")
    time_high: float = Field(default=0.7, ge=0.03, le=0.98, description="most noise at the start")
    time_high_end: float = Field(default=0.4, ge=0.03, le=0.98, description="most noise at the end")
    gradient_limit: float = Field(
        default=2.0, gt=0.0, le=1000.0, description="root mean square of a view set's gradient"
    )
    cells: int = Field(default=40, ge=4, le=128, description="cells along the cube of the field of corrections")
    smoothness: float = Field(
        default=1.0, ge=0.0, le=1000.0, description="weight of a squared step between two cells, beside a pixel's error"
    )
    anchor: float = Field(
        default=4.0,
        ge=0.0,
        le=1000.0,
        description="weight of a cell's square: how much the asset's own looks count as true",
    )
    lora_rank: int = Field(default=4, ge=1, le=128, description="of the adapters that learn the made views' score")
    lora_rate: float = Field(default=1e-3, gt=0.0, le=1.0, description="learning rate of the adapters")
    save_every: int = Field(
        default=10,
        ge=1,
        le=100_000,
        description="answers of the prior between two saved states and previews; 1 for redraw, whatever stands here",
    )

    @field_validator("prior")
    @classmethod
    def _named(cls, prior: str) -> str:
        if not re.fullmatch(r"embedded|hub:[^@\s]+(@\S+)?|dir:.+", prior):
            raise ValueError(
                f"refine.prior: got '{prior}'; allowed are embedded, hub:OWNER/NAME@REVISION and dir:FOLDER."
            )
        return prior

    @field_validator("starts")
    @classmethod
    def _inside(cls, starts: tuple[float, ...]) -> tuple[float, ...]:
        if not all(0.02 <= start <= 0.98 for start in starts):
            raise ValueError(f"refine.starts: got {list(starts)}, allowed are times from 0.02 to 0.98.")
        return starts
