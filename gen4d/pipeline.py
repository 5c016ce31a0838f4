"""The whole way, from words or a photo to an animated asset: the first file to read.

A stage is a function from values to values. The six views are the waist of the flow: everything before them imagines,
everything after them measures.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch

from gen4d import __version__
from gen4d.config import RunConfig, did_you_mean
from gen4d.context import Context
from gen4d.errors import ConfigError, InputError
from gen4d.from_photo import surface_from_photo, wants_views
from gen4d.motion.clips import ALL_CLIPS, clips_of_plan, make_clips
from gen4d.motion.foreign import motion_for_any
from gen4d.photo.subject import load_side, load_subject
from gen4d.photo_guess import guess_of, sure_caption, told_pose
from gen4d.pictured import with_pictures
from gen4d.prior.embedded import Prior, open_prior
from gen4d.prior.imagine import imagine_views
from gen4d.prior.text import MiniLmEncoder
from gen4d.reconstruct.reconstruction import reconstruct
from gen4d.report import stage
from gen4d.rig.config import PLANS
from gen4d.rig.joints_file import GivenJoints
from gen4d.rig.rigging import rig
from gen4d.structures import Asset, Material, Mesh, MultiView, Prompt, Skeleton
from gen4d.surface.finishing import finish
from gen4d.surface.ground import stand_on_ground
from gen4d.surface.looks import with_looks

GENERATOR = f"gen4d {__version__}"
MIN_PHOTO_OVERLAP = 0.7  # of its outline and that of views said to be imagined from it
BODY_HEIGHTS = {"biped": 1.7, "quadruped": 1.0}  # metres; everything else keeps a longest side of 1 m


def text_to_3d(prompt: Prompt, cfg: RunConfig, ctx: Context) -> Asset:
    """Words, or words and a photo, become a textured asset that stands on the ground."""
    prompt, pictured_by = with_pictures(prompt, cfg, ctx)
    prior = load_prior(cfg, ctx)
    if prompt.photo is None:
        asset = build(imagine(prompt, prior, cfg, ctx), cfg, ctx)
    else:
        asset = build_from_photo(prompt, prior, cfg, ctx)
    asset = give_looks(asset, prompt.text or str(asset.provenance.get("caption", "")), cfg, ctx)
    origin = {"prompt": prompt.text, "seed": cfg.seed, "prior": prior.id, "prior_licence": prior.licence}
    return replace(asset, provenance=asset.provenance | origin | pictured_by)


def image_to_3d(prompt: Prompt, cfg: RunConfig, ctx: Context) -> Asset:
    """A photo of one subject, and perhaps words, become a textured asset that stands on the ground.

    Raises:
        InputError: the prompt has no photo; `photo_prompt` reads one.
    """
    if prompt.photo is None:
        raise InputError("image_to_3d: the prompt has no photo.")
    return text_to_3d(prompt, cfg, ctx)


def animate(prompt: Prompt, cfg: RunConfig, ctx: Context) -> Asset:
    """A photo of one subject becomes an asset with a skeleton and clips.

    Raises:
        InputError: the prompt has no photo.
        ConfigError: the config asks for a clip that its body plan does not have.
    """
    check_clips(cfg)
    asset = image_to_3d(prompt, cfg, ctx)
    return bring_to_life(asset, cfg, ctx, hint=prompt.text or str(asset.provenance.get("caption", "")))


def photo_prompt(
    path: Path,
    cfg: RunConfig,
    ctx: Context,
    *,
    mask: Path | None = None,
    sides: Mapping[str, Path] | None = None,
    text: str = "",
    negative: str = "",
) -> Prompt:
    """Cut the subject out of a photo, centred in a square; words may say what it is.

    Args:
        sides: more photos of it: `back`, and `left` and `right` as the first photo's left and right.
    """
    with stage("photo", ctx):
        more = {f"photo_{side}": load_side(file, cfg.photo, ctx) for side, file in (sides or {}).items()}
        found = load_subject(path, mask, cfg.photo, ctx)
        return Prompt(text=text, negative=negative, photo=found.picture, whole=found.whole, person=found.person, **more)


def load_prior(cfg: RunConfig, ctx: Context) -> Prior:
    """Open the network that imagines; one prior serves any number of prompts."""
    with stage("prior", ctx):
        return open_prior(cfg.prior, ctx)


def imagine(
    prompt: Prompt, prior: Prior, cfg: RunConfig, ctx: Context, pose: tuple[float, float] | None = None
) -> MultiView:
    """The six canonical views of what is asked for: albedo, alpha, depth and normals.

    Args:
        pose: azimuth and elevation in radians from which the prompt's photo was taken, where that is known.
    """
    with stage("views", ctx):
        return imagine_views(prompt, prior, cfg.views, ctx, pose=pose)


def build(views: MultiView, cfg: RunConfig, ctx: Context, *, photo: torch.Tensor | None = None) -> Asset:
    """Six views become a textured asset that stands on the ground.

    Args:
        photo: (H, W, 4) float32, sRGB in [0, 1] with alpha: what the front view was imagined from, or None.
    """
    if photo is not None:
        mesh, material = _surface_with_photo(views, photo, cfg, ctx)
    else:
        with stage("reconstruct", ctx):
            mesh = reconstruct(views, None, cfg.reconstruct, ctx)
        with stage("surface", ctx):
            mesh, material = finish(mesh, views, cfg.surface, ctx)
    mesh = stand_on_ground(mesh, cfg.height or height_of(mesh))
    return Asset("asset", mesh, material, provenance={"generator": GENERATOR})


def give_looks(asset: Asset, words: str, cfg: RunConfig, ctx: Context) -> Asset:
    """Roughness and metal as the words, the colours and the config say; noted with the reason."""
    given = cfg.surface
    material, why = with_looks(asset.material, words, roughness=given.roughness, metallic=given.metallic)
    ctx.note("surface.looks", why)
    return replace(asset, material=material)


def _surface_with_photo(views: MultiView, photo: torch.Tensor, cfg: RunConfig, ctx: Context) -> tuple[Mesh, Material]:
    """The views' surface, fitted to the outline of the photo they were imagined from, and painted with it."""
    prompt = Prompt(photo=photo)
    taken = cfg.model_copy(update={"photo": cfg.photo.model_copy(update={"way": "views"})})
    with stage("surface", ctx):
        made = surface_from_photo(prompt, views, guess_of(prompt, None, cfg, ctx), taken, ctx)
    overlap = float(ctx.facts["photo.views_iou"])
    if overlap < MIN_PHOTO_OVERLAP:
        ctx.warn(
            f"reconstruct: the outlines of the photo and of the views overlap {overlap:.2f}, at least "
            f"{MIN_PHOTO_OVERLAP} is expected; give the photo that the views were imagined from, or leave --photo out."
        )
    return made.mesh, made.material


