"""Files that appear whole or not at all."""

import os
from pathlib import Path

from gen4d.errors import OutputError


def write_file(path: Path, data: bytes) -> None:
    """Write a file beside its place, flush it to the disk, then rename it; missing folders are made.

    Raises:
        OutputError: the folder or the file cannot be written, or the disk is full; nothing of the new file stays
            behind, and a former file of that name stays as it was.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with partial.open("wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"{path}: it cannot be written ({reason}); choose another place with -o.") from error
