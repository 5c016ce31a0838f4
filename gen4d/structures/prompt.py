"""What the user asks for: words, a photo, or both."""

import unicodedata
from dataclasses import dataclass

import torch

from gen4d.errors import InputError
from gen4d.shapes import check_tensor

MAX_PROMPT_CHARACTERS = 1000


def clean_text(text: str, name: str = "prompt") -> str:
    """Trim a prompt and refuse what no encoder can read.

    Raises:
        InputError: the text is empty, longer than `MAX_PROMPT_CHARACTERS`, or holds control characters.
    """
    text = text.strip()
    if not text:
        raise InputError(f"{name}: it is empty; describe the object in a few words, such as 'a paper plane'.")
    if len(text) > MAX_PROMPT_CHARACTERS:
        raise InputError(f"{name}: it has {len(text)} characters; at most {MAX_PROMPT_CHARACTERS} are allowed.")
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in text.replace("\n", " ").replace("\t", " ")):
        raise InputError(f"{name}: it holds control characters; use plain text.")
    return " ".join(text.split())


@dataclass(frozen=True)
class Prompt:
    """Words and perhaps a photo of the subject.

    Fields:
        text: what to make, or "" when there is only a photo.
        negative: what to keep away from, or "".
        photo: (H, W, 4) float32, sRGB in [0, 1] with alpha, or None.
        photo_back, photo_left, photo_right: the same subject from behind, and from the left and the right of `photo`.
        whole: no subject was found apart from its background, so that `photo` shows all of the picture.
        person: the subject was found by a face, so it is somebody, whatever its outline looks like.
    """

    text: str = ""
    negative: str = ""
    photo: torch.Tensor | None = None
    photo_back: torch.Tensor | None = None
    photo_left: torch.Tensor | None = None
    photo_right: torch.Tensor | None = None
    whole: bool = False
    person: bool = False

    def __post_init__(self) -> None:
        if not self.text and self.photo is None:
            raise InputError("prompt: give words, a photo, or both.")
        for name in ("photo", "photo_back", "photo_left", "photo_right"):
            if (photo := getattr(self, name)) is not None:
                check_tensor(f"Prompt.{name}", photo, ("H", "W", 4), torch.float32, {}, low=0.0, high=1.0)
