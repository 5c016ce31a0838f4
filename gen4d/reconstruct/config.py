"""Options of the reconstruction."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ReconstructConfig(BaseModel):
    """How six views become a surface."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    resolution: int = Field(
        default=128,
        ge=32,
        le=384,
        description="Grid nodes a side; 128 is one node a pixel of the embedded prior's views.",
    )
    min_thickness: float = Field(
        default=1.3, ge=0.0, le=8.0, description="Grid cells that a part seen from both sides keeps at least."
    )
    depth_tolerance: float = Field(
        default=0.025,
        ge=0.002,
        le=0.2,
        description="Metres by which two views may differ before one overrules the other.",
    )
    silhouette_tolerance: float = Field(
        default=1.5,
        ge=0.5,
        le=8.0,
        description="Pixels by which silhouettes may differ before one overrules the other.",
    )
    symmetry: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Whether left and right are made alike: where the views nearly say so, always, never.",
    )
