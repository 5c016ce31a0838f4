"""A rigged glTF scene of anybody's as one asset: meshes joined, skins merged, clips brought to our one form.

What the vertices do is kept: a vertex of the file stands at `sum of w_j W_j(t) IBM_j v`, and in the asset it stands at
the same place at every key. Rest poses differ: ours is the bind pose, standing as the scene shows it. Joints lose their
scale, which moves into the mesh. What the asset's form cannot hold is said in notes.
Source: Khronos glTF 2.0 specification, sections 3.7.3 (skins) and 3.11 (animations).
"""

from dataclasses import dataclass, replace

import numpy as np
import torch

from gen4d.errors import InputError
from gen4d.export.bones import bone_name
from gen4d.export.foreign_clips import add_note, read_clips
from gen4d.export.foreign_rig import JointTree, joint_tree
from gen4d.export.gltf_looks import MaterialReader
from gen4d.export.gltf_parts import node_matrices, primitive_arrays, primitive_part, scene_primitives
from gen4d.export.names import unique_names
from gen4d.export.parse import Document, GltfFile
from gen4d.export.parts import Part, join_parts
from gen4d.structures import Asset, Material, Mesh, Skeleton, Skin, vertex_normals

MAX_INFLUENCES = 4
PLAIN_GREY = 0.8  # sRGB, of a file that says nothing about looks
LARGEST_PROVENANCE = 1000  # characters of one fact


@dataclass(frozen=True)
class Influences:
    """Which joints of the tree move the vertices of one part: (V, N) indices and weights, N any number."""

    joints: np.ndarray
    weights: np.ndarray


def read_foreign(file: GltfFile) -> tuple[Asset, tuple[str, ...]]:
    """The default scene of a file as an asset.

    Returns:
        asset: with a skeleton where the file has skins or moving nodes.
        notes: sentences about what was left out or changed.

    Raises:
        InputError: there is no triangle, or a number of the file makes no sense.
        MissingDependency: it is compressed and the package to unpack it is not installed.
    """
    notes: list[str] = []
    node_to_world = node_matrices(file)
    shown = list(scene_primitives(file, node_to_world))
    if not shown:
        raise InputError(f"{file.path}: its scene shows no triangle.")
    if any("targets" in primitive for _, primitive in shown):
        notes.append("morph targets are left out")
    tree = joint_tree(file, node_to_world, [node for node, _ in shown])
    materials = MaterialReader(file)
    parts, influences = [], []
    for used in sorted({primitive["material"] for _, primitive in shown if "material" in primitive}):
        for sentence in materials.losses(used):
            add_note(notes, sentence)
    for node, primitive in shown:
        part, influence = _posed_part(file, tree, node, primitive, materials, node_to_world, notes)
        if len(part.faces):
            parts.append(part)
            influences.append(influence)
    if not parts:
        raise InputError(f"{file.path}: its scene shows no triangle.")
    if not all(np.isfinite(part.vertices).all() for part in parts):
        raise InputError(f"{file.path}: it has vertices that are NaN or infinite; repair the mesh first.")
    if len({id(part.look) for part in parts}) > 1 and any(part.look and part.look.image is not None for part in parts):
        notes.append("several materials became vertex colours")
    mesh, material = join_parts(parts if tree is None else [_with_normals(part) for part in parts])
    asset = Asset(_name(file), mesh, material or _plain(), provenance=_facts(file))
    if tree is None:
        return asset, tuple(notes)
    skeleton = _skeleton(file, tree)
    skin = _skin(influences, notes)
    clips = read_clips(file, tree, skeleton, float(np.ptp(mesh.vertices.numpy(), axis=0).max()), notes)
    return replace(asset, skeleton=skeleton, skin=skin, clips=clips), tuple(notes)


def _posed_part(
    file: GltfFile,
    tree: JointTree | None,
    node: int,
    primitive: Document,
    materials: MaterialReader,
    node_to_world: dict[int, np.ndarray],
    notes: list[str],
) -> tuple[Part, Influences | None]:
    """One primitive where it stands in our rest pose, and what moves it."""
    attributes, faces = primitive_arrays(file, primitive)
    part = primitive_part(primitive, attributes, faces, materials)
    if tree is None:
        return part.moved(node_to_world[node]), None
    skin = file.items("nodes")[node].get("skin")
    if skin is None:
        joint = tree.carrier(node)
        count = len(part.vertices)
        return part.moved(tree.attached(node, joint)), Influences(np.full((count, 1), joint), np.ones((count, 1)))
    slots, weights = _weights(file, attributes, len(tree.skins[skin].joints), notes)
    matrices = tree.skins[skin].mesh_to_rest  # (J, 4, 4)
    blended = _blend(matrices, slots, weights)  # (V, 4, 4)
    vertices = np.einsum("vij,vj->vi", blended[:, :3, :3], part.vertices) + blended[:, :3, 3]
    normals = part.normals
    if normals is not None:
        linear = blended[:, :3, :3]
        cofactor = np.cross(linear[:, [1, 2, 0]], linear[:, [2, 0, 1]])  # as in Part.moved
        normals = np.einsum("vij,vj->vi", cofactor, normals) * np.sign(np.linalg.det(linear))[:, None]
    if np.linalg.det(matrices[:, :3, :3]).mean() < 0:
        faces = part.faces[:, ::-1]
    posed = replace(part, vertices=vertices, normals=normals, faces=faces)
    return posed, Influences(tree.skins[skin].joints[slots], weights)


