"""What gradient descent through the rasteriser would add to the fit: makers' objects rebuilt from their true views.

Run: python tests/bench/bench_refine.py [--steps 20] [--rate 0.2] [MAKER ...]. Each row is one object after so many
steps: F-score at 0.01, normals, how much of the views' loss is left, seconds of the processor for the steps alone.

The descent moves the vertices of the fitted mesh against coverage, normals and depth of the six views. Its steps are
smoothed over neighbours, so that creases move as a whole and never melt.

Source: Nicolet et al., Large Steps in Inverse Rendering of Geometry, SIGGRAPH Asia 2021, equation 9 with Adam's second
moment taken over all vertices.
"""

import argparse
from collections.abc import Iterator
from time import process_time

import numpy as np
import torch
from scipy import sparse
from scipy.sparse.linalg import splu

from gen4d.context import Context
from gen4d.data.makers import MAKERS
from gen4d.data.objects import canonical, made_object
from gen4d.data.rendering import render_object
from gen4d.evaluate.reconstruct_metrics import outer_surface, shape_errors
from gen4d.reconstruct.config import ReconstructConfig
from gen4d.reconstruct.reconstruction import reconstruct
from gen4d.render.antialias import antialias
from gen4d.render.rasterizer import rasterize
from gen4d.streams import Streams
from gen4d.structures import Mesh, MultiView, face_normals
from gen4d.surface.clean import remove_loose_pieces
from gen4d.surface.config import SurfaceConfig
from gen4d.surface.fit import fit

STIFFNESS = 19.0  # the source's lambda
NORMAL_WEIGHT, DEPTH_WEIGHT = 0.1, 1.0  # beside the squared error of coverage
SAME_SURFACE = 0.02  # of the cube's side; pixels that differ more in depth show another surface
WHOLE = 0.99


def loss_of(vertices: torch.Tensor, faces: torch.Tensor, views: MultiView) -> torch.Tensor:
    """Mean squared error of coverage, and what normals and depth differ where both see one surface."""
    raster = rasterize(vertices, faces, views.camera)
    hit = raster.face_index >= 0
    coverage = antialias(hit.to(vertices)[..., None], raster, vertices, faces, views.camera)
    normals = torch.nn.functional.normalize(face_normals(vertices, faces), dim=1)[raster.face_index.clamp(min=0)]
    depth = raster.depth - 0.5  # cameras stand 1 from the middle of a cube of side 1
    gap = (depth - views.depth[..., 0])[..., None]
    both = hit[..., None] & (views.alpha > WHOLE) & (gap.detach().abs() < SAME_SURFACE)
    turned = ((normals - views.normal) ** 2).sum(-1, keepdim=True)
    away = NORMAL_WEIGHT * turned + DEPTH_WEIGHT * (gap / SAME_SURFACE) ** 2
    return ((coverage - views.alpha) ** 2).mean() + torch.where(both, away, 0).mean()


def descended(mesh: Mesh, views: MultiView, steps: int, rate: float) -> Iterator[tuple[Mesh, float]]:
    """The mesh and its loss after every step, the start included.

    Args:
        rate: pixels that the fastest vertex moves in one step.
    """
    count = len(mesh.vertices)
    edges = torch.cat([mesh.faces[:, [0, 1]], mesh.faces[:, [1, 2]], mesh.faces[:, [2, 0]]]).numpy()
    beside = sparse.coo_matrix((np.ones(len(edges)), edges.T), (count, count))
    beside = ((beside + beside.T) > 0).astype(float)
    laplacian = sparse.diags(np.asarray(beside.sum(1)).ravel()) - beside
    solve = splu((sparse.eye(count) + STIFFNESS * laplacian).tocsc()).solve
    pixel = 2 * float(views.camera.half_extent or 0) / views.camera.width
    vertices, momentum = mesh.vertices, np.zeros((count, 3))
    for step in range(steps + 1):
        moving = vertices.clone().requires_grad_()
        loss = loss_of(moving, mesh.faces, views)
        yield Mesh(vertices, mesh.faces), float(loss.detach())
        if step < steps:
            loss.backward()
            assert moving.grad is not None
            smooth = solve(solve(moving.grad.double().numpy()))
            momentum = 0.8 * momentum + 0.2 * smooth
            fastest = np.abs(momentum).max()
            fall = 1 - step / steps
            move = rate * pixel * fall * momentum / max(fastest, 1e-20)  # protects a gradient of zero
            vertices = (vertices - torch.from_numpy(move)).float()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("makers", nargs="*", default=["chair", "castle", "bench"])
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rate", type=float, default=0.2)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    for name in asked.makers:
        made = MAKERS[name](Streams(0).numpy(f"makers.{name}", 0))
        obj = canonical(made_object("makers", f"makers/{name}/0000", made))
        views = render_object(obj)
        true = outer_surface(obj.vertices, obj.faces)
        raw = reconstruct(views, None, ReconstructConfig(), Context(Streams(0)))
        mesh = fit(remove_loose_pieces(raw, SurfaceConfig().floater_share), views, SurfaceConfig().smoothing)
        start, first = process_time(), 0.0
        for step, (moved, loss) in enumerate(descended(mesh, views, asked.steps, asked.rate)):
            first = first or loss
            if step in (0, asked.steps):
                seconds = process_time() - start
                errors = shape_errors(outer_surface(moved.vertices.numpy(), moved.faces.numpy()), true)
                print(
                    f"{name:10} {step:3d} steps  F@.01 {errors.f1:.4f}  F@.02 {errors.f2:.4f}  "
                    f"normals {errors.normals:.4f}  loss {loss / first:.3f}  {seconds:.1f} s",
                    flush=True,
                )
                start += process_time() - start - seconds


if __name__ == "__main__":
    main()
