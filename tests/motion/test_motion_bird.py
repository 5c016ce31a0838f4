"""Strain of a pose in closed form; wings and legs that are one surface with the body are kept from tearing it."""

import math
from dataclasses import replace

import pytest
import torch
import trimesh
from dolls import Joints, build_skeleton, mirrored

from gen4d.context import Context
from gen4d.motion.bird_parts import LEAST_APART, legs_apart
from gen4d.motion.bird_wings import MAX_SWELL, MAX_TORN, WING_JOINTS, wing_room
from gen4d.motion.body import Body, make_body
from gen4d.motion.clips import make_clips
from gen4d.motion.config import MotionConfig
from gen4d.motion.kinematics import clip_joint_to_world
from gen4d.motion.strain import strain
from gen4d.structures import Mesh, Skin

MIDDLE: Joints = {
    "hips": ("root", (0.0, 0.5, 0.0)),
    "spine": ("hips", (0.0, 0.55, 0.05)),
    "chest": ("spine", (0.0, 0.6, 0.15)),
    "neck": ("chest", (0.0, 0.7, 0.2)),
    "neck1": ("neck", (0.0, 0.8, 0.22)),
    "head": ("neck1", (0.0, 0.9, 0.25)),
}
LEFT: Joints = {
    "leftUpperLeg": ("hips", (0.08, 0.45, 0.0)),
    "leftLowerLeg": ("leftUpperLeg", (0.08, 0.28, 0.04)),
    "leftFoot": ("leftLowerLeg", (0.08, 0.08, -0.03)),
    "leftToes": ("leftFoot", (0.08, 0.02, 0.04)),
    "leftWing1": ("chest", (0.12, 0.6, 0.12)),
    "leftWing2": ("leftWing1", (0.13, 0.58, -0.02)),
    "leftWing3": ("leftWing2", (0.13, 0.55, -0.16)),
}


def box(center: tuple[float, float, float], size: tuple[float, float, float]) -> trimesh.Trimesh:
    return trimesh.creation.box(size, trimesh.transformations.translation_matrix(center)).subdivide().subdivide()


def bird(*, wings_apart: bool, legs_parted: bool) -> Body:
    """A box with folded wings, as plates of their own or as its flanks, on two legs or on one column."""
    skeleton = build_skeleton({**MIDDLE, **LEFT, **mirrored(LEFT)}, "bird")
    index = {name: i for i, name in enumerate(skeleton.names)}
    parts: list[trimesh.Trimesh] = []
    joints: list[torch.Tensor] = []

    def add(part: trimesh.Trimesh, carriers: torch.Tensor) -> None:
        parts.append(part)
        joints.append(carriers)

    trunk = box((0, 0.55, 0), (0.2, 0.3, 0.5))
    at = torch.tensor(trunk.vertices)
    wing = torch.where(at[:, 0] > 0, index["leftWing1"], index["rightWing1"])
    add(trunk, wing)
    flank = (at[:, 0].abs() / 0.1).float() * (0.0 if wings_apart else 0.4)  # of its weight
    for side, sign in (("left", 1), ("right", -1)):
        if wings_apart:
            plate = box((0.13 * sign, 0.58, -0.02), (0.02, 0.15, 0.3))
            add(plate, torch.full((len(plate.vertices),), index[f"{side}Wing1"]))
        if legs_parted:
            leg = box((0.08 * sign, 0.2, 0.0), (0.04, 0.4, 0.06))
            add(leg, torch.full((len(leg.vertices),), index[f"{side}LowerLeg"]))
    if not legs_parted:
        column = box((0, 0.2, 0), (0.2, 0.4, 0.06))
        left = torch.tensor(column.vertices)[:, 0] > 0
        add(column, torch.where(left, index["leftLowerLeg"], index["rightLowerLeg"]))
    whole = trimesh.util.concatenate(parts)
    carrier = torch.cat(joints)
    mesh = Mesh(torch.tensor(whole.vertices).float(), torch.tensor(whole.faces).long())
    own = torch.ones(len(carrier))
    own[: len(flank)] = flank  # the rest of the trunk hangs on the chest
    slots = torch.stack([carrier, torch.full_like(carrier, index["chest"])], 1)
    slots, weights = (torch.nn.functional.pad(two, (0, 2)) for two in (slots, torch.stack([own, 1 - own], 1)))
    return make_body(skeleton, mesh, Skin(torch.where(weights > 0, slots, 0), weights))


