"""A VRM's nodes rest in the T-pose, and nothing else of the file changes: not its clips, not what is read back."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from glb_factory import humanoid
from hypothesis import given
from hypothesis import strategies as st
from scene_reference import Scene
from scipy.spatial.transform import Rotation

from gen4d.export.bones import HUMAN_BONES
from gen4d.export.config import ExportConfig
from gen4d.export.glb import glb_bytes, write_glb
from gen4d.export.read import load_asset
from gen4d.export.skin import joint_to_world
from gen4d.export.t_pose import t_posed
from gen4d.export.validate import check_glb
from gen4d.structures import Asset, Clip, Skeleton, Skin

LENGTHS = {
    "UpperArm": 0.15,
    "LowerArm": 0.28,
    "Hand": 0.25,
    "UpperLeg": 0.1,
    "LowerLeg": 0.4,
    "Foot": 0.4,
    "Toes": 0.15,
}
PARENTS = {"Toes": "Foot", "Foot": "LowerLeg", "LowerLeg": "UpperLeg", "Hand": "LowerArm", "LowerArm": "UpperArm"}
PARENTS |= {"ThumbMetacarpal": "Hand", "ThumbProximal": "ThumbMetacarpal", "ThumbDistal": "ThumbProximal"}
PARENTS |= {"UpperArm": "Shoulder"} | {f"{f}Proximal": "Hand" for f in ("Index", "Middle", "Ring", "Little")}
PARENTS |= {f"{f}Intermediate": f"{f}Proximal" for f in ("Index", "Middle", "Ring", "Little")}
PARENTS |= {f"{f}Distal": f"{f}Intermediate" for f in ("Index", "Middle", "Ring", "Little")}


def slouching(seed: int) -> Asset:
    """A humanoid with every bone of VRM's list, limbs anyhow, frames of joints anyhow, and two clips."""
    rng = np.random.default_rng(seed)
    names = ["root", "hips", "spine", "chest", "upperChest", "neck", "head"]
    parents = [-1, 0, 1, 2, 3, 4, 5]
    for side in ("left", "right"):
        order = ["Shoulder", "UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot", "Toes"]
        order += [bone for bone in PARENTS if bone not in order]
        for bone in order:
            top = {"Shoulder": "upperChest", "UpperLeg": "hips"}.get(bone)
            parents.append(names.index(top if top else side + PARENTS[bone]))
            names.append(side + bone)
    assert set(names) - {"root"} == set(HUMAN_BONES)
    count = len(names)
    rest = Rotation.random(count, rng=seed).as_quat()
    offsets = np.array([rng.normal(size=3) for _ in names])
    for joint, name in enumerate(names):
        length = next((size for part, size in LENGTHS.items() if name.endswith(part)), 0.05)
        offsets[joint] *= length / np.linalg.norm(offsets[joint])
    skeleton = Skeleton(
        tuple(names), torch.tensor(parents), torch.from_numpy(offsets).float(), torch.from_numpy(rest).float(), "biped"
    )
    man = humanoid()
    vertices = len(man.mesh.vertices)
    slots = torch.from_numpy(rng.integers(1, count, (vertices, 1)))
    slots = torch.cat([slots, slots % (count - 1) + 1], 1)  # never the root, which carries no body
    share = torch.from_numpy(rng.uniform(0.5, 0.9, (vertices, 1))).float()
    skin = Skin(torch.cat([slots, torch.zeros_like(slots)], 1), torch.cat([share, 1 - share, 0 * share, 0 * share], 1))
    still = Clip("still", torch.tensor([0.0, 1.0]), torch.from_numpy(np.stack([rest, rest])).float(),
                 skeleton.rest_translation[[0, 0]], 0, loop=True)  # fmt: skip
    swing = still.rotation.clone()
    swing[1] = torch.from_numpy(
        (Rotation.from_quat(rest) * Rotation.from_rotvec(rng.normal(0, 0.1, (count, 3)))).as_quat()
    )
    swing[1] *= torch.where((swing[0] * swing[1]).sum(-1, keepdim=True) < 0, -1.0, 1.0)
    moved = Clip("swing", still.times, swing, skeleton.rest_translation[[1, 1]], 1, loop=False)
    return replace(man, skeleton=skeleton, skin=skin, clips=(still, moved))


