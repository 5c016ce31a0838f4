"""The Khronos glTF validator, where node and its npm package `gltf-validator` are installed.

The package is taken from npm's global folder or from a clone's tests/export, never from the current folder: that may be
the very thing that is inspected because nobody trusts it.
"""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from gen4d.export.findings import Finding

PACKAGE = "gltf-validator"
TIMEOUT = 120  # seconds
MAX_ISSUES = 100
CHECKOUT = Path(__file__).parents[2] / "tests" / "export"  # where a clone of the repository keeps the package
ERROR, WARNING = 0, 1  # severities of the validator; above them are informations and hints
# Buffers and images of a .gltf lie beside it; the reader has refused names that climb out of the folder.
SCRIPT = """
const { readFileSync } = require("node:fs"), { dirname, resolve } = require("node:path");
const file = process.argv[1], maxIssues = Number(process.argv[2]);
const read = async (uri) => new Uint8Array(readFileSync(resolve(dirname(file), decodeURIComponent(uri))));
require("gltf-validator")
  .validateBytes(new Uint8Array(readFileSync(file)), { uri: file, maxIssues, externalResourceFunction: read })
  .then(({ issues }) => console.log(JSON.stringify(issues)), (error) => { console.error(error); process.exit(1); });
"""


@dataclass(frozen=True)
class KhronosReport:
    """What the validator said.

    Fields:
        summary: one line; also says why it was not run.
        findings: its errors and warnings.
    """

    summary: str
    findings: tuple[Finding, ...] = ()


def khronos_report(path: Path) -> KhronosReport:
    """Run the validator on a GLB or glTF file that our own reader has opened; say so where it cannot be run."""
    node = shutil.which("node")
    if node is None:
        return KhronosReport("not run: node is not installed")
    folder = _folder_with_validator(Path(node))
    if folder is None:
        return KhronosReport(f"not run: `npm install -g {PACKAGE}` brings it")
    command = [node, "--input-type=commonjs", "-e", SCRIPT, "--", str(path.resolve()), str(MAX_ISSUES)]
    try:
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT, check=True)
        issues = json.loads(ran.stdout)
    except subprocess.TimeoutExpired:
        return KhronosReport(f"not finished within {TIMEOUT} s")
    except (subprocess.CalledProcessError, json.JSONDecodeError) as problem:
        said = problem.stderr.strip().splitlines() if isinstance(problem, subprocess.CalledProcessError) else []
        return KhronosReport(f"it failed: {said[-1] if said else 'it printed no report'}")
    numbers = ((issues[key], noun) for key, noun in (("numErrors", "error"), ("numWarnings", "warning")))
    summary = ", ".join(f"{number} {noun}{'' if number == 1 else 's'}" for number, noun in numbers)
    return KhronosReport(
        summary, tuple(_finding(issue) for issue in issues["messages"] if issue["severity"] <= WARNING)
    )


def _folder_with_validator(node: Path) -> Path | None:
    """Whose node_modules hold the package."""
    places = [node.parent.parent / "lib", node.resolve().parent.parent / "lib", Path("/usr/local/lib"), CHECKOUT]
    return next((place for place in places if (place / "node_modules" / PACKAGE).is_dir()), None)


def _finding(issue: dict[str, str | int]) -> Finding:
    where = issue.get("pointer", issue.get("offset"))
    place = "" if where is None else f" ({where})"
    severity = "error" if issue["severity"] == ERROR else "warning"
    return Finding(severity, f"khronos {issue['code']}", f"{issue['message']}{place}")
