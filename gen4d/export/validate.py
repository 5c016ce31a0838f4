"""Our own checks of a GLB file: what the Khronos validator lets pass and an engine or a buyer does not.

The validator accepts a file whose clip does not move, whose faces look inwards, whose joints do not hold the mesh, or
that is a hundred times too large.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from gen4d.errors import InputError, MissingDependency
from gen4d.export.findings import Finding, error
from gen4d.export.parse import MALFORMED, GltfFile, open_gltf
from gen4d.export.validate_mesh import mesh_findings
from gen4d.export.validate_rig import clip_findings, skin_findings
from gen4d.export.validate_texture import texture_findings

Check = Callable[[GltfFile], Iterator[Finding]]
CHECKS: tuple[tuple[str, Check], ...] = (
    ("mesh", mesh_findings),
    ("skin", skin_findings),
    ("clip", clip_findings),
    ("texture", texture_findings),
)


def check_glb(path: Path) -> list[Finding]:
    """All findings in one GLB or glTF file, errors first; an empty list for a sound file.

    Raises:
        InputError: the file is missing or cannot be read at all (a damaged one is a finding).
    """
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; check the path.")
    try:
        return check_file(open_gltf(path))
    except InputError as problem:
        return [error("container", str(problem))]


def check_file(file: GltfFile) -> list[Finding]:
    """All findings in a file that was parsed already, errors first."""
    findings: list[Finding] = []
    for subject, check in CHECKS:
        try:
            findings += check(file)
        except (InputError, MissingDependency) as problem:
            findings.append(error(subject, str(problem)))
        except MALFORMED as problem:
            findings.append(error(subject, f"{file.path}: its {subject} data cannot be understood ({problem!r})."))
    return sorted(findings, key=lambda finding: finding.severity != "error")
