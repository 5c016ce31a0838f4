"""Joints files: what is read comes back; what is wrong is refused in one sentence."""

import json

import numpy as np
import pytest

from gen4d.errors import InputError
from gen4d.rig.joints_file import read_joints

GOOD = {"names": ["tip", "base"], "parents": [1, -1], "positions": [[0, 1, 0], [0, 0, 0]]}


def _write(tmp_path, content) -> object:
    path = tmp_path / "joints.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_joints_come_back_with_parents_first(tmp_path) -> None:
    joints = read_joints(_write(tmp_path, GOOD))
    assert joints.names == ("base", "tip") and joints.parents.tolist() == [-1, 0]
    assert np.array_equal(joints.positions, [[0, 0, 0], [0, 1, 0]])


def test_parents_may_be_names(tmp_path) -> None:
    assert read_joints(_write(tmp_path, GOOD | {"parents": ["base", -1]})).parents.tolist() == [-1, 0]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"parents": ["elbow", -1]}, "elbow"),
        ({"parents": [5, -1]}, "tip"),
        ({"parents": [1, 0]}, "one joint"),
        ({"parents": [-1, -1]}, "one joint"),
        ({"parents": [0, -1]}, "loop"),
        ({"names": ["a", "a"]}, "own"),
        ({"names": []}, "names"),
        ({"positions": [[0, 0, 0]]}, "positions"),
        ({"positions": [[0, 0, float("nan")], [0, 0, 0]]}, "finite"),
        ({"positions": [["x", 0, 0], [0, 0, 0]]}, "numbers"),
        ({"extra": 1}, "entries"),
        ({"parents": True}, "parents"),
    ],
)
def test_wrong_files_are_refused_in_one_sentence(tmp_path, change, word: str) -> None:
    with pytest.raises(InputError, match=word) as error:
        read_joints(_write(tmp_path, GOOD | change))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"names": 1}'])
def test_other_json_is_refused(tmp_path, text: str) -> None:
    with pytest.raises(InputError):
        read_joints(_write(tmp_path, text))


def test_missing_file_is_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_joints(tmp_path / "nothing.json")
