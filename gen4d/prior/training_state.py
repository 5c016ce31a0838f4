"""What a stopped training needs to go on as if it had not: weights and the optimizer's moments, as named tensors."""

from collections.abc import Mapping

import torch
from torch import nn

from gen4d.prior.parallel import placed, whole

MOMENTS = ("exp_avg", "exp_avg_sq")  # of AdamW, one value a weight; beside them its count of steps


def state_tensors(model: nn.Module, optimizer: torch.optim.AdamW) -> dict[str, torch.Tensor]:
    """The weights as `model.NAME`, and what the optimizer keeps of them as `step.NAME`, `exp_avg.NAME`, ...."""
    tensors = {}
    for name, parameter in model.named_parameters():
        tensors[f"model.{name}"] = whole(parameter.detach())
        state = optimizer.state.get(parameter, {})
        tensors |= {f"{key}.{name}": whole(value) for key, value in state.items()}
    return tensors


def state_sizes(model: nn.Module, tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Size]:
    """Names and sizes that `state_tensors` gives for a model; the optimizer knows what ever had a gradient.

    Args:
        tensors: of a file, which tell by their `step.NAME` what that was.
    """
    sizes = {}
    for name, parameter in model.named_parameters():
        sizes[f"model.{name}"] = parameter.shape
        if f"step.{name}" in tensors:
            sizes |= {f"step.{name}": torch.Size(())} | {f"{moment}.{name}": parameter.shape for moment in MOMENTS}
    return sizes


@torch.no_grad()
def restore_state(model: nn.Module, optimizer: torch.optim.AdamW, tensors: Mapping[str, torch.Tensor]) -> None:
    """Take over what `state_tensors` gave."""
    for name, parameter in model.named_parameters():
        parameter.copy_(placed(tensors[f"model.{name}"], parameter))
        if f"step.{name}" in tensors:
            moments = {moment: placed(tensors[f"{moment}.{name}"], parameter) for moment in MOMENTS}
            optimizer.state[parameter] = {"step": tensors[f"step.{name}"], **moments}
