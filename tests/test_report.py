"""The report: what stages noted, in order, and nothing twice."""

import json
import time

import pytest

from gen4d.context import Context
from gen4d.report import peak_memory, run_report, stage
from gen4d.streams import Streams


def test_stages_are_announced_timed_and_ordered() -> None:
    told: list[tuple[str, float]] = []
    ctx = Context(Streams(3), progress=lambda name, fraction: told.append((name, fraction)))
    with stage("views", ctx):
        time.sleep(0.02)
        ctx.note("views.tokens", 96)
    with stage("rig", ctx):
        ctx.warn("The plan was guessed.")
        ctx.warn("The plan was guessed.")
    report = json.loads(json.dumps(run_report(ctx, command="animate")))
    assert told == [("views", 0.0), ("views", 1.0), ("rig", 0.0), ("rig", 1.0)]
    assert [s["name"] for s in report["stages"]] == ["views", "rig"]
    assert report["stages"][0]["seconds"] >= 0.02
    assert report["seconds"] == pytest.approx(sum(s["seconds"] for s in report["stages"]), abs=1e-3)
    assert report["facts"] == {"views.tokens": 96}
    assert report["warnings"] == ["The plan was guessed."]
    assert (report["seed"], report["device"], report["command"]) == (3, "cpu", "animate")


def test_a_stage_that_raises_is_not_reported_as_done() -> None:
    ctx = Context(Streams(0))
    with pytest.raises(ZeroDivisionError), stage("views", ctx):
        raise ZeroDivisionError
    assert not ctx.facts


def test_peak_memory_grows_with_what_is_used() -> None:
    before = peak_memory()
    block = bytearray(64 << 20)
    block[::4096] = b"x" * len(block[::4096])
    after = peak_memory()
    assert before > 20e6  # an interpreter with torch needs that much
    assert after >= before
    assert after < 100e9  # bytes, not a unit too small or too large
