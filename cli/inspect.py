"""`gen4d inspect`: what a GLB holds, and whether it keeps the contract."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import options
from .running import existing_file

if TYPE_CHECKING:
    from gen4d.export.findings import Finding
    from gen4d.export.inspect import Inspection


def inspect(
    file: Annotated[Path, typer.Argument(metavar="FILE.glb", help="A GLB or glTF file, ours or anybody's.")],
    as_json: options.Json = False,
) -> None:
    """Count what a GLB holds and check it.

    Shows sizes, bones and clips, then every finding of our own structural checks, and of the Khronos validator where
    node and `npm install -g gltf-validator` are; exit code 2 if one is an error.
    """
    existing_file(file, "a GLB file")
    from gen4d.export.inspect import inspect_glb
    from gen4d.export.khronos import khronos_report

    inspection, khronos = inspect_glb(file), khronos_report(file)
    findings = (*inspection.findings, *khronos.findings)
    if as_json:
        print(json.dumps({**inspection.as_dict(), "khronos": asdict(khronos)}, indent=2))
    else:
        lines = [*_lines(inspection), ("khronos", khronos.summary), *map(_finding_line, khronos.findings)]
        for name, value in lines:
            print(f"{name:<10} {value}")
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(2)


def _lines(found: "Inspection") -> list[tuple[str, str]]:
    lines = [
        ("file", f"{found.path}, {found.bytes:,} bytes, by {found.generator or 'an unnamed program'}"),
        (
            "geometry",
            f"{found.triangles:,} triangles, {found.vertices:,} vertices, {_count(found.meshes, 'mesh', 'es')}",
        ),
    ]
    if found.low is not None and found.high is not None:
        sides = " x ".join(f"{high - low:.3f}" for low, high in zip(found.low, found.high, strict=True))
        lines.append(("size", f"{sides} m (width, height, depth), lowest point at {found.low[1]:.3f} m"))
    lines.append(("materials", str(found.materials)))
    lines += [("texture", f"{t.name}: {t.width} x {t.height} px, {t.bytes:,} bytes") for t in found.textures]
    if found.joints:
        lines.append(("bones", str(len(found.joints))))
        lines += [("", "  " * joint.depth + joint.name) for joint in found.joints]
    for clip in found.clips:
        loops = ", loops" if clip.loop else ""
        keys = f"{clip.keys} keyframes, {_count(clip.channels, 'channel')}"
        lines.append(("clip", f"{clip.name}: {clip.seconds:.2f} s, {keys}{loops}"))
    lines += [("fact", f"{key}: {value}") for key, value in found.extras.items()]
    lines += map(_finding_line, found.findings)
    return lines if found.findings else [*lines, ("checks", "nothing to complain about")]


def _finding_line(finding: "Finding") -> tuple[str, str]:
    return finding.severity.upper(), f"{finding.code}: {finding.sentence}"


def _count(number: int, noun: str, plural: str = "s") -> str:
    return f"{number} {noun}{'' if number == 1 else plural}"
