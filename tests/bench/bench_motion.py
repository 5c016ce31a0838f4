"""Ten clips of a biped and the GLB: `python tests/bench/bench_motion.py RIGGED.glb`. Budget: 3 s on two cores."""

import sys
import time
from dataclasses import replace
from pathlib import Path

from gen4d.context import Context
from gen4d.export.glb import glb_bytes
from gen4d.export.read import read_asset
from gen4d.motion.clips import clips_of_skeleton, make_clips
from gen4d.motion.config import MotionConfig
from gen4d.streams import Streams

if __name__ == "__main__":
    asset = read_asset(Path(sys.argv[1]))
    assert asset.skeleton is not None
    names = tuple(clips_of_skeleton(asset.skeleton)[0])[:10]
    start = time.perf_counter()
    clips = make_clips(asset.skeleton, MotionConfig(clips=names), Context(Streams(0)), asset.mesh, asset.skin)
    made = time.perf_counter()
    size = len(glb_bytes(replace(asset, clips=clips)))
    end = time.perf_counter()
    print(f"{len(clips)} clips {made - start:.2f} s, GLB of {size / 1e6:.2f} MB {end - made:.2f} s wall")
    print(f"CPU with imports {time.process_time():.2f} s")
