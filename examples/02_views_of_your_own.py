"""The second half alone: six views from any source become an asset. Here they are those of a ball, in closed form.

The six cameras are those of `gen4d.conventions`: orthographic, 1.1 m wide, around an object whose longest side is 1 m.

Run: python examples/02_views_of_your_own.py
"""

import sys
from pathlib import Path

import torch

from gen4d.config import load_config
from gen4d.context import Context
from gen4d.export.glb import write_glb
from gen4d.pipeline import build
from gen4d.streams import Streams
from gen4d.structures import MultiView, canonical_cameras


def ball(resolution: int = 96, radius: float = 0.5) -> MultiView:
    """Six views of a ball, painted with its own normals."""
    camera = canonical_cameras(resolution)
    steps = ((torch.arange(resolution) + 0.5) / resolution * 2 - 1) * 0.55  # metres from the image centre
    x, y = steps[None, :].expand(resolution, -1), -steps[:, None].expand(-1, resolution)
    z = (radius**2 - x**2 - y**2).clamp(min=0).sqrt()  # towards the camera
    alpha = (z > 0).float()[None, ..., None].repeat(6, 1, 1, 1)
    normal = torch.einsum("nij,hwj->nhwi", camera.camera_to_world[:, :3, :3], torch.stack([x, y, z], -1) / radius)
    depth = torch.where(z > 0, 0.5 - z, 1.0)[None, ..., None].repeat(6, 1, 1, 1)
    albedo = torch.where(alpha > 0, (normal + 1) / 2, 1.0).clamp(0, 1)
    return MultiView(albedo, alpha, depth, normal * alpha, camera)


def main(output: Path = Path("ball.glb")) -> None:
    cfg = load_config("draft", {"surface.faces": 2000, "surface.texture_size": 256})
    asset = build(ball(), cfg, Context(Streams(cfg.seed)))
    write_glb(asset, output)
    low, high = asset.mesh.bounds
    print(f"{output}: {len(asset.mesh.faces)} triangles, sides {[round(v, 2) for v in (high - low).tolist()]} m")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
