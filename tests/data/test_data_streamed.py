"""Streamed training: files of records, how a store draws, what a renderer chooses, and a tiny run from end to end."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from gen4d.data.makers import MAKERS
from gen4d.data.streamed.files import PHOTOS, RecordFile, Row, read_records, write_records
from gen4d.data.streamed.render import choose
from gen4d.data.streamed.store import Store
from gen4d.data.streamed.train_prior import StreamedRun, seconds_left, train_streamed
from gen4d.errors import InputError
from gen4d.prior.autoencoder import AutoencoderShape, ViewAutoencoder
from gen4d.prior.modalities import PLANS
from gen4d.prior.text import TEXT_TOKENS, TEXT_WIDTH
from gen4d.prior.train import PriorTraining
from gen4d.prior.uvit import UViTShape

PLAN = {name: row for row, (name, _) in enumerate(PLANS)}
NEEDED = "torch numpy safetensors scipy numba kornia PIL tokenizers"
NOT_NEEDED = ("pydantic", "trimesh", "typer", "rich", "fast_simplification", "skimage", "cv2", "xatlas", "DracoPy")


def record_file(names: list[str], sources: list[str], splits: list[str], size: int = 8) -> RecordFile:
    """Random pixels; the front of record i has the value i everywhere, so that it can be told from the others."""
    count, texts = len(names), sorted(set(names))
    g = torch.Generator().manual_seed(0)
    maps = torch.randint(256, (count, 6, size, size, 8), generator=g, dtype=torch.uint8)
    tokens = torch.zeros(len(texts), TEXT_TOKENS, TEXT_WIDTH, dtype=torch.float16)
    tokens += torch.arange(len(texts))[:, None, None]
    rows = [
        Row(captions=[texts.index(name)], name=name, source=source, split=split)
        for name, source, split in zip(names, sources, splits, strict=True)
    ]
    poses = torch.arange(count).float()[:, None, None].expand(-1, PHOTOS, 2).contiguous() / 10
    photos = torch.randint(256, (count, PHOTOS, size, size, 4), generator=g, dtype=torch.uint8)
    return RecordFile(maps, photos, poses, tokens, texts, rows)


def test_files_come_back_as_they_were(tmp_path: Path) -> None:
    records = record_file(["a", "b", "a"], ["x", "y", "x"], ["train", "train", "validation"])
    write_records(records, tmp_path / "one.safetensors")
    again = read_records(tmp_path / "one.safetensors")
    assert (again.rows, again.texts) == (records.rows, records.texts)
    for name in ("maps", "photos", "poses", "tokens"):
        assert torch.equal(getattr(again, name), getattr(records, name)), name
    assert [path.name for path in tmp_path.iterdir()] == ["one.safetensors"]


def test_a_store_draws_by_rarity_source_and_split(tmp_path: Path) -> None:
    # Record 0 has a name of its own; 1 to 4 share one; 5 a maker made; 6 is an assemblage; 7 is held back.
    names = ["rare", "rock", "rock", "rock", "rock", "made", "abstract shape", "held"]
    sources = ["packs"] * 5 + ["makers", "assemblage", "packs"]
    write_records(record_file(names, sources, ["train"] * 7 + ["validation"]), tmp_path / "one.safetensors")
    store = Store(tmp_path, torch.device("cpu"), 100)
    assert store.take() == 8 and not list(tmp_path.iterdir())
    store.encode_all(ViewAutoencoder(AutoencoderShape(8, 8, 8, 4, 1, 1)))
    store.settle()

    def shares(plan: str) -> torch.Tensor:
        count = 40_000
        drawn = store.draw("train", torch.full((count,), PLAN[plan]), torch.Generator().manual_seed(3))
        record = (torch.atan2(drawn.pose[:, 0], drawn.pose[:, 1]) * 10).round().long()
        return record.bincount(minlength=8) / count

    words = torch.tensor([1, 0.5, 0.5, 0.5, 0.5, 3, 0, 0])
    photo = torch.tensor([1, *[0.5**0.5] * 4, 1, 0.7, 0])
    assert (shares("text") - words / words.sum()).abs().max() < 0.01
    assert (shares("photo") - photo / photo.sum()).abs().max() < 0.01
    held = store.draw("validation", torch.zeros(5, dtype=torch.long), torch.Generator().manual_seed(0))
    assert torch.equal(held.sentence, torch.full((5, TEXT_WIDTH), float(sorted(set(names)).index("held"))))


def test_words_and_latents_drawn_belong_to_one_record(tmp_path: Path) -> None:
    records = record_file(["a", "b", "c"], ["x"] * 3, ["train"] * 3)
    write_records(records, tmp_path / "one.safetensors")
    store = Store(tmp_path, torch.device("cpu"), 100)
    store.take()
    model = ViewAutoencoder(AutoencoderShape(8, 8, 8, 4, 1, 1))
    store.encode_all(model)
    store.settle()
    drawn = store.draw("train", torch.full((20,), PLAN["photo+text"]), torch.Generator().manual_seed(0))
    number = drawn.sentence[:, 0].long()  # the texts are numbered as the records are
    with torch.no_grad():
        true = model.encode(records.maps[number].flatten(0, 1).permute(0, 3, 1, 2).float() / 127.5 - 1)
    assert (drawn.views.flatten(0, 1) - true).abs().max() <= 0.1 + 1e-5  # half a step of the bytes


def test_pixels_are_as_many_as_asked_for_and_some_are_photos(tmp_path: Path) -> None:
    for number in range(3):
        write_records(record_file(["a"] * 4, ["x"] * 4, ["train"] * 4), tmp_path / f"{number}.safetensors")
    store = Store(tmp_path, torch.device("cpu"), 100)
    store.take()
    maps = store.pixels(301, torch.Generator().manual_seed(0))
    assert maps.shape == (301, 8, 8, 8)
    unknown = (maps[:, 4:] - (128 / 127.5 - 1)).abs().amax((1, 2, 3)) < 1e-6
    assert 0.08 < float(unknown.float().mean()) < 0.22


def test_a_full_store_leaves_files_where_they_are(tmp_path: Path) -> None:
    for number in range(3):
        write_records(record_file(["a"] * 4, ["x"] * 4, ["train"] * 4), tmp_path / f"{number}.safetensors")
    assert Store(tmp_path, torch.device("cpu"), 8).take() == 8
    assert len(list(tmp_path.iterdir())) == 1


def test_jobs_go_once_through_the_collection_before_there_are_variants() -> None:
    things = [choose(6, [], {}, seed)[0] for seed in range(7)]  # any seven objects
    seen = {}
    for job in range(40):
        obj, turn = choose(job, things, {}, 1)
        if job % 10 < 6:
            seen.setdefault(turn, []).append(obj.id)
    assert sorted(seen[0]) == sorted(obj.id for obj in things) == sorted(seen[1])
    again = choose(13, things, {}, 1)[0]
    assert (
        again.id == choose(13, things, {}, 1)[0].id and (again.vertices == choose(13, things, {}, 1)[0].vertices).all()
    )
    assert choose(6, things, {}, 1)[0].source == "makers" and choose(8, things, {}, 1)[0].source == "assemblage"
    assert choose(6, things, {}, 1)[0].id.split("/")[1] in MAKERS


def test_validation_objects_are_never_varied() -> None:
    things = [choose(6, [], {}, seed)[0] for seed in range(2)]
    splits = dict.fromkeys((obj.id for obj in things), "validation")
    obj, turn = choose(12, things, splits, 1)
    assert turn == 4 and any(obj is thing for thing in things)


def test_a_run_without_an_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="until"):
        train_streamed(StreamedRun(), tmp_path, tmp_path, torch.device("cpu"))
    (tmp_path / "until").write_text("soon")
    with pytest.raises(InputError, match="until"):
        seconds_left(tmp_path)
    (tmp_path / "until").write_text(str(time.time() + 100))
    assert 90 < seconds_left(tmp_path) < 100


def test_the_program_needs_few_packages() -> None:
    """A machine that is lent for minutes has torch and little else."""
    code = f"""
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {NOT_NEEDED!r}:
            raise ImportError(name)
