"""The network of MVDream and ImageDream in its published layout, built of diffusers' layers.

The published network is Stable Diffusion 2.1's with attention over all views and an embedding of the camera. Its files
keep the names of latent diffusion's first code; the layers are diffusers', so only names are translated.
Source: Shi et al. 2023 (arXiv:2308.16512), Wang & Shi 2023 (arXiv:2312.02201); the layout is that of the published
folders `mvdream-sd2.1-diffusers` and `imagedream-ipmv-diffusers`. Their code was read for its names and is not used.
"""

import json
import math
import re
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

from gen4d.errors import CheckpointError
from gen4d.prior.hub.attention import JointAttention

CAMERA_NUMBERS = 16  # a 4 x 4 matrix, row by row
HEAD_WIDTH = 64  # of the resampler's attention
RESNET = {
    "in_layers.0": "norm1",
    "in_layers.2": "conv1",
    "emb_layers.1": "time_emb_proj",
    "out_layers.0": "norm2",
    "out_layers.3": "conv2",
    "skip_connection": "conv_shortcut",
}
FIXED = {
    "time_embed.0": "time_embedding.linear_1",
    "time_embed.2": "time_embedding.linear_2",
    "camera_embed.0": "class_embedding.first",
    "camera_embed.2": "class_embedding.second",
    "input_blocks.0.0": "conv_in",
    "middle_block.0": "mid_block.resnets.0",
    "middle_block.1": "mid_block.attentions.0",
    "middle_block.2": "mid_block.resnets.1",
    "out.0": "conv_norm_out",
    "out.2": "conv_out",
}


