"""Rigs made by artists, in our own values: mesh, skeleton, skin and clips to develop and measure rigging on.

Everything is +Y up, faces +Z and keeps the scale and the bind pose of its source. Textures become vertex colours.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from gen4d.data.records import Rejection
from gen4d.data.sources import anny, zeroad
from gen4d.data.sources.zeroad_actors import Archive, Assembler, Piece, random_pick
from gen4d.data.sources.zeroad_formats import NO_BONE, BoneTree, PmdMesh, PsaClip, parse_skeletons
from gen4d.data.sources.zeroad_labels import Template, is_held_out, label
from gen4d.errors import Gen4dError, InputError
from gen4d.export.glb import write_glb
from gen4d.export.names import slug
from gen4d.export.read import load_asset
from gen4d.motion.kinematics import make_continuous, matrix_to_quaternion
from gen4d.streams import Streams
from gen4d.structures import Asset, Clip, Material, Mesh, Skeleton, Skin

logger = logging.getLogger(__name__)

ROOT = "root"
INFLUENCES = 4
LOOPS = ("idle", "walk", "run", "feeding")
WALKERS = ("animal", "soldier", "person")


def quaternius_rigs(folder: Path) -> Iterator[tuple[str, Asset]]:
    """The rigged files of `FOLDER/PACK/NAME.glb`, as id and asset."""
    for path in sorted(folder.glob("*/*.glb")):
        try:
            asset, notes = load_asset(path)
        except Gen4dError as error:
            logger.warning("skipped %s: %s", path.name, error)
            continue
        for note in notes:
            logger.info("%s: %s", path.name, note)
        if asset.skeleton is not None:
            yield f"quaternius/{path.parent.name}/{path.stem}", asset


def zeroad_rigs(folder: Path, categories: tuple[str, ...] = WALKERS) -> Iterator[tuple[str, Asset]]:
    """The rigged units and animals of 0 A.D., as id and asset, one look each; the held-out animals are left out.

    Raises:
        InputError: the folder does not hold the game's data.
    """
    archive = Archive(folder)
    trees = bone_trees(archive)
    seen: set[str] = set()
    for template in zeroad.templates(archive):
        if isinstance(template, Rejection):
            logger.warning("skipped %s: %s", template.id, template.reason)
            continue
        if template.actor in seen or is_held_out((template.name, template.actor)):
            continue
        seen.add(template.actor)
        words = label(template, [template.actor])
        if words is None or words.category not in categories:
            continue
        try:
            yield f"zeroad/{template.name}", zeroad_rig(archive, template, trees, words.plan)
        except (InputError, ValueError, KeyError, IndexError) as error:
            logger.warning("skipped %s: %s", template.name, error)


def anny_rigs(count: int) -> Iterator[tuple[str, Asset]]:
    """Sampled people with the bones and the weights of their model, cut to four joints a vertex; no clips.

    Raises:
        MissingDependency: the package `anny` is not installed.
    """
    body = anny.Body()
    for index in range(count):
        person = anny.sample(Streams(0).numpy("anny", index))
        dressed, heads = body.dressed(person), body.rest(person)[1]
        colors = np.zeros(dressed.vertices.shape)
        colors[dressed.faces.reshape(-1)] = dressed.corner_colors.reshape(-1, 3)
        to_world = np.tile(np.eye(4), (len(heads), 1, 1))
        to_world[:, :3, 3] = heads
        yield (
            f"anny/{index:04d}",
            Asset(
                name=f"anny_{index:04d}",
                mesh=_mesh(dressed.vertices, dressed.faces, colors),
                material=_plain(),
                skeleton=_skeleton(body.bone_names, body.parents, to_world, "biped"),
                skin=_skin(body.bones[dressed.source_vertex], body.weights[dressed.source_vertex]),
                provenance={"licence": anny.LICENCE, "author": anny.AUTHOR},
            ),
        )


def write_rig(name: str, asset: Asset, folder: Path) -> Path:
    """Write one rig as `FOLDER/SLUG.glb`, the slug made of its id.

    Raises:
        OutputError: the file cannot be written.
    """
    path = folder / f"{slug(name.replace('/', ' '))}.glb"
    write_glb(asset, path)
    return path


def bone_trees(archive: Archive) -> tuple[BoneTree, ...]:
    """All skeletons of the game."""
    paths = sorted(p for p in archive.names if p.startswith("art/skeletons/") and p.endswith(".xml"))
    return tuple(tree for path in paths for tree in parse_skeletons(archive.read(path)))


def zeroad_rig(archive: Archive, template: Template, trees: tuple[BoneTree, ...], plan: str) -> Asset:
    """One unit in its bind pose; what it carries hangs rigidly on the bone that carries it.

    Raises:
        InputError: a file is missing or damaged, or the outermost mesh has no bones.
    """
    assembler = Assembler(
        archive, random_pick(Streams(0).numpy("zeroad", f"zeroad/{template.name}")), zeroad.DYES[0], posed=False
    )
    look = assembler.look(template.actor)
    body = archive.mesh(look.mesh) if look.mesh else None
    if body is None or not len(body.rest):
        raise InputError(f"{template.name}: it has no bones.")
    # The same random stream again, so that the pieces are those of the look.
    assembler = Assembler(
        archive, random_pick(Streams(0).numpy("zeroad", f"zeroad/{template.name}")), zeroad.DYES[0], posed=False
    )
    pieces = assembler.pieces(template.actor)
    clips: dict[str, PsaClip] = {}
    for animation in look.animations:
        name = animation.get("name", "").lower()
        clip = archive.clip(animation.get("file", ""))
        if name and name not in clips and clip.frames.shape[1] == len(body.rest) and len(clip.frames) > 2:
            clips[name] = clip
    return rig_of(template.name.rsplit("/", maxsplit=1)[-1], pieces, body, trees, clips, plan)


def rig_of(
    name: str,
    pieces: list[Piece],
    body: PmdMesh,
    trees: tuple[BoneTree, ...],
    clips: dict[str, PsaClip],
    plan: str,
) -> Asset:
    """Pieces in the bind pose on the skeleton of `body`, the outermost mesh; its bones hang on one added root.

    Raises:
        InputError: no skeleton has as many bones.
    """
    tree = _fitting_tree(body, trees)
    offsets = np.cumsum([0, *(len(piece.vertices) for piece in pieces)])
    influences = [_influences(piece, body) for piece in pieces]
    parents = [-1, *(parent + 1 for parent in tree.parents)]
    return Asset(
        name=name,
        mesh=_mesh(
            np.concatenate([piece.vertices for piece in pieces]),
            np.concatenate([piece.faces + offset for piece, offset in zip(pieces, offsets[:-1], strict=True)]),
            np.concatenate([_vertex_colors(piece) for piece in pieces]),
        ),
        material=_plain(),
        skeleton=_skeleton(_unique((ROOT, *tree.names)), parents, np.concatenate([np.eye(4)[None], body.rest]), plan),
        skin=_skin(*(np.concatenate(part) for part in zip(*influences, strict=True))),
        clips=tuple(to_clip(clip_name, clip, tree, body.rest) for clip_name, clip in clips.items()),
        provenance={"licence": zeroad.LICENCE, "author": zeroad.AUTHOR},
    )


def to_clip(name: str, clip: PsaClip, tree: BoneTree, rest: np.ndarray) -> Clip:
    """A clip of the game as local rotations and the path of the bone that carries the body.

    A clip of ours moves one joint, so the other bones keep their lengths at rest. The joint is the bone whose own
    shifting moves most of the skeleton.

    Args:
        rest: (B, 4, 4) bone to object in the bind pose.
    """
    local, rest_local = _local(clip.frames, tree), _local(rest[None], tree)[0]
    shift = np.linalg.norm(local[..., :3, 3] - rest_local[:, :3, 3], axis=-1).mean(0)  # (B,)
    carrier = int((shift * _subtree_sizes(tree)).argmax())
    rotation = matrix_to_quaternion(torch.from_numpy(local[..., :3, :3].copy()))
    still = torch.tensor([0.0, 0.0, 0.0, 1.0], dtype=torch.float64).expand(len(local), 1, 4)
    rotation = torch.cat([still, rotation], 1)
    path = torch.from_numpy(local[:, carrier, :3, 3].copy())
    loop = name in LOOPS
    if loop:  # the game blends the last frame into the first; ours repeats it
        rotation, path = torch.cat([rotation, rotation[:1]]), torch.cat([path, path[:1]])
    rotation = make_continuous(rotation)
    times = torch.arange(len(path), dtype=torch.float32) * clip.frame_seconds
    return Clip(name, times, rotation.float(), path.float(), carrier + 1, loop)


def _local(frames: np.ndarray, tree: BoneTree) -> np.ndarray:
    """Bone to parent (T, B, 4, 4) of bones given in the object's frame."""
    parents = np.array(tree.parents)
    return np.where((parents < 0)[None, :, None, None], frames, np.linalg.inv(frames[:, parents]) @ frames)


