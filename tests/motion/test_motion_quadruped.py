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


def test_a_short_necked_animal_feeds_ahead_of_its_feet(ctx) -> None:
    neck = torch.tensor(DOG_MIDDLE["neck"][1])
    short = {name: (parent, tuple((neck + 0.4 * (torch.tensor(place) - neck)).tolist())) if name in ("neck1", "head")
             else (parent, place) for name, (parent, place) in DOG_MIDDLE.items()}  # fmt: skip
    skeleton = build_skeleton({**short, **DOG_LIMBS, **mirrored(DOG_LIMBS)}, "quadruped")
    (clip,) = make_clips(skeleton, MotionConfig(clips=("eat",)), ctx)
    head = clip_joint_to_world(clip, skeleton)[:, skeleton.names.index("head")]
    muzzle = head[:, :3, 2]  # where the head looks
    assert float(muzzle[:, 2].min()) > 0.4  # never under the chest ...
    assert float(muzzle[:, 1].min()) < -0.6  # ... but down
    assert float(head[:, 1, 3].min()) < 0.85 * float(head[0, 1, 3])
