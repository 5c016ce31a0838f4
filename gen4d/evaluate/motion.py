"""How good the clips of an asset are, measured on the skinned vertices an engine would show.

Lengths are reported at human scale: the asset is thought of as 1.7 m high, so that one rule fits a mouse and a giant.
"""

import math
from dataclasses import dataclass, replace

import torch

from gen4d.errors import InputError
from gen4d.evaluate.winding import winding_numbers
from gen4d.motion.foreign import is_ours, ours_by_match
from gen4d.motion.kinematics import clip_joint_to_world
from gen4d.motion.resample import quickest_turn
from gen4d.motion.root_motion import ground_speed
from gen4d.motion.skinning import skin_vertices
from gen4d.structures import Asset, Clip, Mesh, Skeleton, Skin

HUMAN_HEIGHT = 1.7  # metres
HUMAN_FPS = 30.0
CONTACT_HEIGHT, SLIDE = 0.005, 0.01  # metres, metres a frame: the rule for planted feet
LOOSE_HEIGHT, LOOSE_SLIDE = 0.05, 0.025  # the published rule (Karunratanakul et al., GMD, 2023); counts low swings too
MIN_LIFT = 0.01  # metres: a foot that rises less does not step
MIN_TRAVEL = 0.05  # metres a second at human scale: slower clips need no steps
POINTS, FRAMES = 1200, 8  # how many vertices, in how many frames, are tested for lying inside the body
SEAM_POINTS = 300
POSED_AT_ONCE = 1_000_000  # vertices: a long clip of a large mesh would not fit into memory
NO_VOLUME = 1e-12  # cubic metres: a sheet's
# A vertex of a mesh sees all of what lies inside around itself as a share of the sphere, below 1; what else it lies in
# adds 1. Moved off its own surface by 4 mm of a metre instead, as it once was, skin that only touched counted: .006 to
# .015 of a made person's in every clip, a crease's first of all.
INSIDE = 1.005  # times around; the rest is rounding
UNEVEN = 0.02  # of the time between keyframes: less is rounding
STILL = 1e-4  # heights a second: a clip slower than this has no velocity whose seam could be judged

LIMITS = {  # measure -> largest good value
    "foot_skate": 0.01,
    "bone_drift": 1e-5,
    "seam": 1e-4,
    "velocity_mismatch": 0.05,
    "penetration_mm": 2.0,
    "volume_change": 0.10,
    "self_penetration": 0.02,
    "turn_deg": 60.0,
}


@dataclass(frozen=True)
class Foot:
    """One foot through a clip.

    Fields:
        name: of its joint.
        duty: share of the time in contact.
        lift_mm: highest place of its lowest point, at human scale.
        landings: how often it comes down in one round of the clip.
    """

    name: str
    duty: float
    lift_mm: float
    landings: int


@dataclass(frozen=True)
class ClipMeasures:
    """One clip, measured.

    Fields:
        name, seconds, loop, speed: of the clip; metres a second.
        foot_skate: share of contact frames in which a foot's lowest vertex moves more than 1 cm against the
            ground while it is within 0.5 cm of it; None where nothing has feet, or none touches.
        loose_skate: the same by the published 5 cm and 2.5 cm.
        feet: one entry a foot.
        steps: every foot lifts, swings and lands; None where the clip does not travel, flies, or has no feet.
        bone_drift: largest relative change of a bone's length.
        seam: largest vertex distance between first and last keyframe, over the height; None where it does not loop.
        velocity_mismatch: root mean square difference of the vertex velocities at both ends, over their mean speed.
        penetration_mm: millimetres below the ground, beyond what the rest pose already has.
        floating_mm: air under the lowest vertex in the frame where it is largest.
        volume_change: largest relative change of the enclosed volume.
        self_penetration: largest share of vertices inside the body, beyond the rest pose's.
        turn_deg: degrees of the largest turn of any joint but wheels and rotors from one keyframe to the next.
    """

    name: str
    seconds: float
    loop: bool
    speed: float
    foot_skate: float | None
    loose_skate: float | None
    feet: tuple[Foot, ...]
    steps: bool | None
    bone_drift: float
    seam: float | None
    velocity_mismatch: float | None
    penetration_mm: float
    floating_mm: float
    volume_change: float
    self_penetration: float
    turn_deg: float

    def faults(self) -> tuple[str, ...]:
        """The measures beyond their limit."""
        values = ((name, getattr(self, name)) for name in LIMITS)
        beyond = [name for name, value in values if value is not None and value > LIMITS[name]]
        return (*beyond, *(() if self.steps in (None, True) else ("steps",)))

    @property
    def duty(self) -> float | None:
        """Mean duty factor of the feet."""
        return sum(foot.duty for foot in self.feet) / len(self.feet) if self.feet else None


