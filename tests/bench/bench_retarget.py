"""Motion of others on rigs of ours, measured: `python tests/bench/bench_retarget.py [RIGGED.glb:clip ...]`.

Each named clip of a file (any one whose name holds the word) plays on a made person or dog, whichever has as many legs,
and is measured like our own, with the same measures of the artist's clip on the artist's mesh before it. Without files
come the pairs with a known answer: clips of ours told by a skeleton with other rest rotations, in another unit, lying
along another axis; printed is how far the worst end effector is off in the mean, over the height (3 % allowed).
`--sheets DIR` draws six frames of every retargeted clip from the side and from the front.
"""

import argparse
import math
from dataclasses import replace
from pathlib import Path

import torch
from bench_motion import made, sheet

from gen4d.context import Context
from gen4d.evaluate.motion import measure_clip
from gen4d.evaluate.motion_tables import MOTION_HEADER, motion_row
from gen4d.export.read import load_asset
from gen4d.motion.body import make_body
from gen4d.motion.clips import clips_of_skeleton, make_clips
from gen4d.motion.config import MotionConfig
from gen4d.motion.kinematics import (
    axis_angle,
    clip_joint_to_world,
    make_continuous,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
)
from gen4d.motion.match import match_skeleton
from gen4d.motion.retarget import retarget
from gen4d.streams import Streams
from gen4d.structures import Asset, Clip, Skeleton

ENDS = ("head", "Hand", "Foot")
UNIT = 100.0  # centimetres


def disguised(skeleton: Skeleton, clip: Clip) -> tuple[Skeleton, Clip]:
    """The same motion of bones whose own axes point anywhere, in centimetres, with +Z up."""
    draw = torch.Generator().manual_seed(7)
    own = torch.nn.functional.normalize(torch.randn(len(skeleton), 4, generator=draw, dtype=torch.float64), dim=1)
    parents = skeleton.parents.tolist()
    upright = axis_angle((1.0, 0.0, 0.0), torch.tensor(math.pi / 2, dtype=torch.float64))
    before = torch.stack([own[p] if p >= 0 else quaternion_conjugate(upright) for p in parents])
    back = quaternion_conjugate(before)

    def turned(rotation: torch.Tensor) -> torch.Tensor:
        return quaternion_multiply(quaternion_multiply(back, rotation.double()), own)

    moving = clip.moving_joint
    other = replace(
        skeleton,
        rest_translation=(UNIT * quaternion_rotate(back, skeleton.rest_translation.double())).float(),
        rest_rotation=turned(skeleton.rest_rotation).float(),
    )
    way = UNIT * quaternion_rotate(back[moving], clip.root_translation.double())
    told = replace(clip, rotation=make_continuous(turned(clip.rotation)).float(), root_translation=way.float())
    return other, replace(told, loop=False, speed=0.0)


def known_pairs(asset: Asset, ctx: Context) -> None:
    """Every clip of a made thing, told by another skeleton and brought back."""
    skeleton = asset.skeleton
    assert skeleton is not None and asset.skin is not None
    height = float(asset.mesh.bounds[1][1] - asset.mesh.bounds[0][1])
    ends = [i for i, name in enumerate(skeleton.names) if name.endswith(ENDS)]
    body = make_body(skeleton, asset.mesh, asset.skin)
    names = tuple(clips_of_skeleton(skeleton)[0])
    for clip in make_clips(skeleton, MotionConfig(clips=names), ctx, asset.mesh, asset.skin):
        ours = retarget(*disguised(skeleton, clip), body, ctx, root_motion=True)
        places = [clip_joint_to_world(each, skeleton)[:, ends, :3, 3] for each in (ours, clip)]
        off = places[0] - places[1]
        off[..., 2] -= (clip.speed * clip.times)[:, None]  # ours travels, the known clip is told in place
        worst = float(off.norm(dim=-1).mean(0).max()) / height
        print(f"{asset.name:<8}{clip.name:<10}worst end off by {100 * worst:5.2f} % of the height", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*")
    parser.add_argument("--sheets", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    ctx = Context(Streams(0))
    ours = {False: made("person", "biped"), True: made("dog", "quadruped")}
    if not given.files:
        for asset in ours.values():
            known_pairs(asset, ctx)
        return
    print(MOTION_HEADER)
    for entry in given.files:
        file, _, word = entry.rpartition(":")
        source = load_asset(Path(file))[0]
        assert source.skeleton is not None and source.skin is not None
        clip = next(c for c in source.clips if word.lower() in c.name.lower().split("|")[-1])
        clip = replace(clip, name=clip.name.split("|")[-1])
        target = ours[match_skeleton(source.skeleton).is_four_legged]
        assert target.skeleton is not None and target.skin is not None
        played = retarget(source.skeleton, clip, make_body(target.skeleton, target.mesh, target.skin), ctx)
        print(f"{Path(file).stem}, {clip.name} on its own mesh, then on our {target.name}", flush=True)
        print(motion_row(measure_clip(clip, source.skeleton, source.skin, source.mesh)), flush=True)
        print(motion_row(measure_clip(played, target.skeleton, target.skin, target.mesh)), flush=True)
        if given.sheets is not None:
            sheet(target, (played,), given.sheets / f"{Path(file).stem}-{word}.png")


if __name__ == "__main__":
    main()
