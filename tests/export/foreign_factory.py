"""A small rigged scene with every habit of other exporters, each of which can be switched on alone."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from glb_factory import bending_tube
from scipy.spatial.transform import Rotation

from gen4d.export.gltf import GltfBuilder

HABITS = (
    "matrix_nodes", "centimetres", "interleaved", "sparse", "normalized_weights", "two_skins", "second_root",
    "hung_mesh", "loose_mesh", "cubic", "step", "sliding", "armature_turns", "eight_influences", "late_start",
)  # fmt: skip


def write_foreign(path: Path, habits: Sequence[str], seed: int = 0) -> None:
    """A tube on three joints that bends, in the form the habits say."""
    rng = np.random.default_rng(seed)
    gltf = GltfBuilder({"generator": "somebody else's exporter"})
    unit = 100.0 if "centimetres" in habits else 1.0
    armature_turn = Rotation.from_euler("x", -90, degrees=True)
    joint_turns = Rotation.from_euler("xyz", rng.uniform(-60, 60, (3, 3)), degrees=True)
    places = rng.uniform(-0.3, 0.3, (3, 3)) * unit
    nodes = [gltf.count("nodes")]
    armature = {
        "name": "Armature", "rotation": armature_turn.as_quat().tolist(), "scale": [1 / unit] * 3, "children": [1]
    }  # fmt: skip
    chain = [armature] + [
        {
            "name": f"bone.{joint}", "translation": places[joint].tolist(),
            "rotation": joint_turns[joint].as_quat().tolist(), "children": [joint + 2] if joint < 2 else [],
        }
        for joint in range(3)
    ]  # fmt: skip
    if "hung_mesh" in habits:
        chain[3]["children"] = [4]
    if "matrix_nodes" in habits:
        chain[2] = {"name": "bone.1", "matrix": _matrix(chain[2]).T.ravel().tolist(), "children": [3]}
    if not chain[3]["children"]:
        del chain[3]["children"]
    for node in chain:
        gltf.add("nodes", node)
    nodes = [0]
    world = [_matrix(armature)]
    for node in chain[1:]:
        world.append(world[-1] @ _matrix(node))
    if "hung_mesh" in habits:
        gltf.add("nodes", {"name": "hat", "mesh": 0, "translation": [0.0, 10.0, 0.0], "scale": [0.5 * unit] * 3})
    gltf.add("meshes", {"primitives": [{"attributes": {"POSITION": _box(gltf)}}]})  # mesh 0
    skins = 2 if "two_skins" in habits else 1
    for index in range(skins):
        _add_skinned_mesh(gltf, habits, unit, world[1:], rng)
        nodes.append(gltf.add("nodes", {"name": f"body{index}", "mesh": index + 1, "skin": index}))
    if "loose_mesh" in habits:
        nodes.append(gltf.add("nodes", {"name": "stone", "mesh": 0, "translation": [2.0, 0.0, 0.0]}))
    if "second_root" in habits:
        _add_second_root(gltf, nodes)
    _add_clip(gltf, habits, places, joint_turns, rng)
    gltf.add("scenes", {"nodes": nodes})
    path.write_bytes(gltf.to_glb())


def _matrix(node: dict) -> np.ndarray:
    if "matrix" in node:
        return np.array(node["matrix"]).reshape(4, 4).T
    result = np.eye(4)
    result[:3, :3] = Rotation.from_quat(node.get("rotation", (0, 0, 0, 1))).as_matrix() * node.get("scale", (1, 1, 1))
    result[:3, 3] = node.get("translation", (0, 0, 0))
    return result


def _box(gltf: GltfBuilder) -> int:
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [0, 1, 1]], np.float32)
    return gltf.add_accessor(corners, "VEC3", bounds=True)


def _add_skinned_mesh(
    gltf: GltfBuilder, habits: Sequence[str], unit: float, joints: list[np.ndarray], rng: np.random.Generator
) -> None:
    tube = bending_tube().mesh
    points = (tube.vertices.numpy() * unit).astype(np.float32)
    influences = rng.integers(0, 3, (len(points), 4))
    weights = rng.dirichlet(np.ones(4), len(points)).astype(np.float32)
    attributes = {"POSITION": _positions(gltf, points, habits), "JOINTS_0": 0, "WEIGHTS_0": 0}
    if "eight_influences" in habits:  # the second four repeat joints of the first, so that the sum stays exact
        weights /= 2
        influences[:, 1:], weights[:, 1:] = influences[:, :1], 0
        weights[:, 0] = 0.25
        other = np.zeros_like(weights)
        other[:, :2] = [0.5, 0.25]
        attributes["JOINTS_1"] = gltf.add_accessor(np.tile(np.uint8([[1, 2, 0, 0]]), (len(points), 1)), "VEC4")
        attributes["WEIGHTS_1"] = gltf.add_accessor(other, "VEC4")
    attributes["JOINTS_0"] = gltf.add_accessor(influences.astype(np.uint16), "VEC4")
    if "normalized_weights" in habits:
        levels = np.floor(weights * 255).astype(np.uint8)
        levels[:, 0] += 255 - levels.sum(1, dtype=np.int64).astype(np.uint8)
        view = gltf.add_bytes(levels.tobytes())
        attributes["WEIGHTS_0"] = gltf.add(
            "accessors",
            {"bufferView": view, "componentType": 5121, "count": len(levels), "type": "VEC4", "normalized": True},
        )
    else:
        attributes["WEIGHTS_0"] = gltf.add_accessor(weights, "VEC4")
    indices = gltf.add_accessor(tube.faces.numpy().reshape(-1).astype(np.uint32), "SCALAR")
    gltf.add("meshes", {"primitives": [{"attributes": attributes, "indices": indices}]})
    # Bound lying elsewhere: the mesh space differs from the world by a rigid motion.
    bind = np.eye(4)
    bind[:3, :3], bind[:3, 3] = Rotation.from_euler("y", 30, degrees=True).as_matrix() / unit, (0.1, 0.2, 0.3)
    inverse = np.stack([np.linalg.inv(joint) @ bind for joint in joints])
    inverse[:, 3] = (0, 0, 0, 1)
    matrices = gltf.add_accessor(inverse.swapaxes(1, 2).reshape(-1, 16).astype(np.float32), "MAT4")
    gltf.add("skins", {"joints": [1, 2, 3], "inverseBindMatrices": matrices})


def _positions(gltf: GltfBuilder, points: np.ndarray, habits: Sequence[str]) -> int:
    if "interleaved" in habits:
        rows = np.concatenate([np.full((len(points), 1), 7, np.float32), points, -points], 1)
        view = gltf.add("bufferViews", {**_last_view(gltf, rows.tobytes()), "byteStride": 28})
        accessor = {"bufferView": view, "byteOffset": 4, "componentType": 5126, "count": len(points), "type": "VEC3"}
        return gltf.add("accessors", accessor)
    if "sparse" in habits:
        where = np.arange(0, len(points), 2, dtype=np.uint16)
        views = [gltf.add_bytes(where.tobytes()), gltf.add_bytes(points[where].tobytes())]
        rest = points.copy()
        rest[where] = 0
        base = gltf.add_bytes(rest.tobytes())
        sparse = {
            "count": len(where), "indices": {"bufferView": views[0], "componentType": 5123},
            "values": {"bufferView": views[1]},
        }  # fmt: skip
        accessor = {"bufferView": base, "componentType": 5126, "count": len(points), "type": "VEC3", "sparse": sparse}
        return gltf.add("accessors", accessor)
    return gltf.add_accessor(points, "VEC3", bounds=True)


def _last_view(gltf: GltfBuilder, data: bytes) -> dict:
    """A buffer view's object for data just appended; the plain view of it stays behind, unused."""
    return dict(gltf._collections["bufferViews"][gltf.add_bytes(data)])