def measure_motion(asset: Asset) -> tuple[ClipMeasures, ...]:
    """Measure every clip of a rigged asset; () where it has none.

    Feet of rigs of others are those that `match_skeleton` finds; what it finds no feet on is measured without.
    """
    if asset.skeleton is None or asset.skin is None:
        return ()
    skeleton = with_our_feet(asset.skeleton)
    return tuple(measure_clip(clip, skeleton, asset.skin, asset.mesh) for clip in asset.clips)


def with_our_feet(skeleton: Skeleton) -> Skeleton:
    """The same skeleton with joints named as ours, where it is a foreign one that can be recognised."""
    if is_ours(skeleton):
        return skeleton
    try:
        return replace(ours_by_match(skeleton), plan=skeleton.plan)
    except InputError:  # neither a biped nor a quadruped
        return skeleton


def measure_clip(clip: Clip, skeleton: Skeleton, skin: Skin, mesh: Mesh) -> ClipMeasures:
    """Pose the mesh through a clip and measure it; joints whose names end in "Foot" or "Toes" are feet."""
    joint_to_world = clip_joint_to_world(clip, skeleton)
    soles = {name: sole for name, sole in _soles(skeleton, skin, mesh).items() if len(sole)}
    seen = _see(mesh, skin, skeleton, joint_to_world, soles)
    low, high = mesh.bounds
    height = max(float(high[1] - low[1]), 1e-9)
    scale = HUMAN_HEIGHT / height
    strict = [_contacts(clip, sole * scale, scale, CONTACT_HEIGHT, SLIDE) for sole in seen.soles]
    loose = [_contacts(clip, sole * scale, scale, LOOSE_HEIGHT, LOOSE_SLIDE) for sole in seen.soles]
    feet = tuple(
        _foot(name, touching, sole[..., 1].amin(1) * scale, clip.loop)
        for name, sole, (touching, _) in zip(soles, seen.soles, strict, strict=True)
    )
    flies = float(seen.lowest.min()) * scale > LOOSE_HEIGHT
    travels = clip.speed * scale > MIN_TRAVEL and bool(feet) and not flies
    at_rest = float(_volume(mesh.vertices.double(), mesh.faces))
    return ClipMeasures(
        name=clip.name,
        seconds=float(clip.times[-1]),
        loop=clip.loop,
        speed=clip.speed,
        foot_skate=_skate(strict),
        loose_skate=_skate(loose),
        feet=feet,
        steps=all(f.landings > 0 and f.lift_mm >= 1000 * MIN_LIFT for f in feet) if travels else None,
        bone_drift=_bone_drift(skeleton, joint_to_world, clip.moving_joint),
        seam=_seam(clip, seen.frames[0], seen.frames[-1]) / height if clip.loop else None,
        velocity_mismatch=_velocity_mismatch(clip, *_evenly(clip.times, seen.points), height) if clip.loop else None,
        penetration_mm=1000 * scale * max(0.0, float(low[1].clamp(max=0) - seen.lowest.min())),
        floating_mm=1000 * scale * max(0.0, float(seen.lowest.max())),
        volume_change=float((seen.volume - at_rest).abs().max()) / at_rest if at_rest > NO_VOLUME else 0.0,
        self_penetration=_self_penetration(mesh, seen.frames),
        turn_deg=math.degrees(quickest_turn(clip, skeleton)),
    )


@dataclass(frozen=True)
class _Seen:
    """What is kept of a mesh posed through a clip of T keyframes, all of whose vertices may not fit into memory.

    Fields:
        lowest, volume: (T,) height of the lowest vertex, enclosed volume.
        points: (T, P, 3) some vertices.
        soles: (T, S, 3) of each foot.
        frames: (V, 3) each, all vertices at some keyframes, the first and the last among them.
    """

    lowest: torch.Tensor
    volume: torch.Tensor
    points: torch.Tensor
    soles: tuple[torch.Tensor, ...]
    frames: tuple[torch.Tensor, ...]


