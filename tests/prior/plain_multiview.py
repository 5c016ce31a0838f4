"""The multiview network of MVDream and ImageDream, written out plainly with the names its published files have.

It is what the adapter is compared with, so nothing of the library is in it. Dropouts are left out; their places in
lists are kept, since names count them.
"""

import math

import torch
from torch import nn
from torch.nn import functional

HEAD = 64  # numbers a head of the resampler


def small_config(*, photo: bool) -> dict:
    """Two levels, of which the second attends; with a branch for photos or without."""
    return {
        "image_size": 8, "in_channels": 4, "out_channels": 4, "model_channels": 32, "num_res_blocks": 2,
        "attention_resolutions": [2], "channel_mult": [1, 2], "num_head_channels": 16, "context_dim": 16,
        "camera_dim": 16, "transformer_depth": 1, "ip_dim": 3 if photo else 0, "picture_width": 20,
    }  # fmt: skip


class Resnet(nn.Module):
    def __init__(self, inside: int, out: int, time: int) -> None:
        super().__init__()
        self.in_layers = nn.Sequential(nn.GroupNorm(32, inside), nn.SiLU(), nn.Conv2d(inside, out, 3, padding=1))
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(time, out))
        last = nn.Conv2d(out, out, 3, padding=1)
        self.out_layers = nn.Sequential(nn.GroupNorm(32, out), nn.SiLU(), nn.Identity(), last)
        self.skip_connection = nn.Identity() if inside == out else nn.Conv2d(inside, out, 1)

    def forward(self, x: torch.Tensor, embedding: torch.Tensor) -> torch.Tensor:
        h = self.in_layers(x) + self.emb_layers(embedding)[..., None, None]
        return self.skip_connection(x) + self.out_layers(h)


