"""Every GLB that any test writes goes through our own checks, and through the Khronos validator where node has it.

Files are caught where the writer makes them, so a test that damages one afterwards is free to. The verdict comes when
the last test of a session is over: one call of node for all files.
"""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

VALIDATE = Path(__file__).parent / "export" / "validate.mjs"
BATCH = 200  # files on one command line
DEFECTS_ON_PURPOSE = ("test_defect_is_found",)  # tests whose assets are inside out, transparent and the like


@pytest.fixture(scope="session", autouse=True)
def every_glb_is_checked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Catch what `glb_bytes` makes, each different file once, and fail the session if one has an error."""
    import gen4d.export.glb as writer

    folder = tmp_path_factory.mktemp("written")
    made_by: dict[str, str] = {}

    class Caught(writer.GltfBuilder):
        def to_glb(self) -> bytes:
            data = super().to_glb()
            name = hashlib.sha256(data).hexdigest()[:24]
            test = os.environ.get("PYTEST_CURRENT_TEST", "?")
            if name not in made_by and not any(known in test for known in DEFECTS_ON_PURPOSE):
                made_by[name] = test
                (folder / f"{name}.glb").write_bytes(data)
            return data

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "GltfBuilder", Caught)
        yield
    complaints = complaints_about(sorted(folder.glob("*.glb")))
    lines = [f"{made_by[path.stem]}: {', '.join(said)}" for path, said in complaints.items()]
    assert not lines, "tests wrote GLB files that are not sound:\n" + "\n".join(lines)


def complaints_about(files: list[Path]) -> dict[Path, list[str]]:
    """What our checks (errors) and the Khronos validator (errors and warnings) say of files; the sound are left out."""
    from gen4d.export.validate import check_glb

    found = {path: [f"{f.code} {f.sentence}" for f in check_glb(path) if f.severity == "error"] for path in files}
    node = shutil.which("node")
    if node is not None and (VALIDATE.parent / "node_modules" / "gltf-validator").is_dir():
        for start in range(0, len(files), BATCH):
            command = [node, str(VALIDATE), *map(str, files[start : start + BATCH])]
            ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
            for report in json.loads(ran.stdout):
                if report["errors"] or report["warnings"]:
                    found[Path(report["file"])] += report["messages"][:3]
    return {path: said for path, said in found.items() if said}
