"""The visible triangles of a glTF scene as parts in world space, skinned ones in their bind pose.

trimesh drops skins, and a skinned mesh often lies in other units than its skeleton shows it in; it also rounds linear
colours to 8 bits, which spoils dark ones. So glTF has a reader of its own here.
Source: Khronos glTF 2.0 specification, sections 3.5 (transforms), 3.7.3 (skins) and 3.9 (materials).
"""

from collections.abc import Iterable, Iterator

import numpy as np

from gen4d.errors import InputError
from gen4d.export.draco import decode_draco
from gen4d.export.gltf_looks import MaterialReader
from gen4d.export.parse import MESHOPT_EXTENSIONS, WEBP, Document, GltfFile, normalized
from gen4d.export.parts import Part
from gen4d.export.skin import rotation_matrices

DRACO = "KHR_draco_mesh_compression"
QUANTIZATION = "KHR_mesh_quantization"
# Required extensions that change nothing about positions, triangles and base colours, or that are handled here.
READABLE_EXTENSIONS = {
    DRACO, WEBP, *MESHOPT_EXTENSIONS, QUANTIZATION, "KHR_materials_unlit", "KHR_texture_transform",
    "KHR_xmp_json_ld", "VRMC_vrm",
}  # fmt: skip
MAX_VERTICES = 20_000_000  # of a scene, where nodes may show one mesh many times
MAX_TILT = np.pi / 4
SCALE_TOLERANCE = 0.05
TRIANGLES, TRIANGLE_STRIP, TRIANGLE_FAN = 4, 5, 6


def gltf_parts(file: GltfFile) -> list[Part]:
    """Every triangle primitive of the default scene, once for each node that shows it.

    Raises:
        InputError: a required extension cannot be read, the node tree is no tree, or an index is out of range.
        MissingDependency: it is compressed with Draco and DracoPy is not installed.
    """
    node_to_world = node_matrices(file)
    materials = MaterialReader(file)
    parts: list[Part] = []
    for index, primitive in scene_primitives(file, node_to_world):
        node, node_world = file.items("nodes")[index], node_to_world[index]
        skin = file.items("skins")[node["skin"]] if "skin" in node else None
        world = node_world if skin is None else bind_to_world(file, skin, node_to_world, node_world)
        attributes, faces = primitive_arrays(file, primitive)
        parts.append(primitive_part(primitive, attributes, faces, materials).moved(world))
    return parts


def scene_primitives(file: GltfFile, nodes: Iterable[int]) -> Iterator[tuple[int, Document]]:
    """Every triangle primitive with the node that shows it; one mesh may be shown by several nodes.

    Raises:
        InputError: a required extension cannot be read, or there are more than `MAX_VERTICES` vertices in all.
    """
    unknown = sorted(
        str(name)
        for name in file.document.get("extensionsRequired", [])
        if name not in READABLE_EXTENSIONS and not str(name).startswith("KHR_materials_")
    )
    if unknown:
        raise InputError(f"{file.path}: it needs {', '.join(unknown)}, which is not supported; export it without.")
    total = 0
    for index in nodes:
        node = file.items("nodes")[index]
        if "mesh" not in node:
            continue
        for primitive in file.items("meshes")[node["mesh"]]["primitives"]:
            if primitive.get("mode", TRIANGLES) not in (TRIANGLES, TRIANGLE_STRIP, TRIANGLE_FAN):
                continue
            total += file.items("accessors")[primitive["attributes"]["POSITION"]]["count"]
            if total > MAX_VERTICES:
                raise InputError(f"{file.path}: its scene shows over {MAX_VERTICES} vertices; simplify it first.")
            yield index, primitive


def node_matrices(file: GltfFile) -> dict[int, np.ndarray]:
    """World matrices of all nodes of the default scene, parents before children. (4, 4) float64 each.

    Raises:
        InputError: a node is its own ancestor or has two parents.
    """
    nodes, scenes = file.items("nodes"), file.items("scenes")
    children = {child for node in nodes for child in node.get("children", [])}
    roots = [index for index in range(len(nodes)) if index not in children]
    if scenes:
        roots = scenes[file.document.get("scene", 0)].get("nodes", [])
    result: dict[int, np.ndarray] = {}
    waiting = [(root, np.eye(4)) for root in reversed(roots)]
    while waiting:
        index, parent_to_world = waiting.pop()
        if index in result:
            raise InputError(f"{file.path}: node {index} is reached twice in the scene; the file is damaged.")
        result[index] = parent_to_world @ local_matrix(nodes[index])
        if not np.isfinite(result[index]).all():
            raise InputError(f"{file.path}: the transform of node {index} is not finite; the file is damaged.")
        waiting += [(child, result[index]) for child in reversed(nodes[index].get("children", []))]
    return result


