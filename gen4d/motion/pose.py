"""A pose under construction: rotations about world axes for each joint, turned into a clip at the end."""

import torch

from gen4d.motion.kinematics import (
    make_continuous,
    matrix_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    rest_joint_to_world,
)
from gen4d.structures import Clip, Skeleton

MOVING_JOINT = "hips"


class Pose:
    """T frames of one skeleton, all float64; local to the function that builds a clip.

    A joint's turn is written in the axes of the world as they are in the rest pose (x left, y up, z ahead of the
    subject) and is carried along by its parents, so the same numbers fit any rest rotation.
    """

    def __init__(self, skeleton: Skeleton, num_frames: int, moving_joint: str = MOVING_JOINT) -> None:
        self.skeleton = skeleton
        self.index = {name: i for i, name in enumerate(skeleton.names)}
        self.moving_joint = self.index[moving_joint]
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

    def clip(self, name: str, fps: int, speed: float = 0.0) -> Clip:
        """The finished clip; it loops, so the last keyframe is made equal to the first to the bit."""
        parents = self.skeleton.parents.clamp(min=0)
        rest_parent = self._rest_rotation[parents]
        rest_parent[0] = torch.tensor([0.0, 0.0, 0.0, 1.0], dtype=torch.float64)
        # World: R_j = R_p * turn_j (in rest world axes) * rest_j; local = inverse(R_p) R_j.
        local = quaternion_multiply(
            quaternion_multiply(quaternion_conjugate(rest_parent)[None], self._turn), self._rest_rotation[None]
        )
        local[-1] = local[0]
        local = make_continuous(local)
        base = self.skeleton.rest_translation[self.moving_joint].double()
        back = quaternion_conjugate(rest_parent[self.moving_joint])
        place = base + quaternion_rotate(back, self.shift)
        place[-1] = place[0]
        times = torch.arange(self.num_frames, dtype=torch.float32) / fps
        return Clip(name, times, local.float(), place.float(), self.moving_joint, True, speed)
