"""Hypothesis strategies for the values: small, valid, and free to be ugly inside their contracts."""

import torch
from hypothesis import strategies as st

from gen4d.structures import Asset, Clip, Material, Mesh, MultiView, Skeleton, Skin, canonical_cameras

seeds = st.integers(0, 2**31 - 1)
coordinates = st.floats(-2.0, 2.0, width=32)
PLANS = ("biped", "quadruped", "prop")


def random(seed: int, *shape: int) -> torch.Tensor:
    """Uniform in [0, 1), the same for the same seed."""
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def unit_quaternions(seed: int, *shape: int) -> torch.Tensor:
    """Rotations (*shape, 4), xyzw, with a positive real part so that they are sign-continuous in any order."""
    q = torch.randn((*shape, 4), generator=torch.Generator().manual_seed(seed))
    q[..., 3] = q[..., 3].abs() + 3.0  # within a right angle of the identity
    return torch.nn.functional.normalize(q, dim=-1)


@st.composite
def meshes(draw: st.DrawFn, max_vertices: int = 12, textured: bool | None = None) -> Mesh:
    """Any triangle soup over a few vertices, sometimes with every optional field."""
    count = draw(st.integers(3, max_vertices))
    seed = draw(seeds)
    generator = torch.Generator().manual_seed(seed)
    faces = torch.stack([torch.randperm(count, generator=generator)[:3] for _ in range(draw(st.integers(1, 8)))])
    optional = draw(st.booleans()) if textured is None else textured
    return Mesh(
        vertices=random(seed, count, 3) * 4 - 2,
        faces=faces,
        uv=random(seed + 1, count, 2) if optional else None,
        welded=torch.arange(count) if optional else None,
        colors=random(seed + 2, count, 3) if optional else None,
    )


@st.composite
def materials(draw: st.DrawFn) -> Material:
    """A small textured material."""
    height, width, seed = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(seeds)
    maps = draw(st.booleans())
    return Material(
        base_color=random(seed, height, width, 4),
        occlusion_roughness_metallic=random(seed + 1, height, width, 3) if maps else None,
        normal_map=random(seed + 2, height, width, 3) if maps else None,
        roughness=draw(st.floats(0, 1)),
        metallic=draw(st.floats(0, 1)),
        double_sided=draw(st.booleans()),
    )


@st.composite
def skeletons(draw: st.DrawFn, max_joints: int = 8) -> Skeleton:
    """Any joint tree."""
    count, seed = draw(st.integers(1, max_joints)), draw(seeds)
    parents = [-1, *(draw(st.integers(0, j - 1)) for j in range(1, count))]
    return Skeleton(
        names=tuple(f"joint_{j}" for j in range(count)),
        parents=torch.tensor(parents),
        rest_translation=random(seed, count, 3) - 0.5,
        rest_rotation=unit_quaternions(seed, count),
        plan=draw(st.sampled_from(PLANS)),
    )


@st.composite
def skins(draw: st.DrawFn, num_vertices: int, num_joints: int) -> Skin:
    """Weights of one to four joints a vertex; unused slots hold joint 0 and weight 0."""
    generator = torch.Generator().manual_seed(draw(seeds))
    used = min(4, num_joints)
    joints = torch.zeros(num_vertices, 4, dtype=torch.int64)
    weights = torch.zeros(num_vertices, 4)
    for v in range(num_vertices):
        joints[v, :used] = torch.randperm(num_joints, generator=generator)[:used]
        weights[v, :used] = torch.rand(used, generator=generator) + 0.05
    return Skin(joints, weights / weights.sum(1, keepdim=True))


@st.composite
def clips(draw: st.DrawFn, num_joints: int, name: str = "idle") -> Clip:
    """A clip that loops, its last keyframe a copy of its first."""
    length, seed = draw(st.integers(2, 6)), draw(seeds)
    rotation = unit_quaternions(seed, length, num_joints)
    translation = random(seed, length, 3)
    rotation[-1], translation[-1] = rotation[0], translation[0]
    return Clip(name, torch.arange(length) / 30.0, rotation, translation, 0, loop=True, speed=draw(st.floats(0, 3)))


@st.composite
def multiviews(draw: st.DrawFn, resolution: int = 4) -> MultiView:
    """Six canonical views of noise, consistent in what is empty."""
    seed = draw(seeds)
    alpha = (random(seed, 6, resolution, resolution, 1) > 0.4).float()
    normal = torch.nn.functional.normalize(random(seed + 1, 6, resolution, resolution, 3) - 0.5, dim=-1)
    return MultiView(
        albedo=random(seed + 2, 6, resolution, resolution, 3) * alpha + (1 - alpha),
        alpha=alpha,
        depth=random(seed + 3, 6, resolution, resolution, 1) * alpha + (1 - alpha),
        normal=normal * alpha,
        camera=canonical_cameras(resolution),
    )


@st.composite
def assets(draw: st.DrawFn) -> Asset:
    """A static or an animated asset."""
    mesh = draw(meshes(textured=True))
    if not draw(st.booleans()):
        return Asset("thing", mesh, draw(materials()), provenance={"seed": draw(st.integers(0, 9))})
    skeleton = draw(skeletons())
    return Asset(
        "thing",
        mesh,
        draw(materials()),
        skeleton,
        draw(skins(len(mesh.vertices), len(skeleton))),
        (draw(clips(len(skeleton), "idle")), draw(clips(len(skeleton), "walk"))),
    )


def sphere_views(resolution: int = 64, radius: float = 0.5) -> MultiView:
    """The six views of a sphere at the origin, in closed form: what a perfect prior would imagine."""
    camera = canonical_cameras(resolution)
    extent = camera.half_extent or 0.0
    steps = ((torch.arange(resolution) + 0.5) / resolution * 2 - 1) * extent
    right, up = steps[None, :].expand(resolution, -1), -steps[:, None].expand(-1, resolution)
    squared = radius**2 - right**2 - up**2
    inside = squared > 0
    toward = squared.clamp(min=0).sqrt()  # height of the surface above the image plane through the origin
    local = torch.stack([right, up, toward], dim=-1) / radius
    axes = camera.camera_to_world[:, :3, :3]
    normal = (torch.einsum("nij,hwj->nhwi", axes, local) * inside[None, ..., None]).contiguous()
    alpha = inside.float()[None, ..., None].expand(6, -1, -1, -1)
    depth = torch.where(inside, 0.5 - toward, 1.0)[None, ..., None].expand(6, -1, -1, -1)
    albedo = torch.where(alpha > 0, (normal + 1) / 2, 1.0)
    return MultiView(albedo.contiguous(), alpha.contiguous(), depth.contiguous(), normal, camera)
