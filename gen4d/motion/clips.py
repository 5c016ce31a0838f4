"""The motion stage: a skeleton gets the clips of its body plan."""

import difflib
import math
from collections.abc import Callable, Mapping

from gen4d.context import Context
from gen4d.errors import ConfigError
from gen4d.motion import biped, bird, crawler, fish, plant, prop, quadruped, snake, vehicle
from gen4d.motion.body import Body, make_body
from gen4d.motion.config import MotionConfig
from gen4d.motion.floor import raise_above_floor
from gen4d.motion.resample import quickest_turn
from gen4d.motion.root_motion import let_travel
from gen4d.motion.springs import add_springs
from gen4d.motion.twist import drive_twists
from gen4d.structures import Clip, Mesh, Skeleton, Skin

ClipMaker = Callable[[Body, MotionConfig, Context], Clip]
ALL_CLIPS = "all"
FLOATING = ("prop", "plant")  # no feet, and no floor that they stand on by a weight of their own
LARGEST_TURN = math.radians(20)  # of a joint between keyframes; files get more keyframes from there on as well
COARSE_FPS = 31  # a quick gait has more keyframes a second anyway


def make_clips(
    skeleton: Skeleton,
    cfg: MotionConfig,
    ctx: Context,
    mesh: Mesh | None = None,
    skin: Skin | None = None,
    *,
    body: Body | None = None,
) -> tuple[Clip, ...]:
    """Make the clips the config names, or the body plan's usual ones.

    Args:
        mesh, skin: what the skeleton carries; with them, feet and bodies touch the ground exactly where the skin does.
        body: all three as one, where a caller has it already.

    Raises:
        ConfigError: a clip the skeleton's body plan does not have.
    """
    known, usual = clips_of_skeleton(skeleton)
    names = tuple(dict.fromkeys(cfg.clips)) or usual
    names = tuple(known) if names == (ALL_CLIPS,) else names
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            suggestion = f"; did you mean '{close[0]}'?" if close else "."
            raise ConfigError(
                f"motion.clips: a {skeleton.plan} has no clip '{name}'; it has {', '.join(known)}{suggestion}"
            )
    body = body or make_body(skeleton, mesh, skin)
    clips = tuple(finish_clip(_keyed(known[name], body, cfg, ctx), skeleton, cfg, mesh, skin) for name in names)
    if cfg.root_motion:
        clips = let_travel(clips, skeleton, ctx)
    ctx.note("motion.clips", ", ".join(names))
    return clips


def _keyed(make: ClipMaker, body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """A clip with keyframes so close that the straight lines between them keep to the motion.

    Where a joint turns far from one keyframe to the next, what hangs on it cuts its arc short: a stout quadruped's
    head went 8 mm into the floor between two keyframes that were above it.
    """
    clip = make(body, cfg, ctx)
    fps = (len(clip.times) - 1) / float(clip.times[-1])
    if fps > COARSE_FPS or quickest_turn(clip, body.skeleton) <= LARGEST_TURN:
        return clip
    return make(body, cfg.model_copy(update={"fps": 2 * cfg.fps}), ctx)


def finish_clip(clip: Clip, skeleton: Skeleton, cfg: MotionConfig, mesh: Mesh | None, skin: Skin | None) -> Clip:
    """What every clip of ours gets last: twist joints, secondary motion, and a check of the whole skin at the floor."""
    clip = drive_twists(clip, skeleton)
    clip = add_springs(clip, skeleton) if cfg.springs else clip
    if mesh is None or skin is None:
        return clip
    return raise_above_floor(clip, skeleton, mesh, skin)


def clips_of_skeleton(skeleton: Skeleton) -> tuple[Mapping[str, ClipMaker], tuple[str, ...]]:
    """The clips a skeleton can play by name, and the names of those made by default."""
    known, usual = clips_of_plan(skeleton.plan)
    needs = {"vehicle": vehicle.NEEDS, "insect": crawler.NEEDS}.get(skeleton.plan, {})
    if skeleton.plan == "bird" and bird.wing_share(skeleton) < bird.LEAST_WING:  # a tyrannosaur's arms
        known = {name: make for name, make in known.items() if name not in bird.ON_WINGS}
    playable = {
        name: make for name, make in known.items() if name not in needs or set(needs[name]) & set(skeleton.names)
    }
    return playable, tuple(name for name in usual if name in playable)


def clips_of_plan(plan: str) -> tuple[Mapping[str, ClipMaker], tuple[str, ...]]:
    """All clips of a body plan by name, and the names of those made by default; none for an unknown plan."""
    match plan:
        case "biped":
            return biped.CLIPS, biped.DEFAULTS
        case "quadruped":
            return quadruped.CLIPS, quadruped.DEFAULTS
        case "bird":
            return bird.CLIPS, bird.DEFAULTS
        case "fish":
            return fish.CLIPS, fish.DEFAULTS
        case "snake":
            return snake.CLIPS, snake.DEFAULTS
        case "insect":
            return crawler.crawler_clips(crawler.INSECT_PAIRS), crawler.DEFAULTS
        case "spider":
            return crawler.crawler_clips(crawler.SPIDER_PAIRS), crawler.DEFAULTS
        case "vehicle":
            return vehicle.CLIPS, vehicle.DEFAULTS
        case "plant":
            return plant.CLIPS, plant.DEFAULTS
        case "prop":
            return prop.CLIPS, prop.DEFAULTS
        case _:
            return {}, ()
