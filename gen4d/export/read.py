"""Files to values: our own GLB back to an equal asset, and any mesh file to a mesh and perhaps a material."""

from pathlib import Path

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from gen4d.conventions import linear_to_srgb
from gen4d.errors import InputError, ShapeError
from gen4d.export.bones import VRM_EXTENSION
from gen4d.export.foreign import read_foreign
from gen4d.export.gltf_parts import gltf_parts
from gen4d.export.parse import MALFORMED, Document, GltfFile, open_gltf
from gen4d.export.parts import join_parts, weld
from gen4d.export.trimesh_parts import trimesh_parts
from gen4d.structures import Asset, Clip, Material, Mesh, Skeleton, Skin

GENERATOR_PREFIX = "gen4d "
GLTF_EXTENSIONS = (".glb", ".gltf")
MESH_EXTENSIONS = (".obj", ".ply", ".stl", ".off", *GLTF_EXTENSIONS)


def read_asset(path: Path) -> Asset:
    """Read a GLB that gen4d wrote.

    Positions, skin, clips and 8-bit textures come back as they were written; rows of weights come back heaviest first,
    welded ids are found again from equal positions, and a clip whose every channel is constant keeps its first and
    last keyframe.

    Raises:
        InputError: the file is missing or damaged, or has not the form that `glb_bytes` writes.
    """
    file = open_gltf(path)
    try:
        return _asset(file)
    except ShapeError as error:
        raise InputError(f"{path}: it holds values no asset can have ({error})") from error
    except MALFORMED as error:
        raise InputError(f"{path}: it has not the form that gen4d writes; read it with load_asset.") from error


@np.errstate(all="ignore")  # the checks tell of bad numbers, in a sentence
def load_asset(path: Path) -> tuple[Asset, tuple[str, ...]]:
    """Read any GLB or glTF file: one of ours as it was written, anybody else's as near as an asset can come.

    Returns:
        asset: with skeleton, skin and clips where the file moves.
        notes: sentences about what was left out or changed; none for a file of ours.

    Raises:
        InputError: the file is missing, damaged, hostile, or shows no triangle.
        MissingDependency: it is compressed and the package to unpack it is not installed.
    """
    file = open_gltf(path)
    try:
        return (_asset(file), ()) if _is_ours(file) else read_foreign(file)
    except ShapeError as error:
        raise InputError(f"{path}: it holds values no asset can have ({error})") from error
    except MALFORMED as error:
        raise InputError(f"{path}: it cannot be understood; the file is damaged.") from error


@np.errstate(all="ignore")
def load_mesh(path: Path) -> tuple[Mesh, Material | None]:
    """Read any triangle mesh: OBJ, PLY, STL, OFF, GLB or glTF.

    The scene's transforms are applied, a skinned mesh is taken in its bind pose, and all pieces become one mesh. A
    texture is kept where all pieces share it; otherwise textures and colours are baked into vertex colours. Units and
    axes stay as they are in the file.

    Returns:
        mesh: with `welded` ids where vertices were copied, and the file's normals where it has them.
        material: or None where the file says nothing about looks.

    Raises:
        InputError: the file is missing, of an unknown kind, too large, damaged or truncated; or it has no faces,
            coordinates that are not finite, or indices out of range.
        MissingDependency: it is compressed with Draco and DracoPy is not installed.
    """
    kind = path.suffix.lower()
    if kind not in MESH_EXTENSIONS:
        raise InputError(f"{path}: '{kind}' files cannot be read; allowed are {', '.join(MESH_EXTENSIONS)}.")
    try:
        parts = gltf_parts(open_gltf(path)) if kind in GLTF_EXTENSIONS else trimesh_parts(path)
        parts = [part for part in parts if len(part.faces)]
        if not parts:
            raise InputError(f"{path}: it has no faces; a triangle mesh is needed.")
        for part in parts:
            if not np.isfinite(part.vertices).all():
                raise InputError(f"{path}: it has vertices that are NaN or infinite; repair the mesh first.")
        return join_parts(parts)
    except ShapeError as error:
        raise InputError(f"{path}: it cannot be used as a mesh ({error})") from error
    except MALFORMED as error:
        raise InputError(f"{path}: it cannot be understood; the file is damaged or truncated.") from error


def _is_ours(file: GltfFile) -> bool:
    """Whether the file has the plain form that `glb_bytes` writes, and nothing that only the general reader knows."""
    document = file.document
    return (
        str(document["asset"].get("generator", "")).startswith(GENERATOR_PREFIX)
        and not document.get("extensionsRequired")
        and len(file.items("meshes")) == len(file.items("materials")) == len(file.items("scenes")) == 1
    )


def _asset(file: GltfFile) -> Asset:
    (mesh_json,) = file.items("meshes")
    (primitive,) = mesh_json["primitives"]
    (material_json,) = file.items("materials")
    (scene,) = file.items("scenes")
    mesh = _mesh(file, primitive)
    skeleton = skin = None
    clips: tuple[Clip, ...] = ()
    if file.items("skins"):
        (skin_json,) = file.items("skins")
        skeleton = _skeleton(file, skin_json)
        skin = _skin(file, primitive["attributes"])
        joint_of_node = {node: joint for joint, node in enumerate(skin_json["joints"])}
        clips = tuple(_clip(file, animation, skeleton, joint_of_node) for animation in file.items("animations"))
    facts = file.document["asset"].get("extras", {})
    provenance = {key: value for key, value in facts.items() if isinstance(value, str | int | float)}
    return Asset(scene["name"], mesh, _material(file, material_json), skeleton, skin, clips, provenance)


