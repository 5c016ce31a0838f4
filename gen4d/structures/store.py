"""Values on disk: one safetensors file each, tensors beside versioned JSON metadata.

The tensors of a value keep their field names, so `views.safetensors` holds `albedo`, `alpha`, `depth` and `normal` and
any safetensors reader can use it. A field that is itself a value contributes `field.name`. Everything that is not a
tensor lies in the metadata. Nothing is pickled, so a file from a stranger can at worst be refused.
"""

import dataclasses
import json
import types
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialize

from gen4d.conventions import VIEW_NAMES
from gen4d.errors import InputError, ShapeError
from gen4d.structures.asset import Asset
from gen4d.structures.camera import Camera, canonical_cameras
from gen4d.structures.clip import Clip
from gen4d.structures.material import Material
from gen4d.structures.mesh import Mesh
from gen4d.structures.multiview import MultiView
from gen4d.structures.prompt import Prompt
from gen4d.structures.skeleton import Skeleton, Skin

STORE_VERSION = 1
HEADER = "gen4d"  # the metadata entry that makes a safetensors file ours
VALUES = (Asset, Camera, Clip, Material, Mesh, MultiView, Prompt, Skeleton, Skin)

Value = TypeVar("Value")


def save(value: object, path: Path) -> None:
    """Write one value.

    Raises:
        OSError: the file cannot be written.
    """
    tensors: dict[str, torch.Tensor] = {}
    plain: dict[str, Any] = {}
    _flatten(value, "", tensors, plain)
    header = {"version": STORE_VERSION, "kind": type(value).__name__, "value": plain}
    packed = {name: tensor.cpu().contiguous().clone() for name, tensor in tensors.items()}
    # One metadata entry: safetensors writes several in an order that changes from run to run. And our own write: its
    # `save_file` makes files nobody else may read and reports a full disk as an error of its own kind.
    path.write_bytes(serialize(packed, metadata={HEADER: json.dumps(header, sort_keys=True)}))


def load(path: Path, kind: type[Value]) -> Value:
    """Read one value back and check it as if it were built anew.

    Raises:
        InputError: a missing, foreign or truncated file, another kind of value, a newer version, or tensors whose
            names, shapes or ranges break the value's contract.
    """
    tensors, metadata = _read(path)
    if HEADER not in metadata:
        raise InputError(f"{path}: this safetensors file was not written by gen4d.")
    try:
        header = json.loads(metadata[HEADER])
        version, name = header["version"], header["kind"]
        if version != STORE_VERSION:
            raise InputError(f"{path}: it has format version {version}; this gen4d reads version {STORE_VERSION}.")
        if name != kind.__name__:
            raise InputError(f"{path}: it holds a {name}, expected a {kind.__name__}.")
        return _build(kind, "", tensors, header["value"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: its metadata is damaged or incomplete ({error}).") from error
    except ShapeError as error:
        raise InputError(f"{path}: {error}") from error


def load_views(path: Path) -> MultiView:
    """Read six canonical views, from this library or from any other that writes the same four tensors.

    A file without our metadata is taken if it holds `albedo (6,H,W,3)`, `alpha (6,H,W,1)`, `depth (6,H,W,1)` and
    `normal (6,H,W,3)`, float32, square, in the canonical order.

    Raises:
        InputError: anything else.
    """
    tensors, metadata = _read(path)
    if HEADER in metadata:
        views = load(path, MultiView)
    else:
        missing = [name for name in ("albedo", "alpha", "depth", "normal") if name not in tensors]
        if missing:
            raise InputError(f"{path}: it lacks the tensors {', '.join(missing)} of a views file.")
        if tensors["albedo"].ndim != 4:
            raise InputError(f"{path}: albedo has shape {tuple(tensors['albedo'].shape)}, expected (6, H, W, 3).")
        try:
            camera = canonical_cameras(tensors["albedo"].shape[1])
            views = MultiView(tensors["albedo"], tensors["alpha"], tensors["depth"], tensors["normal"], camera)
        except ShapeError as error:
            raise InputError(f"{path}: {error}") from error
    count, height, width = views.albedo.shape[:3]
    if count != len(VIEW_NAMES) or height != width:
        raise InputError(f"{path}: it holds {count} views of {width} x {height} pixels, expected 6 square ones.")
    canonical = canonical_cameras(height)
    posed = torch.allclose(views.camera.camera_to_world, canonical.camera_to_world, atol=1e-5)
    if not posed or views.camera.half_extent != canonical.half_extent:
        raise InputError(f"{path}: its cameras are not the six canonical ones ({', '.join(VIEW_NAMES)}).")
    return views


def _read(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    if not path.is_file():
        raise InputError(f"{path}: file not found.")
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise InputError(f"{path}: it is not a safetensors file, or it is cut off ({error}).") from error


def _flatten(value: object, prefix: str, tensors: dict[str, torch.Tensor], plain: dict[str, Any]) -> None:
    """Spread a value's fields over `tensors` and `plain`, under dotted names; None fields are left out."""
    for field in dataclasses.fields(value):  # pyright: ignore[reportArgumentType]
        name, item = prefix + field.name, getattr(value, field.name)
        if isinstance(item, torch.Tensor):
            tensors[name] = item
        elif dataclasses.is_dataclass(item):
            plain[name] = type(item).__name__
            _flatten(item, f"{name}.", tensors, plain)
        elif isinstance(item, tuple) and item and dataclasses.is_dataclass(item[0]):
            plain[name] = len(item)
            for index, part in enumerate(item):
                _flatten(part, f"{name}.{index}.", tensors, plain)
        elif item is not None:
            plain[name] = item


def _build(kind: type[Value], prefix: str, tensors: dict[str, torch.Tensor], plain: dict[str, Any]) -> Value:
    fields: dict[str, Any] = {}
    for name, annotation in get_type_hints(kind).items():
        key = prefix + name
        if key in tensors:
            fields[name] = tensors[key]
        elif key in plain:
            inner = _value_kind(annotation)
            if inner is None or isinstance(plain[key], list):
                fields[name] = tuple(plain[key]) if isinstance(plain[key], list) else plain[key]
            elif get_origin(annotation) is tuple:
                fields[name] = tuple(_build(inner, f"{key}.{index}.", tensors, plain) for index in range(plain[key]))
            else:
                fields[name] = _build(inner, f"{key}.", tensors, plain)
    return kind(**fields)


def _value_kind(annotation: object) -> type | None:
    """The structure an annotation names: `Mesh`, `Mesh | None` or `tuple[Mesh, ...]`."""
    if isinstance(annotation, type) and annotation in VALUES:
        return annotation
    if get_origin(annotation) in (tuple, types.UnionType):
        return next((arg for arg in get_args(annotation) if isinstance(arg, type) and arg in VALUES), None)
    return None
