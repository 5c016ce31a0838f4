"""The values that walk between rooms: frozen, checked when built."""

from gen4d.structures.asset import Asset
from gen4d.structures.camera import Camera, canonical_cameras, orbit_camera
from gen4d.structures.clip import Clip
from gen4d.structures.material import Material
from gen4d.structures.mesh import Mesh, face_normals, is_closed, vertex_normals
from gen4d.structures.multiview import MultiView
from gen4d.structures.prompt import Prompt, clean_text
from gen4d.structures.skeleton import Skeleton, Skin

__all__ = [
    "Asset",
    "Camera",
    "Clip",
    "Material",
    "Mesh",
    "MultiView",
    "Prompt",
    "Skeleton",
    "Skin",
    "canonical_cameras",
    "clean_text",
    "face_normals",
    "is_closed",
    "orbit_camera",
    "vertex_normals",
]
