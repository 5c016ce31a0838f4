"""The looks of a mesh as something to optimise: its own colours plus a smooth field of corrections at rest.

The mesh is not touched. A posed frame reads the field where its surface lies at rest, so all frames pull on one field.
"""

from dataclasses import dataclass, replace

import torch

from gen4d.distill.canonical import Warp, framing_of, into_cube
from gen4d.distill.field import empty_field, roughness, sample_field
from gen4d.render.rasterizer import rasterize
from gen4d.render.shading import interpolate
from gen4d.render.views import surface_colors, views_from_raster
from gen4d.structures import Material, Mesh, MultiView, canonical_cameras, vertex_normals

SUPERSAMPLE = 2  # fine pixels a side of a pixel
MIN_COVER = 0.25  # of a pixel; one fine pixel of four


@dataclass(frozen=True)
class Shown:
    """One frame as it is before any correction.

    Fields:
        views: the six views.
        pixels: (P,) int64, row-major over (6, R, R), of the pixels with surface in them.
        places, normals: (P, 3), where that surface is at rest, in the canonical cube.
    """

    views: MultiView
    pixels: torch.Tensor
    places: torch.Tensor
    normals: torch.Tensor


class TextureSubject:
    """A mesh's colours; see `Subject`.

    Args:
        mesh: in metres, at rest, with uv.
        warp: poses the rest vertices; None for a mesh that does not move.
        frames: poses to draw once and keep; the first is at rest and not warped.
        resolution: pixels a side of a view.
    """

    def __init__(
        self,
        mesh: Mesh,
        material: Material,
        *,
        cells: int,
        smoothness: float,
        anchor: float,
        resolution: int,
        warp: Warp | None = None,
        frames: int = 1,
    ) -> None:
        self.frames = frames
        self.field = empty_field(3, cells).requires_grad_()
        self.smoothness, self.anchor = smoothness, anchor
        rest = replace(mesh, vertices=framing_of(mesh.vertices)(mesh.vertices), normals=vertex_normals(mesh))
        self._shown = []
        with torch.no_grad():
            for frame in range(frames):
                posed = into_cube(mesh.vertices, warp if frame else None, frame).float()
                moved = replace(mesh, vertices=posed, normals=None)
                self._shown.append(_show(rest, moved, material, resolution))

    def parameters(self) -> dict[str, torch.Tensor]:
        """The field of corrections."""
        return {"field": self.field}

    def original(self, frame: int) -> MultiView:
        """The six views of a frame before any correction."""
        return self._shown[frame].views

    def views(self, frame: int) -> MultiView:
        """See `Subject`."""
        shown = self._shown[frame]
        correction = sample_field(self.field, shown.places, shown.normals)  # (P, 3)
        albedo = shown.views.albedo.reshape(-1, 3)
        wanted = albedo[shown.pixels] + correction
        # Clamped for the eye and not for gradients: a colour that overshot could otherwise never come back.
        albedo = albedo.index_put((shown.pixels,), wanted + (wanted.clamp(0, 1) - wanted).detach())
        return replace(shown.views, albedo=albedo.view(shown.views.albedo.shape))

    def penalty(self) -> torch.Tensor:
        """Steps between cells, and the field's size."""
        return self.smoothness * roughness(self.field) + self.anchor * self.field.square().sum()


def _show(rest: Mesh, posed: Mesh, material: Material, resolution: int) -> Shown:
    """Draw a posed mesh, and find where at rest each pixel's surface is."""
    raster = rasterize(posed.vertices, posed.faces, canonical_cameras(resolution * SUPERSAMPLE))
    views = views_from_raster(posed, raster, surface_colors(posed, material, raster), SUPERSAMPLE, flat=False)
    assert rest.normals is not None
    at_rest = interpolate(raster, posed.faces, torch.cat([rest.vertices, rest.normals], 1))  # (6, 2R, 2R, 6)
    n, r = len(at_rest), resolution
    cover = views.alpha.reshape(-1)
    mean = at_rest.view(n, r, SUPERSAMPLE, r, SUPERSAMPLE, 6).mean((2, 4)).reshape(-1, 6)
    pixels = (cover >= MIN_COVER).nonzero()[:, 0]
    mean = mean[pixels] / cover[pixels, None]  # 0 where no surface is, so this is the mean over the surface
    return Shown(views, pixels, mean[:, :3], torch.nn.functional.normalize(mean[:, 3:], dim=1))
