"""Augmentations of the training archive against what rendering the changed object gives."""

import numpy as np
import pytest
import torch

from gen4d.data.archive import build_archive, cut_out, mirrored, photo_maps, turn_hue
from gen4d.data.build import build, render_record
from gen4d.data.captions import color_words, with_colors
from gen4d.data.objects import SourceObject, canonical
from gen4d.data.open_sources import made_objects
from gen4d.data.records import split_of
from gen4d.data.rendering import cutout_share, pack, render_object
from gen4d.data.shards import iterate_shards
from gen4d.data.sources.quaternius import label
from gen4d.data.sources.sweethome3d import is_held_out
from gen4d.errors import CheckpointError, InputError
from gen4d.prior.archive import LATENT_STEP, TEXT_STEP, Archive, pack_codes, unpack_codes
from gen4d.prior.autoencoder import AutoencoderShape, ViewAutoencoder
from gen4d.prior.text import MiniLmEncoder
from gen4d.prior.train_autoencoder import to_maps


def lopsided(scale: float = 1.0) -> SourceObject:
    """A red wedge with no symmetry at all."""
    vertices = scale * np.array([[0, 0, 0], [1, 0, 0.2], [0.1, 0.7, 0], [0.2, 0.1, 0.5]], float)
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    return SourceObject(
        id="test/wedge",
        source="test",
        licence="CC0-1.0",
        author="nobody",
        captions=("a wedge",),
        category="",
        plan="prop",
        vertices=vertices,
        faces=faces,
        corner_colors=np.tile(np.array([0.8, 0.1, 0.1], np.float32), (4, 3, 1)),
        corner_uv=np.zeros((4, 3, 2), np.float32),
        texture_index=np.full(4, -1),
    )


def test_mirrored_maps_are_the_maps_of_the_mirrored_object() -> None:
    wedge = lopsided()
    flipped = SourceObject(
        **{**wedge.__dict__, "vertices": wedge.vertices * [-1, 1, 1], "faces": wedge.faces[:, ::-1].copy()}
    )
    expected = pack(render_object(canonical(flipped))).astype(int)
    got = mirrored(pack(render_object(canonical(wedge)))).astype(int)
    assert (np.abs(got - expected) <= 1).mean() > 0.999  # rounding of edges and of the normal's sign


def test_canonical_ignores_scale_and_place() -> None:
    small, large = lopsided(), lopsided(40.0)
    large = SourceObject(**{**large.__dict__, "vertices": large.vertices + np.array([3, -5, 9])})
    np.testing.assert_allclose(canonical(small).vertices, canonical(large).vertices, atol=1e-9)
    assert np.ptp(canonical(small).vertices, axis=0).max() == pytest.approx(1.0)


def test_objects_nobody_can_see_are_refused() -> None:
    needle = SourceObject(**{**lopsided().__dict__, "vertices": lopsided().vertices * [1, 1e-6, 1e-6]})
    with pytest.raises(InputError, match="test/wedge"):
        render_record(needle)


def test_share_of_cut_out_faces_counts_only_textures_with_holes() -> None:
    solid, holed = np.full((4, 4, 4), 255, np.uint8), np.full((4, 4, 4), 255, np.uint8)
    holed[:2, ..., 3] = 0
    fields = lopsided().__dict__ | {"textures": (solid, holed), "texture_index": np.array([-1, 0, 1, 1])}
    assert cutout_share(SourceObject(**fields)) == 0.5
    assert cutout_share(lopsided()) == 0


def test_colour_words_name_what_is_seen() -> None:
    maps = pack(render_object(canonical(lopsided())))
    assert color_words(maps) == ("red",)
    turned = np.concatenate([turn_hue(maps[..., :3], 1 / 3), maps[..., 3:]], -1)
    assert color_words(turned) != ("red",)
    assert np.abs(turn_hue(maps[..., :3], 1.0).astype(int) - maps[..., :3]).max() <= 1


def test_captions_take_colours_once() -> None:
    assert with_colors("a chair", ("red", "black")) == ("a red chair", "a red and black chair")
    assert with_colors("rocks", ("orange",)) == ("orange rocks",)
    assert with_colors("a red chair", ("red",)) == ()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("BirchTree_Snow_2", "snow birch tree"),
        ("Bathroom_WashingMachine", "washing machine"),
        ("Horse_White", "white horse"),
        ("Watermelon_Crop", "watermelon"),
        ("Mech_FernandoTheFlamingo-transformed", "flamingo mech"),
        ("2Story_Slim", "slim two-story building"),
        ("Enemy_2Legs_Gun", "two-legged gun enemy"),
        ("Kitchen_3Drawers", "three drawers"),
        ("Character_HumanoidRig", "character"),
        ("Stock_SMG_1", "submachine gun stock"),
        ("Couch_L", "l-shaped couch"),
        ("1Story_GableRoof_Mat", "one-story building with a gable roof"),
    ],
)
def test_file_names_become_words(name: str, words: str) -> None:
    assert label(name) == words


def test_held_out_objects_are_refused_by_id() -> None:
    assert is_held_out("BlendSwap-CC-0", {"model": "/contributions/hamburger/hamburger.obj", "id": "x#y"})
    assert is_held_out("Scopia", {"model": "/scopia/bus/bus.obj", "id": "Scopia#bus"})
    assert not is_held_out("KatorLegaz", {"model": "/kator/bus/bus.obj", "id": "Kator#bus"})


