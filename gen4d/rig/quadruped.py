"""The quadruped template: legs followed up from the ground, a spine between them, head and tail by geodesic reach."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from gen4d.context import Context
from gen4d.rig.embedding import Bone, Embedding, chain, mirror_points, pull_inside, symmetrise
from gen4d.rig.folded import fold_legs
from gen4d.rig.graph import VoxelGraph, along, build_graph, distances_from, medial_path, path_lengths
from gen4d.rig.names import mirror_name
from gen4d.rig.slices import EIGHT_CONNECTED, center_columns, connected_to, symmetry_plane
from gen4d.rig.voxels import VoxelSolid, distance_to, label_pieces

FOOT_BAND = 0.10  # of the height: what stands this low is a foot
OFF_PLANE = 0.4  # of the half width of the feet: what stands nearer to the symmetry plane is no foot
MIN_LEG_SPREAD = 0.22  # of the length: front and hind feet closer than this are one clump
DEFAULT_HIND, DEFAULT_FRONT = 0.25, 0.72  # of the length, from the rear, where feet cannot be told apart
DEFAULT_BELLY = 0.45  # of the height
# Joint heights as shares of the leg (top joint to ground): knee or elbow, hock or wrist. Dyce, Sack and Wensing,
# Textbook of Veterinary Anatomy, 2010, dog and horse, averaged.
JOINT_SHARES = {"Front": (0.62, 0.30), "Hind": (0.70, 0.40)}
TOES_SHARE = 0.09
# A hind leg is a Z: hip and stifle lie before the foot, the hock behind the line between them. Of the leg's height.
HIP_FORWARD, STIFLE_FORWARD = 0.12, 0.20
UP_INTO_BODY = {"Front": 0.40, "Hind": 0.55}  # of the belly-to-back distance: shoulder and hip joint
SPINE = (("hips", 0.0), ("spine", 0.25), ("spine1", 0.5), ("chest", 0.78))
SPINE_UP = 0.05  # of the way from the middle of the body to its back
MIN_TAIL = 0.10  # of the length
TAIL_AREA = 0.4  # of the trunk's median cross-section: behind the hind legs, less than this is tail
SYMMETRY_TOLERANCE = 0.08  # of the length


@dataclass(frozen=True)
class Trunk:
    """What is measured once and used by every part; all in voxels of the solid.

    Fields:
        solid, graph: the filled grid and its voxels as a graph.
        center: grid x of the symmetry plane.
        floor, belly, back: grid y; belly is where the legs join the body.
        feet: grid (x, z) of the foot on the side x > center, for "Front" and "Hind".
    """

    solid: VoxelSolid
    graph: VoxelGraph
    center: float
    floor: float
    belly: float
    back: float
    feet: dict[str, np.ndarray]

    @property
    def length(self) -> float:
        """From rear to nose."""
        z = np.flatnonzero(self.solid.occupied.any((0, 1)))
        return float(z[-1] - z[0] + 1)


def fit_quadruped(solid: VoxelSolid, ctx: Context) -> Embedding:
    """Fit a four-legged skeleton into a solid that stands on its feet and faces +Z.

    A tail is added where one sticks out. Where the feet cannot be told apart, usual proportions stand in and the run is
    warned.
    """
    plane_x, _ = symmetry_plane(solid)
    trunk, separate = _measure(solid, plane_x)
    if not separate:
        ctx.warn(
            "rig: four separate feet were not found, so the legs sit at usual proportions; "
            "if the subject is no quadruped, name its body plan with --plan."
        )
    bones = _spine(trunk)
    flipped, _ = _measure(_mirror(solid, plane_x), plane_x)
    for end, parent in (("Hind", "hips"), ("Front", "chest")):
        bones |= _leg(trunk, end, parent)
        for name, bone in _leg(flipped, end, parent).items():
            ends = mirror_points(np.stack([bone.head, bone.tail]), plane_x)
            bones[mirror_name(name)] = Bone(mirror_name(bone.parent), ends[0], ends[1])
    bones = fold_legs(bones, solid, trunk.graph, trunk.center)
    bones |= _head(trunk, bones["chest"])
    bones |= _tail(trunk, bones["hips"])
    return pull_inside(symmetrise(bones, plane_x, SYMMETRY_TOLERANCE * trunk.length * solid.size), solid)


def _mirror(solid: VoxelSolid, plane_x: float) -> VoxelSolid:
    """The solid reflected in its symmetry plane, in world coordinates."""
    origin = solid.origin.copy()
    origin[0] = 2 * plane_x - (origin[0] + (solid.occupied.shape[0] - 1) * solid.size)
    return VoxelSolid(solid.occupied[::-1], solid.depth[::-1], origin, solid.size)


def _measure(solid: VoxelSolid, plane_x: float) -> tuple[Trunk, bool]:
    """Find feet, belly and back; and whether front and hind feet really are apart."""
    center = float(solid.to_grid(np.array([plane_x, 0.0, 0.0]))[0])
    index = np.argwhere(solid.occupied)
    _, floor, rear = (int(a) for a in index.min(0))
    _, top, nose = (int(a) for a in index.max(0))
    height, length = top - floor + 1, nose - rear + 1
    slab = solid.occupied[:, floor : int(np.ceil(floor + FOOT_BAND * height))]
    band = _off_the_plane(np.asarray(slab.any(1)), center)
    low = index[(index[:, 1] < floor + FOOT_BAND * height) & (index[:, 0] > center) & band[index[:, 0], index[:, 2]]]
    if len(low):  # what is left of a tail or a belly lies near the plane; feet do not
        low = low[low[:, 0] > center + OFF_PLANE * (low[:, 0].max() - center)]
    feet, separate = _feet(low, center, float(rear), float(length))

    belly = _belly(solid, center, int(floor), float(height), feet)
    between = slice(int(feet["Hind"][1]), int(feet["Front"][1]) + 1)
    columns = slice(int(center), int(np.ceil(center)) + 1)
    profile = np.asarray(solid.occupied[columns, :, between].any(0))  # (Y, Z): the middle sheet between the legs
    tops = [np.flatnonzero(column)[-1] for column in profile.T if column.any()]
    back = float(np.percentile(tops, 25)) if tops else floor + 0.8 * height
    belly = min(belly, floor + 0.8 * (back - floor))
    return Trunk(solid, build_graph(solid), center, float(floor), belly, back, feet), separate


def _off_the_plane(band: np.ndarray, center: float) -> np.ndarray:
    """The pieces of a slice (X, Z) that keep to one side, as feet do and a dragging tail does not, if there are any."""
    labels, _ = label_pieces(band, EIGHT_CONNECTED)
    middle = np.unique(labels[center_columns(center)])
    kept = band & ~np.isin(labels, middle[middle > 0])
    return kept if len(np.unique(labels[int(center) + 1 :][kept[int(center) + 1 :]])) >= 2 else band


def _feet(low: np.ndarray, center: float, rear: float, length: float) -> tuple[dict[str, np.ndarray], bool]:
    """Split the lowest voxels of one side into hind and front at the widest gap of their z."""
    width = max(float(low[:, 0].max() - center) if len(low) else 0.0, 1.0)
    usual = {
        "Hind": np.array([center + 0.5 * width, rear + DEFAULT_HIND * length]),
        "Front": np.array([center + 0.5 * width, rear + DEFAULT_FRONT * length]),
    }
    if len(low) < 2:
        return usual, False
    z = np.unique(low[:, 2])
    gaps = np.diff(z)
    widest = int(gaps.argmax()) if len(gaps) else 0
    if not len(gaps) or gaps[widest] < 2:
        return usual, False
    hind, front = low[low[:, 2] <= z[widest]], low[low[:, 2] > z[widest]]
    feet = {"Hind": hind[:, [0, 2]].mean(0), "Front": front[:, [0, 2]].mean(0)}
    if feet["Front"][1] - feet["Hind"][1] < MIN_LEG_SPREAD * length:
        return usual, False
    return feet, True


def _belly(solid: VoxelSolid, center: float, floor: int, height: float, feet: dict[str, np.ndarray]) -> float:
    """The lowest slice in which the space between front and hind legs is filled from one to the other."""
    between = np.linspace(feet["Hind"][1], feet["Front"][1], 9)[2:-2].round().astype(int)
    half = max(1, round(feet["Front"][0] - center))
    block = solid.occupied[int(center) : int(center) + half + 1][:, :, between].any(0)  # (Y, 5)
    filled = np.flatnonzero(block.mean(1) >= 0.6)
    filled = filled[filled > floor + 0.12 * height]
    return float(filled[0]) if len(filled) else floor + DEFAULT_BELLY * height


def _trunk_mask(trunk: Trunk) -> np.ndarray:
    """Voxels of the body proper: above the belly and connected, (X, Y, Z) bool."""
    body = trunk.solid.occupied.copy()
    body[:, : int(trunk.belly)] = False
    return body


def _spine(trunk: Trunk) -> Embedding:
    """Hips over the hind legs to the chest over the front legs, through the middle of the body."""
    body = _trunk_mask(trunk)
    body[:, int(trunk.back) + 1 :] = False
    z_hind, z_front = trunk.feet["Hind"][1], trunk.feet["Front"][1]
    points = []
    for share in [s for _, s in SPINE] + [1.0]:
        z = z_hind + share * (z_front - z_hind)
        window = np.argwhere(body[:, :, max(0, round(z) - 2) : round(z) + 3])
        middle = window[:, 1].mean() if len(window) else (trunk.belly + trunk.back) / 2
        points.append(np.array([trunk.center, middle + SPINE_UP * (trunk.back - middle), z]))
    heights = ndimage.uniform_filter1d(np.array([p[1] for p in points]), 3, mode="nearest")
    points = [np.array([p[0], y, p[2]]) for p, y in zip(points, heights, strict=True)]
    return chain(tuple(name for name, _ in SPINE), "root", [trunk.solid.to_world(p) for p in points])


def _leg(trunk: Trunk, end: str, parent: str) -> Embedding:
    """One leg on the side x > center: upper, lower, foot and toes, each at the middle of the leg's slice."""
    foot = trunk.feet[end]
    top = trunk.belly + UP_INTO_BODY[end] * (trunk.back - trunk.belly)
    length = top - trunk.floor
    knee_share, ankle_share = JOINT_SHARES[end]
    levels = [trunk.floor + share * length for share in (TOES_SHARE, ankle_share, knee_share)]
    centers = _follow_up(trunk, foot, levels)
    toes, ankle, knee = (np.array([c[0], y, c[1]]) for c, y in zip(centers, levels, strict=True))
    hip = np.array([(knee[0] + foot[0]) / 2, top, knee[2]])
    if end == "Hind":
        hip[2] += HIP_FORWARD * length
        knee[2] += STIFLE_FORWARD * length
    hip[0] = trunk.center + 0.85 * (hip[0] - trunk.center)
    tip = np.array([toes[0], toes[1], toes[2] + 0.06 * length])
    side = f"left{end}"
    names = tuple(side + part for part in ("UpperLeg", "LowerLeg", "Foot", "Toes"))
    return chain(names, parent, [trunk.solid.to_world(p) for p in (hip, knee, ankle, toes, tip)])