def _weights(
    file: GltfFile, attributes: dict[str, np.ndarray], num_joints: int, notes: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """All influences of a primitive's vertices, rows summing to 1. (V, 4 n) slots and float64 weights."""
    sets = [n for n in range(16) if f"JOINTS_{n}" in attributes and f"WEIGHTS_{n}" in attributes]
    if not sets:
        raise InputError(f"{file.path}: a mesh is bound to a skin, but has no joints or no weights.")
    slots = np.concatenate([attributes[f"JOINTS_{n}"] for n in sets], 1).astype(np.int64)
    weights = np.concatenate([attributes[f"WEIGHTS_{n}"] for n in sets], 1).astype(np.float64)
    if slots.shape != weights.shape or len(slots) != len(attributes["POSITION"]):
        raise InputError(f"{file.path}: a mesh has {len(weights)} weights for {len(slots)} joints; it is damaged.")
    sound = np.isfinite(weights) & (weights >= 0)
    if not sound.all():  # FBX2glTF divides by the sum of no weights
        add_note(notes, "weights that are negative or not finite count as none")
        weights[~sound] = 0
    slots = np.where(weights > 0, slots, 0)
    if slots.max() >= num_joints:
        raise InputError(f"{file.path}: a vertex refers to joint {slots.max()} of {num_joints}; the file is damaged.")
    total = weights.sum(1, keepdims=True)
    weights[total[:, 0] == 0, 0] = 1  # nothing holds it: engines leave it at the first joint
    return slots, weights / np.where(total > 0, total, 1)


def _blend(matrices: np.ndarray, slots: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted mean matrix of each vertex. (V, 4, 4)."""
    if np.abs(matrices - matrices[:1]).max() <= 1e-6 * max(np.abs(matrices[0]).max(), 1e-12):
        return np.broadcast_to(matrices[0], (len(slots), 4, 4))  # one placement for all, as in most files
    return np.einsum("vn,vnij->vij", weights, matrices[slots])


def _with_normals(part: Part) -> Part:
    """With normals, so that joining never merges vertices that their weights tell apart."""
    if part.normals is not None:
        return part
    mesh = Mesh(torch.from_numpy(part.vertices).float(), torch.from_numpy(np.ascontiguousarray(part.faces)))
    return replace(part, normals=vertex_normals(mesh).double().numpy())


def _skin(influences: list[Influences | None], notes: list[str]) -> Skin:
    """All parts' influences as rows of four, heaviest first."""
    kept = [influence for influence in influences if influence is not None]
    width = max(*(influence.joints.shape[1] for influence in kept), MAX_INFLUENCES)
    joints = np.concatenate([_padded(influence.joints, width) for influence in kept])
    weights = np.concatenate([_padded(influence.weights, width) for influence in kept])
    order = np.argsort(-weights, axis=1, kind="stable")[:, :MAX_INFLUENCES]
    top = np.take_along_axis(weights, order, 1)
    if (top.sum(1) < 1 - 1e-4).any():
        notes.append("of more than four joints a vertex, the four heaviest are kept")
    top = (top / top.sum(1, keepdims=True)).astype(np.float32)
    joints = np.where(top > 0, np.take_along_axis(joints, order, 1), 0)
    return Skin(torch.from_numpy(joints), torch.from_numpy(top))


def _padded(values: np.ndarray, width: int) -> np.ndarray:
    return np.concatenate([values, np.zeros((len(values), width - values.shape[1]), values.dtype)], 1)


def _skeleton(file: GltfFile, tree: JointTree) -> Skeleton:
    rotation, translation = tree.local(tree.rest)
    nodes = [{} if node is None else file.items("nodes")[node] for node in tree.nodes]
    given = [str(node.get("name") or ("root" if joint == 0 else f"joint_{joint}")) for joint, node in enumerate(nodes)]
    names = unique_names(bone_name(name, "joint") for name in given)
    plans = [skin.get("extras", {}).get("plan") for skin in file.items("skins") if isinstance(skin.get("extras"), dict)]
    plan = next((plan for plan in plans if isinstance(plan, str)), "prop")
    return Skeleton(
        tuple(names),
        torch.tensor(tree.parents, dtype=torch.int64),
        torch.from_numpy(translation).float(),
        torch.from_numpy(rotation).float(),
        plan,
    )


def _name(file: GltfFile) -> str:
    scenes = file.items("scenes")
    name = scenes[file.document.get("scene", 0)].get("name") if scenes else None
    return str(name or file.path.stem)


def _facts(file: GltfFile) -> dict[str, str | int | float]:
    """Licence, generator and the like; what is no plain fact is left out."""
    asset = file.document["asset"]
    extras = asset.get("extras") if isinstance(asset.get("extras"), dict) else {}
    facts = {"source_generator": asset.get("generator"), "copyright": asset.get("copyright")} | extras
    return {
        str(key): value
        for key, value in facts.items()
        if (isinstance(value, str) and len(value) <= LARGEST_PROVENANCE)
        or (isinstance(value, int | float) and np.isfinite(value))
    }


def _plain() -> Material:
    return Material(torch.tensor([[[PLAIN_GREY, PLAIN_GREY, PLAIN_GREY, 1.0]]]))
