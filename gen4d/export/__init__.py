"""Asset to files and back: the GLB writer, the reader, and our own checks."""

from gen4d.export.files import write_file
from gen4d.export.glb import glb_bytes, write_glb
from gen4d.export.names import safe_name, slug

__all__ = ["glb_bytes", "safe_name", "slug", "write_file", "write_glb"]
