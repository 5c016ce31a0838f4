"""The weights that ship inside the package: where they are, and whether they are whole."""

import hashlib
import json
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

FILES = ("autoencoder.safetensors", "uvit.safetensors", "concepts.safetensors")
MANIFEST = "manifest.json"


class WeightsCheck(NamedTuple):
    """One file's name, whether its checksum is right, and a sentence for the user."""

    name: str
    ok: bool
    sentence: str


def weights_folder() -> Path:
    """The folder of the embedded weights; installed packages are always unpacked, so it is a real path."""
    return Path(str(files("gen4d.prior") / "weights"))


def check_weights(folder: Path | None = None) -> list[WeightsCheck]:
    """Compare every weights file with the checksum of the manifest."""
    folder = folder or weights_folder()
    manifest = folder / MANIFEST
    if not manifest.exists():
        return [WeightsCheck(MANIFEST, False, "missing; reinstall gen4d")]
    expected = json.loads(manifest.read_text("utf-8"))["sha256"]
    checks = []
    for name in FILES:
        path = folder / name
        if not path.exists():
            checks.append(WeightsCheck(name, False, "missing; reinstall gen4d"))
        elif sha256(path) != expected.get(name):
            checks.append(WeightsCheck(name, False, "damaged (its checksum differs); reinstall gen4d"))
        else:
            checks.append(WeightsCheck(name, True, f"{path.stat().st_size / 1e6:.1f} MB, sha256 {expected[name][:12]}"))
    return checks


def write_manifest(folder: Path, facts: dict[str, str | int | float]) -> None:
    """Write the manifest of a folder of weights: checksums, and facts about how they were made."""
    content = {"sha256": {name: sha256(folder / name) for name in FILES}, "facts": facts}
    (folder / MANIFEST).write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", "utf-8")


def sha256(path: Path) -> str:
    """Hexadecimal digest of a file."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
