"""One animation of a skeleton."""

from dataclasses import dataclass

import torch

from gen4d.errors import ShapeError
from gen4d.shapes import check_tensor
from gen4d.structures.skeleton import QUATERNION_TOLERANCE

LOOP_TOLERANCE = 1e-5


@dataclass(frozen=True)
class Clip:
    """Keyframes of every joint's rotation and of the root's place.

    Fields:
        name: e.g. "walk".
        times: (T,) float32, seconds, from 0, increasing.
        rotation: (T, J, 4) float32, local unit quaternions xyzw, sign-continuous in time.
        root_translation: (T, 3) float32, metres, local translation of the joint that carries the body, `moving_joint`.
        moving_joint: index of the joint `root_translation` belongs to; 0 is the root, usually 1 (the hips).
        loop: True where the last keyframe equals the first.
        speed: metres a second at which the ground passes under a clip played in place; 0 where it does not travel.
        joint_translation: (T, J, 3) float32, metres, local, of every joint, for files of artists whose bones slide;
            None, as in all clips we make: every joint but `moving_joint` keeps its rest translation.
    """

    name: str
    times: torch.Tensor
    rotation: torch.Tensor
    root_translation: torch.Tensor
    moving_joint: int
    loop: bool
    speed: float = 0.0
    joint_translation: torch.Tensor | None = None

    def __post_init__(self) -> None:
        sizes: dict[str, int] = {}
        check_tensor("Clip.times", self.times, ("T",), torch.float32, sizes, low=0.0)
        check_tensor("Clip.rotation", self.rotation, ("T", "J", 4), torch.float32, sizes)
        check_tensor("Clip.root_translation", self.root_translation, ("T", 3), torch.float32, sizes)
        if self.joint_translation is not None:
            check_tensor("Clip.joint_translation", self.joint_translation, ("T", "J", 3), torch.float32, sizes)
        if len(self.times) < 2 or float(self.times[0]) != 0 or bool((self.times.diff() <= 0).any()):
            raise ShapeError(f"Clip '{self.name}': times must start at 0 and increase over at least two keyframes.")
        if not 0 <= self.moving_joint < sizes["J"]:
            raise ShapeError(f"Clip '{self.name}': moving_joint {self.moving_joint} is not one of {sizes['J']} joints.")
        if (self.rotation.norm(dim=-1) - 1).abs().max() > QUATERNION_TOLERANCE:
            raise ShapeError(f"Clip '{self.name}': every rotation must have length 1.")
        if bool(((self.rotation[1:] * self.rotation[:-1]).sum(-1) < 0).any()):
            raise ShapeError(f"Clip '{self.name}': neighbouring quaternions must not change sign.")
        if self.loop:
            turn = 1 - (self.rotation[0] * self.rotation[-1]).sum(-1).abs()
            step = (self.root_translation[0] - self.root_translation[-1]).abs()
            if max(float(turn.max()), float(step.max())) > LOOP_TOLERANCE:
                raise ShapeError(f"Clip '{self.name}': it loops, so its last keyframe must equal its first.")
