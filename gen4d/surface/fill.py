"""Values at some vertices -> at all of them, spread smoothly over the surface."""

import numpy as np
from scipy import sparse
from scipy.sparse import linalg

PULL = 1e-7  # of the fallback on every unknown vertex; decides only where a whole piece is unknown


def diffuse(faces: np.ndarray, values: np.ndarray, known: np.ndarray, fallback: np.ndarray) -> np.ndarray:
    """Solve Laplace's equation over the mesh's edges with the known vertices held.

    Args:
        faces: (F, 3) int64 into V vertices.
        values: (V, C) float64; read at known vertices only.
        known: (V,) bool.
        fallback: (C,) what a piece without any known vertex takes.

    Returns:
        values: (V, C); the known ones unchanged, the others within their range.
    """
    if known.all():
        return values
    count = len(values)
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    rows, columns = np.concatenate([edges, edges[:, ::-1]]).T
    adjacency = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), (count, count))
    laplacian = sparse.diags(np.asarray(adjacency.sum(1)).ravel()) - adjacency
    unknown = np.flatnonzero(~known)
    inner = laplacian[unknown]
    matrix = inner[:, unknown] + PULL * sparse.eye(len(unknown))
    right = -(inner[:, np.flatnonzero(known)] @ values[known]) + PULL * fallback
    solved = linalg.splu(matrix.tocsc()).solve(np.asarray(right))
    result = values.copy()
    result[unknown] = solved
    return result
