"""Templates: joints near where the creature was built around them, inside, mirrored, left on +X."""

import numpy as np
import pytest

from gen4d.rig.biped import fit_biped
from gen4d.rig.embedding import mirror_points, to_skeleton
from gen4d.rig.names import mirror_name
from gen4d.rig.quadruped import fit_quadruped
from gen4d.rig.slices import symmetry_plane
from gen4d.rig.voxels import voxelise

ARMS = {"human_t": (1.0, 0.0), "human_a": (0.71, -0.71), "human_down": (0.22, -0.975)}


def _fit(mesh, fit, ctx):
    solid = voxelise(mesh.vertices.numpy(), mesh.faces.numpy(), 96)
    return fit(solid, ctx), solid


@pytest.mark.parametrize("name", ARMS)
def test_biped_joints_are_near_the_built_ones(creatures, ctx, name: str) -> None:
    bones, _ = _fit(creatures[name], fit_biped, ctx)
    assert not ctx.warnings
    direction = np.array([*ARMS[name], 0.0])
    shoulder, hand = np.array([0.19, 1.42, 0.0]), np.array([0.19, 1.42, 0.0]) + 0.66 * direction
    expected = {
        "leftUpperArm": shoulder,
        "leftLowerArm": shoulder + 0.28 * direction,
        "leftUpperLeg": (0.13, 0.93, 0.0),
        "leftLowerLeg": (0.13, 0.50, 0.0),
        "leftFoot": (0.13, 0.09, 0.0),
        "neck": (0.0, 1.47, 0.0),
    }
    for joint, place in expected.items():
        assert np.linalg.norm(bones[joint].head - place) < 0.11, joint
    assert np.linalg.norm(bones["leftHand"].tail - hand) < 0.07
    assert bones["leftToes"].tail[2] > bones["leftFoot"].head[2] + 0.1  # toes point forward


@pytest.mark.parametrize("name", ["human_t", "human_a", "human_down", "human_fused", "robe", "dog", "dog_without_tail"])
def test_joints_are_inside_and_mirrored_with_left_on_positive_x(creatures, ctx, name: str) -> None:
    fit = fit_quadruped if "dog" in name else fit_biped
    bones, solid = _fit(creatures[name], fit, ctx)
    plane, _ = symmetry_plane(solid)
    for joint, bone in bones.items():
        assert solid.contains(bone.head), joint
        assert np.abs(bone.head - mirror_points(bones[mirror_name(joint)].head, plane)).max() < 0.017, joint
        if joint.startswith("left"):
            assert bone.head[0] > plane, joint


def test_grown_together_limbs_are_warned_with_the_remedy(creatures, ctx) -> None:
    _fit(creatures["robe"], fit_biped, ctx)
    assert len(ctx.warnings) == 2 and all("--plan" in warning for warning in ctx.warnings)


def test_quadruped_legs_stand_on_the_feet_and_the_spine_runs_forward(creatures, ctx) -> None:
    bones, _ = _fit(creatures["dog"], fit_quadruped, ctx)
    assert not ctx.warnings
    for end, z in (("Hind", -0.40), ("Front", 0.35)):
        toes = bones[f"left{end}Toes"].head
        assert np.allclose(toes[[0, 2]], (0.12, z), atol=0.05)
        heights = [bones[f"left{end}{part}"].head[1] for part in ("UpperLeg", "LowerLeg", "Foot", "Toes")]
        assert heights == sorted(heights, reverse=True)
    spine = [bones[name].head[2] for name in ("hips", "spine", "spine1", "chest", "neck", "head")]
    assert spine == sorted(spine)
    assert np.linalg.norm(bones["head"].tail - (0, 0.78, 0.85)) < 0.15


def test_tail_is_found_only_where_there_is_one(creatures, ctx) -> None:
    tailed, _ = _fit(creatures["dog"], fit_quadruped, ctx)
    bare, _ = _fit(creatures["dog_without_tail"], fit_quadruped, ctx)
    chain = [name for name in tailed if name.startswith("tail")]
    assert 2 <= len(chain) <= 4 and not any(name.startswith("tail") for name in bare)
    assert np.linalg.norm(tailed[chain[-1]].tail - (0, 0.72, -0.97)) < 0.1


def test_template_follows_translation_and_scale(creatures, ctx) -> None:
    mesh = creatures["human_t"]
    first, _ = _fit(mesh, fit_biped, ctx)
    moved = type(mesh)(mesh.vertices * 3 + mesh.vertices.new_tensor([5.0, 0.0, -2.0]), mesh.faces)
    second, _ = _fit(moved, fit_biped, ctx)
    for joint, bone in first.items():
        assert np.allclose(second[joint].head, bone.head * 3 + [5, 0, -2], atol=0.02), joint


def test_skeleton_has_one_root_at_the_origin_and_identity_rest(creatures, ctx) -> None:
    bones, _ = _fit(creatures["human_t"], fit_biped, ctx)
    skeleton = to_skeleton(bones, "biped")
    assert skeleton.names[:2] == ("root", "hips") and skeleton.parents.tolist()[:2] == [-1, 0]
    assert (skeleton.rest_translation[0] == 0).all()
    assert (skeleton.rest_rotation == skeleton.rest_rotation.new_tensor([0, 0, 0, 1])).all()
    world = skeleton.rest_translation.double().clone()
    for joint, parent in enumerate(skeleton.parents.tolist()):
        if parent >= 0:
            world[joint] += world[parent]
    assert np.allclose(world[1:].numpy(), [bone.head for bone in bones.values()], atol=1e-6)
