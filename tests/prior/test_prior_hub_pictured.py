"""Public checkpoints before the flow: words become photos, photos get sides or words; never the other way round."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny_pipelines import multiview, stable_diffusion, unidiffuser, zero123plus

from gen4d import pictured
from gen4d.config import RunConfig
from gen4d.context import Context
from gen4d.errors import InputError
from gen4d.pictured import with_pictures
from gen4d.prior.config import CheckpointPrior
from gen4d.prior.hub.photo import Zero123Plus
from gen4d.streams import Streams
from gen4d.structures import Prompt


def settings(folder: Path) -> RunConfig:
    return RunConfig(prior=CheckpointPrior(checkpoint=f"dir:{folder}", drawing_steps=2))


@pytest.fixture
def blob(monkeypatch: pytest.MonkeyPatch) -> torch.Tensor:
    """What every drawn picture shows: random networks draw noise, in which there is no subject to cut out."""
    y, x = torch.meshgrid(torch.linspace(-1, 1, 96), torch.linspace(-1, 1, 96), indexing="ij")
    inside = ((x / 0.5) ** 2 + (y / 0.7) ** 2 < 1)[..., None]
    picture = torch.where(inside, torch.tensor([0.8, 0.2, 0.1]), torch.tensor([1.0, 1.0, 1.0]))
    saved = pictured._saved
    monkeypatch.setattr(pictured, "_saved", lambda drawn, folder: saved(picture, folder))
    return torch.cat([picture, inside.float()], -1)


def test_words_become_a_photo(tmp_path: Path, blob: torch.Tensor) -> None:
    folder = stable_diffusion(tmp_path, "epsilon")
    prompt, facts = with_pictures(Prompt("a chair"), settings(folder), Context(Streams(0)))
    assert prompt.text == "a chair" and prompt.photo is not None and prompt.photo_right is None
    assert facts == {"pictured_by": f"dir:{folder.name}", "pictured_by_licence": "unknown"}
    assert 0.2 < float(prompt.photo[..., 3].mean()) < 0.8


def test_a_multiview_checkpoint_gives_all_four_sides(tmp_path: Path, blob: torch.Tensor) -> None:
    prompt, _ = with_pictures(Prompt("a chair"), settings(multiview(tmp_path, photo=False)[0]), Context(Streams(0)))
    assert all(getattr(prompt, name) is not None for name in ("photo", "photo_right", "photo_back", "photo_left"))


@pytest.mark.parametrize("kind", ["imagedream", "zero123plus"])
def test_a_photo_gets_sides_but_keeps_its_own(
    tmp_path: Path, blob: torch.Tensor, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = pictured.open_photo_prior

    def small(*given, **options):
        prior = opened(*given, **options)
        return replace(prior, view_size=16) if isinstance(prior, Zero123Plus) else prior

    monkeypatch.setattr(pictured, "open_photo_prior", small)
    folder = multiview(tmp_path, photo=True)[0] if kind == "imagedream" else zero123plus(tmp_path)
    given = Prompt(photo=blob, photo_left=blob)
    prompt, _ = with_pictures(given, settings(folder), Context(Streams(0)))
    assert prompt.photo is blob and prompt.photo_left is blob and prompt.photo_right is not None
    assert (prompt.photo_back is not None) == (kind == "imagedream")


def test_unidiffuser_gives_a_photo_words_where_it_has_none(tmp_path: Path, blob: torch.Tensor) -> None:
    ctx, cfg = Context(Streams(0)), settings(unidiffuser(tmp_path))
    prompt, _ = with_pictures(Prompt(photo=blob), cfg, ctx)
    assert prompt.text == ctx.facts["pictures.caption"]
    assert with_pictures(Prompt("a vase", photo=blob), cfg, ctx)[0].text == "a vase"


def test_the_wrong_way_round_and_a_missing_folder_are_refused(tmp_path: Path, blob: torch.Tensor) -> None:
    ctx = Context(Streams(0))
    words, photo = settings(stable_diffusion(tmp_path, "epsilon")), settings(zero123plus(tmp_path))
    with pytest.raises(InputError, match="draws from a photo"):
        with_pictures(Prompt("a chair"), photo, ctx)
    (tmp_path / "b").mkdir()
    words = settings(stable_diffusion(tmp_path / "b", "epsilon"))
    with pytest.raises(InputError, match="draws from words"):
        with_pictures(Prompt(photo=blob), words, ctx)
    with pytest.raises(InputError, match="this is no folder"):
        with_pictures(Prompt("a chair"), settings(tmp_path / "none"), ctx)


def test_without_a_checkpoint_nothing_changes() -> None:
    prompt = Prompt("a chair")
    assert with_pictures(prompt, RunConfig(), Context(Streams(0))) == (prompt, {})
