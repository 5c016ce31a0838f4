"""Training: it learns, resumes exactly, and the autoencoder starts from principal components."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from gen4d.errors import CheckpointError
from gen4d.prior.autoencoder import AutoencoderShape, ViewAutoencoder, maps_to_views, views_to_maps
from gen4d.prior.modalities import Modalities, Times, draw_plans, draw_times, noise_like
from gen4d.prior.network_files import load_network, save_network
from gen4d.prior.text import TEXT_TOKENS, TEXT_WIDTH
from gen4d.prior.train import PriorTraining, Trainer
from gen4d.prior.train_autoencoder import (
    AutoencoderTraining,
    crops,
    reconstruction_losses,
    start_from_components,
    train_autoencoder,
)
from gen4d.prior.uvit import UViTShape

SHAPE = UViTShape(width=32, depth=2, heads=2, latent_channels=3, latent_size=8)


def blobs(count: int = 8) -> np.ndarray:
    """Coloured discs on white, with depth and normals, as maps (N, 6, 64, 64, 8) uint8."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:64, :64]
    maps = np.zeros((count, 6, 64, 64, 8), np.uint8)
    maps[..., :3], maps[..., 4], maps[..., 5:] = 255, 255, 128
    for view in maps.reshape(-1, 64, 64, 8):
        inside = (x - rng.integers(20, 44)) ** 2 + (y - rng.integers(20, 44)) ** 2 < rng.integers(60, 300)
        view[inside] = [*rng.integers(0, 256, 3), 255, rng.integers(0, 200), *rng.integers(0, 256, 3)]
    return maps


def batch(seed: int) -> tuple[Modalities, Times, Modalities]:
    """Items that are all ones, times and noise."""
    g = torch.Generator().manual_seed(seed)
    clean = Modalities(
        views=torch.ones(4, 6, 3, 8, 8),
        photo=torch.ones(4, 3, 8, 8),
        sentence=torch.ones(4, TEXT_WIDTH),
        words=torch.ones(4, TEXT_TOKENS - 1, TEXT_WIDTH),
        pose=torch.ones(4, 3),
    )
    return clean, draw_times(draw_plans(4, g), g), noise_like(clean, g)


def test_trainer_learns_a_constant() -> None:
    trainer = Trainer(SHAPE, PriorTraining(learning_rate=3e-3, warmup=5), torch.device("cpu"))
    losses = [trainer.update(*batch(i), 1.0) for i in range(60)]
    assert np.mean(losses[-5:]) < 0.1 * losses[0]


def test_resumed_training_equals_an_uninterrupted_one(tmp_path) -> None:
    cfg = PriorTraining(learning_rate=1e-3)
    whole = Trainer(SHAPE, cfg, torch.device("cpu"))
    for i in range(6):
        whole.update(*batch(i), 1.0)
        if i == 2:
            whole.save(tmp_path / "state.safetensors")
    resumed = Trainer(SHAPE, cfg, torch.device("cpu"))
    resumed.load(tmp_path / "state.safetensors")
    for i in range(3, 6):
        resumed.update(*batch(i), 1.0)
    for name, value in whole.averaged().state_dict().items():
        assert torch.equal(value, resumed.averaged().state_dict()[name]), name


def test_state_of_another_architecture_is_refused(tmp_path) -> None:
    trainer = Trainer(SHAPE, PriorTraining(), torch.device("cpu"))
    trainer.update(*batch(0), 1.0)
    trainer.save(tmp_path / "state.safetensors")
    other = Trainer(replace(SHAPE, width=64), PriorTraining(), torch.device("cpu"))
    with pytest.raises(CheckpointError, match=r"state\.safetensors"):
        other.load(tmp_path / "state.safetensors")


def test_autoencoder_starts_from_components_and_improves() -> None:
    maps = blobs(32)
    shape = AutoencoderShape(fine_width=16, middle_width=16, coarse_width=16)
    target = crops(maps, 32, np.random.default_rng(1))

    @torch.no_grad()
    def output(model: ViewAutoencoder) -> torch.Tensor:
        return model.decode(model.encode(target))

    model = ViewAutoencoder(shape)
    start_from_components(model, target)
    spread = (target - target.mean((0, 2, 3), keepdim=True)).square().mean()
    assert (output(model) - target).square().mean() < 0.2 * spread
    *_, state = train_autoencoder(maps, shape, AutoencoderTraining(steps=80, batch=8, warmup=5))
    before, after = (sum(reconstruction_losses(output(m), target).values()) for m in (model, state.model))
    assert after < 0.95 * before


def test_networks_survive_their_file_and_damage_is_refused(tmp_path) -> None:
    model = ViewAutoencoder(AutoencoderShape(fine_width=8, middle_width=8, coarse_width=8))
    path = tmp_path / "ae.safetensors"
    save_network(model, model.shape.as_metadata(), path)
    loaded = load_network(path, ViewAutoencoder, AutoencoderShape)
    for name, value in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value.to(torch.bfloat16).float()), name
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match=r"ae\.safetensors"):
        load_network(path, ViewAutoencoder, AutoencoderShape)


def test_decoded_maps_become_valid_views_and_back() -> None:
    maps = torch.randn(6, 8, 16, 16, generator=torch.Generator().manual_seed(0))
    views = maps_to_views(maps)  # MultiView checks ranges itself
    assert torch.equal(views.albedo[views.alpha[..., 0] == 0], torch.ones(int((views.alpha == 0).sum()), 3))
    again = maps_to_views(views_to_maps(views))
    torch.testing.assert_close(again.depth, views.depth, atol=1e-6, rtol=0)
