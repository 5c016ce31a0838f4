"""Words become a textured asset: the library's own call, with the settings and the seed in our hands.

Run: python examples/01_words_to_asset.py "a wooden barrel"
"""

import sys
from pathlib import Path

from gen4d.config import load_config
from gen4d.context import Context
from gen4d.export.glb import write_glb
from gen4d.pipeline import text_to_3d
from gen4d.streams import Streams
from gen4d.structures import Prompt


def main(words: str = "a wooden barrel", output: Path = Path("barrel.glb")) -> None:
    cfg = load_config("draft", {"seed": 7, "surface.faces": 2000, "surface.texture_size": 256})
    ctx = Context(Streams(cfg.seed), progress=lambda stage, fraction: print(f"{stage}: {fraction:.0%}"))

    asset = text_to_3d(Prompt(words), cfg, ctx)
    write_glb(asset, output)

    print(f"{output}: {len(asset.mesh.faces)} triangles")
    for warning in ctx.warnings:
        print(f"warning: {warning}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
