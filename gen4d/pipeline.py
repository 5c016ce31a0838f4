"""The whole way, from words or a photo to an animated asset: the first file to read.

A stage is a function from values to values. The six views are the waist of the flow: everything before them imagines,
everything after them measures.
"""

from dataclasses import replace
from pathlib import Path

import torch

from gen4d import __version__
from gen4d.config import RunConfig, did_you_mean
from gen4d.context import Context
from gen4d.errors import ConfigError, InputError
from gen4d.export.read import load_mesh
from gen4d.motion.clips import clips_of_plan, make_clips
from gen4d.photo.subject import load_subject
from gen4d.prior.embedded import Prior, open_prior
from gen4d.prior.imagine import imagine_views
from gen4d.reconstruct.reconstruction import reconstruct
from gen4d.report import stage
from gen4d.rig.config import PLANS, RigConfig
from gen4d.rig.joints_file import GivenJoints, read_joints
from gen4d.rig.naming import rename_joints
from gen4d.rig.orientation import settle_orientation, turn
from gen4d.rig.rigging import rig
from gen4d.structures import Asset, Material, Mesh, MultiView, Prompt, Skeleton
from gen4d.surface.finishing import finish
from gen4d.surface.ground import stand_on_ground

GENERATOR = f"gen4d {__version__}"
PLAIN_GREY = 0.8  # sRGB; the colour of a mesh file that has none
BODY_HEIGHTS = {"biped": 1.7, "quadruped": 1.0}  # metres; everything else keeps a longest side of 1 m


def text_to_3d(prompt: Prompt, cfg: RunConfig, ctx: Context) -> Asset:
    """Words, or words and a photo, become a textured asset that stands on the ground."""
    prior = load_prior(cfg, ctx)
    views = imagine(prompt, prior, cfg, ctx)
    asset = build(views, cfg, ctx, photo=prompt.photo)
    origin = {"prompt": prompt.text, "seed": cfg.seed, "prior": prior.id, "prior_licence": prior.licence}
    return replace(asset, provenance=asset.provenance | origin)


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
    _check_clips(cfg)
    return bring_to_life(image_to_3d(prompt, cfg, ctx), cfg, ctx, hint=prompt.text)


def photo_prompt(
    path: Path, cfg: RunConfig, ctx: Context, *, mask: Path | None = None, text: str = "", negative: str = ""
) -> Prompt:
    """Cut the subject out of a photo, centred in a square; words may say what it is."""
    with stage("photo", ctx):
        return Prompt(text=text, negative=negative, photo=load_subject(path, mask, cfg.photo, ctx))


def load_prior(cfg: RunConfig, ctx: Context) -> Prior:
    """Open the network that imagines; one prior serves any number of prompts."""
    with stage("prior", ctx):
        return open_prior(cfg.prior, ctx)


def imagine(prompt: Prompt, prior: Prior, cfg: RunConfig, ctx: Context) -> MultiView:
    """The six canonical views of what is asked for: albedo, alpha, depth and normals."""
    with stage("views", ctx):
        return imagine_views(prompt, prior, cfg.views, ctx)


def build(views: MultiView, cfg: RunConfig, ctx: Context, *, photo: torch.Tensor | None = None) -> Asset:
    """Six views become a textured asset that stands on the ground.

    Args:
        photo: (H, W, 4) float32, sRGB in [0, 1] with alpha: what the front view was imagined from, or None.
    """
    with stage("reconstruct", ctx):
        mesh = reconstruct(views, photo, cfg.reconstruct, ctx)
    with stage("surface", ctx):
        mesh, material = finish(mesh, views, cfg.surface, ctx)
    mesh = stand_on_ground(mesh, cfg.height or height_of(mesh))
    return Asset("asset", mesh, material, provenance={"generator": GENERATOR})


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
    skeleton = rename_joints(skeleton, cfg.rig.naming)
    return replace(asset, mesh=mesh, skeleton=skeleton, skin=skin, clips=clips)


def rig_file(path: Path, cfg: RunConfig, ctx: Context, *, joints: Path | None = None) -> Asset:
    """Any mesh file becomes an asset with a skeleton and clips, standing on the ground in its own size.

    Args:
        joints: a joints file (`read_joints`), in the mesh file's own frame, to use instead of finding a skeleton.

    Raises:
        InputError: the file cannot be read as a mesh, the mesh is flat, or the joints file cannot be used.
        ConfigError: the config asks for a clip that no body plan has.
    """
    _check_clips(cfg)
    given = None if joints is None else read_joints(joints)
    with stage("mesh", ctx):
        mesh, material = load_mesh(path)
        mesh, given = stand_up(mesh, cfg.rig, ctx, hint=path.stem, joints=given, height=cfg.height)
    plain = Material(torch.tensor([PLAIN_GREY, PLAIN_GREY, PLAIN_GREY, 1.0]).reshape(1, 1, 4))
    asset = Asset("asset", mesh, material or plain, provenance={"generator": GENERATOR})
    cfg = cfg.model_copy(update={"height": height_of(mesh)})
    return bring_to_life(asset, cfg, ctx, hint=path.stem, joints=given)


def stand_up(
    mesh: Mesh, cfg: RigConfig, ctx: Context, *, hint: str, joints: GivenJoints | None, height: float | None
) -> tuple[Mesh, GivenJoints | None]:
    """Turn a mesh upright and to the front if it lies or faces elsewhere, and put it on the ground; joints with it."""
    rotation = settle_orientation(mesh, cfg, ctx, hint, given=True)
    upright = turn(mesh, rotation)
    standing = stand_on_ground(upright, height or height_of(upright))
    if joints is None:
        return standing, None
    scale = height_of(standing) / height_of(upright)
    offset = standing.bounds[0].double() - upright.bounds[0].double() * scale
    return standing, joints.moved(rotation * scale, offset.numpy())


def height_of(mesh: Mesh) -> float:
    """Metres from a mesh's lowest to its highest vertex."""
    low, high = mesh.bounds
    return float(high[1] - low[1])


def _life_size(mesh: Mesh, skeleton: Skeleton, height: float | None) -> tuple[Mesh, Skeleton]:
    """Scale both about the origin, which lies between the feet, to the height asked for or usual for the plan."""
    now = height_of(mesh)
    scale = (height or BODY_HEIGHTS.get(skeleton.plan, now)) / now
    return (
        replace(mesh, vertices=mesh.vertices * scale),
        replace(skeleton, rest_translation=skeleton.rest_translation * scale),
    )


def _check_clips(cfg: RunConfig) -> None:
    """Refuse clips that no body plan has, before anything is generated; the rest shows once the plan is known."""
    plans = [plan for plan in PLANS if plan != "auto"] if cfg.rig.plan == "auto" else [cfg.rig.plan]
    known = sorted({name for plan in plans for name in clips_of_plan(plan)[0]})
    for name in cfg.motion.clips:
        if name not in known:
            raise ConfigError(
                f"motion.clips: there is no clip '{name}'{did_you_mean(name, known)}; there are {', '.join(known)}."
            )
