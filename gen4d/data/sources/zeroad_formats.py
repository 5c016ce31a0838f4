"""The binary meshes (PMD) and animations (PSA) and the skeleton files of 0 A.D., read into right-handed numpy arrays.

The files are left-handed with +Y up; here z is negated, which leaves +Y up and units facing +Z. Their triangles run
clockwise seen from outside, so that mirroring alone makes them counter-clockwise and closed volumes positive.
Bone states are in object space at rest and in every frame, so a bone moves its vertices by `frame @ inverse(rest)`.

Source: the file layouts are documented in 0 A.D.'s `source/collada/PMDConvert.cpp` and `PSAConvert.cpp`.
"""

import struct
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np

from gen4d.errors import InputError

NO_BONE = 255
STATE_FLOATS = 7  # translation, rotation xyzw
MIRROR_STATE = np.array([1, 1, -1, -1, -1, 1, 1], np.float64)  # z -> -z of a translation and of a quaternion
PMD_VERSION, PSA_VERSION = 4, 1


@dataclass(frozen=True)
class PropPoint:
    """Where another mesh is attached.

    Fields:
        bone: index of the bone that carries it, or `NO_BONE` for the object itself.
        matrix: (4, 4) float64, prop to bone (or to object).
    """

    name: str
    bone: int
    matrix: np.ndarray


@dataclass(frozen=True)
class PmdMesh:
    """One mesh.

    Fields:
        vertices: (V, 3) float64; +Y up, right-handed.
        uv: (V, 2) float32, origin top-left.
        bones: (V, 4) int64, `NO_BONE` in an unused slot; weights: (V, 4) float64, rows sum to 1, or to 0 without bones.
        faces: (F, 3) int64, counter-clockwise from outside.
        rest: (B, 4, 4) float64, bone to object in the bind pose.
        prop_points: in the order of the file; of two with one name the first counts.
    """

    vertices: np.ndarray
    uv: np.ndarray
    bones: np.ndarray
    weights: np.ndarray
    faces: np.ndarray
    rest: np.ndarray
    prop_points: tuple[PropPoint, ...]

    def prop_point(self, name: str) -> PropPoint | None:
        """The first attachment point of a name."""
        return next((point for point in self.prop_points if point.name == name), None)


@dataclass(frozen=True)
class PsaClip:
    """One animation.

    Fields:
        frame_seconds: time between two frames.
        frames: (T, B, 4, 4) float64, bone to object.
    """

    frame_seconds: float
    frames: np.ndarray


