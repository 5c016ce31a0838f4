"""The two ways from a photo to an asset's surface, and the choice between them.

The views way reconstructs the six views that the prior imagined; the puppet way inflates the photo's own outline. Both
are looked at from the photo's camera. The imagined views win only where their outline and colours agree with the photo;
else the puppet does, which agrees by construction.
"""

import logging
import math
import re
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch

from gen4d.config import RunConfig
from gen4d.context import Context
from gen4d.fit_to_photo import FINE_SIGMAS, coarse_warp, photo_view
from gen4d.likeness import Likeness, find_camera, framed_camera, measure_likeness
from gen4d.page import keep_picture, keep_views
from gen4d.photo.color import resize
from gen4d.photo_guess import SURE_AZIMUTH, PhotoGuess, is_card, plan_of, sure_caption
from gen4d.photo_solid import fill_outline
from gen4d.puppet.behind import without_face
from gen4d.puppet.choice import likest_shape
from gen4d.puppet.dress import dress, turned
from gen4d.puppet.facing import is_side_view, looks_made, side_azimuth
from gen4d.puppet.light import without_light
from gen4d.puppet.solid import Shape, check_matte, puppet_solid
from gen4d.reconstruct.extract import extract
from gen4d.reconstruct.reconstruction import fuse_views
from gen4d.render.rasterizer import rasterize
from gen4d.render.shading import interpolate
from gen4d.structures import Material, Mesh, MultiView, Prompt, vertex_normals
from gen4d.surface.finishing import finish
from gen4d.surface.repaint import paint_over
from gen4d.surface.simplify import simplify
from gen4d.viewpoint import Viewpoint, flattened

