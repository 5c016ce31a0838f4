"""Asset to files and back: the GLB writer, the reader, and our own checks."""

from gen4d.export.files import write_file
from gen4d.export.findings import Finding
from gen4d.export.glb import glb_bytes, write_glb
from gen4d.export.inspect import Inspection, inspect_glb
from gen4d.export.names import safe_name, slug
from gen4d.export.read import MESH_EXTENSIONS, load_asset, load_mesh, read_asset
from gen4d.export.validate import check_glb

__all__ = [
    "MESH_EXTENSIONS",
    "Finding",
    "Inspection",
    "check_glb",
    "glb_bytes",
    "inspect_glb",
    "load_asset",
    "load_mesh",
    "read_asset",
    "safe_name",
    "slug",
    "write_file",
    "write_glb",
]
