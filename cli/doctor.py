"""`gen4d doctor`: whether this machine can do the main job, one line a check."""

import json
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from typing import NamedTuple

import typer

from gen4d import __version__

from . import options

MIN_PYTHON = (3, 11)
MIN_FREE_GB = 1.0


class Check(NamedTuple):
    """One line: what was looked at, whether the main job can run with it, and what was found."""

    name: str
    ok: bool
    found: str


def doctor(as_json: options.Json = False) -> None:
    """Check that this machine can do the job.

    One line each for versions, devices, extras and weights; exit code 1 if the main job cannot run.
    """
    checks = [*_python(), *_packages(), *_devices(), *_weights(), *_hub_priors(), *_extras(), *_disk()]
    if as_json:
        print(json.dumps({"ok": all(c.ok for c in checks), "checks": [c._asdict() for c in checks]}, indent=2))
    else:
        for check in checks:
            print(f"{'ok  ' if check.ok else 'FAIL'}  {check.name:<24} {check.found}")
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


def _python() -> Iterator[Check]:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    yield Check("gen4d", True, __version__)
    yield Check("python", sys.version_info >= MIN_PYTHON, found)


def _packages() -> Iterator[Check]:
    """Every package the main job needs, as our own metadata lists them."""
    for requirement in requires("gen4d") or []:
        if "extra ==" in requirement:
            continue
        name = _name(requirement)
        try:
            yield Check(name, True, version(name))
        except PackageNotFoundError:
            yield Check(name, False, f'not installed; run: pip install "{requirement}"')


def _devices() -> Iterator[Check]:
    if find_spec("torch") is None:
        return
    import torch

    yield Check("device cpu", True, f"{torch.get_num_threads()} threads by torch's own choice")
    if torch.cuda.is_available():
        yield Check("device cuda", True, torch.cuda.get_device_name())
    else:
        yield Check("device cuda", True, "none; not needed")


def _weights() -> Iterator[Check]:
    try:
        from gen4d.prior.weights import check_weights

        yield from (Check(f"weights {name}", ok, sentence) for name, ok, sentence in check_weights())
    except ImportError as error:
        yield Check("weights", False, f"cannot be read: {error}")


def _hub_priors() -> Iterator[Check]:
    """Public checkpoints: the memory each needs, plainly and with each way to need less; none of them is needed."""
    import torch

    from gen4d.context import Context
    from gen4d.prior.hub.checkpoint import available_memory
    from gen4d.prior.hub.known import KNOWN
    from gen4d.prior.hub.loading import Loading, computing_device, needed
    from gen4d.streams import Streams

    slices = ("slices", "tiles")
    ways = {
        "plain": Loading(),
        "--low-memory slices,tiles": Loading(low_memory=slices),
        "--half": Loading(half=True),
        "--half --low-memory slices,tiles": Loading(half=True, low_memory=slices),
        "--half --low-memory offload,slices,tiles": Loading(half=True, low_memory=("offload", *slices)),
        "--low-memory int8,slices,tiles": Loading(low_memory=("int8", *slices)),
    }
    device = computing_device(Context(Streams(0)))
    on_gpu = device.type == "cuda"
    free, main = (available_memory(place) for place in (device, torch.device("cpu")))
    place = f"{free / 1e9:.1f} GB free on the GPU, {main / 1e9:.1f}" if on_gpu else f"no GPU, {main / 1e9:.1f} GB free"
    ready = "" if _installed("diffusers") else "; needs pip install gen4d[hub]"
    yield Check("memory for priors", True, f"{place} in main memory; offload and int8 need a GPU{ready}")
    for known in KNOWN:
        told, running = [], ""
        for words, loading in ways.items():
            need = needed(known.sizes, loading, on_gpu=on_gpu or bool(loading.gpu_ways))
            told.append(f"{need.computing / 1e9:.1f} GB {words.removeprefix('--low-memory ')}")
            here = (on_gpu or not loading.gpu_ways) and need.computing <= free and need.waiting <= main
            running = running or (f"runs here with {words}".removesuffix(" with plain") if here else "")
        yield Check("prior hub", True, f"{known.id}: {known.use}; {', '.join(told)}; {running or 'too large'}")


def _extras() -> Iterator[Check]:
    """Optional packages, grouped as `pip install gen4d[extra]` names them; none of them is needed."""
    extras: dict[str, list[str]] = {}
    for requirement in requires("gen4d") or []:
        if "extra ==" in requirement:
            extra = requirement.partition("extra ==")[2].strip(" \"'")
            extras.setdefault(extra, []).append(_name(requirement))
    for extra, names in sorted(extras.items()):
        missing = [name for name in names if not _installed(name)]
        found = "present" if not missing else f"absent ({', '.join(missing)}); optional: pip install gen4d[{extra}]"
        yield Check(f"extra {extra}", True, found)


def _disk() -> Iterator[Check]:
    free = shutil.disk_usage(".").free / 1e9
    found = f"{free:.1f} GB free here"
    yield Check("disk", True, found if free >= MIN_FREE_GB else f"{found}, which is little")


def _name(requirement: str) -> str:
    """`torch>=2.6 ; extra == "x"` -> `torch`."""
    for stop in "<>=!~ ;[(":
        requirement = requirement.partition(stop)[0]
    return requirement


def _installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True
