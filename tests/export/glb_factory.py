"""Small assets with every feature of the file format: a textured box, a coloured box, a tube that bends."""

from dataclasses import replace

import numpy as np
import torch

from gen4d.export.bones import HUMAN_BONES
from gen4d.structures import Asset, Clip, Material, Mesh, Skeleton, Skin, vertex_normals


def checker_texture(size: int = 64, alpha: float = 1.0) -> torch.Tensor:
    """A texture of exact 8-bit levels whose four quarters differ. (size, size, 4) float32."""
    row, column = np.mgrid[:size, :size]
    quarter = (row * 2 // size) * 2 + column * 2 // size
    palette = np.array([[200, 40, 40], [40, 160, 60], [50, 80, 200], [230, 200, 60]])
    shade = np.where((row // 4 + column // 4) % 2, 1.0, 0.8)[..., None]
    rgb = np.rint(palette[quarter] * shade)
    rgba = np.concatenate([rgb, np.full((size, size, 1), round(alpha * 255))], -1)
    return torch.from_numpy((rgba / 255).astype(np.float32))


def box_mesh(size: float = 1.0) -> Mesh:
    """An axis-aligned box on the floor: 24 vertices, one uv quarter-atlas tile a side, welded at its 8 corners."""
    vertices, uv, faces = [], [], []
    for side in range(6):
        axis, sign = side // 2, 1 - 2 * (side % 2)
        normal, right = np.zeros(3), np.zeros(3)
        normal[axis], right[(axis + 1) % 3] = sign, 1
        up = np.cross(normal, right)
        base = len(vertices)
        for s, t in ((0, 0), (1, 0), (1, 1), (0, 1)):
            corner = (normal + (2 * s - 1) * right + (2 * t - 1) * up) / 2
            vertices.append(size * (corner + 0.5 * np.eye(3)[1]))
            uv.append(((side % 3 + 0.05 + 0.9 * s) / 3, (side // 3 + 0.95 - 0.9 * t) / 2))
        faces += [[base, base + 1, base + 2], [base, base + 2, base + 3]]
    positions = torch.tensor(np.array(vertices), dtype=torch.float32)
    _, welded = torch.unique(positions, dim=0, return_inverse=True)
    mesh = Mesh(positions, torch.tensor(faces), uv=torch.tensor(uv, dtype=torch.float32), welded=welded)
    return Mesh(mesh.vertices, mesh.faces, vertex_normals(mesh), mesh.uv, mesh.welded)


def textured_box(name: str = "box") -> Asset:
    """A static asset with a base colour texture and provenance."""
    provenance = {"licence": "CC0-1.0", "prompt": "a box", "seed": 7}
    return Asset(name, box_mesh(), Material(checker_texture(), roughness=0.6), provenance=provenance)


def colored_box(name: str = "colored box") -> Asset:
    """A static asset with vertex colours and no uv."""
    box = box_mesh()
    colors = (box.vertices - box.vertices.amin(0)) / (box.vertices.amax(0) - box.vertices.amin(0))
    mesh = Mesh(box.vertices, box.faces, box.normals, welded=box.welded, colors=colors)
    return Asset(name, mesh, Material(torch.ones(1, 1, 4)))


def tube_mesh(sides: int = 12, rings: int = 9, radius: float = 0.15, height: float = 1.0) -> Mesh:
    """A closed tube along +Y with a uv seam; its seam copies and caps are welded."""
    angle = np.linspace(0, 2 * np.pi, sides + 1)
    level = np.linspace(0, 1, rings)
    circle = np.stack([np.cos(angle), np.zeros_like(angle), -np.sin(angle)], -1)
    circle[-1] = circle[0]
    wall = (radius * circle[None] + [0, height, 0] * level[:, None, None]).reshape(-1, 3)
    wall_uv = np.stack(np.broadcast_arrays(angle[None] / (2 * np.pi), 0.9 - 0.8 * level[:, None]), -1).reshape(-1, 2)
    faces = []
    for ring in range(rings - 1):
        for side in range(sides):
            a = ring * (sides + 1) + side
            b, c, d = a + 1, a + sides + 1, a + sides + 2
            faces += [[a, b, d], [a, d, c]]
    bottom, top = len(wall), len(wall) + 1
    last = (rings - 1) * (sides + 1)
    faces += [[bottom, side + 1, side] for side in range(sides)]
    faces += [[top, last + side, last + side + 1] for side in range(sides)]
    vertices = np.concatenate([wall, [[0, 0, 0], [0, height, 0]]])
    uv = np.concatenate([wall_uv, [[0.5, 1.0], [0.5, 0.0]]])
    positions = torch.tensor(vertices, dtype=torch.float32)
    _, welded = torch.unique(positions, dim=0, return_inverse=True)
    mesh = Mesh(positions, torch.tensor(faces), uv=torch.tensor(uv, dtype=torch.float32), welded=welded)
    return Mesh(mesh.vertices, mesh.faces, vertex_normals(mesh), mesh.uv, mesh.welded)


def tube_skeleton() -> Skeleton:
    """Root on the floor, then Lower and Upper; Upper's rest frame is turned, so that a wrong bind matrix shows."""
    quarter = np.sqrt(0.5)
    return Skeleton(
        ("Root", "Lower", "Upper"),
        torch.tensor([-1, 0, 1]),
        torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.1, 0.0], [0.0, 0.4, 0.0]]),
        torch.tensor([[0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 1.0], [0.0, quarter, 0.0, quarter]], dtype=torch.float32),
        "prop",
    )


def tube_skin(mesh: Mesh) -> Skin:
    """Lower below, Upper above, blended around the middle."""
    upper = ((mesh.vertices[:, 1] - 0.35) / 0.3).clamp(0, 1)
    weights = torch.stack([1 - upper, upper, torch.zeros_like(upper), torch.zeros_like(upper)], 1)
    joints = torch.tensor([[1, 2, 0, 0]]).repeat(len(upper), 1)
    return Skin(torch.where(weights > 0, joints, 0), weights)


def bend_clip(seconds: float = 1.0, num_keys: int = 31) -> Clip:
    """Upper swings 60 degrees to either side while Lower bobs; loops."""
    phase = torch.linspace(0, 1, num_keys, dtype=torch.float64) * 2 * torch.pi
    wave = torch.sin(phase)
    wave[-1] = wave[0]
    half = wave * torch.pi / 6
    rest = tube_skeleton().rest_rotation.double()
    rotation = rest[None].repeat(num_keys, 1, 1)
    rotation[:, 2, 0] = torch.cos(half) * rest[2, 0] + torch.sin(half) * rest[2, 3]
    rotation[:, 2, 1] = torch.cos(half) * rest[2, 1] - torch.sin(half) * rest[2, 2]
    rotation[:, 2, 2] = torch.cos(half) * rest[2, 2] + torch.sin(half) * rest[2, 1]
    rotation[:, 2, 3] = torch.cos(half) * rest[2, 3] - torch.sin(half) * rest[2, 0]
    bob = torch.tensor([[0.0, 0.1, 0.0]], dtype=torch.float64) + wave[:, None] * torch.tensor([[0.0, 0.05, 0.0]])
    times = torch.linspace(0, seconds, num_keys)
    return Clip("bend", times, rotation.float(), bob.float(), moving_joint=1, loop=True)


def bending_tube(name: str = "bending tube") -> Asset:
    """A skinned asset with a looping clip that bends it, and one that travels."""
    mesh = tube_mesh()
    bend = bend_clip()
    some = [0, 10, 30]
    slide = Clip("slide", bend.times[some], bend.rotation[[0, 0, 0]], bend.root_translation[some], 1, True, speed=0.75)
    material = Material(checker_texture())
    return Asset(name, mesh, material, tube_skeleton(), tube_skin(mesh), (bend, slide), {"licence": "CC0-1.0"})


def humanoid() -> Asset:
    """The tube on a human's bones, all at the root but one."""
    tube = bending_tube("man")
    names = ("root", "hips", "spine", *sorted(set(HUMAN_BONES) - {"hips", "spine"}), "tail1")
    assert tube.skeleton is not None
    count = len(names)
    skeleton = Skeleton(
        names,
        torch.tensor([-1, 0] + [1] * (count - 2)),
        torch.cat([tube.skeleton.rest_translation, torch.zeros(count - 3, 3)]),
        torch.cat([tube.skeleton.rest_rotation, tube.skeleton.rest_rotation[:1].repeat(count - 3, 1)]),
        "biped",
    )
    clips = tuple(
        replace(clip, rotation=torch.cat([clip.rotation, skeleton.rest_rotation[3:].repeat(len(clip.times), 1, 1)], 1))
        for clip in tube.clips
    )
    return replace(tube, skeleton=skeleton, clips=clips)
