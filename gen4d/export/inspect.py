"""What is in a GLB file, in numbers."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from gen4d.errors import InputError
from gen4d.export.findings import Finding
from gen4d.export.gltf_parts import gltf_parts
from gen4d.export.parse import MALFORMED, Document, GltfFile, JsonScalar, open_gltf
from gen4d.export.validate import check_file


@dataclass(frozen=True)
class TextureInfo:
    """One image: pixels and encoded bytes."""

    name: str
    width: int
    height: int
    bytes: int


@dataclass(frozen=True)
class JointInfo:
    """One joint of the first skin; the root has depth 0."""

    name: str
    depth: int


@dataclass(frozen=True)
class ClipInfo:
    """One animation; `keys` counts those of its longest channel."""

    name: str
    seconds: float
    keys: int
    channels: int
    loop: bool


@dataclass(frozen=True)
class Inspection:
    """Counts and sizes of one file.

    Fields:
        vertices, triangles: as stored and shown, once for each node that shows them.
        low, high: corners of the bounding box at rest, metres; None for a file without triangles.
        extras: the file's own facts about itself.
        findings: of our own checks.
    """

    path: str
    bytes: int
    generator: str
    meshes: int
    vertices: int
    triangles: int
    materials: int
    textures: tuple[TextureInfo, ...]
    joints: tuple[JointInfo, ...]
    clips: tuple[ClipInfo, ...]
    low: tuple[float, float, float] | None
    high: tuple[float, float, float] | None
    extras: dict[str, JsonScalar]
    findings: tuple[Finding, ...]

    def as_dict(self) -> dict[str, object]:
        """The same as plain dicts, lists and scalars, for JSON."""
        return asdict(self)


@np.errstate(all="ignore")  # the checks tell of bad numbers, in a sentence
def inspect_glb(path: Path) -> Inspection:
    """Read a GLB or glTF file and count what it holds.

    Raises:
        InputError: the file is missing, or so damaged that nothing can be counted.
        MissingDependency: it is compressed with Draco and DracoPy is not installed.
    """
    file = open_gltf(path)
    try:
        return _inspection(file)
    except MALFORMED as error:
        raise InputError(f"{path}: it cannot be understood; the file is damaged.") from error


def _inspection(file: GltfFile) -> Inspection:
    parts = gltf_parts(file)
    used = [part.vertices for part in parts if len(part.faces)]
    asset = file.document["asset"]
    extras = asset.get("extras")
    return Inspection(
        path=str(file.path),
        bytes=file.path.stat().st_size,
        generator=str(asset.get("generator", "")),
        meshes=len(file.items("meshes")),
        vertices=sum(len(part.vertices) for part in parts),
        triangles=sum(len(part.faces) for part in parts),
        materials=len(file.items("materials")),
        textures=tuple(_texture(file, index) for index in range(len(file.items("images")))),
        joints=_joints(file, file.items("skins")[0]) if file.items("skins") else (),
        clips=tuple(_clip(file, animation) for animation in file.items("animations")),
        low=_corner(np.min([vertices.min(0) for vertices in used], axis=0)) if used else None,
        high=_corner(np.max([vertices.max(0) for vertices in used], axis=0)) if used else None,
        extras=extras if isinstance(extras, dict) else {},
        findings=tuple(check_file(file)),
    )


def _corner(point: np.ndarray) -> tuple[float, float, float]:
    x, y, z = (round(float(value), 6) for value in point)
    return x, y, z


def _texture(file: GltfFile, index: int) -> TextureInfo:
    width, height = file.image_size(index)
    name = str(file.items("images")[index].get("name", f"image {index}"))
    return TextureInfo(name, width, height, len(file.image_bytes(index)))


def _joints(file: GltfFile, skin: Document) -> tuple[JointInfo, ...]:
    """The joints as a tree is read: each before its children, and these before its siblings."""
    nodes, joints = file.items("nodes"), skin["joints"]
    parent = {child: joint for joint in joints for child in nodes[joint].get("children", [])}
    result = []
    waiting = [(joint, 0) for joint in reversed(joints) if joint not in parent]
    while waiting:
        joint, depth = waiting.pop()
        result.append(JointInfo(str(nodes[joint].get("name", f"node {joint}")), depth))
        children = nodes[joint].get("children", [])
        waiting += [(child, depth + 1) for child in reversed(children) if parent.get(child) == joint]
    return tuple(result)


def _clip(file: GltfFile, animation: Document) -> ClipInfo:
    times = [file.accessor(sampler["input"]) for sampler in animation["samplers"]]
    return ClipInfo(
        name=str(animation.get("name", "")),
        seconds=round(max((float(keys[-1]) for keys in times if len(keys)), default=0.0), 6),
        keys=max((len(keys) for keys in times), default=0),
        channels=len(animation["channels"]),
        loop=animation.get("extras", {}).get("loop") is True,
    )
