"""Each check is silent on sound files and speaks on the one defect it is for."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from glb_factory import bending_tube, box_mesh, checker_texture, colored_box, textured_box
from glb_surgery import attribute, edit_accessor, edit_json, key_accessor

from gen4d.errors import InputError
from gen4d.export.glb import write_glb
from gen4d.export.validate import check_glb
from gen4d.export.validate_mesh import is_closed
from gen4d.motion.root_motion import with_root_motion
from gen4d.structures import Asset, Material


@pytest.mark.parametrize("make", [textured_box, colored_box, bending_tube])
def test_sound_file_has_no_finding(tmp_path: Path, make: Callable[[], Asset]) -> None:
    write_glb(make(), tmp_path / "sound.glb")
    assert check_glb(tmp_path / "sound.glb") == []


def test_a_root_that_travels_with_the_ground_is_no_open_loop(tmp_path: Path) -> None:
    tube = bending_tube()
    assert tube.skeleton is not None
    walk = with_root_motion(tube.clips[1], tube.skeleton)
    write_glb(replace(tube, clips=(walk,)), tmp_path / "a.glb")
    assert check_glb(tmp_path / "a.glb") == []
    edit_json(tmp_path / "a.glb", lambda document: document["animations"][0]["extras"].update(speed_mps=0.5))
    assert [finding.code for finding in check_glb(tmp_path / "a.glb")] == ["loop-open"]


def _flip(path: Path) -> None:
    box = textured_box()
    write_glb(replace(box, mesh=replace(box.mesh, faces=box.mesh.faces.flip(1))), path)


def _rescale(factor: float) -> Callable[[Path], None]:
    return lambda path: write_glb(replace(textured_box(), mesh=box_mesh(factor)), path)


def _lift(path: Path) -> None:
    box = box_mesh()
    write_glb(replace(textured_box(), mesh=replace(box, vertices=box.vertices + torch.tensor([0.0, 0.2, 0.0]))), path)


def _retexture(texture: torch.Tensor) -> Callable[[Path], None]:
    return lambda path: write_glb(replace(textured_box(), material=Material(texture)), path)


def _set(name: str, rows: slice, value: float) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        edit_accessor(path, attribute(path, name), lambda values: values.__setitem__(rows, value))

    return change


def _set_keys(channel: int, what: str, edit: Callable[[np.ndarray], object]) -> Callable[[Path], None]:
    return lambda path: edit_accessor(path, key_accessor(path, 0, channel, what), edit)


def _json(edit: Callable[[dict], object]) -> Callable[[Path], None]:
    return lambda path: edit_json(path, edit)


def _identity_bind(path: Path) -> None:
    edit_accessor(path, _bind(path), lambda values: values.__setitem__(slice(None), np.eye(4).ravel()))


def _bind(path: Path) -> int:
    found: list[int] = []
    edit_json(path, lambda document: found.append(document["skins"][0]["inverseBindMatrices"]))
    return found[0]


def _bad_bind_row(path: Path) -> None:
    edit_accessor(path, _bind(path), lambda values: values.__setitem__((1, 15), 0.5))


def _second_root(document: dict) -> None:
    nodes = document["nodes"]
    nodes[3]["children"], nodes[0]["children"] = [], [2, 4]


def _unbind(document: dict) -> None:
    del document["nodes"][1]["skin"]


def _collapse(path: Path) -> None:
    edit_accessor(path, attribute(path, "POSITION"), lambda values: values.__setitem__(slice(0, 60), values[0].copy()))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def _fewer_bind_matrices(document: dict) -> None:
    document["accessors"][document["skins"][0]["inverseBindMatrices"]]["count"] = 2


def _fewer_times(document: dict) -> None:
    document["accessors"][document["animations"][0]["samplers"][0]["input"]]["count"] = 30


def _no_weights(document: dict) -> None:
    del document["meshes"][0]["primitives"][0]["attributes"]["WEIGHTS_0"]


def _hold_still(document: dict) -> None:
    """The first clip keeps one channel, whose three keys are all zero: an accessor without a view."""
    document["accessors"].append({"componentType": 5126, "count": 3, "type": "VEC3"})
    times = document["animations"][1]["samplers"][0]["input"]
    document["animations"][0]["samplers"] = [{"input": times, "output": len(document["accessors"]) - 1}]
    document["animations"][0]["channels"] = [{"sampler": 0, "target": {"node": 2, "path": "translation"}}]


SEE_THROUGH = checker_texture(alpha=0.0)
DEFECTS: dict[str, tuple[str, str, Callable[[Path], None]]] = {
    "truncated": ("container", "error", _cut),
    "no bind": ("bind-missing", "error", _json(lambda d: d["skins"][0].pop("inverseBindMatrices"))),
    "bind count": ("bind-count", "error", _json(_fewer_bind_matrices)),
    "bind row": ("bind-row", "error", _bad_bind_row),
    "identity bind": ("bind-pose", "warning", _identity_bind),
    "flipped": ("inside-out", "error", _flip),
    "too large": ("size", "warning", _rescale(150.0)),
    "too small": ("size", "warning", _rescale(0.005)),
    "lifted": ("not-on-floor", "warning", _lift),
    "invisible": ("invisible", "error", _retexture(SEE_THROUGH)),
    "odd texture": ("not-power-of-two", "warning", _retexture(checker_texture(48))),
    "nan position": ("position-not-finite", "error", _set("POSITION", slice(3, 4), float("nan"))),
    "long normal": ("normal-not-unit", "error", _set("NORMAL", slice(3, 4), 1.0)),
    "zero normal": ("normal-not-unit", "error", _set("NORMAL", slice(3, 4), 0.0)),
    "heavy": ("weight-sum", "error", _set("WEIGHTS_0", slice(3, 5), 0.5)),
    "negative weight": ("weight-range", "error", _set("WEIGHTS_0", slice(3, 5), -0.25)),
    "joint range": ("joint-range", "error", _set("JOINTS_0", slice(3, 4), 3)),
    "index range": ("mesh", "error", _json(lambda d: d["accessors"][0].update(count=100))),
    "accessor past view": ("mesh", "error", _json(lambda d: d["accessors"][0].update(count=10_000))),
    "collapsed": ("degenerate-faces", "warning", _collapse),
    "two roots": ("joint-roots", "error", _json(_second_root)),
    "same names": ("joint-names", "warning", _json(lambda d: d["nodes"][4].update(name="Lower"))),
    "unbound": ("skin-unused", "error", _json(_unbind)),
    "no weights": ("weights-missing", "error", _json(_no_weights)),
    "open loop": ("loop-open", "error", _set_keys(1, "output", lambda keys: keys.__setitem__((-1, 1), 0.2))),
    "long quaternion": ("quaternion-length", "error", _set_keys(0, "output", lambda keys: keys.__setitem__(4, 1.0))),
    "nan key": ("key-not-finite", "error", _set_keys(0, "output", lambda keys: keys.__setitem__(4, float("nan")))),
    "times back": ("key-times", "error", _set_keys(0, "input", lambda times: times.__setitem__(4, 0.0))),
    "late start": ("key-start", "warning", _set_keys(0, "input", lambda times: times.__iadd__(0.5))),
    "key count": ("key-count", "error", _json(_fewer_times)),
    "still": ("clip-still", "warning", _json(_hold_still)),
    "same clips": ("clip-names", "warning", _json(lambda d: d["animations"][1].update(name="bend"))),
    "no triangle": ("no-faces", "error", _json(lambda d: d["scenes"][0].update(nodes=[0]))),
}  # fmt: skip


@pytest.mark.parametrize("defect", DEFECTS)
def test_defect_is_found(tmp_path: Path, defect: str) -> None:
    code, severity, break_it = DEFECTS[defect]
    path = tmp_path / "broken.glb"
    write_glb(bending_tube(), path)
    break_it(path)
    findings = check_glb(path)
    assert (code, severity) in {(finding.code, finding.severity) for finding in findings}, findings
    assert all(finding.sentence.endswith((".", ")")) for finding in findings)


def test_missing_file_is_no_finding(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        check_glb(tmp_path / "absent.glb")


def test_closedness() -> None:
    box = box_mesh()
    vertices, faces = box.vertices.numpy(), box.faces.numpy()
    assert is_closed(vertices, faces), "its 24 vertices are welded at 8 corners"
    assert not is_closed(vertices, faces[1:])
    assert not is_closed(vertices, np.concatenate([faces[:1, ::-1], faces[1:]])), "one face turned round"
