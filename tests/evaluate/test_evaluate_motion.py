"""The measures see what they are meant to see: each fault, put in by hand, raises its own number."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from dolls import box_doll, make_dolls
from program import run

from gen4d.context import Context
from gen4d.evaluate import motion
from gen4d.evaluate.motion import measure_clip, measure_motion, with_our_feet
from gen4d.evaluate.winding import winding_numbers
from gen4d.export.glb import write_glb
from gen4d.motion.clips import make_clips
from gen4d.motion.config import MotionConfig
from gen4d.streams import Streams
from gen4d.structures import Asset, Clip, Material

SKELETON, SKIN, MESH = make_dolls()["biped"]
SCALE = 1.7 / float(MESH.bounds[1][1] - MESH.bounds[0][1])


@pytest.fixture(scope="module")
def walk() -> Clip:
    return make_clips(SKELETON, MotionConfig(clips=("walk",)), Context(Streams(0)), MESH, SKIN)[0]


def test_a_good_walk_has_no_fault_of_its_feet(walk) -> None:
    good = measure_clip(walk, SKELETON, SKIN, MESH)
    assert good.foot_skate == 0 and good.steps and 0.55 < good.duty < 0.7
    assert {foot.landings for foot in good.feet} == {1}
    assert not set(good.faults()) & {"foot_skate", "seam", "penetration_mm", "bone_drift", "velocity_mismatch", "steps"}


def test_wrong_ground_speed_is_seen_as_skating(walk) -> None:
    bad = measure_clip(replace(walk, speed=0.3 * walk.speed), SKELETON, SKIN, MESH)
    assert bad.foot_skate > 0.9 and "foot_skate" in bad.faults()


def test_feet_that_never_lift_are_no_steps(walk) -> None:
    still = walk.rotation[:1].repeat(len(walk.times), 1, 1)
    frozen = replace(walk, rotation=still, root_translation=walk.root_translation[:1].repeat(len(walk.times), 1))
    measured = measure_clip(frozen, SKELETON, SKIN, MESH)
    assert measured.steps is False and "steps" in measured.faults()


def test_sinking_and_hovering_are_seen_in_millimetres(walk) -> None:
    for shift, name in ((-0.1, "penetration_mm"), (0.1, "floating_mm")):
        moved = replace(walk, root_translation=walk.root_translation + torch.tensor([0.0, shift, 0.0]))
        assert getattr(measure_clip(moved, SKELETON, SKIN, MESH), name) == pytest.approx(100 * SCALE, abs=20)


def test_open_loop_is_seen_at_the_seam(walk) -> None:
    place = walk.root_translation.clone()
    place[-1, 0] += 0.17
    clip = replace(walk, loop=False, root_translation=place)
    object.__setattr__(clip, "loop", True)  # no sound clip can be built so; a file could say so
    height = 1.7 / SCALE
    assert measure_clip(clip, SKELETON, SKIN, MESH).seam == pytest.approx(0.17 / height, rel=1e-3)


def test_a_kink_at_the_seam_is_seen_as_a_jump_of_the_velocity(walk) -> None:
    count = 31
    phase = torch.arange(count) / (count - 1)
    smooth, kinked = torch.sin(2 * torch.pi * phase), (2 * phase - 1).abs()

    def clip(height: torch.Tensor) -> Clip:
        place = SKELETON.rest_translation[1] + 0.1 * torch.stack([0 * height, height, 0 * height], 1)
        place[-1] = place[0]
        return Clip("bob", torch.arange(count) / 30, SKELETON.rest_rotation.repeat(count, 1, 1), place, 1, True)

    assert measure_clip(clip(smooth), SKELETON, SKIN, MESH).velocity_mismatch < 0.05
    assert measure_clip(clip(kinked), SKELETON, SKIN, MESH).velocity_mismatch > 1.5


def test_keys_between_the_even_ones_change_no_velocity() -> None:
    count = 21
    phase = torch.arange(count) / (count - 1)
    place = SKELETON.rest_translation[1] + 0.1 * torch.stack([0 * phase, torch.sin(2 * torch.pi * phase), 0 * phase], 1)
    place[-1] = place[0]

    def clip(times: torch.Tensor, at: torch.Tensor) -> Clip:
        return Clip("bob", times, SKELETON.rest_rotation.repeat(len(times), 1, 1), at, 1, True)

    even = clip(torch.arange(count) / 30, place)
    chosen = (0, 1, 7, 8, 13)  # the intervals that get a key in their middle, as files have them where joints turn far
    middles = (even.times[:-1] + even.times[1:])[list(chosen)] / 2
    times, order = torch.cat([even.times, middles]).sort()
    dense = clip(times, torch.cat([place, (place[:-1] + place[1:])[list(chosen)] / 2])[order])
    measured = [measure_clip(each, SKELETON, SKIN, MESH).velocity_mismatch for each in (even, dense)]
    assert measured[1] == pytest.approx(measured[0], rel=1e-3) and measured[0] < 0.05
    phase = (torch.arange(301) / 300) ** 1.5  # no two steps alike: the places between are read off at even times
    place = SKELETON.rest_translation[1] + 0.1 * torch.stack([0 * phase, torch.sin(2 * torch.pi * phase), 0 * phase], 1)
    place[-1] = place[0]
    assert measure_clip(clip(phase, place), SKELETON, SKIN, MESH).velocity_mismatch < 0.05


def test_a_part_that_moves_into_another_is_seen_inside_it() -> None:
    skeleton, skin, mesh = box_doll(
        {"body": ("root", (0, 0.5, 0)), "lid": ("root", (0, 1.5, 0))}, "prop", thickness=0.2
    )
    shrunk = mesh.vertices.clone()
    shrunk[8:] = (shrunk[8:] - torch.tensor([0.0, 1.5, 0.03])) * 0.3 + torch.tensor([0.0, 1.5, 0.03])
    mesh = replace(mesh, vertices=shrunk)  # the lid is small enough to go into the body whole
    place = skeleton.rest_translation[2] - torch.tensor([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    clip = Clip("sink", torch.tensor([0.0, 1.0]), skeleton.rest_rotation.repeat(2, 1, 1), place, 2, False)
    assert measure_clip(clip, skeleton, skin, mesh).self_penetration == pytest.approx(0.5)  # 8 of 16 vertices
    apart = replace(clip, root_translation=place[:1].repeat(2, 1))
    assert measure_clip(apart, skeleton, skin, mesh).self_penetration == 0


def test_parts_that_only_touch_are_not_inside_each_other() -> None:
    joints = {"body": ("root", (0, 0.5, 0)), "lid": ("root", (0, 1.5, 0))}
    skeleton, skin, mesh = box_doll(joints, "prop", thickness=0.2)
    top, bottom = mesh.vertices[:8, 1].max(), mesh.vertices[8:, 1].min()
    mesh = replace(mesh, vertices=mesh.vertices * torch.where(torch.arange(16) < 8, 1.0, 0.9)[:, None])
    gap = torch.tensor([0.0, float(0.9 * bottom - top) - 1e-4, 0.0])
    place = skeleton.rest_translation[2] - torch.stack([0 * gap, gap])
    clip = Clip("shut", torch.tensor([0.0, 1.0]), skeleton.rest_rotation.repeat(2, 1, 1), place, 2, False)
    assert measure_clip(clip, skeleton, skin, mesh).self_penetration == 0


def test_winding_number_of_a_box_is_one_inside_and_none_outside() -> None:
    mesh = make_dolls()["prop"][2]
    low, high = (corner.numpy() for corner in mesh.bounds)
    points = np.stack([(low + high) / 2, high + 0.1, low + 0.1 * (high - low)])
    winding = winding_numbers(points, mesh.vertices.numpy(), mesh.faces.numpy())
    assert winding == pytest.approx([1, 0, 1], abs=1e-4)


def test_a_clip_measured_a_keyframe_at_a_time_has_the_same_measures(walk, monkeypatch) -> None:
    whole = measure_clip(walk, SKELETON, SKIN, MESH)
    monkeypatch.setattr(motion, "POSED_AT_ONCE", 1)
    assert measure_clip(walk, SKELETON, SKIN, MESH) == whole


def test_feet_of_other_makers_rigs_are_found_by_their_names(walk) -> None:
    mixamo = {"UpperLeg": "UpLeg", "LowerLeg": "Leg", "Toes": "ToeBase", "UpperArm": "Arm", "LowerArm": "ForeArm"}

    def theirs(name: str) -> str:
        side = next((s for s in ("left", "right") if name.startswith(s)), "")
        part = name.removeprefix(side)
        return "mixamorig:" + side.capitalize() + mixamo.get(part, part[:1].upper() + part[1:])

    foreign = replace(SKELETON, names=tuple(theirs(name) for name in SKELETON.names))
    asset = Asset("theirs", MESH, Material(torch.full((1, 1, 4), 0.5)), foreign, SKIN, (walk,))
    (measured,) = measure_motion(asset)
    assert {foot.name for foot in measured.feet} == {"leftFoot", "rightFoot"}
    assert measured.foot_skate == 0 and measured.steps
    nameless = replace(SKELETON, names=tuple(f"bone{i}" for i in range(len(SKELETON))), plan="prop")
    assert with_our_feet(nameless).plan == "prop"


@pytest.mark.parametrize("kept", [0, 11, 30, 700])
def test_a_damaged_file_is_refused_in_one_sentence(walk, tmp_path: Path, kept: int) -> None:
    path = tmp_path / "doll.glb"
    write_glb(Asset("doll", MESH, Material(torch.full((1, 1, 4), 0.5)), SKELETON, SKIN, (walk,)), path)
    path.write_bytes(path.read_bytes()[:kept])
    told = run(["eval", "motion", str(path)])
    assert told.code == 2 and "Traceback" not in told.err and str(path) in told.err


def test_the_command_prints_a_table_and_json(walk, tmp_path: Path) -> None:
    material = Material(torch.full((1, 1, 4), 0.5))
    write_glb(Asset("doll", MESH, material, SKELETON, SKIN, (walk,)), tmp_path / "doll.glb")
    table = run(["eval", "motion", str(tmp_path / "doll.glb")])
    assert table.code == 0 and "walk" in table.out and "skate" in table.out
    report = json.loads(run(["eval", "motion", str(tmp_path / "doll.glb"), "--json"]).out)
    assert report["plan"] == "biped" and report["clips"][0]["foot_skate"] == 0
    write_glb(Asset("doll", MESH, material), tmp_path / "still.glb")
    none = run(["eval", "motion", str(tmp_path / "still.glb")])
    assert none.code == 2 and "no clips to measure" in none.err