@pytest.mark.parametrize(("way", "volume", "torn"), [(0.0, 0.0, 0.0), (1.0, 1.0, 0.0), (2.0, 2.0, 12 / 6)])
def test_strain_of_a_drawn_out_cube_is_that_of_the_longer_box(way, volume, torn) -> None:
    skeleton = build_skeleton({"end": ("root", (0, 0.5, 0))}, "prop")
    cube = trimesh.creation.box((1, 1, 1))
    upper = torch.tensor(cube.vertices)[:, 1] > 0
    slots = torch.nn.functional.pad(upper.long()[:, None], (0, 3))
    mesh = Mesh(torch.tensor(cube.vertices).float(), torch.tensor(cube.faces).long())
    body = make_body(skeleton, mesh, Skin(slots, torch.tensor([1.0, 0.0, 0.0, 0.0]).repeat(8, 1)))
    pose = torch.eye(4).double().repeat(1, 2, 1, 1)
    pose[:, 1, 1, 3] = 0.5 + way  # four sides grow from 1 to 1 + way
    measured = strain(body, pose, ("end",))
    assert float(measured[0]) == pytest.approx(volume, abs=1e-6)
    assert float(measured[1]) == pytest.approx(torn, abs=1e-6)


def test_wings_that_are_plates_open_all_the_way_and_flanks_do_not() -> None:
    assert wing_room(bird(wings_apart=True, legs_parted=True)) == 1.0
    assert wing_room(bird(wings_apart=False, legs_parted=True)) < 0.6


def test_flight_neither_swells_nor_tears_a_flank(ctx: Context) -> None:
    body = bird(wings_apart=False, legs_parted=True)
    (clip,) = make_clips(body.skeleton, MotionConfig(clips=("fly",)), ctx, body.mesh, body.skin, body=body)
    still = [i for i, name in enumerate(body.skeleton.names) if name not in WING_JOINTS]
    rotation = clip.rotation.clone()
    rotation[:, still] = body.skeleton.rest_rotation[still].to(rotation)
    place = body.skeleton.rest_translation[clip.moving_joint].expand_as(clip.root_translation)
    joints = clip_joint_to_world(replace(clip, rotation=rotation, root_translation=place), body.skeleton)
    swell, torn = strain(body, joints, WING_JOINTS)
    assert float(swell.abs().max()) < 1.5 * MAX_SWELL
    assert float(torn.max()) < 1.5 * MAX_TORN
    turned = (rotation * rotation[:1]).sum(-1).abs().amin(0)
    assert math.degrees(2 * math.acos(float(turned.min()))) > 1.0  # and yet they flutter


def test_legs_in_one_column_hop_and_parted_ones_walk(ctx: Context) -> None:
    one, two = (bird(wings_apart=True, legs_parted=parted) for parted in (False, True))
    assert legs_apart(one) < LEAST_APART < legs_apart(two)
    for body, alike in ((one, True), (two, False)):
        (clip,) = make_clips(body.skeleton, MotionConfig(clips=("walk",)), ctx, body.mesh, body.skin, body=body)
        place = clip_joint_to_world(clip, body.skeleton)[..., :3, 3]
        left, right = (place[:, body.skeleton.names.index(f"{side}Foot"), 1] for side in ("left", "right"))
        assert torch.allclose(left, right, atol=0.02) == alike
        assert clip.speed > 0
