"""The training archive: latents of views and photos, poses, and text features, in one compressed file.

Latents are rounded to `LATENT_STEP` (their standard deviation is about 1, and the rounding's is 0.06 or less) and text
features to `TEXT_STEP` (0.6 and 0.03), stored as bytes, channel planes apart, and compressed by LZMA: about an eighth
of their size as float16. Reading needs torch, numpy, safetensors and the standard library.
"""

import lzma
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from gen4d.errors import CheckpointError
from gen4d.prior.modalities import Modalities, pose_numbers
from gen4d.prior.text import TEXT_TOKENS, TEXT_WIDTH

LATENT_STEP = 0.2
TEXT_STEP = 0.1
CHUNK = 256  # items a compressed block holds; a damaged or partial file is noticed at the block


class Archive:
    """A training archive in memory, split into training and validation items.

    Raises:
        CheckpointError: the file is truncated or no archive.
    """

    def __init__(self, path: Path, device: torch.device) -> None:
        try:
            tensors = load_file(path)
            with safe_open(path, "pt") as opened:
                header = opened.metadata() or {}
            self.captions = header["captions"].split("\n")
            self.latent_step, self.text_step = float(header["latent_step"]), float(header["text_step"])
            items, photos = len(tensors["is_train"]), tensors["poses"].shape[1]
            channels, size = (int(n) for n in tensors["latent_shape"])
            self.latents = unpack_codes(tensors, "latents", (items, 6, channels, size, size)).to(device)
            self.photos = unpack_codes(tensors, "photos", (items, photos, channels, size, size)).to(device)
            self.tokens = unpack_codes(tensors, "tokens", (int(tensors["token_rows"][-1]), TEXT_WIDTH))
        except (SafetensorError, KeyError, OSError, ValueError, lzma.LZMAError) as error:
            raise CheckpointError(f"{path.name}: it is no training archive or is damaged ({error}).") from error
        self.device = device
        self.poses, self.token_rows = tensors["poses"].float(), tensors["token_rows"]
        self.caption_rows, self.caption_starts = tensors["caption_rows"], tensors["caption_starts"]
        train = tensors["is_train"]
        self.rows = {"train": train.nonzero()[:, 0], "validation": (~train).nonzero()[:, 0]}
        self.weights = {split: tensors["weights"][rows] for split, rows in self.rows.items()}

    def latents_of(self, rows: torch.Tensor) -> torch.Tensor:
        """Clean view latents (N, 6, C, S, S) of items."""
        return self.latents[rows.to(self.device)].float() * self.latent_step

    def text_of(self, captions: torch.Tensor) -> torch.Tensor:
        """Token features (N, TEXT_TOKENS, TEXT_WIDTH) of captions by their number; zero past a caption's end."""
        starts, ends = self.token_rows[captions], self.token_rows[captions + 1]
        places = torch.arange(TEXT_TOKENS)
        inside = places < (ends - starts)[:, None]
        rows = (starts[:, None] + places).clamp(max=len(self.tokens) - 1)
        return (self.tokens[rows].float() * self.text_step * inside[..., None]).to(self.device)

    def draw(self, split: str, plans: torch.Tensor, generator: torch.Generator) -> Modalities:
        """Clean items (B, ...) for training plans (B,); everything random comes from the CPU generator."""
        count = len(plans)
        rows = self.rows[split][torch.multinomial(self.weights[split], count, replacement=True, generator=generator)]
        starts, ends = self.caption_starts[rows], self.caption_starts[rows + 1]
        offset = (torch.rand(count, generator=generator) * (ends - starts)).long()
        text = self.text_of(self.caption_rows[starts + offset])
        which = torch.randint(self.photos.shape[1], (count,), generator=generator)
        azimuth, elevation = self.poses[rows, which].to(self.device).unbind(-1)
        return Modalities(
            views=self.latents_of(rows),
            photo=self.photos[rows.to(self.device), which.to(self.device)].float() * self.latent_step,
            sentence=text[:, 0],
            words=text[:, 1:],
            pose=pose_numbers(azimuth, elevation),
        )


def pack_codes(values: torch.Tensor, step: float, name: str) -> dict[str, torch.Tensor]:
    """Round (N, ..., C, S, S) or (N, D) to bytes and compress them in blocks of `CHUNK` rows."""
    blocks, ends = [], []
    for rows in values.split(CHUNK):
        codes = (rows.float() / step).round().clamp(-127, 127).to(torch.int8).numpy()
        planes = codes.reshape(-1, *codes.shape[-3:]).swapaxes(0, 1) if codes.ndim > 3 else codes.T
        blocks.append(np.frombuffer(lzma.compress(np.ascontiguousarray(planes).tobytes()), np.uint8))
        ends.append(len(blocks[-1]))
    blob = torch.from_numpy(np.concatenate(blocks).copy())
    return {f"{name}_blob": blob, f"{name}_ends": torch.tensor(ends).cumsum(0)}


def unpack_codes(tensors: dict[str, torch.Tensor], name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """The bytes (int8) of `pack_codes`; multiply by the step.

    Raises:
        lzma.LZMAError: a block is damaged.
        ValueError: a block holds another number of values than the shape says.
    """
    blob, parts, start = tensors[f"{name}_blob"].numpy(), [], 0
    row_shape = shape[1:]
    for index, end in enumerate(tensors[f"{name}_ends"].tolist()):
        flat = np.frombuffer(lzma.decompress(blob[start:end].tobytes()), np.int8)
        rows = min(CHUNK, shape[0] - index * CHUNK)
        if len(row_shape) > 2:
            planes = flat.reshape(row_shape[-3], rows * int(np.prod(row_shape[:-3])), *row_shape[-2:])
            parts.append(planes.swapaxes(0, 1).reshape(rows, *row_shape))
        else:
            parts.append(flat.reshape(*row_shape, rows).T)
        start = end
    return torch.from_numpy(np.concatenate(parts).copy())
