"""The GLB of a 20,000-face asset with ten clips and a 1024 px texture: seconds, bytes, and what other libraries keep.

Run: python tests/bench/bench_export.py. The budget of one export is 1 s.
"""

import hashlib
import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "export"))
from glb_factory import bend_clip, tube_mesh, tube_skeleton, tube_skin

from gen4d.export.config import ExportConfig
from gen4d.export.glb import glb_bytes
from gen4d.structures import Asset, Material

VARIANTS = {
    "plain": (), "quantize": ("quantize",), "meshopt": ("meshopt",), "webp": ("webp",),
    "quantize,meshopt,webp": ("quantize", "meshopt", "webp"),
}  # fmt: skip


def big_asset() -> Asset:
    """A bending tube of 20,000 faces with a painted 1024 px texture and ten clips of 60 keys."""
    mesh = tube_mesh(rings=101, sides=99)
    rows, columns = np.mgrid[:1024, :1024] / 1024
    waves = [np.sin(20 * rows + 5 * np.sin(9 * columns)), np.sin(31 * columns), np.cos(17 * (rows + columns))]
    paint = 0.5 + 0.4 * np.stack(waves, -1) + np.random.default_rng(0).normal(0, 0.02, (1024, 1024, 3))
    texture = torch.ones(1024, 1024, 4)
    texture[..., :3] = torch.from_numpy(paint.clip(0, 1)).float()
    clips = tuple(replace(bend_clip(2.0, 61), name=f"clip{index}") for index in range(10))
    return Asset("tube", mesh, Material(texture), tube_skeleton(), tube_skin(mesh), clips, {"licence": "CC0-1.0"})


def report_export(asset: Asset) -> None:
    """Seconds and bytes of every kind of compression."""
    for name, compress in VARIANTS.items():
        cfg = ExportConfig.model_validate({"compress": compress})
        seconds = []
        for _ in range(3):
            start = time.process_time()  # of this one thread, whatever else the machine does
            data = glb_bytes(asset, cfg)
            seconds.append(time.process_time() - start)
        same = hashlib.sha256(data).digest() == hashlib.sha256(glb_bytes(asset, cfg)).digest()
        print(f"{name:<24} {min(seconds):6.2f} s {len(data):>10,} bytes   byte-identical: {same}")


def report_round_trips(asset: Asset) -> None:
    """What is left of the file after other libraries have opened and saved it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "a.glb").write_bytes(glb_bytes(asset))
        print(f"{'ours':<24} {_contents(folder / 'a.glb')}")
        for library, save in (("trimesh", _through_trimesh), ("pygltflib", _through_pygltflib)):
            try:
                save(folder / "a.glb", folder / f"{library}.glb")
            except ImportError:
                print(f"{library:<24} not installed")
                continue
            print(f"{library:<24} {_contents(folder / f'{library}.glb')}")


def _through_trimesh(source: Path, target: Path) -> None:
    import trimesh

    trimesh.load_scene(source, process=False).export(target)


def _through_pygltflib(source: Path, target: Path) -> None:
    import pygltflib

    pygltflib.GLTF2().load(str(source)).save(str(target))


def _contents(path: Path) -> str:
    data = path.read_bytes()
    document = json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])
    attributes = sorted(document["meshes"][0]["primitives"][0]["attributes"])
    counts = {key: len(document.get(key, [])) for key in ("skins", "animations", "images")}
    extras = "extras" if document["asset"].get("extras") else "no extras"
    return f"{counts} {extras} {' '.join(attributes)} ({len(data):,} bytes)"


if __name__ == "__main__":
    torch.set_num_threads(1)
    big = big_asset()
    print(f"{len(big.mesh.faces)} faces, {len(big.clips)} clips, 1024 px, one thread")
    report_export(big)
    report_round_trips(big)