@dataclass(frozen=True)
class BoneTree:
    """Names and parents of the bones of a skeleton; the position in the file is the bone's number in meshes and clips.

    Fields:
        parents: -1 for a root; there may be several.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]


def parse_pmd(data: bytes) -> PmdMesh:
    """Read a mesh.

    Raises:
        InputError: another format or version, or a file that is cut off.
    """
    reader = _Reader(data, b"PSMD", PMD_VERSION)
    vertex_count, uv_sets = reader.integers(2)
    influences = [("bones", "u1", 4), ("weights", "<f4", 4)]
    influences = [("bones", "u1", 4), ("weights", "<f4", 4)]
    record = np.dtype([("xyz", "<f4", 3), ("normal", "<f4", 3), ("uv", "<f4", (uv_sets, 2)), *influences])
    vertices = reader.array(record, vertex_count)
    faces = reader.array(np.dtype("<u2"), 3 * reader.integers(1)[0]).reshape(-1, 3).astype(np.int64)
    if faces.size and faces.max() >= vertex_count:
        raise InputError(f"PMD: a face names vertex {faces.max()} of {vertex_count}.")
    rest = _matrices(reader.array(np.dtype("<f4"), STATE_FLOATS * reader.integers(1)[0]).reshape(-1, STATE_FLOATS))
    points = []
    for _ in range(reader.integers(1)[0]):
        name = bytes(reader.array(np.dtype("u1"), reader.integers(1)[0])).decode("utf-8", "replace")
        state = reader.array(np.dtype("<f4"), STATE_FLOATS)
        points.append(PropPoint(name, int(reader.array(np.dtype("u1"), 1)[0]), _matrices(state)))
    uv = vertices["uv"][:, 0] if uv_sets else np.zeros((vertex_count, 2), np.float32)
    return PmdMesh(
        vertices=vertices["xyz"] * np.array([1.0, 1.0, -1.0]),
        uv=np.nan_to_num(np.stack([uv[:, 0], 1 - uv[:, 1]], 1)).astype(np.float32),
        bones=vertices["bones"].astype(np.int64),
        weights=vertices["weights"].astype(np.float64),
        faces=faces,
        rest=rest,
        prop_points=tuple(points),
    )


def parse_psa(data: bytes) -> PsaClip:
    """Read an animation.

    Raises:
        InputError: another format or version, no frame, or a file that is cut off.
    """
    reader = _Reader(data, b"PSSA", PSA_VERSION)
    reader.array(np.dtype("u1"), reader.integers(1)[0])  # a name nobody sets
    milliseconds = float(reader.array(np.dtype("<f4"), 1)[0])
    bones, frames = reader.integers(2)
    if not frames:
        raise InputError("PSA: it holds no frame.")
    states = reader.array(np.dtype("<f4"), bones * frames * STATE_FLOATS).reshape(frames, bones, STATE_FLOATS)
    return PsaClip(milliseconds / 1000, _matrices(states))


def parse_skeletons(data: bytes) -> tuple[BoneTree, ...]:
    """The standard skeletons of a skeleton file; bones are numbered in document order.

    Raises:
        InputError: it is not XML.
    """
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        raise InputError(f"skeleton file: {error}.") from error
    trees = []
    for skeleton in root.iter("standard_skeleton"):
        names: list[str] = []
        parents: list[int] = []
        stack = [(child, -1) for child in reversed(skeleton.findall("bone"))]
        while stack:
            bone, parent = stack.pop()
            stack += [(child, len(names)) for child in reversed(bone.findall("bone"))]
            names.append(bone.get("name", f"bone_{len(names)}"))
            parents.append(parent)
        trees.append(BoneTree(tuple(names), tuple(parents)))
    return tuple(trees)


def skin_vertices(mesh: PmdMesh, frame: np.ndarray) -> np.ndarray:
    """Vertices (V, 3) of a mesh whose bones stand as in `frame` (B, 4, 4); what no bone holds stays where it is."""
    moved = np.concatenate([frame @ np.linalg.inv(mesh.rest), np.eye(4)[None]])  # (B + 1, 4, 4)
    index = np.where(mesh.bones < len(mesh.rest), mesh.bones, len(mesh.rest))
    weights = mesh.weights + np.array([1.0, 0, 0, 0]) * (mesh.weights.sum(1, keepdims=True) == 0)
    points = np.concatenate([mesh.vertices, np.ones((len(mesh.vertices), 1))], 1)
    return np.einsum("vk,vkij,vj->vi", weights, moved[index], points)[:, :3]


def _matrices(states: np.ndarray) -> np.ndarray:
    """Left-handed bone states (..., 7) -> right-handed rigid matrices (..., 4, 4)."""
    mirrored = states.astype(np.float64) * MIRROR_STATE
    x, y, z, w = np.moveaxis(mirrored[..., 3:] / np.linalg.norm(mirrored[..., 3:], axis=-1, keepdims=True), -1, 0)
    matrices = np.zeros((*states.shape[:-1], 4, 4))
    matrices[..., :3, 0] = np.stack([1 - 2 * (y * y + z * z), 2 * (x * y + z * w), 2 * (x * z - y * w)], -1)
    matrices[..., :3, 1] = np.stack([2 * (x * y - z * w), 1 - 2 * (x * x + z * z), 2 * (y * z + x * w)], -1)
    matrices[..., :3, 2] = np.stack([2 * (x * z + y * w), 2 * (y * z - x * w), 1 - 2 * (x * x + y * y)], -1)
    matrices[..., :3, 3] = mirrored[..., :3]
    matrices[..., 3, 3] = 1
    return matrices


class _Reader:
    """A cursor over little-endian bytes that refuses to run past their end."""

    def __init__(self, data: bytes, magic: bytes, version: int) -> None:
        self.data, self.kind, self.position = data, magic.decode(), 12
        if len(data) < self.position or data[:4] != magic:
            raise InputError(f"{self.kind}: the file does not begin with {self.kind}.")
        if (got := struct.unpack_from("<I", data, 4)[0]) != version:
            raise InputError(f"{self.kind}: it has version {got}, expected {version}.")

    def array(self, dtype: np.dtype, count: int) -> np.ndarray:
        size = dtype.itemsize * count
        if self.position + size > len(self.data):
            raise InputError(f"{self.kind}: the file is cut off at byte {len(self.data)}.")
        values = np.frombuffer(self.data, dtype, count, self.position)
        self.position += size
        return values

    def integers(self, count: int) -> list[int]:
        return self.array(np.dtype("<u4"), count).tolist()