def test_split_is_a_fixed_twentieth() -> None:
    splits = [split_of(f"object {i}") for i in range(4000)]
    assert 0.04 < splits.count("validation") / 4000 < 0.06
    assert splits == [split_of(f"object {i}") for i in range(4000)]


def test_archive_gives_back_what_was_encoded(tmp_path) -> None:
    objects = list(made_objects(1))[:6]
    build("makers", lambda skip: (o for o in objects if not skip(o.id)), tmp_path)
    torch.manual_seed(0)
    autoencoder = ViewAutoencoder(AutoencoderShape(fine_width=8, coarse_width=8)).eval()
    encoder, out = MiniLmEncoder(), tmp_path / "archive.safetensors"
    counts = build_archive(tmp_path, autoencoder, encoder, out, variants=2, photos=3)
    assert counts["items"] == 12 and abs(counts["file"] - out.stat().st_size / 2**20) < 0.06
    opened = Archive(out, torch.device("cpu"))
    stored = next(iterate_shards(tmp_path))
    with torch.no_grad():
        expected = autoencoder.encode(to_maps(stored.maps))
    assert (opened.latents_of(torch.tensor([0]))[0] - expected).abs().max() <= LATENT_STEP * 0.51
    np.testing.assert_allclose(opened.poses[0], stored.cameras[:3, :2], atol=1e-3)
    np.testing.assert_allclose(opened.poses[1], stored.cameras[3:6, :2] * [-1, 1], atol=2e-3)  # the mirror image
    number = opened.captions.index(objects[0].captions[0])
    tokens = encoder.encode([objects[0].captions[0]]).tokens
    difference = (opened.text_of(torch.tensor([number])) - tokens).abs()
    assert difference[tokens.abs() < 6].max() <= TEXT_STEP * 0.51
    drawn = opened.draw("train", torch.zeros(4, dtype=torch.long), torch.Generator().manual_seed(0))
    channels = autoencoder.shape.latent_channels
    assert drawn.views.shape == (4, 6, channels, 16, 16) and drawn.photo.shape == (4, channels, 16, 16)
    assert drawn.pose.shape == (4, 3) and drawn.sentence.abs().sum(1).all()


def test_a_part_of_the_objects_tells_the_size_of_the_whole(tmp_path) -> None:
    objects = [o for o in made_objects(3) if "mug" in o.id or "rocket" in o.id or "chair" in o.id]
    build("makers", lambda skip: (o for o in objects if not skip(o.id)), tmp_path)
    torch.manual_seed(0)
    autoencoder = ViewAutoencoder(AutoencoderShape(fine_width=8, coarse_width=8)).eval()
    out = tmp_path / "archive.safetensors"
    part = build_archive(tmp_path, autoencoder, MiniLmEncoder(), out, every=2)
    whole = build_archive(tmp_path, autoencoder, MiniLmEncoder(), out)
    assert part["items"] == (whole["items"] + 1) // 2 and "whole, estimated" not in whole
    assert part["whole, estimated"] == pytest.approx(whole["file"], rel=0.35, abs=0.1)


def test_archive_takes_only_the_licences_asked_for(tmp_path) -> None:
    objects = [
        SourceObject(**{**o.__dict__, "licence": licence})
        for o, licence in zip(made_objects(1), ("CC0-1.0", "CC-BY-SA-3.0", "CC-BY-3.0"), strict=False)
    ]
    build("makers", lambda skip: (o for o in objects if not skip(o.id)), tmp_path)
    autoencoder = ViewAutoencoder(AutoencoderShape(fine_width=8, coarse_width=8)).eval()
    out = tmp_path / "archive.safetensors"
    assert build_archive(tmp_path, autoencoder, MiniLmEncoder(), out, licences=("CC0", "CC-BY-3"))["items"] == 2


def test_a_truncated_archive_is_refused(tmp_path) -> None:
    path = tmp_path / "archive.safetensors"
    path.write_bytes(b"12345678")
    with pytest.raises(CheckpointError, match=r"archive\.safetensors"):
        Archive(path, torch.device("cpu"))


@pytest.mark.parametrize("shape", [(300, 6, 3, 4, 4), (5, 2, 3, 4, 4), (700, 8)])
def test_codes_come_back_rounded_and_in_order(shape: tuple[int, ...]) -> None:
    values = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    codes = unpack_codes(pack_codes(values, 0.1, "x"), "x", shape)
    assert codes.shape == shape and (codes * 0.1 - values).abs().max() <= 0.0501


def test_cut_out_photos_are_white_where_the_matte_is_empty() -> None:
    pictures, mattes = np.full((1, 2, 2, 3), 90, np.uint8), np.array([[[0, 255], [3, 0]]], np.uint8)
    seen = cut_out(pictures, mattes)[0]
    assert seen[0, 0].tolist() == [255, 255, 255, 0] and seen[1, 0].tolist() == [90, 90, 90, 3]


def test_a_photo_is_a_view_without_geometry() -> None:
    photo = np.full((1, 4, 4, 4), 200, np.uint8)
    maps = photo_maps(photo)
    assert (maps[..., :4] == 200).all() and (maps[..., 4:] == 128).all()
