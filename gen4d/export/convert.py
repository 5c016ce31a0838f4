"""A GLB in other formats, each with what it can carry; what it cannot is said."""

from dataclasses import dataclass
from pathlib import Path

from gen4d.errors import ConfigError
from gen4d.export.config import ExportConfig
from gen4d.export.files import write_file
from gen4d.export.kept import kept_glb
from gen4d.export.parse import open_gltf
from gen4d.export.read import load_asset
from gen4d.export.to_fbx import fbx_files
from gen4d.export.to_gltf import separate_files
from gen4d.export.to_mesh_files import obj_files, ply_files, stl_files
from gen4d.export.to_usd import usdz_files
from gen4d.structures import Asset

FORMATS = (".gltf", ".glb", ".obj", ".ply", ".stl", ".usdz", ".fbx")


@dataclass(frozen=True)
class Converted:
    """Files by name, the main one first, and what was lost on the way."""

    files: dict[str, bytes]
    warnings: tuple[str, ...]


def convert_file(
    source: Path, output: Path, clip: str | None = None, cfg: ExportConfig | None = None
) -> tuple[list[Path], tuple[str, ...]]:
    """Read a GLB or glTF file and write it in the format that the output's ending names.

    Args:
        clip: the one a format with a single timeline (USDZ) gets; None is the first.
        cfg: how a .glb is written; what it leaves unset stays as it is in the source.

    Returns:
        paths: the files written, the main one first; the others lie beside it.
        warnings: what the format, or our reader, could not carry.

    Raises:
        ConfigError: no such format or clip.
        InputError: the source is missing, damaged, or shows no triangle.
        MissingDependency: the package for USD, or the program Blender for FBX, is not installed.
        OutputError: a file cannot be written.
    """
    kind = output.suffix.lower()
    if kind not in FORMATS:
        raise ConfigError(f"{output}: '{kind}' files cannot be written; allowed are {', '.join(FORMATS)}.")
    if kind == ".gltf":
        result = Converted(separate_files(open_gltf(source), output.stem), ())
    elif kind == ".glb":
        data, notes = kept_glb(source, cfg or ExportConfig())
        result = Converted({output.name: data}, notes)
    else:
        asset, notes = load_asset(source)
        result = _converted(asset, kind, output.stem, clip)
        result = Converted(result.files, (*notes, *result.warnings))
    paths = [output.with_name(name) for name in result.files]
    for path, data in reversed(list(zip(paths, result.files.values(), strict=True))):  # the main one last
        write_file(path, data)
    return paths, result.warnings


def _converted(asset: Asset, kind: str, stem: str, clip: str | None) -> Converted:
    names = [c.name for c in asset.clips]
    if clip is not None and clip not in names:
        raise ConfigError(f"--clip: there is no clip '{clip}'; there are {', '.join(names) or 'none'}.")
    match kind:
        case ".usdz":
            return Converted(*usdz_files(asset, stem, clip))
        case ".fbx":
            return Converted(*fbx_files(asset, stem))
        case ".obj":
            files, lost = obj_files(asset, stem)
        case ".ply":
            files, lost = ply_files(asset, stem)
        case _:
            files, lost = stl_files(asset, stem)
    if asset.skeleton is not None:
        lost = [*lost, f"{kind} carries no skeleton: {len(asset.skeleton)} bones and {len(names)} clips are left out"]
    return Converted(files, tuple(lost))
