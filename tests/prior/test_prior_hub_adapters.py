"""Tiny random pipelines of diffusers, saved to disk and opened by our code: their numbers against diffusers' own."""

from pathlib import Path

import pytest
import torch

diffusers = pytest.importorskip("diffusers", reason="the extra for public checkpoints is not installed")

from tiny_pipelines import SIZE, stable_diffusion, stable_diffusion_3

from gen4d.context import Context
from gen4d.distill.config import RefineConfig
from gen4d.errors import InputError
from gen4d.prior.hub.checkpoint import read_checkpoint
from gen4d.prior.hub.opening import open_pipeline
from gen4d.streams import Streams
from gen4d.structures import Prompt
from gen4d.teacher import guidance_of, open_teacher


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction", "sample"])
def test_stable_diffusion_says_what_its_own_scheduler_says(tmp_path: Path, prediction: str) -> None:
    checkpoint = read_checkpoint(stable_diffusion(tmp_path, prediction), "tiny")
    prior = open_pipeline(checkpoint, Context(Streams(0)))
    denoiser, scheduler = prior.words("a chair"), prior.pipeline.scheduler
    x, e = (torch.randn(1, 6, 4, SIZE, SIZE, generator=torch.Generator().manual_seed(s)) for s in (1, 2))
    for step in (20, 500, 980):
        alpha = scheduler.alphas_cumprod[step]
        t = ((1 - alpha).sqrt() / (alpha.sqrt() + (1 - alpha).sqrt()))[None]
        with torch.no_grad():
            found = denoiser.x0((1 - t) * x + t * e, t)
            z = scheduler.add_noise(x[0], e[0], torch.tensor([step]))
            said = prior.network(z, step, encoder_hidden_states=denoiser.features).sample
        scheduler.set_timesteps(scheduler.config.num_train_timesteps)
        expected = scheduler.step(said, step, z).pred_original_sample
        torch.testing.assert_close(found[0], expected, atol=1e-3, rtol=1e-3)


def test_stable_diffusion_3_says_what_its_velocity_says(tmp_path: Path) -> None:
    checkpoint = read_checkpoint(stable_diffusion_3(tmp_path), "tiny")
    prior = open_pipeline(checkpoint, Context(Streams(0)))
    denoiser, scheduler = prior.words("a chair"), prior.pipeline.scheduler
    x = torch.randn(2, 6, 4, SIZE, SIZE, generator=torch.Generator().manual_seed(1))
    scheduler.set_timesteps(10)
    step = scheduler.timesteps[3:4]
    sigma = scheduler.sigmas[3]
    with torch.no_grad():
        found = denoiser.x0(x, sigma[None].repeat(2))
        said = prior.network(
            hidden_states=x[1], timestep=step.expand(6), encoder_hidden_states=denoiser.features,
            pooled_projections=denoiser.pooled,
        ).sample  # fmt: skip
    torch.testing.assert_close(found[1], x[1] - sigma * said, atol=1e-5, rtol=1e-4)


def test_views_are_told_their_sides_and_no_words_are_no_words(tmp_path: Path) -> None:
    prior = open_pipeline(read_checkpoint(stable_diffusion(tmp_path, "epsilon"), "tiny"), Context(Streams(0)))
    said, none = prior.words("a chair").features, prior.words("").features
    assert (said[0] - said[2]).abs().max() > 1e-3  # front and back
    assert torch.equal(said[1], said[3]) and torch.equal(none[0], none[5])


def test_latents_are_those_of_the_pipeline_and_carry_gradients(tmp_path: Path) -> None:
    prior = open_pipeline(read_checkpoint(stable_diffusion(tmp_path, "epsilon"), "tiny"), Context(Streams(0)))
    side = prior.resolution
    pictures = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(0)).requires_grad_()
    latents = prior.encode(pictures)
    expected = prior.pipeline.vae.encode(pictures).latent_dist.mean * prior.pipeline.vae.config.scaling_factor
    torch.testing.assert_close(latents, expected)
    latents.sum().backward()
    assert pictures.grad is not None and pictures.grad.abs().max() > 0


@pytest.mark.parametrize("kind", ["sds", "recon", "vsd", "ism"])
def test_every_guidance_runs_on_a_folder(tmp_path: Path, kind: str) -> None:
    folder = stable_diffusion(tmp_path, "epsilon")
    cfg, ctx = RefineConfig(prior=f"dir:{folder}", guidance=kind), Context(Streams(0))
    teacher = open_teacher(Prompt("a chair"), cfg, ctx)
    guidance, learned = guidance_of(teacher, cfg, ctx)
    x, e = (torch.randn(1, 6, 4, SIZE, SIZE, generator=torch.Generator().manual_seed(s)) for s in (1, 2))
    gradient = guidance.gradient(x, torch.tensor([0.5]), e)
    assert gradient.shape == x.shape and torch.isfinite(gradient).all()
    assert (learned is not None) == (kind == "vsd")
    assert ctx.facts["refine.prior_licence"] == "unknown"


def test_a_pickled_network_is_never_loaded_unasked(tmp_path: Path) -> None:
    folder = stable_diffusion(tmp_path, "epsilon")
    unet = diffusers.UNet2DConditionModel.from_pretrained(folder / "unet")
    (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    unet.save_pretrained(folder / "unet", safe_serialization=False)
    with pytest.raises(InputError, match="weights of unet are pickles"):
        open_teacher(Prompt("a chair"), RefineConfig(prior=f"dir:{folder}"), Context(Streams(0)))
    trusted = RefineConfig(prior=f"dir:{folder}", allow_pickle=True)
    assert open_teacher(Prompt("a chair"), trusted, Context(Streams(0))).id == f"dir:{folder.name}"
