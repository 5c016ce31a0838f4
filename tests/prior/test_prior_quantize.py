"""Eight-bit layers: how far they are from exact ones, and what they must not depend on."""

import pytest
import torch
from torch import nn

from gen4d.errors import ConfigError
from gen4d.prior.paper_uvit import PaperShape, PaperUViT
from gen4d.prior.quantize import INPUT_LEVELS, KEPT, WEIGHT_MAX, Int8Linear, quantized

SHAPE = PaperShape(image_size=8, channels=3, patch=2, width=32, depth=2, heads=2)


def relative(result: torch.Tensor, expected: torch.Tensor) -> float:
    return ((result - expected).norm() / expected.norm()).item()


@pytest.mark.parametrize("bias", [True, False])
def test_a_random_layer_is_within_two_percent(bias: bool) -> None:
    torch.manual_seed(0)
    layer, x = nn.Linear(96, 64, bias=bias), torch.randn(2, 7, 96)
    assert relative(Int8Linear(layer)(x), layer(x)) < 0.02  # a step is about 3 % of sigma, its rounding error 1 %


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_sums_of_extremes_do_not_saturate(sign: float) -> None:
    layer = nn.Linear(64, 4, bias=False)
    nn.init.ones_(layer.weight)
    torch.testing.assert_close(Int8Linear(layer)(torch.full((3, 64), sign)), torch.full((3, 4), 64 * sign))


def test_numbers_on_the_grid_are_exact() -> None:
    g = torch.Generator().manual_seed(0)
    layer = nn.Linear(40, 8)
    with torch.no_grad():
        layer.weight.copy_(torch.randint(-WEIGHT_MAX, WEIGHT_MAX + 1, (8, 40), generator=g))
        layer.weight[:, 0] = WEIGHT_MAX
    x = torch.randint(0, INPUT_LEVELS + 1, (5, 40), generator=g).float() - 30
    x[:, 0], x[:, 1] = -30, INPUT_LEVELS - 30
    torch.testing.assert_close(Int8Linear(layer)(x), layer(x), rtol=1e-5, atol=0.1)


def test_constant_tokens_are_exact_up_to_the_weights() -> None:
    layer = nn.Linear(16, 8)
    torch.testing.assert_close(Int8Linear(layer)(torch.zeros(1, 3, 16))[0, 0], layer.bias.detach())
    x = torch.full((1, 1, 16), 7.0)
    assert relative(Int8Linear(layer)(x), layer(x)) < 0.02


def test_a_token_depends_on_no_other() -> None:
    torch.manual_seed(0)
    layer, x = Int8Linear(nn.Linear(32, 16)), torch.randn(4, 5, 32)
    loud = x.clone()
    loud[0] *= 100
    assert torch.equal(layer(loud)[1:], layer(x)[1:])
    assert torch.equal(layer(x[2:3, :1]), layer(x)[2:3, :1])


def test_a_quantised_network_is_a_copy_near_the_original() -> None:
    torch.manual_seed(0)
    network = PaperUViT(SHAPE)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    copy = quantized(network)
    image, time = torch.randn(2, 3, 8, 8), torch.tensor([10.0, 700.0])
    with torch.inference_mode():
        assert 1e-4 < relative(copy(image, time), network(image, time)) < 0.05
    left = {name.split(".")[-1] for name, module in copy.named_modules() if isinstance(module, nn.Linear)}
    assert left == set(KEPT)
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())
    assert network.training and not copy.training


def test_a_network_elsewhere_is_refused() -> None:
    with torch.device("meta"):
        network = PaperUViT(SHAPE)
    with pytest.raises(ConfigError, match="int8"):
        quantized(network)
