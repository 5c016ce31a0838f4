"""Ways to need less memory change where and in which order numbers are made, and not the numbers."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from tiny_pipelines import SIZE, multiview, stable_diffusion, stable_diffusion_3, unidiffuser, zero123plus

from gen4d.context import Context
from gen4d.distill.config import RefineConfig
from gen4d.errors import ConfigError, InputError
from gen4d.prior.hub import loading as loading_module
from gen4d.prior.hub import opening
from gen4d.prior.hub.checkpoint import read_checkpoint
from gen4d.prior.hub.loading import Loading
from gen4d.prior.hub.opening import TILE, open_photo_prior, open_pipeline
from gen4d.streams import Streams
from gen4d.structures import Prompt
from gen4d.teacher import open_teacher

CTX = Context(Streams(0))
WORDS = {
    "stable_diffusion": lambda folder: stable_diffusion(folder, "v_prediction"),
    "stable_diffusion_3": stable_diffusion_3,
    "unidiffuser": unidiffuser,
    "multiview": lambda folder: multiview(folder, photo=False)[0],
}
META = torch.device("meta")


def latents(prior, count: int = 2) -> torch.Tensor:
    return torch.randn(count, 6, *prior.latent_size, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("kind", WORDS)
@pytest.mark.parametrize("words", ["a chair", ""])
def test_views_one_by_one_are_the_views_together(tmp_path: Path, kind: str, words: str) -> None:
    checkpoint = read_checkpoint(WORDS[kind](tmp_path), "tiny")
    together, apart = (open_pipeline(checkpoint, CTX, Loading(low_memory=way)) for way in ((), ("slices",)))
    time, batches = torch.tensor([0.3, 0.7]), []
    apart.network.register_forward_hook(lambda module, given, result: batches.append(len(result[0])))
    with torch.no_grad():
        expected = together.words(words).x0(latents(together), time)
        found = apart.words(words).x0(latents(together), time)
    torch.testing.assert_close(found, expected, atol=2e-4, rtol=1e-3)
    assert max(batches) == (8 if kind == "multiview" else 2)  # four sides see each other; else one view, two items


def test_large_pictures_are_decoded_in_tiles_and_small_ones_whole(tmp_path: Path) -> None:
    checkpoint = read_checkpoint(stable_diffusion(tmp_path, "epsilon"), "tiny")
    whole, tiled = (open_pipeline(checkpoint, CTX, Loading(low_memory=way)) for way in ((), ("tiles",)))
    widths = []
    tiled.pipeline.vae.decoder.register_forward_hook(lambda module, given, result: widths.append(result.shape[-1]))
    small, large = torch.randn(1, 4, SIZE, SIZE), torch.randn(1, 4, SIZE, TILE)  # twice as wide in pixels
    with torch.no_grad():
        assert torch.equal(tiled.decode(small), whole.decode(small))
        assert tiled.decode(large).shape == whole.decode(large).shape
    assert max(widths) <= TILE


@pytest.fixture
def far_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that holds shapes and no numbers stands for the GPU: to mix it with the CPU is an error all the same."""
    from accelerate.hooks import CpuOffload

    for module in (loading_module, opening):
        monkeypatch.setattr(module, "computing_device", lambda ctx: META)
    monkeypatch.setattr("diffusers.pipelines.pipeline_utils.empty_device_cache", lambda kind: None)
    monkeypatch.setattr("accelerate.hooks.clear_device_cache", lambda: None)
    monkeypatch.setattr(CpuOffload, "init_hook", lambda self, module: module.to_empty(device="cpu"))


def placed(part: torch.nn.Module) -> str:
    return next(part.parameters()).device.type