def _subtree_sizes(tree: BoneTree) -> np.ndarray:
    """How many bones each bone moves, itself included, (B,)."""
    sizes = np.ones(len(tree.parents))
    for bone in range(len(sizes) - 1, -1, -1):  # children stand after their parents
        if tree.parents[bone] >= 0:
            sizes[tree.parents[bone]] += sizes[bone]
    return sizes


def _fitting_tree(mesh: PmdMesh, trees: tuple[BoneTree, ...]) -> BoneTree:
    """The skeleton of a mesh: as many bones, each near its parent; among equals, the one whose names fit.

    Files do not say which skeleton they use, and a horse has as many bones as a siege engine. The wrong tree ties bones
    of different limbs together, so its bones are long. Attachment points often bear the names of their bones.
    """
    fitting = [tree for tree in trees if len(tree.names) == len(mesh.rest)]
    if not fitting:
        raise InputError(f"no skeleton has {len(mesh.rest)} bones.")
    points = [(point.name, point.bone) for point in mesh.prop_points if point.bone < len(mesh.rest)]

    def fit(tree: BoneTree) -> tuple[float, int]:
        parents = np.array(tree.parents)
        bones = (mesh.rest - mesh.rest[parents])[parents >= 0, :3, 3]
        return float(np.linalg.norm(bones, axis=1).sum()), -sum(tree.names[bone] == name for name, bone in points)

    return min(fitting, key=fit)


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names with a number behind those that occur again: the game looks its bones up by place, not by name."""
    seen: set[str] = set()
    result = []
    for name in names:
        number, free = 1, name
        while free in seen:
            number += 1
            free = f"{name}_{number}"
        seen.add(free)
        result.append(free)
    return tuple(result)


def _influences(piece: Piece, body: PmdMesh) -> tuple[np.ndarray, np.ndarray]:
    """Joints (V, 4), counting the added root, and weights (V, 4) of a piece on the skeleton of the body."""
    count = len(piece.vertices)
    joints, weights = np.zeros((count, INFLUENCES), np.int64), np.zeros((count, INFLUENCES))
    if piece.carrier != NO_BONE:
        joints[:, 0], weights[:, 0] = piece.carrier + 1, 1
    elif len(piece.mesh.rest) == len(body.rest):
        held = piece.mesh.bones < len(body.rest)
        joints, weights = np.where(held, piece.mesh.bones + 1, 0), piece.mesh.weights * held
    weights[weights.sum(1) <= 0, 0] = 1  # what no bone holds stays with the root
    return joints, weights


def _skeleton(names: tuple[str, ...], parents: list[int], to_world: np.ndarray, plan: str) -> Skeleton:
    inverse = np.linalg.inv(to_world)
    local = np.stack([m if p < 0 else inverse[p] @ m for m, p in zip(to_world, parents, strict=True)])
    return Skeleton(
        names=names,
        parents=torch.tensor(parents),
        rest_translation=torch.from_numpy(local[:, :3, 3].copy()).float(),
        rest_rotation=matrix_to_quaternion(torch.from_numpy(local[:, :3, :3].copy())).float(),
        plan=plan,
    )


def _skin(joints: np.ndarray, weights: np.ndarray) -> Skin:
    """The four heaviest joints of each vertex, summing to 1."""
    order = np.argsort(-weights, 1, kind="stable")[:, :INFLUENCES]
    joints, weights = np.take_along_axis(joints, order, 1), np.take_along_axis(weights, order, 1)
    weights = (weights / weights.sum(1, keepdims=True)).astype(np.float32)
    return Skin(torch.from_numpy(np.where(weights > 0, joints, 0)), torch.from_numpy(weights))


def _mesh(vertices: np.ndarray, faces: np.ndarray, colors: np.ndarray) -> Mesh:
    _, welded = np.unique(np.round(vertices / np.ptp(vertices), 6), axis=0, return_inverse=True)
    return Mesh(
        vertices=torch.from_numpy(vertices).float(),
        faces=torch.from_numpy(np.ascontiguousarray(faces)),
        welded=torch.from_numpy(welded.reshape(-1)),
        colors=torch.from_numpy(colors).float().clamp(0, 1),
    )


def _vertex_colors(piece: Piece) -> np.ndarray:
    """The texels under the vertices, (V, 3) in [0, 1]."""
    height, width = piece.texture.shape[:2]
    column, row = (np.floor(piece.mesh.uv * (width, height)).astype(int) % (width, height)).T
    return piece.texture[row, column, :3] / 255


def _plain() -> Material:
    return Material(torch.ones(1, 1, 4))
