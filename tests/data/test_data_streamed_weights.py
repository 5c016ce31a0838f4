"""Continuing a streamed run: parts of weights, a run from given weights, and one that was interrupted."""

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from gen4d.data.streamed import train_prior, weights
from gen4d.data.streamed.__main__ import main
from gen4d.data.streamed.files import PHOTOS, RecordFile, Row, write_records
from gen4d.data.streamed.store import Store
from gen4d.data.streamed.train_prior import CONTINUED, StreamedRun, train_streamed
from gen4d.data.streamed.weights import join_parts, read_autoencoder, read_prior, write_autoencoder, write_parts
from gen4d.errors import CheckpointError
from gen4d.prior.autoencoder import AutoencoderShape, ViewAutoencoder
from gen4d.prior.text import TEXT_TOKENS, TEXT_WIDTH
from gen4d.prior.train import PriorTraining, Trainer, validation_losses
from gen4d.prior.uvit import MultiViewUViT, UViTShape

CPU = torch.device("cpu")
TINY = UViTShape(width=64, depth=2, heads=2, latent_channels=4, latent_size=4)
OBJECTS, SIZE = 8, 32


def write_stream(folder: Path) -> None:
    """Eight flat-coloured records to train on, and the same for validation: what is learned shows at once."""
    folder.mkdir(exist_ok=True)
    g = torch.Generator().manual_seed(0)
    colors = torch.randint(256, (OBJECTS, 6, 1, 1, 8), generator=g, dtype=torch.uint8).repeat(2, 1, 1, 1, 1)
    maps = colors.expand(-1, -1, SIZE, SIZE, -1).contiguous()
    texts = [f"thing {number}" for number in range(OBJECTS)]
    tokens = torch.randn(OBJECTS, TEXT_TOKENS, TEXT_WIDTH, generator=g).half()
    rows = [
        Row(captions=[number], name=texts[number], source="x", split=split)
        for split in ("train", "validation")
        for number in range(OBJECTS)
    ]
    photos = maps[:, :PHOTOS, ..., :4].contiguous()
    poses = torch.zeros(2 * OBJECTS, PHOTOS, 2)
    write_records(RecordFile(maps, photos, poses, tokens, texts, rows), folder / "0.safetensors")


def tiny_run(start: Path | None = None) -> StreamedRun:
    """A few seconds of training on one file of records."""
    prior = PriorTraining(batch=16, learning_rate=2e-3, warmup=5, ema=0.9, decay=0.4)
    if start is not None:
        prior = replace(CONTINUED, batch=16, warmup=10)
    return StreamedRun(
        first_records=2 * OBJECTS,
        autoencoder=AutoencoderShape(8, 8, 8, 4, 1, 1),
        autoencoder_minutes=0.01,
        autoencoder_batch=8,
        uvit=TINY,
        prior=prior,
        start=start,
        report_seconds=1000,
        report_items=4,
    )


def train_for(steps: int, run: StreamedRun, records: Path, out: Path, patch: pytest.MonkeyPatch) -> list[dict]:
    """Run on a clock that ticks once a step, without drawing samples, and return the reports of the prior."""
    write_stream(records)
    out.mkdir(exist_ok=True)
    left = iter([steps, *range(steps, -1, -1)])
    patch.setattr(train_prior, "seconds_left", lambda _: float(next(left)))
    patch.setattr(train_prior, "save_sheet", lambda *_: None)
    train_streamed(run, records, out, CPU)
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    return [line for line in lines if "validation" in line and "samples" in line]


