"""Attention of a diffusers network that also looks elsewhere: at other views, tokens of a picture, a reference."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional


def attend(attention: Any, tokens: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
    """Plain attention of tokens (B, L, D) to a context (B, M, E) with a diffusers layer's weights."""
    heads = gathered(attention, attention.to_q(tokens), attention.to_k(context), attention.to_v(context))
    return attention.to_out[1](attention.to_out[0](heads))


def gathered(attention: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Values (B, M, D) gathered by queries (B, L, D), head by head -> (B, L, D)."""
    q, k, v = (part.unflatten(-1, (attention.heads, -1)).transpose(1, 2) for part in (query, key, value))
    return functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)


class JointAttention(nn.Module):
    """A view's tokens attend to those of all views (Shi et al. 2023, MVDream, arXiv:2308.16512, section 3.1).

    Attention to words may have a second branch to tokens of a picture, with keys and values of its own, which is added
    (ImageDream; Ye et al. 2023, arXiv:2308.06721).

    Args:
        sizes: (context's width, layer's width) of the second branch; None for none.
    """

    def __init__(self, sizes: tuple[int, int] | None = None) -> None:
        super().__init__()
        self.to_k_ip = None if sizes is None else nn.Linear(*sizes, bias=False)
        self.to_v_ip = None if sizes is None else nn.Linear(*sizes, bias=False)

    def __call__(  # not forward: diffusers reads the arguments' names from here
        self,
        attn: Any,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor | None = None,
        attention_mask: None = None,
        num_views: int = 1,
        picture: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Tokens (B V, L, D) -> the same; called by diffusers, which names the arguments.

        Args:
            num_views: V, the views of one object that follow each other.
            picture: (B V, T, E) tokens of a picture, or None.
        """
        if encoder_hidden_states is None:
            joint = hidden_states.unflatten(0, (-1, num_views)).flatten(1, 2)  # (B, V L, D)
            return attend(attn, joint, joint).unflatten(1, (num_views, -1)).flatten(0, 1)
        query = attn.to_q(hidden_states)
        key, value = attn.to_k(encoder_hidden_states), attn.to_v(encoder_hidden_states)
        heads = gathered(attn, query, key, value)
        if self.to_k_ip is not None and self.to_v_ip is not None and picture is not None:
            heads = heads + gathered(attn, query, self.to_k_ip(picture), self.to_v_ip(picture))
        return attn.to_out[1](attn.to_out[0](heads))


class ReferenceAttention:
    """Tokens also attend to those that a reference picture had in the same layer (Zero123++, arXiv:2310.15110, 2.2).

    Args:
        name: of the layer; layers that attend to words take none.
    """

    def __init__(self, name: str | None) -> None:
        self.name = name

    def __call__(
        self,
        attn: Any,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor | None = None,
        attention_mask: None = None,
        memory: dict[str, torch.Tensor] | None = None,
        writing: bool = False,
    ) -> torch.Tensor:
        """Tokens (B, L, D) -> the same; called by diffusers, which names the arguments.

        Args:
            memory: tokens of the reference by layer, filled where `writing`, else read.
        """
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        if self.name is not None and memory is not None:
            if writing:
                memory[self.name] = context
            else:
                context = torch.cat([context, memory[self.name]], 1)
        return attend(attn, hidden_states, context)
