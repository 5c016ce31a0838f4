"""What every generating command does around its one call: settings, threads, context, screen."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from .screen import Screen

if TYPE_CHECKING:
    from gen4d.config import RunConfig
    from gen4d.context import Context
    from gen4d.results import Destination
    from gen4d.structures import Asset, Prompt

DEFAULT_THREADS = 2  # a third thread gained nothing on small networks, and on a busy machine each one more costs

OPTION_KEYS = {  # the settings that have an option of their own
    "seed": "seed",
    "prior": "prior.checkpoint",
    "prior_kind": "prior.kind",
    "prior_path": "prior.path",
    "prior_pickle": "prior.allow_pickle",
    "prior_half": "prior.half",
    "prior_low_memory": "prior.low_memory",
    "height": "height",
    "guidance": "views.guidance_scale",
    "steps": "views.steps",
    "candidates": "views.candidates",
    "faces": "surface.faces",
    "texture_size": "surface.texture_size",
    "normal_map": "surface.normal_map",
    "roughness": "surface.roughness",
    "metallic": "surface.metallic",
    "symmetry": "reconstruct.symmetry",
    "subject": "photo.subject",
    "azimuth": "photo.azimuth_deg",
    "elevation": "photo.elevation_deg",
    "way": "photo.way",
    "plan": "rig.plan",
    "up": "rig.up",
    "keep_skin": "rig.keep_skin",
    "front": "rig.front",
    "naming": "export.naming",
    "clips": "motion.clips",
    "motion": "motion.words",
    "video_azimuth": "motion.video_azimuth_deg",
    "speed": "motion.speed",
    "style": "motion.style",
    "root_motion": "motion.root_motion",
    "fps": "motion.fps",
    "target": "export.target",
    "compress": "export.compress",
    "lods": "export.lods",
    "vrm": "export.vrm",
    "refine_prior": "refine.prior",
    "refine_guidance": "refine.guidance",
    "refine_steps": "refine.steps",
    "half": "refine.half",
    "low_memory": "refine.low_memory",
    "allow_pickle": "refine.allow_pickle",
}


@dataclass(frozen=True)
class Run:
    """One command under way."""

    command: str
    cfg: "RunConfig"
    ctx: "Context"
    screen: Screen

    def deliver(self, asset: "Asset", name: str, destination: "Destination") -> None:
        """Name the asset, write it with its previews and report, and show where they are."""
        from gen4d.delivery import deliver

        delivered = deliver(replace(asset, name=name), destination, self.cfg, self.ctx, command=self.command)
        self.screen.result(delivered.report, delivered.files, self.ctx.warnings)


def resolve_settings(preset: str | None, settings: list[str] | None, **options: object) -> "RunConfig":
    """Defaults < preset < `--set` < a setting's own option. Loads no torch, so that a typing error costs no wait.

    Raises:
        ConfigError: an unknown preset or key, or a value outside its range.
    """
    from gen4d.config import load_config, parse_assignments

    options |= _prior_options(options)
    given = {OPTION_KEYS[name]: value for name, value in options.items() if value is not None}
    return load_config(preset, {**parse_assignments(settings or []), **given})


def _prior_options(options: Mapping[str, object]) -> dict[str, object]:
    """`--prior` and what goes with it, as settings: `dir:` means a prior of ours where the folder holds one."""
    from gen4d.errors import ConfigError

    name = options.get("prior")
    if name in (None, "embedded") and any(options.get(f"prior_{key}") for key in ("pickle", "half", "low_memory")):
        raise ConfigError(
            "--allow-pickle, --half, --low-memory: they are for public weights; give --prior hub:... or dir:... too."
        )
    place = str(name).removeprefix("dir:")
    if name is None or name == "embedded":
        told: dict[str, object] = {"prior": None, "prior_kind": name}
    elif str(name).startswith("dir:") and (Path(place) / "manifest.json").is_file():
        told = {"prior": None, "prior_kind": "folder", "prior_path": place}
    else:
        told = {"prior": name, "prior_kind": "checkpoint"}
    return {key: value for key, value in told.items() if key == "prior" or value is not None}


@contextmanager
def running(
    command: str, cfg: "RunConfig", *, threads: int | None, quiet: bool, as_json: bool, page: bool = False
) -> Iterator[Run]:
    """Set the threads, open the screen, and make the run's context; for a report page, a folder for its pictures."""
    folder = TemporaryDirectory() if page else nullcontext()
    with Screen(quiet=quiet, as_json=as_json) as screen, folder as pictures:
        screen.progress("start", 0.0)
        # Read when torch loads its OpenMP. Threads that wait by spinning made a busy machine ten times slower.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        import torch

        from gen4d.context import Context
        from gen4d.streams import Streams

        torch.set_num_threads(threads or min(DEFAULT_THREADS, os.cpu_count() or 1))
        run_folder = None if pictures is None else Path(pictures)
        ctx = Context(Streams(cfg.seed), progress=screen.progress, run_folder=run_folder)
        screen.progress("start", 1.0)
        yield Run(command, cfg, ctx, screen)


def read_words(text: str, negative: str | None) -> "Prompt":
    """A prompt of words alone, cleaned.

    Raises:
        InputError: a text is empty, too long or holds control characters.
    """
    from gen4d.structures import Prompt, clean_text

    return Prompt(clean_text(text), "" if negative is None else clean_text(negative, "--negative"))


def read_photo(
    photo: Path,
    mask: Path | None,
    words: str | None,
    negative: str | None,
    run: Run,
    sides: dict[str, Path] | None = None,
) -> "Prompt":
    """A prompt of a photo and perhaps words: the subject cut out and framed.

    Raises:
        InputError: the photo or the mask cannot be used, no subject is found, or a text is unreadable.
    """
    from gen4d import pipeline
    from gen4d.structures import clean_text

    text = "" if words is None else clean_text(words, "--prompt")
    avoid = "" if negative is None else clean_text(negative, "--negative")
    return pipeline.photo_prompt(photo, run.cfg, run.ctx, mask=mask, sides=sides, text=text, negative=avoid)


def existing_sides(**sides: Path | None) -> "dict[str, Path]":
    """The photos of other sides that are given, each an existing file.

    Raises:
        InputError: nothing is there, or a folder.
    """
    return {side: existing_file(path, f"the photo of the {side}") for side, path in sides.items() if path is not None}


def existing_file(path: Path, what: str) -> Path:
    """The path, if a file is there.

    Raises:
        InputError: nothing is there, or a folder.
    """
    from gen4d.errors import InputError

    if not path.exists():
        raise InputError(f"{path}: file not found; give the path of {what}.")
    if not path.is_file():
        raise InputError(f"{path}: this is a folder; give the path of {what}.")
    return path
