"""The Khronos glTF validator finds nothing in any kind of file the writer makes."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from glb_factory import bending_tube, box_mesh, checker_texture, colored_box, textured_box

from gen4d.export.glb import write_glb
from gen4d.structures import Asset, Material, Skeleton

HERE = Path(__file__).parent
NODE = shutil.which("node")
REASON = "no node, or no gltf-validator: run `npm ci --prefix tests/export`"


def _orm_box() -> Asset:
    box = textured_box("orm box")
    orm = checker_texture(32)[..., :3].contiguous()
    return replace(box, material=replace(box.material, occlusion_roughness_metallic=orm, double_sided=True))


def _bumpy_box() -> Asset:
    box = textured_box("bumpy box")
    return replace(box, material=replace(box.material, normal_map=torch.tensor([0.5, 0.5, 1.0]).expand(32, 32, 3)))


def _see_through_box() -> Asset:
    texture = checker_texture()
    texture[:16, :16, 3] = 0.0
    return replace(textured_box("see-through"), material=Material(texture))


def _plain_box() -> Asset:
    mesh = replace(box_mesh(), uv=None, normals=None)
    return Asset("纸 / plain: box", mesh, Material(torch.tensor([[[0.2, 0.4, 0.6, 1.0]]])))


def _many_joints_tube() -> Asset:
    tube = bending_tube("many joints")
    num_joints = 300
    assert tube.skin is not None
    skeleton = Skeleton(
        tuple(f"bone.{j:03d}" for j in range(num_joints)),
        torch.arange(-1, num_joints - 1),
        torch.tensor([[0.0, 0.01, 0.0]]).repeat(num_joints, 1),
        torch.tensor([[0.0, 0.0, 0.0, 1.0]]).repeat(num_joints, 1),
        "snake",
    )
    skin = replace(tube.skin, joints=torch.where(tube.skin.weights > 0, tube.skin.joints + 290, 0))
    return replace(tube, skeleton=skeleton, skin=skin, clips=())


ASSETS = {
    "textured": textured_box, "colored": colored_box, "bending": bending_tube, "orm": _orm_box, "bumpy": _bumpy_box,
    "see_through": _see_through_box, "plain": _plain_box, "many_joints": _many_joints_tube,
}  # fmt: skip


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, int | str | list[str]]]:
    if NODE is None or not (HERE / "node_modules" / "gltf-validator").is_dir():
        pytest.skip(REASON)
    folder = tmp_path_factory.mktemp("validator")
    files = {key: folder / f"{key}.glb" for key in ASSETS}
    for key, path in files.items():
        write_glb(ASSETS[key](), path)
    broken = folder / "broken.glb"
    broken.write_bytes(files["textured"].read_bytes()[:-8])
    command = [NODE, str(HERE / "validate.mjs"), *map(str, files.values()), str(broken)]
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    return {Path(report["file"]).stem: report for report in json.loads(output)}


@pytest.mark.parametrize("kind", ASSETS)
def test_written_file_has_no_issue(reports: dict[str, dict[str, int | str | list[str]]], kind: str) -> None:
    messages = reports[kind]["messages"]
    assert isinstance(messages, list)
    # XMP stands in extensionsUsed only; the validator says, as an information, that it does not look into it.
    assert [m for m in messages if not (m.startswith("UNSUPPORTED_EXTENSION") and "KHR_xmp_json_ld" in m)] == []
    assert (reports[kind]["errors"], reports[kind]["warnings"]) == (0, 0)


def test_validator_sees_a_broken_file(reports: dict[str, dict[str, int | str | list[str]]]) -> None:
    assert reports["broken"]["errors"] != 0
