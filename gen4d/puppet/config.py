"""Options of the puppet."""

from pydantic import BaseModel, ConfigDict, Field


class PuppetConfig(BaseModel):
    """How a matte becomes a solid."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    resolution: int = Field(default=256, ge=64, le=512, description="Grid nodes across the framed photo.")
    roundness: float = Field(
        default=1.0, ge=0.1, le=2.0, description="Depth of a limb over its width in the photo; 1 is a round one."
    )
    max_half_depth: float = Field(
        default=0.24,
        ge=0.02,
        le=0.5,
        description="Half the depth no creature's body exceeds, over the subject's longest side.",
    )
    max_half_depth_things: float = Field(
        default=0.35, ge=0.02, le=0.5, description="The same for things, whose parts are as deep as they are wide."
    )
    flat_half_depth: float = Field(
        default=0.02, ge=0.005, le=0.2, description="The same for what is flat: signs, cards, leaves, swords."
    )