def _see(
    mesh: Mesh, skin: Skin, skeleton: Skeleton, joint_to_world: torch.Tensor, soles: dict[str, torch.Tensor]
) -> _Seen:
    """Pose a mesh through a clip, a few keyframes at once."""
    count, rest = len(joint_to_world), mesh.vertices.double()
    kept = set(torch.linspace(0, count - 1, FRAMES).round().long().tolist())
    points = torch.arange(0, len(rest), max(1, len(rest) // SEAM_POINTS))
    lowest, volume, frames = [], [], []
    tracks: list[list[torch.Tensor]] = [[] for _ in (points, *soles)]
    at_once = max(1, POSED_AT_ONCE // max(len(rest), 1))
    for first, some in zip(range(0, count, at_once), joint_to_world.split(at_once), strict=True):
        posed = skin_vertices(rest, skin, skeleton, some)  # (t, V, 3)
        lowest.append(posed[..., 1].amin(1))
        volume.append(_volume(posed, mesh.faces))
        frames += [posed[frame - first] for frame in sorted(kept) if first <= frame < first + len(posed)]
        for track, chosen in zip(tracks, (points, *soles.values()), strict=True):
            track.append(posed[:, chosen])
    tracked = [torch.cat(track) for track in tracks]
    return _Seen(torch.cat(lowest), torch.cat(volume), tracked[0], tuple(tracked[1:]), tuple(frames))


def _seam(clip: Clip, first: torch.Tensor, last: torch.Tensor) -> float:
    """Largest distance between vertices (V, 3) of both ends, without the way of the root, which a loop keeps going."""
    way = torch.zeros(3, dtype=torch.float64)
    if clip.joint_translation is not None:
        way = (clip.joint_translation[-1, 0] - clip.joint_translation[0, 0]).double()
    return float((last - first - way).norm(dim=-1).max())


def _contacts(
    clip: Clip, feet: torch.Tensor, scale: float, height: float, slide: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Whether a sole touches through each frame step, and whether it slides while it does; (T - 1,) bool each.

    Args:
        feet: (T, S, 3) sole vertices at human scale; the ground passes back at the clip's speed.
    """
    step = clip.times.double().diff()  # (T - 1,)
    moved = feet.diff(dim=0)
    moved[..., 2] += ground_speed(clip) * scale * step[:, None]
    lowest = feet[..., 1].argmin(1)[:-1]  # the vertex that touches at the start of each step
    distance = moved[torch.arange(len(step)), lowest][:, [0, 2]].norm(dim=-1)
    low = feet[..., 1].amin(1) < height
    touching = low[:-1] & low[1:]
    return touching, touching & (distance > slide * HUMAN_FPS * step)


def _skate(feet: list[tuple[torch.Tensor, torch.Tensor]]) -> float | None:
    touching = sum(int(touch.sum()) for touch, _ in feet)
    return sum(int(slip.sum()) for _, slip in feet) / touching if touching else None


def _foot(name: str, touching: torch.Tensor, lowest: torch.Tensor, loop: bool) -> Foot:
    """What one foot does, from its contacts (T - 1,) and the height of its lowest point (T,)."""
    before = touching.roll(1) if loop else torch.cat([touching[:1], touching[:-1]])
    return Foot(name, float(touching.double().mean()), 1000 * float(lowest.max()), int((touching & ~before).sum()))


def _soles(skeleton: Skeleton, skin: Skin, mesh: Mesh) -> dict[str, torch.Tensor]:
    """For each foot, indices of the vertices it carries; the lowest of them at a time is what touches."""
    soles = {}
    for foot in (name for name in skeleton.names if name.endswith("Foot")):
        parts = (foot, foot.removesuffix("Foot") + "Toes")
        joints = torch.tensor([i for i, name in enumerate(skeleton.names) if name in parts])
        share = (skin.weights * torch.isin(skin.joints, joints)).sum(1)
        soles[foot] = torch.nonzero(share > 0.5).ravel()
    return soles


def _bone_drift(skeleton: Skeleton, joint_to_world: torch.Tensor, moving_joint: int) -> float:
    """Largest (longest - shortest) / mean over bones; the moving joint's own and those of sprung wheels may change."""
    worst = 0.0
    for joint, parent in enumerate(skeleton.parents.tolist()):
        if parent < 0 or joint == moving_joint or skeleton.names[joint].endswith("Wheel"):
            continue
        length = (joint_to_world[:, joint, :3, 3] - joint_to_world[:, parent, :3, 3]).norm(dim=-1)
        worst = max(worst, float((length.max() - length.min()) / length.mean().clamp(min=1e-9)))
    return worst


def _evenly(times: torch.Tensor, points: torch.Tensor) -> tuple[float, torch.Tensor]:
    """Seconds between even times, and points (N, P, 3) at them, of points (T, P, 3) at the times of any keyframes.

    A file has more keyframes where a joint turns far, on straight lines between those of the motion: those at even
    times tell its velocity, where the others would show the corners of the lines. Where no keyframes are at even
    times, places between them are read off the lines, `HUMAN_FPS` a second.
    """
    times = times.double() - float(times[0])
    seconds, coarsest = float(times[-1]), float(times.diff().max())
    count = max(round(seconds / coarsest), 1)
    even = torch.linspace(0, seconds, count + 1, dtype=torch.float64)
    nearest = (times[None] - even[:, None]).abs().min(1)  # (N,)
    if float(nearest.values.max()) <= UNEVEN * coarsest:
        return seconds / count, points[nearest.indices]
    count = max(round(seconds * HUMAN_FPS), 2)
    even = torch.linspace(0, seconds, count + 1, dtype=torch.float64)
    low = (torch.searchsorted(times, even, right=True) - 1).clamp(0, len(times) - 2)
    share = (even - times[low]) / (times[low + 1] - times[low])
    return seconds / count, torch.lerp(points[low], points[low + 1], share[:, None, None].to(points.dtype))


def _velocity_mismatch(clip: Clip, step: float, points: torch.Tensor, height: float) -> float | None:
    """How much the velocity of points (T, P, 3) jumps where the loop closes, over their mean speed; None if all stand.

    Both velocities are one-sided differences of third order, so that an acceleration through the seam is no jump.

    Args:
        step: seconds from points to points.
    """
    if len(points) < 8:
        return None
    weights = torch.tensor([-11.0, 18.0, -9.0, 2.0], dtype=points.dtype) / (6 * step)
    start = torch.einsum("t,tvi->vi", weights, points[:4])
    end = -torch.einsum("t,tvi->vi", weights, points[-4:].flip(0))
    velocity = points.diff(dim=0) / step
    velocity[..., 2] += ground_speed(clip)
    mean_speed = float(velocity.norm(dim=-1).square().mean().sqrt())
    if mean_speed < STILL * height:
        return None
    return float((start - end).norm(dim=-1).square().mean().sqrt()) / mean_speed


def _volume(vertices: torch.Tensor, faces: torch.Tensor) -> torch.Tensor:
    """Enclosed volume of meshes (..., V, 3), about their middle, so that small holes do no harm; (...)."""
    about = vertices - vertices.mean(-2, keepdim=True)
    a, b, c = (about[..., faces[:, corner], :] for corner in range(3))
    return ((a * torch.linalg.cross(b, c)).sum(-1).sum(-1) / 6).abs()


def _self_penetration(mesh: Mesh, frames: tuple[torch.Tensor, ...]) -> float:
    """Largest share of sampled vertices that lie inside the mesh, beyond the share at rest.

    Args:
        frames: (V, 3) each.
    """
    chosen = torch.arange(0, len(mesh.vertices), max(1, len(mesh.vertices) // POINTS))
    rest = _inside(mesh, mesh.vertices, chosen)
    return max(0.0, max(_inside(mesh, frame, chosen) for frame in frames) - rest)


def _inside(mesh: Mesh, vertices: torch.Tensor, chosen: torch.Tensor) -> float:
    posed = vertices.float().numpy()
    return float((winding_numbers(posed[chosen], posed, mesh.faces.numpy()) > INSIDE).mean())
