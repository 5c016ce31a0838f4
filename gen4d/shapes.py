"""Runtime checks of tensor shapes and dtypes, run wherever a value is built."""

from collections.abc import Sequence

import torch

from gen4d.errors import ShapeError


def check_tensor(
    where: str,
    tensor: torch.Tensor,
    shape: Sequence[int | str],
    dtype: torch.dtype,
    sizes: dict[str, int],
    *,
    low: float | None = None,
    high: float | None = None,
) -> None:
    """Check one tensor against a shape pattern, a dtype, finiteness and an inclusive range.

    Args:
        where: dotted path for the message, e.g. `MultiView.albedo`.
        shape: one entry a dimension; an int must match exactly, a letter binds to the first size seen under that name.
        sizes: the bindings seen so far; letters new to it are added, so tensors that share a dict share their sizes.
        low, high: inclusive range, or None for no bound.

    Raises:
        ShapeError: on any mismatch.
    """
    if not isinstance(tensor, torch.Tensor):
        raise ShapeError(f"{where}: got {type(tensor).__name__}, expected a torch tensor.")
    pattern = "(" + ", ".join(str(s) for s in shape) + ")"
    got = tuple(tensor.shape)
    if len(got) != len(shape):
        raise ShapeError(f"{where}: got shape {got}, expected {pattern}.")
    for size, want in zip(got, shape, strict=True):
        expected = sizes.setdefault(want, size) if isinstance(want, str) else want
        if size != expected:
            known = {k: v for k, v in sizes.items() if k in shape}
            raise ShapeError(f"{where}: got shape {got}, expected {pattern} with {known}.")
    if tensor.dtype != dtype:
        raise ShapeError(f"{where}: got dtype {tensor.dtype}, expected {dtype}.")
    if tensor.numel() == 0:
        return
    if tensor.is_floating_point() and not torch.isfinite(tensor).all():
        raise ShapeError(f"{where}: holds NaN or infinity; every entry must be finite.")
    if low is not None and bool((tensor < low).any()):
        raise ShapeError(f"{where}: smallest entry is {tensor.min().item():.6g}, allowed is at least {low}.")
    if high is not None and bool((tensor > high).any()):
        raise ShapeError(f"{where}: largest entry is {tensor.max().item():.6g}, allowed is at most {high}.")