def _follow_up(trunk: Trunk, foot: np.ndarray, levels: list[float]) -> list[np.ndarray]:
    """Grid (x, z) of a leg's middle at rising heights, following the leg from slice to slice."""
    half = np.zeros_like(trunk.solid.occupied)
    half[int(np.floor(trunk.center)) + 1 :] = True
    limb = trunk.solid.occupied & half
    spread = abs(trunk.feet["Front"][1] - trunk.feet["Hind"][1])
    position, found = foot.astype(np.float64), []
    for y in range(round(trunk.floor), round(levels[-1]) + 1):
        index = np.argwhere(limb[:, y])
        near = index[np.abs(index[:, 1] - position[1]) < 0.22 * spread + 1] if len(index) else index
        if len(near) and y < trunk.belly:
            position = 0.5 * position + 0.5 * near.mean(0)
        elif len(near):  # inside the body: keep the leg's line, do not wander to the body's middle
            position = 0.9 * position + 0.1 * near.mean(0)
        while len(found) < len(levels) and y >= round(levels[len(found)]):
            found.append(position.copy())
    return found + [position] * (len(levels) - len(found))


def _head(trunk: Trunk, chest: Bone) -> Embedding:
    """Neck and head along the middle line from the chest to the point that is farthest from the hips in front."""
    start = trunk.graph.nearest(trunk.solid.to_grid(chest.tail))
    nodes = trunk.graph.indices
    reach = distances_from(trunk.graph, start)
    ahead = (nodes[:, 2] > trunk.feet["Front"][1]) & (nodes[:, 1] > trunk.belly)
    if not ahead.any():
        ahead = nodes[:, 1] >= trunk.back
    # The muzzle is far and forward; ears and antlers are far but not forward.
    forward = nodes[:, 2] - trunk.feet["Front"][1]
    score = reach / trunk.solid.size + 1.0 * forward
    tip = int(np.where(ahead, score, -np.inf).argmax())
    path = medial_path(trunk.solid, trunk.graph, start, tip)
    path[:, 0] = trunk.center
    neck, head = along(path, 0.15), along(path, _head_share(trunk, path))
    world = [trunk.solid.to_world(p) for p in (neck, (neck + head) / 2, head, path[-1])]
    return chain(("neck", "neck1", "head"), "chest", world)


