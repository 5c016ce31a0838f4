"""Tuning of the decoder: the encoder stays, added blocks change nothing at first, and the measured errors fall."""

from pathlib import Path

import numpy as np
import pytest
import torch

from gen4d.errors import NumericsError
from gen4d.prior.autoencoder import AutoencoderShape, ViewAutoencoder
from gen4d.prior.network_files import load_network, save_network
from gen4d.prior.train_autoencoder import start_from_components, to_maps
from gen4d.prior.tune_decoder import DecoderTuning, random_views, tune_decoder, tuning_losses, with_last_blocks

SMALL = AutoencoderShape(fine_width=8, middle_width=8, coarse_width=8)


def squares(count: int = 12) -> np.ndarray:
    """Coloured squares on white as maps (N, 6, 64, 64, 8) uint8."""
    rng = np.random.default_rng(0)
    maps = np.zeros((count, 6, 64, 64, 8), np.uint8)
    maps[..., :3], maps[..., 4], maps[..., 5:] = 255, 255, 128
    for view in maps.reshape(-1, 64, 64, 8):
        top, left, size = rng.integers(4, 20), rng.integers(4, 20), rng.integers(20, 40)
        view[top : top + size, left : left + size] = [
            *rng.integers(0, 256, 3),
            255,
            rng.integers(0, 200),
            128,
            128,
            255,
        ]
    return maps


def untrained() -> ViewAutoencoder:
    torch.manual_seed(0)
    model = ViewAutoencoder(SMALL)
    start_from_components(model, to_maps(squares()[:, 0]))
    return model


def test_tuning_leaves_the_encoder_and_lowers_what_is_measured() -> None:
    maps, model = squares(), untrained()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    target = to_maps(maps[:, 3])
    first = tuning_losses(model.decode(model.encode(target)), target)
    *_, state = tune_decoder(maps, model, DecoderTuning(steps=20, batch=4, learning_rate=2e-3, warmup=5))
    with torch.no_grad():
        last = tuning_losses(model.decode(model.encode(target)), target)
    assert last["decibels"] < first["decibels"] and last["outline"] < first["outline"]
    for name, value in state.model.state_dict().items():
        assert torch.equal(value, before[name]) == (not name.startswith("decoder")), name


def test_blocks_at_the_full_resolution_start_as_the_identity_and_survive_their_file(tmp_path: Path) -> None:
    model = untrained()
    for parameter in model.decoder[-1].parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    grown = with_last_blocks(model, 2)
    latents = torch.randn(2, SMALL.latent_channels, 4, 4, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(grown.decode(latents), model.decode(latents), rtol=0, atol=0)
    save_network(grown, grown.shape.as_metadata(), tmp_path / "grown.safetensors")
    loaded = load_network(tmp_path / "grown.safetensors", ViewAutoencoder, AutoencoderShape)
    assert loaded.shape.last_blocks == 2 and set(loaded.state_dict()) == set(grown.state_dict())


def test_a_perfect_output_has_the_least_of_every_term() -> None:
    target = to_maps(squares(1)[0])
    perfect = tuning_losses(target, target)
    assert perfect["outline"] == 0 and perfect["decibels"] == pytest.approx(0.06 * np.log(1e-4))
    moved = tuning_losses(target.roll(1, dims=-1), target)
    assert all(moved[name] > perfect[name] for name in perfect)


def test_an_outline_counts_by_its_share_of_the_view() -> None:
    wide, thin = (torch.full((1, 8, 64, 64), -1.0) for _ in range(2))
    wide[:, 3, 8:56, 8:56], thin[:, 3, 8:56, 30:34] = 1.0, 1.0
    lost = [tuning_losses(torch.full_like(x, -1.0), x)["outline"].item() for x in (wide, thin)]
    assert lost[0] == pytest.approx(lost[1])  # both lack all of their pixels


def test_tuning_repeats_itself_and_says_where_it_diverges() -> None:
    maps = squares(3)
    runs = [[s.losses for s in tune_decoder(maps, untrained(), DecoderTuning(steps=3, batch=2))] for _ in range(2)]
    assert runs[0] == runs[1]
    broken = untrained()
    with torch.no_grad():
        assert broken.decoder_linear.bias is not None
        broken.decoder_linear.bias.fill_(torch.nan)
    with pytest.raises(NumericsError, match="decoder step 0"):
        list(tune_decoder(maps, broken, DecoderTuning(steps=1)))


def test_views_are_drawn_from_all_objects_and_sides() -> None:
    maps = np.arange(4 * 6, dtype=np.uint8).reshape(4, 6, 1, 1, 1)
    drawn = random_views(maps, 400, np.random.default_rng(0))
    assert set(drawn.flatten().tolist()) == set(range(24))
