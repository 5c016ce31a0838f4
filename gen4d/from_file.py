"""A mesh, a rigged file, a motion or a film becomes an asset that moves: what the pipeline does for files of others."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from gen4d.config import RunConfig
from gen4d.context import Context
from gen4d.errors import ConfigError, InputError
from gen4d.export.parse import open_gltf
from gen4d.export.read import GLTF_EXTENSIONS, load_asset, load_mesh
from gen4d.motion.body import make_body
from gen4d.motion.bvh import read_bvh
from gen4d.motion.film import read_film
from gen4d.motion.film_matte import track_subject
from gen4d.motion.floor import raise_above_floor
from gen4d.motion.foreign import is_ours, make_clips_for_any, motion_for_any, ours_by_match
from gen4d.motion.retarget import retarget
from gen4d.motion.root_motion import let_travel
from gen4d.motion.video import clip_from_film
from gen4d.photo.matte import find_matte
from gen4d.pipeline import GENERATOR, bring_to_life, check_clips, height_of, meanings
from gen4d.report import stage
from gen4d.rig.config import RigConfig
from gen4d.rig.joints_file import GivenJoints, read_joints
from gen4d.rig.orientation import settle_orientation, turn
from gen4d.structures import Asset, Material, Mesh
from gen4d.surface.ground import stand_on_ground

PLAIN_GREY = 0.8  # sRGB; the colour of a mesh file that has none


def rig_file(path: Path, cfg: RunConfig, ctx: Context, *, joints: Path | None = None) -> Asset:
    """Any mesh file becomes an asset with a skeleton and clips, standing on the ground in its own size.

    Args:
        joints: a joints file (`read_joints`), in the mesh file's own frame, to use instead of finding a skeleton.

    Raises:
        InputError: the file cannot be read as a mesh, the mesh is flat, or the joints file cannot be used; or its own
            skin shall be kept and it has none.
        ConfigError: the config asks for a clip that no body plan has.
    """
    check_clips(cfg)
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
            told = motion_for_any(asset.skeleton, cfg.motion, ctx, asset.mesh, asset.skin, meanings)
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
