"""Asset to files and back: the GLB writer, the readers, other formats, a page to look at them, and our own checks."""
