"""A named joint tree, and how much each joint moves each vertex."""

from dataclasses import dataclass

import torch

from gen4d.errors import ShapeError
from gen4d.shapes import check_tensor

WEIGHT_TOLERANCE = 1e-5
QUATERNION_TOLERANCE = 1e-4


@dataclass(frozen=True)
class Skeleton:
    """A tree of joints with one root.

    Fields:
        names: J unique names.
        parents: (J,) int64, -1 for the root, which is joint 0; a parent stands before its children.
        rest_translation: (J, 3) float32, metres, in the parent's frame.
        rest_rotation: (J, 4) float32, unit quaternions xyzw, in the parent's frame.
        plan: body plan: biped, quadruped, bird, fish, snake, insect, spider, vehicle, plant or prop.
    """

    names: tuple[str, ...]
    parents: torch.Tensor
    rest_translation: torch.Tensor
    rest_rotation: torch.Tensor
    plan: str

    def __post_init__(self) -> None:
        sizes = {"J": len(self.names)}
        check_tensor("Skeleton.parents", self.parents, ("J",), torch.int64, sizes)
        check_tensor("Skeleton.rest_translation", self.rest_translation, ("J", 3), torch.float32, sizes)
        check_tensor("Skeleton.rest_rotation", self.rest_rotation, ("J", 4), torch.float32, sizes)
        if len(set(self.names)) != len(self.names):
            raise ShapeError("Skeleton.names: every joint needs a name of its own.")
        parents = self.parents.tolist()
        if not parents or parents[0] != -1 or any(not 0 <= p < j for j, p in enumerate(parents) if j):
            raise ShapeError("Skeleton.parents: joint 0 is the only root and every parent stands before its children.")
        if (self.rest_rotation.norm(dim=1) - 1).abs().max() > QUATERNION_TOLERANCE:
            raise ShapeError("Skeleton.rest_rotation: every quaternion must have length 1.")

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Skin:
    """Linear-blend weights: up to four joints a vertex.

    Fields:
        joints: (V, 4) int64 into the skeleton; 0 in an unused slot.
        weights: (V, 4) float32, each row sums to 1; 0 in an unused slot.
    """

    joints: torch.Tensor
    weights: torch.Tensor

    def __post_init__(self) -> None:
        sizes: dict[str, int] = {}
        check_tensor("Skin.joints", self.joints, ("V", 4), torch.int64, sizes)
        check_tensor("Skin.weights", self.weights, ("V", 4), torch.float32, sizes, low=0.0, high=1.0 + WEIGHT_TOLERANCE)
        if (self.weights.sum(1) - 1).abs().max() > WEIGHT_TOLERANCE:
            raise ShapeError("Skin.weights: every row must sum to 1.")
        if bool((self.joints[self.weights == 0] != 0).any()) or self.joints.min() < 0:
            raise ShapeError("Skin.joints: an unused slot holds joint 0, and no index is negative.")
