"""The measures of a folder of files: resumable, and files without a rig or that are none do no harm."""

import json
import subprocess
import sys
from pathlib import Path

import torch
from dolls import make_dolls

from gen4d.context import Context
from gen4d.export.glb import write_glb
from gen4d.motion.clips import make_clips
from gen4d.motion.config import MotionConfig
from gen4d.streams import Streams
from gen4d.structures import Asset, Material

BENCH = Path(__file__).parents[1] / "bench"


def run(script: str, *given: str) -> str:
    line = [sys.executable, str(BENCH / script), *given]
    return subprocess.run(line, capture_output=True, text=True, check=True).stdout


def test_every_rigged_file_is_measured_once_and_kept(tmp_path: Path) -> None:
    skeleton, skin, mesh = make_dolls()["biped"]
    clips = make_clips(skeleton, MotionConfig(clips=("idle", "turn")), Context(Streams(0)), mesh, skin)
    folder, keep = tmp_path / "files", tmp_path / "kept.jsonl"
    folder.mkdir()
    grey = Material(torch.ones(1, 1, 4))
    write_glb(Asset("doll", mesh, grey, skeleton, skin, clips), folder / "doll.glb")
    write_glb(Asset("stone", mesh, grey), folder / "stone.glb")
    (folder / "torn.glb").write_bytes(b"no file")
    first = run("bench_motion_files.py", str(folder), "--keep", str(keep))
    assert "2 clips of 1 files" in first and "torn.glb: " in first
    rows = dict(json.loads(line) for line in keep.read_text().splitlines())
    assert {name: len(clips) for name, clips in rows.items()} == {"doll.glb": 2, "stone.glb": 0, "torn.glb": 0}
    rows["doll.glb"][0]["volume_change"] = 0.9
    keep.write_text("".join(json.dumps(row) + "\n" for row in rows.items()))
    assert "worst 0.9" in run("bench_motion_files.py", str(folder), "--keep", str(keep))
    assert "stone: it has no skeleton" in run("bench_motion.py", "--rigs", str(folder / "stone.glb"))
