"""Hostile and damaged files: one sentence each, no huge allocation, nothing read outside the file's own folder."""

import base64
import json
import random
import resource
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from foreign_factory import HABITS, write_foreign
from glb_factory import bending_tube, humanoid, textured_box
from glb_surgery import edit_accessor, edit_json, join_glb, split_glb

from gen4d.errors import Gen4dError, InputError
from gen4d.export.config import ExportConfig
from gen4d.export.glb import write_glb
from gen4d.export.inspect import inspect_glb
from gen4d.export.parse import MAX_JOINTS
from gen4d.export.read import load_asset, load_mesh

MORE_MEMORY = 600 * 2**20  # bytes a hostile file may make the process grow by; the honest 4 GB ones never get that far
SLOWEST = 5.0  # seconds of this process, whatever else the machine does


def _accessor_of(document: dict[str, Any], name: str) -> dict[str, Any]:
    return document["accessors"][document["meshes"][0]["primitives"][0]["attributes"][name]]


def _huge_count(document: dict[str, Any]) -> None:
    _accessor_of(document, "POSITION")["count"] = 2**31


def _huge_empty(document: dict[str, Any]) -> None:
    accessor = _accessor_of(document, "POSITION")
    del accessor["bufferView"]
    accessor["count"] = 2**31


def _many_joints(document: dict[str, Any]) -> None:
    first = len(document["nodes"])
    document["nodes"] += [{"name": f"joint{i}"} for i in range(10_000)]
    document["skins"][0]["joints"] = list(range(first, first + 10_000))


def _cycle(document: dict[str, Any]) -> None:
    document["nodes"][4]["children"] = [2]


def _self_cycle(document: dict[str, Any]) -> None:
    document["nodes"][2]["children"] = [2]


def _deep(document: dict[str, Any]) -> None:
    first = len(document["nodes"])
    document["nodes"] += [{"children": [first + i + 1]} for i in range(200_000)] + [{}]
    document["scenes"][0]["nodes"].append(first)


def _laughing(document: dict[str, Any]) -> None:
    """A thousand nodes that show one mesh a thousand times each."""
    first = len(document["nodes"])
    document["nodes"] += [{"mesh": 0} for _ in range(90_000)]
    document["meshes"][0]["primitives"] *= 1000
    document["scenes"][0]["nodes"] += list(range(first, first + 90_000))


def _many_channels(document: dict[str, Any]) -> None:
    animation = document["animations"][0]
    animation["channels"] *= 20_000


def _set(collection: str, index: int, **values: object) -> Callable[[dict[str, Any]], None]:
    return lambda document: document[collection][index].update(values)


EDITS: dict[str, Callable[[dict[str, Any]], object]] = {
    "a count of 2^31": _huge_count,
    "a count of 2^31 without data": _huge_empty,
    "a negative count": _set("accessors", 0, count=-3),
    "a fraction as count": _set("accessors", 0, count=2.5),
    "text as count": _set("accessors", 0, count="many"),
    "an offset beyond the buffer": _set("bufferViews", 0, byteOffset=10**9),
    "a negative offset": _set("bufferViews", 0, byteOffset=-4),
    "a length beyond the buffer": _set("bufferViews", 0, byteLength=2**40),
    "a view of no buffer": _set("bufferViews", 0, buffer=7),
    "a negative index": _set("accessors", 0, bufferView=-1),
    "overlapping elements": _set("bufferViews", 0, byteStride=1),
    "a buffer longer than the file": _set("buffers", 0, byteLength=2**33),
    "a cycle of nodes": _cycle,
    "a node that is its own child": _self_cycle,
    "a tree 200,000 deep": _deep,
    "90,000,000 copies of a mesh": _laughing,
    "10,000 joints": _many_joints,
    "a skin without joints": _set("skins", 0, joints=[]),
    "a joint that is no node": _set("skins", 0, joints=[2, 3, 99]),
    "a NaN matrix": _set("nodes", 2, matrix=[float("nan")] * 16),
    "an infinite place": _set("nodes", 2, translation=[1e999, 0, 0]),
    "a rotation of length 0": _set("nodes", 2, rotation=[0, 0, 0, 0]),
    "a matrix of 3 numbers": _set("nodes", 2, matrix=[1, 2, 3]),
    "nodes that are numbers": lambda document: document.update(nodes=[1, 2, 3]),
    "nodes that are an object": lambda document: document.update(nodes={"a": 1}),
    "an unknown required extension": lambda document: document.update(extensionsRequired=["ACME_magic"]),
    "60,000 channels for one joint": _many_channels,
}


