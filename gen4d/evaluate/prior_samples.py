"""What can be said of drawn views without true ones: whether the words fit, and whether they are new."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from gen4d.evaluate.judge import CANDIDATES, Judge, Verdict, as_input, nearest_distance, small_pictures
from gen4d.streams import Streams
from gen4d.structures import MultiView


@dataclass(frozen=True)
class SampleMeasures:
    """What verdicts are made from: the judge, training objects to compare with, and the captions to tell.

    Fields:
        training: (N, D), what `judge.described` says of them.
        names: distinct first captions of the validation objects.
        known: sentence vectors (TEXT_WIDTH,) of the names.
    """

    judge: Judge
    training: torch.Tensor
    names: list[str]
    known: Mapping[str, torch.Tensor]

    def verdict(self, views: MultiView, caption: str) -> Verdict:
        """What the judge says of views that a caption should fit."""
        pictures = small_pictures(views)
        with torch.inference_mode():
            vector = self.judge.of_views(as_input(pictures)[None])[0]
            right = found(self.judge, vector, candidates(caption, self.names), self.known)
        nearest = nearest_distance(pictures, self.training)
        return Verdict(right, nearest, tuple(round(value, 5) for value in vector.tolist()))


def candidates(caption: str, names: list[str]) -> list[str]:
    """The right caption first, then up to `CANDIDATES` - 1 wrong ones, the same for every way of drawing."""
    wrong = [name for name in names if name != caption]
    order = Streams(0).numpy("judge.candidates", caption).permutation(len(wrong))
    return [caption, *(wrong[row] for row in order[: CANDIDATES - 1])]


def found(judge: Judge, vector: torch.Tensor, captions: list[str], known: Mapping[str, torch.Tensor]) -> bool:
    """Whether the first of some captions fits a judge's vector (WIDTH,) best."""
    with torch.no_grad():
        scores = judge.of_words(torch.stack([known[caption] for caption in captions])) @ vector
    return int(scores.argmax()) == 0
