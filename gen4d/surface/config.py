"""Options of the finish."""

from pydantic import BaseModel, ConfigDict, Field, field_validator


class SurfaceConfig(BaseModel):
    """How a raw surface becomes a clean, textured mesh."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    faces: int = Field(default=20_000, ge=100, le=2_000_000, description="Triangles of the finished mesh, at most.")
    texture_size: int = Field(default=1024, ge=64, le=4096, description="Texels a side, a power of two.")
    smoothing: int = Field(default=8, ge=0, le=100, description="Rounds of fitting and smoothing; creases stay.")
    floater_share: float = Field(
        default=0.003, ge=0.0, le=1.0, description="Loose pieces below this share of the largest one's volume go."
    )
    normal_map: bool = Field(default=False, description="Bake what simplification took into a normal map.")

    roughness: float | None = Field(
        default=None, ge=0.0, le=1.0, description="Of the whole surface; unset: guessed from words and colours."
    )
    metallic: float | None = Field(default=None, ge=0.0, le=1.0, description="The same: 0 no metal, 1 bare metal.")

    @field_validator("texture_size")
    @classmethod
    def _power_of_two(cls, size: int) -> int:
        if size & (size - 1):
            raise ValueError(f"surface.texture_size: got {size}, allowed are powers of two from 64 to 4096.")
        return size