@pytest.mark.usefixtures("far_away")
@pytest.mark.parametrize("kind", WORDS)
def test_with_offload_parts_come_in_turn_and_everything_meets_there(tmp_path: Path, kind: str) -> None:
    prior = open_pipeline(read_checkpoint(WORDS[kind](tmp_path), "tiny"), CTX, Loading(low_memory=("offload",)))
    pipeline = prior.pipeline
    assert placed(prior.network) == "cpu"
    side = prior.resolution
    with torch.no_grad():
        denoiser = prior.words("a chair")
        last = pipeline.text_encoder_2 if kind == "stable_diffusion_3" else pipeline.text_encoder
        assert placed(last) == "meta" and placed(prior.network) == "cpu"
        assert denoiser.features.device == META
        times = torch.full((2,), 0.5)
        with pytest.MonkeyPatch.context() as patch:  # a search in a table needs numbers
            patch.setattr(torch, "searchsorted", lambda table, wanted: torch.ones_like(wanted, dtype=torch.long))
            clean = denoiser.x0(latents(prior).to(META), times.to(META))
        assert clean.device == META and placed(prior.network) == "meta" and placed(last) == "cpu"
    seen = prior.encode(torch.rand(1, 3, side, side))
    assert seen.device == META and placed(prior.network) == "cpu"  # gone for the autoencoder, which then stays
    assert prior.decode(seen).device == META and placed(pipeline.vae) == "meta"


@pytest.mark.usefixtures("far_away")
@pytest.mark.parametrize("kind", ["imagedream", "zero123plus"])
def test_with_offload_a_photo_is_read_where_its_reader_waits(tmp_path: Path, kind: str) -> None:
    folder = multiview(tmp_path, photo=True)[0] if kind == "imagedream" else zero123plus(tmp_path)
    prior = open_photo_prior(read_checkpoint(folder, "tiny"), CTX, Loading(low_memory=("offload",)))
    given = {"text": "a chair"} if kind == "imagedream" else {"generator": torch.Generator().manual_seed(0)}
    with torch.no_grad():
        told = prior.told(torch.rand(16, 16, 4), **given)
    assert placed(prior.encoder) == "cpu" and placed(prior.pipeline.unet) == "cpu"
    assert told.features.device == META
    assert all(getattr(told, name).device == META for name in ("latents", "tokens", "reference") if hasattr(told, name))


def test_eight_bits_are_asked_for_network_and_words_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import diffusers
    import transformers

    asked = {}

    def load(folder: Path, **options: object) -> None:
        asked.update(options)
        raise OSError("far enough")

    monkeypatch.setattr(diffusers.StableDiffusion3Pipeline, "from_pretrained", load)
    for library in (diffusers, transformers):
        monkeypatch.setattr(library, "BitsAndBytesConfig", SimpleNamespace, raising=False)
    monkeypatch.setattr(diffusers, "PipelineQuantizationConfig", SimpleNamespace)
    checkpoint = read_checkpoint(stable_diffusion_3(tmp_path), "tiny")
    with pytest.raises(Exception, match="far enough"):
        open_pipeline(checkpoint, CTX, Loading(low_memory=("int8",)))
    mapping = asked["quantization_config"].quant_mapping
    assert sorted(mapping) == ["text_encoder", "text_encoder_2", "transformer"]
    assert all(part.load_in_8bit for part in mapping.values()) and asked["torch_dtype"] == torch.bfloat16


def test_what_does_not_go_together_is_refused_before_anything_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = read_checkpoint(multiview(tmp_path, photo=False)[0], "tiny")
    with pytest.raises(InputError, match="int8 is for pipelines of diffusers itself"):
        open_pipeline(checkpoint, CTX, Loading(low_memory=("int8",)))
    cfg = RefineConfig(prior=f"dir:{tmp_path}", guidance="vsd", low_memory=("offload",))
    with pytest.raises(ConfigError, match="vsd trains adapters"):
        open_teacher(Prompt("a chair"), cfg, CTX)
    with pytest.raises(InputError, match="offload needs a CUDA GPU"):
        open_teacher(Prompt("a chair"), RefineConfig(prior=f"dir:{tmp_path / 'saved'}", low_memory=("offload",)), CTX)


def test_the_settings_reach_the_checkpoint(tmp_path: Path) -> None:
    cfg = RefineConfig(prior=f"dir:{stable_diffusion(tmp_path, 'epsilon')}", guidance="sds", low_memory=("slices",))
    teacher = open_teacher(Prompt("a chair"), cfg, CTX)
    assert len(teacher.conditional.views) == 6  # type: ignore[attr-defined]  # denoisers of one view each