MIN_VIEWS_IOU = {  # of the outlines as imagined: below it fitting one to the other tears the subject's parts
    "profile": 0.8,  # an animal from its side: inflated, it has round limbs, each at its own side
    "creature": 0.7,  # inflated, people are flat from beside and plants are fans
    "thing": 0.75,  # has sides and corners that an inflated outline never has, so a rougher likeness is the better one
    "foreshortened": 0.65,  # an animal not seen from the side: an inflated outline has none of its length, nor its legs
}
SAID = {
    "profile": "an animal seen from its side",
    "creature": "a creature",
    "thing": "a thing",
    "foreshortened": "an animal not seen from its side",
}
MIN_IOU = 0.92  # of the outlines at last: the likeness promised for every accepted photo
MIN_PSNR = 22.0  # dB inside the outlines: the other half of that promise
OUTLINE_SIZE = 128  # px a side at which it is asked what an outline shows
MAX_VIEWS_COLOR_DISTANCE = {
    "profile": 18.0,
    "creature": 22.0,
    "thing": 25.0,
    "foreshortened": 25.0,
}  # Lab units to the photo's: beyond it, another subject
MIN_FILLED = 0.01  # of the outline: less is drawn in by the warp, and the surface as the views show it stays
REACHES_DEG = ((SURE_AZIMUTH, 15.0), (0.7, 45.0), (0.0, 180.0))  # by that probability: how far from it is searched
LIGHT_SIZE = 256  # px a side at which normals are seen to estimate the light
QUARTER = math.pi / 2
SIDE = math.radians(45)  # an azimuth beyond it shows the subject's side
LONG = ("quadruped", "fish")  # longer from head to tail than wide or high; `is_side_view` tells how they are seen
CREATURES = ("biped", "quadruped", "bird", "fish", "snake", "insect", "spider", "plant")
CHOICE_SIZE = 128  # px a side at which shapes of an outline are compared with what the prior imagines
_THINGS: tuple[Shape, ...] = ("creature", "thing", "round", "flat")
CHOICES: dict[str, tuple[Shape, ...]] = {  # by body plan; animals are inflated as what is grown
    "": _THINGS,
    "prop": _THINGS,
    "vehicle": _THINGS,
    "plant": ("creature", "round", "crossed"),
}
FLAT_WORDS = frozenset(  # what has no depth worth speaking of
    re.findall(
        r"\w+",
        """axe banner blade card coin disc feather flag key knife leaf map page paper picture plate plank poster rug saw
        shield sign stamp sticker sword ticket""",
    )
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pictured:
    """A surface made from a photo, and how it compares with it.

    Fields:
        mesh, material: the surface, any size; it faces +Z.
        likeness: measured from the photo's camera.
        way: `views`, `puppet`, or `card` where no subject was found.
    """

    mesh: Mesh
    material: Material
    likeness: Likeness
    way: str


def wants_views(prompt: Prompt, cfg: RunConfig) -> bool:
    """Whether the views that the prior imagines are of use."""
    return cfg.photo.way != "puppet" and not is_card(prompt, cfg)


def surface_from_photo(
    prompt: Prompt, views: MultiView | None, guess: PhotoGuess, cfg: RunConfig, ctx: Context
) -> Pictured:
    """Make the surface that looks most like the photo.

    Notes which way was taken and the numbers that decided; a sentence says so where the imagined views lost.

    Args:
        prompt: with the framed photo.
        views: what the prior imagined; None for the puppet alone.
    """
    photo = prompt.photo
    assert photo is not None
    if views is None:
        return _noted(_puppet(photo, prompt, guess, None, cfg, ctx), photo, ctx)
    keep_views(ctx, views)
    imagined, rough, plain = _from_views(photo, views, guess, cfg, ctx)
    ctx.note("photo.views_iou", round(plain.iou, 4))
    ctx.note("photo.views_color_distance", round(plain.color_distance, 2))
    if cfg.photo.way == "views":
        return _noted(imagined, photo, ctx)
    kind = _kind(prompt, photo, guess, cfg)
    ctx.note("photo.kind", kind)
    agree = plain.iou >= MIN_VIEWS_IOU[kind] and plain.color_distance <= MAX_VIEWS_COLOR_DISTANCE[kind]
    if agree and imagined.likeness.iou >= MIN_IOU and imagined.likeness.psnr >= MIN_PSNR:
        return _noted(imagined, photo, ctx)
    ctx.warn(
        "photo: the views imagined from it do not show its subject (outlines overlap "
        f"{plain.iou:.2f}, for {SAID[kind]} at least {MIN_VIEWS_IOU[kind]} is asked, "
        f"and {imagined.likeness.iou:.2f} once fitted, {MIN_IOU} is; colours "
        f"differ by {plain.color_distance:.0f}, at most {MAX_VIEWS_COLOR_DISTANCE[kind]:.0f}; painted with it they "
        f"are like it to {imagined.likeness.psnr:.0f} dB, at least {MIN_PSNR:.0f} are asked), so the shape was "
        "inflated from the photo's outline; --way views keeps them."
    )
    return _noted(_puppet(photo, prompt, guess, (rough, plain.viewpoint.azimuth), cfg, ctx), photo, ctx)


def _kind(
    prompt: Prompt, photo: torch.Tensor, guess: PhotoGuess, cfg: RunConfig
) -> Literal["profile", "creature", "thing", "foreshortened"]:
    """Whether the photo shows something grown in a way that an inflated outline suits, or something made."""
    plan = plan_of(prompt, guess, cfg)
    mask = resize(photo[..., 3:], OUTLINE_SIZE, OUTLINE_SIZE)[..., 0].numpy() > 0.5
    sideways = is_side_view(mask, plan)
    if plan in LONG:
        return "profile" if sideways else "foreshortened"
    if plan:
        return "creature" if plan in CREATURES else "thing"
    return "profile" if sideways else "thing"


def _noted(made: Pictured, photo: torch.Tensor, ctx: Context) -> Pictured:
    seen = made.likeness.picture
    both = torch.cat([resize(photo, *seen.shape[:2]), seen], 1)
    keep_picture(ctx, "likeness", both[..., :3] * both[..., 3:] + 1 - both[..., 3:])
    ctx.note("photo.way", made.way)
    ctx.note("photo.likeness_iou", round(made.likeness.iou, 4))
    ctx.note("photo.likeness_psnr", round(made.likeness.psnr, 2))
    ctx.note("photo.azimuth_deg", round(math.degrees(made.likeness.viewpoint.azimuth), 1))
    ctx.note("photo.elevation_deg", round(math.degrees(made.likeness.viewpoint.elevation), 1))
    ctx.note("photo.fov_deg", round(made.likeness.viewpoint.fov_deg, 1))
    logger.info("photo: %s way, outlines overlap %.3f", made.way, made.likeness.iou)
    return made


def _from_views(
    photo: torch.Tensor, views: MultiView, guess: PhotoGuess, cfg: RunConfig, ctx: Context
) -> tuple[Pictured, Mesh, Likeness]:
    """The reconstruction of the imagined views, fitted to the photo's outline and painted with it; and as it was."""
    grid = fuse_views(views, cfg.reconstruct, ctx)
    rough, material = finish(extract(grid), views, cfg.surface, ctx)
    mesh = rough
    reach = next(degrees for sureness, degrees in REACHES_DEG if guess.sureness >= sureness)
    viewpoint = find_camera(mesh, material, photo, guess.azimuth, guess.elevation, math.radians(reach))
    plain = measure_likeness(mesh, material, photo, viewpoint)
    warp = coarse_warp(mesh, photo, viewpoint)
    filled = fill_outline(grid, mesh, photo, warp)
    ctx.note("photo.views_cut", round(filled.cut, 4))
    ctx.note("photo.views_grown", round(filled.grown, 4))
    if filled.cut + filled.grown > MIN_FILLED:
        mesh, material = finish(extract(filled.grid), views, cfg.surface, ctx)
    mesh = warp.toward(mesh, photo, FINE_SIGMAS).applied(mesh)
    even = _evenly_lit(photo, mesh, viewpoint, cfg, ctx)
    flat = flattened(mesh, viewpoint)
    flat = replace(flat, normals=vertex_normals(flat))
    painted = paint_over(flat, material, photo_view(flat, even, viewpoint))
    return Pictured(mesh, painted, measure_likeness(mesh, painted, photo, viewpoint), "views"), rough, plain


def _puppet(
    photo: torch.Tensor,
    prompt: Prompt,
    guess: PhotoGuess,
    imagined: tuple[Mesh, float] | None,
    cfg: RunConfig,
    ctx: Context,
) -> Pictured:
    """The photo's outline inflated, with the photo as its texture, turned so that the subject faces +Z.

    Args:
        imagined: what the views show, and the azimuth of the photo's camera before it; None without views.
    """
    size = cfg.puppet.resolution
    alpha = resize(photo[..., 3:], size, size)[..., 0].double().numpy()
    check_matte(alpha)
    solid_mask = alpha > 0.5
    said = prompt.text or sure_caption(guess)
    plan = plan_of(prompt, guess, cfg)
    card = is_card(prompt, cfg)
    sideways = not card and is_side_view(solid_mask, plan)
    known = guess.azimuth if guess.sureness >= SURE_AZIMUTH else 0.0
    azimuth = round((known + 1e-9) / QUARTER) * QUARTER
    if sideways and cfg.photo.azimuth_deg is None and abs(math.sin(known)) < math.sin(SIDE):
        azimuth = side_azimuth(solid_mask, plan)
    shape: Shape = "flat" if card else _shape_of(plan, said, solid_mask)
    depths = _depths(prompt, size)
    if imagined is not None and depths is None and not sideways and shape != "flat" and plan in CHOICES:
        small = resize(photo[..., 3:], CHOICE_SIZE, CHOICE_SIZE)[..., 0].double().numpy()
        shape = likest_shape(small, *imagined, shape, CHOICES[plan])
    ctx.note("puppet.shape", shape)
    legged = sideways and plan in ("", "quadruped") and abs(math.sin(azimuth)) > 0.5 and depths is None
    solid, legs = puppet_solid(alpha, shape, cfg.puppet, legs=legged, depths=depths)
    ctx.note("puppet.legs", legs)
    if plan == "quadruped" and not legs:
        ctx.warn(
            "photo: the four legs could not be told apart in it, so the puppet moves as one piece; a photo of the "
            "animal's side, standing, works best."
        )
    ctx.progress("surface", 0.5)
    solid = simplify(solid, cfg.surface.faces)
    even = _evenly_lit(photo, solid, Viewpoint(0.0), cfg, ctx)
    back = prompt.photo_back
    if back is None and shape == "creature" and not sideways:
        back = without_face(even)
    mesh, material = dress(solid, even, back, cfg.surface.texture_size)
    mesh = turned(mesh, azimuth)
    way = "card" if card else "puppet"
    return Pictured(mesh, material, measure_likeness(mesh, material, photo, Viewpoint(azimuth)), way)


def _evenly_lit(photo: torch.Tensor, mesh: Mesh, viewpoint: Viewpoint, cfg: RunConfig, ctx: Context) -> torch.Tensor:
    """The photo (S, S, 4), without the light that the mesh's shape explains where that is asked for."""
    if cfg.photo.light == "keep":
        return photo
    flat = flattened(mesh, viewpoint)
    camera = framed_camera(flat, photo[..., 3], viewpoint, LIGHT_SIZE)
    raster = rasterize(flat.vertices, flat.faces, camera)
    normals = interpolate(raster, mesh.faces, vertex_normals(mesh))[0]
    even, explained = without_light(photo.numpy(), (normals @ camera.camera_to_world[0, :3, :3]).numpy())
    ctx.note("photo.light_explained", round(explained, 3))
    return torch.from_numpy(even)


def _depths(prompt: Prompt, size: int) -> np.ndarray | None:
    """Matte of a photo of the side, its left end towards the first photo's camera, (size, size); or None."""
    for side, mirrored in ((prompt.photo_right, False), (prompt.photo_left, True)):
        if side is not None:
            alpha = resize(side[..., 3:], size, size)[..., 0].double().numpy()
            return alpha[:, ::-1] if mirrored else alpha
    return None


def _shape_of(plan: str, said: str, mask: np.ndarray) -> Shape:
    """What limits the depth: words first, then whether the outline has straight sides."""
    if plan in ("", "prop", "vehicle") and FLAT_WORDS & set(said.lower().split()):
        return "flat"
    if plan in CREATURES or (not plan and is_side_view(mask, plan)):
        return "creature"
    return "thing" if plan or looks_made(mask) else "creature"
