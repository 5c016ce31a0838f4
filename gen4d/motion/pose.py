"""A pose under construction: rotations about world axes for each joint, turned into a clip at the end."""

from dataclasses import replace

import torch
from torch.nn.functional import normalize

from gen4d.motion.body import Body
from gen4d.motion.kinematics import (
    clip_joint_to_world,
    forward_kinematics,
    make_continuous,
    matrix_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    quaternion_to_rotation_vector,
    rest_joint_to_world,
    rotation_vector_to_quaternion,
)
from gen4d.structures import Clip, Skeleton

CARRIERS = ("hips", "body", "thorax", "trunk1")  # the joint that carries the body; else the first child of the root


class Pose:
    """T frames of one body, all float64; local to the function that builds a clip.

    A joint's turn is written in the axes of the world as they are in the rest pose (x left, y up, z ahead of the
    subject) and is carried along by its parents, so the same numbers fit any rest rotation.
    """

    def __init__(self, body: Body, num_frames: int) -> None:
        self.body = body
        self.skeleton = skeleton = body.skeleton
        self.index = {name: i for i, name in enumerate(skeleton.names)}
        carrier = next((self.index[name] for name in CARRIERS if name in self.index), 1)
        self.moving_joint = min(carrier, len(skeleton) - 1)
        self.num_frames = num_frames
        self.rest = rest_joint_to_world(skeleton)  # (J, 4, 4)
        self.position = {name: self.rest[i, :3, 3] for name, i in self.index.items()}
        self._rest_rotation = matrix_to_quaternion(self.rest[:, :3, :3])
        identity = torch.tensor([0.0, 0.0, 0.0, 1.0], dtype=torch.float64)
        self._turn = identity.repeat(num_frames, len(skeleton), 1)
        self.shift = torch.zeros(num_frames, 3, dtype=torch.float64)

    def has(self, name: str) -> bool:
        """Whether the skeleton has this joint."""
        return name in self.index

    def turn(self, name: str, quaternion: torch.Tensor) -> None:
        """Turn a joint further, on top of what it has; (T, 4) or (4,). Unknown joints are left alone."""
        if name in self.index:
            joint = self.index[name]
            self._turn[:, joint] = quaternion_multiply(quaternion.expand(self.num_frames, 4), self._turn[:, joint])

    def local_turn(self, name: str) -> torch.Tensor:
        """A joint's own turn, (T, 4)."""
        return self._turn[:, self.index[name]]

    def world_turn(self, name: str) -> torch.Tensor:
        """How far a joint has turned in the world since the rest pose, (T, 4)."""
        total = self._turn[:, self.index[name]]
        parent = int(self.skeleton.parents[self.index[name]])
        while parent >= 0:
            total = quaternion_multiply(self._turn[:, parent], total)
            parent = int(self.skeleton.parents[parent])
        return total

    def set_world_turn(self, name: str, quaternion: torch.Tensor) -> None:
        """Give a joint a turn in the world, whatever its parents do; (T, 4) or (4,)."""
        parent = self.skeleton.names[int(self.skeleton.parents[self.index[name]])]
        local = quaternion_multiply(quaternion_conjugate(self.world_turn(parent)), quaternion)
        self._turn[:, self.index[name]] = local.expand(self.num_frames, 4)

    def turn_in_world(self, name: str, quaternion: torch.Tensor) -> None:
        """Turn a joint further about axes of the world, (T, 4)."""
        self.set_world_turn(name, quaternion_multiply(quaternion, self.world_turn(name)))

    def close(self, way: torch.Tensor, reach: int) -> None:
        """Make the last frame equal the first, `way` (3,) metres further on, and the motion run evenly through both.

        The difference is spread over the last quarter. Then velocities are made to agree: from both sides the motion
        is drawn, over `reach` frames, towards the outside of the corner that it turns at the seam.
        """
        count = max(2, self.num_frames // 4)
        share = torch.linspace(0, 1, count, dtype=torch.float64)
        share = share * share * (3 - 2 * share)
        first, last = self._turn[0], self._turn[-1]
        goal = torch.where((self._turn[-count:] * first).sum(-1, keepdim=True) < 0, -first, first)
        end = torch.where((last * goal[-1]).sum(-1, keepdim=True) < 0, -last, last)
        mixed = self._turn[-count:] + share[:, None, None] * (goal[-1:] - end)
        self._turn[-count:] = normalize(mixed, dim=-1)
        self.shift[-count:] += share[:, None] * (self.shift[0] + way - self.shift[-1])
        reach = min(reach, (self.num_frames - 1) // 3)
        if reach < 2:
            return
        away = torch.arange(-reach, reach + 1)  # frames from the seam
        frames = away % (self.num_frames - 1)
        from_seam = quaternion_to_rotation_vector(
            quaternion_multiply(self._turn[frames], quaternion_conjugate(self._turn[:1]))
        )
        turned = rotation_vector_to_quaternion(_corner(from_seam, reach))
        moved = _corner(self.shift[frames] - self.shift[:1] - way * (away < 0)[:, None], reach)
        self._turn[frames] = quaternion_multiply(turned, self._turn[frames])
        self.shift[frames] += moved
        self._turn[-1], self.shift[-1] = self._turn[0], self.shift[0] + way

    def world_position(self, name: str) -> torch.Tensor:
        """Where a joint is now, (T, 3) metres."""
        chain = [self.index[name]]
        while chain[-1] != 0:
            chain.append(int(self.skeleton.parents[chain[-1]]))
        place = self.rest[0, :3, 3].expand(self.num_frames, 3)
        turned = self._turn[:, 0]
        for parent, joint in zip(chain[:0:-1], chain[-2::-1], strict=True):
            step = self.rest[joint, :3, 3] - self.rest[parent, :3, 3]
            if joint == self.moving_joint:
                step = step + self.shift
            place = place + quaternion_rotate(turned, step)
            turned = quaternion_multiply(turned, self._turn[:, joint])
        return place

    def lean_to(self, name: str, turn: torch.Tensor, share: torch.Tensor) -> None:
        """Move a joint's own turn towards another one, (4,) or (T, 4), by a share (T,) in [0, 1].

        The way round is chosen once, at the first frame: chosen anew in each, it would jump where both are half a turn
        apart.
        """
        now = make_continuous(self._turn[:, self.index[name]])
        goal = make_continuous(turn.expand_as(now))
        goal = -goal if float((now[0] * goal[0]).sum()) < 0 else goal
        self._turn[:, self.index[name]] = normalize(torch.lerp(now, goal, share[:, None]), dim=-1)

    def joint_to_world(self) -> torch.Tensor:
        """Where every joint is now, (T, J, 4, 4)."""
        local, place = self._local()
        return forward_kinematics(self.skeleton, local, self.moving_joint, place)

    def clip(self, name: str, fps: int, speed: float = 0.0, *, loop: bool = True) -> Clip:
        """The finished clip; one that loops has its last keyframe made equal to the first to the bit."""
        local, place = self._local()
        if loop:
            local[-1], place[-1] = local[0], place[0]
        local = make_continuous(local)
        times = torch.arange(self.num_frames, dtype=torch.float32) / fps
        return Clip(name, times, local.float(), place.float(), self.moving_joint, loop, speed)

    def _local(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Local rotations (T, J, 4) and the moving joint's local translation (T, 3)."""
        parents = self.skeleton.parents.clamp(min=0)
        rest_parent = self._rest_rotation[parents]
        rest_parent[0] = torch.tensor([0.0, 0.0, 0.0, 1.0], dtype=torch.float64)
        # World: R_j = R_p * turn_j (in rest world axes) * rest_j; local = inverse(R_p) R_j.
        local = quaternion_multiply(
            quaternion_multiply(quaternion_conjugate(rest_parent)[None], self._turn), self._rest_rotation[None]
        )
        base = self.skeleton.rest_translation[self.moving_joint].double()
        back = quaternion_conjugate(rest_parent[self.moving_joint])
        return local, base + quaternion_rotate(back, self.shift)


def _corner(values: torch.Tensor, reach: int) -> torch.Tensor:
    """What rounds the corner in the middle of values (2 R + 1, ..., 3); nothing, with no slope, at both ends.

    a (1 - |t| / R)^2 has a corner of slope -4 a / R in its middle; a is chosen to cancel that of the values.
    """
    before, middle, after = values[:reach].flip(0), values[reach], values[reach + 1 :]
    ahead = (4 * after[0] - after[1] - 3 * middle) / 2  # one-sided differences of second order
    behind = (3 * middle - 4 * before[0] + before[1]) / 2
    share = (1 - torch.linspace(-1, 1, 2 * reach + 1, dtype=values.dtype).abs()) ** 2
    return share.reshape(-1, *[1] * middle.dim()) * (ahead - behind) * (reach / 4)


def calm_start(clip: Clip, skeleton: Skeleton, allowed: float = 0.0) -> Clip:
    """Start a loop at the keyframe through which it moves most evenly, so that an engine's seam shows least.

    Args:
        allowed: jump of the velocity at the seam, over the mean speed, at which the clip stays as it is.
    """
    period = len(clip.times) - 1
    place = clip_joint_to_world(clip, skeleton)[:-1, :, :3, 3]  # (T - 1, J, 3)
    jerk = sum(
        weight * place.roll(-shift, 0)
        for shift, weight in zip(range(-3, 4), (2.0, -9.0, 18.0, -22.0, 18.0, -9.0, 2.0), strict=True)
    )  # six times what the one-sided velocities of third order differ by
    jumps = torch.as_tensor(jerk).square().sum(2).mean(1)
    step = place.diff(dim=0)
    step[..., 2] += clip.speed * float(clip.times[-1]) / period
    if float(jumps[0]) <= (6 * allowed) ** 2 * float(step.square().sum(2).mean()):
        return clip
    start = int(jumps.argmin())

    def rolled(values: torch.Tensor) -> torch.Tensor:
        return torch.cat([values[start:period], values[: start + 1]])

    return replace(
        clip, rotation=make_continuous(rolled(clip.rotation)), root_translation=rolled(clip.root_translation)
    )
