"""MVDream's and ImageDream's folders, opened, say what a plain network with the same weights says."""

import math
from pathlib import Path

import pytest
import torch
from tiny_pipelines import SIZE, multiview

from gen4d.context import Context
from gen4d.errors import CheckpointError, InputError
from gen4d.prior.hub.checkpoint import read_checkpoint
from gen4d.prior.hub.conversions import match
from gen4d.prior.hub.drawing import DrawSettings, draw_words
from gen4d.prior.hub.loading import Loading
from gen4d.prior.hub.multiview_unet import orbit_camera
from gen4d.prior.hub.opening import open_photo_prior, open_pipeline
from gen4d.streams import Streams

CTX = Context(Streams(0))


def noise(*size: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(*size, generator=torch.Generator().manual_seed(seed))


def plainly(network, scheduler, clean, chance, step: int, words, cameras, views: int, photo=None):
    """x0 of latents (V, C, S, S) at a whole step, by diffusers' own formulas."""
    z = scheduler.add_noise(clean, chance, torch.tensor([step]))
    alpha = scheduler.alphas_cumprod[step]
    with torch.no_grad():
        said = network(z, torch.full((len(z),), step), words, cameras, views, photo)
    return (z - (1 - alpha).sqrt() * said) / alpha.sqrt()


def our_time(scheduler, step: int) -> torch.Tensor:
    alpha = scheduler.alphas_cumprod[step]
    return ((1 - alpha).sqrt() / (alpha.sqrt() + (1 - alpha).sqrt()))[None]


@pytest.mark.parametrize("step", [40, 600])
def test_sides_are_denoised_together_and_top_and_bottom_alone(tmp_path: Path, step: int) -> None:
    folder, plain = multiview(tmp_path, photo=False)
    prior = open_pipeline(read_checkpoint(folder, "tiny"), CTX)
    denoiser, scheduler = prior.words("a chair"), prior.pipeline.scheduler
    t, x, e = our_time(scheduler, step), noise(6, 4, SIZE, SIZE), noise(6, 4, SIZE, SIZE, seed=2)
    with torch.no_grad():
        found = denoiser.x0(((1 - t) * x + t * e)[None], t)[0]
    cameras = torch.stack([orbit_camera(i * math.pi / 2, 0.0)[:16] for i in range(4)])
    words = denoiser.features
    sides = plainly(plain, scheduler, x[:4], e[:4], step, words[:4], cameras, 4)
    torch.testing.assert_close(found[:4], sides, atol=2e-4, rtol=1e-3)
    for view in (4, 5):
        one = slice(view, view + 1)
        torch.testing.assert_close(
            found[one], plainly(plain, scheduler, x[one], e[one], step, words[one], None, 1), atol=2e-4, rtol=1e-3
        )


def test_a_side_depends_on_the_others(tmp_path: Path) -> None:
    prior = open_pipeline(read_checkpoint(multiview(tmp_path, photo=False)[0], "tiny"), CTX)
    denoiser, x = prior.words("a chair", (0, 1, 2, 3)), noise(1, 4, 4, SIZE, SIZE)
    other = x.clone()
    other[:, 2] += 1
    with torch.no_grad():
        change = (
            (denoiser.x0(other, torch.tensor([0.5])) - denoiser.x0(x, torch.tensor([0.5]))).abs().amax((0, 2, 3, 4))
        )
    assert (change > 1e-5).all()


def test_the_photo_is_a_fifth_view_and_tokens_beside_the_words(tmp_path: Path) -> None:
    folder, plain = multiview(tmp_path, photo=True)
    checkpoint = read_checkpoint(folder, "tiny")
    prior = open_photo_prior(checkpoint, CTX)
    scheduler, step = prior.pipeline.scheduler, 500
    photo = torch.rand(16, 16, 4, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        told = prior.told(photo, "a chair")
        white = photo[..., :3] * photo[..., 3:] + 1 - photo[..., 3:]
        pixels = prior.processor(images=(white * 255).round().byte().numpy(), return_tensors="pt").pixel_values
        features = prior.encoder(pixels, output_hidden_states=True).hidden_states[-2]
        t, x, e = our_time(scheduler, step), noise(4, 4, SIZE, SIZE), noise(4, 4, SIZE, SIZE, seed=2)
        found = told.x0(((1 - t) * x + t * e)[None], t)[0]
        matched = match(t, scheduler.alphas_cumprod)
        z = torch.cat([matched.scale * ((1 - t) * x + t * e), told.latents])
        cameras = torch.cat(
            [torch.stack([orbit_camera(i * math.pi / 2, 0.0)[:16] for i in range(4)]), torch.zeros(1, 16)]
        )
        words = told.features.expand(5, -1, -1)
        said = plain(z, torch.full((5,), step), words, cameras, 5, features.expand(5, -1, -1))[:4]
    expected = (z[:4] - matched.noise * said) / matched.signal
    torch.testing.assert_close(found, expected, atol=2e-4, rtol=1e-3)
    nothing = prior.told(None, "")
    assert not nothing.latents.any() and (nothing.tokens - told.tokens).abs().max() > 1e-4


def test_cameras_look_at_the_subject_from_where_we_look() -> None:
    # Their world has z up and the subject facing -y; ours y up, facing +z: x, y, z of ours are x, -z, y of theirs.
    for azimuth, (x, y, z) in {0.0: (0, 0, 1), math.pi / 2: (1, 0, 0), math.pi: (0, 0, -1)}.items():
        matrix = orbit_camera(azimuth, 0.0)[:16].view(4, 4)
        torch.testing.assert_close(matrix[:3, 3], torch.tensor([x, -z, y]).float(), atol=1e-6, rtol=0)
    matrix = orbit_camera(0.7, 0.3)[:16].view(4, 4)
    rotation = matrix[:3, :3]
    torch.testing.assert_close(rotation @ rotation.T, torch.eye(3), atol=1e-6, rtol=0)
    assert torch.linalg.det(rotation) > 0 and matrix[2, 1] > 0.9  # up is up
    torch.testing.assert_close(rotation[:, 2], matrix[:3, 3])  # it looks along its -z, at the origin


def test_four_sides_are_drawn_from_words_and_three_from_a_photo(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    words = open_pipeline(read_checkpoint(multiview(tmp_path / "a", photo=False)[0], "tiny"), CTX)
    settings = DrawSettings(steps=3, guidance_scale=3.0)
    drawn = [draw_words(words, "a chair", "", settings, torch.Generator().manual_seed(0)) for _ in range(2)]
    assert drawn[0].shape == (4, 16, 16, 3) and torch.equal(*drawn)
    photos = open_photo_prior(read_checkpoint(multiview(tmp_path / "b", photo=True)[0], "tiny"), CTX)
    sides = photos.sides(torch.rand(16, 16, 4), "a chair", "", settings, torch.Generator().manual_seed(0))
    assert sorted(sides) == ["back", "left", "right"] and sides["left"].shape == (16, 16, 3)


def test_each_way_names_the_command_for_the_other(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with pytest.raises(InputError, match="gen4d image-to-3d PHOTO --prior"):
        open_pipeline(read_checkpoint(multiview(tmp_path / "a", photo=True)[0], "tiny"), CTX)
    with pytest.raises(InputError, match="gen4d text-to-3d PROMPT --prior"):
        open_photo_prior(read_checkpoint(multiview(tmp_path / "b", photo=False)[0], "tiny"), CTX)


def test_a_network_with_a_part_missing_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder, _ = multiview(tmp_path, photo=False)
    path = folder / "unet" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(path)
    del tensors["middle_block.1.proj_in.weight"]
    save_file(tensors, path)
    with pytest.raises(CheckpointError, match="multiview network cannot be loaded"):
        open_pipeline(read_checkpoint(folder, "tiny"), CTX)


def test_half_precision_is_half(tmp_path: Path) -> None:
    checkpoint = read_checkpoint(multiview(tmp_path, photo=False)[0], "tiny")
    prior = open_pipeline(checkpoint, CTX, Loading(half=True))
    assert {p.dtype for p in prior.network.parameters()} == {torch.bfloat16}
    drawn = draw_words(prior, "a chair", "", DrawSettings(2, 2.0), torch.Generator().manual_seed(0))
    assert drawn.dtype == torch.float32 and torch.isfinite(drawn).all()
