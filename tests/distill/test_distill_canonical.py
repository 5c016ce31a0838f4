"""The warp of canonical distillation: its gradients, its framing, and how it meets the skinning of the engine."""

import torch
from gaussian_world import GaussianData

from gen4d.distill.canonical import framing_of, into_cube
from gen4d.distill.sds import ScoreDistillation
from gen4d.motion.kinematics import forward_kinematics, rest_joint_to_world
from gen4d.motion.skinning import skin_vertices
from gen4d.structures import Skeleton, Skin

FRAMES = 3


def arm() -> tuple[torch.Tensor, Skin, Skeleton, torch.Tensor]:
    """Twelve points around three joints in a row, and three poses (T, J, 4, 4) in float64."""
    generator = torch.Generator().manual_seed(0)
    skeleton = Skeleton(
        ("root", "upper", "lower"),
        torch.tensor([-1, 0, 1]),
        torch.tensor([[0.0, 0, 0], [0, 0.5, 0], [0, 0.4, 0]]),
        torch.tensor([[0.0, 0, 0, 1]]).repeat(3, 1),
        "prop",
    )
    points = torch.rand(12, 3, generator=generator, dtype=torch.float64)
    weights = torch.zeros(12, 4)
    weights[:, 0] = torch.linspace(0, 1, 12)
    weights[:, 1] = 1 - weights[:, 0]
    joints = torch.zeros(12, 4, dtype=torch.int64)
    joints[:, 0], joints[:, 1] = 2, 1
    joints[weights == 0] = 0
    turns = torch.randn(FRAMES, 3, 4, generator=generator, dtype=torch.float64)
    turns = torch.nn.functional.normalize(turns, dim=-1)
    poses = forward_kinematics(skeleton, turns, 0, torch.zeros(FRAMES, 3, dtype=torch.float64))
    return points, Skin(joints, weights), skeleton, poses


def warp_of(skin: Skin, skeleton: Skeleton, poses: torch.Tensor):
    return lambda vertices, frame: skin_vertices(vertices, skin, skeleton, poses[frame : frame + 1])[0]


def test_gradients_flow_exactly_through_the_warp() -> None:
    points, skin, skeleton, poses = arm()
    warp = warp_of(skin, skeleton, poses)
    for frame in range(FRAMES):
        framing = framing_of(warp(points, frame))
        assert torch.autograd.gradcheck(lambda v, f=frame, g=framing: g(warp(v, f)), points.requires_grad_())


def test_the_pull_on_rest_vertices_is_the_transposed_skinning() -> None:
    """dL/dv = scale sum_k w_k R_k^T dL/dv', written out, against automatic differentiation."""
    points, skin, skeleton, poses = arm()
    warp, frame = warp_of(skin, skeleton, poses), 1
    pull = torch.randn(12, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    points.requires_grad_()
    into_cube(points, warp, frame).backward(pull)
    bind_to_world = poses[frame] @ torch.linalg.inv(rest_joint_to_world(skeleton))
    turned = torch.einsum("vkij,vi->vkj", bind_to_world[skin.joints][..., :3, :3], pull)
    expected = framing_of(warp(points, frame)).scale * (skin.weights[..., None].double() * turned).sum(1)
    torch.testing.assert_close(points.grad, expected)


def test_score_of_posed_points_arrives_at_rest() -> None:
    """With the points themselves as data and rigid poses, rest points settle where every pose is at its mode."""
    points, skin, skeleton, poses = arm()
    rigid = Skin(torch.zeros_like(skin.joints), torch.tensor([1.0, 0, 0, 0]).repeat(12, 1))
    warp = warp_of(rigid, skeleton, poses)
    wanted = torch.rand(12, 3, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    made = points.clone()
    for step in range(300):
        frame = step % FRAMES
        data = GaussianData(warp(wanted, frame), torch.tensor(0.5).double())
        rest = made.clone().requires_grad_()
        posed = warp(rest, frame)
        generator = torch.Generator().manual_seed(step)
        time = torch.rand(1, generator=generator, dtype=torch.float64) * 0.5 + 0.2
        # Antithetic noise cancels in the gradient, which is linear in it here, so the walk is free of its jitter.
        noise = torch.randn(1, 12, 3, generator=generator, dtype=torch.float64)
        guidance = ScoreDistillation(data, "uniform")
        gradient = sum(guidance.gradient(posed.detach()[None], time, e)[0] / 2 for e in (noise, -noise))
        posed.backward(gradient)
        made = made - 0.2 * rest.grad
    torch.testing.assert_close(made, wanted, atol=1e-3, rtol=0)


def test_a_framed_mesh_fills_the_cube_and_framing_takes_no_gradient() -> None:
    points, skin, skeleton, poses = arm()
    framed = into_cube(points, warp_of(skin, skeleton, poses), 2)
    low, high = framed.amin(0), framed.amax(0)
    torch.testing.assert_close(low + high, torch.zeros(3).double())
    assert abs(float((high - low).max()) - 1) < 1e-12
    assert not framing_of(points.requires_grad_()).centre.requires_grad
    torch.testing.assert_close(into_cube(points, None, 0), framing_of(points)(points))
