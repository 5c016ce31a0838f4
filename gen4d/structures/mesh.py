"""A triangle mesh."""

from dataclasses import dataclass, replace

import torch

from gen4d.errors import ShapeError
from gen4d.shapes import check_tensor


@dataclass(frozen=True)
class Mesh:
    """Triangles, counter-clockwise seen from outside.

    Fields:
        vertices: (V, 3) float32, metres.
        faces: (F, 3) int64 into vertices.
        normals: (V, 3) float32 unit vectors, or None.
        uv: (V, 2) float32, origin top-left, or None.
        welded: (V,) int64: one id for all seam copies of a vertex, so that seams tear neither topology nor skin; or
            None where no vertex was copied.
        colors: (V, 3) float32 sRGB in [0, 1], or None.
    """

    vertices: torch.Tensor
    faces: torch.Tensor
    normals: torch.Tensor | None = None
    uv: torch.Tensor | None = None
    welded: torch.Tensor | None = None
    colors: torch.Tensor | None = None

    def __post_init__(self) -> None:
        sizes: dict[str, int] = {}
        check_tensor("Mesh.vertices", self.vertices, ("V", 3), torch.float32, sizes)
        check_tensor("Mesh.faces", self.faces, ("F", 3), torch.int64, sizes)
        if self.normals is not None:
            check_tensor("Mesh.normals", self.normals, ("V", 3), torch.float32, sizes)
        if self.uv is not None:
            check_tensor("Mesh.uv", self.uv, ("V", 2), torch.float32, sizes)
        if self.welded is not None:
            check_tensor("Mesh.welded", self.welded, ("V",), torch.int64, sizes)
        if self.colors is not None:
            check_tensor("Mesh.colors", self.colors, ("V", 3), torch.float32, sizes, low=0.0, high=1.0)
        if not len(self.vertices) or not len(self.faces):
            raise ShapeError(f"Mesh: {len(self.vertices)} vertices and {len(self.faces)} faces; both must be positive.")
        if self.faces.min() < 0 or self.faces.max() >= len(self.vertices):
            raise ShapeError(
                f"Mesh.faces: indices run from {int(self.faces.min())} to {int(self.faces.max())}, "
                f"but there are {len(self.vertices)} vertices."
            )

    def to(self, device: torch.device | str) -> "Mesh":
        """The same mesh on another device."""
        names = ("vertices", "faces", "normals", "uv", "welded", "colors")
        return replace(self, **{k: v.to(device) for k in names if (v := getattr(self, k)) is not None})

    @property
    def bounds(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Lowest and highest corner of the bounding box, (3,) each."""
        return self.vertices.amin(0), self.vertices.amax(0)


def is_closed(mesh: Mesh) -> bool:
    """Whether every edge, copies of a vertex taken as one, has two faces that run along it in opposite directions."""
    faces = mesh.faces if mesh.welded is None else mesh.welded[mesh.faces]
    start, end, count = faces.flatten(), faces.roll(-1, 1).flatten(), int(faces.max()) + 1
    forward, backward = (start * count + end).sort().values, (end * count + start).sort().values
    return bool((forward.diff() > 0).all()) and torch.equal(forward, backward)


def face_normals(vertices: torch.Tensor, faces: torch.Tensor) -> torch.Tensor:
    """Face normals whose length is twice the face's area; zero for degenerate faces. (F, 3)."""
    a, b, c = vertices[faces].unbind(1)
    return torch.linalg.cross(b - a, c - a)


def vertex_normals(mesh: Mesh) -> torch.Tensor:
    """Area-weighted unit normals, shared by the seam copies of a vertex.

    Returns:
        normals: (V, 3) float32; +Y for a vertex no proper face uses.
    """
    ids = torch.arange(len(mesh.vertices), device=mesh.vertices.device) if mesh.welded is None else mesh.welded
    total = torch.zeros(int(ids.max()) + 1, 3, dtype=mesh.vertices.dtype, device=mesh.vertices.device)
    per_face = face_normals(mesh.vertices, mesh.faces)
    for corner in range(3):
        total = total.index_add(0, ids[mesh.faces[:, corner]], per_face)
    length = total.norm(dim=1, keepdim=True)
    up = torch.tensor([0.0, 1.0, 0.0], dtype=total.dtype, device=total.device)
    unit = torch.where(length > 1e-20, total / length.clamp(min=1e-20), up)  # 1e-20: area of a degenerate fan
    return unit[ids]
