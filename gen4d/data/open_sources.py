"""The sources by name, and how their files are fetched: each is one entry here and one file in `sources/`."""

import logging
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gen4d.data.build import Skip
from gen4d.data.makers import MAKERS
from gen4d.data.objects import SourceObject, made_object
from gen4d.data.records import Rejection
from gen4d.data.sources import quaternius, sweethome3d
from gen4d.errors import ConfigError, InputError, MissingDependency
from gen4d.streams import Streams

logger = logging.getLogger(__name__)

SOURCES = ("zeroad", "sweethome3d", "quaternius", "anny", "makers")
DEBIAN_PACKAGES = {"zeroad": "0ad-data", "sweethome3d": "sweethome3d-furniture"}


@dataclass(frozen=True)
class SourceFiles:
    """Where the sources' files are, and how many objects to make.

    Fields:
        folders: by source; a source without one is fetched into `cache`.
        cache: packages that were fetched, unpacked.
        per_maker: instances of each parametric maker.
        people: sampled humans.
    """

    cache: Path
    folders: dict[str, Path] = field(default_factory=dict)
    per_maker: int = 12
    people: int = 200


def open_source(name: str, files: SourceFiles) -> Callable[[Skip], Iterator[SourceObject | Rejection]]:
    """A source's objects, or why one cannot be read, given which ids to skip.

    Raises:
        ConfigError: there is no such source.
        InputError: its files are missing, truncated, or cannot be fetched.
    """
    match name:
        case "quaternius":
            if name not in files.folders:
                raise InputError("quaternius: no package registry has these packs; give their folder by --quaternius.")
            return lambda skip: quaternius.iterate(files.folders[name], skip)
        case "sweethome3d":
            catalogues = files.cache / "sweethome3d"
            sweethome3d.unpack(_folder(name, files), catalogues)
            return lambda skip: sweethome3d.iterate(catalogues, skip)
        case "zeroad":
            from gen4d.data.sources import zeroad

            archive = _folder(name, files)
            return lambda skip: zeroad.iterate(archive, skip)
        case "anny":
            from gen4d.data.sources import anny

            return lambda skip: anny.iterate(files.people, skip)
        case "makers":
            return lambda skip: made_objects(files.per_maker, skip)
        case _:
            raise ConfigError(f"--sources: got '{name}', allowed are {', '.join(SOURCES)}.")


def made_objects(per_maker: int, skip: Skip = lambda _: False) -> Iterator[SourceObject]:
    """Instances of every parametric maker, each from a random stream of its own; first one of each, then the next."""
    streams = Streams(0)
    for index in range(per_maker):
        for name, maker in MAKERS.items():
            object_id = f"makers/{name}/{index:04d}"
            if skip(object_id):
                continue
            yield made_object("makers", object_id, maker(streams.numpy(f"makers.{name}", index)))


def fetch_debian(package: str, folder: Path) -> Path:
    """Download a Debian package with the ordinary client and unpack it, without installing.

    Returns:
        folder: holds the package's files; kept for the next run.

    Raises:
        MissingDependency: apt-get or dpkg-deb is not there.
        InputError: the download failed or the package is truncated.
    """
    target = folder / package
    if target.exists():
        return target
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            raise MissingDependency(
                f"{package}: {program} is not here; unpack the package elsewhere and give its folder."
            )
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{package}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    try:
        logger.info("fetching %s", package)
        subprocess.run(["apt-get", "download", package], cwd=folder, check=True, capture_output=True, text=True)
        (archive,) = folder.glob(f"{package}_*.deb")
        subprocess.run(["dpkg-deb", "-x", archive.name, partial.name], cwd=folder, check=True, capture_output=True)
    except (subprocess.CalledProcessError, ValueError, OSError) as error:
        shutil.rmtree(partial, ignore_errors=True)
        said = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        raise InputError(f"{package}: it could not be fetched ({said[-1] if said else error}).") from error
    archive.unlink()
    partial.replace(target)
    return target


def _folder(name: str, files: SourceFiles) -> Path:
    """The given folder of a source, or its fetched package."""
    if name in files.folders:
        if not files.folders[name].exists():
            raise InputError(f"--{name}: there is no {files.folders[name].name}.")
        return files.folders[name]
    return fetch_debian(DEBIAN_PACKAGES[name], files.cache)
