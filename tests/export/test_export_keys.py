"""Added keys: the same motion for programs that interpolate the four numbers of a quaternion, and never added twice."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from glb_factory import bending_tube
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation, Slerp

from gen4d.export.glb import write_glb
from gen4d.export.keys import LARGEST_TURN, largest_blend_error, with_short_turns
from gen4d.export.read import load_asset
from gen4d.structures import Clip


def wild_clip(seed: int, num_keys: int = 6, num_joints: int = 3, largest: float = 3.1) -> Clip:
    """Joints that turn about random axes, up to almost half a turn a key; joint 0 keeps still."""
    rng = np.random.default_rng(seed)
    axes = rng.normal(size=(num_keys - 1, num_joints, 3))
    axes *= rng.uniform(0, largest, (num_keys - 1, num_joints, 1)) / np.linalg.norm(axes, axis=-1, keepdims=True)
    axes[:, 0] = 0
    pose = Rotation.random(num_joints, rng=seed)
    keys = [pose.as_quat()]
    for turn in axes:
        pose = pose * Rotation.from_rotvec(turn)
        after = pose.as_quat()
        keys.append(after * np.sign((after * keys[-1]).sum(-1, keepdims=True)))
    places = torch.from_numpy(rng.normal(size=(num_keys, num_joints, 3))).float()
    times = torch.from_numpy(np.r_[0, np.cumsum(rng.uniform(0.02, 0.1, num_keys - 1))]).float()
    rotation = torch.from_numpy(np.array(keys)).float()
    return Clip("wild", times, rotation, places[:, 1], 1, loop=False, joint_translation=places)


def turns(clip: Clip) -> np.ndarray:
    """(T - 1, J) angles between keys."""
    keys = clip.rotation.double().numpy()
    return 4 * np.arcsin((np.linalg.norm(np.diff(keys, axis=0), axis=-1) / 2).clip(0, 1))


@given(st.integers(0, 10_000))
def test_every_program_shows_the_motion_that_was_written(seed: int) -> None:
    clip = wild_clip(seed)
    dense = with_short_turns(clip)
    assert turns(dense).max() <= LARGEST_TURN * 1.011
    kept = np.isin(dense.times.numpy(), clip.times.numpy())
    assert kept.sum() == len(clip.times) and torch.equal(dense.rotation[kept], clip.rotation)
    assert dense.joint_translation is not None and clip.joint_translation is not None
    assert torch.equal(dense.joint_translation[kept], clip.joint_translation)
    moments = np.random.default_rng(seed).uniform(0, float(clip.times[-1]), 40)
    for joint in range(3):
        asked = Slerp(clip.times.numpy(), Rotation.from_quat(clip.rotation[:, joint].numpy()))(moments)
        keys = dense.rotation[:, joint].double().numpy()
        shown = np.stack([np.interp(moments, dense.times.double().numpy(), column) for column in keys.T], 1)
        assert (asked.inv() * Rotation.from_quat(shown)).magnitude().max() <= largest_blend_error(LARGEST_TURN) + 2e-5
    assert (dense.rotation[:, 0] == dense.rotation[0, 0]).all(), "a joint that rests gets no motion"


@pytest.mark.parametrize("degrees", [1.0, 20.0, 90.0, 178.0])
def test_the_blend_error_is_what_sampling_finds(degrees: float) -> None:
    turn = math.radians(degrees)
    keys = Rotation.from_rotvec([[0, 0, 0], [0, 0, turn]])
    share = np.linspace(0, 1, 5001)
    straight = np.outer(1 - share, keys.as_quat()[0]) + np.outer(share, keys.as_quat()[1])
    found = (Slerp([0, 1], keys)(share).inv() * Rotation.from_quat(straight)).magnitude().max()
    assert largest_blend_error(turn) == pytest.approx(found, rel=1e-3, abs=1e-9)


def test_a_file_read_and_written_again_gets_no_more_keys(tmp_path: Path) -> None:
    tube = bending_tube()
    wild = wild_clip(3)
    asset = replace(tube, clips=(wild, tube.clips[0]))
    write_glb(asset, tmp_path / "a.glb")
    read, _ = load_asset(tmp_path / "a.glb")
    assert len(read.clips[0].times) > len(wild.times) and len(read.clips[1].times) == len(tube.clips[0].times)
    write_glb(read, tmp_path / "b.glb")
    again, _ = load_asset(tmp_path / "b.glb")
    for first, second in zip(read.clips, again.clips, strict=True):
        assert torch.equal(first.times, second.times)
        assert torch.allclose(first.rotation, second.rotation, atol=2e-7)  # lengths are rounded anew


def test_calm_clips_are_left_alone() -> None:
    calm = wild_clip(1, largest=0.3)
    assert with_short_turns(calm) is calm
