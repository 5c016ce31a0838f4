"""Quaternions, forward kinematics and two-bone inverse kinematics; batched, differentiable, quaternions xyzw."""

import math

import torch
from torch.nn.functional import normalize

from gen4d.structures import Clip, Skeleton

MAX_STRETCH = 0.999  # of a limb's length: a fully straight knee has no plane to bend in


def quaternion_multiply(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The rotation that does `b` first and `a` second, (..., 4)."""
    av, aw, bv, bw = a[..., :3], a[..., 3:], b[..., :3], b[..., 3:]
    vector = aw * bv + bw * av + torch.linalg.cross(*torch.broadcast_tensors(av, bv))
    scalar = aw * bw - (av * bv).sum(-1, keepdim=True)
    return torch.cat([vector, scalar], dim=-1)


def quaternion_conjugate(q: torch.Tensor) -> torch.Tensor:
    """The inverse of a unit quaternion, (..., 4)."""
    return torch.cat([-q[..., :3], q[..., 3:]], dim=-1)


def quaternion_rotate(q: torch.Tensor, vector: torch.Tensor) -> torch.Tensor:
    """Rotate vectors (..., 3) by unit quaternions (..., 4)."""
    axis, vector = torch.broadcast_tensors(q[..., :3], vector)
    twice = 2 * torch.linalg.cross(axis, vector)
    return vector + q[..., 3:] * twice + torch.linalg.cross(axis, twice)


def axis_angle(axis: tuple[float, float, float], angle: torch.Tensor) -> torch.Tensor:
    """Rotation by `angle` (...,) radians about a fixed unit axis, (..., 4)."""
    direction = torch.tensor(axis, dtype=angle.dtype, device=angle.device)
    return torch.cat([direction * torch.sin(angle / 2)[..., None], torch.cos(angle / 2)[..., None]], dim=-1)


def quaternion_between(start: torch.Tensor, end: torch.Tensor) -> torch.Tensor:
    """The shortest rotation from one direction to another, (..., 3) each; they must not be opposite."""
    start, end = torch.broadcast_tensors(normalize(start, dim=-1), normalize(end, dim=-1))
    scalar = 1 + (start * end).sum(-1, keepdim=True)
    return normalize(torch.cat([torch.linalg.cross(start, end), scalar], dim=-1), dim=-1)


def matrix_to_quaternion(matrix: torch.Tensor) -> torch.Tensor:
    """Unit quaternions of rotation matrices (..., 3, 3), by the best conditioned of the four classical formulas."""
    m = matrix
    trace = m[..., 0, 0] + m[..., 1, 1] + m[..., 2, 2]
    x, y, z = m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]
    xy, yz, zx = m[..., 0, 1] + m[..., 1, 0], m[..., 1, 2] + m[..., 2, 1], m[..., 0, 2] + m[..., 2, 0]
    diagonal = [1 + 2 * m[..., i, i] - trace for i in range(3)]
    candidates = torch.stack(
        [
            torch.stack([diagonal[0], xy, zx, x], -1),
            torch.stack([xy, diagonal[1], yz, y], -1),
            torch.stack([zx, yz, diagonal[2], z], -1),
            torch.stack([x, y, z, 1 + trace], -1),
        ],
        dim=-2,
    )  # (..., 4, 4); row k is the quaternion times four of its component k
    largest = torch.stack([*diagonal, 1 + trace], -1).argmax(-1)
    best = candidates.gather(-2, largest[..., None, None].expand(*largest.shape, 1, 4)).squeeze(-2)
    return normalize(best, dim=-1)


def quaternion_to_matrix(q: torch.Tensor) -> torch.Tensor:
    """Rotation matrices of unit quaternions, (..., 3, 3)."""
    basis = torch.eye(3, dtype=q.dtype, device=q.device)
    return torch.stack([quaternion_rotate(q, basis[i]) for i in range(3)], dim=-1)


def quaternion_to_rotation_vector(q: torch.Tensor) -> torch.Tensor:
    """Axis times angle, (..., 3) radians of at most half a turn, of unit quaternions (..., 4)."""
    q = torch.where(q[..., 3:] < 0, -q, q)
    sine = q[..., :3].norm(dim=-1, keepdim=True)
    angle = 2 * torch.atan2(sine, q[..., 3:])
    return q[..., :3] * torch.where(sine > 1e-12, angle / sine.clamp(min=1e-12), torch.full_like(sine, 2.0))


def rotation_vector_to_quaternion(vector: torch.Tensor) -> torch.Tensor:
    """Unit quaternions (..., 4) of axis times angle, (..., 3) radians."""
    angle = vector.norm(dim=-1, keepdim=True)
    share = torch.sinc(angle / (2 * math.pi)) / 2  # sin(angle / 2) / angle
    return torch.cat([share * vector, torch.cos(angle / 2)], dim=-1)


def make_continuous(q: torch.Tensor) -> torch.Tensor:
    """Flip signs along the first dimension so that neighbouring quaternions (T, ..., 4) never oppose each other."""
    dot = (q[1:] * q[:-1]).sum(-1)
    sign = torch.where(dot < 0, -torch.ones_like(dot), torch.ones_like(dot)).cumprod(0)
    return torch.cat([q[:1], q[1:] * sign[..., None]])


def forward_kinematics(
    skeleton: Skeleton, rotation: torch.Tensor, moving_joint: int, root_translation: torch.Tensor
) -> torch.Tensor:
    """Where every joint is in the world.

    Args:
        rotation: (T, J, 4) local unit quaternions.
        moving_joint: the joint whose local translation is replaced by `root_translation`.
        root_translation: (T, 3) metres.

    Returns:
        joint_to_world: (T, J, 4, 4), of the dtype of `rotation`.
    """
    matrices = quaternion_to_matrix(rotation)
    rest = skeleton.rest_translation.to(rotation)
    bottom = torch.tensor([[0.0, 0.0, 0.0, 1.0]], dtype=rotation.dtype, device=rotation.device)
    bottom = bottom.expand(len(rotation), 1, 4)
    world: list[torch.Tensor] = []
    for joint, parent in enumerate(skeleton.parents.tolist()):
        shift = root_translation if joint == moving_joint else rest[joint].expand(len(rotation), 3)
        local = torch.cat([torch.cat([matrices[:, joint], shift[..., None]], dim=2), bottom], dim=1)
        world.append(local if parent < 0 else world[parent] @ local)
    return torch.stack(world, dim=1)


def rest_joint_to_world(skeleton: Skeleton) -> torch.Tensor:
    """Joint frames of the rest pose, (J, 4, 4) float64."""
    rotation = skeleton.rest_rotation.double()[None]
    return forward_kinematics(skeleton, rotation, 0, skeleton.rest_translation.double()[None, 0])[0]


def clip_joint_to_world(clip: Clip, skeleton: Skeleton) -> torch.Tensor:
    """Joint frames of every keyframe of a clip, (T, J, 4, 4) float64."""
    if clip.joint_translation is None:
        return forward_kinematics(skeleton, clip.rotation.double(), clip.moving_joint, clip.root_translation.double())
    local = torch.eye(4, dtype=torch.float64).repeat(len(clip.times), len(skeleton), 1, 1)
    local[..., :3, :3] = quaternion_to_matrix(clip.rotation.double())
    local[..., :3, 3] = clip.joint_translation.double()
    world: list[torch.Tensor] = []
    for joint, parent in enumerate(skeleton.parents.tolist()):
        world.append(local[:, joint] if parent < 0 else world[parent] @ local[:, joint])
    return torch.stack(world, dim=1)


def two_bone_ik(
    start: torch.Tensor, target: torch.Tensor, upper: torch.Tensor, lower: torch.Tensor, pole: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Place the middle joint of a limb so that its end reaches a target.

    The law of cosines gives the bend, the pole the plane. A target out of reach is moved to the nearest reachable point
    on the line from the start.

    Args:
        start, target: (T, 3) metres.
        upper, lower: () lengths, metres.
        pole: (T, 3) direction towards which the middle joint bends.

    Returns:
        middle, end: (T, 3) metres; end equals target where it can be reached.
    """
    line = target - start
    distance = line.norm(dim=-1, keepdim=True).clamp(min=1e-9)
    direction = line / distance
    reach = MAX_STRETCH * (upper + lower)
    distance = torch.minimum(torch.maximum(distance, (upper - lower).abs() + 0.02 * reach), reach)
    along = (distance**2 + upper**2 - lower**2) / (2 * distance)
    height = (upper**2 - along**2).clamp(min=0).sqrt()
    side = pole - (pole * direction).sum(-1, keepdim=True) * direction
    middle = start + along * direction + height * normalize(side, dim=-1)
    return middle, start + distance * direction


def frame(direction: torch.Tensor, hinge: torch.Tensor) -> torch.Tensor:
    """A rotation (..., 3, 3) whose second column is a bone's direction and whose first is nearest to its hinge."""
    y = normalize(direction, dim=-1)
    x = normalize(hinge - (hinge * y).sum(-1, keepdim=True) * y, dim=-1)
    return torch.stack([x, y, torch.linalg.cross(x, y)], dim=-1)
