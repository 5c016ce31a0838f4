"""Reading catalogue models: textures found by name, placed by their coordinates, and never silently white."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gen4d.data.objects import canonical
from gen4d.data.rendering import render_object
from gen4d.data.sources.sweethome3d import captions, load, unpack
from gen4d.errors import InputError

SQUARE = """mtllib box.mtl
v 0 0 0
v 1 0 0
v 1 1 0
v 0 1 0
v 0 0 -0.2
v 1 0 -0.2
v 1 1 -0.2
v 0 1 -0.2
vt 0 1
vt 1 1
vt 1 0
vt 0 0
usemtl painted
f 1/4 2/3 3/2
f 1/4 3/2 4/1
usemtl plain
f 6 5 8
f 6 8 7
"""


def catalogue(folder: Path, obj: str) -> Path:
    """A catalogue of one model: a box whose front carries a picture, left half red, right half blue."""
    folder.mkdir()
    (folder / "box.obj").write_text(obj)
    (folder / "box.mtl").write_text("newmtl painted\nKd 1 1 1\nmap_Kd two.png\n\nnewmtl plain\nKd 0 1 0\n")
    picture = np.zeros((8, 8, 3), np.uint8)
    picture[:, :4], picture[:, 4:] = (200, 20, 20), (20, 20, 200)
    Image.fromarray(picture).save(folder / "two.png")
    return folder


ENTRY = {"id": "Test#box", "name": "Box", "category": "Boxes", "model": "/box.obj", "creator": "nobody"}


def test_textures_lie_where_their_coordinates_say_whatever_their_order(tmp_path) -> None:
    views = render_object(canonical(load(catalogue(tmp_path / "t", SQUARE), ENTRY)), resolution=64)
    front, back = views.albedo[0], views.albedo[2]
    assert front[32, 12].argmax() == 0 and front[32, 52].argmax() == 2  # red on the left, blue on the right
    assert back[32, 32].argmax() == 1


def test_a_texture_that_cannot_be_placed_gives_its_mean_colour(tmp_path) -> None:
    bare = SQUARE.replace("/4", "").replace("/3", "").replace("/2", "").replace("/1", "")
    obj = load(catalogue(tmp_path / "t", "\n".join(line for line in bare.splitlines() if line[:2] != "vt")), ENTRY)
    assert not obj.textures
    painted = obj.corner_colors[obj.vertices[obj.faces][..., 2].min(1) == 0]
    assert np.abs(painted[0, 0] - np.array([110, 20, 110]) / 255).max() < 0.02


def test_tags_that_name_a_collection_are_no_words() -> None:
    said = captions({"name": "Jacket", "tags": "scpts, Blend Swap, clothes"}, "bedroom")
    assert said == ("a jacket", "a jacket, clothes", "a jacket, bedroom")


def test_names_are_what_people_type() -> None:
    said = {
        name: captions({"name": name}, "characters")[0] for name in ("Holding male 2", "Mannequin female", "MP3 base")
    }
    assert [*said.values()] == ["a man holding something", "a mannequin of a woman", "a mp3 base"]
    assert [captions({"name": name}, "")[0] for name in ("Trunck 1", "Chair12", "Tulips")] == [
        "a trunk",
        "a chair",
        "tulips",
    ]


def test_catalogues_unpacked_before_need_no_zips(tmp_path: Path) -> None:
    (tmp_path / "Scopia").mkdir()
    with pytest.raises(InputError, match="no catalogues"):
        unpack(tmp_path, tmp_path)
    (tmp_path / "Scopia" / "PluginFurnitureCatalog.properties").write_text("")
    unpack(tmp_path, tmp_path)
