"""A checkpoint is judged by its files, before anything is loaded; the hub's refusals are one sentence each."""

import json
import sys
from fnmatch import fnmatch
from pathlib import Path
from types import ModuleType

import pytest
import torch
from safetensors.torch import save_file

from gen4d.errors import CheckpointError, InputError, MissingDependency
from gen4d.prior.hub import checkpoint as checkpoint_module
from gen4d.prior.hub.checkpoint import Checkpoint, available_memory, check_checkpoint, read_checkpoint
from gen4d.prior.hub.download import fetch
from gen4d.prior.hub.loading import Loading, Needed, Size, needed

CPU, GPU = torch.device("cpu"), torch.device("cuda")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pipeline's files: 120 numbers in two components, a licence, and a lighter variant that does not count."""
    index = {"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "x"], "vae": ["diffusers", "x"]}
    (tmp_path / "model_index.json").write_text(json.dumps(index))
    (tmp_path / "README.md").write_text("---\nlicense: creativeml-openrail-m\ntags:\n- x\n---\n# Model\nlicense: mit\n")
    for part, shape in (("unet", (10, 10)), ("vae", (4, 5))):
        (tmp_path / part).mkdir()
        save_file({"w": torch.zeros(shape)}, tmp_path / part / "model.safetensors")
    save_file({"w": torch.zeros(10, 10).half()}, tmp_path / "unet" / "model.fp16.safetensors")
    return tmp_path


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Bytes that count as free on each device."""
    bytes_free = {"cpu": 1e12, "cuda": 1e12}
    monkeypatch.setattr(checkpoint_module, "available_memory", lambda device: bytes_free[device.type])
    return bytes_free


def test_files_tell_class_licence_and_sizes(folder: Path) -> None:
    found = read_checkpoint(folder, "me/it@abc")
    assert (found.kind, found.licence) == ("StableDiffusionPipeline", "creativeml-openrail-m")
    assert found.sizes == {"unet": Size(100, 100), "vae": Size(20, 20)} and found.pickled == ()
    assert available_memory(CPU) > 1e6


def test_pickles_are_refused_unless_they_are_trusted(folder: Path, free: dict[str, float]) -> None:
    (folder / "unet" / "weights.bin").write_bytes(b"beside safetensors it is not needed")
    check_checkpoint(read_checkpoint(folder, "it"), Loading(), CPU)
    for file in (folder / "unet").glob("*.safetensors"):
        file.unlink()
    found = read_checkpoint(folder, "it")
    with pytest.raises(InputError, match="weights of unet are pickles"):
        check_checkpoint(found, Loading(), CPU)
    check_checkpoint(found, Loading(allow_pickle=True), CPU)
    size = (folder / "unet" / "weights.bin").stat().st_size
    assert found.sizes["unet"] == Size(size // 4, 0)  # what is not opened counts by its size


def refusal(found: Checkpoint, loading: Loading, device: torch.device) -> str:
    with pytest.raises(InputError) as refused:
        check_checkpoint(found, loading, device)
    return str(refused.value)


def test_too_little_memory_is_refused_with_what_is_left_to_try(folder: Path, free: dict[str, float]) -> None:
    found = read_checkpoint(folder, "it")
    plain, half = Loading(), Loading(half=True)
    free["cpu"] = needed(found.sizes, plain, on_gpu=False).computing
    check_checkpoint(found, plain, CPU)
    free["cpu"] -= 1
    assert "try half precision (--half) and --low-memory slices,tiles, close other" in refusal(found, plain, CPU)
    check_checkpoint(found, half, CPU)
    free["cpu"] = needed(found.sizes, half, on_gpu=False).computing - 1
    assert "free; try --low-memory slices,tiles, close" in refusal(found, half, CPU)
    least = Loading(half=True, low_memory=("slices", "tiles"))
    check_checkpoint(found, least, CPU)
    free["cpu"] = 1
    assert "are free; close other programs" in refusal(found, least, CPU)


def test_on_a_gpu_both_memories_count(folder: Path, free: dict[str, float], monkeypatch: pytest.MonkeyPatch) -> None:
    found, offload = read_checkpoint(folder, "it"), Loading(low_memory=("offload",))
    free["cuda"] = needed(found.sizes, offload, on_gpu=True).computing
    check_checkpoint(found, offload, GPU)
    assert "of memory on the GPU" in refusal(found, Loading(), GPU)
    free["cpu"] = 1
    assert "of main memory" in refusal(found, offload, GPU)


def test_each_way_needs_less_by_what_it_keeps_away() -> None:
    sizes = {"unet": Size(1000, 900), "text_encoder": Size(500, 500)}
    step = {
        way: needed(sizes, Loading(low_memory=way), on_gpu=True).computing
        for way in ((), ("slices",), ("tiles", "slices"))
    }
    assert needed({}, Loading(), on_gpu=True) == Needed(0, 0)
    plain = needed(sizes, Loading(), on_gpu=True)
    assert plain.waiting == 6000 and plain.computing == pytest.approx(6000 * 1.4)
    assert needed(sizes, Loading(), on_gpu=False) == Needed(plain.computing, 0)
    assert plain.computing - needed(sizes, Loading(low_memory=("offload",)), on_gpu=True).computing == 2000
    assert needed(sizes, Loading(half=True), on_gpu=True).computing == plain.computing / 2
    eight = needed(sizes, Loading(low_memory=("int8",)), on_gpu=True)
    assert eight.waiting == 1400 + 2 * 100
    assert step[("tiles", "slices")] < step[()] == step[("slices",)]


@pytest.mark.parametrize("ways", [("offload",), ("int8",), ("offload", "int8")])
def test_ways_of_gpus_are_refused_without_one(folder: Path, free: dict[str, float], ways: tuple) -> None:
    said = refusal(read_checkpoint(folder, "it"), Loading(low_memory=ways), CPU)
    assert " and ".join(ways) in said and "need a CUDA GPU" in said.replace("needs", "need")


def test_eight_bits_need_their_package(folder: Path, free: dict[str, float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gen4d.prior.hub.loading.find_spec", lambda name: None)
    with pytest.raises(MissingDependency, match=r"pip install gen4d\[int8\]"):
        check_checkpoint(read_checkpoint(folder, "it"), Loading(low_memory=("int8",)), GPU)


def test_imagedream_is_told_from_mvdream_by_its_encoder(folder: Path) -> None:
    index = {"_class_name": "MVDreamPipeline", "unet": ["x", "y"], "image_encoder": [None, None]}
    (folder / "model_index.json").write_text(json.dumps(index))
    found = read_checkpoint(folder, "it")
    assert found.kind == "MVDreamPipeline" and found.draws_words and not found.draws_sides
    (folder / "image_encoder").mkdir()
    found = read_checkpoint(folder, "it")
    assert found.kind == "ImageDreamPipeline" and found.draws_sides and not found.draws_words


def test_other_pipelines_are_refused_with_the_list(folder: Path) -> None:
    (folder / "model_index.json").write_text('{"_class_name": "FluxPipeline"}')
    with pytest.raises(InputError, match="class FluxPipeline have no adapter; there are StableDiffusionPipeline"):
        read_checkpoint(folder, "it")


def test_damaged_and_foreign_folders_are_refused(folder: Path) -> None:
    (folder / "vae" / "model.safetensors").write_bytes(b"\xff" * 20)
    with pytest.raises(CheckpointError, match=r"model\.safetensors is damaged"):
        read_checkpoint(folder, "it")
    (folder / "model_index.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"model_index\.json is damaged"):
        read_checkpoint(folder, "it")
    (folder / "model_index.json").unlink()
    with pytest.raises(InputError, match="no diffusers pipeline"):
        read_checkpoint(folder, "it")


def test_a_missing_licence_is_said(folder: Path) -> None:
    (folder / "README.md").unlink()
    assert read_checkpoint(folder, "it").licence == "unknown"


NAMES = (
    "GatedRepoError",
    "HFValidationError",
    "HfHubHTTPError",
    "LocalEntryNotFoundError",
    "RepositoryNotFoundError",
    "RevisionNotFoundError",
)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("GatedRepoError", "is gated"),
        ("RevisionNotFoundError", "no revision 'v9'"),
        ("RepositoryNotFoundError", "no such model"),
        ("HFValidationError", "no such model"),
        ("LocalEntryNotFoundError", "cannot be reached"),
        ("HfHubHTTPError", "cannot be reached"),
    ],
)
def test_what_the_hub_refuses_is_one_sentence(monkeypatch: pytest.MonkeyPatch, name: str, sentence: str) -> None:
    hub, errors = ModuleType("huggingface_hub"), ModuleType("huggingface_hub.errors")
    for each in NAMES:
        setattr(errors, each, type(each, (Exception,), {}))

    def refuse(*_args: object, **_options: object) -> str:
        raise getattr(errors, name)

    hub.snapshot_download = refuse  # type: ignore[attr-defined]  # a stand-in module
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
    monkeypatch.setitem(sys.modules, "huggingface_hub.errors", errors)
    with pytest.raises(InputError, match=sentence):
        fetch("me/it", "v9", allow_pickle=False)


def test_without_the_extra_the_pip_line_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingDependency, match=r"pip install gen4d\[hub\]"):
        fetch("me/it", None, allow_pickle=False)


def test_only_the_files_that_are_used_are_fetched(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    hub, errors = ModuleType("huggingface_hub"), ModuleType("huggingface_hub.errors")
    for each in NAMES:
        setattr(errors, each, type(each, (Exception,), {}))
    asked = {}

    def snapshot(repository: str, **options: object) -> str:
        asked.update(options, repository=repository)
        return str(folder)

    hub.snapshot_download = snapshot  # type: ignore[attr-defined]  # a stand-in module
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
    monkeypatch.setitem(sys.modules, "huggingface_hub.errors", errors)
    assert fetch("me/it", "v9", allow_pickle=False) == (folder, f"me/it@{folder.name}")
    assert (asked["repository"], asked["revision"]) == ("me/it", "v9")

    def wanted(file: str) -> bool:
        allowed = any(fnmatch(file, pattern) for pattern in asked["allow_patterns"])
        return allowed and not any(fnmatch(file, pattern) for pattern in asked["ignore_patterns"])

    files = ["model_index.json", "README.md", "unet/config.json", "unet/diffusion_pytorch_model.safetensors"]
    files += ["tokenizer/merges.txt", "text_encoder/model-00001-of-00002.safetensors"]
    assert all(wanted(file) for file in files)
    waste = ["v1-5-pruned.safetensors", "unet/diffusion_pytorch_model.fp16.safetensors", "unet/model.bin"]
    waste += ["unet/diffusion_pytorch_model.non_ema.safetensors", "safety_checker/model.safetensors", "picture.png"]
    assert not any(wanted(file) for file in waste)
    fetch("me/it", None, allow_pickle=True)
    assert wanted("unet/model.bin")
