"""The whole way, from words or a photo to an animated asset: the first file to read.

A stage is a function from values to values. The six views are the waist of the flow: everything before them imagines,
everything after them measures.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from gen4d import __version__
from gen4d.config import RunConfig, did_you_mean
from gen4d.context import Context
from gen4d.errors import ConfigError, InputError
from gen4d.export.parse import open_gltf
from gen4d.export.read import GLTF_EXTENSIONS, load_asset, load_mesh
from gen4d.from_photo import guess_of, sure_caption, surface_from_photo, told_pose, wants_views
from gen4d.motion.body import make_body
from gen4d.motion.bvh import read_bvh
from gen4d.motion.clips import ALL_CLIPS, clips_of_plan, make_clips
from gen4d.motion.film import read_film
from gen4d.motion.film_matte import track_subject
from gen4d.motion.floor import raise_above_floor
from gen4d.motion.foreign import is_ours, make_clips_for_any, motion_for_any, ours_by_match
from gen4d.motion.retarget import retarget
from gen4d.motion.root_motion import let_travel
from gen4d.motion.video import clip_from_film
from gen4d.photo.matte import find_matte
from gen4d.photo.subject import load_side, load_subject
from gen4d.prior.embedded import Prior, open_prior
from gen4d.prior.imagine import imagine_views
from gen4d.prior.text import MiniLmEncoder
from gen4d.reconstruct.reconstruction import reconstruct
from gen4d.report import stage
from gen4d.rig.config import PLANS, RigConfig
from gen4d.rig.joints_file import GivenJoints, read_joints
from gen4d.rig.orientation import settle_orientation, turn
from gen4d.rig.rigging import rig
from gen4d.structures import Asset, Material, Mesh, MultiView, Prompt, Skeleton
from gen4d.surface.finishing import finish
from gen4d.surface.ground import stand_on_ground
from gen4d.surface.looks import with_looks

GENERATOR = f"gen4d {__version__}"
PLAIN_GREY = 0.8  # sRGB; the colour of a mesh file that has none
MIN_PHOTO_OVERLAP = 0.7  # of its outline and that of views said to be imagined from it
BODY_HEIGHTS = {"biped": 1.7, "quadruped": 1.0}  # metres; everything else keeps a longest side of 1 m


def text_to_3d(prompt: Prompt, cfg: RunConfig, ctx: Context) -> Asset:
    """Words, or words and a photo, become a textured asset that stands on the ground."""
    prior = load_prior(cfg, ctx)
    if prompt.photo is None:
        asset = build(imagine(prompt, prior, cfg, ctx), cfg, ctx)
    else:
        asset = build_from_photo(prompt, prior, cfg, ctx)
    asset = give_looks(asset, prompt.text or str(asset.provenance.get("caption", "")), cfg, ctx)
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
        return Prompt(text=text, negative=negative, photo=found.picture, whole=found.whole, **more)


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
        "photo_azimuth_deg": round(math.degrees(made.likeness.azimuth), 3),
    }
    facts["photo_elevation_deg"] = round(math.degrees(made.likeness.elevation), 3)
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
            told = motion_for_any(skeleton, cfg.motion, ctx, mesh, skin, _meanings)
            clips = (told, *clips)
    return replace(asset, mesh=mesh, skeleton=skeleton, skin=skin, clips=clips)


def rig_file(path: Path, cfg: RunConfig, ctx: Context, *, joints: Path | None = None) -> Asset:
    """Any mesh file becomes an asset with a skeleton and clips, standing on the ground in its own size.

    Args:
        joints: a joints file (`read_joints`), in the mesh file's own frame, to use instead of finding a skeleton.

    Raises:
        InputError: the file cannot be read as a mesh, the mesh is flat, or the joints file cannot be used; or its own
            skin shall be kept and it has none.
        ConfigError: the config asks for a clip that no body plan has.
    """
    _check_clips(cfg)
    if cfg.rig.keep_skin:
        return _keep_rig(path, cfg, ctx, joints=joints)
    given = None if joints is None else read_joints(joints)
    if existing := _joints_in_file(path):
        ctx.note("rig.replaced_joints", existing)
        ctx.warn(f"rig: the file has a skeleton of {existing} joints, which is replaced; give --keep-skin to keep it.")
    with stage("mesh", ctx):
        mesh, material = load_mesh(path)
        mesh, given = stand_up(mesh, cfg.rig, ctx, hint=path.stem, joints=given, height=cfg.height)
    plain = Material(torch.tensor([PLAIN_GREY, PLAIN_GREY, PLAIN_GREY, 1.0]).reshape(1, 1, 4))
    asset = Asset("asset", mesh, material or plain, provenance={"generator": GENERATOR})
    cfg = cfg.model_copy(update={"height": height_of(mesh)})
    return bring_to_life(asset, cfg, ctx, hint=path.stem, joints=given)


def _joints_in_file(path: Path) -> int:
    """How many joints the skins of a file have; 0 for files of kinds that have none."""
    if path.suffix.lower() not in GLTF_EXTENSIONS:
        return 0
    return len({joint for skin in open_gltf(path).items("skins") for joint in skin.get("joints", [])})


def _keep_rig(path: Path, cfg: RunConfig, ctx: Context, *, joints: Path | None) -> Asset:
    """A rigged file as it is, with our clips where its skeleton is recognised."""
    if joints is not None:
        raise ConfigError("rig.keep_skin: a joints file replaces the skeleton that shall be kept; give one of the two.")
    if not _joints_in_file(path):
        raise InputError(f"{path}: it has no skin that could be kept; leave out --keep-skin.")
    with stage("mesh", ctx):
        asset, notes = load_asset(path)
    if asset.skeleton is None or asset.skin is None:
        raise InputError(f"{path}: its skin moves nothing and cannot be kept; leave out --keep-skin.")
    for note in notes:
        ctx.warn(f"{path.name}: {note}.")
    ctx.note("rig.plan", asset.skeleton.plan)
    ctx.note("rig.kept_joints", len(asset.skeleton))
    try:
        return _with_our_clips(asset, cfg, ctx)
    except InputError as error:
        ctx.warn(f"{error} The file keeps its own clips only.")
        return asset


def animate_rigged(path: Path, cfg: RunConfig, ctx: Context) -> Asset | None:
    """A rigged GLB keeps its mesh, rig and clips, and gets ours; None where the file has no skeleton.

    Raises:
        InputError: the file cannot be read, or its rig is of no kind that has clips.
        ConfigError: the config asks for a clip that its body plan does not have.
    """
    if path.suffix.lower() not in GLTF_EXTENSIONS:
        return None
    with stage("mesh", ctx):
        asset, notes = load_asset(path)
    if asset.skeleton is None or asset.skin is None:
        return None
    for note in notes:
        ctx.warn(f"{path.name}: {note}.")
    return _with_our_clips(asset, cfg, ctx)


def _with_our_clips(asset: Asset, cfg: RunConfig, ctx: Context) -> Asset:
    """Our clips before a rigged asset's own; ours replace those of the same names."""
    assert asset.skeleton is not None and asset.skin is not None
    with stage("motion", ctx):
        made = make_clips_for_any(asset.skeleton, cfg.motion, ctx, asset.mesh, asset.skin)
        if cfg.motion.words:
            told = motion_for_any(asset.skeleton, cfg.motion, ctx, asset.mesh, asset.skin, _meanings)
            made = (told, *made)
    names = {clip.name for clip in made}
    kept = tuple(clip for clip in asset.clips if clip.name not in names)
    return replace(asset, clips=(*made, *kept))


