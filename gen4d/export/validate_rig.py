"""Checks of skins and clips: does the skeleton hold the mesh, does every clip move it, and does a loop close."""

from collections.abc import Iterator

import numpy as np

from gen4d.export.bones import VRM_EXTENSION
from gen4d.export.findings import Finding, error, warning
from gen4d.export.gltf_parts import node_matrices
from gen4d.export.parse import Document, GltfFile

WEIGHT_TOLERANCE = 1e-3
QUATERNION_TOLERANCE = 1e-3
LOOP_TOLERANCE = 1e-3
# Share of the skeleton's size, or radians, below which nobody sees a motion.
STILL_TOLERANCE = 1e-3
BIND_TOLERANCE = 0.05
MOST_JOINTS = 64


def skin_findings(file: GltfFile) -> Iterator[Finding]:
    """Findings about joints, weights and inverse bind matrices."""
    users = [node for node in file.items("nodes") if "skin" in node and "mesh" in node]
    if file.items("skins") and not users:
        yield error("skin-unused", "The file has a skin, but no node binds a mesh to it.")
    for index, skin in enumerate(file.items("skins")):
        yield from _joint_findings(file, skin, index)
        yield from _bind_findings(file, skin, index)
    for node in users:
        num_joints = len(file.items("skins")[node["skin"]]["joints"])
        for primitive in file.items("meshes")[node["mesh"]]["primitives"]:
            if "KHR_draco_mesh_compression" not in primitive.get("extensions", {}):
                yield from _weight_findings(file, primitive["attributes"], num_joints)


def clip_findings(file: GltfFile) -> Iterator[Finding]:
    """Findings about key times, rotations, loops, and clips in which nothing moves."""
    names = [str(animation.get("name", "")) for animation in file.items("animations")]
    if len(set(names)) != len(names):
        yield warning("clip-names", "Two clips share a name; engines keep only one of them.")
    roots = {root for skin in file.items("skins") for root in _roots(file, skin)}
    for animation, name in zip(file.items("animations"), names, strict=True):
        moves = False
        extras = animation["extras"] if isinstance(animation.get("extras"), dict) else {}
        for channel in animation["channels"]:
            sampler = animation["samplers"][channel["sampler"]]
            times, values = file.accessor(sampler["input"]), file.accessor(sampler["output"])
            path = channel["target"]["path"]
            if sampler.get("interpolation") == "CUBICSPLINE":
                values = values[1::3]  # in-tangent, value, out-tangent
            yield from _key_findings(name, path, times, values)
            if path == "weights" or not len(values):
                moves = True  # morph targets are not looked into; an empty channel has its finding already
                continue
            moves |= not _still(values, path)
            if extras.get("loop") is True:
                gap = float(_gap(values[0], values[-1], path))
                if path == "translation" and channel["target"].get("node") in roots:  # it may travel with the ground
                    way = float(extras.get("speed_mps", 0.0)) * float(times[-1])
                    gap = min(gap, abs(float(np.linalg.norm(values[-1] - values[0])) - way))
                if not gap <= LOOP_TOLERANCE:
                    yield error(
                        "loop-open", f"Clip '{name}' loops, but its last key differs from its first by {gap:.3g}."
                    )
        if not moves:
            yield warning("clip-still", f"Nothing moves in clip '{name}'.")


def _joint_findings(file: GltfFile, skin: Document, index: int) -> Iterator[Finding]:
    joints: list[int] = skin["joints"]
    nodes, roots = file.items("nodes"), _roots(file, skin)
    if len(roots) != 1:
        yield error("joint-roots", f"Skin {index} has {len(roots)} root joints; Unreal loads exactly one.")
    if len(joints) > MOST_JOINTS:
        yield warning(
            "joint-count", f"Skin {index} has {len(joints)} joints; more than {MOST_JOINTS} are slow on phones."
        )
    names = [nodes[joint].get("name") for joint in joints]
    if None in names or len(set(names)) != len(names):
        yield warning("joint-names", f"Skin {index} has joints without a name of their own; clips bind by name.")


def _roots(file: GltfFile, skin: Document) -> list[int]:
    """Joints that are no other joint's child."""
    children = {child for joint in skin["joints"] for child in file.items("nodes")[joint].get("children", [])}
    return [joint for joint in skin["joints"] if joint not in children]


