"""Cut the subject out of a photo: the surest method that applies, and how sure it is."""

from dataclasses import dataclass

import numpy as np
import torch

from gen4d.errors import ConfigError, InputError
from gen4d.photo.background import fit_background, plain_mattes
from gen4d.photo.color import blur, resize, srgb_to_lab
from gen4d.photo.components import CENTRE, Place, main_subject
from gen4d.photo.confidence import matte_confidence, unity
from gen4d.photo.config import MatteMethod, PhotoConfig
from gen4d.photo.grabcut import boxed_grabcut_matte, grabcut_matte, seeded_grabcut_matte
from gen4d.photo.matting import expected_overlap, open_matting_net, subject_probability
from gen4d.photo.people import find_face, person_matte

MIN_AREA = 0.01  # of the picture: less is no subject
MAX_AREA = 0.99  # of the picture: more is no background
SURE = 0.85  # a plain matte this certain needs no second opinion from GrabCut
TRANSPARENT, OPAQUE = 0.1, 0.9  # alpha below and above which a pixel is one or the other
USED_SHARE = 0.005  # of the pixels must be transparent, and as many opaque, for an alpha channel to count as used
ASPECT_TOLERANCE = 0.02  # relative difference allowed between the mask's and the photo's aspect
GRABCUT_SIZE = 0.65  # of the working size: GrabCut takes seconds, and its edge is refined afterwards
CONTAINED = 0.85  # of the smaller of two mattes lies in the larger one, where it is a part of the same subject
SAME_CUT = 0.93  # overlap from which two cuts say the same
STRIKING = 0.15  # of the picture: what stands out and is smaller is often only the most striking part of the subject
NOTHING_LIKE = 0.15  # confidence below which a larger matte is background that was let in
DISAGREEMENT = 0.6  # of the confidence is lost where a cut just as plausible finds something else altogether
EXPECTED = (0.1, 0.6)  # overlap the network expects of a cut: below it the cut is wrong, from it on there is no doubt
LEFT = 0.4  # of the confidence, where the network expects nothing: enough to warn, where colours were sure
PLAIN = 0.95  # of the border is explained: nothing but the background reaches it
SCATTERED = 0.15  # of what lies before a plain background is its largest part: a page of text, or crumbs
BLOCK = 0.2  # of the confidence of a cut that takes such a page for one thing
FOUND = 0.25  # confidence from which a person whose face was found is the subject, whatever other cuts say
DOUBTFUL = 0.7  # confidence below which the network's own cut may win: it is too coarse to see thin parts
GAIN = 0.05  # of expected overlap, from which another cut counts as better
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
    if cfg.matte == "net":
        return net_matte(photo, cfg.working_size)
    plain = automatic_matte(photo, "plain", cfg.working_size, place)
    if plain.confidence >= SURE:
        return plain
    if place != CENTRE:  # the network only knows the main subject
        other = automatic_matte(photo, "grabcut", cfg.working_size, place)
        return max(plain, other, key=lambda matte: matte.confidence)
    person = portrait_matte(photo, cfg.working_size)
    if person is not None and person.confidence >= max(plain.confidence, FOUND):
        return person
    return judged_matte(photo, plain, cfg.working_size)


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


