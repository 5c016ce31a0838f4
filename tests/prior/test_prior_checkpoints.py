"""Weights files that are not as they should be: each is refused by a sentence that names the key, and none is lost."""

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from full_disk import files_of_at_most
from safetensors.torch import load_file, save_file

from gen4d.errors import CheckpointError, OutputError
from gen4d.prior.autoencoder import AutoencoderShape, ViewAutoencoder
from gen4d.prior.checkpoints import check_tensors, read_tensors, write_tensors
from gen4d.prior.network_files import load_network, save_network
from gen4d.prior.uvit import MultiViewUViT, UViTShape

SMALL = AutoencoderShape(fine_width=8, middle_width=8, coarse_width=8)
KEY = "encoder_linear.weight"
Tensors = dict[str, torch.Tensor]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "ae.safetensors"
    save_network(ViewAutoencoder(SMALL), SMALL.as_metadata(), path)
    return path


def without(tensors: Tensors) -> None:
    del tensors[KEY]


def with_another(tensors: Tensors) -> None:
    tensors["head.weight"] = torch.zeros(1)


def transposed(tensors: Tensors) -> None:
    tensors[KEY] = tensors[KEY].transpose(0, 1).contiguous()


def diverged(tensors: Tensors) -> None:
    tensors[KEY].view(-1)[3] = torch.nan


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (without, f"missing key {KEY}"),
        (with_another, "extra key head.weight"),
        (transposed, f"{KEY} has shape \\(8, 16, 8, 8\\), expected \\(16, 8, 8, 8\\)"),
        (diverged, f"{KEY} holds NaN or infinity"),
    ],
)
def test_a_wrong_key_is_named(saved: Path, change: Callable[[Tensors], None], sentence: str) -> None:
    tensors = load_file(saved)
    change(tensors)
    save_file(tensors, saved, {name: str(value) for name, value in SMALL.as_metadata().items()})
    with pytest.raises(CheckpointError, match=rf"ae\.safetensors: {sentence}"):
        load_network(saved, ViewAutoencoder, AutoencoderShape)


def test_many_wrong_keys_are_counted() -> None:
    expected = {f"layer{n}": torch.Size((1,)) for n in range(9)}
    with pytest.raises(CheckpointError, match="missing key layer0, layer1, layer2 and 6 more"):
        check_tensors("x", {}, expected)


@pytest.mark.parametrize("size", [0, 5, 100, -7])
def test_a_truncated_file_is_refused(saved: Path, size: int) -> None:
    saved.write_bytes(saved.read_bytes()[:size])
    with pytest.raises(CheckpointError, match="perhaps truncated"):
        load_network(saved, ViewAutoencoder, AutoencoderShape)


def test_a_pickle_is_never_run(saved: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return open, (str(saved.with_name("ran")), "w")  # type: ignore[return-value]

    saved.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(CheckpointError, match="no safetensors file"):
        load_network(saved, ViewAutoencoder, AutoencoderShape)
    assert not saved.with_name("ran").exists()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"none\.safetensors: it cannot be read"):
        read_tensors(tmp_path / "none.safetensors")


def test_weights_of_another_network_are_refused_by_their_header(saved: Path) -> None:
    with pytest.raises(CheckpointError, match="expected the sizes of a MultiViewUViT"):
        load_network(saved, MultiViewUViT, UViTShape)
    save_file(load_file(saved), saved)
    with pytest.raises(CheckpointError, match="its header holds nothing"):
        load_network(saved, ViewAutoencoder, AutoencoderShape)


def test_impossible_sizes_cost_no_memory(saved: Path) -> None:
    huge = SMALL.as_metadata() | {"coarse_width": 10**7}
    save_file(load_file(saved), saved, {name: str(value) for name, value in huge.items()})
    with pytest.raises(CheckpointError, match="has shape"):
        load_network(saved, ViewAutoencoder, AutoencoderShape)


def test_the_last_good_file_survives_a_full_disk(saved: Path) -> None:
    before = saved.read_bytes()
    tensors = load_file(saved)
    with files_of_at_most(4096), pytest.raises(OutputError, match="what was there before is untouched"):
        write_tensors(tensors, {}, saved)
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]
