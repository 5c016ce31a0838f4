"""The paper's U-ViT: parameter counts, keys, and agreement with a plain re-statement of it."""

from dataclasses import replace

import pytest
import torch
from plain_uvit import plain_uvit

from gen4d.errors import ShapeError
from gen4d.prior.paper_uvit import PaperShape, PaperUViT
from gen4d.prior.published import PAPER_SHAPES
from gen4d.prior.transformer import timestep_embedding, unpatchify

TINY = PaperShape(image_size=8, channels=3, patch=2, width=32, depth=4, heads=4)
TINY_TEXT = replace(TINY, channels=4, context_tokens=5, context_width=12)
COUNTS = {  # source: the published configurations, counted by hand and by their own code
    "cifar10-s2": 44_255_328,
    "celeba64-s4": 44_292_228,
    "imagenet64-m4": 130_940_292,
    "imagenet64-l4": 286_827_652,
    "imagenet256-l2": 286_763_172,
    "imagenet256-h2": 500_832_016,
    "imagenet512-l4": 286_861_524,
    "imagenet512-h4": 500_942_656,
    "mscoco256-s2": 44_692_644,
    "mscoco256-s2-deep": 58_345_636,
}
TOKENS = {"cifar10-s2": 257, "imagenet256-h2": 258, "mscoco256-s2": 334}


def network(shape: PaperShape, seed: int = 0) -> PaperUViT:
    """A network none of whose parameters is a constant, so that each must be in its place."""
    torch.manual_seed(seed)
    model = PaperUViT(shape).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return model


def inputs(shape: PaperShape, count: int = 2, seed: int = 1) -> tuple[torch.Tensor | None, ...]:
    g = torch.Generator().manual_seed(seed)
    return (
        torch.randn(count, shape.channels, shape.image_size, shape.image_size, generator=g),
        1000 * torch.rand(count, generator=g),
        torch.randint(0, shape.classes, (count,), generator=g) if shape.classes else None,
        torch.randn(count, shape.context_tokens, shape.context_width, generator=g) if shape.context_tokens else None,
    )


@pytest.mark.parametrize("name", COUNTS)
def test_published_networks_have_their_parameter_count(name: str) -> None:
    with torch.device("meta"):
        model = PaperUViT(PAPER_SHAPES[name].shape)
    assert sum(p.numel() for p in model.parameters()) == COUNTS[name]
    assert not list(model.buffers())
    if name in TOKENS:
        assert model.pos_embed.shape[1] == TOKENS[name]


def test_every_published_network_is_counted() -> None:
    assert COUNTS.keys() == PAPER_SHAPES.keys()


def test_keys_are_the_published_ones() -> None:
    shape = replace(TINY, depth=2, classes=10)
    block = {"norm1.weight", "norm1.bias", "attn.qkv.weight", "attn.proj.weight", "attn.proj.bias"}
    block |= {"norm2.weight", "norm2.bias", "mlp.fc1.weight", "mlp.fc1.bias", "mlp.fc2.weight", "mlp.fc2.bias"}
    expected = {f"{name}.{key}" for name in ("in_blocks.0", "mid_block", "out_blocks.0") for key in block}
    expected |= {"pos_embed", "patch_embed.proj.weight", "patch_embed.proj.bias", "label_emb.weight"}
    expected |= {"out_blocks.0.skip_linear.weight", "out_blocks.0.skip_linear.bias", "norm.weight", "norm.bias"}
    expected |= {"decoder_pred.weight", "decoder_pred.bias", "final_layer.weight", "final_layer.bias"}
    assert PaperUViT(shape).state_dict().keys() == expected
    bare = PaperUViT(replace(shape, classes=0, final_conv=False, long_skips=False)).state_dict().keys()
    assert expected - bare == {key for key in expected if key.startswith(("label_emb", "final_layer"))} | {
        key for key in expected if "skip_linear" in key
    }
    text = PaperUViT(replace(TINY_TEXT, time_mlp=True)).state_dict().keys()
    assert {"context_embed.weight", "context_embed.bias", "time_embed.0.weight", "time_embed.2.bias"} <= text


