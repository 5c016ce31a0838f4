"""A short film of one subject becomes a clip on a skeleton: outlines and optical flow choose and fit its poses.

First every frame gets the pose of our own clips that looks most like it, then all poses are fitted at once; feet that
stand are pinned, a gait is told in place.
"""

import math
from dataclasses import replace

import torch
from torch.nn.functional import pad

from gen4d.context import Context
from gen4d.errors import InputError
from gen4d.motion.body import make_body
from gen4d.motion.clips import ALL_CLIPS, FLOATING, finish_clip
from gen4d.motion.config import MotionConfig
from gen4d.motion.contacts import (
    LOOP_SHIFT,
    SEAM_SECONDS,
    ground_velocity,
    stand_on_floor,
    standing_feet,
    steady_velocity,
    way_of_a_round,
)
from gen4d.motion.film import Film
from gen4d.motion.film_matte import Tracked
from gen4d.motion.floor import joints_beside
from gen4d.motion.foreign import is_ours, make_clips_for_any, ours_by_match
from gen4d.motion.kinematics import make_continuous
from gen4d.motion.loose import carry_loose_joints
from gen4d.motion.pins import pin_feet
from gen4d.motion.pose import Pose
from gen4d.motion.retarget import leg_length_of
from gen4d.motion.video_body import FilmBody, film_body, turns_of_clip, with_still_root
from gen4d.motion.video_fit import STEPS, Fit, fit_poses, see
from gen4d.motion.video_poses import View, choose_poses, choose_view
from gen4d.structures import Asset, Clip, Mesh, Skeleton, Skin

NAME = "video"
LIBRARY_FPS = 10
LEAST_OVERLAP = 0.42  # of outlines of the film and of the nearest poses: less is another kind of body
DOUBTFUL_OVERLAP = 0.6
SIDE_ON = 0.4  # of a way in the picture that is the body's own ahead: less cannot be told from sideways
SMOOTH_START = (0.25, 0.5, 0.25)  # the first guess jumps from pose to pose; a fit should not begin with that


def clip_from_film(film: Film, tracked: Tracked, asset: Asset, cfg: MotionConfig, ctx: Context) -> Clip:
    """Fit an asset's poses to a film of it, or of a subject of its build.

    Notes `video.overlap`, `video.azimuth_deg`, `video.frames`; warns where the outlines fit badly.

    Raises:
        InputError: the asset has no skeleton, one without clips of ours, or looks nothing like the film's subject.
    """
    if asset.skeleton is None or asset.skin is None:
        raise InputError("video: a motion needs a rig to play on; rig the mesh first, with gen4d rig.")
    mesh, skin = asset.mesh, asset.skin
    skeleton = asset.skeleton if is_ours(asset.skeleton) else ours_by_match(asset.skeleton)
    pose = Pose(make_body(skeleton, mesh, skin), len(film.frames))
    body = film_body(skeleton, mesh, skin, pose)
    library = pose_library(asset.skeleton, skeleton, mesh, skin, cfg, ctx)
    ctx.progress("video", 0.1)
    azimuth = None if cfg.video_azimuth_deg is None else math.radians(cfg.video_azimuth_deg)
    view, _ = choose_view(body, library, tracked.masks, azimuth)
    indices, overlap = choose_poses(body, library, tracked.masks, view)
    if overlap < LEAST_OVERLAP:
        raise InputError(
            f"video: its subject and the asset look too unlike (their outlines overlap {overlap:.2f}); "
            "give a film of the asset's subject, and its side with --azimuth."
        )
    ctx.progress("video", 0.2)
    fit = _best_fit(body, tracked, library, indices, view, ctx, fixed_azimuth=azimuth is not None)
    ctx.note("video.frames", len(film.frames))
    ctx.note("video.azimuth_deg", round(math.degrees(fit.view.azimuth)))
    ctx.note("video.first_overlap", round(overlap, 3))
    if overlap < DOUBTFUL_OVERLAP:
        ctx.warn(
            f"video: its subject's outlines and the asset's overlap {overlap:.2f} only; the motion may be wrong. A "
            "film from the side, of the whole subject before a calm background, works best."
        )
    for joint, name in enumerate(skeleton.names):
        pose.turn(name, fit.turns[:, joint].double())
    pose.shift = fit.shift.double() - fit.shift.double()[0] * torch.tensor([1.0, 0.0, 1.0], dtype=torch.float64)
    return _finished(pose, fit.view, film, mesh, skin, cfg)


def pose_library(
    original: Skeleton, named: Skeleton, mesh: Mesh, skin: Skin, cfg: MotionConfig, ctx: Context
) -> torch.Tensor:
    """Turns (L, J, 4) of every clip that bodies of this plan have, the resting pose first; the root stays still."""
    plain = MotionConfig(clips=(ALL_CLIPS,), fps=LIBRARY_FPS, springs=False)
    quiet = replace(ctx, facts={}, warnings=[])
    made = make_clips_for_any(original, plain, quiet, mesh, skin)
    turns = torch.cat([turns_of_clip(clip, named)[:-1] for clip in made])
    moving = Pose(make_body(named), 1).moving_joint
    rest = torch.zeros_like(turns[:1])
    rest[..., 3] = 1
    return torch.cat([rest, with_still_root(turns, moving)])


