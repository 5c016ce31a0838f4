"""The program in an empty folder, with a prior that imagines a perfect ball at once."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from program import Gen4d, run_line
from strategies import sphere_views

from gen4d.prior.describe import PhotoReading


@pytest.fixture
def gen4d(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gen4d:
    """`gen4d("text-to-3d 'a ball'")`, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return run_line


@pytest.fixture
def ball_prior(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything after the views is real; the views are a ball in closed form, so that a test takes a second or two."""
    monkeypatch.setattr("gen4d.pipeline.open_prior", lambda cfg, ctx: SimpleNamespace(id="ball", licence="none"))
    monkeypatch.setattr("gen4d.pipeline.imagine_views", lambda prompt, prior, cfg, ctx, pose=None: sphere_views(64))
    reading = PhotoReading((("a ball", 0.9),), azimuth=0.0, elevation=0.0, azimuth_confidence=0.0)
    monkeypatch.setattr("gen4d.photo_guess.describe_photo", lambda photo, prior, count=5: reading)