def _mesh(file: GltfFile, primitive: Document) -> Mesh:
    attributes = {name: torch.from_numpy(file.accessor(index)) for name, index in primitive["attributes"].items()}
    faces = torch.from_numpy(file.accessor(primitive["indices"]).astype(np.int64).reshape(-1, 3))
    colors = attributes.get("COLOR_0")
    return Mesh(
        attributes["POSITION"],
        faces,
        normals=attributes["NORMAL"],
        uv=attributes.get("TEXCOORD_0"),
        welded=weld(attributes["POSITION"]),
        colors=None if colors is None else linear_to_srgb(colors.double()).float().clamp(0, 1),
    )


def _material(file: GltfFile, material: Document) -> Material:
    rough = material["pbrMetallicRoughness"]
    textures = {
        "base_color": rough.get("baseColorTexture"),
        "orm": rough.get("metallicRoughnessTexture"),
        "normal": material.get("normalTexture"),
    }
    images = {
        name: torch.from_numpy(file.image(file.items("textures")[texture["index"]]["source"])).float() / 255
        for name, texture in textures.items()
        if texture is not None
    }
    factor = torch.tensor(rough.get("baseColorFactor", (1.0, 1.0, 1.0, 1.0)), dtype=torch.float64)
    plain = torch.cat([linear_to_srgb(factor[:3]), factor[3:]]).float().clamp(0, 1).reshape(1, 1, 4)
    values = {"roughness": rough.get("roughnessFactor"), "metallic": rough.get("metallicFactor")}
    return Material(
        images.get("base_color", plain),
        images["orm"][..., :3].contiguous() if "orm" in images else None,
        images["normal"][..., :3].contiguous() if "normal" in images else None,
        **{name: float(value) for name, value in values.items() if value is not None},
        double_sided=bool(material.get("doubleSided", False)),
    )


def _skeleton(file: GltfFile, skin: Document) -> Skeleton:
    nodes = [file.items("nodes")[index] for index in skin["joints"]]
    joint_of_node = {node: joint for joint, node in enumerate(skin["joints"])}
    parents = torch.full((len(nodes),), -1, dtype=torch.int64)
    for joint, node in enumerate(nodes):
        if "scale" in node or "matrix" in node:
            raise InputError(f"{file.path}: joint {joint} has a scale or a matrix; gen4d writes neither.")
        for child in node.get("children", []):
            parents[joint_of_node[child]] = joint
    if VRM_EXTENSION in file.document.get("extensionsUsed", []):  # its nodes stand in a pose of VRM's
        translation, rotation = _bind_pose(file, skin, parents)
    else:
        translation = torch.tensor([node.get("translation", (0, 0, 0)) for node in nodes], dtype=torch.float32)
        rotation = torch.tensor([node.get("rotation", (0, 0, 0, 1)) for node in nodes], dtype=torch.float32)
    return Skeleton(tuple(node["name"] for node in nodes), parents, translation, rotation, skin["extras"]["plan"])


def _bind_pose(file: GltfFile, skin: Document, parents: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Local translations (J, 3) and rotations (J, 4) of the pose that a skin was made for."""
    columns = file.accessor(skin["inverseBindMatrices"]).astype(np.float64)
    frames = np.linalg.inv(columns.reshape(-1, 4, 4).swapaxes(1, 2))  # (J, 4, 4)
    local = frames.copy()
    for joint, parent in enumerate(parents.tolist()):
        if parent >= 0:
            local[joint] = np.linalg.inv(frames[parent]) @ frames[joint]
    turns = Rotation.from_matrix(local[:, :3, :3]).as_quat()
    return torch.from_numpy(local[:, :3, 3].copy()).float(), torch.from_numpy(turns).float()


def _skin(file: GltfFile, attributes: dict[str, int]) -> Skin:
    joints = torch.from_numpy(file.accessor(attributes["JOINTS_0"]).astype(np.int64))
    return Skin(joints, torch.from_numpy(file.accessor(attributes["WEIGHTS_0"])))


def _clip(file: GltfFile, animation: Document, skeleton: Skeleton, joint_of_node: dict[int, int]) -> Clip:
    targets = [(channel["target"]["node"], channel["target"]["path"]) for channel in animation["channels"]]
    if len(set(targets)) != len(targets):
        raise InputError(f"{file.path}: clip '{animation['name']}' moves one joint twice; the file is damaged.")
    channels = [
        (channel["target"], file.accessor(sampler["input"]), file.accessor(sampler["output"]))
        for channel in animation["channels"]
        for sampler in [animation["samplers"][channel["sampler"]]]
    ]
    times = max((keys for _, keys, _ in channels), key=len)
    rotation = skeleton.rest_rotation.repeat(len(times), 1, 1)  # (T, J, 4)
    rest = skeleton.rest_translation.repeat(len(times), 1, 1)
    places = rest.clone()  # (T, J, 3)
    moving: list[int] = []  # the first translation is the carrying joint's
    for target, keys, values in channels:
        if len(keys) != len(times) and not (values == values[0]).all():
            raise InputError(f"{file.path}: clip '{animation['name']}' has channels with different keyframes.")
        full = torch.from_numpy(values if len(keys) == len(times) else np.repeat(values[:1], len(times), 0))
        joint = joint_of_node[target["node"]]
        if target["path"] == "translation":
            moving.append(joint)
            places[:, joint] = full
        else:
            rotation[:, joint] = full
    others = [joint for joint in moving[1:] if not torch.equal(places[:, joint], rest[:, joint])]
    extras = animation["extras"]
    return Clip(
        animation["name"],
        torch.from_numpy(times),
        rotation,
        places[:, moving[0] if moving else 0].contiguous(),
        moving[0] if moving else 0,
        loop=extras["loop"],
        speed=extras.get("speed_mps", 0.0),
        joint_translation=places if others else None,
    )
