"""The joints of a foreign scene as one tree of rigid frames: skins merged, moving nodes taken in, scale taken out."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from gen4d.errors import InputError
from gen4d.export.gltf_parts import bind_to_world
from gen4d.export.parse import Document, GltfFile

MOVING_PATHS = ("translation", "rotation")


@dataclass(frozen=True)
class BoundSkin:
    """One skin of the file.

    Fields:
        joints: (S,) index into the tree of each of the skin's slots.
        mesh_to_rest: (S, 4, 4) where each slot puts the mesh's vertices in our rest pose; mostly all alike.
    """

    joints: np.ndarray
    mesh_to_rest: np.ndarray


@dataclass(frozen=True)
class JointTree:
    """J joints under one root.

    Fields:
        nodes: the file's node of each joint; None for a root that had to be added.
        parents: (J,) -1 for joint 0; a parent stands before its children.
        rest: (J, 4, 4) rigid world frames of our rest pose.
        stretch: (J, 4, 4) what is left of the node's world transform once its rigid part is divided out, on its right.
        skins: by index in the file, those that are shown.
        node_to_world: of the scene at rest.
        ancestors: node -> its parent node.
    """

    nodes: tuple[int | None, ...]
    parents: np.ndarray
    rest: np.ndarray
    stretch: np.ndarray
    skins: dict[int, BoundSkin]
    node_to_world: dict[int, np.ndarray]
    ancestors: dict[int, int]

    def carrier(self, node: int) -> int:
        """The joint an unskinned node hangs on: the nearest above it, or the root."""
        joint_of_node = {n: j for j, n in enumerate(self.nodes) if n is not None}
        return _nearest(node, joint_of_node, self.ancestors) or 0

    def attached(self, node: int, joint: int) -> np.ndarray:
        """Where an unskinned node's vertices stand at rest, carried by a joint. (4, 4)."""
        own = self.nodes[joint]
        if own is None:
            return self.rest[joint] @ self.node_to_world[node]
        local = np.linalg.solve(self.node_to_world[own], self.node_to_world[node])
        return self.rest[joint] @ self.stretch[joint] @ local

    def local(self, frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """World frames (..., J, 4, 4) in the parents' frames: rotations (..., J, 4) xyzw, translations (..., J, 3)."""
        child = np.flatnonzero(self.parents >= 0)
        above, own = frames[..., self.parents[child], :, :], frames[..., child, :, :]
        turn = np.swapaxes(above[..., :3, :3], -1, -2)
        turns, places = frames[..., :3, :3].copy(), frames[..., :3, 3].copy()
        turns[..., child, :, :] = turn @ own[..., :3, :3]
        places[..., child, :] = np.einsum("...ij,...j->...i", turn, own[..., :3, 3] - above[..., :3, 3])
        quaternions = Rotation.from_matrix(turns.reshape(-1, 3, 3)).as_quat()
        return quaternions.reshape(*turns.shape[:-2], 4), places


def joint_tree(file: GltfFile, node_to_world: dict[int, np.ndarray], shown: list[int]) -> JointTree | None:
    """Gather what moves the shown nodes: the joints of their skins, and nodes that clips move.

    Returns:
        tree: or None for a scene in which nothing can move.

    Raises:
        InputError: a skin refers to a node outside the scene, or its matrices cannot be inverted.
    """
    nodes = file.items("nodes")
    used = sorted({nodes[node]["skin"] for node in shown if "skin" in nodes[node]})
    ancestors = {child: index for index in node_to_world for child in nodes[index].get("children", [])}
    wanted = {joint for skin in used for joint in file.items("skins")[skin]["joints"]}
    wanted |= _moving_carriers(file, [node for node in shown if "skin" not in nodes[node]], ancestors)
    if not wanted:
        return None
    if missing := sorted(wanted - set(node_to_world)):
        raise InputError(f"{file.path}: joint node {missing[0]} is not in the scene; the file is damaged.")
    ordered: list[int | None] = [node for node in node_to_world if node in wanted]
    joint_of_node = {node: joint for joint, node in enumerate(ordered) if node is not None}
    above = [_nearest(ancestors.get(node), joint_of_node, ancestors) for node in ordered if node is not None]
    parents = [-1 if joint is None else joint for joint in above]
    loose = any("skin" not in nodes[node] and _nearest(node, joint_of_node, ancestors) is None for node in shown)
    if parents.count(-1) > 1 or loose:  # several roots, or a mesh that hangs on no joint
        ordered, parents = [None, *ordered], [-1, *[parent + 1 for parent in parents]]
    tree_joint = {node: joint for joint, node in enumerate(ordered) if node is not None}
    world = np.stack([np.eye(4) if node is None else node_to_world[node] for node in ordered])
    frames = rigid(world, str(file.path))
    stretch = np.linalg.solve(frames, world)
    rest, placed = frames.copy(), set()
    for skin_index in used:
        bind = _bind_frames(file, skin_index, node_to_world, shown)
        for slot, node in enumerate(file.items("skins")[skin_index]["joints"]):
            if node not in placed:
                placed.add(node)
                rest[tree_joint[node]] = bind[slot]
    _carry_unplaced(rest, frames, ordered, parents, placed)
    skins = {}
    for skin_index in used:
        skin = file.items("skins")[skin_index]
        joints = np.array([tree_joint[node] for node in skin["joints"]])
        inverse_bind = inverse_bind_of(file, skin)
        skins[skin_index] = BoundSkin(joints, rest[joints] @ stretch[joints] @ inverse_bind)
    return JointTree(tuple(ordered), np.array(parents), rest, stretch, skins, node_to_world, ancestors)


def inverse_bind_of(file: GltfFile, skin: Document) -> np.ndarray:
    """Inverse bind matrices of a skin, identity where it has none. (S, 4, 4) float64.

    Raises:
        InputError: there are fewer than joints, or some are not finite.
    """
    count = len(skin["joints"])
    if "inverseBindMatrices" not in skin:
        return np.broadcast_to(np.eye(4), (count, 4, 4)).copy()
    values = file.accessor(skin["inverseBindMatrices"])
    if values.ndim != 2 or values.shape[1] != 16 or len(values) < count:
        raise InputError(f"{file.path}: a skin has {len(values)} inverse bind matrices for {count} joints.")
    matrices = values[:count].reshape(-1, 4, 4).swapaxes(1, 2).astype(np.float64)
    if not np.isfinite(matrices).all():
        raise InputError(f"{file.path}: an inverse bind matrix is not finite; the file is damaged.")
    return matrices


def rigid(matrices: np.ndarray, where: str) -> np.ndarray:
    """The nearest rigid transforms: no scale, no shear, no mirroring. (..., 4, 4).

    Raises:
        InputError: a matrix is singular, so that it has no orientation.
    """
    result = np.zeros_like(matrices)
    left, sizes, right = np.linalg.svd(matrices[..., :3, :3])
    if (sizes[..., -1] <= 1e-9 * sizes[..., 0]).any() or (sizes[..., 0] <= 0).any():
        raise InputError(f"{where}: a joint is squashed flat; the file cannot be animated.")
    left[..., :, -1] *= np.sign(np.linalg.det(left @ right))[..., None]
    result[..., :3, :3] = left @ right
    result[..., :3, 3] = matrices[..., :3, 3]
    result[..., 3, 3] = 1
    return result


def _moving_carriers(file: GltfFile, unskinned: list[int], ancestors: dict[int, int]) -> set[int]:
    """Nodes that a clip moves and that carry an unskinned mesh, directly or below."""
    moved = {
        channel["target"].get("node")
        for animation in file.items("animations")
        for channel in animation["channels"]
        if channel["target"]["path"] in MOVING_PATHS
    }
    carriers = set()
    for shown in unskinned:
        node: int | None = shown
        while node is not None:
            if node in moved:
                carriers.add(node)
            node = ancestors.get(node)
    return carriers


def _nearest(node: int | None, joint_of_node: dict[int, int], ancestors: dict[int, int]) -> int | None:
    """The joint at or above a node."""
    while node is not None and node not in joint_of_node:
        node = ancestors.get(node)
    return None if node is None else joint_of_node[node]


def _bind_frames(file: GltfFile, skin_index: int, node_to_world: dict[int, np.ndarray], shown: list[int]) -> np.ndarray:
    """Rigid world frames of a skin's joints in its bind pose, standing where the scene shows it. (S, 4, 4)."""
    skin = file.items("skins")[skin_index]
    if "inverseBindMatrices" not in skin:
        return rigid(np.stack([node_to_world[joint] for joint in skin["joints"]]), str(file.path))
    user = next(node for node in shown if file.items("nodes")[node].get("skin") == skin_index)
    inverse_bind = inverse_bind_of(file, skin)
    placement = bind_to_world(file, skin, node_to_world, node_to_world[user])
    # The joints decide the size: the placement may come from the mesh's node, a few per cent apart.
    joint_scale = np.cbrt(np.abs(np.linalg.det(node_to_world[skin["joints"][0]][:3, :3] @ inverse_bind[0, :3, :3])))
    placement = placement.copy()
    placement[:3, :3] *= joint_scale / np.cbrt(np.abs(np.linalg.det(placement[:3, :3])))
    return rigid(placement @ np.linalg.inv(inverse_bind), str(file.path))


def _carry_unplaced(
    rest: np.ndarray, frames: np.ndarray, nodes: list[int | None], parents: list[int], placed: set[int]
) -> None:
    """Joints of no skin stand to their parents as in the scene. In place on `rest`."""
    for joint, (node, parent) in enumerate(zip(nodes, parents, strict=True)):
        if node is not None and node not in placed and parent >= 0:
            rest[joint] = rest[parent] @ np.linalg.inv(frames[parent]) @ frames[joint]
