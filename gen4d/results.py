"""Where a run's files go, and how they appear: whole or not at all.

Everything is written into a hidden folder beside the target and renamed at the end, so a reader never meets half a file
and a failed run leaves nothing behind.
"""

import errno
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from gen4d.errors import OutputError

OUTPUT_FOLDER = Path("out")
LOD_LEVELS = (1, 2, 3, 4)
STAGING_PREFIX = ".gen4d-"
FRESH = 10.0  # s; a hidden folder that young may be one that its run has not locked yet


@dataclass(frozen=True)
class Destination:
    """A place for one result.

    Fields:
        staging: the hidden folder files are written to first.
        files: role -> where that file will be found in the end: asset, preview, animation, page, report, or views.
        folder: set where the result is a folder of its own, replaced as one.
    """

    staging: Path
    files: dict[str, Path]
    folder: Path | None = None

    def staged(self, role: str) -> Path:
        """Where to write the file of this role."""
        return self.staging / self.files[role].name

    def publish(self) -> dict[str, Path]:
        """Move everything written into place; an earlier result there is replaced as a whole.

        Returns:
            files: role -> path, of the files this run wrote.

        Raises:
            OutputError: the place cannot be written.
        """
        written = {role: path for role, path in self.files.items() if self.staged(role).exists()}
        with writing(self.folder or next(iter(self.files.values()))):
            if self.folder is not None:
                _swap_folder(self.staging, self.folder, ours={path.name for path in self.files.values()})
            else:
                for role in reversed(list(self.files)):  # the first role last: once it is there, all of it is
                    if role in written:
                        self.staged(role).replace(self.files[role])
                    else:
                        self.files[role].unlink(missing_ok=True)
        return written


def check_place(path: Path, suffix: str, what: str) -> None:
    """Refuse a place for a single file that cannot be meant, before any work.

    Raises:
        OutputError: it has another suffix, or its folder is missing.
    """
    if path.suffix.lower() != suffix:
        raise OutputError(f"{path}: the {what} must end in {suffix}, such as {path.with_suffix(suffix)}.")
    if not path.parent.is_dir():
        raise OutputError(f"{path}: there is no folder {path.parent}; make it first.")


@contextmanager
def asset_destination(output: Path | None, slug: str) -> Iterator[Destination]:
    """Open the place for an asset with its previews and report.

    Args:
        output: FILE.glb: previews and report lie beside it as FILE.preview.png and so on. None: a folder out/<slug>.

    Raises:
        OutputError: the place cannot be written; raised at once, before any work.
    """
    if output is None:
        folder = OUTPUT_FOLDER / slug
        names = {"asset": "asset.glb", "preview": "preview.png", "animation": "preview.gif"}
        names |= {"page": "report.html", "report": "report.json"}
        names |= {f"lod{level}": f"asset_lod{level}.glb" for level in LOD_LEVELS}
        with _staging(OUTPUT_FOLDER, folder, is_folder=True) as staging:
            yield Destination(staging, {role: folder / name for role, name in names.items()}, folder)
        return
    if output.suffix.lower() != ".glb":
        raise OutputError(f"{output}: the output must end in .glb, such as {output.with_suffix('.glb')}.")
    endings = {"preview": ".preview.png", "animation": ".preview.gif"}
    endings |= {"page": ".report.html", "report": ".report.json"}
    endings |= {f"lod{level}": f"_lod{level}.glb" for level in LOD_LEVELS}
    files = {"asset": output} | {role: output.with_name(output.stem + end) for role, end in endings.items()}
    with _staging(output.parent, output, is_folder=False) as staging:
        for path in files.values():
            with writing(path):  # a name that is too long for its ending shows now, not after the work
                (staging / path.name).touch()
                (staging / path.name).unlink()
        yield Destination(staging, files)


@contextmanager
def views_destination(output: Path | None, slug: str) -> Iterator[Destination]:
    """Open the place for one file of views: FILE.safetensors, or out/<slug>/views.safetensors.

    Raises:
        OutputError: the place cannot be written; raised at once, before any work.
    """
    path = OUTPUT_FOLDER / slug / "views.safetensors" if output is None else output
    if path.suffix.lower() != ".safetensors":
        raise OutputError(f"{path}: the output must end in .safetensors, such as {path.with_suffix('.safetensors')}.")
    with _staging(path.parent, path, is_folder=False) as staging:
        yield Destination(staging, {"views": path})


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn the system's refusal to write into one sentence.

    Raises:
        OutputError: for every OSError of the body, and for an OutputError that names a staged file instead of `path`.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(f"{path}: it cannot be written: {_reason(error)}.") from error
    except OutputError as error:
        if isinstance(error.__cause__, OSError):
            raise OutputError(f"{path}: it cannot be written: {_reason(error.__cause__)}.") from error
        raise


def _reason(error: OSError) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "the disk is full; free some space or choose another place with -o"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return "the folder is not writable; choose another place with -o"
        case errno.ENOTDIR | errno.EEXIST:
            return f"a file stands where a folder is needed ({error.filename}); choose another place with -o"
        case errno.EISDIR:
            return "a folder of that name is there; choose another name with -o"
        case errno.ENAMETOOLONG:
            return "the name is too long; choose a shorter one with -o"
        case _:
            return (error.strerror or str(error)).lower()


@contextmanager
def _staging(parent: Path, target: Path, *, is_folder: bool) -> Iterator[Path]:
    """A hidden folder in `parent`, and the folders down to it; all of it gone at the end unless it was used."""
    created = [p for p in (parent, *parent.parents) if not p.exists()]
    with writing(target):
        if target.exists() and target.is_dir() != is_folder:
            raise OSError(errno.ENOTDIR if is_folder else errno.EISDIR, "", str(target))
        parent.mkdir(parents=True, exist_ok=True)
        _sweep(parent)
        staging = parent / (STAGING_PREFIX + secrets.token_hex(6))  # tempfile would make it private; results are not
        staging.mkdir()
    mark = _taken(staging)
    try:
        yield staging
    finally:
        if mark is not None:
            os.close(mark)
        shutil.rmtree(staging, ignore_errors=True)
        for folder in created:  # deepest first; one that holds the result stays
            try:
                folder.rmdir()
            except OSError:
                break


def _sweep(parent: Path) -> None:
    """Remove the hidden folders of runs that were killed; one that is in use, or may be, stays."""
    for left in parent.glob(STAGING_PREFIX + "*"):
        if not re.fullmatch(r"[0-9a-f]{12}", left.name.removeprefix(STAGING_PREFIX)) or not left.is_dir():
            continue
        with suppress(OSError):  # another run may have swept it in between
            if time.time() - left.stat().st_mtime > FRESH and (mark := _taken(left)) is not None:
                shutil.rmtree(left, ignore_errors=True)
                os.close(mark)


def _taken(folder: Path) -> int | None:
    """Lock a folder until the mark is closed or this process ends, however it ends; None where that cannot be done."""
    try:
        import fcntl
    except ImportError:  # Windows: nothing is known of other runs there, so nothing is removed
        return None
    try:
        mark = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # another run's, or a file system without locks
        os.close(mark)
        return None
    return mark


def _swap_folder(staging: Path, folder: Path, ours: set[str]) -> None:
    """Put `staging` where `folder` is; files there that are not of an earlier result are kept."""
    if not folder.exists():
        staging.rename(folder)
        return
    replaced = staging.with_name(staging.name + "-replaced")
    folder.rename(replaced)
    staging.rename(folder)
    for path in replaced.iterdir():
        if path.name not in ours:
            path.rename(folder / path.name)
    shutil.rmtree(replaced, ignore_errors=True)