def _head_share(trunk: Trunk, path: np.ndarray) -> float:
    """Where the head begins, as a share of the way from chest to muzzle: the thinnest place, or the middle."""
    index = np.clip(np.rint(path).astype(int), 0, np.array(trunk.solid.depth.shape) - 1)
    depth = ndimage.uniform_filter1d(trunk.solid.depth[tuple(index.T)], 3, mode="nearest")
    share = path_lengths(path) / max(path_lengths(path)[-1], 1e-9)
    inner = np.flatnonzero((share > 0.3) & (share < 0.72))
    if not len(inner):
        return 0.55
    thinnest = inner[depth[inner].argmin()]
    is_neck = depth[thinnest] < 0.9 * depth[inner[-1] :].max()
    return float(np.clip(share[thinnest] + 0.05, 0.4, 0.7)) if is_neck else 0.55


def _tail(trunk: Trunk, hips: Bone) -> Embedding:
    """Two to four bones along the tail, or nothing where there is none."""
    start = trunk.graph.nearest(trunk.solid.to_grid(hips.head))
    path = _tail_behind(trunk, start)
    if path is None:
        path = _tail_hanging(trunk, start)
    if path is None:
        return {}
    path[:, 0] = trunk.center
    count = int(np.clip(round(path_lengths(path)[-1] / (0.07 * trunk.length)), 2, 4))
    points = [trunk.solid.to_world(along(path, i / count)) for i in range(count + 1)]
    return chain(tuple(f"tail{i + 1}" for i in range(count)), "hips", points)


