"""What is known or guessed of a photo before anything is made of it: what it shows, and from which side."""

import math
from dataclasses import dataclass

import torch

from gen4d.config import RunConfig
from gen4d.context import Context
from gen4d.photo.azimuth import likeliest_side, open_azimuth_net, side_odds
from gen4d.prior.describe import PhotoReading, describe_photo
from gen4d.prior.embedded import Prior
from gen4d.rig.words import plan_from_words
from gen4d.structures import Prompt

SURE_AZIMUTH = 0.9  # probability that the azimuth read is right: 32 of 76 photos have it, 91 % of them are right
SURE_CAPTION = 0.75  # similarity from which a caption of the prior's says what the photo shows: below, most are wrong
_PERSON = (("a person", 1.0),)  # what a photo shows in which a face was found: an outline cut off at the hips says less


@dataclass(frozen=True)
class PhotoGuess:
    """What is known or guessed about a photo.

    Fields:
        captions: (words, similarity in [-1, 1]), the likeliest first.
        azimuth: of the camera, radians; 0 before the subject's front, positive on the subject's +X side.
        elevation: of the camera above the horizon, radians.
        sureness: probability of the azimuth being within 30 degrees, as it is read; 1 where the user said it.
    """

    captions: tuple[tuple[str, float], ...] = ()
    azimuth: float = 0.0
    elevation: float = 0.0
    sureness: float = 1.0


def guess_of(prompt: Prompt, prior: Prior | None, cfg: RunConfig, ctx: Context) -> PhotoGuess:
    """What the photo shows and from which side: what the user says, else what the prior reads."""
    asked = cfg.photo
    azimuth, elevation = (math.radians(degrees or 0.0) for degrees in (asked.azimuth_deg, asked.elevation_deg))
    if prior is None or prompt.photo is None or is_card(prompt, cfg):
        return PhotoGuess(_PERSON if prompt.person else (), azimuth, elevation)
    read = describe_photo(prompt.photo, prior)
    side, sureness = _side_read(prompt.photo, read, prior)
    captions = (*(_PERSON if prompt.person else ()), *read.captions)
    ctx.note("photo.reads_as", captions[0][0])
    ctx.note("photo.reads_as_similarity", round(captions[0][1], 3))
    ctx.note("photo.azimuth_read_deg", round(math.degrees(side), 1))
    ctx.note("photo.azimuth_sureness", round(sureness, 3))
    told = asked.azimuth_deg is not None
    return PhotoGuess(
        captions,
        azimuth if told else side,
        elevation if asked.elevation_deg is not None else read.elevation,
        1.0 if told else sureness,
    )


def _side_read(photo: torch.Tensor, read: PhotoReading, prior: Prior) -> tuple[float, float]:
    """Azimuth, radians, and how sure it is: by the prior and by the azimuth network, each of the photo by both hands.

    The side that a mirrored photo is taken from is the mirrored one. `bench_azimuth.py` measures each way of reading.
    """
    mirrored = describe_photo(photo.flip(1), prior, 1)
    parts = ((read.azimuth, read.azimuth_confidence), (-mirrored.azimuth, mirrored.azimuth_confidence))
    sine, cosine = (sum(turn(a) * length for a, length in parts) / 2 for turn in (math.sin, math.cos))
    return likeliest_side(side_odds(photo, open_azimuth_net()), sine, cosine)


def told_pose(guess: PhotoGuess, cfg: RunConfig) -> tuple[float, float] | None:
    """The side the photo was taken from, radians, for the prior to know; None where the user said nothing of it.

    What is read from the photo is no news to the prior, but it completes what the user left open.
    """
    told = cfg.photo.azimuth_deg is not None or (cfg.photo.elevation_deg is not None and guess.sureness >= SURE_AZIMUTH)
    return (guess.azimuth, guess.elevation) if told else None


def is_card(prompt: Prompt, cfg: RunConfig) -> bool:
    """Whether all of a picture becomes a card, since no subject was found in it and no way asked for."""
    return prompt.whole and cfg.photo.way == "auto"


def sure_caption(guess: PhotoGuess) -> str:
    """The likeliest words for a photo, "" where they are too unsure to act on."""
    return next((words for words, similarity in guess.captions[:1] if similarity >= SURE_CAPTION), "")


def plan_of(prompt: Prompt, guess: PhotoGuess, cfg: RunConfig) -> str:
    """The body plan asked for, or that the words or the surely read caption name; "" where none does."""
    if cfg.rig.plan != "auto":
        return cfg.rig.plan
    return (plan_from_words(prompt.text or sure_caption(guess)) or ("", ""))[0]
