"""How well a rebuilt surface fills the silhouettes of the views it came from, and in how many pieces it is.

Run: python tests/bench/bench_silhouettes.py VIEWS.safetensors ... (files that `gen4d views` wrote). For imagined views
there is no true shape; but what they show and the surface lacks (missing), what it has and they do not show (excess),
and pieces that hang on nothing are faults that can be counted. Seconds are of the processor.
"""

import sys
from pathlib import Path
from time import process_time

import numpy as np
import torch

from gen4d.context import Context
from gen4d.reconstruct.config import ReconstructConfig
from gen4d.reconstruct.reconstruction import reconstruct
from gen4d.render.rasterizer import rasterize
from gen4d.streams import Streams
from gen4d.structures import Mesh, MultiView
from gen4d.structures.store import load_views
from gen4d.surface.clean import pieces, remove_loose_pieces
from gen4d.surface.config import SurfaceConfig
from gen4d.surface.fit import fit

SUBJECT = 0.5


def silhouette_errors(mesh: Mesh, views: MultiView) -> tuple[float, float, int]:
    """Missing and excess pixels as shares of the subject's, and the number of pieces."""
    hit = rasterize(mesh.vertices, mesh.faces, views.camera).face_index >= 0
    shown = views.alpha[..., 0] > SUBJECT
    total = float(shown.sum())
    count = int(pieces(len(mesh.vertices), mesh.faces.numpy()).max()) + 1
    return float((shown & ~hit).sum()) / total, float((hit & ~shown).sum()) / total, count


def main() -> None:
    """Print a row for each file, and their mean."""
    torch.set_num_threads(1)
    cfg, rows = SurfaceConfig(), []
    for path in map(Path, sys.argv[1:]):
        views, start = load_views(path), process_time()
        raw = reconstruct(views, None, ReconstructConfig(), Context(Streams(0)))
        mesh = fit(remove_loose_pieces(raw, cfg.floater_share), views, cfg.smoothing)
        rows.append((*silhouette_errors(mesh, views), process_time() - start))
        print("{:24} missing {:.3f}  excess {:.3f}  pieces {:2d}  {:.1f} s".format(path.stem, *rows[-1]), flush=True)
    print("mean of {:2d}: missing {:.3f}  excess {:.3f}  pieces {:.1f}  {:.1f} s".format(len(rows), *np.mean(rows, 0)))


if __name__ == "__main__":
    main()
