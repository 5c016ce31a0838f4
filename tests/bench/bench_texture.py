"""Textures by size, and what a normal map gives back: a maker's object rebuilt from its true views on one thread.

Run: python tests/bench/bench_texture.py [MAKER]. Seconds are of the processor; memory is the process's peak so far, so
sizes run from small to large. Bleeding is the mean difference between lookups in the texture's eighth (three levels of
mipmaps down) and in the full texture, in levels of 255; blurred detail is part of it.
"""

import sys
from time import process_time

import torch

from gen4d.context import Context
from gen4d.data.makers import MAKERS
from gen4d.data.objects import canonical, made_object
from gen4d.data.rendering import render_object
from gen4d.evaluate.reconstruct_metrics import outer_surface, soundness, unseen_cameras
from gen4d.reconstruct.config import ReconstructConfig
from gen4d.reconstruct.reconstruction import reconstruct
from gen4d.render.rasterizer import Raster, rasterize
from gen4d.render.shading import interpolate, mipmaps, sample_texture
from gen4d.report import peak_memory
from gen4d.streams import Streams
from gen4d.structures import Mesh, MultiView, face_normals
from gen4d.structures.tangents import vertex_tangents
from gen4d.surface.bake import bake
from gen4d.surface.creases import with_creases
from gen4d.surface.fit import fit
from gen4d.surface.normal_map import bake_normals
from gen4d.surface.simplify import simplify
from gen4d.surface.unwrap import unwrap

EIGHTH = 3  # level of the mipmaps


def texture_row(mesh: Mesh, views: MultiView, size: int) -> str:
    """Unwrap and bake at one size."""
    start = process_time()
    unwrapped = unwrap(mesh, size)
    cut = process_time()
    baked = bake(unwrapped, views, size)
    done = process_time()
    sound = soundness(unwrapped, outer_surface(mesh.vertices.numpy(), mesh.faces.numpy()), size)
    raster = rasterize(unwrapped.vertices, unwrapped.faces, unseen_cameras())
    assert unwrapped.uv is not None
    uv = interpolate(raster, unwrapped.faces, unwrapped.uv)
    hit = raster.face_index >= 0
    levels = mipmaps(baked.image[..., :3])
    difference = (sample_texture(levels[EIGHTH], uv) - sample_texture(levels[0], uv)).abs()[hit]
    return (
        f"{size:5} px: unwrap {cut - start:5.2f} s, bake {done - cut:5.2f} s, peak {peak_memory() / 1e6:5.0f} MB, "
        f"unseen {100 * baked.unseen:.1f} %, overlap {100 * sound.uv_overlap:.3f} %, "
        f"bleeding {255 * float(difference.mean()):.2f} levels"
    )


def normal_row(dense: Mesh, true: Mesh, faces: int) -> str:
    """Angles to the true normals, of a simplified mesh and of the same with its normal map."""
    mesh = unwrap(with_creases(simplify(dense, faces)), 1024)
    assert mesh.normals is not None and mesh.uv is not None
    start = process_time()
    image = bake_normals(mesh, dense, 1024)
    seconds = process_time() - start
    cameras = unseen_cameras()
    made, seen = rasterize(mesh.vertices, mesh.faces, cameras), rasterize(true.vertices, true.faces, cameras)
    both = (made.face_index >= 0) & (seen.face_index >= 0) & ((made.depth - seen.depth).abs() < 0.02)
    flat = torch.nn.functional.normalize(face_normals(true.vertices, true.faces), dim=1)
    wanted = flat[seen.face_index[both]]
    plain, bumped = _shading_normals(mesh, image, made, both)

    def angle(found: torch.Tensor) -> float:
        return float(torch.rad2deg((found * wanted).sum(-1).abs().clamp(0, 1).arccos()).mean())

    return f"{len(mesh.faces):5} faces: {angle(plain):.2f} degrees, with the map {angle(bumped):.2f}, {seconds:.2f} s"


def _shading_normals(
    mesh: Mesh, image: torch.Tensor, raster: Raster, where: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Normals that a shader would use, (P, 3) each: interpolated, and bent by the map."""
    assert mesh.normals is not None and mesh.uv is not None
    arrays = (mesh.vertices.numpy(), mesh.faces.numpy(), mesh.normals.numpy(), mesh.uv.numpy())
    frames = torch.from_numpy(vertex_tangents(*arrays))
    normal = torch.nn.functional.normalize(interpolate(raster, mesh.faces, mesh.normals)[where], dim=-1)
    tangent = interpolate(raster, mesh.faces, frames[:, :3])[where]
    sign = interpolate(raster, mesh.faces, frames[:, 3:])[where].sign()
    local = sample_texture(image, interpolate(raster, mesh.faces, mesh.uv)[where]) * 2 - 1
    parts = (tangent, torch.linalg.cross(normal, tangent) * sign, normal)
    bent = sum((local[:, i : i + 1] * part for i, part in enumerate(parts)), torch.zeros_like(normal))
    return normal, torch.nn.functional.normalize(bent, dim=-1)


if __name__ == "__main__":
    torch.set_num_threads(1)
    maker = sys.argv[1] if len(sys.argv) > 1 else "fish"
    obj = canonical(
        made_object("makers", f"makers/{maker}/0000", MAKERS[maker](Streams(0).numpy(f"makers.{maker}", 0)))
    )
    views = render_object(obj)
    raw = reconstruct(views, None, ReconstructConfig(), Context(Streams(0)))
    dense = fit(raw, views, 8)
    full = with_creases(simplify(dense, 20_000))
    print(f"{maker}, {len(full.faces)} faces")
    for size in (256, 1024, 2048, 4096):
        print(texture_row(full, views, size))
    true = Mesh(torch.from_numpy(obj.vertices).float(), torch.from_numpy(obj.faces).contiguous())
    for faces in (20_000, 5_000, 1_500):
        print(normal_row(dense, true, faces))
