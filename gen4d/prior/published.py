"""The U-ViTs that were published, and how their checkpoints are opened: nothing is ever unpickled but tensors."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from gen4d.errors import CheckpointError
from gen4d.prior.checkpoints import check_tensors
from gen4d.prior.paper_noise import STABLE_DIFFUSION, VP_LINEAR, NoiseSchedule
from gen4d.prior.paper_uvit import PaperShape, PaperUViT

CLIP_TOKENS, CLIP_WIDTH = 77, 768  # last hidden layer of CLIP ViT-L/14


@dataclass(frozen=True)
class Published:
    """One published network.

    Fields:
        noise: the process it was trained on.
        latent_scale: its latents are those of Stable Diffusion's autoencoder times this; None works on pixels.
    """

    shape: PaperShape
    noise: NoiseSchedule
    latent_scale: float | None = None


_S = PaperShape(image_size=32, channels=3, patch=2, width=512, depth=12, heads=8)
_M = PaperShape(image_size=64, channels=3, patch=4, width=768, depth=16, heads=12, classes=1000)
_L = PaperShape(image_size=64, channels=4, patch=4, width=1024, depth=20, heads=16, classes=1001)
_H = PaperShape(image_size=64, channels=4, patch=4, width=1152, depth=28, heads=16, classes=1001, final_conv=False)
_TEXT = replace(_S, channels=4, context_tokens=CLIP_TOKENS, context_width=CLIP_WIDTH)

# Source: Bao et al. 2023, tables 2 and 6, and the configurations of baofff/U-ViT. Class 1000 of 1001 is "no class".
PAPER_SHAPES: dict[str, Published] = {
    "cifar10-s2": Published(_S, VP_LINEAR),
    "celeba64-s4": Published(replace(_S, image_size=64, patch=4), VP_LINEAR),
    "imagenet64-m4": Published(_M, VP_LINEAR),
    "imagenet64-l4": Published(replace(_L, channels=3, classes=1000), VP_LINEAR),
    "imagenet256-l2": Published(replace(_L, image_size=32, patch=2), VP_LINEAR, latent_scale=0.18215),
    "imagenet256-h2": Published(replace(_H, image_size=32, patch=2), STABLE_DIFFUSION, latent_scale=0.18215),
    "imagenet512-l4": Published(_L, VP_LINEAR, latent_scale=0.18215),
    "imagenet512-h4": Published(_H, STABLE_DIFFUSION, latent_scale=0.18215),
    "mscoco256-s2": Published(_TEXT, STABLE_DIFFUSION, latent_scale=0.2301),
    "mscoco256-s2-deep": Published(replace(_TEXT, depth=16), STABLE_DIFFUSION, latent_scale=0.2301),
}


def published_name(shape: PaperShape) -> str | None:
    """The name in `PAPER_SHAPES` of a network of these sizes; it tells the noise process and the latents' scale."""
    return next((name for name, known in PAPER_SHAPES.items() if known.shape == shape), None)


def load_uvit(path: Path | str, heads: int | None = None) -> PaperUViT:
    """Open a checkpoint of a U-ViT, safetensors or torch (`nnet_ema.pth`); its sizes are read from its keys.

    Args:
        heads: attention heads, for a width no published network has; shapes do not tell them.

    Returns:
        network: float32, ready for inference.

    Raises:
        CheckpointError: the file is missing, damaged or holds more than tensors; a key is missing, extra, misshapen or
            not finite; the sizes cannot be told.
    """
    path = Path(path)
    tensors = _checked_values(path.name, _read(path))
    shape = _infer_shape(path.name, tensors, heads)
    with torch.device("meta"):  # sizes only: the file's tensors become the weights, in memory once
        network = PaperUViT(shape)
    check_tensors(path.name, tensors, {key: value.shape for key, value in network.state_dict().items()})
    network.load_state_dict({key: value.float() for key, value in tensors.items()}, assign=True)
    return network.eval().requires_grad_(False)