def judged_matte(photo: torch.Tensor, plain: Matte, working_size: int) -> Matte:
    """The surer of a plain matte and GrabCut's, unless the matting network knows better; with the network's doubt.

    The network has seen what subjects are, but not where exactly they end. So it seeds one more GrabCut, and says of
    each cut what overlap it expects. Its own wins only where colours and network agree on it: the network alone also
    takes a flower for the camel before it.
    """
    small, lab, scale = _working_picture(photo, working_size)
    probability = _probability(photo, small.shape[0], small.shape[1])
    cuts = [grabcut_matte(small.numpy(), lab), boxed_grabcut_matte(small.numpy())]
    seeded = seeded_grabcut_matte(small.numpy(), probability)
    own = _whole_subject(cuts, lab)
    own = cuts[0] if _outvoted(own, cuts[0], seeded, lab, probability) else own
    chosen, expected, plausible = own, expected_overlap(own, probability), matte_confidence(own, lab)
    explained = fit_background(lab).explained
    trust = (0.5 + 0.5 * explained) * min(_support(cut, own, lab) for cut in cuts)
    if explained > PLAIN and unity(plain.alpha.numpy() > 0.5) < SCATTERED:
        trust *= BLOCK
    better, as_plausible = expected_overlap(seeded, probability), matte_confidence(seeded, lab)
    if 0 < trust * plausible < DOUBTFUL and better > expected + GAIN and as_plausible >= plausible:
        chosen, expected, plausible = seeded, better, as_plausible
    if plain.confidence >= trust * plausible:
        expected = expected_overlap(resize(plain.alpha[..., None], *small.shape[:2])[..., 0].numpy() > 0.5, probability)
        return Matte(plain.alpha, plain.method, plain.confidence * _doubted(expected))
    alpha = soften_edge(photo[..., :3], torch.from_numpy(chosen), EDGE_REACH / scale)
    return Matte(alpha, "net" if chosen is seeded else "grabcut", trust * plausible * _doubted(expected))


def portrait_matte(photo: torch.Tensor, working_size: int) -> Matte | None:
    """The person who looks at the camera; None where nobody does."""
    small, lab, scale = _working_picture(photo, working_size)
    face = find_face(small.numpy())
    if face is None:
        return None
    mask, agreement = person_matte(small.numpy(), face)
    alpha = soften_edge(photo[..., :3], torch.from_numpy(mask), EDGE_REACH / scale)
    # A face answers half of the doubts: people fill pictures, and their clothes have the colours of what is behind.
    return Matte(alpha, "person", agreement * matte_confidence(mask, lab) ** 0.5)


def _doubted(expected: float) -> float:
    """What is left of a confidence where the network expects an overlap; a sure cut is never lost to it alone."""
    low, high = EXPECTED
    return LEFT + (1 - LEFT) * float(np.clip((expected - low) / (high - low), 0, 1))


def net_matte(photo: torch.Tensor, working_size: int) -> Matte:
    """The cut that the matting network seeds, whatever other cuts say."""
    small, lab, scale = _working_picture(photo, working_size)
    probability = _probability(photo, small.shape[0], small.shape[1])
    mask = seeded_grabcut_matte(small.numpy(), probability)
    alpha = soften_edge(photo[..., :3], torch.from_numpy(mask), EDGE_REACH / scale)
    return Matte(alpha, "net", expected_overlap(mask, probability) * matte_confidence(mask, lab))


def _working_picture(photo: torch.Tensor, working_size: int) -> tuple[torch.Tensor, np.ndarray, float]:
    """A photo as small as GrabCut is given it: (h, w, 3) sRGB, the same in Lab, and the scale."""
    rgb = photo[..., :3]
    scale = min(1.0, GRABCUT_SIZE * working_size / max(rgb.shape[:2]))
    small = resize(rgb, max(8, round(rgb.shape[0] * scale)), max(8, round(rgb.shape[1] * scale)))
    return small, srgb_to_lab(blur(small, 0.8)).double().numpy(), scale


def _probability(photo: torch.Tensor, height: int, width: int) -> np.ndarray:
    """What the network says of each pixel of the working picture, (height, width) float32."""
    coarse = subject_probability(photo[..., :3], open_matting_net())
    return resize(coarse[..., None], height, width)[..., 0].numpy()


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


def _outvoted(whole: np.ndarray, striking: np.ndarray, seeded: np.ndarray, lab: np.ndarray, p: np.ndarray) -> bool:
    """Whether a larger cut has let background in: the rock on which a goat stands.

    So it is where the network's seeds lead to the smaller cut once more, and neither colours nor network prefer the
    larger one. Of 56 pictures before busy backgrounds it changes four: by 0.31, 0.24, 0.02 and -0.20 of overlap.

    Args:
        p: (H, W) float, of each pixel being the subject's, by the network.
    """
    same = np.count_nonzero(striking & seeded) >= SAME_CUT * np.count_nonzero(striking | seeded)
    plausible = matte_confidence(striking, lab) >= matte_confidence(whole, lab)
    return bool(same and plausible and expected_overlap(striking, p) > expected_overlap(whole, p))


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
