"""`gen4d inspect`: what a GLB holds, and whether it keeps the contract."""


def inspect() -> None:
    """Say what a GLB holds."""