def _best_fit(
    body: FilmBody,
    tracked: Tracked,
    library: torch.Tensor,
    indices: torch.Tensor,
    view: View,
    ctx: Context,
    *,
    fixed_azimuth: bool,
) -> Fit:
    """The better of two fits: from the poses as chosen, and with left and right exchanged.

    Outlines seen from the side do not tell a left leg from a right one; the flow of what is in front does.
    """
    seen = see(tracked.masks, tracked.flow, tracked.steady)
    starts = [library[indices]]
    twin = _mirrored(library[indices], body.skeleton)
    if twin is not None:
        starts.append(twin)
    fits = []
    for number, start in enumerate(starts):
        last = None
        for step, fit in enumerate(
            fit_poses(body, seen, _calmed(start), library, view, fixed_azimuth=fixed_azimuth), start=1
        ):
            last = fit
            ctx.progress("video", 0.2 + 0.75 * (number + step * 8 / STEPS) / len(starts))
        assert last is not None
        fits.append(last)
    return min(fits, key=lambda fit: fit.misfit)


def _calmed(turns: torch.Tensor) -> torch.Tensor:
    """Turns (T, J, 4) averaged with those before and after."""
    steady = make_continuous(turns)
    padded = pad(steady.movedim(0, -1), (1, 1), "replicate").movedim(-1, 0)
    mixed = sum((w * padded[i : i + len(turns)] for i, w in enumerate(SMOOTH_START)), torch.zeros_like(turns))
    return torch.nn.functional.normalize(mixed, dim=-1)


def _mirrored(turns: torch.Tensor, skeleton: Skeleton) -> torch.Tensor | None:
    """Left and right limbs exchanged, the trunk as it is, so that the outline from the side stays; None without any."""
    swap = {"left": "right", "right": "left"}
    names = list(skeleton.names)
    other = []
    for name in names:
        side = next((s for s in swap if name.startswith(s)), None)
        twin = name if side is None else swap[side] + name.removeprefix(side)
        other.append(names.index(twin) if twin in names else names.index(name))
    if other == list(range(len(names))):
        return None
    sided = torch.tensor([o != i for i, o in enumerate(other)])
    flip = torch.tensor([1.0, -1.0, -1.0, 1.0])  # a turn seen in the mirror of the x axis
    return torch.where(sided[None, :, None], turns[:, other] * flip, turns)


def _finished(pose: Pose, view: View, film: Film, mesh: Mesh, skin: Skin, cfg: MotionConfig) -> Clip:
    """Feet on the ground, a gait in place, a loop closed where the ends meet."""
    skeleton, fps = pose.skeleton, film.fps
    ahead = math.cos(view.azimuth + math.pi / 2)  # how far a way ahead goes to the right of the picture, -1 to 1
    if abs(ahead) > SIDE_ON:  # what goes across the picture goes ahead: a film does not show depth
        right = torch.tensor([math.cos(view.azimuth), -math.sin(view.azimuth)], dtype=torch.float64)
        across = pose.shift[:, [0, 2]] @ right
        pose.shift[:, 0], pose.shift[:, 2] = 0, across / ahead
    speed = 0.0
    seconds = (pose.num_frames - 1) / fps
    if skeleton.plan not in FLOATING and any(name.endswith("Foot") for name in skeleton.names):
        speed = _stand(pose, fps, seconds)
        loop = pose.has("leftFoot") or pose.has("leftHindFoot")
        way = way_of_a_round(pose, leg_length_of(pose)) if loop else None
        loop = way is not None and float(way.norm()) < LOOP_SHIFT * leg_length_of(pose)
        if loop:
            pose.close(torch.zeros(3, dtype=torch.float64), round(SEAM_SECONDS * fps))
    else:
        loop = False
    clip = carry_loose_joints(_with_all_moved(pose.clip(NAME, 1, speed, loop=loop), pose), skeleton)
    times = torch.arange(pose.num_frames, dtype=torch.float32) / fps
    return finish_clip(replace(clip, times=times), skeleton, cfg.model_copy(update={"springs": False}), mesh, skin)


def _stand(pose: Pose, fps: float, seconds: float) -> float:
    """Pin the feet that stand; returns the speed of a gait, which is then told in place."""
    stand_on_floor(pose)
    leg = leg_length_of(pose)
    feet = {
        name: torch.stack(
            [pose.world_position(part) for part in (name, name.removesuffix("Foot") + "Toes") if pose.has(part)], 1
        )
        for name in pose.index
        if name.endswith("Foot")
    }
    carrier = pose.skeleton.names[pose.moving_joint]
    ground = ground_velocity(feet, pose.world_position(carrier), leg, fps)
    times = torch.arange(pose.num_frames, dtype=torch.float64)[:, None] / fps
    pose.shift -= ground * times
    feet = {name: places - (ground * times)[:, None] for name, places in feet.items()}
    on_toes = pose.skeleton.plan == "quadruped"
    contacts = standing_feet(feet, leg, fps, torch.zeros(3, dtype=torch.float64), on_toes=on_toes)
    travel = pose.shift.clone()
    pin_feet(pose, contacts, way_of_a_round(pose, leg), "Toes" if on_toes else "Foot")
    velocity = steady_velocity(travel, seconds, leg)
    if velocity is None:
        return 0.0
    pose.shift[:, [0, 2]] -= (velocity * times)[:, [0, 2]]
    return float(velocity[2])


def _with_all_moved(clip: Clip, pose: Pose) -> Clip:
    """The clip with what hangs beside the joint that carries the body, such as a game rig's legs, moved with it."""
    beside = [joint for joint in joints_beside(clip.moving_joint, pose.skeleton) if joint != clip.moving_joint]
    if not beside:
        return clip
    places = pose.skeleton.rest_translation.repeat(len(clip.times), 1, 1)
    places[:, clip.moving_joint] = clip.root_translation
    frames = pose.rest[:, :3, :3]
    for joint in beside:
        parent = int(pose.skeleton.parents[joint])
        places[:, joint] += (pose.shift @ frames[parent]).float()
    return replace(clip, joint_translation=places)
