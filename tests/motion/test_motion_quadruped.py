"""Four-legged gaits: a foot that stands on its toes leans with the leg, a sole that lies on the ground does not."""

import pytest
import torch
from dolls import DOG_LIMBS, DOG_MIDDLE, build_skeleton, mirrored

from gen4d.motion.clips import make_clips
from gen4d.motion.config import MotionConfig
from gen4d.motion.kinematics import clip_joint_to_world

SOLES = {"Foot": (0.06, -0.08), "Toes": (0.03, 0.06)}  # height and how far ahead of the leg, of a flat foot


def _lean(ctx, gait: str, flat: bool) -> torch.Tensor:
    """How far the left front ankle tips ahead of its rest, over the foot's height, while the foot stands ahead."""
    limbs = dict(DOG_LIMBS)
    for name, (parent, (x, y, z)) in DOG_LIMBS.items():
        height, ahead = next((SOLES[part] for part in SOLES if flat and name.endswith(part)), (y, 0.0))
        limbs[name] = (parent, (x, height, z + ahead))
    skeleton = build_skeleton({**DOG_MIDDLE, **limbs, **mirrored(limbs)}, "quadruped")
    (clip,) = make_clips(skeleton, MotionConfig(clips=(gait,), fps=60), ctx)
    foot, toes = (skeleton.names.index(f"leftFront{part}") for part in ("Foot", "Toes"))
    places = clip_joint_to_world(clip, skeleton)[..., :3, 3]
    rest_toes, rest_foot = (torch.tensor(limbs[f"leftFront{part}"][1]) for part in ("Toes", "Foot"))
    forward = places[:, toes, 2] - float(rest_toes[2])
    early = (places[:, toes, 1] < float(rest_toes[1]) + 5e-3) & (forward > 0.03)
    assert early.any()
    tipped = (places[early, foot] - places[early, toes])[:, 2] - float(rest_foot[2] - rest_toes[2])
    return tipped / float(rest_foot[1] - rest_toes[1])


@pytest.mark.parametrize("gait", ["walk", "trot"])
def test_an_upright_foot_leans_back_while_it_stands_ahead_and_a_flat_one_hardly(ctx, gait: str) -> None:
    upright = _lean(ctx, gait, flat=False)
    assert (upright < -0.02).all()
    assert (_lean(ctx, gait, flat=True) > 0.3 * upright.mean()).all()
