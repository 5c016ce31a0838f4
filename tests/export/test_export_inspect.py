"""The inspection counts what the factory put in."""

import json
from pathlib import Path

from glb_factory import bending_tube, textured_box

from gen4d import __version__
from gen4d.export.glb import write_glb
from gen4d.export.inspect import inspect_glb


def test_static_file_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "box.glb"
    write_glb(textured_box(), path)
    found = inspect_glb(path)
    assert (found.vertices, found.triangles, found.meshes, found.materials) == (24, 12, 1, 1)
    assert found.bytes == path.stat().st_size and found.generator == f"gen4d {__version__}"
    assert found.low == (-0.5, 0.0, -0.5) and found.high == (0.5, 1.0, 0.5)
    assert [(t.name, t.width, t.height) for t in found.textures] == [("base_color", 64, 64)]
    assert found.extras == {"licence": "CC0-1.0", "prompt": "a box", "seed": 7}
    assert found.joints == () and found.clips == () and found.findings == ()


def test_rigged_file_is_counted(tmp_path: Path) -> None:
    write_glb(bending_tube(), tmp_path / "tube.glb")
    found = inspect_glb(tmp_path / "tube.glb")
    assert [(joint.name, joint.depth) for joint in found.joints] == [("Root", 0), ("Lower", 1), ("Upper", 2)]
    bend, slide = found.clips
    assert (bend.name, bend.seconds, bend.keys, bend.channels, bend.loop) == ("bend", 1.0, 31, 2, True)
    assert (slide.keys, slide.channels) == (3, 2)  # and one that keeps still what the other clip turns


def test_inspection_is_plain_json(tmp_path: Path) -> None:
    write_glb(bending_tube(), tmp_path / "tube.glb")
    found = json.loads(json.dumps(inspect_glb(tmp_path / "tube.glb").as_dict()))
    assert found["triangles"] == 216 and found["joints"][2]["name"] == "Upper"
