"""Splats against closed forms, a dense compositor written from gsplat's documentation, and numerical integrals."""

import math
import sys
from dataclasses import replace
from types import ModuleType

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gen4d.conventions import VIEW_HALF_EXTENT
from gen4d.distill.gsplat_splatting import splat_by_gsplat
from gen4d.distill.splats import BLUR, Splats, axes_of, splat
from gen4d.errors import MissingDependency, ShapeError
from gen4d.structures import Camera, canonical_cameras, orbit_camera

RESOLUTION = 44
PIXEL = 2 * VIEW_HALF_EXTENT / RESOLUTION
CAMERA = canonical_cameras(RESOLUTION)


def random_splats(count: int, seed: int, *, dtype: torch.dtype = torch.float64, channels: int = 2) -> Splats:
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=generator, dtype=dtype)

    turns = torch.nn.functional.normalize(draw(count, 4) - 0.5, dim=1)
    return Splats(
        draw(count, 3) * 0.6 - 0.3, turns, draw(count, 3) * 0.08 + 0.02, draw(count), draw(6, count, channels)
    )


def one(place=(0.0, 0.0, 0.0), scale: float = 0.1, opacity: float = 0.6) -> Splats:
    """A round splat that shows 1."""
    turn = torch.tensor([[0.0, 0.0, 0.0, 1.0]])
    size = torch.full((1, 3), scale, dtype=torch.float64)
    return Splats(
        torch.tensor([place], dtype=torch.float64), turn.double(), size, torch.tensor([opacity]).double(),
        torch.ones(6, 1, 1, dtype=torch.float64),
    )  # fmt: skip


def joined(*parts: Splats) -> Splats:
    first = [torch.cat([getattr(p, name) for p in parts]) for name in ("means", "rotations", "scales", "opacities")]
    return Splats(*first, torch.cat([p.features for p in parts], 1))


def documented(means, quats, scales, opacities, colors, viewmats, Ks, width, height, eps2d, camera_model):
    """What gsplat says it computes, splat by splat over whole pictures."""
    assert (
        camera_model == "ortho" and quats.shape == (len(means), 4) and colors.shape[:2] == (len(viewmats), len(means))
    )
    w, x, y, z = quats.unbind(1)
    turn = axes_of(torch.stack([x, y, z, w], 1))
    space = turn @ torch.diag_embed(scales**2) @ turn.mT
    v, u = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    colored, covered = [], []
    for color, view, k in zip(colors, viewmats, Ks, strict=True):
        local = means @ view[:3, :3].T + view[:3, 3]
        flat = k[:2, :2] @ view[:2, :3]
        clear, total = torch.ones(height, width).to(means), torch.zeros(height, width, colors.shape[-1]).to(means)
        for i in local[:, 2].argsort().tolist():
            assert local[i, 2] > 0  # in front of the camera
            inverse = torch.linalg.inv(flat @ space[i] @ flat.T + eps2d * torch.eye(2).to(means))
            offset = torch.stack([u, v], -1).to(means) - (k[:2, :2] @ local[i, :2] + k[:2, 2])
            power = torch.einsum("hwi,ij,hwj->hw", offset, inverse, offset)
            coverage = opacities[i] * torch.exp(-power / 2)
            total = total + (coverage * clear)[..., None] * color[i]
            clear = clear * (1 - coverage)
        colored.append(total)
        covered.append(1 - clear[..., None])
    return torch.stack(colored), torch.stack(covered), {}


