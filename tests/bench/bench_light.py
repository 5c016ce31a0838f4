"""What taking the light out of a photo does to its colours: error against the unlit truth, before and after.

Objects are rendered unlit and under a light from above and one side; their true matte is inflated, and the light is
estimated from that puppet's normals, as `--set photo.light=remove` does. Errors are of the logarithm of luminance with
its mean taken away, so that the overall brightness does not count.

Run: python tests/bench/bench_light.py OBJECTS_FOLDER [--objects 24] [--sheet sheet.png]
"""

import argparse
import math
from pathlib import Path

import numpy as np
import torch

from gen4d.config import load_config
from gen4d.conventions import srgb_to_linear
from gen4d.data.objects import canonical
from gen4d.data.rendering import object_colors
from gen4d.data.sources import quaternius
from gen4d.likeness import framed_camera
from gen4d.photo.color import resize
from gen4d.puppet.light import without_light
from gen4d.puppet.solid import puppet_solid
from gen4d.render.preview import save_png
from gen4d.render.rasterizer import rasterize
from gen4d.render.shading import interpolate
from gen4d.streams import Streams
from gen4d.structures import face_normals, orbit_camera, vertex_normals
from gen4d.viewpoint import Viewpoint

SIZE = 256
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def lit_and_unlit(path: Path, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """One view of an object under light, and without: (S, S, 4) each, straight alpha."""
    loaded = quaternius.load(path)
    obj = canonical(loaded, quaternius.front_rotation(loaded))
    vertices, faces = torch.from_numpy(obj.vertices).float(), torch.from_numpy(obj.faces).contiguous()
    camera = orbit_camera(
        float(rng.uniform(-1.5, 1.5)), 0.15, distance=3.2, fov=math.radians(25), resolution=SIZE, target=(0.0, 0.0, 0.0)
    )
    raster = rasterize(vertices, faces, camera)
    hit = (raster.face_index[0] >= 0)[..., None].float()
    normals = torch.nn.functional.normalize(face_normals(vertices, faces), dim=1)[raster.face_index[0].clamp(min=0)]
    towards = torch.nn.functional.normalize(torch.tensor([float(rng.uniform(-0.8, 0.8)), 0.8, 0.5]), dim=0)
    light = 0.6 + 0.5 * (normals @ towards)[..., None].clamp(min=0)
    plain = object_colors(obj, raster)[0].clamp(0, 1)
    return torch.cat([(plain * light).clamp(0, 1), hit], -1), torch.cat([plain, hit], -1)


def deviation(photo: np.ndarray, true: np.ndarray) -> float:
    """Standard deviation of the difference of log luminances inside the matte."""
    inside = true[..., 3] > 0.97
    logs = [np.log(srgb_to_linear(torch.from_numpy(p[..., :3])).numpy() @ LUMINANCE + 0.01) for p in (photo, true)]
    return float((logs[0] - logs[1])[inside].std())


def main() -> None:
    """Print one line an object, and the means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--objects", type=int, default=24)
    parser.add_argument("--sheet", type=Path, help="write photos: lit, made even, unlit")
    args = parser.parse_args()
    torch.set_num_threads(1)
    cfg, streams = load_config(None, {"puppet.resolution": 128}), Streams(0)
    paths = sorted(args.folder.rglob("*.glb"))
    rows, tiles = [], []
    for index in streams.numpy("objects").permutation(len(paths))[: args.objects]:
        lit, unlit = lit_and_unlit(paths[index], streams.numpy("light", paths[index].stem))
        alpha = resize(lit[..., 3:], 128, 128)[..., 0].double().numpy()
        mesh, _ = puppet_solid(alpha, "creature", cfg.puppet, legs=False, depths=None)
        camera = framed_camera(mesh, lit[..., 3], Viewpoint(0.0), SIZE)
        raster = rasterize(mesh.vertices, mesh.faces, camera)
        normals = interpolate(raster, mesh.faces, vertex_normals(mesh))[0].numpy()
        even, explained = without_light(lit.numpy(), normals)
        rows.append((deviation(lit.numpy(), unlit.numpy()), deviation(even, unlit.numpy()), explained))
        print(f"{paths[index].stem[:30]:30} before {rows[-1][0]:.3f} after {rows[-1][1]:.3f} explained {explained:.2f}")
        tiles.append(torch.cat([p[..., :3] * p[..., 3:] for p in (lit, torch.from_numpy(even), unlit)], 1))
    before, after, _ = np.array(rows).T
    nearer = np.mean(after < before)
    print(f"{len(rows)} objects: before {before.mean():.3f}, after {after.mean():.3f}, nearer {nearer:.0%}")
    if args.sheet:
        tiles += [torch.ones_like(tiles[0])] * (-len(tiles) % 3)
        save_png(torch.cat([torch.cat(tiles[i : i + 3], 1) for i in range(0, len(tiles), 3)]), args.sheet)


if __name__ == "__main__":
    main()
