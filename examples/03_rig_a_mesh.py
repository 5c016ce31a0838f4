"""A mesh from any tool gets a skeleton, weights and clips, and is read back as an engine would read it.

Run: python examples/03_rig_a_mesh.py knight.obj biped
"""

import sys
from pathlib import Path

from gen4d.config import load_config
from gen4d.context import Context
from gen4d.export.glb import write_glb
from gen4d.export.inspect import inspect_glb
from gen4d.from_file import rig_file
from gen4d.streams import Streams


def main(mesh: str, plan: str = "auto", output: Path = Path("rigged.glb")) -> None:
    cfg = load_config(None, {"rig.plan": plan})
    asset = rig_file(Path(mesh), cfg, Context(Streams(cfg.seed)))
    write_glb(asset, output)

    found = inspect_glb(output)
    print(f"{output}: {found.triangles} triangles, {len(found.joints)} bones")
    for clip in found.clips:
        print(f"  {clip.name}: {clip.seconds:.2f} s, {'loops' if clip.loop else 'plays once'}")
    for finding in found.findings:
        print(f"  {finding.severity}: {finding.sentence}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
