"""Vertex attributes and keys as they lie in the file: plain floats, or fewer bits after KHR_mesh_quantization.

Source: glTF 2.0, 3.6.2 (alignment) and 3.11 (normalised integers in rotations); KHR_mesh_quantization.
"""

from dataclasses import dataclass

import numpy as np

from gen4d.export.gltf import VERTEX_TARGET, GltfBuilder

LEVELS_16, LEVELS_8 = 65535, 255
SIGNED_16, SIGNED_8 = 32767, 127


@dataclass(frozen=True)
class Grid:
    """How quantised positions map to metres: `low + size * q`, q in [0, 1]."""

    low: np.ndarray
    size: float

    @property
    def matrix(self) -> np.ndarray:
        """Grid to metres. (4, 4) float64."""
        result = np.diag([self.size, self.size, self.size, 1.0])
        result[:3, 3] = self.low
        return result


class Encoder:
    """Writes arrays into a file, with full precision or with 16 and 8 bits."""

    def __init__(self, gltf: GltfBuilder, *, quantize: bool) -> None:
        self._gltf = gltf
        self.quantize = quantize
        if quantize:
            gltf.use("KHR_mesh_quantization", required=True)

    def grid(self, vertices: np.ndarray) -> Grid | None:
        """The grid for a mesh's positions, of equal steps along all axes; None where they stay floats."""
        if not self.quantize:
            return None
        low = vertices.min(0).astype(np.float64)
        return Grid(low, max(float((vertices.max(0) - low).max()), 1e-9))  # protects a mesh that is one point

    def positions(self, vertices: np.ndarray, grid: Grid | None) -> int:
        """(V, 3) metres."""
        if grid is None:
            return self._gltf.add_accessor(vertices, "VEC3", target=VERTEX_TARGET, bounds=True)
        steps = np.rint((vertices - grid.low) / grid.size * LEVELS_16).clip(0, LEVELS_16).astype(np.uint16)
        return self._gltf.add_accessor(steps, "VEC3", target=VERTEX_TARGET, bounds=True, normalized=True)

    def normals(self, normals: np.ndarray) -> int:
        """(V, 3) unit vectors."""
        return self._directions(normals, "VEC3")

    def tangents(self, tangents: np.ndarray) -> int:
        """(V, 4) unit vectors with a sign."""
        return self._directions(tangents, "VEC4")

    def uv(self, uv: np.ndarray) -> int:
        """(V, 2); floats where they leave the unit square."""
        if not self.quantize or uv.min() < 0 or uv.max() > 1:
            return self._gltf.add_accessor(uv, "VEC2", target=VERTEX_TARGET)
        return self._gltf.add_accessor(_steps(uv, LEVELS_16, np.uint16), "VEC2", target=VERTEX_TARGET, normalized=True)

    def colors(self, colors: np.ndarray) -> int:
        """(V, 3) linear light; 16 bits, since 8 band in the dark."""
        if not self.quantize:
            return self._gltf.add_accessor(colors, "VEC3", target=VERTEX_TARGET)
        opaque = np.concatenate([colors, np.ones((len(colors), 1), colors.dtype)], 1)
        steps = _steps(opaque, LEVELS_16, np.uint16)
        return self._gltf.add_accessor(steps, "VEC4", target=VERTEX_TARGET, normalized=True)

    def weights(self, weights: np.ndarray) -> int:
        """(V, 4), heaviest first, rows summing to 1; in 8 bits they sum to 255 exactly."""
        if not self.quantize:
            return self._gltf.add_accessor(weights, "VEC4", target=VERTEX_TARGET)
        steps = _steps(weights, LEVELS_8, np.int64)
        steps[:, 0] += LEVELS_8 - steps.sum(1)  # the heaviest takes what rounding left, at most 2 of 255
        return self._gltf.add_accessor(steps.astype(np.uint8), "VEC4", target=VERTEX_TARGET, normalized=True)

    def rotations(self, keys: np.ndarray) -> int:
        """(T, 4) unit quaternions."""
        if not self.quantize:
            return self._gltf.add_accessor(keys, "VEC4")
        return self._gltf.add_accessor(_steps(keys, SIGNED_16, np.int16), "VEC4", normalized=True)

    def _directions(self, vectors: np.ndarray, element: str) -> int:
        kind = "VEC4" if element == "VEC4" else "VEC3"
        if not self.quantize:
            return self._gltf.add_accessor(vectors, kind, target=VERTEX_TARGET)
        return self._gltf.add_accessor(_steps(vectors, SIGNED_8, np.int8), kind, target=VERTEX_TARGET, normalized=True)


def kept_weights(weights: np.ndarray) -> np.ndarray:
    """Which weights survive eight bits; the joints of the others become 0. (V, 4) bool."""
    kept = np.rint(weights.astype(np.float64) * LEVELS_8) > 0
    kept[:, 0] = True
    return kept


def _steps(values: np.ndarray, levels: int, dtype: type) -> np.ndarray:
    return np.rint(values.astype(np.float64) * levels).astype(dtype)
