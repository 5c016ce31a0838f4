"""Cut the subject out of a photo: the surest method that applies, and how sure it is."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from gen4d.errors import ConfigError, InputError
from gen4d.photo.background import plain_mattes
from gen4d.photo.color import blur, resize, srgb_to_lab
from gen4d.photo.components import CENTRE, Place, main_subject
from gen4d.photo.confidence import matte_confidence, unity
from gen4d.photo.config import MatteMethod, PhotoConfig
from gen4d.photo.grabcut import boxed_grabcut_matte, grabcut_matte
from gen4d.photo.network_word import GRABCUT_SIZE, NetworkWord, network_word, working_picture
from gen4d.photo.people import find_face, person_matte

MIN_AREA = 0.01  # of the picture: less is no subject
MAX_AREA = 0.99  # of the picture: more is no background
SURE = 0.85  # a plain matte this certain stands, unless the network expects another subject
TRANSPARENT, OPAQUE = 0.1, 0.9  # alpha below and above which a pixel is one or the other
USED_SHARE = 0.005  # of the pixels must be transparent, and as many opaque, for an alpha channel to count as used
ASPECT_TOLERANCE = 0.02  # relative difference allowed between the mask's and the photo's aspect
CONTAINED = 0.85  # of the smaller of two mattes lies in the larger one, where it is a part of the same subject
STRIKING = 0.15  # of the picture: what stands out and is smaller is often only the most striking part of the subject
NOTHING_LIKE = 0.15  # confidence below which a larger matte is background that was let in
DISAGREEMENT = 0.6  # of the confidence is lost where a cut just as plausible finds something else altogether
UNEXPECTED = 0.5  # overlap expected below which a plain background was not one
HALF_SURE = 0.5  # confidence from which a plain matte is compared with the network's cut
PLAIN = 0.95  # of the border is explained: nothing but the background reaches it
SCATTERED = 0.15  # of what lies before a plain background is its largest part: a page of text, or crumbs
BLOCK = 0.2  # of the confidence of a cut that takes such a page for one thing
UNKNOWN = 0.5  # of the confidence of a plain matte where the network sees no subject at all
FOUND = 0.25  # confidence from which a person whose face was found is the subject, whatever other cuts say
EDGE_REACH = 1.5  # working pixels: half-width of the band in which alpha is estimated
EDGE_CONTRAST = 0.06  # sRGB difference of subject and background at which the estimate counts half

REMEDY = "give a mask of it with --mask (white subject on black)"


@dataclass(frozen=True)
class Matte:
    """A subject cut out.

    Fields:
        alpha: (H, W) float32 in [0, 1], of the photo's size.
        method: how it was found.
        confidence: in [0, 1]; 1 where the user gave the matte.
    """

    alpha: torch.Tensor
    method: MatteMethod
    confidence: float


def find_matte(photo: torch.Tensor, mask: torch.Tensor | None, cfg: PhotoConfig) -> Matte:
    """Cut out the main subject.

    Args:
        photo: (H, W, 4) float32, sRGB with straight alpha.
        mask: (h, w, 4) float32 picture of the photo's aspect, white or opaque on the subject; or None.

    Returns:
        matte: see `Matte`; it covers between `MIN_AREA` and `MAX_AREA` of the picture.

    Raises:
        InputError: nothing is visible, no subject or no background is found, or the mask does not fit.
        ConfigError: the method asked for needs a mask or an alpha channel that is not there.
    """
    if float(photo[..., 3].max()) < TRANSPARENT:
        raise InputError("photo: it is fully transparent; give a picture with a visible subject.")
    matte = _choose(photo, mask, cfg)
    area = float(matte.alpha.mean())
    if area < MIN_AREA:
        raise InputError(f"photo: no subject found ({area:.1%} of the picture by {matte.method}); {REMEDY}.")
    if area > MAX_AREA:
        raise InputError(f"photo: the subject leaves no background ({area:.1%} by {matte.method}); {REMEDY}.")
    return matte


def _choose(photo: torch.Tensor, mask: torch.Tensor | None, cfg: PhotoConfig) -> Matte:
    """The method asked for; in `auto` the user's own matte first, then the more certain of the automatic ones."""
    if cfg.matte == "mask" and mask is None:
        raise ConfigError("photo.matte: 'mask' needs a mask; add --mask FILE or use 'auto'.")
    if cfg.matte == "alpha" and not uses_alpha(photo):
        raise ConfigError("photo.matte: 'alpha' needs a photo with transparent and opaque pixels; use 'auto'.")
    if cfg.matte in ("auto", "mask") and mask is not None:
        return Matte(mask_matte(mask, photo.shape[0], photo.shape[1]) * photo[..., 3], "mask", 1.0)
    if cfg.matte in ("auto", "alpha") and uses_alpha(photo):
        return Matte(photo[..., 3], "alpha", 1.0)
    place = subject_place(cfg.subject, photo.shape[0], photo.shape[1])
    if cfg.matte == "plain":
        return automatic_matte(photo, "plain", cfg.working_size, place)
    if cfg.matte == "grabcut":
        return automatic_matte(photo, "grabcut", cfg.working_size, place)
    word = network_word(photo, cfg.working_size, place)
    if cfg.matte == "net":
        return _cut(photo, word)
    plain = automatic_matte(photo, "plain", cfg.working_size, place)
    expected = word.expected_of(plain.alpha)
    if plain.confidence >= SURE and expected >= UNEXPECTED:
        return _doubted(plain, word)
    person = portrait_matte(photo, cfg.working_size) if place == CENTRE else None
    if person is not None and person.confidence >= max(plain.confidence, FOUND):
        return _doubted(person, word)
    if plain.confidence >= HALF_SURE and expected > word.expected:
        return _doubted(plain, word)
    block = word.explained > PLAIN and unity(plain.alpha.numpy() > 0.5) < SCATTERED
    cut = _cut(photo, word)
    if float(cut.alpha.mean()) < MIN_AREA:  # it knows nothing like it: a cell under a microscope
        return replace(plain, confidence=UNKNOWN * plain.confidence)
    return replace(cut, confidence=BLOCK * cut.confidence) if block else cut


