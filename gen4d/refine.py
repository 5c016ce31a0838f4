"""An asset, improved by the prior's own judgement of how it looks from six sides."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from gen4d.context import Context
from gen4d.distill.canonical import Warp, framing_of
from gen4d.distill.checkpoint import load_state, save_state
from gen4d.distill.config import RefineConfig
from gen4d.distill.field import sample_field
from gen4d.distill.measure import view_error
from gen4d.distill.optimise import Distillation, Plan
from gen4d.distill.redraw import Eye, Redrawing, Rounds
from gen4d.distill.schedules import Ramp, TimeRange
from gen4d.distill.texture import TextureSubject
from gen4d.errors import ConfigError, InputError
from gen4d.export.read import load_asset
from gen4d.motion.kinematics import clip_joint_to_world
from gen4d.motion.skinning import skin_vertices
from gen4d.remake import agreed, held_to, made_from_words, recolored, remade, views_of
from gen4d.structures import Asset, Material, Mesh, MultiView, Prompt, is_closed, vertex_normals
from gen4d.surface.bake import surface_texels
from gen4d.teacher import Teacher, guidance_of, guided_by, open_teacher

SEVERAL_MATERIALS = "several materials"  # how the reader of foreign files begins its note of them
MIN_TEXTURE, MAX_TEXTURE = 256, 4096  # px a side
MIN_SHARE = 0.02  # of the texture covered by charts; less is a palette, whose texels many faces share
MAX_OVERLAP = 1.15  # chart area over covered area; more means that parts of the surface share texels
STEPS = (100, 6)  # of an optimisation, and of a round of redraw
POSES = 8  # frames of an animation that canonical distillation looks at
PreviewSink = Callable[[MultiView], None]


@dataclass(frozen=True)
class Refined:
    """What refining gave.

    Fields:
        asset: the new one, or the old one where it was no better.
        error_before, error_after: `measure.view_error` at rest.
        improved: whether the new one was kept.
    """

    asset: Asset
    error_before: float
    error_after: float
    improved: bool


def load_refinable(path: Path) -> Asset:
    """An asset whose looks can be refined.

    Raises:
        InputError: the file cannot be read; it has no texture coordinates, several materials, or a texture that parts
            of it share, so that no place could change alone.
    """
    asset, notes = load_asset(path)
    if any(note.startswith(SEVERAL_MATERIALS) for note in notes):
        raise InputError(f"{path}: it has several materials; bake them into one texture before refining it.")
    try:
        check_refinable(asset)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    return asset


def check_refinable(asset: Asset) -> None:
    """Refuse an asset whose texture cannot hold a correction of its own for every place.

    Raises:
        InputError: no texture coordinates, a tiled or a shared texture.
    """
    uv = asset.mesh.uv
    if uv is None and asset.mesh.colors is not None:
        raise InputError(
            "it has no single texture but colours of its own (several materials come out so); unwrap it and bake them "
            "before refining it."
        )
    if uv is None:
        raise InputError("it has no texture coordinates (UVs); unwrap it and bake its colours before refining it.")
    if float(uv.min()) < -1e-3 or float(uv.max()) > 1 + 1e-3:
        raise InputError("its texture is tiled (UVs beyond 0 to 1); bake it into one chart before refining it.")
    a, b, c = uv[asset.mesh.faces].double().unbind(1)
    u, v = b - a, c - a
    charts = float((u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]).abs().sum() / 2)
    size = MIN_TEXTURE
    texels = surface_texels(with_normals(asset.mesh), size)
    covered = texels.inside.sum() / size**2
    if charts < MIN_SHARE or charts > MAX_OVERLAP * covered:
        raise InputError("its faces share texels, as in a palette or mirrored UVs; unwrap it before refining it.")


def refine(
    asset: Asset,
    prompt: Prompt,
    cfg: RefineConfig,
    ctx: Context,
    *,
    state: Path | None = None,
    resume: bool = False,
    preview: PreviewSink | None = None,
) -> Refined:
    """Pull an asset towards what the prior expects of words.

    Drawing again makes the mesh anew where words alone had made it; everything else changes the texture only, and mesh,
    skeleton and clips stay as they are. The result is kept only if the prior finds its views more likely than the old
    ones, over noises that nothing else draws, and if a closed mesh stayed closed.

    Args:
        state: file that holds the state while it runs; None keeps none.
        resume: go on from it.
        preview: called with the six views now and then.

    Raises:
        InputError: the asset cannot be refined, has no clips though `csd` was asked for, or there is nothing to resume.
        ConfigError: a rigged asset's mesh shall be made anew, or views drawn by a prior that knows pictures only.
        NumericsError: a gradient or an estimate is not finite.
    """
    check_refinable(asset)
    if cfg.guidance == "csd" and not asset.clips:
        raise InputError("refine.guidance: csd looks at posed frames, and this asset has no clips; use recon.")
    if cfg.shape == "remake" and asset.skeleton is not None:
        raise ConfigError("refine.shape: a new mesh would lose this asset's skeleton; use keep.")
    teacher = open_teacher(prompt, cfg, ctx)
    cfg = _decided(cfg, teacher)
    saved = Saved(state, _identity(asset, prompt, cfg, teacher, ctx), cfg.save_every, preview)
    way = _redrawn if cfg.guidance == "redraw" else _optimised
    before, after, finished = way(asset, prompt, teacher, cfg, ctx, saved, resume=resume)
    old, new = _error(before, teacher, ctx), _error(after, teacher, ctx)
    ctx.note("refine.guidance", str(cfg.guidance))
    ctx.note("refine.view_error_before", round(old, 5))
    ctx.note("refine.view_error_after", round(new, 5))
    if new >= old:
        ctx.warn(
            f"refining did not bring the views nearer to the prior ({old:.4f} to {new:.4f}), so the asset was left as "
            "it was."
        )
        return Refined(asset, old, new, improved=False)
    made = finished()
    if made.mesh is not asset.mesh and is_closed(asset.mesh) and not is_closed(made.mesh):
        ctx.warn("refining gave a mesh with holes in place of a closed one, so the asset was left as it was.")
        return Refined(asset, old, new, improved=False)
    facts = {"refined_by": teacher.id, "refined_by_licence": teacher.licence, "refined_for": prompt.text}
    return Refined(replace(made, provenance=asset.provenance | facts), old, new, improved=True)


def _decided(cfg: RefineConfig, teacher: Teacher) -> RefineConfig:
    """A config with everything that was left open settled.

    Raises:
        ConfigError: views shall be drawn by a prior that knows pictures only.
    """
    if cfg.guidance == "redraw" and teacher.draw is None:
        raise ConfigError(f"refine.guidance: {teacher.id} draws no views with geometry; use recon or sds.")
    guidance = cfg.guidance or ("recon" if teacher.draw is None else "redraw")
    return cfg.model_copy(update={"guidance": guidance, "steps": cfg.steps or STEPS[guidance == "redraw"]})


@dataclass(frozen=True)
class Saved:
    """Where a run's state goes, and who looks on.

    Fields:
        path: None keeps no state.
        run: digest of everything the result follows from.
        every: answers of the prior between two states and previews; drawing again leaves them after each.
    """

    path: Path | None
    run: str
    every: int
    preview: PreviewSink | None

    def follow(
        self, live: Distillation | Redrawing, total: int, show: Callable[[], MultiView], ctx: Context, *, resume: bool
    ) -> None:
        """Run to the end, from the saved state if asked for."""
        if resume and self.path is not None:
            live.restore(*load_state(self.path, self.run))
        each = isinstance(live, Redrawing)  # a hundred kilobytes, after a second of work
        for _ in live.run():
            ctx.progress("refine", live.step / total)
            due = each or (live.step % self.every == 0 and live.step < total)
            if self.path is not None and due:
                save_state(self.path, self.run, live.step, live.tensors())
            if self.preview is not None and due:
                self.preview(show())


Found = tuple[MultiView, MultiView, Callable[[], Asset]]  # views before and after, and what makes the asset


def _redrawn(
    asset: Asset, prompt: Prompt, teacher: Teacher, cfg: RefineConfig, ctx: Context, saved: Saved, *, resume: bool
) -> Found:
    """Its views drawn again, and what they make of it."""
    assert teacher.draw is not None and cfg.steps is not None
    shown = views_of(asset, teacher.resolution)
    anew = cfg.shape == "remake" or (cfg.shape == "auto" and made_from_words(asset))
    eye, rounds = Eye(teacher.lens.encode, teacher.draw), Rounds(cfg.starts, cfg.steps)
    quiet = Context(ctx.streams, ctx.device)  # notes of a mesh that nobody will see
    live = Redrawing(
        shown,
        eye,
        guided_by(teacher, cfg),
        rounds,
        ctx.streams,
        agreed=(lambda views: agreed(views, quiet)) if anew else (lambda views: views),
        held=None if anew else lambda drawn: held_to(shown, drawn),
    )
    before = live.views()
    saved.follow(live, len(rounds), live.views, ctx, resume=resume)
    with torch.no_grad():
        drawn = eye.decode(live.latents[0])
    made = remade(asset, drawn, prompt.text, ctx) if anew else recolored(_with_square(asset), before, drawn)
    return shown, views_of(made, teacher.resolution), lambda: made


def _optimised(
    asset: Asset, prompt: Prompt, teacher: Teacher, cfg: RefineConfig, ctx: Context, saved: Saved, *, resume: bool
) -> Found:
    """Its texture pulled by gradients."""
    del prompt
    assert cfg.steps is not None
    subject = _subject(asset, cfg, teacher.resolution)
    guidance, learned = guidance_of(teacher, cfg, ctx)
    plan = _plan(cfg, -(-cfg.steps // cfg.updates))
    live = Distillation(subject, teacher.lens, guidance, plan, ctx.streams, learned)

    def show() -> MultiView:
        with torch.no_grad():
            return subject.views(0)

    saved.follow(live, plan.steps, show, ctx, resume=resume)
    material = corrected(asset.mesh, asset.material, subject.field.detach())
    return subject.original(0), show(), lambda: replace(asset, material=material)


def corrected(mesh: Mesh, material: Material, field: torch.Tensor) -> Material:
    """Add a field of corrections (6, 3, N, N, N) to a texture, at every texel's place; margins included."""
    framed = with_normals(replace(mesh, vertices=framing_of(mesh.vertices)(mesh.vertices)))
    image = _square(material.base_color)
    texels = surface_texels(framed, len(image))
    places, normals = torch.from_numpy(texels.places.astype(np.float32)), torch.from_numpy(texels.normals)
    pixels = image.reshape(-1, 4).clone()
    index = torch.from_numpy(texels.index)
    pixels[index, :3] = (pixels[index, :3] + sample_field(field, places, normals.float())).clamp(0, 1)
    return replace(material, base_color=pixels.view(image.shape))


