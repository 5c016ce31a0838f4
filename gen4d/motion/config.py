"""Options of the motion stage."""

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

StyleName = Literal["neutral", "happy", "sad", "tired", "proud", "sneaky", "angry", "nervous", "heavy", "drunk"]
STYLES: tuple[str, ...] = get_args(StyleName)


class MotionConfig(BaseModel):
    """Which clips a skeleton gets, and how they feel."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clips: tuple[str, ...] = Field(
        default=(), description="Names of the clips; empty means the body plan's usual ones, 'all' every one it has."
    )
    words: str = Field(
        default="",
        max_length=1000,
        description="Motion in words, such as 'trots, looks left, then sits'; it becomes a clip of its own, 'motion'.",
    )
    fps: int = Field(default=30, ge=10, le=120, description="Keyframes a second.")
    speed: float = Field(
        default=1.0,
        ge=0.2,
        le=4.0,
        description="How fast everything goes; a gait takes longer and quicker strides, anything else plays quicker.",
    )
    style: StyleName = Field(default="neutral", description="The mood that posture and swing of the limbs show.")
    root_motion: bool = Field(
        default=False, description="Gaits travel over the ground on the root joint instead of walking in place."
    )
    springs: bool = Field(
        default=True, description="Tails, ears, hair and hanging chains of creatures swing after the body."
    )
    video_azimuth_deg: float | None = Field(
        default=None,
        ge=-180,
        le=180,
        description="Side that a film shows: 0 the front, 90 the subject's left (+X), -90 its right; unset: found out.",
    )
