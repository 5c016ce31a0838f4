"""`gen4d data build`: stopped in the middle, without its files, asked for what does not exist."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from program import Gen4d

from gen4d.data import open_sources
from gen4d.data.objects import SourceObject
from gen4d.data.shards import iterate_shards

BUILD = "data build --out shards --views 32 --per-maker 1 --limit 5"


@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_interrupted_goes_on(
    gen4d: Gen4d, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    made = open_sources.made_objects

    def stopped(per_maker: int, skip: open_sources.Skip) -> Iterator[SourceObject]:
        yield from islice(made(per_maker, skip), 4)
        raise KeyboardInterrupt  # ctrl-C after two shards, while the third is prepared

    line = f"{BUILD} --sources makers --workers {workers}"
    monkeypatch.setattr("gen4d.data.build.SHARD_SIZE", 1)
    with monkeypatch.context() as patch:
        patch.setattr(open_sources, "made_objects", stopped)
        outcome = gen4d(line)
    assert outcome.code == 130 and outcome.err.startswith("interrupted; finished shards stay")
    finished = {path.name: path.read_bytes() for path in Path("shards").glob("*.safetensors")}
    assert len(finished) == 3 and not list(Path("shards").glob("*.partial"))

    again = gen4d(line)
    assert again.code == 0 and "makers: 2 written, 0 rejected" in again.out and "minutes: " in again.out
    assert len({stored.record.id for stored in iterate_shards(Path("shards"))}) == 5
    assert all((Path("shards") / name).read_bytes() == content for name, content in finished.items())
    assert "makers: 0 written, 0 rejected" in gen4d(line).out


def test_a_source_without_its_files_is_left_out_and_told(gen4d: Gen4d, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    Path("empty").mkdir()
    outcome = gen4d(f"{BUILD} --sources makers,zeroad,sweethome3d,quaternius --sweethome3d empty")
    assert outcome.code == 1 and "makers: 5 written" in outcome.out
    left_out = outcome.err.splitlines()
    assert [line.split(":")[0] for line in left_out] == ["zeroad", "sweethome3d", "quaternius"]
    assert "apt-get is not here" in left_out[0] and "no catalogues" in left_out[1] and "--quaternius" in left_out[2]


def test_an_unknown_source_is_refused_before_any_work(gen4d: Gen4d) -> None:
    outcome = gen4d("data build --out shards --sources makers,zerad")
    assert outcome.code == 2 and "'zerad'" in outcome.err and not Path("shards").exists()