def bone_direction(skeleton: Skeleton, bone: str, tip: str) -> np.ndarray:
    frames = joint_to_world(
        skeleton.parents.numpy(), skeleton.rest_translation.double().numpy(), skeleton.rest_rotation.double().numpy()
    )
    way = frames[skeleton.names.index(tip), :3, 3] - frames[skeleton.names.index(bone), :3, 3]
    return way / np.linalg.norm(way)


@given(st.integers(0, 10_000))
def test_limbs_point_where_vrm_wants_them(seed: int) -> None:
    posed = t_posed(slouching(seed))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        along = [("UpperArm", "LowerArm"), ("LowerArm", "Hand"), ("Hand", "MiddleProximal")]
        along += [("IndexProximal", "IndexIntermediate"), ("LittleIntermediate", "LittleDistal")]
        for bone, tip in along:
            assert np.allclose(bone_direction(posed, side + bone, side + tip), (sign, 0, 0), atol=1e-5)
        for bone, tip in (("UpperLeg", "LowerLeg"), ("LowerLeg", "Foot")):
            assert np.allclose(bone_direction(posed, side + bone, side + tip), (0, -1, 0), atol=1e-5)
        thumb = bone_direction(posed, side + "ThumbMetacarpal", side + "ThumbProximal")
        assert np.allclose(thumb, np.array([sign, 0, 1]) / np.sqrt(2), atol=1e-5)
        foot = bone_direction(posed, side + "Foot", side + "Toes")
        assert abs(foot[0]) < 1e-4 and foot[2] > 0


@pytest.mark.parametrize("seed", range(4))
def test_the_file_stands_on_the_ground_and_plays_as_any_other(tmp_path: Path, seed: int) -> None:
    man = slouching(seed)
    write_glb(man, tmp_path / "plain.glb")
    write_glb(man, tmp_path / "vrm.glb", ExportConfig(vrm=True))
    plain, vrm = Scene(tmp_path / "plain.glb"), Scene(tmp_path / "vrm.glb")
    assert abs(vrm.vertices()[:, 1].min()) < 1e-5
    assert np.abs(vrm.vertices() - plain.vertices()).max() > 0.1
    for clip in (0, 1):
        for time in (0.0, 0.4, 1.0):
            assert np.abs(plain.vertices(clip, time) - vrm.vertices(clip, time)).max() < 1e-5


def test_a_vrm_is_read_back_as_what_was_written(tmp_path: Path) -> None:
    man = slouching(1)
    write_glb(man, tmp_path / "a.glb", ExportConfig(vrm=True))
    assert {finding.code for finding in check_glb(tmp_path / "a.glb")} <= {"clip-still"}
    read, notes = load_asset(tmp_path / "a.glb")
    assert not notes and read.skeleton is not None and man.skeleton is not None
    assert torch.allclose(read.skeleton.rest_translation, man.skeleton.rest_translation, atol=1e-6)
    turn = (read.skeleton.rest_rotation * man.skeleton.rest_rotation).sum(-1).abs()
    assert torch.allclose(turn, torch.ones(()), atol=1e-6)
    assert torch.equal(read.mesh.vertices, man.mesh.vertices)
    for ours, theirs in zip(man.clips, read.clips, strict=True):
        assert torch.allclose(ours.rotation, theirs.rotation, atol=1e-6)


def test_a_pose_that_is_a_t_already_is_kept() -> None:
    posed = t_posed(slouching(2))
    again = t_posed(replace(slouching(2), skeleton=posed))
    assert torch.allclose((posed.rest_rotation * again.rest_rotation).sum(-1).abs(), torch.ones(()), atol=1e-6)


def test_the_same_humanoid_gives_the_same_bytes() -> None:
    assert glb_bytes(slouching(3), ExportConfig(vrm=True)) == glb_bytes(slouching(3), ExportConfig(vrm=True))
