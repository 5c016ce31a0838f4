"""A simple guess of how shiny a surface is: the words name a material, the colours say where it is.

Nothing is measured: views carry no highlights. Words that name no material leave the surface rough and without metal.
Metal is put only where the base colour could be that metal's, so a gold crown keeps its rubies and a sword its grip.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

import torch

from gen4d.structures import Material


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


Metal = Literal["grey", "warm"]
PLAIN_ROUGHNESS = 0.8
METALLIC = 0.9  # a little diffuse light stays, so that metal is not black where a scene has nothing to reflect
METALS: dict[Metal, tuple[float, frozenset[str]]] = {  # roughness, and the words for the metal itself
    "grey": (
        0.35,
        _words("steel iron silver chrome chromed aluminium aluminum metal metallic titanium pewter"),
    ),
    "warm": (0.3, _words("gold golden brass bronze copper")),
}
THINGS: dict[Metal, frozenset[str]] = {  # things that are of metal when nothing else is said
    "grey": _words("sword dagger knife blade axe armor armour helmet anvil wrench cannon pistol rifle kettle scissors"),
    "warm": _words("crown trophy medal coin trumpet"),
}
LIVING = _words(  # beside them "golden" and "silver" are colours
    "dog puppy retriever cat kitten fish goldfish fox horse bear lion monkey eagle bird wolf rabbit cow deer snake "
    "spider man woman boy girl person hair fur leaves tree flower"
)
ROUGHNESS: tuple[tuple[float, frozenset[str]], ...] = (  # what is no metal; the first line that fits decides
    (0.1, _words("glass crystal mirror")),
    (0.2, _words("ice porcelain glazed glossy shiny polished wet")),
    (0.3, _words("ceramic marble lacquered enamel")),
    (
        0.95,
        _words("wool woollen woolen knitted felt cloth fabric velvet plush furry fluffy fur paper cardboard"),
    ),
    (0.9, _words("stone brick concrete clay rubber chalk sand")),
    (0.75, _words("wood wooden oak pine bamboo wicker")),
    (0.55, _words("leather wax")),
    (
        0.45,
        _words("plastic vinyl painted car truck bus van taxi motorcycle scooter helicopter airplane jet"),
    ),
)
GREY_SATURATION = (0.30, 0.18)  # of HSV: none of it is grey metal above the first, all below the second
WARM_SATURATION = (0.25, 0.40)
WARM_HUE = (10.0, 62.0)  # degrees, copper to brass
DARKEST = (0.12, 0.25)  # value of HSV below and above which a texel is surely not, and may well be, bare metal
UNIFORM = 0.02  # a share of metal this near to none or all needs no map


@dataclass(frozen=True)
class Guess:
    """What words say of a surface: roughness of what is no metal, and the metal that the colours may show, or None."""

    roughness: float
    metal: Metal | None
    word: str


def guess_from_words(words: str) -> Guess:
    """Read a prompt or caption; an empty one gives a plain surface."""
    known = re.findall(r"[a-z]+", words.lower())
    rough, said = next(
        ((value, word) for value, group in ROUGHNESS for word in known if word in group), (PLAIN_ROUGHNESS, "")
    )
    living = any(word in LIVING for word in known)
    for metal in ("grey", "warm"):
        named = next((word for word in known if word in METALS[metal][1] and not living), "")
        if named:
            return Guess(rough, metal, named)
    for metal in ("grey", "warm"):
        # "a wooden sword": a material that was named beats the usual one.
        named = next((word for word in known if word in THINGS[metal] and not said), "")
        if named:
            return Guess(rough, metal, named)
    return Guess(rough, None, said)


def with_looks(
    material: Material, words: str, *, roughness: float | None = None, metallic: float | None = None
) -> tuple[Material, str]:
    """A material with guessed roughness and metal, and one line that says what was guessed and why.

    Args:
        words: prompt or caption, may be empty.
        roughness, metallic: in [0, 1]; each replaces its guess everywhere.
    """
    guess = guess_from_words(words)
    share = _metal_share(material.base_color, guess.metal)  # (H, W)
    mean = float(share.mean())
    rough = guess.roughness + share * (METALS[guess.metal][0] - guess.roughness if guess.metal else 0)
    metal = METALLIC * share
    if roughness is not None:
        rough = torch.full_like(share, roughness)
    if metallic is not None:
        metal = torch.full_like(share, metallic)
    named = guess.word or "no word for a material"
    why = f"{named}: roughness {float(rough.mean()):.2f}, metal {float(metal.mean()):.2f}"
    if (roughness is not None and metallic is not None) or mean < UNIFORM or mean > 1 - UNIFORM:
        middle = rough.median(), metal.median()
        rough_factor, metal_factor = (round(float(value), 4) for value in middle)
        factors = replace(
            material, occlusion_roughness_metallic=None, roughness=rough_factor, metallic=metal_factor
        )  # fmt: skip
        return factors, why
    orm = torch.stack([torch.ones_like(share), rough, metal], -1).clamp(0, 1)
    return replace(material, occlusion_roughness_metallic=orm, roughness=1.0, metallic=1.0), why


def _metal_share(base_color: torch.Tensor, metal: Metal | None) -> torch.Tensor:
    """How far each texel's colour could be the metal's, (H, W) in [0, 1]."""
    if metal is None:
        return torch.zeros(base_color.shape[:2])
    red, green, blue = base_color[..., :3].unbind(-1)
    value, low = base_color[..., :3].amax(-1), base_color[..., :3].amin(-1)
    saturation = (value - low) / value.clamp(min=1e-6)
    bright = _ramp(value, *DARKEST)
    if metal == "grey":
        return bright * _ramp(saturation, *GREY_SATURATION)
    # Hue between red and yellow, where red is the largest and blue the smallest: 60 degrees times the share of green.
    hue = 60 * (green - blue) / (value - low).clamp(min=1e-6)
    warm = (red >= green) & (green >= blue) & (hue >= WARM_HUE[0]) & (hue <= WARM_HUE[1])
    return bright * _ramp(saturation, *WARM_SATURATION) * warm


def _ramp(values: torch.Tensor, none: float, full: float) -> torch.Tensor:
    """0 up to one limit, 1 from the other on, linear between; the limits may fall."""
    return ((values - none) / (full - none)).clamp(0, 1)
