"""Pipelines of diffusers, tiny and with random weights, written to disk in the published layouts."""

import json
from pathlib import Path

import pytest
import torch
from plain_multiview import PlainMultiview, small_config
from safetensors.torch import save_file

diffusers = pytest.importorskip("diffusers", reason="the extra for public checkpoints is not installed")
transformers = pytest.importorskip("transformers", reason="the extra for public checkpoints is not installed")

SIZE = 8  # latents a side


def clip_parts(folder: Path, projection: bool = False, width: int = 16):
    """A text encoder of 16 numbers a token, and a tokenizer of letters."""
    letters = [chr(c) for c in range(97, 123)]
    vocabulary = ["<|startoftext|>", "<|endoftext|>", "!", *letters, *[f"{c}</w>" for c in letters], ",</w>", "!</w>"]
    (folder / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(vocabulary)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = transformers.CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77)
    config = transformers.CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=width, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
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
    scheduler = noise_process(prediction)
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


def noise_process(prediction: str = "epsilon"):
    return diffusers.DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type=prediction,
        clip_sample=False, set_alpha_to_one=False, steps_offset=1,
    )  # fmt: skip


def vision_parts(kind: str, width: int = 16):
    """An encoder of pictures of 16 px and what prepares them."""
    config = transformers.CLIPVisionConfig(
        hidden_size=width, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2, image_size=16,
        patch_size=8, projection_dim=16,
    )  # fmt: skip
    processor = transformers.CLIPImageProcessor(size={"shortest_edge": 16}, crop_size={"height": 16, "width": 16})
    return getattr(transformers, kind)(config), processor


def unidiffuser(folder: Path) -> Path:
    torch.manual_seed(0)
    encoder, tokenizer = clip_parts(folder, width=32)
    image_encoder, processor = vision_parts("CLIPVisionModelWithProjection")
    words = {"<|endoftext|>": 0, **{letter: place for place, letter in enumerate("abcdefgh", 1)}}
    (folder / "gpt-vocab.json").write_text(json.dumps(words))
    (folder / "gpt-merges.txt").write_text("#version: 0.2\n")
    said = transformers.GPT2Tokenizer(str(folder / "gpt-vocab.json"), str(folder / "gpt-merges.txt"))
    decoder = diffusers.UniDiffuserTextDecoder(
        prefix_length=77, prefix_inner_dim=32, prefix_hidden_dim=8, vocab_size=len(words), n_positions=160, n_embd=32,
        n_layer=1, n_head=2,
    )  # fmt: skip
    head = decoder.transformer.lm_head  # shares its weight with the input, which safetensors does not store twice
    head.weight = torch.nn.Parameter(head.weight.detach().clone())
    unet = diffusers.UniDiffuserModel(
        text_dim=8, clip_img_dim=16, num_text_tokens=77, num_attention_heads=2, attention_head_dim=8, in_channels=4,
        out_channels=4, num_layers=2, norm_num_groups=4, sample_size=SIZE, patch_size=2, use_data_type_embedding=True,
        activation_fn="gelu", block_type="unidiffuser", norm_type="layer_norm", attention_bias=False,
        pre_layer_norm=False, use_patch_pos_embed=False, ff_final_dropout=True,
    )  # fmt: skip
    scheduler = diffusers.DPMSolverMultistepScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", solver_order=3
    )
    pipeline = diffusers.UniDiffuserPipeline(
        vae=tiny_vae(), text_encoder=encoder, image_encoder=image_encoder, clip_image_processor=processor,
        clip_tokenizer=tokenizer, text_decoder=decoder, text_tokenizer=said, unet=unet, scheduler=scheduler,
    )  # fmt: skip
    pipeline.save_pretrained(folder / "saved")
    return folder / "saved"


def parts_of_a_folder(folder: Path, kind: str, prediction: str, extras: dict[str, object]) -> Path:
    """The parts that all published folders of Stable Diffusion's kin share, and an index of them and of others."""
    saved = folder / "saved"
    encoder, tokenizer = clip_parts(folder)
    for name, part in {
        "vae": tiny_vae(), "text_encoder": encoder, "tokenizer": tokenizer, "scheduler": noise_process(prediction),
    }.items():  # fmt: skip
        part.save_pretrained(saved / name)
    index = {"_class_name": kind, "_diffusers_version": "0.24.0", "safety_checker": [None, None], **extras}
    names = {"vae", "text_encoder", "tokenizer", "scheduler", "unet"}
    (saved / "model_index.json").write_text(json.dumps(index | {name: ["x", "y"] for name in names}))
    return saved


def multiview(folder: Path, *, photo: bool) -> tuple[Path, PlainMultiview]:
    """MVDream's layout, or ImageDream's, and the network that was written."""
    torch.manual_seed(0)
    saved = parts_of_a_folder(folder, "MVDreamPipeline", "epsilon", {})
    config = small_config(photo=photo)
    network = PlainMultiview(**config).eval()
    (saved / "unet").mkdir()
    save_file(network.state_dict(), saved / "unet" / "diffusion_pytorch_model.safetensors")
    (saved / "unet" / "config.json").write_text(json.dumps({"_class_name": "MultiViewUNetModel", **config}))
    if photo:
        encoder, processor = vision_parts("CLIPVisionModel", width=config["picture_width"])
        encoder.save_pretrained(saved / "image_encoder")
        processor.save_pretrained(saved / "feature_extractor")
    return saved, network


def zero123plus(folder: Path) -> Path:
    torch.manual_seed(0)
    ramp = [place / 77 for place in range(77)]
    saved = parts_of_a_folder(folder, "Zero123PlusPipeline", "v_prediction", {"ramping_coefficients": ramp})
    unet = diffusers.UNet2DConditionModel(
        block_out_channels=(8, 16), layers_per_block=1, sample_size=SIZE, in_channels=4, out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=16, attention_head_dim=4, norm_num_groups=4, use_linear_projection=True,
    )  # fmt: skip
    unet.save_pretrained(saved / "unet")
    encoder, processor = vision_parts("CLIPVisionModelWithProjection")
    encoder.save_pretrained(saved / "vision_encoder")
    processor.save_pretrained(saved / "feature_extractor_clip")
    sharp = transformers.CLIPImageProcessor(
        size={"shortest_edge": 16}, crop_size={"height": 16, "width": 16}, image_mean=[0.5] * 3, image_std=[0.8] * 3
    )
    sharp.save_pretrained(saved / "feature_extractor_vae")
    return saved