def _tail_behind(trunk: Trunk, start: int) -> np.ndarray | None:
    """A tail that goes on behind the rump: from where the body's cross-section shrinks to the last voxel, or None."""
    area = trunk.solid.occupied[:, int(trunk.belly) :].sum((0, 1)).astype(np.float64)  # (Z,)
    z_hind, z_front = round(trunk.feet["Hind"][1]), round(trunk.feet["Front"][1])
    thin = np.flatnonzero(area[:z_hind] < TAIL_AREA * np.median(area[z_hind : z_front + 1]))
    rear = np.argwhere(trunk.solid.occupied)[:, 2].min()
    root = int(thin[-1]) if len(thin) else rear
    if root - rear < MIN_TAIL * trunk.length:
        return None
    nodes = trunk.graph.indices
    behind = (nodes[:, 2] < root) & ~_leg_nodes(trunk)
    if not behind.any():
        return None
    tip = int(np.where(behind, distances_from(trunk.graph, start), -1.0).argmax())
    path = medial_path(trunk.solid, trunk.graph, start, tip)
    path = path[np.flatnonzero(path[:, 2] >= root)[-1] :]
    return path if path_lengths(path)[-1] >= MIN_TAIL * trunk.length else None


def _leg_nodes(trunk: Trunk) -> np.ndarray:
    """Which nodes are below the belly and stand on the feet, (N,) bool."""
    below = trunk.solid.occupied.copy()
    below[:, int(trunk.belly) :] = False
    ground = np.zeros_like(below)
    for side in (1, -1):
        for foot_x, foot_z in trunk.feet.values():
            x = round(trunk.center + side * (foot_x - trunk.center))
            ground[max(x - 2, 0) : x + 3, : int(trunk.floor) + 4, max(round(foot_z) - 2, 0) : round(foot_z) + 3] = True
    return connected_to(below, ground)[tuple(trunk.graph.indices.T)]


def _tail_hanging(trunk: Trunk, start: int) -> np.ndarray | None:
    """A thin tail that hangs down close to the rump: what a fat ball inside the body cannot reach, or None."""
    depth = trunk.solid.depth / trunk.solid.size  # voxels
    z_hind = int(trunk.feet["Hind"][1])
    thick = float(np.percentile(depth[:, int(trunk.belly) :, : z_hind + 1].max((0, 1)), 90))
    core = distance_to(depth >= 0.5 * thick) <= 0.5 * thick + 1
    loose = trunk.solid.occupied & ~core
    loose[:, :, z_hind:] = False
    columns = np.abs(np.arange(loose.shape[0]) - trunk.center) <= 0.4 * (trunk.feet["Hind"][0] - trunk.center) + 1
    seeds = loose & columns[:, None, None]
    seeds[:, : int((trunk.belly + trunk.back) / 2)] = False
    tail = connected_to(loose & columns[:, None, None], seeds)[tuple(trunk.graph.indices.T)]
    if not tail.any():
        return None
    tip = int(np.where(tail, distances_from(trunk.graph, start), -1.0).argmax())
    path = medial_path(trunk.solid, trunk.graph, start, tip)
    index = np.clip(np.rint(path).astype(int), 0, np.array(loose.shape) - 1)
    outside = np.flatnonzero(~core[tuple(index.T)])
    if not len(outside):
        return None
    path = path[outside[0] :]
    return path if path_lengths(path)[-1] >= MIN_TAIL * trunk.length else None
