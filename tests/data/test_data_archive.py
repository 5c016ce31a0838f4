"""Augmentations of the training archive against what rendering the changed object gives."""

import json

import numpy as np
import pytest
import torch

from gen4d.data.archive import build_archive, mirrored, photo_maps, turn_hue
from gen4d.data.build import build, made_objects, render_record, split_of
from gen4d.data.captions import color_words, with_colors
from gen4d.data.objects import SourceObject, canonical
from gen4d.data.rendering import cutout_share, pack, render_object
from gen4d.data.shards import read_shards
from gen4d.data.sources.quaternius import article, label
from gen4d.data.sources.sweethome3d import is_held_out
from gen4d.errors import InputError
from gen4d.prior.autoencoder import AutoencoderShape, ViewAutoencoder
from gen4d.prior.text import TEXT_WIDTH, MiniLmEncoder
from gen4d.prior.train import Archive


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
    ],
)
def test_file_names_become_words(name: str, words: str) -> None:
    assert label(name) == words


def test_articles() -> None:
    assert [article(w) for w in ("apple", "rock", "rocks", "cactus")] == ["an apple", "a rock", "rocks", "a cactus"]


def test_held_out_objects_are_refused_by_id() -> None:
    assert is_held_out("BlendSwap-CC-0", {"model": "/contributions/hamburger/hamburger.obj", "id": "x#y"})
    assert is_held_out("Scopia", {"model": "/scopia/bus/bus.obj", "id": "Scopia#bus"})
    assert not is_held_out("KatorLegaz", {"model": "/kator/bus/bus.obj", "id": "Kator#bus"})


def test_split_is_a_fixed_twentieth() -> None:
    splits = [split_of(f"object {i}") for i in range(4000)]
    assert 0.04 < splits.count("validation") / 4000 < 0.06
    assert splits == [split_of(f"object {i}") for i in range(4000)]


def test_build_resumes_and_its_archive_trains(tmp_path) -> None:
    objects = list(made_objects(1))[:6]
    assert build(objects, "makers", tmp_path)["written"] == 6
    assert build(objects, "makers", tmp_path)["written"] == 0  # a second run does nothing
    views = read_shards(tmp_path)
    assert views.maps.shape == (6, 6, 128, 128, 8) and views.photos.shape == (6, 2, 128, 128, 4)
    assert json.loads((tmp_path / "makers-0000.jsonl").read_text().splitlines()[0])["id"] == objects[0].id
    autoencoder = ViewAutoencoder(AutoencoderShape(fine_width=8, coarse_width=8)).eval()
    out = tmp_path / "archive.safetensors"
    assert build_archive(views, autoencoder, MiniLmEncoder(), out, variants=2)["items"] == 12
    opened = Archive(out, torch.device("cpu"))
    weight, bias = opened.regress_on_text()
    assert weight.shape == (6 * 12 * 16 * 16, TEXT_WIDTH)
    one = opened.caption_starts[opened.rows["train"][0]]
    guess = weight @ opened.text[opened.caption_rows[one], 0].float() + bias
    mean = (opened.latents.float().flatten(1) * (opened.weights["train"] / opened.weights["train"].sum())[:, None]).sum(
        0
    )
    truth = opened.latents[opened.rows["train"][0]].float().flatten() - mean
    assert torch.nn.functional.cosine_similarity(guess, truth, dim=0) > 0.8  # six objects are nearly interpolated
    batch = opened.batch("train", 4, "photo+text", torch.Generator().manual_seed(0))
    assert batch.latents.shape == (4, 6, 12, 16, 16) and batch.photo is not None and batch.text is not None


def test_a_photo_is_a_view_without_geometry() -> None:
    photo = np.full((1, 4, 4, 4), 200, np.uint8)
    maps = photo_maps(photo)
    assert (maps[..., :4] == 200).all() and (maps[..., 4:] == 128).all()