def build_from_photo(prompt: Prompt, prior: Prior | None, cfg: RunConfig, ctx: Context) -> Asset:
    """A photo becomes a textured asset that stands on the ground, by the way that looks most like it.

    Args:
        prior: what imagines the views; None for the photo's inflated outline alone.
    """
    assert prompt.photo is not None
    guess = guess_of(prompt, prior, cfg, ctx)
    views = None
    if prior is not None and wants_views(prompt, cfg):
        views = imagine(prompt, prior, cfg, ctx, told_pose(guess, cfg))
    with stage("surface", ctx):
        made = surface_from_photo(prompt, views, guess, cfg, ctx)
    mesh = stand_on_ground(made.mesh, cfg.height or height_of(made.mesh))
    facts = {
        "caption": sure_caption(guess),
        "photo_way": made.way,
        "photo_azimuth_deg": round(math.degrees(made.likeness.viewpoint.azimuth), 3),
        "photo_elevation_deg": round(math.degrees(made.likeness.viewpoint.elevation), 3),
        "photo_fov_deg": round(made.likeness.viewpoint.fov_deg, 3),
    }
    return Asset("asset", mesh, made.material, provenance={"generator": GENERATOR, **facts})


def bring_to_life(
    asset: Asset, cfg: RunConfig, ctx: Context, *, hint: str = "", joints: GivenJoints | None = None
) -> Asset:
    """Give an asset a skeleton, a natural height for its body plan, and clips.

    Args:
        hint: words about the subject; they help where its shape alone does not tell the body plan.
        joints: a skeleton to use instead of finding one; then there are no clips, since its joints have no plan.
    """
    with stage("rig", ctx):
        skeleton, skin = rig(asset.mesh, cfg.rig, ctx, hint, joints)
    mesh, skeleton = _life_size(asset.mesh, skeleton, cfg.height)
    if joints is not None:
        return replace(asset, mesh=mesh, skeleton=skeleton, skin=skin)
    with stage("motion", ctx):
        clips = make_clips(skeleton, cfg.motion, ctx, mesh, skin)
        if cfg.motion.words:
            told = motion_for_any(skeleton, cfg.motion, ctx, mesh, skin, meanings)
            clips = (told, *clips)
    return replace(asset, mesh=mesh, skeleton=skeleton, skin=skin, clips=clips)


def height_of(mesh: Mesh) -> float:
    """Metres from a mesh's lowest to its highest vertex."""
    low, high = mesh.bounds
    return float(high[1] - low[1])


def meanings(texts: list[str]) -> torch.Tensor:
    """Unit features (N, D) of texts; the encoder is loaded here, since only an unknown verb needs it."""
    return MiniLmEncoder().encode(texts).pooled


def _life_size(mesh: Mesh, skeleton: Skeleton, height: float | None) -> tuple[Mesh, Skeleton]:
    """Scale both about the origin, which lies between the feet, to the height asked for or usual for the plan."""
    now = height_of(mesh)
    scale = (height or BODY_HEIGHTS.get(skeleton.plan, now)) / now
    return (
        replace(mesh, vertices=mesh.vertices * scale),
        replace(skeleton, rest_translation=skeleton.rest_translation * scale),
    )


def check_clips(cfg: RunConfig) -> None:
    """Refuse clips that no body plan has, before anything is generated; the rest shows once the plan is known."""
    plans = [plan for plan in PLANS if plan != "auto"] if cfg.rig.plan == "auto" else [cfg.rig.plan]
    known = sorted({name for plan in plans for name in clips_of_plan(plan)[0]})
    for name in cfg.motion.clips:
        if name not in known and name != ALL_CLIPS:
            raise ConfigError(
                f"motion.clips: there is no clip '{name}'{did_you_mean(name, known)}; there are {', '.join(known)}."
            )
