"""Settings: presets load and differ, overrides win, and every mistake is named with the nearest right word."""

import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen4d.config import RunConfig, known_keys, load_config, parse_assignments, preset_names
from gen4d.errors import ConfigError
from gen4d.prior.config import CheckpointPrior

CONFIGS = Path(__file__).parents[1] / "configs"


def leaves(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings as dotted keys."""
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        flat |= leaves(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return flat


def test_the_installed_presets_are_those_of_the_repository() -> None:
    assert preset_names() == sorted(path.stem for path in CONFIGS.glob("*.toml")) == ["draft", "high", "standard"]


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_lists_only_differences_and_says_what_it_needs(name: str) -> None:
    text = (CONFIGS / f"{name}.toml").read_text()
    defaults, listed = leaves(RunConfig().model_dump()), leaves(tomllib.loads(text))
    assert {key for key, value in listed.items() if defaults[key] == value} == set()
    resolved = leaves(load_config(name).model_dump())
    assert {key for key in resolved if resolved[key] != defaults[key]} == set(listed)
    header = text.partition("\n\n")[0]
    assert all(word in header for word in (f"# {name}:", "Hardware:", "Time", "score"))


def test_without_a_preset_the_defaults_hold() -> None:
    assert load_config() == load_config("standard") == RunConfig()


def test_every_setting_has_a_description_and_every_number_a_range() -> None:
    def walk(model: Any) -> None:
        for name, field in model.model_fields.items():
            kinds = [kind for kind in get_args(field.annotation) or [field.annotation] if hasattr(kind, "model_fields")]
            for kind in kinds:
                walk(kind)
            if kinds or name == "kind":  # the name of a choice
                continue
            assert field.description, f"{model.__name__}.{name} says nothing"
            if field.annotation in (int, float):
                bounds = {b for c in field.metadata for b in ("ge", "gt", "le", "lt") if hasattr(c, b)}
                assert bounds & {"ge", "gt"} and bounds & {"le", "lt"}, f"{model.__name__}.{name} has no range"

    walk(RunConfig)


@given(st.integers(0, 2**63 - 1))
def test_an_override_wins_as_text_or_as_a_value(seed: int) -> None:
    assert load_config("draft", {"seed": seed}) == load_config("draft", {"seed": str(seed)})
    assert load_config("draft", {"seed": seed}).seed == seed


def test_text_is_read_as_toml_or_taken_as_it_stands() -> None:
    assert load_config(None, {"rig.plan": "biped"}).rig.plan == "biped"
    assert load_config(None, {"rig.plan": '"biped"'}).rig.plan == "biped"
    assert load_config(None, {"height": "1.5"}).height == 1.5


def test_a_list_may_be_written_with_commas() -> None:
    clips = load_config(None, {"motion.clips": "idle, walk"}).motion.clips
    assert clips == load_config(None, {"motion.clips": '["idle", "walk"]'}).motion.clips == ("idle", "walk")
    assert load_config(None, {"motion.clips": "idle"}).motion.clips == ("idle",)


@pytest.mark.parametrize(
    ("preset", "overrides", "says"),
    [
        ("hihg", {}, r"preset: there is no 'hihg' \(did you mean 'high'\?\); the presets are draft, high, standard\."),
        ("", {}, r"preset: there is no ''; the presets are"),
        ("../standard", {}, r"preset: there is no '../standard'"),
        (None, {"surface.fases": 3}, r"surface\.fases: there is no such setting \(did you mean 'surface\.faces'\?\)\."),
        (None, {"faces": 3}, r"faces: there is no such setting \(did you mean 'surface\.faces'\?\)\."),
        (None, {"surface": 3}, r"surface: there is no such setting"),
        (None, {"seed.x": 3}, r"seed\.x: there is no such setting"),
        (None, {"zzzzqqqq": 3}, r"zzzzqqqq: there is no such setting\.$"),
        (None, {"seed": -1}, r"seed: got -1, allowed is a whole number from 0 to 9223372036854775807\."),
        (None, {"height": "tall"}, r"height: got 'tall', allowed is a number from 0.01 to 100.0\."),
        (None, {"height": float("nan")}, r"height: got nan, "),
        (
            None,
            {"prior.kind": "embeded"},
            r"prior\.kind: got 'embeded' \(did you mean 'embedded'\?\); allowed are embedded, folder, checkpoint\.",
        ),
        (None, {"prior.kind": "folder"}, r"prior\.path: a value is needed"),
        (None, {"prior.path": "x"}, r"prior\.kind: a value is needed"),
        (None, {"prior.kind": "embedded", "prior.path": "x"}, r"prior\.path: it does not go with the kind chosen"),
        (None, {"rig.plan": "bipd"}, r"rig\.plan: got 'bipd' \(did you mean 'biped'\?\); allowed are .*quadruped"),
    ],
)
def test_a_mistake_is_one_sentence(preset: str | None, overrides: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match="^" + says):
        load_config(preset, overrides)


def test_assignments_need_an_equals_sign() -> None:
    assert parse_assignments(["a.b=1", " c = x=y "]) == {"a.b": "1", "c": "x=y"}
    for word in ("seed", "=3", ""):
        with pytest.raises(ConfigError, match="expected key=value"):
            parse_assignments([word])


def test_known_keys_are_leaves_that_can_be_set() -> None:
    defaults = leaves(RunConfig().model_dump())
    assert set(defaults) <= set(known_keys())
    others = {f"prior.{name}" for name in ("path", *set(CheckpointPrior.model_fields) - {"kind"})}
    assert set(known_keys()) - set(defaults) == others  # of the other kinds of prior
    for key in defaults:
        assert load_config(None, {key: defaults[key]}) == RunConfig()
