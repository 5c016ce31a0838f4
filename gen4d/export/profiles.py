"""What programs want of a GLB, as a table: differences from the generic file, each with where it is written.

Every file keeps the common contract whatever its profile: metres, +Y up, facing +Z, one root joint, the mesh node
beside the armature node, rotations and one travelling joint in clips, PNG textures, no required extension unless asked
for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gen4d.errors import ConfigError
from gen4d.export.config import Compression, ExportConfig, Naming, Target

EXTENSION_OF: Mapping[Compression, str] = MappingProxyType(
    {"quantize": "KHR_mesh_quantization", "meshopt": "EXT_meshopt_compression", "webp": "EXT_texture_webp"}
)


@dataclass(frozen=True)
class Profile:
    """One row of the table.

    Fields:
        naming: bone names of humanoids; auto keeps what they have, and ours are VRM's.
        loop_suffix: what the name of a looping clip ends in.
        compression: what the program can unpack.
        largest_texture: pixels a side; larger ones are halved until they fit.
        sources: where each of these is documented.
    """

    naming: Naming
    loop_suffix: str
    compression: tuple[Compression, ...]
    largest_texture: int
    sources: tuple[str, ...]


PROFILES: Mapping[Target, Profile] = MappingProxyType(
    {
        "generic": Profile(
            naming="auto",
            loop_suffix="",
            compression=("quantize", "meshopt", "webp"),
            largest_texture=4096,
            sources=("glTF 2.0 specification", "VRM 1.0 humanoid: names of bones"),
        ),
        "unity": Profile(
            naming="godot",  # the same words as Unity's HumanBodyBones
            loop_suffix="",
            compression=("quantize", "meshopt", "webp"),
            largest_texture=4096,
            sources=(
                "UnityGLTF pull request 758: bones already named as HumanBodyBones are taken as they are",
                "Unity glTFast 7.0, enum Extension: KHR_mesh_quantization, EXT_meshopt_compression, EXT_texture_webp",
                "Unity glTFast 5.0 manual, Features: meshopt needs an additional package",
            ),
        ),
        "unreal": Profile(
            naming="unreal",
            loop_suffix="",
            compression=(),
            largest_texture=4096,
            sources=(
                "Unreal Engine 5.4, glTF support: its list of extensions has no compression",
                "Unreal Engine: 'We only support single root bone' (Expy-Kit issue 13)",
                "Unreal Engine mannequin skeleton: names of bones",
            ),
        ),
        "godot": Profile(
            naming="godot",
            loop_suffix="-loop",
            compression=("quantize", "webp"),
            largest_texture=4096,
            sources=(
                "Godot docs, Node type customization: the glTF importer checks for the -loop suffix",
                "Godot class SkeletonProfileHumanoid: names of bones",
                "Godot source, gltf_document_extension_texture_webp.cpp: EXT_texture_webp",
            ),
        ),
        "web": Profile(
            naming="auto",
            loop_suffix="",
            compression=("quantize", "meshopt", "webp"),
            largest_texture=2048,
            sources=(
                "three.js docs, GLTFLoader: KHR_mesh_quantization, EXT_meshopt_compression, EXT_texture_webp",
                "Babylon.js docs, loaders GLTF2: the same three",
                "model-viewer and shop guidelines: textures of at most 2048 pixels",
            ),
        ),
        "blender": Profile(
            naming="auto",
            loop_suffix="",
            compression=("quantize", "webp"),
            largest_texture=4096,
            sources=(
                "Blender 4.5: opens KHR_mesh_quantization and EXT_texture_webp, not EXT_meshopt_compression (tried)",
                "Blender 3.4 and 4.5: names are cut at 63 bytes (tried)",
            ),
        ),
    }
)


def profile_of(cfg: ExportConfig) -> Profile:
    """The profile a config asks for.

    Raises:
        ConfigError: it asks for a compression that the program cannot unpack, or for MSFT_lod where nothing reads it.
    """
    profile = PROFILES[cfg.target]
    for kind in cfg.compress:
        if kind not in profile.compression:
            allowed = f"allowed are {', '.join(profile.compression)}" if profile.compression else "leave it out"
            raise ConfigError(f"export.compress: {cfg.target} cannot read {EXTENSION_OF[kind]} ({kind}); {allowed}.")
    if cfg.lods and cfg.lod_style == "msft" and cfg.target not in ("generic", "web"):
        raise ConfigError(f"export.lod_style: {cfg.target} does not read MSFT_lod; files is allowed.")
    return profile
