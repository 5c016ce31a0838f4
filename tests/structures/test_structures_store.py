"""Values on disk: exact round trips, and one sentence for every file that is not what it should be."""

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save_file
from strategies import assets, clips, materials, meshes, multiviews, skeletons, skins, sphere_views

from gen4d.errors import InputError
from gen4d.structures import Camera, Mesh, MultiView, Prompt, orbit_camera
from gen4d.structures.store import load, load_views, save

values = st.one_of(
    meshes(),
    materials(),
    skeletons(),
    skins(num_vertices=5, num_joints=3),
    clips(num_joints=3),
    multiviews(),
    assets(),
    st.just(Prompt("a paper plane", "blurry", torch.rand(3, 5, 4))),
    st.just(orbit_camera(0.3, 0.2, distance=2.0, fov=0.8, resolution=16, target=(0.0, 0.5, 0.0))),
)


def same(a: object, b: object) -> bool:
    """Deep equality, bit for bit."""
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        return a.dtype == b.dtype and torch.equal(a, b)
    if dataclasses.is_dataclass(a) and type(a) is type(b):
        return all(same(getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(a))
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return type(a) is type(b) and a == b


@given(values)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_value_comes_back_bit_for_bit(tmp_path: Path, value: object) -> None:
    save(value, tmp_path / "value.safetensors")
    assert same(load(tmp_path / "value.safetensors", type(value)), value)


@given(multiviews())
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_value_gives_the_same_bytes(tmp_path: Path, views: MultiView) -> None:
    save(views, tmp_path / "a")
    save(views, tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_views_file_is_the_published_contract(tmp_path: Path) -> None:
    save(sphere_views(8), tmp_path / "views.safetensors")
    with safe_open(tmp_path / "views.safetensors", framework="pt") as file:
        found = {name: (file.get_slice(name).get_shape(), file.get_slice(name).get_dtype()) for name in file.keys()}  # noqa: SIM118
    expected = {"albedo": 3, "alpha": 1, "depth": 1, "normal": 3}
    assert {name: found[name] for name in expected} == {n: ([6, 8, 8, c], "F32") for n, c in expected.items()}


def tensors_of(views: MultiView) -> dict[str, torch.Tensor]:
    return {name: getattr(views, name) for name in ("albedo", "alpha", "depth", "normal")}


def test_views_of_another_program_are_read_by_their_four_tensors(tmp_path: Path) -> None:
    views = sphere_views(8)
    save_file(tensors_of(views), tmp_path / "theirs.safetensors")
    assert same(load_views(tmp_path / "theirs.safetensors"), views)


def broken_views(tmp_path: Path, fault: str) -> Path:
    """A views file with one fault."""
    path, views = tmp_path / "views.safetensors", sphere_views(8)
    tensors = tensors_of(views)
    match fault:
        case "missing":
            return path
        case "text":
            path.write_text("not tensors at all")
        case "empty":
            path.touch()
        case "truncated":
            save(views, path)
            path.write_bytes(path.read_bytes()[:-100])
        case "no depth":
            del tensors["depth"]
            save_file(tensors, path)
        case "five views":
            save_file({name: tensor[:5].contiguous() for name, tensor in tensors.items()}, path)
        case "NaN":
            tensors["depth"][2, 3, 4, 0] = float("nan")
            save_file(tensors, path)
        case "range":
            save_file(tensors | {"albedo": tensors["albedo"] * 255}, path)
        case "half":
            save_file({name: tensor.half() for name, tensor in tensors.items()}, path)
        case "flat":
            save_file({name: tensor.flatten() for name, tensor in tensors.items()}, path)
        case "another value":
            save(Mesh(torch.rand(3, 3), torch.tensor([[0, 1, 2]])), path)
        case "newer":
            save_file(tensors, path, metadata={"gen4d": json.dumps({"version": 99, "kind": "MultiView"})})
        case "garbled header":
            save_file(tensors, path, metadata={"gen4d": "{"})
        case "no metadata value":
            save_file(tensors, path, metadata={"gen4d": json.dumps({"version": 1, "kind": "MultiView"})})
        case "other cameras":
            turned = views.camera.camera_to_world.roll(1, 0)
            save(dataclasses.replace(views, camera=Camera(turned, 8, 8, half_extent=0.55)), path)
    return path


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("missing", "file not found"),
        ("text", "not a safetensors file, or it is cut off"),
        ("empty", "not a safetensors file, or it is cut off"),
        ("truncated", "not a safetensors file, or it is cut off"),
        ("no depth", "lacks the tensors depth"),
        ("five views", "do not fit images of shape|5 views"),
        ("NaN", "finite"),
        ("range", "at most 1.0"),
        ("half", "dtype"),
        ("flat", "expected"),
        ("another value", "holds a Mesh, expected a MultiView"),
        ("newer", "format version 99"),
        ("no metadata value", "damaged or incomplete"),
        ("garbled header", "damaged or incomplete"),
        ("other cameras", "not the six canonical ones"),
    ],
)
def test_every_fault_of_a_views_file_is_one_sentence(tmp_path: Path, fault: str, says: str) -> None:
    path = broken_views(tmp_path, fault)
    with pytest.raises(InputError, match=says) as caught:
        load_views(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_without_our_header_is_foreign(tmp_path: Path) -> None:
    save_file({"x": torch.zeros(1)}, tmp_path / "x.safetensors")
    with pytest.raises(InputError, match="not written by gen4d"):
        load(tmp_path / "x.safetensors", Mesh)
