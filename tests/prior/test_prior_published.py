"""Checkpoints of U-ViTs: they come back exactly, their sizes are found, and every damage is named."""

import json
import struct
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from gen4d.errors import CheckpointError
from gen4d.prior import load_uvit
from gen4d.prior.paper_uvit import PaperShape, PaperUViT
from gen4d.prior.published import PAPER_SHAPES, published_name

# Published widths, so that the heads are known, but two blocks and few tokens.
CLASSES = PaperShape(image_size=8, channels=4, patch=4, width=512, depth=2, heads=8, classes=3)
TEXT = replace(CLASSES, classes=0, context_tokens=77, context_width=24, patch=2)
TINY = PaperShape(image_size=8, channels=3, patch=2, width=16, depth=2, heads=2)


def tiny_state() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return PaperUViT(TINY).state_dict()


def write(folder: Path, state: dict[str, object], name: str = "nnet_ema.pth") -> Path:
    torch.save(state, folder / name)
    return folder / name


@pytest.mark.parametrize(
    "shape",
    [CLASSES, TEXT, replace(CLASSES, classes=0, final_conv=False, time_mlp=True), replace(CLASSES, long_skips=False)],
    ids=["classes", "text", "bare", "no-skips"],
)
@pytest.mark.parametrize("kind", ["pth", "safetensors"])
def test_a_checkpoint_comes_back_with_its_sizes(shape: PaperShape, kind: str, tmp_path: Path) -> None:
    state = PaperUViT(shape).state_dict()
    path = tmp_path / f"nnet.{kind}"
    (torch.save if kind == "pth" else save_file)(state, path)
    loaded = load_uvit(path)
    assert loaded.shape == shape
    assert not loaded.training and not any(p.requires_grad for p in loaded.parameters())
    for key, value in loaded.state_dict().items():
        assert torch.equal(value, state[key]), key


def test_half_precision_becomes_float32(tmp_path: Path) -> None:
    path = write(tmp_path, {key: value.half() for key, value in tiny_state().items()})
    loaded = load_uvit(path, heads=2)
    assert {value.dtype for value in loaded.state_dict().values()} == {torch.float32}


@pytest.mark.parametrize("name", PAPER_SHAPES)
def test_every_published_network_is_told_by_its_keys(name: str, tmp_path: Path, monkeypatch) -> None:
    """From shapes alone: the weights are views of one zero, so that the largest networks cost nothing."""
    shape = PAPER_SHAPES[name].shape
    with torch.device("meta"):
        keys = {key: value.shape for key, value in PaperUViT(shape).state_dict().items()}
    state = {key: torch.zeros(()).expand(size) for key, size in keys.items()}
    torch.save(state, tmp_path / "nnet.pth")
    monkeypatch.setattr(torch, "isfinite", lambda value: torch.ones(()))  # expanded, they would fill the memory
    loaded = load_uvit(tmp_path / "nnet.pth")
    assert loaded.shape == shape
    assert published_name(loaded.shape) == name


def test_unpublished_sizes_have_no_name() -> None:
    assert published_name(CLASSES) is None


def test_heads_of_an_unpublished_width_must_be_given(tmp_path: Path) -> None:
    path = write(tmp_path, tiny_state())
    with pytest.raises(CheckpointError, match=r"16 wide.*heads="):
        load_uvit(path)
    assert load_uvit(path, heads=2).shape == TINY
    with pytest.raises(CheckpointError, match="3 heads"):
        load_uvit(path, heads=3)


