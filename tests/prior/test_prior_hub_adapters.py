"""Tiny random pipelines of diffusers, saved to disk and opened by our code: their numbers against diffusers' own."""

from pathlib import Path

import pytest
import torch

diffusers = pytest.importorskip("diffusers", reason="the extra for public checkpoints is not installed")
transformers = pytest.importorskip("transformers", reason="the extra for public checkpoints is not installed")

from gen4d.context import Context
from gen4d.distill.config import RefineConfig
from gen4d.errors import InputError
from gen4d.prior.hub.adapters import open_pipeline
from gen4d.prior.hub.checkpoint import read_checkpoint
from gen4d.streams import Streams
from gen4d.structures import Prompt
from gen4d.teacher import guidance_of, open_teacher

SIZE = 8  # latents a side


def clip_parts(folder: Path, projection: bool = False):
    """A text encoder of 16 numbers a token, and a tokenizer of letters."""
    letters = [chr(c) for c in range(97, 123)]
    vocabulary = ["<|startoftext|>", "<|endoftext|>", "!", *letters, *[f"{c}</w>" for c in letters], ",</w>", "!</w>"]
    import json

    (folder / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(vocabulary)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = transformers.CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77)
    config = transformers.CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        projection_dim=16, bos_token_id=0, eos_token_id=1, pad_token_id=1,
    )  # fmt: skip
    kind = transformers.CLIPTextModelWithProjection if projection else transformers.CLIPTextModel
    return kind(config), tokenizer


def tiny_vae(channels: int = 4):
    return diffusers.AutoencoderKL(
        block_out_channels=(8, 8), in_channels=3, out_channels=3, latent_channels=channels, norm_num_groups=4,
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
    )  # fmt: skip


def stable_diffusion(folder: Path, prediction: str) -> Path:
    torch.manual_seed(0)
    encoder, tokenizer = clip_parts(folder)
    unet = diffusers.UNet2DConditionModel(
        block_out_channels=(8, 16), layers_per_block=1, sample_size=SIZE, in_channels=4, out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=16, attention_head_dim=4, norm_num_groups=4,
    )  # fmt: skip
    scheduler = diffusers.DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type=prediction,
        clip_sample=False, set_alpha_to_one=False, steps_offset=1,
    )  # fmt: skip
    pipeline = diffusers.StableDiffusionPipeline(
        vae=tiny_vae(), text_encoder=encoder, tokenizer=tokenizer, unet=unet, scheduler=scheduler,
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip
    pipeline.save_pretrained(folder / "saved")
    return folder / "saved"


def stable_diffusion_3(folder: Path) -> Path:
    torch.manual_seed(0)
    encoder, tokenizer = clip_parts(folder, projection=True)
    second, _ = clip_parts(folder, projection=True)
    transformer = diffusers.SD3Transformer2DModel(
        sample_size=SIZE, patch_size=2, in_channels=4, num_layers=2, attention_head_dim=8, num_attention_heads=2,
        caption_projection_dim=16, joint_attention_dim=32, pooled_projection_dim=32, out_channels=4,
    )  # fmt: skip
    pipeline = diffusers.StableDiffusion3Pipeline(
        transformer=transformer, scheduler=diffusers.FlowMatchEulerDiscreteScheduler(), vae=tiny_vae(),
        text_encoder=encoder, tokenizer=tokenizer, text_encoder_2=second, tokenizer_2=tokenizer,
        text_encoder_3=None, tokenizer_3=None,
    )  # fmt: skip
    pipeline.save_pretrained(folder / "saved")
    return folder / "saved"


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
    assert open_teacher(Prompt("a chair"), trusted, Context(Streams(0))).id == str(folder)
