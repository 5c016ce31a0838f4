"""The backbone: scales, padding as published, and names of the published file."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional

from gen4d.errors import CheckpointError
from gen4d.evaluate.published_backbone import start_from_published
from gen4d.photo.efficientnet import CHANNELS, STAGES, STRIDE, EfficientNetLite0, SamePadded, published_weights


def published_names() -> list[str]:
    """Names of convolutions and normalisations in the published file, classifier included."""
    blocks = [expansion for *_, expansion, _, repeats in STAGES for _ in range(repeats)]
    names = ["_conv_stem.weight", "_conv_head.weight", "_fc.weight", "_fc.bias"]
    norms = ["_bn0", "_bn1"]
    for number, expansion in enumerate(blocks):
        if expansion > 1:
            names.append(f"_blocks.{number}._expand_conv.weight")
            norms.append(f"_blocks.{number}._bn0")
        names += [f"_blocks.{number}.{part}.weight" for part in ("_depthwise_conv", "_project_conv")]
        norms += [f"_blocks.{number}.{part}" for part in ("_bn1", "_bn2")]
    leaves = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    return names + [f"{norm}.{leaf}" for norm in norms for leaf in leaves]


def as_published(net: EfficientNetLite0) -> dict[str, torch.Tensor]:
    """A network's weights under their published names, found by giving each name a number."""
    numbered = {name: torch.full((1, 1, 1, 1), float(i)) for i, name in enumerate(published_names())}
    known = list(numbered)
    own = net.state_dict()
    renamed = published_weights(numbered)
    return {known[int(number.flatten()[0])]: own[name] for name, number in renamed.items()}


def test_scales_and_parameters_of_the_paper() -> None:
    net = EfficientNetLite0().eval()
    assert sum(p.numel() for p in net.parameters()) == 2_958_848  # 4,652,008 less head and classifier
    scales = net(torch.rand(1, 3, 2 * STRIDE, 3 * STRIDE))
    assert [s.shape[1:] for s in scales] == [(c, 64 >> i, 96 >> i) for i, c in enumerate(CHANNELS, 1)]


@pytest.mark.parametrize(("size", "stride"), [(3, 1), (3, 2), (5, 1), (5, 2)])
def test_padding_is_tensorflows(size: int, stride: int) -> None:
    layer, picture = SamePadded(2, 3, size, stride), torch.rand(1, 2, 8, 12)
    total = [max((side // stride - 1) * stride + size - side, 0) for side in (8, 12)]
    high, wide = total
    padded = functional.pad(picture, (wide // 2, wide - wide // 2, high // 2, high - high // 2))
    torch.testing.assert_close(layer(picture), functional.conv2d(padded, layer.weight, stride=stride))


def test_every_weight_has_a_published_name_and_nothing_else_is_taken(tmp_path: Path) -> None:
    torch.manual_seed(0)
    source, target = EfficientNetLite0(), EfficientNetLite0()
    state = as_published(source)
    torch.save(state | {"_fc.bias": torch.zeros(3)}, tmp_path / "net.pth")
    start_from_published(target, tmp_path / "net.pth")
    picture = torch.rand(1, 3, STRIDE, STRIDE)
    for a, b in zip(source.eval()(picture), target.eval()(picture), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)


def test_more_channels_start_without_effect(tmp_path: Path) -> None:
    torch.manual_seed(0)
    source, wider = EfficientNetLite0(), EfficientNetLite0(channels=4)
    torch.save(as_published(source), tmp_path / "net.pth")
    start_from_published(wider, tmp_path / "net.pth")
    picture = torch.rand(1, 4, STRIDE, STRIDE)
    torch.testing.assert_close(wider.eval()(picture)[-1], source.eval()(picture[:, :3])[-1])


def test_a_file_without_some_weights_is_refused(tmp_path: Path) -> None:
    state = as_published(EfficientNetLite0())
    del state["_blocks.3._project_conv.weight"]
    torch.save(state, tmp_path / "net.pth")
    with pytest.raises(CheckpointError, match=r"no weights for stages\.2\.0\.project\.0\.weight"):
        start_from_published(EfficientNetLite0(), tmp_path / "net.pth")
