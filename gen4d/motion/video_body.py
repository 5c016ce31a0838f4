"""A skinned body as a film sees it: sampled points of its skin, posed by turns about world axes, in batches."""

from dataclasses import dataclass

import torch
from torch.nn.functional import normalize

from gen4d.motion.kinematics import (
    matrix_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_to_matrix,
    rest_joint_to_world,
)
from gen4d.motion.loose import loose_joints
from gen4d.motion.pose import Pose
from gen4d.structures import Clip, Mesh, Skeleton, Skin

DENSE_POINTS = 2400  # of the skin, enough for outlines of 48 pixels without holes
FITTED_POINTS = 700  # the first of them, for what is done many hundred times


@dataclass(frozen=True)
class FilmBody:
    """Points of a skin and the joints that carry them; float32.

    Fields:
        skeleton: with our joint names.
        moving_joint: carries the body.
        rest: (J, 3) joints at rest.
        order: joints, each after its turning and its placing parent.
        carriers: for each joint the one its place goes with; its parent but for legs that come in pieces.
        points: (4 J, P) homogeneous skin points at rest, weighted, joint by joint; normals: (4 J, P) alike.
        height: metres.
    """

    skeleton: Skeleton
    moving_joint: int
    rest: torch.Tensor
    order: tuple[int, ...]
    carriers: tuple[int, ...]
    points: torch.Tensor
    normals: torch.Tensor
    height: float

    def joints(self, turns: torch.Tensor, shift: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Turns of joints in the world (T, J, 3, 3) and their places (T, J, 3).

        Args:
            turns: (T, J, 4) each joint's own turn since the rest pose, in the rest pose's world axes.
            shift: (T, 3) metres by which the body is moved.
        """
        own = quaternion_to_matrix(turns)
        world: list[torch.Tensor] = [own[:, 0]] * len(self.rest)
        place: list[torch.Tensor] = [self.rest[0].expand(len(turns), 3)] * len(self.rest)
        for joint in self.order:
            parent, carrier = int(self.skeleton.parents[joint]), self.carriers[joint]
            if parent < 0:  # all of the body moves: of some rigs the legs hang beside the hips, not on them
                place[joint] = self.rest[joint] + shift
                continue
            world[joint] = world[parent] @ own[:, joint]
            step = self.rest[joint] - self.rest[carrier]
            place[joint] = place[carrier] + world[carrier] @ step
        return torch.stack(world, 1), torch.stack(place, 1)

    def skin(
        self, world: torch.Tensor, place: torch.Tensor, points: int | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The first points of the skin (T, P, 3) and their normals (T, P, 3), of length at most 1."""
        origin = place - (world @ self.rest[..., None])[..., 0]
        rows = torch.cat([world, origin[..., None]], -1).movedim(2, 1).flatten(2)  # (T, 3, 4 J)
        posed = (rows @ self.points[:, :points]).mT
        return posed, normalize((rows @ self.normals[:, :points]).mT, dim=-1)


def film_body(skeleton: Skeleton, mesh: Mesh, skin: Skin, pose: Pose) -> FilmBody:
    """Sample a skin evenly over its surface, always the same points of the same mesh."""
    corners = mesh.vertices[mesh.faces].double()  # (F, 3, 3)
    across = torch.linalg.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    generator = torch.Generator().manual_seed(0)
    face = torch.multinomial(across.norm(dim=-1) + 1e-12, DENSE_POINTS, replacement=True, generator=generator)
    share = -torch.rand(DENSE_POINTS, 3, generator=generator, dtype=torch.float64).log()
    share = share / share.sum(1, keepdim=True)  # evenly over a triangle
    normal = normalize(across[face], dim=-1)
    points = torch.zeros(4 * len(skeleton), DENSE_POINTS, dtype=torch.float64)
    normals = torch.zeros_like(points)
    column = torch.arange(DENSE_POINTS)
    for corner in range(3):
        vertex = mesh.faces[face, corner]
        at = torch.cat([mesh.vertices[vertex].double(), torch.ones(DENSE_POINTS, 1, dtype=torch.float64)], 1)
        for slot in range(skin.joints.shape[1]):
            joint, weight = skin.joints[vertex, slot], skin.weights[vertex, slot].double() * share[:, corner]
            for axis in range(4):
                points.index_put_((4 * joint + axis, column), weight * at[:, axis], accumulate=True)
            for axis in range(3):
                normals.index_put_((4 * joint + axis, column), weight * normal[:, axis], accumulate=True)
    rest = rest_joint_to_world(skeleton)[:, :3, 3]
    carriers = [max(parent, 0) for parent in skeleton.parents.tolist()]
    for joint, carrier in loose_joints(skeleton).items():
        carriers[joint] = carrier
    low, high = mesh.bounds
    return FilmBody(
        skeleton,
        pose.moving_joint,
        rest.float(),
        _order(skeleton.parents.tolist(), carriers),
        tuple(carriers),
        points.float(),
        normals.float(),
        float(high[1] - low[1]),
    )


def _order(parents: list[int], carriers: list[int]) -> tuple[int, ...]:
    """All joints, each after the two its turn and its place depend on."""
    done: list[int] = []
    while len(done) < len(parents):
        ready = [
            joint
            for joint in range(len(parents))
            if joint not in done and (parents[joint] < 0 or (parents[joint] in done and carriers[joint] in done))
        ]
        assert ready, "a skeleton is a tree, and a leg's parts follow each other down"
        done += ready
    return tuple(done)


def turns_of_clip(clip: Clip, skeleton: Skeleton) -> torch.Tensor:
    """Each joint's own turn since the rest pose, in the rest pose's world axes, (T, J, 4) float32."""
    rest = matrix_to_quaternion(rest_joint_to_world(skeleton)[:, :3, :3])
    parents = rest[skeleton.parents.clamp(min=0)]
    parents[0] = torch.tensor([0.0, 0.0, 0.0, 1.0], dtype=torch.float64)
    back = quaternion_conjugate(rest)
    return quaternion_multiply(quaternion_multiply(parents[None], clip.rotation.double()), back[None]).float()


def with_still_root(turns: torch.Tensor, moving_joint: int) -> torch.Tensor:
    """The same turns (T, J, 4) with joint 0's put into the joint that carries the body."""
    if moving_joint == 0:
        return turns
    moved = turns.clone()
    moved[:, moving_joint] = quaternion_multiply(turns[:, 0], turns[:, moving_joint])
    moved[:, 0] = torch.tensor([0.0, 0.0, 0.0, 1.0])
    return moved
