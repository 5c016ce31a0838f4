"""Crawlers: legs modelled stretched out are drawn in a little, so that they have room to step."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gen4d.motion.body import make_body
from gen4d.motion.crawler_legs import MAX_DRAWN, crawler_legs, gait_stance, longest_stride
from gen4d.motion.pose import Pose
from gen4d.structures import Skeleton

PAIRS = ("Front", "Middle", "Hind")
DUTY = 0.6


def _beetle(bend: float, reach: float = 0.3) -> Pose:
    """Six legs that reach out and down, their knees raised by `bend`."""
    names, parents, places = ["root", "thorax"], [-1, 0], [(0.0, 0.0, 0.0), (0.0, 0.15, 0.0)]
    for pair, ahead in zip(PAIRS, (0.2, 0.0, -0.2), strict=True):
        for side, sign in (("left", 1.0), ("right", -1.0)):
            hip = (0.1 * sign, 0.15, ahead)
            foot = ((0.1 + reach) * sign, 0.03, 1.6 * ahead)
            knee = (0.5 * (hip[0] + foot[0]), 0.09 + bend, 0.5 * (hip[2] + foot[2]))
            start = len(names)
            names += [side + pair + part for part in ("UpperLeg", "LowerLeg", "Foot")]
            parents += [1, start, start + 1]
            places += [hip, knee, foot]
    place = torch.tensor(places)
    steps = place - torch.where(torch.tensor(parents)[:, None] < 0, 0.0, place[parents])
    rest = torch.tensor([0.0, 0, 0, 1]).repeat(len(names), 1)
    return Pose(make_body(Skeleton(tuple(names), torch.tensor(parents), steps, rest, "insect")), 2)


@given(st.floats(0.0, 0.15), st.floats(0.05, 0.4))
def test_a_foot_is_drawn_in_never_out_and_never_far(bend: float, stride: float) -> None:
    pose = _beetle(bend)
    for leg in crawler_legs(PAIRS):
        hip, _, foot = (pose.position[name] for name in leg.joints)
        move = gait_stance(pose, leg, stride, DUTY)
        assert float(move.abs().max()) <= MAX_DRAWN * float((foot - hip).norm()) + 1e-9
        assert float((foot + move - hip).norm()) <= float((foot - hip).norm()) + 1e-9
        assert float(move[1]) == 0.0


@pytest.mark.parametrize("bend", [0.0, 0.03])
def test_legs_stretched_out_stride_farther_drawn_in_and_bent_ones_stay(bend: float) -> None:
    pose, legs = _beetle(bend), crawler_legs(PAIRS)
    still = [torch.zeros(3, dtype=torch.float64) for _ in legs]
    drawn = [gait_stance(pose, leg, 0.2, DUTY) for leg in legs]
    assert longest_stride(pose, legs, drawn, DUTY) > 1.5 * longest_stride(pose, legs, still, DUTY)
    roomy = _beetle(0.2)
    assert all(float(gait_stance(roomy, leg, 0.05, DUTY).norm()) == 0.0 for leg in legs)
