"""0 A.D. files written here by hand, read back: formats, poses, variants, props, colours, and the exclusion list."""

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gen4d.data.records import Rejection
from gen4d.data.sources import zeroad
from gen4d.data.sources.zeroad import cut_at_ground
from gen4d.data.sources.zeroad_formats import parse_pmd, parse_psa, parse_skeletons, skin_vertices
from gen4d.data.sources.zeroad_labels import Template, is_held_out, label
from gen4d.errors import InputError

HALF = np.sqrt(0.5)
IDENTITY = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
TRIANGLE = [(0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 2.0)]  # left-handed, as the files are


def pmd(vertices=TRIANGLE, rest=(), bones=None, points=(("root", IDENTITY, 255),), version=4) -> bytes:
    """One mesh of separate triangles, u = x and v = y; each vertex hangs on one bone."""
    body = struct.pack("<II", len(vertices), 1)
    for i, (x, y, z) in enumerate(vertices):
        bone = 255 if bones is None else bones[i]
        weight = 0.0 if bones is None else 1.0
        body += struct.pack("<8f4B4f", x, y, z, 0, 1, 0, x, y, bone, 255, 255, 255, weight, 0, 0, 0)
    body += struct.pack("<I", len(vertices) // 3) + np.arange(len(vertices), dtype="<u2").tobytes()
    body += struct.pack("<I", len(rest)) + b"".join(struct.pack("<7f", *state) for state in rest)
    body += struct.pack("<I", len(points))
    for name, state, bone in points:
        body += struct.pack("<I", len(name)) + name.encode() + struct.pack("<7fB", *state, bone)
    return b"PSMD" + struct.pack("<II", version, len(body)) + body


def psa(frames) -> bytes:
    """One animation from states (frames, bones, 7)."""
    states = np.asarray(frames, "<f4")
    body = struct.pack("<IfII", 0, 40.0, states.shape[1], states.shape[0]) + states.tobytes()
    return b"PSSA" + struct.pack("<II", 1, len(body)) + body


def dds(rgba: tuple[int, int, int, int]) -> bytes:
    stream = io.BytesIO()
    Image.new("RGBA", (4, 4), rgba).save(stream, "DDS")
    return stream.getvalue()


def actor(mesh: str, texture: str, material: str = "plain.xml", extra: str = "") -> str:
    return (
        f'<actor><group><variant frequency="1"><mesh>{mesh}</mesh><textures><texture file="{texture}" name="baseTex"/>'
        f"</textures>{extra}</variant></group><material>{material}</material></actor>"
    )


def template(actor_path: str, name: str, parent: str = "") -> str:
    return (
        f'<Entity parent="{parent}"><Identity><GenericName>{name}</GenericName></Identity>'
        f"<VisualActor><Actor>{actor_path}</Actor></VisualActor></Entity>"
    )


@pytest.fixture
def game(tmp_path: Path) -> Path:
    """A zip with a bear whose one bone moves, a tiger, and a gate that carries a lamp and reaches underground."""
    turned = (0.0, 1.0, 0.0, 0.0, HALF, 0.0, HALF)
    props = '<props><prop actor="lamp.xml" attachpoint="top"/><prop actor="none.xml" attachpoint="missing"/></props>'
    idle = '<animations><animation file="idle.dae" name="Idle"/></animations>'
    files: dict[str, str | bytes] = {
        "simulation/templates/gaia/fauna_bear_brown.xml": template("fauna/bear.xml", "Brown Bear"),
        "simulation/templates/gaia/fauna_tiger.xml": template("fauna/bear.xml", "Tiger"),
        "simulation/templates/gaia/fauna_lion.xml": template("fauna/tiger_old.xml", "Lion"),
        "simulation/templates/structures/rome/wall_gate.xml": template("gate.xml", "Gate", "lit|base"),
        "simulation/templates/structures/rome/field.xml": template("gate2.xml", "Field"),
        "simulation/templates/mixins/lit.xml": "<Entity/>",
        "simulation/templates/base.xml": "<Entity><Identity><Civ>rome</Civ></Identity></Entity>",
        "art/actors/fauna/bear.xml": actor("bear.dae", "fur.png", extra=idle),
        "art/actors/fauna/tiger_old.xml": actor("bear.dae", "fur.png"),
        "art/actors/gate.xml": actor("gate.dae", "cloth.png", "player.xml", props),
        "art/actors/gate2.xml": actor("gate.dae", "cloth.png"),
        "art/actors/lamp.xml": actor("lamp.dae", "fur.png"),
        "art/materials/plain.xml": "<material/>",
        "art/materials/player.xml": '<material><define name="USE_PLAYERCOLOR" value="1"/></material>',
        "art/meshes/bear.dae.cached.pmd": pmd(rest=[IDENTITY], bones=[0, 0, 0]),
        "art/animation/idle.dae.cached.psa": psa([[turned], [IDENTITY]]),
        "art/meshes/gate.dae.cached.pmd": pmd(
            [(0, -1, 0), (4, 3, 0), (0, 3, 0)], points=[("top", (5, 5, 5, 0, 0, 0, 1), 255)]
        ),
        "art/meshes/lamp.dae.cached.pmd": pmd(),
        "art/textures/skins/fur.png.cached.dds": dds((200, 100, 50, 0)),
        "art/textures/skins/cloth.png.cached.dds": dds((255, 255, 255, 0)),
    }
    with zipfile.ZipFile(tmp_path / "public.zip", "w") as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return tmp_path


def test_a_mesh_becomes_right_handed_with_its_outside_kept() -> None:
    mesh = parse_pmd(pmd())
    np.testing.assert_allclose(mesh.vertices, [(0, 0, 0), (1, 0, 0), (0, 1, -2)])
    np.testing.assert_allclose(mesh.uv, [(0, 1), (1, 1), (0, 0)])  # v counts from the top
    left = np.array(TRIANGLE)
    outside = -np.cross(left[1] - left[0], left[2] - left[0]) * [1, 1, -1]  # clockwise there, then mirrored
    a, b, c = mesh.vertices[mesh.faces[0]]
    np.testing.assert_allclose(np.cross(b - a, c - a), outside)


state = st.tuples(*[st.floats(-3, 3, width=32)] * 3, *[st.floats(-1, 1, width=32)] * 4).filter(
    lambda s: np.linalg.norm(s[3:]) > 0.1
)


@settings(max_examples=30, deadline=None)
@given(st.lists(state, min_size=1, max_size=4), st.data())
def test_the_rest_pose_gives_the_mesh_back(rest, data) -> None:
    bones = data.draw(st.lists(st.integers(0, len(rest) - 1), min_size=3, max_size=3))
    mesh = parse_pmd(pmd(rest=rest, bones=bones))
    np.testing.assert_allclose(skin_vertices(mesh, mesh.rest), mesh.vertices, atol=1e-6)
    rigid = mesh.rest[:, :3, :3]
    np.testing.assert_allclose(rigid @ rigid.transpose(0, 2, 1), np.broadcast_to(np.eye(3), rigid.shape), atol=1e-6)
    np.testing.assert_allclose(np.linalg.det(rigid), 1, atol=1e-6)


def test_a_bone_turns_its_vertices_as_the_game_does() -> None:
    clip = parse_psa(psa([[(0, 1, 0, 0, HALF, 0, HALF)]]))  # a quarter turn about +Y, left-handed, and 1 up
    mesh = parse_pmd(pmd([(1, 0, 0), (0, 0, 1), (0, 0, 0)], rest=[IDENTITY], bones=[0, 0, 0]))
    # In the file's own axes the quaternion takes x to -z and z to x; z is then negated.
    np.testing.assert_allclose(skin_vertices(mesh, clip.frames[0]), [(0, 1, 1), (1, 1, 0), (0, 1, 0)], atol=1e-6)
    assert clip.frame_seconds == pytest.approx(0.04)


@pytest.mark.parametrize("data", [b"", b"PSMD", pmd()[:-5], b"XXXX" + pmd()[4:], pmd(version=3)])
def test_a_damaged_mesh_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        parse_pmd(data)
    with pytest.raises(InputError):
        parse_psa(data)


def test_bones_are_numbered_in_document_order() -> None:
    text = (
        b'<skeletons><standard_skeleton id="x"><bone name="hip"><bone name="a"><bone name="b"/></bone><bone name="c"/>'
    )
    (tree,) = parse_skeletons(text + b'</bone><bone name="d"/></standard_skeleton></skeletons>')
    assert tree.names == ("hip", "a", "b", "c", "d")
    assert tree.parents == (-1, 0, 1, 0, -1)


def test_held_out_animals_are_refused_by_id_actor_and_part(game: Path) -> None:
    ids = [obj.id for obj in zeroad.iterate(game)]
    assert ids == ["zeroad/gaia/fauna_bear_brown", "zeroad/structures/rome/wall_gate"]
    assert all(
        is_held_out([f"units/x/{name}_rider.xml"]) for name in ("tiger", "giraffe", "camel", "crocodile", "Peacock")
    )
    assert not is_held_out(["fauna/zebra.xml"])


def test_an_animal_stands_as_in_the_first_frame_of_its_idle_clip(game: Path) -> None:
    bear = next(zeroad.iterate(game))
    np.testing.assert_allclose(bear.vertices, [(0, 1, 0), (0, 1, 1), (2, 2, 0)], atol=1e-6)
    assert bear.captions == ("a bear", "a brown bear")
    assert (bear.category, bear.plan) == ("animal", "quadruped")
    assert bear.textures[0][0, 0].tolist() == [200, 100, 50, 255]  # the material does not use alpha


def test_a_building_carries_its_props_wears_the_players_colour_and_ends_at_the_ground(game: Path) -> None:
    gate = list(zeroad.iterate(game))[1]
    used = gate.vertices[np.unique(gate.faces)]
    np.testing.assert_allclose(used.min(0), [0, 0, -7])  # the lamp reaches to z = -(5 + 2)
    np.testing.assert_allclose(used.max(0), [6, 6, 0])
    dye = gate.textures[0][0, 0]
    assert dye[3] == 255
    assert any(np.allclose(dye[:3] / 255, color, atol=0.01) for color in zeroad.DYES)
    assert "a roman gate" in gate.captions


def test_what_is_cut_at_the_ground_keeps_its_area_and_texture_above_it() -> None:
    vertices = np.array([(0, -1, 0), (2, 1, 0), (0, 1, 0), (0, -3, 0), (1, -3, 0), (0, -2, 0)], float)
    uv = vertices.reshape(2, 3, 3)[..., :2].astype(np.float32)  # u = x, v = y
    whole = {
        "vertices": vertices, "faces": np.arange(6).reshape(2, 3), "corner_uv": uv,
        "corner_colors": np.ones((2, 3, 3), np.float32), "texture_index": np.array([0, 1]), "textures": (),
    }  # fmt: skip
    cut = cut_at_ground(whole)
    a, b, c = np.moveaxis(cut["vertices"][cut["faces"]], 1, 0)
    normals = np.cross(b - a, c - a) / 2
    assert normals[:, 2].sum() == pytest.approx(2 - 0.5)  # the tip below the ground has area 1/2
    assert (normals[:, 2] > 0).all()
    assert set(cut["texture_index"].tolist()) == {0}
    np.testing.assert_allclose(cut["corner_uv"], cut["vertices"][cut["faces"]][..., :2], atol=1e-6)


def test_skipped_ids_are_not_made(game: Path) -> None:
    assert [obj.id for obj in zeroad.iterate(game, lambda name: "bear" in name)] == ["zeroad/structures/rome/wall_gate"]


def test_a_folder_without_the_game_and_a_broken_zip_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"public\.zip"):
        next(zeroad.iterate(tmp_path))
    (tmp_path / "public.zip").write_bytes(b"not a zip")
    with pytest.raises(InputError, match="not a zip"):
        next(zeroad.iterate(tmp_path))