def with_normals(mesh: Mesh) -> Mesh:
    """The mesh with smooth normals, its own where it has some."""
    return mesh if mesh.normals is not None else replace(mesh, normals=vertex_normals(mesh))


def poses_of(asset: Asset, count: int) -> Warp | None:
    """A warp whose frames 1 to `count` are spread over all clips; None for an asset without clips."""
    if asset.skeleton is None or asset.skin is None or not asset.clips:
        return None
    skeleton, skin = asset.skeleton, asset.skin
    joint_to_world = torch.cat([clip_joint_to_world(clip, skeleton) for clip in asset.clips])
    chosen = joint_to_world[torch.linspace(0, len(joint_to_world) - 1, count).round().long()]

    def warp(vertices: torch.Tensor, frame: int) -> torch.Tensor:
        return skin_vertices(vertices, skin, skeleton, chosen[frame - 1 : frame])[0]

    return warp


def _subject(asset: Asset, cfg: RefineConfig, resolution: int) -> TextureSubject:
    warp = poses_of(asset, POSES) if cfg.guidance == "csd" else None
    return TextureSubject(
        asset.mesh,
        asset.material,
        cells=cfg.cells,
        smoothness=cfg.smoothness,
        anchor=cfg.anchor,
        resolution=resolution,
        warp=warp,
        frames=1 if warp is None else 1 + POSES,
    )