class Attention(nn.Module):
    def __init__(self, width: int, context: int, heads: int, photo: bool = False) -> None:
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(width, width, bias=False)
        self.to_k, self.to_v = nn.Linear(context, width, bias=False), nn.Linear(context, width, bias=False)
        if photo:
            self.to_k_ip, self.to_v_ip = nn.Linear(context, width, bias=False), nn.Linear(context, width, bias=False)
        self.to_out = nn.Sequential(nn.Linear(width, width), nn.Identity())

    def forward(self, x: torch.Tensor, context: torch.Tensor, photo: torch.Tensor | None = None) -> torch.Tensor:
        found = self.gather(self.to_q(x), self.to_k(context), self.to_v(context))
        if photo is not None:
            found = found + self.gather(self.to_q(x), self.to_k_ip(photo), self.to_v_ip(photo))
        return self.to_out(found)

    def gather(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        found = []
        for a, b, c in zip(q.chunk(self.heads, -1), k.chunk(self.heads, -1), v.chunk(self.heads, -1), strict=True):
            found.append((a @ b.transpose(1, 2) / math.sqrt(a.shape[-1])).softmax(-1) @ c)
        return torch.cat(found, -1)


class Gated(nn.Module):
    def __init__(self, width: int, out: int) -> None:
        super().__init__()
        self.proj = nn.Linear(width, 2 * out)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        value, gate = self.proj(x).chunk(2, -1)
        return value * functional.gelu(gate)


class FeedForward(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.net = nn.Sequential(Gated(width, 4 * width), nn.Identity(), nn.Linear(4 * width, width))


class Block(nn.Module):
    def __init__(self, width: int, context: int, heads: int, photo: bool) -> None:
        super().__init__()
        self.attn1, self.attn2 = Attention(width, width, heads), Attention(width, context, heads, photo)
        self.ff = FeedForward(width)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(width) for _ in range(3))

    def forward(self, x: torch.Tensor, words: torch.Tensor, photo: torch.Tensor | None, views: int) -> torch.Tensor:
        count, length, width = x.shape
        x = x.reshape(count // views, views * length, width)
        x = x + self.attn1(self.norm1(x), self.norm1(x))
        x = x.reshape(count, length, width)
        x = x + self.attn2(self.norm2(x), words, photo)
        return x + self.ff.net(self.norm3(x))


class Transformer(nn.Module):
    def __init__(self, width: int, context: int, heads: int, photo: bool) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(32, width, eps=1e-6)
        self.proj_in, self.proj_out = nn.Linear(width, width), nn.Linear(width, width)
        self.transformer_blocks = nn.ModuleList([Block(width, context, heads, photo)])

    def forward(self, x: torch.Tensor, words: torch.Tensor, photo: torch.Tensor | None, views: int) -> torch.Tensor:
        h = self.proj_in(self.norm(x).flatten(2).transpose(1, 2))
        h = self.proj_out(self.transformer_blocks[0](h, words, photo, views))
        return x + h.transpose(1, 2).reshape(x.shape)


class Down(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.op = nn.Conv2d(width, width, 3, stride=2, padding=1)


class Up(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)


class Perceiver(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.to_q = nn.Linear(width, heads * HEAD, bias=False)
        self.to_kv = nn.Linear(width, 2 * heads * HEAD, bias=False)
        self.to_out = nn.Linear(heads * HEAD, width, bias=False)

    def forward(self, features: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        tokens = self.norm2(tokens)
        k, v = self.to_kv(torch.cat([self.norm1(features), tokens], 1)).chunk(2, -1)
        return self.to_out(Attention.gather(self, self.to_q(tokens), k, v))


class Resampler(nn.Module):
    def __init__(self, width: int, tokens: int, picture: int, heads: int = 2) -> None:
        super().__init__()
        self.latents = nn.Parameter(torch.randn(1, tokens, width))
        self.proj_in, self.proj_out, self.norm_out = (
            nn.Linear(picture, width),
            nn.Linear(width, width),
            nn.LayerNorm(width),
        )
        ahead = [nn.LayerNorm(width), nn.Linear(width, 4 * width, bias=False)]
        after = [nn.GELU(), nn.Linear(4 * width, width, bias=False)]
        self.layers = nn.ModuleList([nn.ModuleList([Perceiver(width, heads), nn.Sequential(*ahead, *after)])])

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        features, tokens = self.proj_in(features), self.latents.expand(len(features), -1, -1)
        for perceiver, feed_forward in self.layers:
            tokens = tokens + perceiver(features, tokens)
            tokens = tokens + feed_forward(tokens)
        return self.norm_out(self.proj_out(tokens))


class PlainMultiview(nn.Module):
    """See the module; its options are those of the published config."""

    def __init__(self, **config) -> None:
        super().__init__()
        self.config = config
        base, context, photo = config["model_channels"], config["context_dim"], bool(config["ip_dim"])
        time = 4 * base
        if photo:
            self.image_embed = Resampler(context, config["ip_dim"], config["picture_width"])
        self.time_embed = nn.Sequential(nn.Linear(base, time), nn.SiLU(), nn.Linear(time, time))
        self.camera_embed = nn.Sequential(nn.Linear(16, time), nn.SiLU(), nn.Linear(time, time))

        def level(inside: int, out: int, scale: int) -> list[nn.Module]:
            layers: list[nn.Module] = [Resnet(inside, out, time)]
            if scale in config["attention_resolutions"]:
                layers.append(Transformer(out, context, out // config["num_head_channels"], photo))
            return layers

        widths, now, scale = [base], base, 1
        entries = [[nn.Conv2d(config["in_channels"], base, 3, padding=1)]]
        mults = config["channel_mult"]
        for place, mult in enumerate(mults):
            for _ in range(config["num_res_blocks"]):
                entries.append(level(now, mult * base, scale))
                now = mult * base
                widths.append(now)
            if place < len(mults) - 1:
                entries.append([Down(now)])
                widths.append(now)
                scale *= 2
        self.input_blocks = nn.ModuleList(nn.ModuleList(entry) for entry in entries)
        middle = Transformer(now, context, now // config["num_head_channels"], photo)
        self.middle_block = nn.ModuleList([Resnet(now, now, time), middle, Resnet(now, now, time)])
        entries = []
        for place, mult in reversed(list(enumerate(mults))):
            for block in range(config["num_res_blocks"] + 1):
                entry = level(now + widths.pop(), mult * base, scale)
                now = mult * base
                if place and block == config["num_res_blocks"]:
                    entry.append(Up(now))
                    scale //= 2
                entries.append(entry)
        self.output_blocks = nn.ModuleList(nn.ModuleList(entry) for entry in entries)
        last = nn.Conv2d(base, config["out_channels"], 3, padding=1)
        self.out = nn.Sequential(nn.GroupNorm(32, now), nn.SiLU(), last)

    def forward(
        self,
        x: torch.Tensor,
        step: torch.Tensor,
        words: torch.Tensor,
        camera: torch.Tensor | None,
        views: int,
        photo: torch.Tensor | None = None,
    ) -> torch.Tensor:
        half = self.config["model_channels"] // 2
        frequencies = torch.exp(-math.log(10000) * torch.arange(half) / half)
        angles = step.float()[:, None] * frequencies
        embedding = self.time_embed(torch.cat([angles.cos(), angles.sin()], 1))
        if camera is not None:
            embedding = embedding + self.camera_embed(camera)
        tokens = None if photo is None else self.image_embed(photo)

        def run(entry: nn.ModuleList, h: torch.Tensor) -> torch.Tensor:
            for layer in entry:
                match layer:
                    case Resnet():
                        h = layer(h, embedding)
                    case Transformer():
                        h = layer(h, words, tokens, views)
                    case Down():
                        h = layer.op(h)
                    case Up():
                        h = layer.conv(functional.interpolate(h, scale_factor=2, mode="nearest"))
                    case _:
                        h = layer(h)
            return h

        h, skips = x, []
        for entry in self.input_blocks:
            h = run(entry, h)
            skips.append(h)
        h = run(self.middle_block, h)
        for entry in self.output_blocks:
            h = run(entry, torch.cat([h, skips.pop()], 1))
        return self.out(h)
