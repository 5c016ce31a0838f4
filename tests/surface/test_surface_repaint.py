from dataclasses import replace

import torch

from gen4d.conventions import linear_to_srgb, srgb_to_linear
from gen4d.render.views import render_views
from gen4d.structures import Camera, Material, MultiView
from gen4d.surface.repaint import paint_over

PLAIN, WANTED = torch.tensor([0.5, 0.4, 0.6]), torch.tensor([0.55, 0.35, 0.6])


def front_of(views: MultiView, color: torch.Tensor) -> MultiView:
    """The front view alone, in one colour."""
    camera = Camera(views.camera.camera_to_world[:1], views.camera.width, views.camera.height, views.camera.half_extent)
    maps = {name: getattr(views, name)[:1] for name in ("alpha", "depth", "normal")}
    return MultiView(albedo=torch.where(maps["alpha"] > 0, color, torch.ones(3)), camera=camera, **maps)


def painted(mesh, color: torch.Tensor) -> MultiView:
    """What a plain ball looks like from all sides once a picture of its front is painted over it."""
    material = Material(torch.cat([PLAIN, torch.ones(1)]).expand(128, 128, 4).contiguous())
    picture = front_of(render_views(mesh, material, resolution=64), color)
    return render_views(mesh, paint_over(mesh, material, picture), resolution=64)


def middle(views: MultiView, view: int) -> torch.Tensor:
    return views.albedo[view, 28:36, 28:36].mean((0, 1))


def test_the_picture_decides_where_it_saw_and_lights_the_rest_alike(unwrapped_ball) -> None:
    seen = painted(unwrapped_ball, WANTED)
    torch.testing.assert_close(middle(seen, 0), WANTED, atol=0.01, rtol=0)
    torch.testing.assert_close(middle(seen, 2), WANTED, atol=0.02, rtol=0)  # the back: no seam, one light


def test_another_colour_in_front_hardly_changes_the_back(unwrapped_ball) -> None:
    back = middle(painted(unwrapped_ball, torch.tensor([1.0, 0.0, 0.0])), 2)
    brightest = linear_to_srgb(srgb_to_linear(PLAIN) * 1.7)
    assert (back <= brightest + 0.01).all() and back[0] > PLAIN[0] and back[1] < PLAIN[1]


def test_a_picture_that_shows_nothing_changes_nothing(unwrapped_ball) -> None:
    material = Material(torch.cat([PLAIN, torch.ones(1)]).expand(64, 64, 4).contiguous())
    picture = front_of(render_views(unwrapped_ball, material, resolution=64), WANTED)
    empty = replace(picture, alpha=torch.zeros_like(picture.alpha), normal=torch.zeros_like(picture.normal))
    torch.testing.assert_close(paint_over(unwrapped_ball, material, empty).base_color, material.base_color)