@pytest.mark.parametrize("what", EDITS)
def test_hostile_json_is_one_sentence(tmp_path: Path, what: str) -> None:
    path = tmp_path / "a.glb"
    write_glb(bending_tube(), path)
    edit_json(path, EDITS[what])
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(InputError) as caught:
        load_asset(path)
    message = str(caught.value)
    assert message.startswith(str(path)) and "\n" not in message and len(message) < 400
    assert time.process_time() - start < SLOWEST
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < MORE_MEMORY


def test_as_many_joints_as_allowed_are_read(tmp_path: Path) -> None:
    write_glb(bending_tube(), tmp_path / "a.glb")

    def grow(document: dict[str, Any]) -> None:
        first = len(document["nodes"])
        extra = list(range(first, first + MAX_JOINTS - 3))
        document["nodes"] += [{"name": f"extra{i}"} for i in extra]
        document["nodes"][4]["children"] = extra
        document["skins"][0]["joints"] += extra
        del document["skins"][0]["inverseBindMatrices"]
        document["animations"] = []

    edit_json(tmp_path / "a.glb", grow)
    asset, _ = load_asset(tmp_path / "a.glb")
    assert asset.skeleton is not None and len(asset.skeleton) == MAX_JOINTS


@pytest.mark.parametrize(
    "uri",
    ["../secret.bin", "sub/../../secret.bin", "%2e%2e/secret.bin", "/etc/passwd", "file:///etc/passwd", "link.bin",
     "http://example.org/a.bin", "a\0b.bin", "x" * 5000 + ".bin", "C:\\secret.bin", "", ".", "data:;base64,@@@@"],
)  # fmt: skip
def test_addresses_outside_the_folder_are_never_read(tmp_path: Path, uri: str) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    write_glb(textured_box(), inside / "a.glb")
    document, binary = split_glb((inside / "a.glb").read_bytes())
    (tmp_path / "secret.bin").write_bytes(bytes(binary))
    (inside / "link.bin").symlink_to(tmp_path / "secret.bin")
    document["buffers"][0]["uri"] = uri
    (inside / "a.gltf").write_text(json.dumps(document))
    with pytest.raises(InputError) as caught:
        load_asset(inside / "a.gltf")
    assert len(str(caught.value)) < 400


def test_files_below_the_folder_and_embedded_data_are_read(tmp_path: Path) -> None:
    write_glb(textured_box(), tmp_path / "a.glb")
    document, binary = split_glb((tmp_path / "a.glb").read_bytes())
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.bin").write_bytes(bytes(binary))
    for uri in (
        "sub/b.bin",
        "./sub/b.bin",
        "data:application/octet-stream;base64," + base64.b64encode(binary).decode(),
    ):
        document["buffers"][0]["uri"] = uri
        (tmp_path / "a.gltf").write_text(json.dumps(document))
        assert len(load_asset(tmp_path / "a.gltf")[0].mesh.faces) == 12


def test_an_image_in_another_format_is_not_handed_to_its_decoder(tmp_path: Path) -> None:
    """Pillow would start Ghostscript for PostScript."""
    write_glb(textured_box(), tmp_path / "a.glb")
    document, binary = split_glb((tmp_path / "a.glb").read_bytes())
    script = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n"
    view = document["bufferViews"][document["images"][0]["bufferView"]]
    binary[view["byteOffset"] : view["byteOffset"] + len(script)] = script
    (tmp_path / "a.glb").write_bytes(join_glb(document, bytes(binary)))
    with pytest.raises(InputError, match="image 0 cannot be decoded"):
        load_asset(tmp_path / "a.glb")


def test_a_small_png_of_a_huge_picture_is_refused(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(10**6)))
        + chunk(b"IEND", b"")
    )
    write_glb(textured_box(), tmp_path / "a.glb")
    document, binary = split_glb((tmp_path / "a.glb").read_bytes())
    document["bufferViews"].append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(bomb)})
    document["images"][0]["bufferView"] = len(document["bufferViews"]) - 1
    binary += bomb + bytes(-len(bomb) % 4)
    document["buffers"][0]["byteLength"] = len(binary)
    (tmp_path / "a.glb").write_bytes(join_glb(document, bytes(binary)))
    with pytest.raises(InputError, match=r"image 0 (cannot be decoded|is too large)"):
        load_asset(tmp_path / "a.glb")


