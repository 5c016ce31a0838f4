"""`gen4d reconstruct --photo`: the photo decides where it saw the surface."""

from dataclasses import replace

import torch

from gen4d import pipeline
from gen4d.config import load_config
from gen4d.render.views import render_views

SMALL = {"surface.faces": 2000, "surface.texture_size": 512, "reconstruct.resolution": 64, "photo.azimuth_deg": 0.0}
BLUE, ORANGE = torch.tensor([0.1, 0.2, 0.8]), torch.tensor([0.9, 0.5, 0.1])


def painted(views, color):
    return replace(views, albedo=torch.where(views.alpha > 0, color, 1.0))


def photo_of(views):
    front = torch.cat([views.albedo[0], views.alpha[0]], -1)
    return torch.nn.functional.interpolate(front.movedim(-1, 0)[None], scale_factor=4)[0].movedim(0, -1).contiguous()


def test_photo_colours_the_front_and_the_views_the_back(views_of, solids, ctx):
    views = painted(views_of(solids["crooked"]), BLUE)
    photo = photo_of(painted(views, ORANGE))
    asset = pipeline.build(views, load_config(None, SMALL), ctx, photo=photo)
    low, high = asset.mesh.bounds
    centred = replace(asset.mesh, vertices=(asset.mesh.vertices - (low + high) / 2) / (high - low).max())
    seen = render_views(centred, asset.material, resolution=64)
    front, back = (seen.albedo[i][seen.alpha[i, ..., 0] > 0.99].median(0).values for i in (0, 2))
    assert (front - ORANGE).abs().max() < 0.05
    assert (back - BLUE).abs().max() < 0.2  # a photo may shift the hues of what it did not see, but not replace them
    assert not ctx.warnings


def test_photo_of_something_else_is_told(views_of, solids, ctx):
    views = painted(views_of(solids["plate"]), BLUE)
    photo = photo_of(painted(views_of(solids["sphere"]), ORANGE))
    pipeline.build(views, load_config(None, SMALL), ctx, photo=photo)
    assert any("give the photo that the views were imagined from" in warning for warning in ctx.warnings)