def _doubted(matte: Matte, word: NetworkWord) -> Matte:
    """A matte found otherwise, with the network's doubt."""
    return replace(matte, confidence=word.confidence(matte.confidence, word.expected_of(matte.alpha)))


def _cut(photo: torch.Tensor, word: NetworkWord) -> Matte:
    """The network's cut with a soft edge at full size."""
    alpha = soften_edge(photo[..., :3], torch.from_numpy(word.mask), EDGE_REACH / word.scale)
    return Matte(alpha, "net", word.confidence(word.plausible, word.expected))


def subject_place(subject: str, height: int, width: int) -> Place:
    """Where the subject asked for is expected, (x, y) in [0, 1]; None for the largest one, wherever it is.

    Raises:
        ConfigError: the pixel named lies outside the photo.
    """
    match subject:
        case "auto":
            return CENTRE
        case "largest":
            return None
        case "left":
            return 0.2, 0.5
        case "right":
            return 0.8, 0.5
    x, y = (int(part) for part in subject.split(","))
    if x >= width or y >= height:
        raise ConfigError(f"photo.subject: the pixel {x},{y} lies outside the photo of {width} x {height} pixels.")
    return (x + 0.5) / width, (y + 0.5) / height


def uses_alpha(photo: torch.Tensor) -> bool:
    """Whether an alpha channel says something: some of it transparent, some opaque."""
    alpha = photo[..., 3]
    shares = (alpha < TRANSPARENT).float().mean(), (alpha > OPAQUE).float().mean()
    return all(float(share) > USED_SHARE for share in shares)


