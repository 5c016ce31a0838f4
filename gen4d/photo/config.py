"""Options of the photo room."""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

MatteMethod = Literal["alpha", "mask", "plain", "grabcut", "net", "person", "picture"]


class PhotoConfig(BaseModel):
    """How a photo becomes a framed subject."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    matte: Literal["auto", "alpha", "mask", "plain", "grabcut", "net"] = Field(
        default="auto",
        description="how the subject is cut out; auto: mask, alpha channel, plain background, the surest cut",
    )
    subject_size: int = Field(default=1024, ge=64, le=2048, description="side of the square subject picture in pixels")
    working_size: int = Field(
        default=512, ge=128, le=1024, description="longest side in pixels at which the matte is found"
    )
    photo_size: int = Field(
        default=1536, ge=256, le=4096, description="longest side in pixels to which a photo is reduced"
    )
    min_confidence: float = Field(
        default=0.55, ge=0, le=1, description="a matte less certain than this is warned about"
    )
    subject: str = Field(
        default="auto",
        description="which subject, where there are several: left, right, largest, or a pixel of it as x,y",
    )
    azimuth_deg: float | None = Field(
        default=None,
        ge=-180,
        le=180,
        description="side the photo shows: 0 the front, 90 the subject's left (+X), -90 its right; unset: guessed",
    )
    elevation_deg: float | None = Field(
        default=None, ge=-80, le=80, description="degrees the camera looks down; unset: guessed"
    )
    way: Literal["auto", "views", "puppet"] = Field(
        default="auto",
        description="views: what the prior imagines; puppet: the photo's outline inflated; auto: the better likeness",
    )

    light: Literal["keep", "remove"] = Field(
        default="keep",
        description="of the photo in its colours; remove: what the shape explains, for engines that light it once more",
    )

    @field_validator("subject", mode="before")
    @classmethod
    def _known_subject(cls, subject: object) -> str:
        if isinstance(subject, list | tuple):  # `--set photo.subject=[120,80]`
            subject = ",".join(str(part) for part in subject)
        if not isinstance(subject, str) or not re.fullmatch(r"auto|left|right|largest|\d+,\d+", subject):
            raise ValueError(
                f"photo.subject: got {subject!r}, allowed are auto, left, right, largest, or a pixel such as 120,80."
            )
        return subject