def _add_second_root(gltf: GltfBuilder, nodes: list[int]) -> None:
    nodes.append(gltf.add("nodes", {"name": "flag", "mesh": 0, "translation": [0.0, 0.0, 3.0]}))


def _add_clip(
    gltf: GltfBuilder, habits: Sequence[str], places: np.ndarray, turns: Rotation, rng: np.random.Generator
) -> None:
    start = 0.25 if "late_start" in habits else 0.0
    times = np.linspace(start, 1.0, 6, dtype=np.float32)
    mode = "STEP" if "step" in habits else "CUBICSPLINE" if "cubic" in habits else "LINEAR"
    keys = (turns[1] * Rotation.from_rotvec(np.outer(np.sin(np.linspace(0, 3, 6)), [0.5, 0.3, 0.2]))).as_quat()
    curves = [(2, "rotation", keys)]
    if "matrix_nodes" in habits:
        curves = [(3, "rotation", (turns[2] * Rotation.from_rotvec(np.outer(np.arange(6) / 5, [0.4, 0, 0]))).as_quat())]
    if "sliding" in habits:
        for node in (1, 3):
            curves.append((node, "translation", places[node - 1] * (1 + rng.uniform(-0.3, 0.3, (6, 1)))))
    if "armature_turns" in habits:
        spin = Rotation.from_euler("x", -90, degrees=True) * Rotation.from_rotvec(np.outer(np.arange(6), [0, 0, 0.2]))
        curves.append((0, "rotation", spin.as_quat()))
    if "second_root" in habits:
        curves.append((gltf.count("nodes") - 1, "translation", np.linspace([0, 0, 3], [0, 1, 3], 6)))
    source = gltf.add_accessor(times, "SCALAR", bounds=True)
    samplers, channels = [], []
    for node, path, places_or_turns in curves:
        values = places_or_turns.astype(np.float32)
        if mode == "CUBICSPLINE":
            values = np.stack([0 * values, values, 0 * values], 1).reshape(-1, values.shape[1])
        output = gltf.add_accessor(values, "VEC4" if path == "rotation" else "VEC3")
        samplers.append({"input": source, "output": output, "interpolation": mode})
        channels.append({"sampler": len(samplers) - 1, "target": {"node": node, "path": path}})
    gltf.add("animations", {"name": "move", "samplers": samplers, "channels": channels})
