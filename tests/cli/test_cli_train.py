"""`gen4d train` and `gen4d eval` given files that are not what they should be: a sentence, and nothing is lost."""

import json
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from full_disk import files_of_at_most
from program import Gen4d
from safetensors.torch import load_file, save_file

from gen4d.data.archive import build_archive
from gen4d.data.build import build
from gen4d.data.open_sources import made_objects
from gen4d.prior.autoencoder import AutoencoderShape, ViewAutoencoder
from gen4d.prior.text import MiniLmEncoder
from gen4d.prior.train import PriorTraining, Trainer
from gen4d.prior.uvit import SHAPES
from gen4d.prior.weights import weights_folder

PRIOR = "train prior --archive archive.safetensors --out run --preset nano --steps 1 --batch 2"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with shards of four objects, their archive, and the state of a nano run that has not begun."""
    folder = tmp_path_factory.mktemp("made")
    objects = list(made_objects(1))[:4]
    build("makers", lambda skip: (o for o in objects if not skip(o.id)), folder / "shards")
    torch.manual_seed(0)
    autoencoder = ViewAutoencoder(AutoencoderShape(fine_width=8, coarse_width=8)).eval()
    build_archive(folder / "shards", autoencoder, MiniLmEncoder(), folder / "archive.safetensors")
    (folder / "run").mkdir()
    Trainer(SHAPES["nano"], PriorTraining(), torch.device("cpu")).save(folder / "run" / "state.safetensors")
    return folder


@pytest.fixture
def state(made: Path, gen4d: Gen4d) -> Path:
    """The same, copied to the working folder; returns where the state is."""
    shutil.copytree(made, Path(), dirs_exist_ok=True)
    return Path("run/state.safetensors")


def refused(gen4d: Gen4d, line: str, sentence: str) -> None:
    """A command ends with exit code 2 and one line that says this."""
    outcome = gen4d(line)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1), outcome
    assert sentence in outcome.err


def test_a_state_of_another_preset_is_named_by_its_key(gen4d: Gen4d, state: Path) -> None:
    before = state.read_bytes()
    refused(gen4d, PRIOR.replace("nano", "small"), "state.safetensors: missing key")
    assert state.read_bytes() == before


def test_a_damaged_state_is_left_as_it_is(gen4d: Gen4d, state: Path) -> None:
    whole = {name: value.clone() for name, value in load_file(state).items()}  # the file is mapped, and changes below
    state.write_bytes(state.read_bytes()[:-50])
    refused(gen4d, PRIOR, "state.safetensors: it is no safetensors file, or it is damaged, perhaps truncated")
    state.write_bytes(pickle.dumps({"model": 1}))
    refused(gen4d, PRIOR, "state.safetensors: it is no safetensors file")
    save_file(whole, state)
    refused(gen4d, PRIOR, "its header holds nothing; it is no state of a training")
    key = "model.patch_embed.weight"
    save_file(
        whole | {key: torch.full_like(whole[key], torch.nan)}, state, {"step": "0", "samples": "0", "seconds": "0"}
    )
    refused(gen4d, PRIOR, f"state.safetensors: {key} holds NaN or infinity")


def test_an_archive_that_is_none_is_refused(gen4d: Gen4d, state: Path) -> None:
    Path("archive.safetensors").write_bytes(Path("archive.safetensors").read_bytes()[:5000])
    refused(gen4d, PRIOR, "archive.safetensors: it is no training archive or is damaged")


@pytest.fixture(autouse=True)
def denormals() -> Iterator[None]:
    """Training flushes them in its whole process; SciPy's trees overflow the stack where they are flushed."""
    yield
    torch.set_flush_denormal(False)


def test_a_full_disk_leaves_the_last_state(gen4d: Gen4d, state: Path) -> None:
    before = state.read_bytes()
    with files_of_at_most(2**20):
        refused(gen4d, PRIOR, "run/state.safetensors: it cannot be written")
    assert state.read_bytes() == before and [path.name for path in state.parent.iterdir()] == [state.name]


def test_weights_that_cannot_be_measured_or_started_from_are_refused(gen4d: Gen4d, state: Path) -> None:
    ours = weights_folder()
    refused(
        gen4d, f"eval autoencoder shards --weights {ours}/uvit.safetensors", "expected the sizes of a ViewAutoencoder"
    )
    refused(gen4d, "eval autoencoder shards --weights none.safetensors", "none.safetensors: it cannot be read")
    tuned = "train autoencoder --decoder-only --shards shards --out tuned.safetensors --start"
    Path("cut.safetensors").write_bytes((ours / "autoencoder.safetensors").read_bytes()[:-1])
    refused(gen4d, f"{tuned} cut.safetensors", "cut.safetensors: it is no safetensors file, or it is damaged")
    assert not Path("tuned.safetensors").exists()
    refused(
        gen4d, "train guidance --archive archive.safetensors --out guided --weights run", "uvit.safetensors: it cannot"
    )
    assert not Path("guided").exists()


def test_a_tuned_decoder_is_written_and_measured(gen4d: Gen4d, state: Path) -> None:
    line = "train autoencoder --decoder-only --shards shards --out tuned.safetensors --steps 1 --batch 1"
    assert gen4d(line).code == 0
    facts = {name: value for name, value in load_file("tuned.safetensors").items() if name.startswith("encoder")}
    ours = load_file(weights_folder() / "autoencoder.safetensors")
    assert all(torch.equal(ours[name], value) for name, value in facts.items())
    told = gen4d("eval autoencoder shards --weights tuned.safetensors --json")
    assert told.code in (0, 2)  # four objects may hold none for validation
    if told.code == 0:
        assert all(row["errors"]["alpha_iou"] > 0.9 for row in json.loads(told.out))
