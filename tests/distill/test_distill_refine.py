"""Refining an asset: only the texture changes, only for the better, and what cannot be refined is refused at once."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from toy_teacher import GREY, RED, ball, toy_teacher

from gen4d.context import Context
from gen4d.distill.config import RefineConfig
from gen4d.distill.field import empty_field
from gen4d.errors import ConfigError, InputError
from gen4d.export.config import ExportConfig
from gen4d.export.glb import write_glb
from gen4d.refine import check_refinable, corrected, load_refinable, refine
from gen4d.streams import Streams
from gen4d.structures import Asset, Prompt
from gen4d.teacher import open_teacher

CFG = RefineConfig(steps=50, updates=2, cells=8, smoothness=0.1, anchor=0.0, learning_rate=0.05, save_every=5)
WORDS = Prompt("a red ball")


@pytest.fixture(autouse=True)
def red_prior(monkeypatch: pytest.MonkeyPatch) -> None:
    """No weights are needed: the prior expects red."""
    monkeypatch.setattr("gen4d.refine.open_teacher", lambda prompt, cfg, ctx: toy_teacher())


def test_a_grey_ball_turns_red_and_keeps_its_mesh() -> None:
    asset = ball()
    refined = refine(asset, WORDS, CFG, Context(Streams(0)))
    assert refined.improved and refined.error_after < refined.error_before
    assert refined.asset.mesh is asset.mesh
    color = refined.asset.material.base_color[..., :3].reshape(-1, 3)
    changed = (color - torch.tensor(GREY)).abs().amax(1) > 0.1
    assert changed.float().mean() > 0.4
    assert (color[changed] - torch.tensor(RED)).abs().mean() < 0.1
    assert torch.equal(refined.asset.material.base_color[..., 3], asset.material.base_color[..., 3])
    assert refined.asset.provenance["refined_by"] == "toy"


def test_what_is_no_better_is_not_kept() -> None:
    asset, ctx = ball(RED), Context(Streams(0))
    strong = CFG.model_copy(update={"steps": 3, "updates": 1, "learning_rate": 1.0, "guidance": "ism"})
    refined = refine(asset, WORDS, strong, ctx)
    assert refined.error_after >= refined.error_before
    assert refined.asset is asset and not refined.improved
    assert "left as it was" in ctx.warnings[0]


def test_an_interrupted_run_ends_in_the_same_texture(tmp_path: Path) -> None:
    whole = refine(ball(), WORDS, CFG, Context(Streams(0)))
    state = tmp_path / "state"

    class Killed(Exception):
        pass

    def kill(stage: str, fraction: float) -> None:
        if fraction > 0.5:
            raise Killed

    with pytest.raises(Killed):
        refine(ball(), WORDS, CFG, Context(Streams(0), progress=kill), state=state)
    resumed = refine(ball(), WORDS, CFG, Context(Streams(0)), state=state, resume=True)
    assert torch.equal(resumed.asset.material.base_color, whole.asset.material.base_color)
    with pytest.raises(InputError, match="another asset, prompt"):
        refine(ball(), Prompt("a blue ball"), CFG, Context(Streams(0)), state=state, resume=True)
    with pytest.raises(InputError, match="another asset, prompt"):
        refine(ball(), WORDS, CFG, Context(Streams(1)), state=state, resume=True)


def test_previews_come_now_and_then() -> None:
    shown = []
    refine(ball(), WORDS, CFG, Context(Streams(0)), preview=shown.append)
    assert len(shown) == 4 and shown[0].albedo.shape == (6, 32, 32, 3)
    assert not shown[0].albedo.requires_grad


def test_a_field_of_zeros_leaves_every_byte() -> None:
    asset = ball()
    assert torch.equal(corrected(asset.mesh, asset.material, empty_field(3, 4)).base_color, asset.material.base_color)


def test_seam_copies_of_a_vertex_get_one_color() -> None:
    """What a texture shows on both sides of a seam differs by less than its own steps."""
    asset = ball(size=512)
    field = torch.rand(6, 3, 6, 6, 6, generator=torch.Generator().manual_seed(0)) * 0.4 - 0.2
    image = corrected(asset.mesh, asset.material, field).base_color
    uv, welded = asset.mesh.uv, asset.mesh.welded
    assert uv is not None and welded is not None
    pixels = (uv * 512).long().clamp(0, 511)
    colors = image[pixels[:, 1], pixels[:, 0], :3]
    for copy in range(int(welded.max()) + 1):
        same = colors[welded == copy]
        assert (same - same[0]).abs().max() < 0.03


def test_canonical_distillation_needs_clips() -> None:
    with pytest.raises(InputError, match="no clips"):
        refine(ball(), WORDS, CFG.model_copy(update={"guidance": "csd"}), Context(Streams(0)))


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda mesh: replace(mesh, uv=None), "no texture coordinates"),
        (lambda mesh: replace(mesh, uv=None, colors=torch.zeros_like(mesh.vertices)), "several materials"),
        (lambda mesh: replace(mesh, uv=mesh.uv * 3), "tiled"),
        (lambda mesh: replace(mesh, uv=mesh.uv * 0.01), "share texels"),
        (lambda mesh: replace(mesh, faces=torch.cat([mesh.faces, mesh.faces])), "share texels"),
    ],
)
def test_textures_that_cannot_hold_a_correction_are_refused(damage, sentence: str) -> None:
    asset = ball()
    with pytest.raises(InputError, match=sentence):
        check_refinable(replace(asset, mesh=damage(asset.mesh)))


def test_a_written_asset_is_refinable_and_a_broken_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ball.glb"
    write_glb(ball(), path, ExportConfig())
    assert isinstance(load_refinable(path), Asset)
    with pytest.raises(InputError, match=r"missing\.glb"):
        load_refinable(tmp_path / "missing.glb")


@pytest.mark.parametrize("option", [{"half": True}, {"allow_pickle": True}, {"low_memory": ("slices",)}])
def test_options_of_public_weights_are_refused_with_our_own(option: dict) -> None:
    with pytest.raises(ConfigError, match="are for public weights"):
        open_teacher(Prompt("a ball"), RefineConfig(**option), Context(Streams(0)))
