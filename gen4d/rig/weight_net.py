"""A small network on top of bone heat: how much each near bone moves a vertex, learned from artists' rigs.

For every vertex and each of its nearest bones it sees what a rigger looks at: heat, ways through the solid, where along
the bone the vertex lies, how the surface faces, and the loose piece the vertex belongs to. It corrects the logarithm of
the heat, so a network that says nothing leaves bone heat. Nothing in it knows names, scale, sides or axes.

Source: the pairwise weights of Liu et al., NeuroSkinning, SIGGRAPH 2019, much reduced.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from gen4d.errors import CheckpointError
from gen4d.rig.checks import shell_volumes
from gen4d.rig.embedding import Embedding
from gen4d.rig.shells import shell_labels, thickness

CANDIDATES = 8  # nearest bones of a vertex that are asked about
FEATURES = 22
HIDDEN = 64
# Of the network; the rest is heat. With the makes of 130 artist rigs held out in turn (`evaluate.rig_weights_folds`),
# mean L1 of all, of 47 quadrupeds and of 28 fish: heat alone .655, .666, .437; network at .5 .586, .595, .372, at .85
# .570, .581, .357, at 1 .574, .586, .362. No plan wants another belief, so that none has one of its own.
BELIEF = 0.85
LEAST_HEAT = 1e-3  # what is colder counts as this cold
ABSENT = 1e-5  # of a vertex's heat: a bone that training padded, for rigs with fewer bones than candidates
CHUNK = 200_000  # vertex-bone pairs at a time; bounds the memory to about 150 MB
WEIGHTS_FILE = "weight-net.safetensors"


class WeightNet(nn.Module):
    """Features (N, K, 22) and heat (N, K) -> weights (N, K), rows sum to 1.

    Each bone is looked at alone, then beside what the bones of its vertex say together: their mean by heat, their
    largest.
    """

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(FEATURES, HIDDEN), nn.Linear(HIDDEN, HIDDEN)
        self.beside, self.third = nn.Linear(3 * HIDDEN, HIDDEN), nn.Linear(HIDDEN, HIDDEN)
        self.out = nn.Linear(HIDDEN, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, features: torch.Tensor, heat: torch.Tensor) -> torch.Tensor:
        hidden = torch.relu(self.first(features))
        hidden = hidden + torch.relu(self.second(hidden))
        share = (heat + LEAST_HEAT)[..., None]
        share = share / share.sum(1, keepdim=True)
        mean = (share * hidden).sum(1, keepdim=True).expand_as(hidden)
        largest = torch.where(share > ABSENT, hidden, 0.0).amax(1, keepdim=True).expand_as(hidden)
        hidden = hidden + torch.relu(self.beside(torch.cat([hidden, mean, largest], 2)))
        hidden = hidden + torch.relu(self.third(hidden))
        return torch.softmax(torch.log(heat + LEAST_HEAT) + self.out(hidden)[..., 0], 1)


def learned_weights(
    vertices: np.ndarray,
    faces: np.ndarray,
    bones: Embedding,
    distance: np.ndarray,
    heats: tuple[np.ndarray, np.ndarray],
    net: WeightNet,
) -> np.ndarray:
    """Weights (U, B) of all bones; those beyond a vertex's candidates are 0.

    Args:
        vertices: (U, 3) metres, welded.
        faces: (F, 3) into vertices.
        distance: (U, B) metres through the solid.
        heats: bone heat (U, B), sharp and soft.
    """
    chosen = candidates(distance, heats[0])
    surface = SurfaceFacts(vertices, faces, heats[0])
    weights = np.zeros_like(heats[0])
    rows = max(1, CHUNK // chosen.shape[1])
    for start in range(0, len(vertices), rows):
        part = slice(start, start + rows)
        features = pair_features(part, chosen[part], surface, bones, distance, heats)
        heat = np.take_along_axis(heats[0][part], chosen[part], 1)
        with torch.inference_mode():
            found = net(torch.from_numpy(features).float(), torch.from_numpy(heat).float()).double().numpy()
        found = BELIEF * found + (1 - BELIEF) * heat / heat.sum(1, keepdims=True)
        block = np.zeros((len(found), weights.shape[1]))
        np.put_along_axis(block, chosen[part], found, 1)
        weights[part] = block
    return weights


def candidates(distance: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """The warmest bones of each vertex, then the nearest, (U, K)."""
    count = min(CANDIDATES, distance.shape[1])
    rank = np.log(heat + 1e-9) - 0.5 * np.log(distance)  # 1e-9: all but cold, so that nearness decides
    return np.argpartition(-rank, count - 1, axis=1)[:, :count]


class SurfaceFacts:
    """What is measured once a mesh: normals and the loose pieces.

    Fields:
        vertices: (U, 3); normals: (U, 3), zero where there is no face; extent: metres.
        shell: (U,) the piece of each vertex; shell_heat: (S, B) its mean heat; size, thick: (S,).
    """

    def __init__(self, vertices: np.ndarray, faces: np.ndarray, heat: np.ndarray) -> None:
        self.vertices = vertices
        self.extent = max(float(np.ptp(vertices, axis=0).max()), 1e-9)
        a, b, c = (vertices[faces[:, k]] for k in range(3))
        self.normals = np.zeros_like(vertices)
        face_normals = np.cross(b - a, c - a)
        for k in range(3):
            np.add.at(self.normals, faces[:, k], face_normals)
        self.normals /= np.maximum(np.linalg.norm(self.normals, axis=1, keepdims=True), 1e-18)
        _, self.shell = shell_labels(len(vertices), faces)
        self.normals *= np.where(shell_volumes(vertices, faces) < 0, -1.0, 1.0)[self.shell][:, None]  # inside out
        order = np.argsort(self.shell, kind="stable")
        counts = np.bincount(self.shell)
        starts = np.cumsum(counts) - counts
        self.shell_heat = np.add.reduceat(heat[order], starts) / counts[:, None]
        low, high = (f.reduceat(vertices[order], starts) for f in (np.minimum, np.maximum))
        self.size = (high - low).max(1) / self.extent
        self.thick = thickness(vertices[order], starts)


def pair_features(
    rows: slice,
    chosen: np.ndarray,
    surface: SurfaceFacts,
    bones: Embedding,
    distance: np.ndarray,
    heats: tuple[np.ndarray, np.ndarray],
) -> np.ndarray:
    """What the network sees of vertices `rows` and their candidates (N, K), (N, K, 22); free of scale."""
    names = list(bones)
    head, tail = (np.stack([getattr(bone, end) for bone in bones.values()]) for end in ("head", "tail"))
    parent = np.array([names.index(bone.parent) if bone.parent in bones else -1 for bone in bones.values()])
    is_leaf = ~np.isin(np.arange(len(names)), parent)
    length = np.maximum(np.linalg.norm(tail - head, axis=1), 1e-4 * surface.extent)
    unit = (tail - head) / length[:, None]

    point, normal = surface.vertices[rows], surface.normals[rows]
    offset = point[:, None] - head[chosen]  # (N, K, 3)
    along = np.einsum("nkd,nkd->nk", offset, unit[chosen])
    away = offset - np.clip(along, 0, length[chosen])[..., None] * unit[chosen]
    air = np.maximum(np.linalg.norm(away, axis=2), 1e-4 * surface.extent)
    far = distance[rows]
    near = far.min(1, keepdims=True)
    nearest = far.argmin(1)[:, None]
    far = np.take_along_axis(far, chosen, 1)
    shell = surface.shell[rows]
    radius = np.maximum(near, 1e-4 * surface.extent)
    sharp, soft = (np.take_along_axis(heat[rows], chosen, 1) for heat in heats)
    same = np.ones_like(far)
    return np.stack(
        [
            np.log(sharp + LEAST_HEAT), np.log(soft + LEAST_HEAT), np.log(far / near), np.log(far / surface.extent),
            np.log(near / surface.extent) * same, np.log(air / near), np.clip(along / length[chosen], -1, 2),
            np.clip(along / radius, -4, 4), np.clip((length[chosen] - along) / radius, -4, 4),
            np.log(length[chosen] / surface.extent), np.log(length[chosen] / radius),
            np.einsum("nd,nkd->nk", normal, unit[chosen]), np.einsum("nd,nkd->nk", normal, away) / air,
            is_leaf[chosen], chosen == nearest, parent[nearest] == chosen, parent[chosen] == nearest,
            (parent[chosen] == parent[nearest]) & (chosen != nearest),
            surface.shell_heat[shell[:, None], chosen], surface.size[shell][:, None] * same,
            surface.thick[shell][:, None] * same, sharp**0.5,
        ],
        axis=2,
    )  # fmt: skip


@cache
def load_weight_net() -> WeightNet:
    """The network that ships with the package, read once.

    Raises:
        CheckpointError: the file is missing or damaged.
    """
    path = Path(str(files("gen4d.rig") / WEIGHTS_FILE))
    net = WeightNet()
    try:
        net.load_state_dict({name: tensor.float() for name, tensor in load_file(path).items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        raise CheckpointError(f"{path.name}: it is missing or damaged; reinstall gen4d.") from error
    return net.eval()
