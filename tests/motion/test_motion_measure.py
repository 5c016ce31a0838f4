"""The measures see what they are meant to see: each fault, put in by hand, raises its own number."""

from dataclasses import replace

import pytest
import torch

from gen4d.motion.clips import make_clips
from gen4d.motion.config import MotionConfig
from gen4d.motion.measure import measure_clip


@pytest.fixture
def walk(dolls, ctx):
    return make_clips(dolls["biped"][0], MotionConfig(clips=("walk",)), ctx)[0]


def test_wrong_ground_speed_is_seen_as_skating(dolls, walk) -> None:
    skeleton, skin, mesh = dolls["biped"]
    assert measure_clip(replace(walk, speed=0.3 * walk.speed), skeleton, skin, mesh).foot_skate > 0.9


def test_sinking_and_hovering_are_seen_in_metres(dolls, walk) -> None:
    skeleton, skin, mesh = dolls["biped"]
    scale = 1.7 / float(mesh.bounds[1][1] - mesh.bounds[0][1])
    for shift, name in ((-0.1, "penetration"), (0.1, "floating")):
        moved = replace(walk, root_translation=walk.root_translation + torch.tensor([0.0, shift, 0.0]))
        assert getattr(measure_clip(moved, skeleton, skin, mesh), name) == pytest.approx(0.1 * scale, abs=0.02)


def test_open_loop_is_seen_at_the_seam(dolls, walk) -> None:
    skeleton, skin, mesh = dolls["biped"]
    place = walk.root_translation.clone()
    place[-1, 0] += 0.17
    height = float(mesh.bounds[1][1] - mesh.bounds[0][1])
    open_clip = replace(walk, loop=False, root_translation=place)
    assert measure_clip(open_clip, skeleton, skin, mesh).seam == pytest.approx(0.17 / height, rel=1e-3)
