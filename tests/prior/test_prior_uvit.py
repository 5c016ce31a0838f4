"""The multiview U-ViT: shapes, what it may and may not depend on, and that its long skips carry something."""

from dataclasses import replace

import pytest
import torch

from gen4d.prior.conditioned import Conditioned
from gen4d.prior.modalities import Modalities, Times
from gen4d.prior.text import TEXT_TOKENS, TEXT_WIDTH
from gen4d.prior.transformer import timestep_embedding, unpatchify
from gen4d.prior.uvit import NETWORK_TIME, SHAPES, MultiViewUViT, UViTShape, patchify

SHAPE = UViTShape(width=32, depth=4, heads=2, patch=4, latent_channels=3, latent_size=8)


def network() -> MultiViewUViT:
    torch.manual_seed(0)
    return MultiViewUViT(SHAPE).eval()


def inputs(count: int = 2) -> tuple[Modalities, Times]:
    """Noisy modalities, all at times of their own between 0.2 and 0.8."""
    g = torch.Generator().manual_seed(1)
    state = Modalities(
        views=torch.randn(count, 6, 3, 8, 8, generator=g),
        photo=torch.randn(count, 3, 8, 8, generator=g),
        sentence=torch.randn(count, TEXT_WIDTH, generator=g),
        words=torch.randn(count, TEXT_TOKENS - 1, TEXT_WIDTH, generator=g),
        pose=torch.randn(count, 3, generator=g),
    )
    times = Times(*(0.2 + 0.6 * torch.rand(size, generator=g) for size in ((count, 6), count, count, count)))
    return state, times


def test_patches_come_back() -> None:
    latents = torch.randn(5, 3, 8, 8)
    patches = patchify(latents, 4)
    assert patches.shape == (5, 4, 48)
    assert torch.equal(unpatchify(patches, 3), latents)
    assert torch.equal(patches[0, 1].view(4, 4, 3), latents[0, :, :4, 4:].permute(1, 2, 0))  # row-major, channel last


def test_every_modality_keeps_its_shape() -> None:
    state, times = inputs()
    out = network()(state, times)
    for name in ("views", "photo", "sentence", "words", "pose"):
        assert getattr(out, name).shape == getattr(state, name).shape


@pytest.mark.parametrize("name", ["photo", "sentence", "words", "pose"])
def test_views_depend_on_every_modality_and_every_time(name: str) -> None:
    state, times = inputs()
    model = network()
    base = model(state, times).views
    changed = [replace(state, **{name: getattr(state, name) + 1})]
    later = [times] if name == "words" else [times, replace(times, **{name: getattr(times, name) - 0.1})]
    for new_state, new_times in [(changed[0], times)] + [(state, moment) for moment in later[1:]]:
        assert (model(new_state, new_times).views - base).abs().max() > 1e-6


def test_every_view_sees_every_other_and_its_time() -> None:
    state, times = inputs()
    model = network()
    base = model(state, times).views
    moved, later = state.views.clone(), times.views.clone()
    moved[:, 5] += 1
    later[:, 5] -= 0.1
    for other in (model(replace(state, views=moved), times), model(state, replace(times, views=later))):
        assert (other.views[:, 0] - base[:, 0]).abs().max() > 1e-6


@pytest.mark.parametrize("name", ["photo", "sentence", "pose"])
def test_what_is_at_time_one_says_nothing(name: str) -> None:
    state, times = inputs()
    times = replace(times, **{name: torch.ones(2)})
    model = network()
    other = model(replace(state, **{name: getattr(state, name) + 5}), times)
    assert torch.equal(other.views, model(state, times).views)


def test_known_views_come_back_and_speak_for_the_others() -> None:
    state, _ = inputs()
    model = network()
    moment = torch.full((2,), 0.7)
    known = torch.randn(1, 6, 3, 8, 8, generator=torch.Generator().manual_seed(2))
    out = Conditioned(model, views=known, known=(0, 3)).x0(state.views, moment)
    assert torch.equal(out[:, [0, 3]], known[:, [0, 3]].expand(2, -1, -1, -1, -1))
    noisy = state.views.clone()
    noisy[:, 0] += 3  # what stands where a view is known does not matter
    assert torch.equal(Conditioned(model, views=known, known=(0, 3)).x0(noisy, moment), out)
    free = Conditioned(model).x0(state.views, moment)
    assert (out[:, 1] - free[:, 1]).abs().max() > 1e-6


def test_items_of_a_batch_do_not_see_one_another() -> None:
    state, times = inputs(3)
    model = network()
    whole = model(state, times)
    one = Modalities(*(getattr(state, name)[1:2] for name in Modalities.__dataclass_fields__))
    alone = model(one, Times(*(getattr(times, name)[1:2] for name in Times.__dataclass_fields__)))
    torch.testing.assert_close(whole.views[1:2], alone.views, atol=1e-5, rtol=0)


def test_long_skips_carry_the_first_half_to_the_second() -> None:
    state, times = inputs()
    model = network()
    base = model(state, times).views
    with torch.no_grad():
        for block in model.out_blocks:
            block.skip_linear.weight[:, SHAPE.width :] = 0
    assert (model(state, times).views - base).abs().max() > 1e-5


@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
def test_parameter_count(shape: UViTShape) -> None:
    """12 d^2 + 13 d a block without skip, 2 d^2 + d a long skip, embeddings, and a head for each modality."""
    d, numbers, tokens = shape.width, shape.latent_channels * shape.patch**2, shape.patches
    block = 12 * d * d + 9 * d + 4 * d - 3 * d + 2 * (d // shape.heads)  # qkv has no bias; two head norms
    blocks = (shape.depth + 1) * block + shape.depth // 2 * (2 * d * d + d)
    embeddings = 2 * (d * d + d) + 3 * (TEXT_WIDTH * d + d) + 2 * (numbers * d + d) + 3 * d + d
    positions = (TEXT_TOKENS - 1 + 2 * tokens + 6) * d
    heads = 2 * d + 2 * (d * numbers + numbers) + (d + 1) * (TEXT_WIDTH + 3)
    convolution = shape.latent_channels**2 * 9 + shape.latent_channels
    count = sum(p.numel() for p in MultiViewUViT(shape).parameters())
    assert count == blocks + embeddings + positions + heads + convolution


def test_time_embedding_tells_times_apart() -> None:
    embedded = timestep_embedding(NETWORK_TIME * torch.linspace(0, 1, 50), 64)
    gaps = torch.cdist(embedded, embedded) + torch.eye(50) * 10
    assert gaps.min() > 0.1
