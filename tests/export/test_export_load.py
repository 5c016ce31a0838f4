"""Foreign rigged files as assets: whatever the habit of the exporter, every vertex moves as the specification says."""

from pathlib import Path

import numpy as np
import pytest
import torch
from foreign_factory import HABITS, write_foreign
from glb_factory import bending_tube
from glb_surgery import edit_json
from hypothesis import given, settings
from hypothesis import strategies as st
from scene_reference import Scene

from gen4d.export.glb import write_glb
from gen4d.export.read import load_asset
from gen4d.export.skin import joint_to_world
from gen4d.motion.skinning import skin_vertices
from gen4d.structures import Asset


def posed(asset: Asset, key: int) -> np.ndarray:
    """The asset's vertices at one key of its first clip."""
    assert asset.skeleton is not None and asset.skin is not None
    clip = asset.clips[0]
    places = asset.skeleton.rest_translation.clone()
    places[clip.moving_joint] = clip.root_translation[key]
    if clip.joint_translation is not None:
        places = clip.joint_translation[key]
    frames = joint_to_world(
        asset.skeleton.parents.numpy(), places.double().numpy(), clip.rotation[key].double().numpy()
    )
    return skin_vertices(asset.mesh.vertices, asset.skin, asset.skeleton, torch.from_numpy(frames)[None].float())[
        0
    ].numpy()


def worst_error(path: Path, asset: Asset) -> float:
    """Largest distance to the reference over all keys, as a share of the size."""
    scene, errors = Scene(path), []
    for key, time in enumerate(asset.clips[0].times.tolist()):
        reference = scene.vertices(0, time)
        errors.append(np.abs(reference - posed(asset, key)).max() / np.ptp(reference, axis=0).max())
    return max(errors)


@pytest.mark.parametrize("habit", ["none", *HABITS])
def test_every_habit_moves_the_same(tmp_path: Path, habit: str) -> None:
    write_foreign(tmp_path / "a.glb", [habit])
    asset, notes = load_asset(tmp_path / "a.glb")
    if habit == "eight_influences":  # the reference knows four
        assert asset.skin is not None and torch.allclose(asset.skin.weights.sum(1), torch.ones(()))
        return
    assert not notes
    # A STEP curve jumps: just before a key ours already moves towards it, at the key both agree.
    assert worst_error(tmp_path / "a.glb", asset) < 2e-5


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**20), st.sets(st.sampled_from([h for h in HABITS if h not in {"eight_influences", "step"}])))
def test_any_mixture_of_habits_moves_the_same(
    tmp_path_factory: pytest.TempPathFactory, seed: int, mix: set[str]
) -> None:
    path = tmp_path_factory.mktemp("mix") / "a.glb"
    if {"matrix_nodes", "sliding"} <= mix:
        mix -= {"sliding"}  # a node with a matrix must not be animated
    write_foreign(path, sorted(mix), seed)
    asset, _ = load_asset(path)
    assert worst_error(path, asset) < 2e-5


def test_an_asset_read_from_a_foreign_file_survives_being_written(tmp_path: Path) -> None:
    write_foreign(tmp_path / "a.glb", ["sliding", "centimetres", "two_skins"])
    asset, _ = load_asset(tmp_path / "a.glb")
    write_glb(asset, tmp_path / "b.glb")
    again, notes = load_asset(tmp_path / "b.glb")
    assert not notes and worst_error(tmp_path / "b.glb", again) < 2e-5
    assert np.abs(Scene(tmp_path / "b.glb").vertices(0, 0.6) - Scene(tmp_path / "a.glb").vertices(0, 0.6)).max() < 1e-4


def test_our_own_file_comes_back_without_notes(tmp_path: Path) -> None:
    write_glb(bending_tube(), tmp_path / "a.glb")
    asset, notes = load_asset(tmp_path / "a.glb")
    assert notes == () and asset.name == "bending tube" and asset.clips[0].loop


def test_the_general_reader_agrees_with_the_plain_one(tmp_path: Path) -> None:
    """Our own file under another name of the generator: the same asset, but for what only our form says."""
    write_glb(bending_tube(), tmp_path / "a.glb")
    plain, _ = load_asset(tmp_path / "a.glb")
    edit_json(tmp_path / "a.glb", lambda document: document["asset"].update(generator="another"))
    general, notes = load_asset(tmp_path / "a.glb")
    assert not notes and general.skeleton is not None and plain.skeleton is not None
    assert general.skeleton.names == plain.skeleton.names and general.skeleton.plan == plain.skeleton.plan
    assert torch.allclose(general.mesh.vertices, plain.mesh.vertices, atol=1e-6)
    assert torch.equal(general.mesh.faces, plain.mesh.faces)
    for ours, theirs in zip(plain.clips, general.clips, strict=True):
        assert (ours.name, ours.loop, ours.speed) == (theirs.name, theirs.loop, theirs.speed)
        assert torch.allclose(ours.rotation, theirs.rotation, atol=1e-5)
        assert torch.allclose(ours.root_translation, theirs.root_translation, atol=1e-6)


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    write_glb(bending_tube(), tmp_path / "a.glb")

    def spoil(document: dict) -> None:
        document["asset"]["generator"] = "another"
        primitive = document["meshes"][0]["primitives"][0]
        primitive["targets"] = [{"POSITION": primitive["attributes"]["POSITION"]}]
        scale = {"sampler": 0, "target": {"node": 2, "path": "scale"}}
        animation = document["animations"][0]
        sampler = next(s for s in animation["samplers"] if document["accessors"][s["output"]]["type"] == "VEC3")
        animation["samplers"].append(sampler)
        animation["channels"].append(scale | {"sampler": len(animation["samplers"]) - 1})
        animation["channels"].append({"sampler": 0, "target": {"node": 1, "path": "weights"}})

    edit_json(tmp_path / "a.glb", spoil)
    with pytest.raises(Exception, match="squashed flat"):  # the borrowed curve passes through 0
        load_asset(tmp_path / "a.glb")
    edit_json(tmp_path / "a.glb", lambda document: document["animations"][0]["channels"].pop(-2))
    _, notes = load_asset(tmp_path / "a.glb")
    assert "morph targets are left out" in notes and any("morph" in note and "clips" in note for note in notes)
