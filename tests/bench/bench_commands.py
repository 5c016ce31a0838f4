"""Cold runs of the two main commands: seconds and peak memory of every stage, beside the budgets of the design.

Run: python tests/bench/bench_commands.py [PHOTO]. Without a photo, `animate` gets scikit-image's rocket.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BUDGET_SECONDS = {"help": 0.5, "text-to-3d": 60, "animate": 60, "views": 20, "rig": 5}
BUDGET_MEMORY_MB = 4000


def timed(words: list[str], folder: Path) -> float:
    """Wall seconds of one cold process."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", "from gen4d.cli import main; raise SystemExit(main())", *words],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - start


def row(name: str, seconds: float, memory_mb: float | None = None) -> None:
    """One line of the table."""
    budget = BUDGET_SECONDS.get(name)
    over = "" if budget is None else f"   budget {budget} s{'' if seconds <= budget else ', OVER'}"
    print(f"{name:<14} {seconds:8.2f} s {'' if memory_mb is None else f'{memory_mb:8.0f} MB'}{over}")


def command(words: list[str], folder: Path) -> None:
    """Run a command twice, the second time with warm file caches, and print the second report."""
    report = folder / "x.report.json"
    for attempt in ("first", "second"):
        wall = timed([*words, "-o", "x.glb", "--quiet"], folder)
        print(f"\n{' '.join(words)}, {attempt} run")
        found = json.loads(report.read_text())
        for stage in found["stages"]:
            row(stage["name"], stage["seconds"], stage["peak_memory_mb"])
        row(words[0], wall, found["peak_memory_mb"])
        if found["peak_memory_mb"] > BUDGET_MEMORY_MB:
            print(f"               memory is OVER its budget of {BUDGET_MEMORY_MB} MB")


def main(photo: str | None = None) -> None:
    """Print the table."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {load:.1f} before the start")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        row("help", min(timed(["--help"], folder) for _ in range(5)))
        command(["text-to-3d", "a paper plane"], folder)
        if photo is None:
            from skimage import data, io

            photo = str(folder / "rocket.png")
            io.imsave(photo, data.rocket())
        command(["animate", str(Path(photo).resolve())], folder)


if __name__ == "__main__":
    main(*sys.argv[1:2])
