"""Packed objects come back within the rounding that is written down, whatever their colours and textures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gen4d.data.makers import MAKERS
from gen4d.data.objects import NO_TEXTURE, SourceObject, canonical
from gen4d.data.packed import MAX_FACES, MAX_TEXTURE, UV_STEPS, lightened, read_packed, write_packed
from gen4d.data.rendering import pack, render_object
from gen4d.data.streamed.render import made_object


@st.composite
def objects(draw: st.DrawFn) -> SourceObject:
    """A triangle soup with some repeated rows and up to two textures of one colour each."""
    rng = np.random.default_rng(draw(st.integers(0, 2**31 - 1)))
    vertices, faces, textures = (draw(st.integers(low, high)) for low, high in ((4, 20), (1, 12), (0, 2)))
    few = draw(st.booleans())
    colors = rng.random((faces, 3, 3)).astype(np.float32)
    return SourceObject(
        id=f"s/p/{rng.integers(10**9)}",
        source="s",
        licence="CC0-1.0",
        author="someone",
        captions=("a thing", "another name"),
        category="prop",
        plan="",
        vertices=rng.random((vertices, 3)) - 0.5,
        faces=rng.integers(vertices, size=(faces, 3)),
        corner_colors=np.repeat(colors[:1], faces, 0) if few else colors,
        corner_uv=(rng.normal(size=(faces, 3, 2)) * 3).astype(np.float32),
        texture_index=rng.integers(NO_TEXTURE, textures, size=faces) if textures else np.full(faces, NO_TEXTURE),
        textures=tuple(np.full((8, 8, 4), [*rng.integers(0, 256, 3), 255], np.uint8) for _ in range(textures)),
        variant_of="s/p/0",
        rigged=draw(st.booleans()),
    )


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(objects(), min_size=1, max_size=4))
def test_objects_come_back_in_their_order_within_the_rounding(tmp_path: Path, many: list[SourceObject]) -> None:
    assert write_packed(many, tmp_path / "p.safetensors") == len(many)
    for obj, again in zip(many, read_packed(tmp_path / "p.safetensors"), strict=True):
        for name in ("id", "source", "licence", "author", "captions", "category", "plan", "variant_of", "rigged"):
            assert getattr(again, name) == getattr(obj, name), name
        # Only vertices that a face uses are kept, in order of use: compare corners.
        assert np.abs(again.vertices[again.faces] - obj.vertices[obj.faces]).max() <= 0.5001 / 65535
        assert np.abs(again.corner_colors - obj.corner_colors).max() <= 0.5001 / 255
        assert (again.texture_index == obj.texture_index).all()
        textured = obj.texture_index != NO_TEXTURE
        if textured.any():
            assert np.abs(again.corner_uv - obj.corner_uv)[textured].max() <= 0.5001 / UV_STEPS
        for one, other in zip(obj.textures, again.textures, strict=True):
            assert np.abs(one[..., :3].astype(int) - other[..., :3]).max() <= 12  # WebP of one colour


def test_a_packed_object_renders_as_it_did(tmp_path: Path) -> None:
    obj = canonical(made_object("makers", "makers/x", MAKERS["paper_plane"](np.random.default_rng(0))))
    write_packed([obj], tmp_path / "p.safetensors")
    before, after = (pack(render_object(o)).astype(int) for o in (obj, *read_packed(tmp_path / "p.safetensors")))
    assert (np.abs(before - after) > 4).mean() < 0.002  # pixels whose centre an edge passed


def test_heavy_meshes_get_light_and_keep_their_colours_and_size() -> None:
    side = np.linspace(-0.5, 0.5, 120)
    x, z = np.meshgrid(side, side)
    vertices = np.stack([x, 0.02 * np.sin(9 * x), z], -1).reshape(-1, 3)
    corner = np.arange(119 * 120).reshape(119, 120)[:, :-1].ravel()
    faces = np.concatenate(
        [np.stack([corner, corner + 120, corner + 1], 1), np.stack([corner + 1, corner + 120, corner + 121], 1)]
    )
    red = (vertices[faces].mean(1)[:, :1] > 0).astype(np.float32)
    colors = np.repeat(np.concatenate([red, 1 - red, 0 * red], 1)[:, None], 3, 1)
    base = made_object("makers", "makers/x", MAKERS["paper_plane"](np.random.default_rng(0)))
    count = len(faces)
    heavy = replace(
        base,
        vertices=vertices,
        faces=faces,
        corner_colors=colors,
        corner_uv=np.zeros((count, 3, 2), np.float32),
        texture_index=np.full(count, NO_TEXTURE),
    )
    light = lightened(heavy)
    assert len(light.faces) <= MAX_FACES < count
    assert np.abs(np.ptp(light.vertices, axis=0) - np.ptp(vertices, axis=0)).max() < 0.01
    middle = light.vertices[light.faces].mean(1)[:, 0]
    clear = np.abs(middle) > 0.05
    assert ((light.corner_colors[:, 0, 0] > 0.5) == (middle > 0))[clear].mean() > 0.99


def test_large_textures_are_made_small(tmp_path: Path) -> None:
    base = made_object("makers", "makers/x", MAKERS["paper_plane"](np.random.default_rng(0)))
    obj = replace(base, textures=(np.full((512, 256, 4), 255, np.uint8),), texture_index=np.zeros(len(base.faces), int))
    write_packed([canonical(obj)], tmp_path / "p.safetensors")
    (again,) = read_packed(tmp_path / "p.safetensors")
    assert max(again.textures[0].shape) == MAX_TEXTURE


@pytest.mark.parametrize("content", [b"", b"not a file of tensors at all"])
def test_damaged_files_are_no_objects(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "p.safetensors").write_bytes(content)
    with pytest.raises(Exception, match=r"(?i)header|small|read"):
        list(read_packed(tmp_path / "p.safetensors"))