def test_missing_extra_and_misshapen_keys_are_named(tmp_path: Path) -> None:
    state = tiny_state()
    without = {key: value for key, value in state.items() if key != "mid_block.attn.qkv.weight"}
    with pytest.raises(CheckpointError, match=r"nnet_ema\.pth: missing key mid_block\.attn\.qkv\.weight\."):
        load_uvit(write(tmp_path, without), heads=2)
    more = state | {"lpips.weight": torch.zeros(2)}
    with pytest.raises(CheckpointError, match=r"extra key lpips\.weight"):
        load_uvit(write(tmp_path, more), heads=2)
    misshapen = state | {"norm.weight": torch.zeros(17)}
    with pytest.raises(CheckpointError, match=r"norm\.weight has shape \(17,\), expected \(16,\)"):
        load_uvit(write(tmp_path, misshapen), heads=2)


@pytest.mark.parametrize("key", sorted(PaperUViT(TINY).state_dict()))
def test_no_key_can_be_dropped_or_bent(key: str, tmp_path: Path) -> None:
    state = tiny_state()
    value = state.pop(key)
    with pytest.raises(CheckpointError, match=r"nnet_ema\.pth: "):
        load_uvit(write(tmp_path, state), heads=2)
    state[key] = torch.cat([value, value], -1)
    with pytest.raises(CheckpointError, match=r"nnet_ema\.pth: "):
        load_uvit(write(tmp_path, state), heads=2)


def test_another_kind_of_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="not a checkpoint of a U-ViT"):
        load_uvit(write(tmp_path, torch.nn.Linear(3, 3).state_dict()))


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_named(bad: float, tmp_path: Path) -> None:
    state = tiny_state()
    state["out_blocks.0.mlp.fc1.bias"][3] = bad
    with pytest.raises(CheckpointError, match=r"out_blocks\.0\.mlp\.fc1\.bias holds NaN"):
        load_uvit(write(tmp_path, state), heads=2)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (7, "int"),
        (torch.zeros(3, dtype=torch.int64), "int64"),
        (torch.zeros(3, device="meta"), "meta"),
        (torch.zeros(3).to_sparse(), "sparse"),
    ],
)
def test_entries_that_are_no_weights_are_named(value: object, said: str, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=rf"norm\.bias is .*{said}"):
        load_uvit(write(tmp_path, tiny_state() | {"norm.bias": value}))


class Payload:
    """What a hostile pickle does when it is read."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.proof,)


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "plain"])
def test_a_pickle_is_refused_and_never_run(zipped: bool, tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    torch.save({"pos_embed": Payload(proof)}, tmp_path / "nnet.pth", _use_new_zipfile_serialization=zipped)
    with pytest.raises(CheckpointError, match="pickle"):
        load_uvit(tmp_path / "nnet.pth")
    assert not proof.exists()
    torch.load(tmp_path / "nnet.pth", weights_only=False)
    assert proof.exists()  # the payload works; it was the loader that did not run it


@pytest.mark.parametrize("kind", ["pth", "safetensors"])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.99])
def test_a_truncated_file_is_refused(kind: str, share: float, tmp_path: Path) -> None:
    path = tmp_path / f"nnet.{kind}"
    (torch.save if kind == "pth" else save_file)(tiny_state(), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(CheckpointError, match=rf"nnet\.{kind}: it is damaged"):
        load_uvit(path, heads=2)


def test_a_safetensors_header_that_lies_is_refused(tmp_path: Path) -> None:
    header = json.dumps({"norm.weight": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 1 << 42]}}).encode()
    (tmp_path / "nnet.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    with pytest.raises(CheckpointError, match="damaged"):
        load_uvit(tmp_path / "nnet.safetensors")


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"none\.pth: it cannot be read"):
        load_uvit(tmp_path / "none.pth")
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_uvit(tmp_path)
    (tmp_path / "text.pth").write_text("not weights")
    with pytest.raises(CheckpointError, match=r"text\.pth: it is damaged"):
        load_uvit(tmp_path / "text.pth")
    with pytest.raises(CheckpointError, match="holds a list"):
        load_uvit(write(tmp_path, [torch.zeros(3)]))
    with pytest.raises(CheckpointError, match="holds a Tensor"):
        load_uvit(write(tmp_path, torch.zeros(3)))
