"""Birds, fish, snakes, spiders, insects, plants and vehicles built of capsules: joints lie where they were built."""

import numpy as np
import pytest
import torch
import trimesh

from gen4d.context import Context
from gen4d.rig.bird import fit_bird
from gen4d.rig.crawlers import fit_insect, fit_spider
from gen4d.rig.fish import fit_fish
from gen4d.rig.limbs import core_of, find_limbs, measure_frame
from gen4d.rig.names import plan_joints
from gen4d.rig.plant import fit_plant
from gen4d.rig.snake import fit_snake
from gen4d.rig.vehicle import fit_vehicle
from gen4d.rig.voxels import voxelise
from gen4d.streams import Streams
from gen4d.structures import Mesh


def _both(limbs):
    return [*limbs, *(((-a[0], *a[1:]), (-b[0], *b[1:]), r) for a, b, r in limbs)]


def _crawler(pairs: int):
    legs = [
        [((0.1, 0.4, z), (0.55, 0.6, 2 * z), 0.035), ((0.55, 0.6, 2 * z), (0.8, 0.03, 2.5 * z), 0.03)]
        for z in np.linspace(0.2, -0.2, pairs)
    ]
    body = [((0, 0.4, -0.25), (0, 0.4, 0.15), 0.15), ((0, 0.45, -0.6), (0, 0.45, -0.35), 0.2)]
    return [*body, *_both([capsule for leg in legs for capsule in leg])]


def _bird():
    legs = _both([((0.1, 0.45, 0.0), (0.1, 0.04, 0.0), 0.035), ((0.1, 0.035, 0.0), (0.1, 0.035, 0.12), 0.035)])
    wings = _both([((0.12, 0.65, 0.1), (0.75, 0.7, 0.0), 0.04)])
    trunk = [
        ((0, 0.55, -0.2), (0, 0.65, 0.15), 0.16),
        ((0, 0.7, 0.2), (0, 0.95, 0.35), 0.06),
        ((0, 0.98, 0.36), (0, 0.98, 0.42), 0.09),
        ((0, 0.97, 0.45), (0, 0.96, 0.62), 0.03),
        ((0, 0.52, -0.3), (0, 0.48, -0.75), 0.05),
    ]
    return [*trunk, *legs, *wings]


SHAPES = {
    "spider": (_crawler(4), fit_spider),
    "insect": (_crawler(3), fit_insect),
    "bird": (_bird(), fit_bird),
    "fish": ([((0, 0.4, z), (0, 0.4, z), 0.05 + 0.2 * np.sin(0.3 + 2.3 * (z + 0.8) / 1.6)) for z in
              np.linspace(-0.8, 0.8, 33)] + [((0, 0.2, -0.95), (0, 0.6, -0.95), 0.04),
              ((0, 0.4, -0.95), (0, 0.4, -0.7), 0.05)], fit_fish),
    "snake": ([((0.3 * np.sin(4 * z), 0.06, z), (0.3 * np.sin(4 * (z + 0.1)), 0.06, z + 0.1), 0.05 + 0.01 * (z > 0.8))
               for z in np.arange(-1, 1, 0.1)], fit_snake),
    "plant": ([((0, 0, 0), (0, 1.2, 0), 0.06), ((0, 0.7, 0), (0.5, 1.0, 0), 0.035),
               ((0, 0.9, 0), (-0.4, 1.3, 0), 0.03)], fit_plant),
}  # fmt: skip


@pytest.fixture(scope="module")
def fitted(make_mesh):
    """plan -> (bones, solid), each fitted once."""
    result = {}
    for plan, (capsules, fit) in SHAPES.items():
        mesh = make_mesh(capsules, 0.03)
        solid = voxelise(mesh.vertices.numpy(), mesh.faces.numpy(), 72)
        ctx = Context(Streams(0))
        result[plan] = (fit(solid, ctx), solid, ctx.warnings)
    return result


@pytest.mark.parametrize("plan", SHAPES)
def test_every_joint_is_known_inside_and_none_is_missing(fitted, plan: str) -> None:
    bones, solid, warnings = fitted[plan]
    known = plan_joints(plan)
    assert set(bones) <= set(known) and not warnings
    assert {name for name, joint in known.items() if not joint.optional} <= set(bones)
    for name, bone in bones.items():
        assert solid.contains(bone.head) and bone.parent in ("root", *bones), name