@pytest.mark.parametrize("length", [0, 3, 11, 12, 19, 20, 100, -1, -9, -1000])
def test_truncated_files_are_one_sentence(tmp_path: Path, length: int) -> None:
    write_glb(bending_tube(), tmp_path / "a.glb")
    data = (tmp_path / "a.glb").read_bytes()
    (tmp_path / "b.glb").write_bytes(data[:length])
    with pytest.raises(InputError):
        load_asset(tmp_path / "b.glb")


def test_keys_that_are_not_numbers_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.glb"
    write_foreign(path, ["sliding"])
    document, _ = split_glb(path.read_bytes())
    output = document["animations"][0]["samplers"][0]["output"]
    edit_accessor(path, output, lambda values: values.fill(float("nan")))
    with pytest.raises(InputError, match="not finite"):
        load_asset(path)


NUMBERS: list[object] = [
    -1,
    0,
    1,
    2,
    3,
    255,
    65535,
    2**31,
    2**32,
    2**63,
    1e308,
    0.5,
    float("nan"),
    None,
    "x",
    [],
    {},
    True,
]


def mutate_json(document: Any, rng: random.Random) -> None:
    """Change, drop or double one value anywhere in the tree."""
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, inner in items:
            places.append((value, key))
            walk(inner)

    walk(document)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        holder, key = rng.choice(places)
        kind = rng.random()
        if (isinstance(holder, list) and key >= len(holder)) or (isinstance(holder, dict) and key not in holder):
            continue
        if kind < 0.6:
            holder[key] = rng.choice(NUMBERS)
        elif kind < 0.75:
            del holder[key]
        elif isinstance(holder, list):
            holder.extend(holder[:50] * rng.choice([1, 40]))
        else:
            other, other_key = rng.choice(places)
            if (isinstance(other, list) and other_key < len(other)) or (isinstance(other, dict) and other_key in other):
                holder[key] = other[other_key] if not isinstance(other[other_key], dict | list) else rng.choice(NUMBERS)


def mutate_bytes(data: bytearray, rng: random.Random) -> bytes:
    """Flip, cut or overwrite a few bytes."""
    for _ in range(rng.choice([1, 2, 8, 64])):
        at = rng.randrange(len(data))
        match rng.randrange(4):
            case 0:
                data[at] ^= 1 << rng.randrange(8)
            case 1:
                data[at : at + 4] = struct.pack("<I", rng.choice([0, 1, 2**31, 2**32 - 1, 0x7FC00000, 0x7F800000]))
            case 2:
                del data[at : at + rng.choice([1, 4, 100])]
            case _:
                data[at:at] = rng.randbytes(rng.choice([1, 4]))
    return bytes(data)


@pytest.mark.parametrize("count", [150, pytest.param(6000, marks=pytest.mark.slow)])
def test_mutated_files_never_crash_or_hang(tmp_path: Path, count: int) -> None:
    """Every reader either answers or raises our own error, within five seconds; the seed makes it repeatable."""
    rng = random.Random(20)
    sources = []
    for index, habits in enumerate([[], ["matrix_nodes", "normalized_weights"], ["two_skins", "cubic", "interleaved"],
                                    ["sparse", "hung_mesh", "centimetres"], list(HABITS[-6:])]):  # fmt: skip
        write_foreign(tmp_path / f"{index}.glb", habits)
        sources.append((tmp_path / f"{index}.glb").read_bytes())
    for index, asset in enumerate((bending_tube(), textured_box(), humanoid())):
        write_glb(asset, tmp_path / f"own{index}.glb", ExportConfig(vrm=index == 2))
        sources.append((tmp_path / f"own{index}.glb").read_bytes())
    path, readers = tmp_path / "mutant.glb", (load_asset, load_mesh, inspect_glb)
    crashes, slowest, rejected = [], 0.0, 0
    for number in range(count):
        source = rng.choice(sources)
        if rng.random() < 0.7:
            document, binary = split_glb(source)
            mutate_json(document, rng)
            mutant = join_glb(document, bytes(binary))
        else:
            mutant = mutate_bytes(bytearray(source), rng)
        path.write_bytes(mutant)
        start = time.process_time()
        try:
            readers[number % 3](path)
        except Gen4dError as error:
            rejected += 1
            assert "\n" not in str(error)
        except Exception as error:  # the test lists every kind it meets
            crashes.append(f"{number}: {readers[number % 3].__name__}: {type(error).__name__}: {error}"[:300])
        slowest = max(slowest, time.process_time() - start)
    assert not crashes, "\n".join(crashes[:20])
    assert slowest < SLOWEST
    assert count / 10 < rejected < count  # most mutations hurt, and some do not
    print(f"{count} mutants, {rejected} rejected, slowest {slowest:.2f} s")