def add_motion(asset: Asset, motion: Path, cfg: RunConfig, ctx: Context) -> Asset:
    """Put the motion of a BVH file, or every clip of a GLB, on an asset's rig; they come first among its clips.

    Raises:
        InputError: the file cannot be read, holds no motion, or its skeleton is not of the rig's kind.
    """
    if asset.skeleton is None or asset.skin is None:
        raise InputError(f"{motion}: a motion needs a rig to play on; rig the mesh first, with gen4d rig.")
    with stage("retarget", ctx):
        if motion.suffix.lower() in GLTF_EXTENSIONS:
            source, _ = load_asset(motion)
            if source.skeleton is None or not source.clips:
                raise InputError(f"{motion}: it holds no animation; give a BVH file or a GLB with clips.")
            told = [(source.skeleton, clip) for clip in source.clips]
        else:
            told = [read_bvh(motion, cfg.motion.fps)]
        skeleton = asset.skeleton if is_ours(asset.skeleton) else ours_by_match(asset.skeleton)
        body = make_body(skeleton, asset.mesh, asset.skin)
        played = (retarget(skeleton_, clip, body, ctx) for skeleton_, clip in told)
        clips = tuple(raise_above_floor(clip, asset.skeleton, asset.mesh, asset.skin) for clip in played)
        if cfg.motion.root_motion:
            clips = let_travel(clips, asset.skeleton, ctx)
    names = {clip.name for clip in clips}
    return replace(asset, clips=(*clips, *(clip for clip in asset.clips if clip.name not in names)))


def add_video(asset: Asset, video: Path, cfg: RunConfig, ctx: Context) -> Asset:
    """Read the motion of a film's subject and put it on an asset's rig, as the clip "video", before its others.

    Raises:
        InputError: the film cannot be read, shows nothing that moves or no subject that can be cut out, or its subject
            is of another kind than the asset.
    """

    def cut(frame: np.ndarray) -> tuple[np.ndarray, float]:
        picture = torch.from_numpy(frame).float() / 255
        matte = find_matte(torch.cat([picture, torch.ones_like(picture[..., :1])], -1), None, cfg.photo)
        return (matte.alpha > 0.5).numpy(), matte.confidence

    with stage("video", ctx):
        film = read_film(video)
        clip = clip_from_film(film, track_subject(film.frames, cut), asset, cfg.motion, ctx)
        clips = let_travel((clip,), asset.skeleton, ctx) if cfg.motion.root_motion and asset.skeleton else (clip,)
    return replace(asset, clips=(*clips, *(other for other in asset.clips if other.name != clip.name)))


def stand_up(
    mesh: Mesh, cfg: RigConfig, ctx: Context, *, hint: str, joints: GivenJoints | None, height: float | None
) -> tuple[Mesh, GivenJoints | None]:
    """Turn a mesh upright and to the front if it lies or faces elsewhere, and put it on the ground; joints with it."""
    rotation = settle_orientation(mesh, cfg, ctx, hint, given=joints is not None)
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


def _meanings(texts: list[str]) -> torch.Tensor:
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


def _check_clips(cfg: RunConfig) -> None:
    """Refuse clips that no body plan has, before anything is generated; the rest shows once the plan is known."""
    plans = [plan for plan in PLANS if plan != "auto"] if cfg.rig.plan == "auto" else [cfg.rig.plan]
    known = sorted({name for plan in plans for name in clips_of_plan(plan)[0]})
    for name in cfg.motion.clips:
        if name not in known and name != ALL_CLIPS:
            raise ConfigError(
                f"motion.clips: there is no clip '{name}'{did_you_mean(name, known)}; there are {', '.join(known)}."
            )
