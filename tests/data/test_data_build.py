"""The build: what is refused and why, resuming, counting, near-duplicates and splits."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from gen4d.data.build import build, finished_ids, render_record
from gen4d.data.card import dataset_card
from gen4d.data.duplicates import describe, mark_duplicates, near_pairs
from gen4d.data.objects import SourceObject, canonical
from gen4d.data.open_sources import SourceFiles, fetch_debian, made_objects, open_source
from gen4d.data.records import split_of
from gen4d.data.screening import screen_maps, screen_object
from gen4d.data.shards import iterate_shards, read_records
from gen4d.data.show import COLUMNS, write_sheet
from gen4d.data.summary import nouns, rejections, statistics, write_index
from gen4d.errors import ConfigError, InputError


def source(objects: list[SourceObject]):
    return lambda skip: (obj for obj in objects if not skip(obj.id))


@pytest.fixture(scope="module")
def made() -> list[SourceObject]:
    return list(made_objects(1))[:5]


def flat(obj: SourceObject) -> SourceObject:
    """The object squeezed into a sheet."""
    return replace(obj, id="makers/sheet/0000", vertices=obj.vertices * [1, 1, 1e-3])


def test_build_resumes_counts_and_repeats_its_bytes(tmp_path, made: list[SourceObject]) -> None:
    objects = [*made, flat(made[0])]
    assert build("makers", source(objects), tmp_path / "whole") == {"written": 5, "rejected": 1}
    assert build("makers", source(objects), tmp_path / "whole") == {"written": 0, "rejected": 0}
    assert rejections(tmp_path / "whole")["makers"] == {"sheet": 1}
    assert build("makers", source(objects), tmp_path / "parts", limit=3)["written"] == 3
    assert finished_ids("makers", tmp_path / "parts") == {obj.id for obj in objects[:3]}
    assert build("makers", source(objects), tmp_path / "parts") == {"written": 2, "rejected": 1}
    whole, parts = ({s.record.id: s for s in iterate_shards(tmp_path / name)} for name in ("whole", "parts"))
    assert whole.keys() == parts.keys()
    for key, stored in whole.items():
        np.testing.assert_array_equal(stored.maps, parts[key].maps)
        np.testing.assert_array_equal(stored.pictures, parts[key].pictures)


def test_an_interrupted_shard_is_made_again(tmp_path, made: list[SourceObject]) -> None:
    def interrupted(skip):
        yield from source(made[:2])(skip)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build("makers", interrupted, tmp_path)
    assert not list(tmp_path.glob("*.safetensors"))
    assert build("makers", source(made[:2]), tmp_path)["written"] == 2


def test_depth_has_sixteen_bits_and_agrees_with_the_maps(made: list[SourceObject]) -> None:
    rendered = render_record(made[0])
    assert rendered.depth.dtype == np.uint16
    assert np.abs(rendered.depth / 257.0 - rendered.maps[..., 4]).max() <= 0.51


def test_a_damaged_shard_is_named(tmp_path, made: list[SourceObject]) -> None:
    build("makers", source(made[:1]), tmp_path)
    path = tmp_path / "makers-0000.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputError, match="makers-0000"):
        list(iterate_shards(tmp_path))


def test_refusals_say_why(made: list[SourceObject]) -> None:
    with pytest.raises(InputError, match=r"^sheet"):
        screen_object(canonical(flat(made[0])))
    scene = np.zeros((6, 128, 128, 8), np.uint8)
    scene[..., :3] = (200, 30, 30)
    for row, column in ((10, 10), (10, 90), (90, 10), (90, 90)):
        scene[:, row : row + 20, column : column + 20, 3] = 255
    with pytest.raises(InputError, match=r"^scene"):
        screen_maps(made[0], scene)
    one = scene.copy()
    one[:, 10:110, 10:110, 3] = 255
    screen_maps(made[0], one)
    one[..., :3] = 128
    refused = 0
    for number in range(200):
        try:
            screen_maps(replace(made[0], id=f"grey/{number}"), one)
        except InputError:
            refused += 1
    assert 120 < refused < 160  # about seven in ten


def test_near_duplicates_are_dropped_and_alike_ones_share_a_split(tmp_path, made: list[SourceObject]) -> None:
    twin = replace(made[1], id="makers/zz_twin/0000", variant_of="makers/zz_twin/0000")
    slim = replace(made[1], id="makers/zy_slim/0000", variant_of="", vertices=made[1].vertices * [0.9, 1, 1])
    build("makers", source([*made, twin, slim]), tmp_path)
    counts = mark_duplicates(tmp_path)
    kept = {record.id: record for record in read_records(tmp_path)}
    assert twin.id not in kept and made[1].id in kept and counts["dropped"] >= 1
    pair = json.loads((tmp_path / "duplicates.json").read_text())[0]
    assert pair == {"kept": made[1].id, "dropped": twin.id, "distance": 0.0}
    assert kept[slim.id].group == kept[made[1].id].group  # alike, not the same: kept, in one split
    assert all(record.split == split_of(record.group) for record in kept.values())
    assert mark_duplicates(tmp_path)["moved"] == 0


def test_descriptors_tell_different_objects_apart(made: list[SourceObject]) -> None:
    maps = np.stack([render_record(obj).maps for obj in made])
    assert near_pairs(describe(maps)) == []
    assert near_pairs(describe(np.concatenate([maps, maps[2:3]])))[0][:2] == (2, 5)


def test_counts_sheet_and_index(tmp_path, made: list[SourceObject]) -> None:
    build("makers", source([*made, flat(made[0])]), tmp_path)
    index = json.loads(write_index(tmp_path).read_text())
    assert index["shards"][0]["objects"] == 5 and len(index["shards"][0]["sha256"]) == 64
    text = statistics(tmp_path)
    assert "objects: 5" in text and "sheet 1" in text and "Apache-2.0 5" in text
    page = write_sheet(tmp_path, tmp_path / "show").read_text()
    assert page.count("<figure>") == 5 and made[0].captions[0] in page
    assert len(list((tmp_path / "show" / "pictures").glob("*.jpg"))) == 5
    few = [write_sheet(tmp_path, tmp_path / name, 2).read_text() for name in ("one", "two")]
    assert few[0] == few[1] and few[0].count("<figure>") == 2
    assert Image.open(tmp_path / "one" / "sheet.png").size == (COLUMNS * 5 * 128, 128)


def test_nouns_are_the_heads_of_short_captions(made: list[SourceObject]) -> None:
    record = render_record(made[0]).record
    named = nouns([replace(record, captions=("a red sports car", "a chair with arms", "a car, vehicle"))])
    assert named == {"car": 1, "chair": 1}


def test_sources_that_cannot_be_opened_say_so(tmp_path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        open_source("nowhere", SourceFiles(tmp_path))
    with pytest.raises(InputError, match="--quaternius"):
        open_source("quaternius", SourceFiles(tmp_path))
    with pytest.raises(InputError, match="no Quaternius packs"):
        next(open_source("quaternius", SourceFiles(tmp_path, {"quaternius": tmp_path}))(lambda _: False))


def test_a_package_that_no_registry_has_is_one_sentence(tmp_path, monkeypatch) -> None:
    for program, answer in (("apt-get", "exit 100"), ("dpkg-deb", "exit 2")):
        path = tmp_path / program
        path.write_text(f"#!/bin/sh\necho 'E: no such package' >&2\n{answer}\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(InputError, match="no such package"):
        fetch_debian("nothing", tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("*partial*"))


def test_the_card_counts_what_the_shards_hold(tmp_path, made: list[SourceObject]) -> None:
    borrowed = replace(made[1], licence="CC-BY-3.0", author="A. Maker")
    build("makers", source([made[0], borrowed, flat(made[0])]), tmp_path)
    card = dataset_card(tmp_path)
    assert "| makers | 2 | 0 | 0 | sheet 1 | Apache-2.0 1, CC-BY-3.0 1 |" in card
    assert "- A. Maker: 1 objects of makers, CC-BY-3.0" in card
