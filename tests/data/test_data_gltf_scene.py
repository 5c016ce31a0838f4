"""Foreign GLBs with broken skins: unpainted vertices stay with the root, wherever the rest pose puts it."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from gen4d.data.gltf_scene import GlbScene

TRIANGLE = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
SHIFTS = np.array([[0.0, 0.0, 5.0], [0.0, 2.0, 5.0]])  # of the root and of the tip, in the world


def _skinned(path: Path, weights: np.ndarray) -> Path:
    """One triangle on the joints "root" and "tip", whose bind pose is the origin."""
    joints = np.array([[0, 1, 0, 0]] * 3, np.uint8)
    binds = np.tile(np.eye(4, dtype=np.float32), (2, 1, 1))
    arrays = [TRIANGLE, joints, weights.astype(np.float32), binds]
    kinds = [(5126, "VEC3"), (5121, "VEC4"), (5126, "VEC4"), (5126, "MAT4")]
    views, accessors, blob = [], [], b""
    for array, (component, kind) in zip(arrays, kinds, strict=True):
        views.append({"buffer": 0, "byteOffset": len(blob), "byteLength": array.nbytes})
        accessors.append({"bufferView": len(views) - 1, "componentType": component, "count": len(array), "type": kind})
        blob += array.tobytes()
    attributes = {"POSITION": 0, "JOINTS_0": 1, "WEIGHTS_0": 2}
    document = {
        "scenes": [{"nodes": [0, 2]}],
        "nodes": [
            {"translation": SHIFTS[0].tolist(), "children": [1]},
            {"translation": (SHIFTS[1] - SHIFTS[0]).tolist()},
            {"mesh": 0, "skin": 0},
        ],
        "meshes": [{"primitives": [{"attributes": attributes}]}],
        "skins": [{"joints": [0, 1], "inverseBindMatrices": 3}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(blob)}],
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sIII4s", b"glTF", 2, 28 + len(text) + len(blob), len(text), b"JSON")
    path.write_bytes(head + text + struct.pack("<I4s", len(blob), b"BIN\0") + blob)
    return path


@pytest.mark.parametrize("nothing", [np.nan, np.inf, 0.0])
def test_vertices_without_weights_stay_with_their_first_joint(tmp_path: Path, nothing: float) -> None:
    weights = np.array([[nothing] * 4, [0.0, 1.0, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0]])
    vertices = GlbScene(_skinned(tmp_path / "unpainted.glb", weights)).soup()["vertices"]
    np.testing.assert_allclose(vertices, TRIANGLE + np.stack([SHIFTS[0], SHIFTS[1], SHIFTS.mean(0)]), atol=1e-6)


def test_weights_that_do_not_sum_to_one_are_normalised(tmp_path: Path) -> None:
    vertices = GlbScene(_skinned(tmp_path / "half.glb", np.array([[0.25, 0.25, 0, 0]] * 3))).soup()["vertices"]
    np.testing.assert_allclose(vertices, TRIANGLE + SHIFTS.mean(0), atol=1e-6)