def test_a_run_continues_from_weights_and_after_an_interruption(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records, first, second = tmp_path / "records", tmp_path / "first", tmp_path / "second"
    trained = train_for(60, tiny_run(), records, first, monkeypatch)[-1]
    reports = train_for(30, tiny_run(first), records, second, monkeypatch)
    begun, ended = reports[0], reports[-1]
    assert (begun["step"], ended["step"], ended["samples"]) == (0, 30, 30 * 16)

    # The given weights' own losses, computed without a trainer.
    write_stream(records)
    store = Store(records, CPU, 100)
    store.encode_all(read_autoencoder(first, CPU))
    store.take()
    store.settle()
    torch.manual_seed(0)
    random = validation_losses(MultiViewUViT(TINY), store, CPU, count=4)
    assert begun["validation"] == validation_losses(read_prior(first), store, CPU, count=4)
    for given in ("text", "photo"):
        assert trained["validation"][given] < 0.9 * random[given]  # else nothing could be lost
        assert ended["validation"][given] <= begun["validation"][given] + 1e-3
    assert (second / "autoencoder.safetensors").read_bytes() == (first / "autoencoder.safetensors").read_bytes()

    # The same command again goes on from the state of the last report, not from the given weights.
    again = train_for(5, tiny_run(first), records, second, monkeypatch)[len(reports) :]
    assert [report["step"] for report in again] == [30, 35]
    assert again[0]["validation"] == ended["validation"]


@pytest.mark.slow
def test_a_compiled_run_goes_on_from_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records, first = tmp_path / "records", tmp_path / "first"
    train_for(20, tiny_run(), records, first, monkeypatch)
    plain, compiled = (
        train_for(8, replace(tiny_run(first), compile=compile), records, tmp_path / str(compile), monkeypatch)
        for compile in (False, True)
    )
    assert compiled[0]["validation"] == plain[0]["validation"]  # nothing learned yet: the given weights
    assert (compiled[-1]["step"], compiled[-1]["samples"]) == (8, 8 * 16)
    for given in ("text", "photo"):
        assert compiled[-1]["validation"][given] == pytest.approx(plain[-1]["validation"][given], abs=2e-3)
    again = train_for(2, replace(tiny_run(first), compile=True), records, tmp_path / "True", monkeypatch)
    assert again[len(compiled)]["validation"] == compiled[-1]["validation"]


@pytest.mark.slow
def test_two_processes_train_on_shares_of_the_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records, first, out = tmp_path / "records", tmp_path / "first", tmp_path / "out"
    train_for(5, tiny_run(), records, first, monkeypatch)
    for name in ("a", "b", "c", "d"):  # two for each process
        write_stream(records)
        (records / "0.safetensors").rename(records / f"{name}.safetensors")
    out.mkdir()
    (out / "until").write_text(str(time.time() + 40))
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    options = ["--records", records, "--out", out, "--from-weights", first, "--device", "cpu"]
    numbers = ["--batch", "4", "--first-records", str(8 * OBJECTS), "--report-items", "2"]
    command = [*launch, "-m", "gen4d.data.streamed", "train", *map(str, options), *numbers]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert lines[0]["records"] == 4 * OBJECTS and lines[-1]["samples"] == 4 * lines[-1]["step"] > 0
    assert not list(records.iterdir()) and (out / "done").exists()
    assert read_prior(out).shape == TINY


def test_the_average_of_given_weights_is_not_forgotten() -> None:
    """With the usual start a single step would replace nine tenths of the average."""
    given = MultiViewUViT(TINY)
    trainers = [Trainer(TINY, replace(CONTINUED, average_age=age), CPU) for age in (0, CONTINUED.average_age)]
    moved = []
    for trainer in trainers:
        trainer.start_from(given)
        with torch.no_grad():
            trainer.model.view_embed += 1.0
        trainer.model.zero_grad()
        before = trainer.average["view_embed"].clone()
        assert torch.equal(before, given.view_embed)
        step(trainer)
        moved.append(float((trainer.average["view_embed"] - before).mean()))
    assert moved[0] == pytest.approx(0.9, abs=0.01) and moved[1] == pytest.approx(1 - CONTINUED.ema, abs=1e-4)


def step(trainer: Trainer) -> None:
    """One update that changes next to nothing but the average."""
    from gen4d.prior.modalities import Modalities, Times

    latent = (TINY.latent_channels, TINY.latent_size, TINY.latent_size)
    clean = Modalities(
        torch.zeros(1, 6, *latent),
        torch.zeros(1, *latent),
        torch.zeros(1, TEXT_WIDTH),
        torch.zeros(1, TEXT_TOKENS - 1, TEXT_WIDTH),
        torch.zeros(1, 3),
    )
    half = torch.full((1,), 0.5)
    trainer.update(clean, Times(half[:, None].expand(1, 6), half, half, half), clean, 0.0)


def test_parts_are_small_whole_and_of_one_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = MultiViewUViT(TINY)
    largest = max(value.nbytes for value in network.state_dict().values()) // 2
    monkeypatch.setattr(weights, "MAX_PART", 2 * largest)
    write_parts(network, tmp_path, step=7, samples=70)
    paths = sorted(tmp_path.iterdir())
    assert len(paths) > 3
    assert all(sum(value.nbytes for value in load_file(path).values()) <= 2 * largest for path in paths)
    with safe_open(paths[0], "pt") as opened:
        assert opened.metadata()["step"] == "7"
    for one, other in zip(network.state_dict().values(), read_prior(tmp_path).state_dict().values(), strict=True):
        assert torch.equal(one.to(torch.bfloat16).float(), other)

    joined = join_parts(tmp_path)
    assert read_prior(tmp_path).shape == TINY
    joined.unlink()
    old = paths[1].read_bytes()
    write_parts(network, tmp_path, step=8, samples=80)
    paths[1].write_bytes(old)
    with pytest.raises(CheckpointError, match="different steps"):
        read_prior(tmp_path)
    paths[1].unlink()
    with pytest.raises(CheckpointError, match="not all there"):
        read_prior(tmp_path)
    paths[0].write_bytes(b"12345678")
    with pytest.raises(CheckpointError, match="cannot be loaded"):
        read_prior(tmp_path)
    with pytest.raises(CheckpointError, match="neither"):
        read_prior(tmp_path / "empty")


def test_the_shipped_weights_can_be_continued() -> None:
    from gen4d.prior.weights import weights_folder

    assert read_prior(weights_folder()).shape == UViTShape()
    assert read_autoencoder(weights_folder(), CPU).shape == AutoencoderShape(last_blocks=1)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--width", "64"], "--width, --depth"),
        ([], "autoencoder.safetensors"),
        (["--device", "cpu"], "uvit.safetensors"),
    ],
)
def test_weights_that_do_not_do_are_refused_in_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    more: list[str],
    sentence: str,
) -> None:
    (tmp_path / "until").write_text(str(time.time() + 60))
    start = tmp_path / "start"
    start.mkdir()
    if not more:
        write_parts(MultiViewUViT(TINY), start, step=0, samples=0)
    else:
        write_autoencoder(ViewAutoencoder(AutoencoderShape(8, 8, 8, 4, 1, 1)), start)
    folders = ["--records", str(tmp_path), "--out", str(tmp_path), "--from-weights", str(start)]
    monkeypatch.setattr(sys, "argv", ["streamed", "train", *folders, "--device", "cpu", *more])
    with pytest.raises(SystemExit) as stopped:
        main()
    said = capsys.readouterr().err
    assert stopped.value.code == 2 and sentence in said and len(said.splitlines()) == 1, said
