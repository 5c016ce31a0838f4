"""Asset to files and back: the GLB writer, the reader, and our own checks."""

from gen4d.export.files import write_file
from gen4d.export.glb import glb_bytes, write_glb
from gen4d.export.names import safe_name, slug
from gen4d.export.read import load_mesh, read_asset

__all__ = ["glb_bytes", "load_mesh", "read_asset", "safe_name", "slug", "write_file", "write_glb"]