def test_in_a_damaged_zip_every_entity_is_made_or_rejected_with_a_reason(game: Path) -> None:
    """Whatever byte is wrong: the zip is refused in a sentence, or what it hits is counted and the rest is made."""
    archive = game / "public.zip"
    with zipfile.ZipFile(archive) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    whole = archive.read_bytes()
    expected = {obj.id for obj in zeroad.iterate(game)}
    rejected = refused = 0
    for place in range(0, len(whole), 23):
        archive.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            found = list(zeroad.iterate(game))
        except InputError:
            refused += 1
            continue
        reasons = [item.reason for item in found if isinstance(item, Rejection)]
        assert all(reason.startswith("unreadable: ") for reason in reasons)
        assert expected <= {item.id for item in found} or reasons or place > len(whole) * 0.6  # names are at the end
        rejected += bool(reasons)
    assert rejected > 20 and refused > 0
    archive.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cut off"):
        next(zeroad.iterate(game))


def test_words_say_what_is_carried() -> None:
    unit = Template("units/rome/infantry_swordsman_b", "x.xml", "roman swordsman", "hastatus", "rome")
    parts = ["units/romans/x.xml", "props/units/weapons/gladius.xml", "props/units/shields/scutum.xml"]
    words = label(unit, parts)
    assert words is not None
    assert words.captions[0] == "a roman soldier"
    assert "a roman soldier with a sword and a shield" in words.captions
    bare = label(unit, parts[:1])
    assert bare is not None
    assert not any("with" in caption for caption in bare.captions)
    cap = label(unit, [*parts[:1], "props/units/helmets/celt_cavalry.xml"])
    assert cap is not None
    assert cap.category == "soldier"  # what a rider wears does not make him one
    assert label(Template("structures/rome/wall_long", "x.xml", "wall", "", "rome"), []) is None