def _read(path: Path) -> Mapping[str, object]:
    """The entries of a weights file; which kind it is, its first bytes tell."""
    try:
        with path.open("rb") as opened:
            start = opened.read(9)
    except OSError as error:
        raise CheckpointError(f"{path.name}: it cannot be read ({error.strerror}).") from error
    if start[8:] == b"{":  # safetensors: eight bytes of length, then JSON
        try:
            return load_file(path)
        except SafetensorError as error:
            raise CheckpointError(f"{path.name}: it is damaged, perhaps truncated ({error}).") from error
    try:
        entries = torch.load(path, map_location="cpu", weights_only=True)
    # A refused pickle is reported by an exception of `pickle`, a module this library does not import, and a damaged
    # file by any of several; whatever it is, nothing but tensors was built.
    except Exception as error:
        raise CheckpointError(
            f"{path.name}: it is damaged, or a pickle of more than tensors, which is never run; expected a safetensors "
            "file or a torch state dict."
        ) from error
    if not isinstance(entries, Mapping) or not all(isinstance(key, str) for key in entries):
        raise CheckpointError(f"{path.name}: it holds a {type(entries).__name__}, expected a dict of named tensors.")
    return entries


def _checked_values(name: str, entries: Mapping[str, object]) -> dict[str, torch.Tensor]:
    """The entries, every one a dense tensor of real numbers."""
    tensors = {}
    for key, value in entries.items():
        if not isinstance(value, torch.Tensor):
            raise CheckpointError(f"{name}: {key} is a {type(value).__name__}, expected a tensor.")
        if not value.is_floating_point() or value.layout != torch.strided or value.device.type != "cpu":
            kind = f"{value.dtype}, {value.layout}, on {value.device.type}"
            raise CheckpointError(f"{name}: {key} is {kind}; expected dense floating-point weights.")
        tensors[key] = value
    return tensors


def _infer_shape(name: str, tensors: Mapping[str, torch.Tensor], heads: int | None) -> PaperShape:
    """The sizes that a checkpoint's keys and shapes imply."""
    width, channels, patch, _ = _sizes(name, tensors, "patch_embed.proj.weight", "(D, C, p, p)")
    _, tokens, _ = _sizes(name, tensors, "pos_embed", "(1, tokens, D)")
    shape = PaperShape(
        image_size=0,
        channels=channels,
        patch=patch,
        width=width,
        depth=2 * len({match[1] for key in tensors if (match := re.match(r"in_blocks\.(\d+)\.", key))}),
        heads=heads or _published_heads(name, width),
        classes=_sizes(name, tensors, "label_emb.weight", "(classes, D)")[0] if "label_emb.weight" in tensors else 0,
        time_mlp="time_embed.0.weight" in tensors,
        final_conv="final_layer.weight" in tensors,
        long_skips="out_blocks.0.skip_linear.weight" in tensors,
    )
    if "context_embed.weight" in tensors:
        _, features = _sizes(name, tensors, "context_embed.weight", "(D, features)")
        shape = replace(shape, context_tokens=CLIP_TOKENS, context_width=features)
    side = math.isqrt(max(tokens - shape.extras, 0))
    if side**2 != tokens - shape.extras or side == 0:
        raise CheckpointError(
            f"{name}: pos_embed has {tokens} tokens, expected {shape.extras} and those of a square image."
        )
    if width == 0 or width % (2 * shape.heads):
        raise CheckpointError(f"{name}: a width of {width} does not divide into {shape.heads} heads of an even size.")
    return replace(shape, image_size=side * patch)


def _published_heads(name: str, width: int) -> int:
    """The heads that every published network of a width has."""
    known = {entry.shape.width: entry.shape.heads for entry in PAPER_SHAPES.values()}
    if width not in known:
        raise CheckpointError(
            f"{name}: no published U-ViT is {width} wide, and shapes do not tell the attention heads; pass heads=."
        )
    return known[width]


def _sizes(name: str, tensors: Mapping[str, torch.Tensor], key: str, pattern: str) -> tuple[int, ...]:
    """The shape of a tensor the network cannot do without."""
    if key not in tensors:
        raise CheckpointError(f"{name}: {key} is missing; this is not a checkpoint of a U-ViT.")
    sizes = tuple(tensors[key].shape)
    if len(sizes) != pattern.count(",") + 1:
        raise CheckpointError(f"{name}: {key} has shape {sizes}, expected {pattern}.")
    return sizes