class CameraEmbedding(nn.Module):
    """Cameras (N, 17) -> what is added to the embedding of time; the last number is 0 for "none": adds nothing."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(CAMERA_NUMBERS, width), nn.Linear(width, width)

    def forward(self, cameras: torch.Tensor) -> torch.Tensor:
        """See the class."""
        known = cameras[:, CAMERA_NUMBERS:]
        return known * self.second(functional.silu(self.first(cameras[:, :CAMERA_NUMBERS])))


class Resampler(nn.Module):
    """Features of a picture (B, M, E) -> tokens (B, T, D) that attention reads beside words.

    Source: the perceiver of Ye et al. 2023 (arXiv:2308.06721), in ImageDream's sizes.

    Args:
        shapes: name -> shape of every parameter; they tell all sizes.
    """

    def __init__(self, shapes: dict[str, tuple[int, ...]]) -> None:
        super().__init__()
        _, tokens, width = shapes["latents"]
        inner, out = shapes["layers.0.0.to_q.weight"][0], shapes["proj_out.weight"][0]
        hidden = shapes["layers.0.1.1.weight"][0]
        self.latents = nn.Parameter(torch.zeros(1, tokens, width))
        self.proj_in, self.proj_out = nn.Linear(shapes["proj_in.weight"][1], width), nn.Linear(width, out)
        self.norm_out = nn.LayerNorm(out)
        depth = len({name.split(".")[1] for name in shapes if name.startswith("layers.")})
        self.layers = nn.ModuleList(
            nn.ModuleList([_Perceiver(width, inner), _feed_forward(width, hidden)]) for _ in range(depth)
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """See the class."""
        features, tokens = self.proj_in(features), self.latents.repeat(len(features), 1, 1)
        for pair in self.layers:
            attention, feed_forward = pair  # pyright: ignore[reportGeneralTypeIssues] - a list of two modules
            tokens = tokens + attention(features, tokens)
            tokens = tokens + feed_forward(tokens)
        return self.norm_out(self.proj_out(tokens))


class _Perceiver(nn.Module):
    """Tokens gather from features and from themselves."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.to_q, self.to_kv = nn.Linear(width, inner, bias=False), nn.Linear(width, 2 * inner, bias=False)
        self.to_out = nn.Linear(inner, width, bias=False)

    def forward(self, features: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        tokens = self.norm2(tokens)
        key, value = self.to_kv(torch.cat([self.norm1(features), tokens], 1)).chunk(2, -1)
        q, k, v = (part.unflatten(-1, (-1, HEAD_WIDTH)).transpose(1, 2) for part in (self.to_q(tokens), key, value))
        return self.to_out(functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


def _feed_forward(width: int, hidden: int) -> nn.Sequential:
    layers = nn.Linear(width, hidden, bias=False), nn.GELU(), nn.Linear(hidden, width, bias=False)
    return nn.Sequential(nn.LayerNorm(width), *layers)


def load_multiview(
    folder: Path, name: str, dtype: torch.dtype, *, allow_pickle: bool = False
) -> tuple[Any, Resampler | None]:
    """Open the network of a published folder.

    Args:
        folder: with config.json and the weights.
        name: of the checkpoint, for messages.

    Returns:
        network: a diffusers U-Net whose class labels are cameras, see `CameraEmbedding`.
        resampler: what makes tokens of a picture, in ImageDream; else None.

    Raises:
        CheckpointError: the files do not fit together.
    """
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        tensors = {key: value.to(dtype) for key, value in _tensors(folder, allow_pickle).items()}
        network = _network(config, {k: v for k, v in tensors.items() if not k.startswith("image_embed.")})
        prefix = "image_embed."
        own = {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
        resampler = Resampler({key: tuple(value.shape) for key, value in own.items()}) if own else None
        if resampler is not None:
            resampler.load_state_dict(own, assign=True)
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, IndexError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise CheckpointError(f"{name}: the multiview network cannot be loaded ({reason}).") from error
    return network, resampler


def _tensors(folder: Path, allow_pickle: bool) -> dict[str, torch.Tensor]:
    files = [file for file in sorted(folder.glob("*.safetensors")) if ".fp16" not in file.name]
    if files:
        return {key: value for file in files for key, value in load_file(file).items()}
    if not allow_pickle:
        raise OSError("it has no safetensors")
    files = sorted(folder.glob("*.bin"))
    entries = [torch.load(file, map_location="cpu", weights_only=True) for file in files]
    return {key: value for part in entries for key, value in part.items()}


def _network(config: dict[str, Any], tensors: dict[str, torch.Tensor]) -> Any:
    """Diffusers' U-Net with a published network's sizes and weights."""
    import diffusers  # pyright: ignore[reportMissingImports] - the extra

    base, resnets, mults = config["model_channels"], config["num_res_blocks"], config["channel_mult"]
    widths = [base * mult for mult in mults]
    attends = [2**level in config["attention_resolutions"] for level in range(len(mults))]
    down = tuple("CrossAttnDownBlock2D" if a else "DownBlock2D" for a in attends)
    up = tuple("CrossAttnUpBlock2D" if a else "UpBlock2D" for a in reversed(attends))
    heads = [width // config["num_head_channels"] for width in widths]
    with torch.device("meta"):  # sizes only: the file's tensors become the weights, in memory once
        network = diffusers.UNet2DConditionModel(
            sample_size=config["image_size"],
            in_channels=config["in_channels"],
            out_channels=config["out_channels"],
            block_out_channels=tuple(widths),
            down_block_types=down,
            up_block_types=up,
            layers_per_block=resnets,
            attention_head_dim=tuple(heads),  # diffusers calls the count of heads so
            cross_attention_dim=config["context_dim"],
            transformer_layers_per_block=config.get("transformer_depth", 1),
            use_linear_projection=True,
        )
        network.class_embedding = CameraEmbedding(4 * base)
    branches = {key.rsplit(".to_k_ip")[0]: value for key, value in tensors.items() if ".to_k_ip." in key}
    sizes = {_renamed(key, resnets): (value.shape[1], value.shape[0]) for key, value in branches.items()}
    processors = {}
    for place in network.attn_processors:
        layer = place.removesuffix(".processor")
        processors[place] = JointAttention(sizes.get(layer))
    network.set_attn_processor(processors)
    network.load_state_dict({_renamed(key, resnets): value for key, value in tensors.items()}, assign=True)
    return network


def _renamed(key: str, resnets: int) -> str:
    """A published name as diffusers has it.

    Args:
        resnets: blocks of a level; a level has one entry more, for its change of size or its first skip.
    """
    key = re.sub(r"\.(to_[kv]_ip)\.", r".processor.\1.", key)
    for old, new in FIXED.items():
        if key.startswith(old + "."):
            return new + _inside(key.removeprefix(old))
    found = re.match(r"(input|output)_blocks\.(\d+)\.(\d)\.(.*)", key)
    if found is None:
        raise ValueError(f"{key} is no part of it")
    side, number, place, rest = found[1], int(found[2]), int(found[3]), found[4]
    level, block = divmod(number - (side == "input"), resnets + 1)
    blocks = f"{'down' if side == 'input' else 'up'}_blocks.{level}"
    if rest.startswith("op."):
        return f"{blocks}.downsamplers.0.conv.{rest.removeprefix('op.')}"
    if rest.startswith("conv."):
        return f"{blocks}.upsamplers.0.{rest}"
    return f"{blocks}.{'attentions' if place else 'resnets'}.{block}{_inside('.' + rest)}"


def _inside(rest: str) -> str:
    """The part of a name within a block."""
    return next((f".{new}{rest[len(old) + 1 :]}" for old, new in RESNET.items() if rest.startswith(f".{old}.")), rest)


def orbit_camera(azimuth: float, elevation: float) -> torch.Tensor:
    """The camera numbers (17,) of a view, as the network was told them: z up, the subject facing -y, distance 1.

    Args:
        azimuth, elevation: radians; azimuth 0 before the subject, growing towards its left, our +X.
    """
    sin_a, cos_a, sin_e, cos_e = math.sin(azimuth), math.cos(azimuth), math.sin(elevation), math.cos(elevation)
    back = torch.tensor([sin_a * cos_e, -cos_a * cos_e, sin_e])  # of the camera: where it stands, and its own +z
    right = torch.tensor([cos_a, sin_a, 0.0])
    matrix = torch.eye(4)
    matrix[:3] = torch.stack([right, torch.linalg.cross(back, right), back, back], 1)
    return torch.cat([matrix.flatten(), torch.ones(1)])
