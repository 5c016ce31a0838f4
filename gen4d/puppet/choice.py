"""Which shape an outline is inflated to: the one most like the solid that the prior imagines behind it.

Views that are not like the photo enough to be taken still know whether a thing is round, boxy or flat.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import trimesh
from scipy.spatial import cKDTree

from gen4d.puppet.config import PuppetConfig
from gen4d.puppet.dress import turned
from gen4d.puppet.solid import Shape, puppet_solid
from gen4d.structures import Mesh

POINTS = 4000  # of each surface
CLEARLY = 0.88  # of what the usual shape misses: imagined views that were refused show a ring or a bed roughly only
LIMIT = 0.05  # of the longest side, within which points count as found


def likest_shape(alpha: np.ndarray, imagined: Mesh, azimuth: float, usual: Shape, others: Sequence[Shape]) -> Shape:
    """The shape whose solid comes nearest to what was imagined, by F-score; the usual one unless another does clearly.

    Args:
        alpha: (N, N) float in [0, 1], the framed matte; 128 px a side tell as much as more.
        imagined: any size; faces +Z.
        azimuth: radians, of the photo's camera before it.
    """
    cfg, wanted = PuppetConfig(resolution=len(alpha)), _points(imagined)

    def likeness(shape: Shape) -> float:
        mesh, _ = puppet_solid(alpha, shape, cfg, legs=False)
        return f_score(_points(turned(mesh, azimuth)), wanted, LIMIT)

    scores = [likeness(shape) for shape in others]
    best = int(np.argmax(scores))
    return others[best] if 1 - scores[best] <= CLEARLY * (1 - likeness(usual)) else usual


def f_score(made: np.ndarray, true: np.ndarray, limit: float) -> float:
    """Harmonic mean of the shares of points (P, 3) and (Q, 3) that have one of the other set within a limit."""
    if not len(made) or not len(true):
        return 0.0
    precision = float((cKDTree(true).query(made)[0] < limit).mean())
    recall = float((cKDTree(made).query(true)[0] < limit).mean())
    return 2 * precision * recall / max(precision + recall, 1e-9)


def _points(mesh: Mesh) -> np.ndarray:
    """Points (P, 3) spread over a surface that is moved and scaled to a box of longest side 1 around the origin."""
    low, high = mesh.bounds
    whole = replace(mesh, vertices=(mesh.vertices - (low + high) / 2) / float((high - low).max()))
    surface = trimesh.Trimesh(whole.vertices.double().numpy(), whole.faces.numpy(), process=False)
    return np.asarray(trimesh.sample.sample_surface(surface, POINTS, seed=0)[0])
