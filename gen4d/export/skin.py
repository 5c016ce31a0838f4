"""The rig as glTF wants it: joint nodes, inverse bind matrices, and vertex weights in canonical form."""

import numpy as np

from gen4d.export.encode import Encoder, Grid, kept_weights
from gen4d.export.gltf import VERTEX_TARGET, GltfBuilder, JsonObject, JsonValue, json_floats
from gen4d.structures import Skeleton, Skin

MAX_UINT8_JOINTS = 256
IDENTITY_ROTATION = (0.0, 0.0, 0.0, 1.0)


def rotation_matrices(quaternions: np.ndarray) -> np.ndarray:
    """Rotation matrices of unit quaternions.

    Args:
        quaternions: (..., 4) xyzw; their length is divided out.

    Returns:
        matrices: (..., 3, 3) float64.
    """
    q = np.asarray(quaternions, np.float64)
    x, y, z, w = np.moveaxis(q / np.linalg.norm(q, axis=-1, keepdims=True), -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, -1) for row in rows], -2)


def joint_to_world(parents: np.ndarray, translation: np.ndarray, rotation: np.ndarray) -> np.ndarray:
    """Chain local joint poses from the root outwards.

    Args:
        parents: (J,) integers, -1 for a root; a parent stands before its children.
        translation: (..., J, 3) metres, in the parent's frame.
        rotation: (..., J, 4) quaternions xyzw, in the parent's frame.

    Returns:
        matrices: (..., J, 4, 4) float64.
    """
    shape = np.broadcast_shapes(translation.shape[:-1], rotation.shape[:-1])
    local = np.zeros((*shape, 4, 4))
    local[..., :3, :3] = rotation_matrices(rotation)
    local[..., :3, 3] = translation
    local[..., 3, 3] = 1
    world = local.copy()
    for joint, parent in enumerate(parents):
        if parent >= 0:
            world[..., joint, :, :] = world[..., parent, :, :] @ local[..., joint, :, :]
    return world


def inverse_bind_matrices(skeleton: Skeleton) -> np.ndarray:
    """Inverses of the joints' world poses at rest.

    Inverted as rigid motions, so that the last row is exactly 0 0 0 1: the validator's ACCESSOR_INVALID_IBM allows
    nothing else.

    Returns:
        matrices: (J, 4, 4) float32.
    """
    world = joint_to_world(
        skeleton.parents.numpy(), skeleton.rest_translation.double().numpy(), skeleton.rest_rotation.double().numpy()
    )
    inverse = np.zeros_like(world)
    inverse[:, :3, :3] = world[:, :3, :3].swapaxes(1, 2)
    inverse[:, :3, 3] = -(inverse[:, :3, :3] @ world[:, :3, 3:])[..., 0]
    inverse[:, 3, 3] = 1
    return inverse.astype(np.float32)


def canonical_weights(skin: Skin) -> tuple[np.ndarray, np.ndarray]:
    """Weights as the validator demands them: heaviest first, no joint twice, sums exact to float32 rounding.

    Returns:
        joints: (V, 4) int64, 0 in unused slots.
        weights: (V, 4) float32.
    """
    joints = skin.joints.cpu().numpy().copy()  # (V, 4)
    weights = skin.weights.cpu().double().numpy().copy()  # (V, 4)
    for slot in range(1, 4):
        for earlier in range(slot):
            twice = (joints[:, slot] == joints[:, earlier]) & (weights[:, slot] > 0) & (weights[:, earlier] > 0)
            weights[twice, earlier] += weights[twice, slot]
            weights[twice, slot] = 0
    weights /= weights.sum(1, keepdims=True)
    rounded = weights.astype(np.float32)
    joints[rounded == 0] = 0
    order = np.argsort(-rounded, axis=1, kind="stable")
    return np.take_along_axis(joints, order, 1), np.take_along_axis(rounded, order, 1)


def weight_attributes(gltf: GltfBuilder, encoder: Encoder, skin: Skin, num_joints: int) -> dict[str, int]:
    """Append JOINTS_0 and WEIGHTS_0; returns their accessors by attribute name."""
    joints, weights = canonical_weights(skin)
    if encoder.quantize:
        joints = np.where(kept_weights(weights), joints, 0)
    index_type = np.uint8 if num_joints <= MAX_UINT8_JOINTS else np.uint16
    return {
        "JOINTS_0": gltf.add_accessor(joints.astype(index_type), "VEC4", target=VERTEX_TARGET),
        "WEIGHTS_0": encoder.weights(weights),
    }


def add_joints(gltf: GltfBuilder, skeleton: Skeleton) -> int:
    """Append one node a joint, in the skeleton's order; joint j is node `first_joint + j`, which is returned."""
    first_joint = gltf.count("nodes")
    parents = skeleton.parents.tolist()
    for joint, name in enumerate(skeleton.names):
        children = [first_joint + child for child, parent in enumerate(parents) if parent == joint]
        gltf.add("nodes", _joint_node(skeleton, joint, name, children))
    return first_joint


def add_skin(gltf: GltfBuilder, skeleton: Skeleton, first_joint: int, grid: Grid | None = None) -> int:
    """Append the skin that binds a mesh to the joints.

    Args:
        grid: of the mesh's quantised positions; engines ignore a skinned mesh's own node, so the way back to metres
            stands in the inverse bind matrices.
    """
    matrices = inverse_bind_matrices(skeleton)
    if grid is not None:
        matrices = (matrices.astype(np.float64) @ grid.matrix).astype(np.float32)
    columns = matrices.swapaxes(1, 2).reshape(-1, 16)  # column-major, as the format stores it
    skin: JsonObject = {
        "name": "skin",
        "skeleton": first_joint,
        "joints": list(range(first_joint, first_joint + len(skeleton))),
        "inverseBindMatrices": gltf.add_accessor(columns, "MAT4"),
        "extras": {"plan": skeleton.plan},
    }
    return gltf.add("skins", skin)


def _joint_node(skeleton: Skeleton, joint: int, name: str, children: list[int]) -> JsonObject:
    node: dict[str, JsonValue] = {"name": name}
    translation = json_floats(skeleton.rest_translation[joint].numpy())
    rotation = json_floats(unit_quaternions(skeleton.rest_rotation[joint].numpy()))
    if any(translation):
        node["translation"] = translation
    if tuple(rotation) != IDENTITY_ROTATION:
        node["rotation"] = rotation
    if children:
        node["children"] = children
    return node


def unit_quaternions(quaternions: np.ndarray) -> np.ndarray:
    """Quaternions scaled to length 1 in float64 and rounded once. (..., 4) float32."""
    q = np.asarray(quaternions, np.float64)
    return (q / np.linalg.norm(q, axis=-1, keepdims=True)).astype(np.float32)
