"""Options of the rig stage."""

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

PlanName = Literal[
    "auto", "biped", "quadruped", "bird", "fish", "snake", "insect", "spider", "vehicle", "plant", "prop"
]
PLANS: tuple[str, ...] = get_args(PlanName)
AxisName = Literal["auto", "x", "y", "z", "-x", "-y", "-z"]


class RigConfig(BaseModel):
    """How a mesh gets its skeleton and weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan: PlanName = Field(
        default="auto", description="Body plan; 'auto' guesses it from the shape and the words of the prompt."
    )
    up: AxisName = Field(default="auto", description="Axis of a mesh file that points up; 'auto' looks at the shape.")
    front: AxisName = Field(
        default="auto", description="Axis of a mesh file the subject faces; 'auto' looks at the shape."
    )
    keep_skin: bool = Field(
        default=False, description="Keep the skeleton and weights a mesh file has, instead of replacing them."
    )
    learned: bool = Field(
        default=True, description="Place joints and weights with the networks that ship; without, by rules alone."
    )
    twist: bool = Field(
        default=True, description="Twist joints in the arms of bipeds, against wrung forearms and shoulders."
    )
    fingers: bool = Field(default=True, description="Three joints a finger on hands of bipeds whose fingers are apart.")
    extras: bool = Field(default=True, description="Chains for ears, horns, wings and tails the body plan lacks.")
    resolution: int = Field(
        default=96,
        ge=32,
        le=192,
        description="Voxels along the longest side of the solid that joints and weights are computed in. "
        "96 keeps the forearm of a T-posed adult three voxels thick.",
    )