def local_matrix(node: Document) -> np.ndarray:
    """A node's transform to its parent, from its matrix or its translation, rotation and scale. (4, 4) float64."""
    if "matrix" in node:
        return np.array(node["matrix"], np.float64).reshape(4, 4).T
    matrix = np.eye(4)
    scale = np.array(node.get("scale", (1, 1, 1)), np.float64)
    matrix[:3, :3] = rotation_matrices(np.array(node.get("rotation", (0, 0, 0, 1)))) * scale
    matrix[:3, 3] = node.get("translation", (0, 0, 0))
    return matrix


def primitive_arrays(file: GltfFile, primitive: Document) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The attributes of one primitive by name, and its faces (F, 3) int64."""
    extension = primitive.get("extensions", {}).get(DRACO)
    accessors: dict[str, int] = primitive["attributes"]
    if extension is None:
        attributes = {name: file.accessor(accessor) for name, accessor in accessors.items()}
        num_vertices = len(attributes["POSITION"])
        indices = file.accessor(primitive["indices"]) if "indices" in primitive else np.arange(num_vertices)
    else:
        decoded, indices = decode_draco(file.view(extension["bufferView"]), extension["attributes"], str(file.path))
        attributes = {name: normalized(file.items("accessors")[accessors[name]], decoded[name]) for name in decoded}
        num_vertices = len(attributes["POSITION"])
    faces = _triangles(indices.astype(np.int64), primitive.get("mode", TRIANGLES))
    if len(faces) and not 0 <= faces.min() <= faces.max() < num_vertices:
        raise InputError(
            f"{file.path}: a face refers to vertex {faces.max()}, but there are {num_vertices}; the file is damaged."
        )
    return attributes, faces


def primitive_part(
    primitive: Document, attributes: dict[str, np.ndarray], faces: np.ndarray, materials: MaterialReader
) -> Part:
    """One primitive in its mesh's own space."""
    material = primitive.get("material")
    colors = attributes.get("COLOR_0")
    return Part(
        attributes["POSITION"].astype(np.float64),
        faces,
        normals=attributes["NORMAL"].astype(np.float64) if "NORMAL" in attributes else None,
        uv=materials.uv(material, attributes),
        colors=None if colors is None else colors[:, :3].astype(np.float64),
        look=None if material is None else materials.look(material),
    )


def _triangles(indices: np.ndarray, mode: int) -> np.ndarray:
    """(F, 3) from a list, a strip or a fan."""
    if mode == TRIANGLES:
        return indices[: len(indices) // 3 * 3].reshape(-1, 3)
    middle, last = indices[1:-1], indices[2:]
    if mode == TRIANGLE_FAN:
        return np.stack([middle, last, np.broadcast_to(indices[:1], middle.shape)], -1)
    odd = np.arange(len(last)) % 2 == 1
    return np.stack([indices[:-2], np.where(odd, last, middle), np.where(odd, middle, last)], -1)


def bind_to_world(
    file: GltfFile, skin: Document, node_to_world: dict[int, np.ndarray], node_world: np.ndarray
) -> np.ndarray:
    """Where a skinned mesh stands in its bind pose. (4, 4) float64.

    Posing every joint at rest would be what a viewer shows, but in many files that is some frame of a clip, a bent
    fish, while a new rig wants the pose the weights were painted in. The format ignores the mesh node's own transform
    and lets the root joint place it. Exporters mostly keep the two alike, and then the node's is better, since a clip
    may have tilted the root joint; where they differ in scale or by more than `MAX_TILT`, the root joint holds.
    """
    joints: list[int] = skin["joints"]
    children = {child for joint in joints for child in file.items("nodes")[joint].get("children", [])}
    slot = next(slot for slot, joint in enumerate(joints) if joint not in children)
    joint_world = node_to_world[joints[slot]]
    if "inverseBindMatrices" in skin:
        joint_world = joint_world @ file.accessor(skin["inverseBindMatrices"])[slot].reshape(4, 4).T
    scale, node_scale = (np.cbrt(np.linalg.det(matrix[:3, :3])) for matrix in (joint_world, node_world))
    if QUANTIZATION in file.document.get("extensionsUsed", []):
        return joint_world  # the way from the grid to metres stands in the matrices, and nowhere else
    if scale <= 0 or abs(node_scale / scale - 1) > SCALE_TOLERANCE:
        return joint_world
    cosine = (np.sum(joint_world[:3, :3] * node_world[:3, :3]) / (scale * node_scale) - 1) / 2
    return node_world if cosine > np.cos(MAX_TILT) else joint_world
