"""People of all ages from the parametric body model Anny (Apache-2.0 code, MakeHuman data under CC0), dressed by us.

Its first use builds a cache of 0.8 GB in the user's cache folder, which takes minutes; nothing is downloaded.

Source: Brégier et al., "Human Mesh Modeling for Anny Body", arXiv 2511.03589.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from gen4d.data.objects import NO_TEXTURE, SourceObject
from gen4d.data.sources.anny_clothes import (
    LONG_SLEEVES,
    SHIRT,
    SHORTS,
    SLEEVES,
    TROUSERS,
    Color,
    Dressed,
    Outfit,
    dress,
    vertex_regions,
)
from gen4d.errors import MissingDependency
from gen4d.streams import Streams

LICENCE, AUTHOR = "CC0-1.0", "MakeHuman community; Anny by NAVER Corp."
CLOTH: tuple[tuple[str, Color], ...] = (
    ("red", (0.76, 0.12, 0.12)), ("blue", (0.14, 0.29, 0.70)), ("green", (0.16, 0.50, 0.22)),
    ("yellow", (0.93, 0.80, 0.20)), ("white", (0.94, 0.94, 0.93)), ("black", (0.09, 0.09, 0.10)),
    ("grey", (0.50, 0.50, 0.52)), ("brown", (0.40, 0.25, 0.14)), ("purple", (0.45, 0.20, 0.58)),
    ("pink", (0.93, 0.55, 0.68)), ("orange", (0.92, 0.50, 0.12)), ("dark blue", (0.08, 0.13, 0.35)),
)  # fmt: skip
SKINS: tuple[Color, ...] = (
    (0.95, 0.80, 0.70), (0.90, 0.72, 0.58), (0.80, 0.60, 0.45), (0.64, 0.44, 0.31), (0.46, 0.30, 0.20),
    (0.31, 0.20, 0.14),
)  # fmt: skip
HAIRS: tuple[tuple[str, Color], ...] = (
    ("black", (0.07, 0.06, 0.06)), ("brown", (0.27, 0.16, 0.09)), ("blond", (0.85, 0.68, 0.36)),
    ("red", (0.58, 0.23, 0.09)),
)  # fmt: skip
WHITE_HAIR: tuple[str, Color] = ("white", (0.88, 0.88, 0.87))
# Share of people, Anny's age (0 baby, 1/3 child, 2/3 young adult, 1 old), and what a male and a female are called.
AGES = (
    (0.10, (0.05, 0.16), ("toddler", "toddler")),
    (0.20, (0.24, 0.40), ("boy", "girl")),
    (0.50, (0.58, 0.80), ("man", "woman")),
    (0.20, (0.94, 1.00), ("old man", "old woman")),
)


@dataclass(frozen=True)
class Person:
    """One sampled human: Anny's shape parameters in [0, 1], clothes, and words."""

    shape: dict[str, float]
    outfit: Outfit
    captions: tuple[str, ...]


def iterate(count: int, skip: Callable[[str], bool] = lambda _: False) -> Iterator[SourceObject]:
    """Yield people in an A-pose whose id is not skipped; the n-th is always the same.

    Raises:
        MissingDependency: the package `anny` is not installed.
    """
    body = None
    for index in range(count):
        object_id = f"anny/{index:04d}"
        if skip(object_id):
            continue
        body = body or Body()
        person = sample(Streams(0).numpy("anny", index))
        dressed = body.dressed(person)
        yield SourceObject(
            id=object_id,
            source="anny",
            licence=LICENCE,
            author=AUTHOR,
            captions=person.captions,
            category="person",
            plan="biped",
            vertices=dressed.vertices,
            faces=dressed.faces,
            corner_colors=dressed.corner_colors,
            corner_uv=np.zeros((len(dressed.faces), 3, 2), np.float32),
            texture_index=np.full(len(dressed.faces), NO_TEXTURE),
            variant_of=object_id,
            rigged=True,
        )


class Body:
    """The opened model; `dressed` and `bones` are in metres, +Y up, facing +Z."""

    def __init__(self) -> None:
        try:
            import anny  # pyright: ignore[reportMissingImports]  # an extra
        except ImportError as error:
            raise MissingDependency("anny: it is not installed; run pip install 'gen4d[data]'.") from error
        self.model: Any = anny.Anny()  # pyright: ignore[reportAttributeAccessIssue]  # an extra
        self.faces = self.model.get_triangular_faces().numpy().astype(np.int64)
        self.bone_names: tuple[str, ...] = tuple(self.model.bone_labels)
        self.parents: list[int] = list(self.model.bone_parents)
        self.bones = self.model.vertex_bone_indices.numpy().astype(np.int64)  # (V, K)
        self.weights = self.model.vertex_bone_weights.numpy().astype(np.float64)
        self.regions = vertex_regions(self.bone_names, self.bones, self.weights)

    def rest(self, person: Person) -> tuple[np.ndarray, np.ndarray]:
        """Vertices (V, 3) and places of the bones' heads (B, 3) of a bare body in its A-pose."""
        import torch

        with torch.inference_mode():
            posed = self.model(phenotype_kwargs=person.shape)
        return _upright(posed["rest_vertices"][0].numpy()), _upright(posed["rest_bone_heads"][0].numpy())

    def dressed(self, person: Person) -> Dressed:
        """The body in its clothes."""
        return dress(self.rest(person)[0], self.faces, self.regions, person.outfit)