def _bind_findings(file: GltfFile, skin: Document, index: int) -> Iterator[Finding]:
    """Inverse bind matrices that are malformed, or that pull the mesh apart while the skeleton rests."""
    joints: list[int] = skin["joints"]
    if "inverseBindMatrices" not in skin:
        yield error("bind-missing", f"Skin {index} has no inverse bind matrices.")
        return
    matrices = file.accessor(skin["inverseBindMatrices"])
    if matrices.ndim != 2 or matrices.shape != (len(joints), 16):
        yield error("bind-count", f"Skin {index} has {len(matrices)} inverse bind matrices for {len(joints)} joints.")
        return
    bind = matrices.reshape(-1, 4, 4).swapaxes(1, 2).astype(np.float64)
    if not np.isfinite(bind).all() or (bind[:, 3] != (0, 0, 0, 1)).any():
        yield error("bind-row", f"Skin {index} has inverse bind matrices whose last row is not 0 0 0 1.")
        return
    world = node_matrices(file)
    moved = np.stack([world[joint] for joint in joints]) @ bind  # (J, 4, 4): the same matrix for all joints at bind
    size = max(float(np.ptp([world[joint][:3, 3] for joint in joints], axis=0).max()), 1e-6)
    spread = np.abs(moved - moved[:1])
    if VRM_EXTENSION in file.document.get("extensionsUsed", []):
        return  # whose nodes rest in a T-pose, whatever pose the mesh was made in
    if spread[:, :3, :3].max() > BIND_TOLERANCE * np.abs(moved[0, :3, :3]).max() or spread[:, :3, 3].max() > (
        BIND_TOLERANCE * size
    ):
        yield warning("bind-pose", f"Skin {index} does not rest in its bind pose: unanimated, the mesh is deformed.")


def _weight_findings(file: GltfFile, attributes: dict[str, int], num_joints: int) -> Iterator[Finding]:
    if "JOINTS_0" not in attributes or "WEIGHTS_0" not in attributes:
        yield error("weights-missing", "A mesh is bound to a skin, but has no joints or no weights.")
        return
    if "JOINTS_1" in attributes:
        yield warning("many-influences", "Vertices have more than four joints; most engines drop the rest.")
    joints, weights = file.accessor(attributes["JOINTS_0"]), file.accessor(attributes["WEIGHTS_0"]).astype(np.float64)
    if joints.max() >= num_joints:
        yield error("joint-range", f"A vertex refers to joint {joints.max()} of {num_joints}.")
    if not (np.isfinite(weights).all() and weights.min() >= 0):
        yield error("weight-range", "Some weights are negative or not finite.")
    off = int((~(np.abs(weights.sum(1) - 1) <= WEIGHT_TOLERANCE)).sum())
    if off and "JOINTS_1" not in attributes:
        yield error("weight-sum", f"The weights of {off} vertices do not sum to 1.")


def _key_findings(name: str, path: str, times: np.ndarray, values: np.ndarray) -> Iterator[Finding]:
    if not len(times) or (path != "weights" and len(times) != len(values)):
        yield error("key-count", f"Clip '{name}' has {len(times)} key times for {len(values)} {path} keys.")
        return
    if not (np.isfinite(times).all() and np.isfinite(values).all()):
        yield error("key-not-finite", f"Clip '{name}' has keys that are NaN or infinite.")
        return
    if times[0] < 0 or (np.diff(times) <= 0).any():
        yield error("key-times", f"Clip '{name}' has key times that do not increase.")
    elif times[0] != 0:
        yield warning("key-start", f"Clip '{name}' starts at {times[0]:.3f} s, not at 0.")
    if path == "rotation" and (np.abs(np.linalg.norm(values, axis=1) - 1) > QUATERNION_TOLERANCE).any():
        yield error("quaternion-length", f"Clip '{name}' has rotations that are not unit quaternions.")
    if path == "scale" and not _still(values, path):
        yield warning("scale-keys", f"Clip '{name}' animates scale, which some engines drop.")


def _still(values: np.ndarray, path: str) -> bool:
    """Whether all keys are the first one, as far as anybody sees."""
    return bool(_gap(values, values[:1], path).max() <= STILL_TOLERANCE)


def _gap(a: np.ndarray, b: np.ndarray, path: str) -> np.ndarray:
    """Largest difference of each pair of keys; q and -q are the same rotation. (N,)."""
    gap = np.abs(a - b).max(-1)
    return np.minimum(gap, np.abs(a + b).max(-1)) if path == "rotation" else gap
