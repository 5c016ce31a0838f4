"""The finished thing: a mesh, its looks, and perhaps a rig with clips."""

from dataclasses import dataclass, field

from gen4d.errors import ShapeError
from gen4d.structures.clip import Clip
from gen4d.structures.material import Material
from gen4d.structures.mesh import Mesh
from gen4d.structures.skeleton import Skeleton, Skin


@dataclass(frozen=True)
class Asset:
    """Everything one GLB holds.

    Fields:
        name: becomes the node's and the file's name.
        mesh, material: the surface; with uv where the material has textures.
        skeleton, skin: both or neither.
        clips: need a skeleton.
        provenance: flat facts for the file's extras: generator, prompt or photo hash, seed, prior, licence.
    """

    name: str
    mesh: Mesh
    material: Material
    skeleton: Skeleton | None = None
    skin: Skin | None = None
    clips: tuple[Clip, ...] = ()
    provenance: dict[str, str | int | float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.skeleton is None) != (self.skin is None):
            raise ShapeError("Asset: skeleton and skin come together or not at all.")
        if self.clips and self.skeleton is None:
            raise ShapeError("Asset: clips need a skeleton.")
        if self.skeleton is not None and self.skin is not None:
            if len(self.skin.joints) != len(self.mesh.vertices):
                raise ShapeError(f"Asset.skin: {len(self.skin.joints)} rows for {len(self.mesh.vertices)} vertices.")
            if int(self.skin.joints.max()) >= len(self.skeleton):
                raise ShapeError(f"Asset.skin: joint {int(self.skin.joints.max())} of {len(self.skeleton)}.")
        for clip in self.clips:
            if self.skeleton is not None and clip.rotation.shape[1] != len(self.skeleton):
                raise ShapeError(
                    f"Asset: clip '{clip.name}' moves {clip.rotation.shape[1]} joints, "
                    f"the skeleton has {len(self.skeleton)}."
                )
        if len({clip.name for clip in self.clips}) != len(self.clips):
            raise ShapeError("Asset.clips: every clip needs a name of its own.")
