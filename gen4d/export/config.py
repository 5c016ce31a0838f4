"""Options of the files that are written."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Target = Literal["generic", "unity", "unreal", "godot", "web", "blender"]
Naming = Literal["auto", "vrm", "mixamo", "unreal", "godot"]
Compression = Literal["quantize", "meshopt", "webp"]
Share = Annotated[float, Field(gt=0, lt=1)]
USUAL_SHARE = 1 / 3  # of the triangles of the level before, where only the number of levels is told
MAX_LODS = 4


class ExportConfig(BaseModel):
    """For which program a GLB is meant, and how small it is made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: Target = Field(default="generic", description="Program the file is for; generic suits all of them.")
    naming: Naming = Field(default="auto", description="Bone names of humanoids; auto is what the program knows.")
    compress: tuple[Compression, ...] = Field(
        default=(), description="quantize, meshopt, webp: smaller files that fewer programs read."
    )
    lods: tuple[Share, ...] = Field(
        default=(),
        max_length=MAX_LODS,
        description="Coarser copies: the share of the triangles each keeps, falling. A whole number N: N copies, each "
        "with a third of the triangles of the one before.",
    )
    lod_style: Literal["files", "msft"] = Field(
        default="files", description="files: NAME_lod1.glb and so on; msft: inside the one file, as MSFT_lod."
    )
    vrm: bool = Field(default=False, description="Add the VRM 1.0 block, for humanoids.")

    @field_validator("lods", mode="before")
    @classmethod
    def _levels_from_number(cls, value: object) -> object:
        if isinstance(value, int) and not isinstance(value, bool):
            if not 0 <= value <= MAX_LODS:
                raise ValueError(f"export.lods: got {value}, allowed are up to {MAX_LODS} shares, such as 0.5,0.25.")
            return tuple(USUAL_SHARE**level for level in range(1, value + 1))
        return (value,) if isinstance(value, float) else value

    @field_validator("lods")
    @classmethod
    def _falling(cls, shares: tuple[float, ...]) -> tuple[float, ...]:
        if any(later >= earlier for earlier, later in pairwise(shares)):
            raise ValueError("export.lods: each share must be smaller than the one before, as in 0.5,0.25.")
        return shares