@pytest.mark.parametrize("plan", ["spider", "insect"])
def test_legs_bend_at_the_knee_and_end_at_the_feet(fitted, plan: str) -> None:
    bones, _, _ = fitted[plan]
    for name, bone in bones.items():
        if name.endswith("LowerLeg"):
            assert abs(abs(bone.head[0]) - 0.55) < 0.12 and bone.head[1] > 0.45, name
        if name.endswith("Foot"):
            assert bone.tail[1] < 0.12 and (bone.tail[0] > 0) == name.startswith("left"), name
    front, hind = bones["leftFrontFoot"].tail, bones["leftHindFoot"].tail
    assert front[2] > hind[2] + 0.3


def test_a_fish_has_its_backbone_in_order_from_nose_to_tail(fitted) -> None:
    bones, _, _ = fitted["fish"]
    z = [bones[name].head[2] for name in ("head", "body", "spine1", "spine2", "spine3", "tailFin")]
    assert z == sorted(z, reverse=True) and np.abs([bones[n].head[0] for n in bones if "spine" in n]).max() < 0.03


def test_a_snake_is_followed_round_its_bends(fitted) -> None:
    bones, _, _ = fitted["snake"]
    assert bones["head"].head[2] > 0.6 and bones["tail5"].head[2] < -0.6  # the thicker end is the head
    for name, bone in bones.items():
        assert abs(bone.head[0] - 0.3 * np.sin(4 * bone.head[2])) < 0.08, name


def test_a_bird_has_wings_tail_and_beak_where_they_were_built(fitted) -> None:
    bones, _, _ = fitted["bird"]
    assert np.linalg.norm(bones["leftWing3"].tail - [0.77, 0.7, 0.0]) < 0.12
    assert np.linalg.norm(bones["head"].tail - [0, 0.96, 0.64]) < 0.1
    assert np.linalg.norm(bones["leftToes"].tail - [0.1, 0.03, 0.15]) < 0.08
    tail = max((name for name in bones if name.startswith("tail")), default="")
    assert tail and bones[tail].tail[2] < -0.65


def test_a_plant_has_its_branches(fitted) -> None:
    bones, _, _ = fitted["plant"]
    tips = [bone.tail for name, bone in bones.items() if name.startswith("branch")]
    assert any(np.linalg.norm(tip - [0.52, 1.02, 0]) < 0.12 for tip in tips)
    assert [bones[f"trunk{k}"].head[1] for k in (1, 2, 3, 4)] == sorted(
        bones[f"trunk{k}"].head[1] for k in (1, 2, 3, 4)
    )


def test_limbs_are_counted_and_longest_first(make_mesh) -> None:
    mesh = make_mesh(_crawler(3), 0.03)
    frame = measure_frame(voxelise(mesh.vertices.numpy(), mesh.faces.numpy(), 72))
    limbs = find_limbs(frame, core_of(frame.solid, 0.6), 0.2 * float(frame.size.max()))
    assert len(limbs) == 6
    assert [limb.length for limb in limbs] == sorted((limb.length for limb in limbs), reverse=True)


def _car(wheels: list[tuple[float, float]]) -> Mesh:
    parts = [trimesh.creation.box((1.0, 0.5, 2.2)).apply_translation((0, 0.6, 0))]
    for x, z in wheels:
        wheel = trimesh.creation.cylinder(0.25, 0.15, sections=24)
        wheel.apply_transform(trimesh.transformations.rotation_matrix(np.pi / 2, (0, 1, 0)))
        parts.append(wheel.apply_translation((x, 0.25, z)))
    whole = trimesh.util.concatenate(parts)
    return Mesh(torch.tensor(whole.vertices, dtype=torch.float32), torch.tensor(whole.faces))


def test_a_car_gets_four_named_wheels_on_their_axles(ctx) -> None:
    bones, owner = fit_vehicle(_car([(0.6, 0.8), (-0.6, 0.8), (0.6, -0.8), (-0.6, -0.8)]), ctx)
    assert list(bones) == ["body", "leftFrontWheel", "rightFrontWheel", "leftRearWheel", "rightRearWheel"]
    assert np.allclose(bones["leftFrontWheel"].head, [0.6, 0.25, 0.8], atol=1e-6)
    assert np.bincount(owner).tolist() == [8, 50, 50, 50, 50] and not ctx.warnings


def test_a_motorbike_has_a_front_and_a_rear_wheel_and_a_box_has_none(ctx) -> None:
    bones, _ = fit_vehicle(_car([(0.0, 1.0), (0.0, -1.0)]), ctx)
    assert list(bones) == ["body", "frontWheel", "rearWheel"] and not ctx.warnings
    bones, owner = fit_vehicle(_car([]), ctx)
    assert list(bones) == ["body"] and (owner == 0).all() and "one body" in ctx.warnings[0]