@pytest.fixture
def gsplat(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("gsplat")
    module.rasterization = documented  # type: ignore[attr-defined]  # a stand-in module
    monkeypatch.setitem(sys.modules, "gsplat", module)


@pytest.mark.usefixtures("gsplat")
@pytest.mark.parametrize("seed", [0, 1])
def test_both_ways_give_the_same_images(seed: int) -> None:
    splats = random_splats(25, seed)
    for mine, documented_ in zip(splat(splats, CAMERA), splat_by_gsplat(splats, CAMERA), strict=True):
        assert mine.shape == documented_.shape
        assert (mine - documented_).abs().max() < 5e-3  # what lies beyond the reach of all splats together
        assert documented_.max() > 0.5


def test_without_gsplat_the_pip_line_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gsplat", None)
    with pytest.raises(MissingDependency, match=r"pip install gen4d\[gsplat\]"):
        splat_by_gsplat(one(), CAMERA)


@given(st.floats(0.03, 0.12), st.floats(0.05, 0.95), st.floats(-0.15, 0.15))
@settings(max_examples=15, deadline=None)
def test_one_splat_covers_two_pi_times_its_variance(scale: float, opacity: float, place: float) -> None:
    _, alpha = splat(one((place, -place, place / 2), scale, opacity), CAMERA)
    expected = opacity * 2 * math.pi * ((scale / PIXEL) ** 2 + BLUR)
    torch.testing.assert_close(alpha.sum((1, 2, 3)), torch.full((6,), expected, dtype=torch.float64), rtol=3e-3, atol=0)


def test_its_picture_is_the_integral_along_the_ray() -> None:
    """Of a turned, uneven Gaussian, blurred across the ray as the pictures are; in shares of the ray's largest."""
    splats = random_splats(1, 3)
    turn, camera = axes_of(splats.rotations)[0], CAMERA.camera_to_world[0].double()
    right, up, toward = camera[:3, :3].T
    across = torch.eye(3) - toward[:, None] * toward
    space = turn @ torch.diag(splats.scales[0] ** 2) @ turn.T + BLUR * PIXEL**2 * across
    inverse = torch.linalg.inv(space)
    axis = (torch.arange(RESOLUTION) + 0.5) * PIXEL - VIEW_HALF_EXTENT
    along = torch.linspace(-1.5, 1.5, 3001, dtype=torch.float64)
    v, u = torch.meshgrid(-axis, axis, indexing="ij")
    places = u[..., None, None] * right + v[..., None, None] * up + along[:, None] * toward  # (H, W, S, 3)
    offset = places - splats.means[0]
    density = torch.exp(-torch.einsum("hwsi,ij,hwsj->hws", offset, inverse, offset) / 2).sum(-1)
    # At the centre's own ray the integral is sqrt(2 pi / (toward^T inverse toward)).
    largest = torch.sqrt(2 * math.pi / (toward @ inverse @ toward)) / (along[1] - along[0])
    alpha = splat(splats, CAMERA)[1][0, ..., 0]
    torch.testing.assert_close(alpha, splats.opacities[0] * density / largest, atol=5e-4, rtol=1e-3)


def test_the_nearer_of_two_is_on_top_whatever_their_order_in_the_list() -> None:
    front, back = one((0, 0, 0.3), opacity=0.8), one((0, 0, -0.3), opacity=0.5)
    pair = joined(front, back)
    pair = replace(pair, features=torch.eye(2).double().expand(6, 2, 2))
    seen, alpha = splat(pair, CAMERA)
    swapped = joined(back, front)
    swapped = replace(swapped, features=pair.features.flip(1))
    # Seen from a side both are equally near, and then the list decides.
    torch.testing.assert_close(seen[[0, 2]], splat(swapped, CAMERA)[0][[0, 2]])
    single = [splat(part, CAMERA)[1] for part in (front, back)]
    torch.testing.assert_close(seen[0], torch.cat([single[0], (1 - single[0]) * single[1]], -1)[0])  # from the front
    torch.testing.assert_close(seen[2], torch.cat([(1 - single[1]) * single[0], single[1]], -1)[2])  # from behind
    torch.testing.assert_close(alpha, 1 - (1 - single[0]) * (1 - single[1]))


def test_a_quarter_turn_about_the_vertical_shows_the_next_side() -> None:
    alike = random_splats(30, 5)
    plain = replace(alike, features=alike.features[:1].expand(6, -1, -1))
    turn = torch.tensor([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]], dtype=torch.float64)  # what faced +z faces +x
    quarter = torch.tensor([0.0, math.sqrt(0.5), 0.0, math.sqrt(0.5)], dtype=torch.float64)
    turned = replace(plain, means=plain.means @ turn.T, rotations=product(quarter, plain.rotations))
    before, after = splat(plain, CAMERA)[0], splat(turned, CAMERA)[0]
    for old, new in ((0, 1), (1, 2), (2, 3), (3, 0)):
        torch.testing.assert_close(after[new], before[old], atol=1e-6, rtol=1e-6)
    assert (after[0] - before[0]).abs().max() > 0.05


def product(p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    """Quaternion product, xyzw."""
    (a, b, c, d), (x, y, z, w) = p, q.T
    return torch.stack([d * x + a * w + b * z - c * y, d * y - a * z + b * w + c * x, d * z + a * y - b * x + c * w,
                        d * w - a * x - b * y - c * z], 1)  # fmt: skip


def test_every_gradient_is_that_of_differences() -> None:
    splats = random_splats(4, 7)
    camera = Camera(CAMERA.camera_to_world[:1], 8, 8, half_extent=VIEW_HALF_EXTENT)
    parts = (splats.means, splats.rotations, splats.scales, splats.opacities, splats.features[:1])
    inputs = [part.clone().requires_grad_() for part in parts]
    assert torch.autograd.gradcheck(lambda *given: splat(Splats(*given), camera), inputs, atol=1e-5, fast_mode=True)


def test_bright_splats_behind_a_wall_keep_a_gradient() -> None:
    pair = joined(one((0, 0, 0.3), opacity=1.0), one((0, 0, -0.3), opacity=0.5))
    opacity = pair.opacities.clone().requires_grad_()
    splat(replace(pair, opacities=opacity), CAMERA)[1][0].sum().backward()
    assert torch.isfinite(opacity.grad).all() and opacity.grad[1] > 0


def test_cameras_that_do_not_fit_are_refused() -> None:
    perspective = orbit_camera(0.0, 0.0, distance=2.0, fov=0.7, resolution=8, target=(0.0, 0.0, 0.0))
    with pytest.raises(ShapeError, match="1 perspective cameras for features of 6"):
        splat(one(), perspective)
    with pytest.raises(ShapeError, match="1 orthographic cameras"):
        splat(one(), Camera(CAMERA.camera_to_world[:1], 8, 8, half_extent=1.0))
    with pytest.raises(ShapeError, match="expected"):
        Splats(torch.zeros(2, 3), torch.zeros(3, 4), torch.zeros(2, 3), torch.zeros(2), torch.zeros(6, 2, 1))
