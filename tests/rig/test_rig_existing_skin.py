"""A file that already has a skin: replaced by default and said so, kept on request."""

import pytest
import torch

from gen4d.config import load_config
from gen4d.context import Context
from gen4d.errors import ConfigError, InputError
from gen4d.export.glb import write_glb
from gen4d.from_file import rig_file
from gen4d.streams import Streams
from gen4d.structures import Asset, Material, Mesh, Skeleton, Skin


@pytest.fixture
def rigged_box(tmp_path):
    """Two joints no body plan knows, one a corner of a box."""
    corners = torch.tensor([[x, y, z] for x in (0.0, 1.0) for y in (0.0, 2.0) for z in (0.0, 1.0)])
    faces = torch.tensor([
        [0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
        [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3],
    ])  # fmt: skip
    skeleton = Skeleton(
        ("bottom", "lid"), torch.tensor([-1, 0]), torch.tensor([[0.5, 0.0, 0.5], [0.0, 1.0, 0.0]]),
        torch.tensor([[0.0, 0.0, 0.0, 1.0]] * 2), "prop",
    )  # fmt: skip
    joints = torch.zeros(8, 4, dtype=torch.int64)
    joints[:, 0] = (corners[:, 1] > 1).long()
    weights = torch.tensor([[1.0, 0.0, 0.0, 0.0]]).repeat(8, 1)
    path = tmp_path / "box.glb"
    write_glb(Asset("box", Mesh(corners, faces), Material(torch.ones(1, 1, 4)), skeleton, Skin(joints, weights)), path)
    return path


def test_a_skin_is_replaced_and_the_report_says_so(rigged_box) -> None:
    ctx = Context(Streams(0))
    asset = rig_file(rigged_box, load_config(None, {"rig.plan": "prop"}), ctx)
    assert asset.skeleton is not None and "lid" not in asset.skeleton.names
    assert ctx.facts["rig.replaced_joints"] == 2
    assert any("--keep-skin" in warning for warning in ctx.warnings)


def test_a_skin_is_kept_on_request(rigged_box) -> None:
    ctx = Context(Streams(0))
    asset = rig_file(rigged_box, load_config(None, {"rig.keep_skin": True}), ctx)
    assert asset.skeleton is not None and asset.skin is not None
    assert {"bottom", "lid"} <= set(asset.skeleton.names)
    moved = {asset.skeleton.names[j] for j in asset.skin.joints[asset.skin.weights > 0].unique().tolist()}
    assert moved == {"bottom", "lid"}


def test_nothing_to_keep_and_two_skeletons_are_refused(tmp_path, rigged_box) -> None:
    plain = tmp_path / "plain.obj"
    plain.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 3\nf 1 2 4\nf 1 3 4\nf 2 3 4\n")
    cfg = load_config(None, {"rig.keep_skin": True})
    with pytest.raises(InputError, match="no skin that could be kept"):
        rig_file(plain, cfg, Context(Streams(0)))
    with pytest.raises(ConfigError, match="one of the two"):
        rig_file(rigged_box, cfg, Context(Streams(0)), joints=tmp_path / "joints.json")
