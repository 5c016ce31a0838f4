"""A GLB written anew: how it was packed and its VRM block are kept unless something else is asked for.

What our form of a file cannot hold, such as another program's extensions, is said.
"""

from pathlib import Path

from gen4d.export.bones import VRM_EXTENSION, is_humanoid
from gen4d.export.config import Compression, ExportConfig
from gen4d.export.glb import MSFT_LOD, glb_bytes
from gen4d.export.gltf import JsonObject
from gen4d.export.metadata import XMP
from gen4d.export.parse import Document, GltfFile, open_gltf
from gen4d.export.profiles import EXTENSION_OF, PROFILES
from gen4d.export.read import load_asset
from gen4d.structures import Asset

VRM_KEPT = ("meta", "humanoid", "specVersion")
# Read into the asset's own values, so that nothing of them is lost when they are not written again.
READ_WHOLE = frozenset({"KHR_texture_transform", XMP, VRM_EXTENSION, MSFT_LOD, *EXTENSION_OF.values()})


def kept_glb(source: Path, cfg: ExportConfig) -> tuple[bytes, tuple[str, ...]]:
    """The bytes of a GLB with the same asset.

    Args:
        cfg: what it sets is done; compression and VRM that it does not set stay as they are in the source.

    Returns:
        data, and sentences about what is left out.

    Raises:
        ConfigError: the config contradicts itself, or asks for VRM of what is no humanoid.
        InputError: the source is missing, damaged, or shows no triangle.
        MissingDependency: the package for a compression is not installed.
    """
    file = open_gltf(source)
    asset, notes = load_asset(source)
    used = [str(name) for name in file.document.get("extensionsUsed", [])]
    lost = _lost_extensions(used)
    if "compress" not in cfg.model_fields_set:
        packed: list[Compression] = [kind for kind, extension in EXTENSION_OF.items() if extension in used]
        kept = tuple(kind for kind in packed if kind in PROFILES[cfg.target].compression)
        lost += [f"{cfg.target} cannot read {EXTENSION_OF[kind]}: it is undone" for kind in packed if kind not in kept]
        cfg = cfg.model_copy(update={"compress": kept})
    vrm = None
    if VRM_EXTENSION in used and "vrm" not in cfg.model_fields_set:
        vrm = _vrm_meta(file, asset, lost)
        cfg = cfg.model_copy(update={"vrm": vrm is not None})
    return glb_bytes(asset, cfg, vrm=vrm), (*notes, *lost)


def _lost_extensions(used: list[str]) -> list[str]:
    foreign = sorted(name for name in set(used) - READ_WHOLE)
    lost = [f"these extensions are left out: {', '.join(foreign)}"] if foreign else []
    if MSFT_LOD in used:
        lost.append("the coarser copies inside the file (MSFT_lod) are left out")
    return lost


def _vrm_meta(file: GltfFile, asset: Asset, lost: list[str]) -> JsonObject | None:
    """The meta object of the source's VRM block, without what refers to its images; None where it cannot be kept."""
    if asset.skeleton is None or not is_humanoid(asset.skeleton):
        lost.append("the VRM block is left out: its bones have names that gen4d does not know")
        return None
    extensions = file.document.get("extensions")
    block: Document = extensions.get(VRM_EXTENSION, {}) if isinstance(extensions, dict) else {}
    block = block if isinstance(block, dict) else {}
    if others := sorted(str(key) for key in block if key not in VRM_KEPT):
        lost.append(f"of the VRM block these are left out: {', '.join(others)}")
    meta = block.get("meta")
    return {key: value for key, value in meta.items() if key != "thumbnailImage"} if isinstance(meta, dict) else {}
