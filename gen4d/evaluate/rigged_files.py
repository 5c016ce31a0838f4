"""Rigged GLBs of any artist -> mesh, joints and weights to measure against."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from gen4d.errors import InputError, ShapeError
from gen4d.export.gltf_parts import bind_to_world, node_matrices, primitive_arrays
from gen4d.export.parse import MALFORMED, Document, GltfFile, open_gltf
from gen4d.export.parts import weld
from gen4d.structures import Mesh

PRESENT = 1e-4  # a joint whose weights are all smaller carries nothing


@dataclass(frozen=True)
class ReferenceRig:
    """What an artist made.

    Fields:
        id: folder and name of the file.
        mesh: in the pose the weights were painted in; +Y up as the file has it.
        names: J joints that carry the mesh. Controls (pole targets, IK handles), bone ends and weightless roots above
            the first fork are left out, on the artist's side and on ours alike; see `carrying_joints`.
        parents: (J,) int64, -1 for a root; parents before children.
        joints: (J, 3) float64.
        weights: (V, J) float32; rows of vertices that nobody painted are 0.
    """

    id: str
    mesh: Mesh
    names: tuple[str, ...]
    parents: np.ndarray
    joints: np.ndarray
    weights: np.ndarray


def read_rigged(path: Path) -> ReferenceRig | None:
    """Read a rigged file, or None where it has no skin.

    Raises:
        InputError: the file is damaged, or its weights carry nothing.
    """
    file = open_gltf(path)
    if not file.items("skins"):
        return None
    try:
        return _read(file, f"{path.parent.name}/{path.stem}")
    except ShapeError as error:
        raise InputError(f"{path}: it cannot be used as a rig ({error})") from error
    except MALFORMED as error:
        raise InputError(f"{path}: its skin cannot be understood; the file is damaged.") from error


def carrying_joints(parents: np.ndarray, carries: np.ndarray) -> np.ndarray:
    """The joints of the smallest subtree that holds every joint that carries something, (K,) indices in order.

    Args:
        parents: (J,), parents before children.
        carries: (J,) bool.
    """
    below = carries.copy()
    for joint in range(len(parents) - 1, -1, -1):
        if below[joint] and parents[joint] >= 0:
            below[parents[joint]] = True
    keep = below.copy()
    for joint in range(len(parents)):
        top = parents[joint] < 0 or not keep[parents[joint]]
        children = np.flatnonzero((parents == joint) & below)
        if keep[joint] and top and not carries[joint] and len(children) == 1:
            keep[joint] = False
    return np.flatnonzero(keep)


def _read(file: GltfFile, name: str) -> ReferenceRig:
    world = node_matrices(file)
    nodes = file.items("nodes")
    places: dict[int, np.ndarray] = {}  # joint node -> position in the bind pose
    vertices, faces, loads = [], [], []
    offset = 0
    for index, node in enumerate(nodes):
        if "mesh" not in node or index not in world or "skin" not in node:
            continue
        skin = file.items("skins")[node["skin"]]
        to_world = bind_to_world(file, skin, world, world[index])
        for joint, place in _joint_places(file, skin, to_world).items():
            places.setdefault(joint, place)
        for primitive in file.items("meshes")[node["mesh"]]["primitives"]:
            if primitive.get("mode", 4) != 4 or "JOINTS_0" not in primitive["attributes"]:
                continue
            arrays, triangles = primitive_arrays(file, primitive)
            points = arrays["POSITION"].astype(np.float64) @ to_world[:3, :3].T + to_world[:3, 3]
            vertices.append(points)
            faces.append(triangles + offset)
            loads += [(offset, np.array(skin["joints"]), arrays)]
            offset += len(points)
    if not faces:
        raise InputError(f"{file.path}: no mesh in it is skinned.")
    order = _tree_order(nodes, set(places))
    column = {joint: i for i, joint in enumerate(order)}
    weights = np.zeros((offset, len(order)), np.float32)
    for start, joints, arrays in loads:
        rows = start + np.arange(len(arrays["POSITION"]))
        for key in (k for k in arrays if k.startswith("JOINTS_")):
            slots, values = arrays[key].astype(np.int64), arrays[key.replace("JOINTS", "WEIGHTS")]
            for slot in range(slots.shape[1]):
                columns = np.array([column[j] for j in joints])[slots[:, slot]]
                shares = np.where(np.isfinite(values[:, slot]), values[:, slot], 0.0)  # NaN: nobody painted it
                np.add.at(weights, (rows, columns), shares.astype(np.float32))
    parents = _parents(nodes, order)
    kept = carrying_joints(parents, np.any(weights > PRESENT, axis=0))
    if len(kept) < 1:
        raise InputError(f"{file.path}: its weights carry nothing.")
    renumber = {int(old): new for new, old in enumerate(kept)}
    points = torch.tensor(np.concatenate(vertices), dtype=torch.float32)
    return ReferenceRig(
        name,
        Mesh(points, torch.tensor(np.concatenate(faces)), welded=weld(points)),
        tuple(nodes[order[k]].get("name", f"joint{k}") for k in kept),
        np.array([renumber.get(int(parents[k]), -1) for k in kept]),
        np.stack([places[order[k]] for k in kept]),
        weights[:, kept],
    )


def _joint_places(file: GltfFile, skin: Document, to_world: np.ndarray) -> dict[int, np.ndarray]:
    inverse = file.accessor(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1).astype(np.float64)
    return {joint: (to_world @ np.linalg.inv(m))[:3, 3] for joint, m in zip(skin["joints"], inverse, strict=True)}


def _tree_order(nodes: list[Document], joints: set[int]) -> list[int]:
    """Joint nodes with parents before children, in the file's order where there is a choice."""
    children = {child for node in nodes for child in node.get("children", [])}
    order: list[int] = []
    waiting = [i for i in range(len(nodes) - 1, -1, -1) if i not in children]
    while waiting:
        index = waiting.pop()
        if index in joints:
            order.append(index)
        waiting += reversed(nodes[index].get("children", []))
    return order


def _parents(nodes: list[Document], order: list[int]) -> np.ndarray:
    """The nearest ancestor that is a joint, as a position in `order`, or -1."""
    above = {child: index for index, node in enumerate(nodes) for child in node.get("children", [])}
    position = {joint: i for i, joint in enumerate(order)}
    result = []
    for joint in order:
        parent = above.get(joint)
        while parent is not None and parent not in position:
            parent = above.get(parent)
        result.append(-1 if parent is None else position[parent])
    return np.array(result)
