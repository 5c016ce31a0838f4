"""Zero123++ opened: attention to the reference, the tall picture's order, and what leads away from the photo."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from tiny_pipelines import SIZE, diffusers, zero123plus

from gen4d.context import Context
from gen4d.prior.hub.checkpoint import read_checkpoint
from gen4d.prior.hub.drawing import DrawSettings
from gen4d.prior.hub.opening import open_photo_prior
from gen4d.prior.hub.photo import Zero123Plus
from gen4d.prior.hub.reference import AZIMUTHS_DEG, decode_tall
from gen4d.streams import Streams

CTX = Context(Streams(0))
PHOTO = torch.rand(16, 16, 4, generator=torch.Generator().manual_seed(3))


def opened(folder: Path) -> Zero123Plus:
    prior = open_photo_prior(read_checkpoint(zero123plus(folder), "tiny"), CTX)
    assert isinstance(prior, Zero123Plus)
    return replace(prior, view_size=16)


@pytest.mark.parametrize("step", [30, 700])
def test_a_reference_like_the_views_themselves_adds_nothing(tmp_path: Path, step: int) -> None:
    # Every key twice weighs as every key once, so the answer is the plain network's, by its own scheduler's formula.
    prior = opened(tmp_path)
    scheduler = prior.pipeline.scheduler
    alpha = scheduler.alphas_cumprod[step]
    t = ((1 - alpha).sqrt() / (alpha.sqrt() + (1 - alpha).sqrt()))[None]
    x, e = (torch.randn(1, 4, SIZE, SIZE, generator=torch.Generator().manual_seed(s)) for s in (1, 2))
    plain = diffusers.UNet2DConditionModel.from_pretrained(tmp_path / "saved" / "unet").eval()
    with torch.no_grad():
        told = replace(prior.told(PHOTO, torch.Generator().manual_seed(0)), reference=x, noise=e)
        found = told.x0(((1 - t) * x + t * e)[None], t)[0]
        z = scheduler.add_noise(x, e, torch.tensor([step]))
        said = plain(z, step, encoder_hidden_states=told.features).sample
        other = replace(told, reference=x + 1).x0(((1 - t) * x + t * e)[None], t)[0]
    scheduler.set_timesteps(scheduler.config.num_train_timesteps)
    torch.testing.assert_close(found, scheduler.step(said, step, z).pred_original_sample, atol=1e-3, rtol=1e-3)
    assert (found - other).abs().max() > 1e-4


def test_the_photos_vector_ramps_over_the_words(tmp_path: Path) -> None:
    prior = opened(tmp_path)
    with torch.no_grad():
        told = prior.told(PHOTO, torch.Generator().manual_seed(0))
        free = prior.untold(told)
    added = (told.features - free.features)[0]  # (77, 16)
    torch.testing.assert_close(added[0], torch.zeros(16))
    torch.testing.assert_close(added[40] * 20, added[20] * 40, atol=1e-4, rtol=1e-4)
    assert added[76].abs().max() > 1e-3 and free.reference.shape == told.reference.shape


def test_the_tall_picture_is_cut_row_by_row() -> None:
    side = 4
    tall = torch.zeros(1, 3, 3 * side, 2 * side)
    for number in range(6):
        row, column = divmod(number, 2)
        tall[:, :, row * side : (row + 1) * side, column * side : (column + 1) * side] = number
    seen = []
    vae = SimpleNamespace(
        config=SimpleNamespace(scaling_factor=0.5), dtype=torch.float32,
        decode=lambda z: seen.append(z) or SimpleNamespace(sample=z),
    )  # fmt: skip
    latents = (tall * 0.5 / 1.6 - 0.22) * 0.75  # the published scaling, forwards
    views = decode_tall(vae, latents)
    assert views.shape == (6, 3, side, side) and len(AZIMUTHS_DEG) == 6
    torch.testing.assert_close(views.mean((1, 2, 3)), torch.arange(6.0))


def test_two_sides_are_drawn_of_a_photo_and_the_same_again(tmp_path: Path) -> None:
    prior, settings = opened(tmp_path), DrawSettings(3, 4.0)
    sides = [prior.sides(PHOTO, "", "", settings, torch.Generator().manual_seed(0)) for _ in range(2)]
    assert sorted(sides[0]) == ["left", "right"] and sides[0]["left"].shape == (16, 16, 3)
    assert torch.equal(sides[0]["left"], sides[1]["left"])
    assert (sides[0]["left"] - sides[0]["right"]).abs().max() > 1e-4
