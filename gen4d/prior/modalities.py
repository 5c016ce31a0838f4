"""What the prior knows or imagines: six views, a photo, a sentence, and the side the photo was taken from.

Every modality has a time of its own (Bao et al. 2023, UniDiffuser, arXiv:2303.06555): 0 is given, 1 is unknown, and
anything between is noisy. So one network draws views from words or a photo, the rest of the views from some of them, or
words from a photo, and a modality that is not given needs no learned null token: at time 1 it holds no information, and
is fed as zeros.
"""

from dataclasses import dataclass, replace
from functools import reduce

import torch

from gen4d.prior.noise import add_noise, sample_times

VIEWS = 6
POSE_NUMBERS = 3  # sine and cosine of the azimuth, and the elevation over `ELEVATION_SCALE`
ELEVATION_SCALE = 0.5  # radians; brings elevations to the spread of the other two

# What a training item is given, and how often. "parts" has some views given, "free" a random time for everything.
PLANS: tuple[tuple[str, float], ...] = (
    ("text", 0.34),
    ("photo", 0.36),
    ("photo+text", 0.08),
    ("nothing", 0.06),
    ("parts", 0.08),
    ("free", 0.08),
)
POSE_KNOWN = 0.2  # of the photos' poses are given with the photo


@dataclass(frozen=True)
class Modalities:
    """One batch of B items.

    Fields:
        views: (B, 6, C, S, S) latents.
        photo: (B, C, S, S) latents.
        sentence: (B, D) pooled features of a caption, about unit variance.
        words: (B, T, D) features of its words, zero past its end; only ever given whole or as zeros.
        pose: (B, 3), see `POSE_NUMBERS`.
    """

    views: torch.Tensor
    photo: torch.Tensor
    sentence: torch.Tensor
    words: torch.Tensor
    pose: torch.Tensor

    def to(self, device: torch.device) -> "Modalities":
        """The same on a device."""
        return Modalities(*(getattr(self, name).to(device) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Times:
    """Times in [0, 1] of the modalities: views (B, 6), photo, sentence and pose (B,)."""

    views: torch.Tensor
    photo: torch.Tensor
    sentence: torch.Tensor
    pose: torch.Tensor

    def to(self, device: torch.device) -> "Times":
        """The same on a device."""
        return Times(*(getattr(self, name).to(device) for name in self.__dataclass_fields__))


def noise_like(clean: Modalities, generator: torch.Generator) -> Modalities:
    """Unit Gaussian noise for every modality; words have none."""

    def draw(x: torch.Tensor) -> torch.Tensor:
        return torch.randn(x.shape, generator=generator, device=generator.device)

    return Modalities(draw(clean.views), draw(clean.photo), draw(clean.sentence), clean.words, draw(clean.pose))


def draw_plans(count: int, generator: torch.Generator) -> torch.Tensor:
    """Rows of `PLANS` (count,) in their shares."""
    shares = torch.tensor([share for _, share in PLANS], device=generator.device)
    return torch.multinomial(shares, count, replacement=True, generator=generator)


def pose_numbers(azimuth: torch.Tensor, elevation: torch.Tensor) -> torch.Tensor:
    """Radians (B,) -> (B, 3)."""
    return torch.stack([azimuth.sin(), azimuth.cos(), elevation / ELEVATION_SCALE], -1)


def noised(clean: Modalities, times: Times, noise: Modalities) -> Modalities:
    """Every modality at its time; words are there only where the sentence is given."""
    return Modalities(
        views=add_noise(clean.views.flatten(0, 1), noise.views.flatten(0, 1), times.views.flatten()).view_as(
            clean.views
        ),
        photo=add_noise(clean.photo, noise.photo, times.photo),
        sentence=add_noise(clean.sentence, noise.sentence, times.sentence),
        words=clean.words * (times.sentence == 0)[:, None, None],
        pose=add_noise(clean.pose, noise.pose, times.pose),
    )


def draw_times(plans: torch.Tensor, generator: torch.Generator) -> Times:
    """Times for a batch, given the row of `PLANS` of each item (B,)."""
    count = len(plans)
    shared = sample_times(count, generator)
    device = generator.device
    free = torch.rand(count, 4, generator=generator, device=device)
    coin = torch.rand(count, 4, generator=generator, device=device)

    def of(*wanted: str) -> torch.Tensor:
        rows = [plans == [name for name, _ in PLANS].index(name) for name in wanted]
        return reduce(torch.logical_or, rows)

    def time(given: torch.Tensor, column: int) -> torch.Tensor:
        return torch.where(of("free"), free[:, column], torch.where(given, 0.0, 1.0))

    photo = of("photo", "photo+text") | of("parts") & (coin[:, 0] < 0.3)
    text = of("text", "photo+text") | of("parts") & (coin[:, 1] < 0.3)
    views = shared[:, None].expand(count, VIEWS).clone()
    # One to five views are given: those with the smallest random numbers.
    order = torch.rand(count, VIEWS, generator=generator, device=device).argsort(1)
    known = order < (1 + 5 * coin[:, 2:3]).long()
    views[of("parts")[:, None] & known] = 0.0
    return Times(
        views=torch.where(of("free")[:, None], free[:, :1].expand(count, VIEWS), views),
        photo=time(photo, 1),
        sentence=time(text, 2),
        pose=time(photo & (coin[:, 3] < POSE_KNOWN), 3),
    )


def unknown_as_zeros(state: Modalities, times: Times) -> Modalities:
    """Pure noise says nothing; zeros in its place say so without noise of their own."""
    return replace(
        state,
        photo=state.photo * (times.photo < 1)[:, None, None, None],
        sentence=state.sentence * (times.sentence < 1)[:, None],
        pose=state.pose * (times.pose < 1)[:, None],
    )
