"""The multiview U-ViT: shapes, what it may and may not depend on, and that its long skips carry something."""

import torch

from gen4d.prior.text import TEXT_TOKENS, TEXT_WIDTH
from gen4d.prior.uvit import MultiViewUViT, UViTShape, _patchify, _unpatchify, timestep_embedding

SHAPE = UViTShape(
    width=32, depth=4, heads=2, patch=4, latent_channels=3, latent_size=8, draft_components=4, draft_width=16
)


def network() -> MultiViewUViT:
    torch.manual_seed(0)
    return MultiViewUViT(SHAPE).eval()


def inputs(count: int = 2) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(1)
    noisy = torch.randn(count, 6, 3, 8, 8, generator=g)
    return (
        noisy,
        torch.rand(count, generator=g),
        torch.randn(count, TEXT_TOKENS, TEXT_WIDTH, generator=g),
        torch.randn(count, 3, 8, 8, generator=g),
    )


def test_patches_come_back() -> None:
    latents = torch.randn(5, 3, 8, 8)
    patches = _patchify(latents, 4)
    assert patches.shape == (5, 4, 48)
    assert torch.equal(_unpatchify(patches, 4, 3), latents)
    assert torch.equal(patches[0, 1].view(4, 4, 3), latents[0, :, :4, 4:].permute(1, 2, 0))  # row-major, channel last


def test_every_combination_of_conditions_keeps_the_shape() -> None:
    noisy, time, text, photo = inputs()
    model = network()
    for words in (None, text):
        for picture in (None, photo):
            assert model(noisy, time, words, picture).shape == noisy.shape


def test_output_depends_on_time_words_photo_and_every_view() -> None:
    noisy, time, text, photo = inputs()
    model = network()
    base = model(noisy, time, text, photo)
    other = noisy.clone()
    other[:, 5] += 1
    changed = [
        model(noisy, 1 - time, text, photo),
        model(noisy, time, text.flip(0), photo),
        model(noisy, time, text, photo.flip(0)),
        model(other, time, text, photo),
    ]
    for result in changed:
        assert (result[:, 0] - base[:, 0]).abs().max() > 1e-5  # view 0 sees them all: attention is joint


def test_what_the_draft_says_is_the_output_at_pure_noise_and_gone_without_any() -> None:
    noisy, _, text, photo = inputs()
    model = network()
    model.draft.mean.fill_(0.0)
    start, end = torch.ones(2), torch.zeros(2)
    before = [model(noisy, time, text, photo) for time in (start, end)]
    model.draft.basis.zero_()
    model.draft_embed.weight.data.zero_()
    model.draft.mean.fill_(3.0)
    after = [model(noisy, time, text, photo) for time in (start, end)]
    torch.testing.assert_close(after[0] - before[0], torch.full_like(noisy, 3.0), atol=1e-4, rtol=0)
    torch.testing.assert_close(after[1], before[1], atol=1e-4, rtol=0)


def test_jitter_moves_the_draft_by_its_gap() -> None:
    noisy, time, text, photo = inputs()
    model = network()
    jitter = torch.ones(2, SHAPE.draft_components)
    torch.nn.init.normal_(model.draft_embed.weight)
    model.draft.basis.normal_(generator=torch.Generator().manual_seed(0))
    base = model(noisy, time, text, photo)
    assert torch.equal(model(noisy, time, text, photo, jitter), base)  # a gap of zero
    model.draft.gap.fill_(1.0)
    assert (model(noisy, time, text, photo, jitter) - base).abs().max() > 1e-3


def test_items_of_a_batch_do_not_see_one_another() -> None:
    noisy, time, text, photo = inputs(3)
    model = network()
    whole = model(noisy, time, text, photo)
    alone = model(noisy[1:2], time[1:2], text[1:2], photo[1:2])
    torch.testing.assert_close(whole[1:2], alone, atol=1e-5, rtol=0)


def test_long_skips_carry_the_first_half_to_the_second() -> None:
    noisy, time, *_ = inputs()
    model = network()
    base = model(noisy, time)
    with torch.no_grad():
        for block in model.out_blocks:
            block.skip_linear.weight[:, SHAPE.width :] = 0
    assert (model(noisy, time) - base).abs().max() > 1e-5


def test_parameter_count_of_nano() -> None:
    """12 d^2 + 13 d a block without skip, 2 d^2 + d a long skip, embeddings, the draft's conditions, and the head."""
    shape = UViTShape()
    d, numbers, tokens = shape.width, shape.latent_channels * shape.patch**2, shape.patches
    block = 12 * d * d + 9 * d + 4 * d - 3 * d + 2 * (d // shape.heads)  # qkv has no bias; two head norms
    blocks = (shape.depth + 1) * block + shape.depth // 2 * (2 * d * d + d)
    embeddings = 3 * (d * d + d) + 2 * (TEXT_WIDTH * d + d) + 2 * (numbers * d + d) + (TEXT_TOKENS + 2 * tokens + 6) * d
    given = numbers * d + d + shape.draft.width * d + d + shape.draft.coarse_width * d + d
    head = 2 * d + d * numbers + numbers + shape.latent_channels**2 * 9 + shape.latent_channels
    model = MultiViewUViT(shape)
    count = sum(p.numel() for p in model.parameters()) - sum(p.numel() for p in model.draft.parameters())
    assert count == blocks + embeddings + given + head


def test_time_embedding_tells_times_apart() -> None:
    embedded = timestep_embedding(torch.linspace(0, 1, 50), 64)
    gaps = torch.cdist(embedded, embedded) + torch.eye(50) * 10
    assert gaps.min() > 0.1
