"""Files that cannot be read are counted and named, and a damaged archive is one sentence."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from gen4d.data import build as building
from gen4d.data.build import build, finished_ids
from gen4d.data.makers import MAKERS
from gen4d.data.objects import made_object
from gen4d.data.open_sources import SourceFiles, open_source
from gen4d.data.records import Rejection
from gen4d.data.sources import sweethome3d
from gen4d.data.summary import rejections, statistics
from gen4d.errors import InputError, OutputError

DAMAGED = (
    b"",
    b"glTF",
    b"hello, I am no model",
    b"glTF" + bytes(8) + b"\x04\x00\x00\x00JSON[1,2",
    b"glTF" + bytes(8) + b"\x02\x00\x00\x00JSON[]" + bytes(8),
)


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_model_is_a_rejection_with_its_reason(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "Thing.glb").write_bytes(content)
    objects = open_source("quaternius", SourceFiles(tmp_path, {"quaternius": tmp_path}))
    (only,) = objects(lambda _: False)
    assert isinstance(only, Rejection) and only.id == "quaternius/pack/Thing"
    assert only.reason.startswith("unreadable: ") and len(only.reason) > len("unreadable: ")
    assert list(objects({"quaternius/pack/Thing"}.__contains__)) == []


def test_what_cannot_be_read_is_in_the_counts_once(tmp_path: Path) -> None:
    good = made_object("quaternius", "quaternius/p/mug", MAKERS["mug"](np.random.default_rng(0)))
    bad = Rejection("quaternius/p/broken", "unreadable: not a binary glTF.")

    def objects(skip):
        return (item for item in (good, bad) if not skip(item.id))

    assert build("quaternius", objects, tmp_path, resolution=32) == {"written": 1, "rejected": 1}
    (tmp_path / "quaternius.done").unlink()  # as if it had been interrupted
    assert build("quaternius", objects, tmp_path, resolution=32) == {"written": 0, "rejected": 0}
    assert finished_ids("quaternius", tmp_path) == {good.id, bad.id}
    assert rejections(tmp_path) == {"quaternius": {"unreadable": 1}}
    assert "rejected: unreadable 1" in statistics(tmp_path)


def test_catalogues_are_unpacked_whole_or_not_at_all(tmp_path: Path) -> None:
    given, cache = tmp_path / "usr", tmp_path / "cache"
    (given / "share").mkdir(parents=True)
    archive = given / "share" / "Some.sh3f"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("PluginFurnitureCatalog.properties", "id#1=Some#chair\nmodel#1=/chair.obj\nname#1=Chair\n")
        opened.writestr("chair.obj", "no model at all")
    sweethome3d.unpack(given, cache)
    (only,) = sweethome3d.iterate(cache)
    assert isinstance(only, Rejection) and only.id == "sweethome3d/Some/chair"

    whole = archive.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole.replace(b"no model", b"NO MODEL"), b""):
        archive.write_bytes(damaged)
        with pytest.raises(InputError, match=r"Some\.sh3f: it is truncated or damaged"):
            sweethome3d.unpack(given, tmp_path / "other")
        assert not list((tmp_path / "other").glob("*"))
    archive.unlink()
    with pytest.raises(InputError, match="no catalogues"):
        sweethome3d.unpack(given, tmp_path / "other")
    sweethome3d.unpack(given, cache)  # what was unpacked before needs no zips


def test_a_full_disk_stops_the_build_and_keeps_finished_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    objects = [made_object("m", f"m/mug/{n}", MAKERS["mug"](np.random.default_rng(n))) for n in range(2)]
    monkeypatch.setattr(building, "SHARD_SIZE", 1)
    build("m", lambda skip: objects[:1], tmp_path, limit=1, resolution=32)
    finished = (tmp_path / "m-0000.safetensors").read_bytes()

    def full(tensors: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(building, "save_file", full)
        with pytest.raises(OutputError, match=r"m-0001: .*No space left"):
            build("m", lambda skip: (o for o in objects if not skip(o.id)), tmp_path, resolution=32)
    assert sorted(path.name for path in tmp_path.glob("*.safetensors")) == ["m-0000.safetensors"]
    assert (tmp_path / "m-0000.safetensors").read_bytes() == finished and not list(tmp_path.glob("*.partial"))
    assert build("m", lambda skip: (o for o in objects if not skip(o.id)), tmp_path, resolution=32)["written"] == 1
