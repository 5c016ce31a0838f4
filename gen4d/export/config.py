"""Options of the files that are written."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Target = Literal["generic", "unity", "unreal", "godot", "web", "blender"]
Naming = Literal["auto", "vrm", "mixamo", "unreal", "godot"]
Compression = Literal["quantize", "meshopt", "webp"]


class ExportConfig(BaseModel):
    """For which program a GLB is meant, and how small it is made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: Target = Field(default="generic", description="Program the file is for; generic suits all of them.")
    naming: Naming = Field(default="auto", description="Bone names of humanoids; auto is what the program knows.")
    compress: tuple[Compression, ...] = Field(
        default=(), description="quantize, meshopt, webp: smaller files that fewer programs read."
    )
    lods: int = Field(default=0, ge=0, le=4, description="Coarser copies, each with a third of the triangles.")
    lod_style: Literal["files", "msft"] = Field(
        default="files", description="files: NAME_lod1.glb and so on; msft: inside the one file, as MSFT_lod."
    )
    vrm: bool = Field(default=False, description="Add the VRM 1.0 block, for humanoids.")
