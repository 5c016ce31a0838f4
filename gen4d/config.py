"""A run's settings: one config class a room, composed; defaults < preset < overrides.

A default lives in its config class and nowhere else. A preset (configs/*.toml) lists only differences from them. An
override is a dotted key, `surface.faces`, with a value, as `--set surface.faces=5000` gives it.
"""

import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from importlib import resources
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from gen4d.distill.config import RefineConfig
from gen4d.errors import ConfigError
from gen4d.export.config import ExportConfig
from gen4d.motion.config import MotionConfig
from gen4d.photo.config import PhotoConfig
from gen4d.prior.config import EmbeddedPrior, PriorConfig, ViewsConfig
from gen4d.puppet.config import PuppetConfig
from gen4d.reconstruct.config import ReconstructConfig
from gen4d.rig.config import RigConfig
from gen4d.surface.config import SurfaceConfig

DEFAULT_PRESET = "standard"


class RunConfig(BaseModel):
    """Everything a run can be told, resolved."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(default=0, ge=0, le=2**63 - 1, description="seed of every random stream of the run")
    height: float | None = Field(
        default=None,
        ge=0.01,
        le=100.0,
        description="metres from the ground to the top; unset: what its body plan suggests",
    )
    prior: PriorConfig = EmbeddedPrior()
    views: ViewsConfig = ViewsConfig()
    photo: PhotoConfig = PhotoConfig()
    puppet: PuppetConfig = PuppetConfig()
    reconstruct: ReconstructConfig = ReconstructConfig()
    surface: SurfaceConfig = SurfaceConfig()
    rig: RigConfig = RigConfig()
    motion: MotionConfig = MotionConfig()
    export: ExportConfig = ExportConfig()
    refine: RefineConfig = RefineConfig()


def load_config(preset: str | None = None, overrides: Mapping[str, object] | None = None) -> RunConfig:
    """Resolve a run's settings.

    Args:
        preset: name of a file in configs/, without its ending; None is `standard`.
        overrides: dotted key -> value. A string is read as TOML where it parses (`0.5`, `true`, `["idle"]`) and taken
            as it stands otherwise; for a list, `a,b` will do.

    Raises:
        ConfigError: an unknown preset or key (with the nearest known one), or a value outside its range.
    """
    settings = _read_preset(DEFAULT_PRESET if preset is None else preset)
    for key, value in (overrides or {}).items():
        _assign(settings, key, value)
    try:
        return RunConfig.model_validate(settings)
    except ValidationError as error:
        raise ConfigError(_sentence(error)) from error


def parse_assignments(assignments: list[str]) -> dict[str, object]:
    """Split `key=value` words, as `--set` takes them.

    Raises:
        ConfigError: a word without `=` or without a key.
    """
    pairs: dict[str, object] = {}
    for word in assignments:
        key, equals, value = word.partition("=")
        if not equals or not key.strip():
            raise ConfigError(f"--set: got '{word}', expected key=value, such as surface.faces=5000.")
        pairs[key.strip()] = value.strip()
    return pairs


def preset_names() -> list[str]:
    """The presets that ship, sorted."""
    return sorted(file.name.removesuffix(".toml") for file in _preset_files())


def known_keys(model: type[BaseModel] = RunConfig, prefix: str = "") -> Iterator[str]:
    """Every dotted key an override may use; of a choice between config classes, the keys of all of them."""
    for name, field in model.model_fields.items():
        inner = _models_of(field)
        if not inner:
            yield prefix + name
        keys = (key for choice in inner for key in known_keys(choice, f"{prefix}{name}."))
        yield from dict.fromkeys(keys)


def did_you_mean(name: str, known: list[str]) -> str:
    """` (did you mean 'x'?)`, or nothing where no known name is near."""
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    if not near:  # `faces` for `surface.faces`
        near = [k for k in known if k.rpartition(".")[2] == name.rpartition(".")[2]][:1]
    return f" (did you mean '{near[0]}'?)" if near else ""


def _preset_files() -> list[Any]:
    return [file for file in resources.files("gen4d.presets").iterdir() if file.name.endswith(".toml")]


def _read_preset(name: str) -> dict[str, Any]:
    for file in _preset_files():
        if file.name == f"{name}.toml":
            return tomllib.loads(file.read_text(encoding="utf-8"))
    known = preset_names()
    raise ConfigError(f"preset: there is no '{name}'{did_you_mean(name, known)}; the presets are {', '.join(known)}.")


def _assign(settings: dict[str, Any], key: str, value: object) -> None:
    known = list(known_keys())
    if key not in known:
        raise ConfigError(f"{key}: there is no such setting{did_you_mean(key, known)}.")
    *parents, last = key.split(".")
    for parent in parents:
        settings = settings.setdefault(parent, {})
    settings[last] = _parse(key, value) if isinstance(value, str) else value


def _parse(key: str, text: str) -> object:
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    if isinstance(value, str) and get_origin(_field_of(key).annotation) is tuple:
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _models_of(field: FieldInfo) -> list[type[BaseModel]]:
    """The config classes a field may hold: none for a plain value, several for a choice between them."""
    kinds = get_args(field.annotation) or (field.annotation,)
    return [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]


def _field_of(key: str) -> FieldInfo:
    """The field a known dotted key names."""
    models: list[type[BaseModel]] = [RunConfig]
    *parents, last = key.split(".")
    for parent in parents:
        models = [
            inner
            for model in models
            if parent in model.model_fields
            for inner in _models_of(model.model_fields[parent])
        ]
    return next(model.model_fields[last] for model in models if last in model.model_fields)


def _sentence(error: ValidationError) -> str:
    """One sentence from pydantic's first complaint: where, what was got, what is allowed."""
    first = error.errors()[0]
    known, context = list(known_keys()), first.get("ctx", {})
    key = _key_of(first["loc"], known)
    match first["type"]:
        case "extra_forbidden":
            if key in known:
                return f"{key}: it does not go with the kind chosen."
            name = ".".join(map(str, first["loc"]))
            return f"{name}: there is no such setting{did_you_mean(name, known)}."
        case "missing":
            return f"{key}: a value is needed; give it with --set {key}=..."
        case "union_tag_not_found":
            return f"{key}.kind: a value is needed; give it with --set {key}.kind=..."
        case "literal_error" | "union_tag_invalid":
            choices = context.get("expected") or context["expected_tags"]
            allowed = choices.replace("'", "").replace(" or ", ", ")
            got = context.get("tag", first["input"])
            key = f"{key}.kind" if "tag" in context else key
            return f"{key}: got '{got}'{did_you_mean(str(got), allowed.split(', '))}; allowed are {allowed}."
    reason = first["msg"].removeprefix("Value error, ")
    if reason.startswith(key):  # a config class of ours has said it all
        return reason
    allowed = _range_of(_field_of(key)) if key in known else ""
    return f"{key}: got {first['input']!r}, {allowed or reason[0].lower() + reason[1:]}."


def _key_of(location: tuple[int | str, ...], known: list[str]) -> str:
    """The dotted key of a complaint; pydantic's place also names list items and the chosen class of a choice."""
    parts: list[str] = []
    for part in map(str, location):
        if any(key == ".".join([*parts, part]) or key.startswith(".".join([*parts, part, ""])) for key in known):
            parts.append(part)
    return ".".join(parts) or ".".join(map(str, location))


def _range_of(field: FieldInfo) -> str:
    """`allowed is a whole number from 4 to 200` for a field with a range, or ''."""
    limits = {
        name: limit
        for constraint in field.metadata
        for name in ("ge", "gt", "le", "lt")
        if (limit := getattr(constraint, name, None)) is not None
    }
    words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    number = "a whole number" if field.annotation is int else "a number"
    if limits.keys() == {"ge", "le"}:
        return f"allowed is {number} from {limits['ge']} to {limits['le']}"
    if limits:
        return f"allowed is {number} of " + " and ".join(f"{words[name]} {limit}" for name, limit in limits.items())
    return ""