@pytest.mark.parametrize(
    "shape",
    [
        TINY,
        replace(TINY, patch=4, classes=7),
        replace(TINY, classes=7, final_conv=False, heads=2),
        replace(TINY, long_skips=False),
        replace(TINY, time_mlp=True, depth=2),
        TINY_TEXT,
    ],
    ids=["unconditional", "classes-patch4", "classes-no-conv", "no-skips", "time-mlp", "text"],
)
def test_output_is_that_of_the_plain_restatement(shape: PaperShape) -> None:
    model = network(shape)
    image, time, labels, context = inputs(shape, count=3)
    with torch.no_grad():
        expected = plain_uvit(model.state_dict(), shape.heads, image, time, labels, context)
        result = model(image, time, labels, context)
    scale = expected.abs().max().item()
    assert scale > 0.1
    torch.testing.assert_close(result, expected, atol=1e-5 * scale, rtol=1e-5)


def test_a_published_width_agrees_with_the_plain_restatement() -> None:
    """Two blocks of every kind at the width and head size of S, on the tokens of S/2."""
    shape = replace(PAPER_SHAPES["cifar10-s2"].shape, depth=2, image_size=16)
    torch.manual_seed(0)
    model = PaperUViT(shape).eval()
    image, time, *_ = inputs(shape, count=1)
    with torch.no_grad():
        result, expected = model(image, time), plain_uvit(model.state_dict(), shape.heads, image, time)
    torch.testing.assert_close(result, expected, atol=1e-5, rtol=1e-5)


def test_time_is_cosines_first_at_known_angles() -> None:
    embedded = timestep_embedding(torch.tensor([500.0]), 4)
    angles = torch.tensor([500.0, 500.0 / 100])  # frequencies 1 and 1e4^(-1/2)
    torch.testing.assert_close(embedded[0], torch.cat([angles.cos(), angles.sin()]), atol=1e-4, rtol=0)


def test_whole_and_fractional_times_are_the_same_scale() -> None:
    model, (image, *_) = network(TINY), inputs(TINY)
    torch.testing.assert_close(model(image, torch.tensor([7, 999])), model(image, torch.tensor([7.0, 999.0])))


def test_bfloat16_tells_late_times_apart() -> None:
    model, (image, *_) = network(TINY).bfloat16(), inputs(TINY)
    early, late = (model(image.bfloat16(), torch.full((2,), t)) for t in (998.0, 999.0))
    assert early.dtype == torch.bfloat16
    assert not torch.equal(early, late)


def test_patches_are_laid_row_by_row_with_channels_last() -> None:
    numbers = torch.arange(2 * 4 * 12, dtype=torch.float32).view(2, 4, 12)
    image = unpatchify(numbers, 3)
    assert image.shape == (2, 3, 4, 4)
    assert torch.equal(image[1, :, :2, 2:], numbers[1, 1].view(2, 2, 3).permute(2, 0, 1))


def test_items_of_a_batch_do_not_see_one_another() -> None:
    model = network(replace(TINY, classes=7))
    image, time, labels, _ = inputs(model.shape, 3)
    alone = model(image[1:2], time[1:2], labels[1:2])
    torch.testing.assert_close(model(image, time, labels)[1:2], alone, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("shape", "change", "named"),
    [
        (TINY, {"image": torch.zeros(2, 3, 16, 16)}, "noisy"),
        (TINY, {"image": torch.zeros(2, 4, 8, 8)}, "noisy"),
        (TINY, {"labels": torch.zeros(2, dtype=torch.long)}, "labels"),
        (replace(TINY, classes=7), {"labels": None}, "labels"),
        (TINY_TEXT, {"context": None}, "context"),
        (TINY_TEXT, {"context": torch.zeros(2, 6, 12)}, "context"),
        (TINY, {"context": torch.zeros(2, 5, 12)}, "context"),
    ],
)
def test_wrong_inputs_are_named(shape: PaperShape, change: dict[str, torch.Tensor | None], named: str) -> None:
    given = dict(zip(("image", "time", "labels", "context"), inputs(shape), strict=True)) | change
    with pytest.raises(ShapeError, match=rf"PaperUViT\.{named}"):
        PaperUViT(shape)(*given.values())
