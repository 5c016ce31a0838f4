"""What the rig stage says about its work: joints, checks and statistics of the weights, ready for JSON."""

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from gen4d.rig.names import mirror_name
from gen4d.rig.voxels import voxelise
from gen4d.rig.weights import weld_mesh
from gen4d.structures import Mesh, Skeleton, Skin

CHECK_RESOLUTION = 96
ISLAND_WEIGHT = 0.05  # smaller weights are no island anybody would see


def rig_report(mesh: Mesh, skeleton: Skeleton, skin: Skin) -> dict[str, object]:
    """Joints by name with parent and position, checks, and weight statistics."""
    world = joint_positions(skeleton)
    parents = skeleton.parents.tolist()
    low, high = mesh.bounds
    height = max(float(high[1] - low[1]), 1e-9)
    solid = voxelise(mesh.vertices.cpu().numpy(), mesh.faces.cpu().numpy(), CHECK_RESOLUTION)
    carrying = np.unique(skin.joints[skin.weights > 0].cpu().numpy())
    inside = solid.contains(world[carrying])
    used = (skin.weights > 0).sum(1).double()
    return {
        "plan": skeleton.plan,
        "joints": [
            {
                "name": name,
                "parent": skeleton.names[parent] if parent >= 0 else None,
                "position": [round(float(v), 5) for v in place],
            }
            for name, parent, place in zip(skeleton.names, parents, world, strict=True)
        ],
        "checks": {
            "one_root": parents.count(-1) == 1,
            "joints_inside": round(float(inside.mean()), 4),
            "joints_outside": [skeleton.names[j] for j in carrying[~inside]],
            "left_right_error": round(left_right_error(skeleton, world) / height, 5),
            "weight_islands": count_islands(mesh, skin),
        },
        "weights": {
            "influences_mean": round(float(used.mean()), 3),
            "influences_max": int(used.max()),
            "rigid_share": round(float((used == 1).double().mean()), 4),
            "joints_without_vertices": [n for j, n in enumerate(skeleton.names) if j not in set(carrying.tolist())],
        },
    }


def joint_positions(skeleton: Skeleton) -> np.ndarray:
    """World positions of a skeleton whose rest rotations are identity, (J, 3) float64."""
    world = skeleton.rest_translation.double().cpu().numpy().copy()
    for joint, parent in enumerate(skeleton.parents.tolist()):
        if parent >= 0:
            world[joint] += world[parent]
    return world


def left_right_error(skeleton: Skeleton, world: np.ndarray) -> float:
    """Largest distance, metres, of a right joint from the mirror image of its left one, in the best plane x = const."""
    index = {name: j for j, name in enumerate(skeleton.names)}
    pairs = [(j, index[m]) for n, j in index.items() if n.startswith("left") and (m := mirror_name(n)) in index]
    if not pairs:
        return 0.0
    left, right = world[[a for a, _ in pairs]], world[[b for _, b in pairs]]
    plane = float(np.median((left[:, 0] + right[:, 0]) / 2))
    mirrored = right * [-1.0, 1.0, 1.0] + [2 * plane, 0.0, 0.0]
    return float(np.linalg.norm(left - mirrored, axis=1).max())


def count_islands(mesh: Mesh, skin: Skin) -> int:
    """Pieces of surface a joint moves beyond one on each shell: weights that bled to somewhere else."""
    welded, vertices, faces = weld_mesh(mesh)
    first = np.zeros(len(vertices), np.int64)
    first[welded] = np.arange(len(welded))
    joints, weights = skin.joints.cpu().numpy()[first], skin.weights.cpu().numpy()[first]
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    _, shell = _components(edges, np.ones(len(vertices), bool))
    islands = 0
    for joint in np.unique(joints[weights >= ISLAND_WEIGHT]):
        moved = ((joints == joint) & (weights >= ISLAND_WEIGHT)).any(1)
        count, _ = _components(edges, moved)
        islands += count - len(np.unique(shell[moved]))
    return int(islands)


def _components(edges: np.ndarray, mask: np.ndarray) -> tuple[int, np.ndarray]:
    """Connected pieces of the masked vertices, and the label of every vertex."""
    kept = edges[mask[edges].all(1)]
    graph = sparse.coo_matrix((np.ones(len(kept), np.int8), kept.T), shape=(len(mask), len(mask)))
    _, labels = connected_components(graph, directed=False)
    return len(np.unique(labels[mask])), labels
