"""UniDiffuser opened says what its own pipeline says: of pictures with and without words, and of words."""

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_pipelines import SIZE, unidiffuser

from gen4d.context import Context
from gen4d.distill.config import RefineConfig
from gen4d.prior.hub.checkpoint import read_checkpoint
from gen4d.prior.hub.drawing import DrawSettings, draw_words
from gen4d.prior.hub.opening import open_pipeline
from gen4d.prior.hub.unidiffuser import caption, packed, unpacked
from gen4d.streams import Streams
from gen4d.structures import Prompt
from gen4d.teacher import guidance_of, open_teacher

CTX = Context(Streams(0))
SIDE = 2 * SIZE


@given(st.integers(1, 3), st.integers(1, 5), st.integers(1, 6), st.integers(1, 90))
def test_packing_is_undone(count: int, channels: int, side: int, width: int) -> None:
    latents, vectors = torch.randn(count, channels, side, side), torch.randn(count, width)
    back = unpacked(packed(latents, vectors), channels, width)
    assert torch.equal(back[0], latents) and torch.equal(back[1], vectors)


@pytest.mark.parametrize("words", ["a chair", ""])
def test_pictures_are_denoised_as_by_the_pipeline_itself(tmp_path: Path, words: str) -> None:
    prior = open_pipeline(read_checkpoint(unidiffuser(tmp_path), "tiny"), CTX)
    pipeline, denoiser, step = prior.pipeline, prior.words(words), 400
    alpha = pipeline.scheduler.alphas_cumprod[step]
    t = ((1 - alpha).sqrt() / (alpha.sqrt() + (1 - alpha).sqrt()))[None]
    generator = torch.Generator().manual_seed(0)
    x, e = (
        packed(torch.randn(6, 4, SIZE, SIZE, generator=generator), torch.randn(6, 16, generator=generator))
        for _ in "12"
    )
    with torch.no_grad():
        found = denoiser.x0(((1 - t) * x + t * e)[None], t)[0]
        z = alpha.sqrt() * x + (1 - alpha).sqrt() * e
        latents, vectors = unpacked(z, 4, 16)
        together = pipeline._combine(latents, vectors[:, None])
        # Guidance 1 is the words alone; "img" is its own name for pictures without any.
        said = pipeline._get_noise_pred(
            "text2img" if words else "img", together, torch.tensor(step), denoiser.features, None, None, 1000, 1, 1.0,
            generator, "cpu", SIDE, SIDE,
        )  # fmt: skip
    expected = pipeline._split((together - (1 - alpha).sqrt() * said) / alpha.sqrt(), SIDE, SIDE)
    clean, vector = unpacked(found, 4, 16)
    torch.testing.assert_close(clean, expected[0], atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(vector, expected[1][:, 0], atol=1e-3, rtol=1e-3)
    assert not found[:, 4:].flatten(1)[:, 16:].any()  # nothing is to be learned in the padding


def test_a_picture_is_its_latents_and_its_vector_and_both_carry_gradients(tmp_path: Path) -> None:
    prior = open_pipeline(read_checkpoint(unidiffuser(tmp_path), "tiny"), CTX)
    pictures = (torch.rand(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0)) * 2 - 1).requires_grad_()
    latents, vectors = unpacked(prior.encode(pictures), 4, 16)
    shown = [(p.permute(1, 2, 0) / 2 + 0.5).mul(255).round().byte().numpy() for p in pictures.detach()]
    pixels = prior.pipeline.clip_image_processor(images=shown, return_tensors="pt").pixel_values
    # Eight bits of the processor's picture against none of ours.
    torch.testing.assert_close(vectors, prior.pipeline.image_encoder(pixels).image_embeds, atol=2e-2, rtol=0)
    for part in (latents, vectors):
        (gradient,) = torch.autograd.grad(part.sum(), pictures, retain_graph=True)
        assert gradient.abs().max() > 0


def test_it_draws_teaches_and_tells(tmp_path: Path) -> None:
    folder = unidiffuser(tmp_path)
    cfg = RefineConfig(prior=f"dir:{folder}", guidance="sds")
    teacher = open_teacher(Prompt("a chair"), cfg, CTX)
    guidance, _ = guidance_of(teacher, cfg, CTX)
    x = torch.randn(1, 6, 5, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    gradient = guidance.gradient(x, torch.tensor([0.5]), torch.randn_like(x))
    assert torch.isfinite(gradient).all() and gradient.abs().max() > 0
    prior = open_pipeline(read_checkpoint(folder, "tiny"), CTX)
    drawn = [draw_words(prior, "a chair", "", DrawSettings(2, 3.0), torch.Generator().manual_seed(0)) for _ in "12"]
    assert drawn[0].shape == (1, SIDE, SIDE, 3) and torch.equal(*drawn)
    said = caption(prior.pipeline, drawn[0][0], torch.Generator().manual_seed(0))
    assert isinstance(said, str) and said == said.strip()
