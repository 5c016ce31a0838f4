"""Loops in motions of others: a last keyframe that files leave out, and the part of a long walk that closes best."""

from dataclasses import replace

import torch
from torch.nn.functional import normalize

from gen4d.motion.kinematics import make_continuous
from gen4d.structures import Clip

MISSING = (0.4, 1.6)  # largest steps between keyframes from the last to the first, where one keyframe is missing
CUT_SECONDS = 2.0  # as much at most is cut off at either end, ...
CUT_SHARE = 0.34  # ... and this share of the clip
WALK_FPS, UNHURRIED_SECONDS = 72, 0.9
COARSE_FPS, FINE_FPS, QUICK_SECONDS = 29, 48, 0.8  # short clips with few keyframes: feet touch for two or three only


def with_last_keyframe(clip: Clip) -> Clip:
    """The clip with its first keyframe repeated at the end, if that is one step away; else the same clip.

    Some tools write a cycle without the keyframe that closes it.
    """
    steps = _apart(clip.rotation[1:], clip.rotation[:-1]).amax(1)  # (T - 1,) radians
    gap = float(_apart(clip.rotation[-1:], clip.rotation[:1]).max())
    largest, hips = float(steps.max()), clip.root_translation
    way, stride = float((hips[-1] - hips[0]).norm()), float(hips.diff(dim=0).norm(dim=1).max())
    if not MISSING[0] * largest < gap < MISSING[1] * largest or way > MISSING[1] * stride:
        return clip
    moved = clip.joint_translation
    return replace(
        clip,
        times=torch.cat([clip.times, clip.times[-1:] + clip.times[1]]),
        rotation=make_continuous(torch.cat([clip.rotation, clip.rotation[:1]])),
        root_translation=torch.cat([hips, hips[:1]]),
        joint_translation=None if moved is None else torch.cat([moved, moved[:1]]),
        loop=False,
    )


def longest_cycle(turns: torch.Tensor, fps: float, limit: float) -> tuple[int, int] | None:
    """First and last frame of the longest part of a gait whose ends nearly meet and move alike.

    Args:
        turns: (T, J, 4) of the joints that count; limit: radians the ends may be apart at most.

    Returns:
        The frames, the last one included; None where no ends meet.
    """
    count = len(turns)
    reach = int(min(CUT_SECONDS * fps, CUT_SHARE * count))
    if reach < 3:
        return None
    starts, ends = torch.arange(1, reach), torch.arange(count - reach, count - 1)
    apart = _apart(turns[starts, None], turns[None, ends]).amax(-1)  # (S, E)
    for step in (-1, 1):  # a leg that swings back passes where it swings forth
        apart = apart + _apart(turns[starts + step, None], turns[None, ends + step]).amax(-1)
    best = int(apart.argmin())
    start, end = int(starts[best // len(ends)]), int(ends[best % len(ends)])
    return (start, end) if float(_apart(turns[start], turns[end]).max()) < limit else None


def part_of(clip: Clip, first: int, last: int) -> Clip:
    """A clip from one keyframe to another, both included."""
    chosen = slice(first, last + 1)
    moved = clip.joint_translation
    return replace(
        clip,
        times=clip.times[chosen] - clip.times[first],
        rotation=clip.rotation[chosen],
        root_translation=clip.root_translation[chosen],
        joint_translation=None if moved is None else moved[chosen],
        loop=False,
    )


def with_fine_times(clip: Clip) -> Clip:
    """A short clip with few keyframes with at least `FINE_FPS` a second, on smooth curves through its own."""
    seconds, count = float(clip.times[-1]), len(clip.times) - 1
    if seconds > QUICK_SECONDS or count > COARSE_FPS * seconds or count < 3:
        return clip
    return replace(_between(clip, -(-int(FINE_FPS * seconds) // count)), loop=False)


def with_walk_keys(clip: Clip) -> Clip:
    """A clip of an unhurried gait with at least `WALK_FPS` keyframes a second, on smooth curves through its own.

    An engine draws straight lines between keyframes; where a foot swings within five of them, each is a corner. Quick
    gaits stay at what `with_fine_times` gave them: their contacts are too short to be told from finer steps.
    """
    seconds, count = float(clip.times[-1]), len(clip.times) - 1
    times = -(-int(WALK_FPS * seconds) // max(count, 1))
    return _between(clip, times) if times > 1 and count >= 3 and seconds > UNHURRIED_SECONDS else clip


def _between(clip: Clip, times: int) -> Clip:
    """The clip with `times` as many keyframes, on Catmull and Rom's curves; a loop's go on through its seam."""
    seconds, count = float(clip.times[-1]), len(clip.times) - 1
    share = torch.arange(times * count + 1, dtype=torch.float64) / times
    low = share.long().clamp(max=count - 1)
    share = share - low
    places = torch.stack([low - 1, low, low + 1, low + 2])
    places = places % count if clip.loop else places.clamp(0, count)
    s, s2, s3 = share, share**2, share**3
    weights = torch.stack([-s3 + 2 * s2 - s, 3 * s3 - 5 * s2 + 2, -3 * s3 + 4 * s2 + s, s3 - s2]) / 2  # (4, N)

    def curved(values: torch.Tensor) -> torch.Tensor:
        return sum(
            (
                w.reshape(-1, *[1] * (values.dim() - 1)) * values.double()[at]
                for w, at in zip(weights, places, strict=True)
            ),
            torch.zeros(1, dtype=torch.float64),
        )

    own = make_continuous(clip.rotation)
    near = own[places[1]]  # a loop's quaternions may change sign from its last round to its next
    turned = [torch.where((own[at] * near).sum(-1, keepdim=True) < 0, -own[at], own[at]).double() for at in places]
    rotation = sum((w[:, None, None] * q for w, q in zip(weights, turned, strict=True)), torch.zeros(1))
    moved = clip.joint_translation
    return replace(
        clip,
        times=torch.linspace(0, seconds, times * count + 1),
        rotation=make_continuous(normalize(torch.as_tensor(rotation), dim=-1)).float(),
        root_translation=curved(clip.root_translation).float(),
        joint_translation=None if moved is None else curved(moved).float(),
    )


def _apart(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Radians between unit quaternions (..., 4), (...)."""
    return 2 * torch.arccos((a.double() * b.double()).sum(-1).abs().clamp(max=1.0))
