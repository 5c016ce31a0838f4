"""Meshes and cameras to and from PyTorch3D's structures.

Theirs (https://pytorch3d.org/docs/cameras; `pytorch3d.structures`, `pytorch3d.renderer`): the same world, row vectors
`x_view = x_world @ R + T`, views with +X to the left, +Y up and +Z into the picture, texture coordinates from the
bottom left. Faces index texture coordinates on their own, so seams need no copies of vertices there.
"""

from typing import Any

import torch

from gen4d.errors import InputError, MissingDependency, ShapeError
from gen4d.structures import Camera, Material, Mesh

TURN = torch.diag(
    torch.tensor([-1.0, 1.0, -1.0])
)  # our camera axes (right, up, backward) to theirs (left, up, forward)


def to_pytorch3d(mesh: Mesh, material: Material | None = None) -> Any:
    """A `pytorch3d.structures.Meshes` of one mesh with `TexturesUV`, or `TexturesVertex` where it has only colours.

    Copies of a vertex along seams are joined again. Normals, roughness and metal have no place there.

    Raises:
        MissingDependency: PyTorch3D is not installed.
    """
    structures, renderer = _pytorch3d()
    vertices, faces, first = _joined(mesh)
    textures = None
    if material is not None and mesh.uv is not None:
        uv = torch.stack([mesh.uv[:, 0], 1 - mesh.uv[:, 1]], 1)
        textures = renderer.TexturesUV(
            maps=material.base_color[None, ..., :3], faces_uvs=mesh.faces[None], verts_uvs=uv[None]
        )
    elif mesh.colors is not None:
        textures = renderer.TexturesVertex(verts_features=mesh.colors[first][None])
    return structures.Meshes(verts=[vertices], faces=[faces], textures=textures)


def from_pytorch3d(meshes: Any, index: int = 0) -> tuple[Mesh, Material | None]:
    """One mesh of a `Meshes`; a vertex with several texture coordinates gets a seam copy for each.

    Returns:
        mesh: with uv and welded ids, or with colours, where the textures say so.
        material: with the texture map as base colour, or None.

    Raises:
        InputError: the textures are neither by coordinates nor by vertex.
    """
    vertices, faces = meshes.verts_list()[index].float().cpu(), meshes.faces_list()[index].long().cpu()
    textures = meshes.textures
    if textures is None:
        return Mesh(vertices, faces), None
    if hasattr(textures, "verts_features_list"):
        colors = textures.verts_features_list()[index].float().cpu()[:, :3]
        return Mesh(vertices, faces, colors=colors.clamp(0, 1)), None
    if not hasattr(textures, "verts_uvs_list"):
        raise InputError(f"from_pytorch3d: textures are {type(textures).__name__}; use TexturesUV or TexturesVertex.")
    uv = textures.verts_uvs_list()[index].float().cpu()
    corner_uv = textures.faces_uvs_list()[index].long().cpu()
    pairs, back = torch.unique(torch.stack([faces, corner_uv], -1).reshape(-1, 2), dim=0, return_inverse=True)
    image = textures.maps_padded()[index].float().cpu()[..., :3].clamp(0, 1)
    mesh = Mesh(
        vertices[pairs[:, 0]],
        back.reshape(-1, 3),
        uv=torch.stack([uv[pairs[:, 1], 0], 1 - uv[pairs[:, 1], 1]], 1),
        welded=pairs[:, 0].contiguous(),
    )
    return mesh, Material(torch.cat([image, torch.ones_like(image[..., :1])], -1))


def to_pytorch3d_cameras(camera: Camera) -> Any:
    """`PerspectiveCameras` or `OrthographicCameras` in screen space, with our image size.

    Raises:
        MissingDependency: PyTorch3D is not installed.
    """
    _, renderer = _pytorch3d()
    rotation = camera.camera_to_world[:, :3, :3] @ TURN  # world = rotation @ view, so R = rotation for row vectors
    translation = -(camera.camera_to_world[:, None, :3, 3] @ rotation)[:, 0]
    size = torch.tensor([[camera.height, camera.width]]).expand(len(camera), 2)
    if camera.intrinsics is not None:
        focal = torch.stack([camera.intrinsics[:, 0, 0], camera.intrinsics[:, 1, 1]], 1)
        centre, kind = camera.intrinsics[:, :2, 2], renderer.PerspectiveCameras
    else:
        assert camera.half_extent is not None
        focal = torch.full((len(camera), 2), camera.width / (2 * camera.half_extent))
        centre = torch.tensor([[camera.width / 2, camera.height / 2]]).expand(len(camera), 2)
        kind = renderer.OrthographicCameras
    return kind(
        R=rotation, T=translation, focal_length=focal, principal_point=centre, image_size=size, in_ndc=False
    )  # fmt: skip


def from_pytorch3d_cameras(cameras: Any) -> Camera:
    """Cameras of one image size that were given in screen space, with `in_ndc=False` and an `image_size`.

    Raises:
        InputError: they are in NDC, have no or several image sizes, or are orthographic and off centre.
    """
    if cameras.in_ndc() or cameras.image_size is None:
        raise InputError("from_pytorch3d_cameras: give cameras in screen space, with in_ndc=False and image_size.")
    sizes = torch.unique(cameras.image_size.long().cpu(), dim=0)
    if len(sizes) != 1:
        raise InputError(f"from_pytorch3d_cameras: the cameras have {len(sizes)} image sizes; one is allowed.")
    height, width = (int(side) for side in sizes[0])
    pose = torch.eye(4).repeat(len(cameras.R), 1, 1)
    rotation = cameras.R.float().cpu()
    pose[:, :3, :3] = rotation @ TURN
    pose[:, :3, 3] = -(rotation @ cameras.T.float().cpu()[..., None])[..., 0]
    focal, centre = cameras.focal_length.float().cpu(), cameras.principal_point.float().cpu()
    if type(cameras).__name__ == "OrthographicCameras":
        middle = torch.tensor([width / 2, height / 2])
        if not torch.allclose(centre, middle.expand_as(centre)) or not torch.allclose(focal, focal[:1, :1]):
            raise InputError("from_pytorch3d_cameras: orthographic cameras must be centred and share one scale.")
        return Camera(pose, width, height, half_extent=width / (2 * float(focal[0, 0])))
    intrinsics = torch.eye(3).repeat(len(pose), 1, 1)
    intrinsics[:, 0, 0], intrinsics[:, 1, 1] = focal[:, 0], focal[:, 1]
    intrinsics[:, :2, 2] = centre
    return Camera(pose, width, height, intrinsics=intrinsics)


def _joined(mesh: Mesh) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Vertices without seam copies, faces into them, and which copy stands for each (V',)."""
    if mesh.welded is None:
        return mesh.vertices, mesh.faces, torch.arange(len(mesh.vertices))
    if mesh.welded.shape != mesh.vertices.shape[:1]:
        raise ShapeError("to_pytorch3d: Mesh.welded does not name every vertex.")
    _, ids = torch.unique(mesh.welded, return_inverse=True)
    first = torch.full((int(ids.max()) + 1,), len(ids)).scatter_reduce(0, ids, torch.arange(len(ids)), "amin")
    return mesh.vertices[first], ids[mesh.faces], first


def _pytorch3d() -> tuple[Any, Any]:
    try:
        import pytorch3d.renderer  # pyright: ignore[reportMissingImports]  # an extra
        import pytorch3d.structures  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise MissingDependency(
            "pytorch3d: it is not installed; build it as its INSTALL.md says, there are no wheels for every system."
        ) from error
    return pytorch3d.structures, pytorch3d.renderer