def _plan(cfg: RefineConfig, steps: int) -> Plan:
    return Plan(
        steps=steps,
        times=TimeRange(Ramp(cfg.time_low, cfg.time_low), Ramp(cfg.time_high, cfg.time_high_end, shape="root")),
        learning_rate=cfg.learning_rate,
        gradient_limit=cfg.gradient_limit,
        learned_rate=cfg.lora_rate,
        updates=cfg.updates,
    )


def _error(views: MultiView, teacher: Teacher, ctx: Context) -> float:
    """View error of six views."""
    with torch.no_grad():
        return view_error(teacher.lens.encode(views), teacher.conditional, ctx.streams)


def _identity(asset: Asset, prompt: Prompt, cfg: RefineConfig, teacher: Teacher, ctx: Context) -> str:
    """A digest of everything the result follows from."""
    digest = hashlib.sha256()
    for tensor in (asset.mesh.vertices, asset.mesh.faces, asset.material.base_color):
        digest.update(tensor.contiguous().numpy().tobytes())
    settings = cfg.model_dump_json(exclude={"save_every"})
    digest.update(f"{prompt.text}\n{prompt.negative}\n{settings}\n{teacher.id}\n{ctx.streams.seed}".encode())
    return digest.hexdigest()


def _with_square(asset: Asset) -> Asset:
    """The asset with a texture that can hold corrections."""
    return replace(asset, material=replace(asset.material, base_color=_square(asset.material.base_color)))


def _square(image: torch.Tensor) -> torch.Tensor:
    """A texture (H, W, 4) as a square of a size that can hold corrections; itself where it is one."""
    height, width = image.shape[:2]
    size = min(max(height, width, MIN_TEXTURE), MAX_TEXTURE)
    if height == width == size:
        return image
    pixels = image.permute(2, 0, 1)[None]
    return torch.nn.functional.interpolate(pixels, size=(size, size), mode="bilinear")[0].permute(1, 2, 0)
