"""Prompt -> six views: the multiview diffusion prior."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gen4d.prior.published import load_uvit

__all__ = ["load_uvit"]


def __getattr__(name: str) -> object:
    """Import on first use: torch and the networks stay out of `import gen4d.prior.config`."""
    if name == "load_uvit":
        from gen4d.prior.published import load_uvit

        return load_uvit
    raise AttributeError(f"module 'gen4d.prior' has no attribute {name!r}")
