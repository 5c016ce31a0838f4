"""Moving pictures: as many as there are clips, posed and shaded as the file says, whole or not at all."""

import sys
from dataclasses import replace
from pathlib import Path

import cv2
import pytest
import torch
from PIL import Image

from gen4d import moving_pictures
from gen4d.errors import ConfigError
from gen4d.export.glb import write_glb
from gen4d.motion.kinematics import axis_angle, quaternion_multiply
from gen4d.moving_pictures import clip_film, sampled, turntable_film, write_pictures
from gen4d.render.preview import preview_frames
from gen4d.structures import Asset, Clip

sys.path.insert(0, str(Path(__file__).parent / "export"))
from glb_factory import bend_clip, bending_tube, textured_box


def two_clips() -> Asset:
    tube = bending_tube()
    short = replace(bend_clip(0.3, 4), name="nod twice")
    return replace(tube, clips=(replace(bend_clip(0.3, 4), name="bend"), short))


def test_every_clip_gets_a_film_of_its_own_and_a_named_one_the_name_asked_for(tmp_path: Path) -> None:
    write_glb(two_clips(), tmp_path / "a.glb")
    paths = write_pictures(tmp_path / "a.glb", tmp_path / "out" / "x.gif")
    assert [path.name for path in paths] == ["x_bend.gif", "x_nod_twice.gif"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(path.name for path in paths)
    (single,) = write_pictures(tmp_path / "a.glb", tmp_path / "y.gif", "bend")
    assert single.name == "y.gif" and single.read_bytes() == paths[0].read_bytes()
    assert Image.open(single).n_frames == 5  # 0.3 s at 15 a second
    with pytest.raises(ConfigError, match=r"--clip.*bend, nod_twice"):
        write_pictures(tmp_path / "a.glb", tmp_path / "z.gif", "walk")
    with pytest.raises(ConfigError, match="tiff"):
        write_pictures(tmp_path / "a.glb", tmp_path / "z.tiff")
    assert not list(tmp_path.glob("z*"))


def test_what_does_not_move_is_turned_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = turntable_film(textured_box(), fps=1)
    assert len(film.frames) == 4 and (film.frames[0] - film.frames[1]).abs().mean() > 1e-3
    monkeypatch.setattr(moving_pictures, "TURN_SECONDS", 0.2)  # 120 frames would take long to draw
    write_glb(textured_box(), tmp_path / "a.glb")
    (path,) = write_pictures(tmp_path / "a.glb", tmp_path / "a.mp4")
    video = cv2.VideoCapture(str(path))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 6 and video.get(cv2.CAP_PROP_FPS) == 30


def test_the_turn_brings_the_right_side_to_the_front() -> None:
    box = textured_box()
    quarter = torch.tensor([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])  # +Z, the front, goes to +X
    turned = replace(box, mesh=replace(box.mesh, vertices=box.mesh.vertices @ quarter.T, normals=None))
    first = turntable_film(replace(turned, mesh=replace(turned.mesh, normals=None)), fps=1).frames[0]
    second = turntable_film(replace(box, mesh=replace(box.mesh, normals=None)), fps=1).frames[1]
    assert (first - second).abs().mean() < 0.02


def test_moments_between_keys_are_interpolated() -> None:
    """Halfway between two sparse keys the joint has turned half, and a sliding joint has slid half."""
    clip = bending_tube().clips[0]
    joints = clip.rotation.shape[1]
    start = torch.tensor([0.0, 0, 0, 1]).expand(joints, 4)
    end = quaternion_multiply(axis_angle((0.0, 0.0, 1.0), torch.tensor(1.0)), start)
    slide = torch.stack([torch.zeros(joints, 3), torch.ones(joints, 3)])
    sparse = Clip(
        "s", torch.tensor([0.0, 1.0]), torch.stack([start, end.expand(joints, 4)]), slide[:, 0], 0, False,
        joint_translation=slide,
    )  # fmt: skip
    between = sampled(sparse, torch.tensor([0.0, 0.5, 2.0]))
    half = axis_angle((0.0, 0.0, 1.0), torch.tensor(0.5))
    assert torch.allclose(between.rotation[1], half.expand(joints, 4), atol=1e-6)
    assert torch.allclose(between.rotation[2], end.expand(joints, 4), atol=1e-6)
    assert between.joint_translation is not None and torch.allclose(between.joint_translation[1], slide[1] / 2)


def test_the_film_turns_the_files_own_normals_with_the_joints() -> None:
    """A clip that turns the root shows the vertices and the normals turned alike, whatever the normals are."""
    tube = bending_tube()
    assert tube.skeleton is not None
    noise = torch.randn(tube.mesh.vertices.shape, generator=torch.Generator().manual_seed(0))
    normals = torch.nn.functional.normalize(noise, dim=1)
    tube = replace(tube, mesh=replace(tube.mesh, normals=normals))
    turn = torch.tensor([0.0, 0.70710678, 0.0, 0.70710678])  # a quarter about +Y
    rotation = tube.skeleton.rest_rotation.expand_as(tube.clips[0].rotation).clone()
    rotation[:, 0] = quaternion_multiply(turn, tube.skeleton.rest_rotation[0])
    root = tube.skeleton.rest_translation[tube.clips[0].moving_joint].expand_as(tube.clips[0].root_translation)
    clip = replace(tube.clips[0], rotation=rotation, root_translation=root, loop=False)
    matrix = torch.tensor([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    place = tube.skeleton.rest_translation[0]
    turned = (tube.mesh.vertices - place) @ matrix.T + place
    shown = clip_film(tube, clip, fps=8).frames[0]
    right = preview_frames(tube, turned[None], posed_normals=normals[None] @ matrix.T)[0]
    still = preview_frames(tube, turned[None], posed_normals=normals[None])[0]
    assert (shown - right).abs().mean() < 1e-3 < (shown - still).abs().mean() / 5