def sample(rng: np.random.Generator) -> Person:
    """Draw a person."""
    _, (youngest, oldest), nouns = AGES[int(rng.choice(len(AGES), p=[share for share, _, _ in AGES]))]
    female = bool(rng.random() < 0.5)
    noun = nouns[int(female)]
    shape = {name: float(rng.beta(1.2, 1.2)) for name in ("muscle", "weight", "height", "proportions")}
    shape |= {"gender": float(female), "age": float(rng.uniform(youngest, oldest))}
    outfit, words = _clothes(rng, noun, female)
    return Person(shape, outfit, _captions(noun, shape, words))


def _clothes(rng: np.random.Generator, noun: str, female: bool) -> tuple[Outfit, dict[str, str]]:
    top, bottom, shoes = (CLOTH[int(i)] for i in rng.integers(len(CLOTH), size=3))
    old = noun.startswith("old")
    hair = WHITE_HAIR if old else HAIRS[int(rng.integers(len(HAIRS)))]
    kinds = (
        {"trousers": 0.4, "shorts": 0.1, "skirt": 0.2, "dress": 0.3} if female else {"trousers": 0.75, "shorts": 0.25}
    )
    kind = str(rng.choice(list(kinds), p=list(kinds.values())))
    bottom = top if kind == "dress" else bottom
    sleeves = (SHIRT, SLEEVES, LONG_SLEEVES)[int(rng.integers(3))]
    bald = not female and bool(rng.random() < (0.35 if old else 0.1))
    outfit = Outfit(
        skin=SKINS[int(rng.integers(len(SKINS)))],
        hair=hair[1],
        top=top[1],
        bottom=bottom[1],
        shoes=shoes[1],
        upper=(*sleeves, "hips") if kind == "dress" else sleeves,
        lower={"trousers": TROUSERS, "shorts": SHORTS}.get(kind, ("hips",)),
        skirt_hem=float(rng.uniform(0.08, 0.32)) if kind in ("skirt", "dress") else None,
        long_hair=female,
        bald=bald,
    )
    shirt = {SHIRT: "sleeveless top", SLEEVES: "t-shirt", LONG_SLEEVES: "shirt"}[sleeves]
    lower = f"{bottom[0]} {kind}" if kind in ("trousers", "shorts") else f"a {bottom[0]} {kind}"
    words = {
        "wear": f"a {top[0]} dress" if kind == "dress" else f"a {top[0]} {shirt}",
        "outfit": f"a {top[0]} dress" if kind == "dress" else f"a {top[0]} {shirt} and {lower}",
        "hair": "bald" if bald else f"with {hair[0]} hair",
    }
    return outfit, {key: text.replace("a orange", "an orange") for key, text in words.items()}


def _captions(noun: str, shape: dict[str, float], words: dict[str, str]) -> tuple[str, ...]:
    grown = noun.rsplit(maxsplit=1)[-1] in ("man", "woman")
    looks = [("tall", shape["height"] > 0.8 and grown), ("short", shape["height"] < 0.2 and grown)]
    looks += [("muscular", shape["muscle"] > 0.75 and 0.3 < shape["weight"] < 0.8 and grown)]
    looks += [("fat", shape["weight"] > 0.8), ("thin", shape["weight"] < 0.2)]
    adjectives = " ".join(word for word, true in looks if true)
    described = f"{adjectives} {noun}".strip()
    hair = f"bald {noun}" if words["hair"] == "bald" else f"{noun} {words['hair']}"
    phrases = (noun, described, f"{noun} in {words['wear']}", f"{described} in {words['outfit']}", hair, "person")
    return tuple(dict.fromkeys(f"{'an' if phrase[0] in 'aeiou' else 'a'} {phrase}" for phrase in phrases))


def _upright(points: np.ndarray) -> np.ndarray:
    """Anny's z up, facing -y, to +Y up, facing +Z."""
    return points.astype(np.float64)[:, [0, 2, 1]] * [1, 1, -1]
