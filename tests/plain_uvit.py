"""The paper's U-ViT once more, as plainly as it can be written: one function over a state dict.

Softmax attention is spelled out and everything is float32 or float64. Tests compare the library's network with it, and
`tests/bench/bench_uvit.py` measures against it. It shares no line with gen4d.
"""

import math

import torch
from torch.nn.functional import conv2d, fold, gelu, layer_norm, linear, silu, unfold

State = dict[str, torch.Tensor]


def plain_uvit(
    state: State,
    heads: int,
    image: torch.Tensor,
    time: torch.Tensor,
    labels: torch.Tensor | None = None,
    context: torch.Tensor | None = None,
) -> torch.Tensor:
    """The network's output (B, C, S, S) for images (B, C, S, S) at times (B,)."""
    kernel = state["patch_embed.proj.weight"]
    width, channels, patch, _ = kernel.shape
    cells = unfold(image, patch, stride=patch).transpose(1, 2)  # (B, L, C p p)
    patches = linear(cells, kernel.flatten(1), state["patch_embed.proj.bias"])
    rates = torch.exp(-math.log(10000) * torch.arange(width // 2) / (width // 2))
    angles = time[:, None].float() * rates[None]
    moment = torch.cat([torch.cos(angles), torch.sin(angles)], 1).to(image.dtype)
    if "time_embed.0.weight" in state:
        moment = dense(state, "time_embed.2", silu(dense(state, "time_embed.0", moment)))
    x = torch.cat([moment[:, None], patches], 1)
    if labels is not None:
        x = torch.cat([state["label_emb.weight"][labels][:, None], x], 1)
    if context is not None:
        x = torch.cat([x[:, :1], dense(state, "context_embed", context), x[:, 1:]], 1)
    x = x + state["pos_embed"]

    half = 1 + max(int(key.split(".")[1]) for key in state if key.startswith("in_blocks."))
    kept = []
    for i in range(half):
        x = block(state, f"in_blocks.{i}", heads, x)
        kept.append(x)
    x = block(state, "mid_block", heads, x)
    for i in range(half):
        before = kept[half - 1 - i]
        if f"out_blocks.{i}.skip_linear.weight" in state:
            x = dense(state, f"out_blocks.{i}.skip_linear", torch.cat([x, before], 2))
        x = block(state, f"out_blocks.{i}", heads, x)

    numbers = dense(state, "decoder_pred", norm(state, "norm", x))[:, -patches.shape[1] :]  # (B, L, p p C)
    b, count, _ = numbers.shape
    numbers = numbers.reshape(b, count, patch * patch, channels).transpose(2, 3).reshape(b, count, -1)  # channel first
    result = fold(numbers.transpose(1, 2), image.shape[2:], patch, stride=patch)
    if "final_layer.weight" in state:
        result = conv2d(result, state["final_layer.weight"], state["final_layer.bias"], padding=1)
    return result


def block(state: State, name: str, heads: int, x: torch.Tensor) -> torch.Tensor:
    """One transformer block."""
    b, n, width = x.shape
    size = width // heads
    mixed = linear(norm(state, f"{name}.norm1", x), state[f"{name}.attn.qkv.weight"])
    q, k, v = (mixed[..., i * width : (i + 1) * width].reshape(b, n, heads, size).transpose(1, 2) for i in range(3))
    attention = torch.softmax((q @ k.transpose(2, 3)) * size**-0.5, -1)
    x = x + dense(state, f"{name}.attn.proj", (attention @ v).transpose(1, 2).reshape(b, n, width))
    hidden = gelu(dense(state, f"{name}.mlp.fc1", norm(state, f"{name}.norm2", x)))
    return x + dense(state, f"{name}.mlp.fc2", hidden)


def dense(state: State, name: str, x: torch.Tensor) -> torch.Tensor:
    return linear(x, state[f"{name}.weight"], state[f"{name}.bias"])


def norm(state: State, name: str, x: torch.Tensor) -> torch.Tensor:
    weight = state[f"{name}.weight"]
    return layer_norm(x, weight.shape, weight, state[f"{name}.bias"], 1e-5)
