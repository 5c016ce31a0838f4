"""Options of the motion stage."""

from pydantic import BaseModel, ConfigDict, Field


class MotionConfig(BaseModel):
    """Which clips a skeleton gets."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clips: tuple[str, ...] = Field(
        default=(), description="Names of the clips; empty means the body plan's usual ones."
    )
    fps: int = Field(default=30, ge=10, le=120, description="Keyframes a second.")