sys.meta_path.insert(0, Blocked())
sys.argv = ["streamed", "--help"]
import runpy; runpy.run_module("gen4d.data.streamed", run_name="__main__")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    assert "render" in done.stdout and "bench" in done.stdout


@pytest.mark.slow
def test_a_tiny_run_from_rendering_to_weights(tmp_path: Path) -> None:
    records, out = tmp_path / "records", tmp_path / "run"
    command = ["render", "--out", str(records), "--worker", "6", "--workers", "1", "--records", "8", "--files", "2"]
    subprocess.run([sys.executable, "-m", "gen4d.data.streamed", *command], check=True)
    for path in records.iterdir():  # so few objects may all be of one split
        stored = read_records(path)
        stored.rows[0]["split"], stored.rows[1]["split"] = "validation", "train"
        write_records(stored, path)
    out.mkdir()
    (out / "until").write_text(str(time.time() + 60))
    tiny = StreamedRun(
        first_records=16,
        autoencoder=AutoencoderShape(8, 8, 8, 4, 1, 1),
        autoencoder_minutes=0.2,
        autoencoder_batch=8,
        uvit=UViTShape(width=32, depth=2, heads=2, patch=4, latent_channels=4),
        prior=PriorTraining(batch=4, warmup=5),
        report_seconds=1000,
    )
    train_streamed(tiny, records, out, torch.device("cpu"))
    log = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert any("gates" in line for line in log) and "validation" in log[-1]
    assert log[-1]["samples"] == 4 * log[-1]["step"] > 0
    names = {path.name for path in out.iterdir()}
    made = {"log.jsonl", "autoencoder.safetensors", "uvit-0.safetensors", "state.safetensors", "sheet.jpg"}
    assert names == {"until", "done"} | made