def mask_matte(mask: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """A user's mask picture as a matte of the photo's size.

    Its own alpha channel counts where it is used, else its brightness; greys stay soft, JPEG noise at both ends is cut.

    Returns:
        alpha: (height, width) float32 in [0, 1].

    Raises:
        InputError: the aspect differs from the photo's, or the mask is all black or all white.
    """
    got, want = mask.shape[1] / mask.shape[0], width / height
    if abs(got / want - 1) > ASPECT_TOLERANCE:
        raise InputError(
            f"mask: its {mask.shape[1]} x {mask.shape[0]} pixels do not fit the photo's {width} x {height}; "
            "give a mask of the photo's shape."
        )
    value = mask[..., 3:] if uses_alpha(mask) else mask[..., :3].mean(-1, keepdim=True)
    alpha = ((resize(value, height, width)[..., 0] - 0.1) / 0.8).clamp(0, 1)
    if not MIN_AREA <= float(alpha.mean()) <= MAX_AREA:
        raise InputError(f"mask: it marks {float(alpha.mean()):.1%} of the picture; paint the subject white on black.")
    return alpha


def automatic_matte(photo: torch.Tensor, method: MatteMethod, working_size: int, place: Place = CENTRE) -> Matte:
    """Find the matte from the colours alone, at a reduced size, and give it a soft edge at full size.

    Args:
        method: `plain` or `grabcut`.
        working_size: longest side in pixels at which the subject is found.
        place: where the subject is expected, see `main_subject`.
    """
    rgb = photo[..., :3]
    longest = max(rgb.shape[:2])
    scale = min(1.0, (working_size if method == "plain" else GRABCUT_SIZE * working_size) / longest)
    small = resize(rgb, max(8, round(rgb.shape[0] * scale)), max(8, round(rgb.shape[1] * scale)))
    lab = srgb_to_lab(blur(small, 0.8)).double().numpy()  # the blur takes the edge off JPEG blocks and sensor noise
    masks, explained = plain_mattes(lab)
    if method == "plain":
        masks = [main_subject(mask, place) for mask in masks]
        trust = float(np.clip((explained - 0.6) / 0.35, 0, 1))  # a plain border is explained almost wholly
    else:
        cuts = [grabcut_matte(small.numpy(), lab, place)]
        if place == CENTRE:  # a box around the picture's middle says nothing of a subject elsewhere
            cuts.append(boxed_grabcut_matte(small.numpy(), place))
        masks = [_whole_subject(cuts, lab)]
        trust = 0.5 + 0.5 * explained  # a busy border hides its mistakes
        trust *= min(_support(cut, masks[0], lab) for cut in cuts)
    mask = max(masks, key=lambda mask: matte_confidence(mask, lab))
    alpha = soften_edge(rgb, torch.from_numpy(mask), EDGE_REACH / scale)
    return Matte(alpha, method, trust * matte_confidence(mask, lab))


def portrait_matte(photo: torch.Tensor, working_size: int) -> Matte | None:
    """The person who looks at the camera; None where nobody does."""
    small, lab, scale = working_picture(photo, working_size)
    face = find_face(small.numpy())
    if face is None:
        return None
    mask, agreement = person_matte(small.numpy(), face)
    alpha = soften_edge(photo[..., :3], torch.from_numpy(mask), EDGE_REACH / scale)
    # A face answers half of the doubts: people fill pictures, and their clothes have the colours of what is behind.
    return Matte(alpha, "person", agreement * matte_confidence(mask, lab) ** 0.5)


def _whole_subject(cuts: list[np.ndarray], lab: np.ndarray) -> np.ndarray:
    """Of cuts by what stands out, and perhaps by a box, the one that shows most of the subject.

    What stands out may be a part: a cat's eye, a bottle's label. So the box's cut wins where it contains the other and
    is either certain itself or all that is more than such a part.
    """
    striking, whole = cuts[0], cuts[-1]
    contained = np.count_nonzero(striking & whole) >= CONTAINED * np.count_nonzero(striking)
    larger = np.count_nonzero(whole) > np.count_nonzero(striking)
    needed = SURE if striking.mean() > STRIKING else NOTHING_LIKE
    if contained and larger and matte_confidence(whole, lab) >= needed:
        return whole
    return max(cuts, key=lambda cut: matte_confidence(cut, lab))


def _support(cut: np.ndarray, chosen: np.ndarray, lab: np.ndarray) -> float:
    """What a cut leaves of the confidence in the one chosen: 1 if they are the same, less the more plausible it is."""
    union = np.count_nonzero(cut | chosen)
    apart = 1 - np.count_nonzero(cut & chosen) / union if union else 0.0
    return 1 - DISAGREEMENT * apart * matte_confidence(cut, lab)


def soften_edge(rgb: torch.Tensor, mask: torch.Tensor, reach: float) -> torch.Tensor:
    """Bring a coarse binary mask to the picture's size and estimate alpha along its edge.

    There alpha is the place of the pixel's colour on the line from the background's B to the subject's F, both averaged
    nearby; F from the pixels least like B, so that thin parts, which are all edge, keep their colour.

    Args:
        rgb: (H, W, 3) float32; mask: (h, w) bool.
        reach: pixels of `rgb` on both sides of the edge.

    Returns:
        alpha: (H, W) float32 in [0, 1]; fractional only near the edge.
    """
    coarse = resize(mask.float()[..., None], rgb.shape[0], rgb.shape[1])  # (H, W, 1)
    near = blur(coarse, reach)
    outside = (near < 0.1).float() + 1e-6
    background = blur(rgb * outside, 3 * reach) / blur(outside, 3 * reach)  # B
    unlike = (rgb - background).square().sum(-1, keepdim=True)
    inside = coarse * unlike + 1e-6
    foreground = blur(rgb * inside, 1.5 * reach) / blur(inside, 1.5 * reach)  # F
    line = foreground - background
    length = line.square().sum(-1, keepdim=True)
    alpha = ((rgb - background) * line).sum(-1, keepdim=True) / length.clamp(min=1e-6)
    weight = length / (length + EDGE_CONTRAST**2)  # without contrast the coarse mask decides
    mixed = weight * ((alpha - 0.1) / 0.8).clamp(0, 1) + (1 - weight) * coarse
    band = (near > 0.03) & (near < 0.97)
    return torch.where(band, mixed, (coarse > 0.5).float())[..., 0]
