"""What a run took and what came of it: seconds and peak memory a stage, settings, warnings, facts."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from gen4d import __version__
from gen4d.context import Context

REPORT_VERSION = 1
BYTES_A_MEGABYTE = 1e6


@contextmanager
def stage(name: str, ctx: Context) -> Iterator[None]:
    """Announce a stage, time it, and note its seconds and the process's peak memory so far.

    Notes `<name>.seconds` and `<name>.peak_memory_mb` in `ctx.facts`; nothing is noted for a stage that raises.
    """
    ctx.progress(name, 0.0)
    start = time.perf_counter()
    yield
    ctx.note(f"{name}.seconds", round(time.perf_counter() - start, 3))
    ctx.note(f"{name}.peak_memory_mb", round(peak_memory() / BYTES_A_MEGABYTE, 1))
    ctx.progress(name, 1.0)


def peak_memory() -> int:
    """Highest resident size of this process so far, in bytes; 0 where the system does not tell (Windows)."""
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # macOS counts bytes, Linux KiB


def run_report(ctx: Context, **about: object) -> dict[str, object]:
    """The report a result folder holds, ready for JSON.

    Args:
        ctx: its facts split into stages (seconds, peak memory) and the rest.
        about: what only the caller knows: command, resolved config, provenance, files.
    """
    stages = [
        {
            "name": name,
            "seconds": ctx.facts[key],
            "peak_memory_mb": ctx.facts[f"{name}.peak_memory_mb"],
        }
        for key in ctx.facts
        if (name := key.removesuffix(".seconds")) != key and f"{name}.peak_memory_mb" in ctx.facts
    ]
    timed = {f"{stage['name']}.{unit}" for stage in stages for unit in ("seconds", "peak_memory_mb")}
    return {
        "report_version": REPORT_VERSION,
        "gen4d": __version__,
        **about,
        "seed": ctx.streams.seed,
        "device": str(ctx.device),
        "seconds": round(sum(float(str(s["seconds"])) for s in stages), 3),
        "peak_memory_mb": round(peak_memory() / BYTES_A_MEGABYTE, 1),
        "stages": stages,
        "facts": {key: value for key, value in ctx.facts.items() if key not in timed},
        "warnings": list(ctx.warnings),
    }
