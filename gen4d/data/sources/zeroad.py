"""0 A.D. (Debian `0ad-data`, CC-BY-SA-3.0): units, animals, buildings, ships, siege engines, trees and things.

The game's templates name each entity in English and point to its actor; actors of several templates are yielded once.
"""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from gen4d.data.objects import SourceObject
from gen4d.data.records import Rejection, unreadable
from gen4d.data.sources.zeroad_actors import Archive, Assembler, Color, Piece, random_pick
from gen4d.data.sources.zeroad_labels import Label, Template, is_held_out, label
from gen4d.data.sources.zeroad_words import PEOPLE
from gen4d.errors import InputError
from gen4d.streams import Streams

LICENCE, AUTHOR = "CC-BY-SA-3.0", "Wildfire Games"
TEMPLATES = "simulation/templates/"
FOLDERS = ("gaia/", "units/", "structures/", "campaigns/")
RANK = re.compile(r"_[abe]$")  # advanced, basic and elite soldiers differ in armour only
EXTRA_LOOKS = 2  # further random looks of a unit or an animal
AFLOAT = re.compile(r"dock|crannog|lighthouse|shipyard")  # they stand in water
VARIED = ("animal", "soldier", "rider", "person")
Soup = dict[str, Any]  # the arrays of a `SourceObject`, by the names of its fields
# Cloth dyes, for what the game paints in the player's colour: blue, red, green, yellow, purple, orange, white, brown.
DYES: tuple[Color, ...] = (
    (0.15, 0.28, 0.65), (0.62, 0.10, 0.10), (0.20, 0.42, 0.18), (0.80, 0.66, 0.22), (0.40, 0.20, 0.46),
    (0.76, 0.40, 0.12), (0.88, 0.86, 0.80), (0.42, 0.27, 0.16),
)  # fmt: skip


def iterate(folder: Path, skip: Callable[[str], bool] = lambda _: False) -> Iterator[SourceObject | Rejection]:
    """Yield every named entity, units and animals in up to three looks; the held-out animals are left out.

    In place of an entity whose files cannot be read its rejection is yielded.

    Args:
        folder: holds `public.zip`, as the unpacked Debian package does, or the unpacked mod.
        skip: ids for which it is true are not made.

    Raises:
        InputError: the folder holds neither.
    """
    archive = Archive(folder)
    seen: set[str] = set()
    for template in templates(archive):
        if isinstance(template, Rejection):
            if not skip(template.id):
                yield template
            continue
        if template.actor in seen or is_held_out((template.name, template.actor)):
            continue
        seen.add(template.actor)
        made = 0
        try:
            for obj in looks(archive, template, skip):
                made += 1
                yield obj
        except (InputError, ValueError, LookupError) as error:
            failed = unreadable(f"zeroad/{template.name}" + (f"+{made}" if made else ""), error)
            if not skip(failed.id):
                yield failed


def templates(archive: Archive) -> Iterator[Template | Rejection]:
    """All entities with an actor, in order of their names; in place of a damaged one its rejection."""
    for path in sorted(archive.names):
        name = path.removeprefix(TEMPLATES).removesuffix(".xml")
        if not path.startswith(TEMPLATES) or not path.endswith(".xml") or not name.startswith(FOLDERS):
            continue
        try:
            ancestry = list(_ancestry(archive, name))
        except InputError as error:
            yield unreadable(f"zeroad/{name}", error)
            continue
        actor, generic, specific, civ = (
            next((text.strip() for root in ancestry if (text := root.findtext(tag))), "")
            for tag in ("VisualActor/Actor", "Identity/GenericName", "Identity/SpecificName", "Identity/Civ")
        )
        if actor:
            generic = generic.lower().replace('\\"', '"').rstrip(".")
            folder = name.split("/")[1]  # more telling than the template's civilisation, which some inherit wrongly
            yield Template(name, actor, generic, specific.lower(), folder if folder in PEOPLE else civ)


def looks(
    archive: Archive, template: Template, skip: Callable[[str], bool] = lambda _: False
) -> Iterator[SourceObject]:
    """One random look of a template and, for what is alive, up to `EXTRA_LOOKS` others; the same ones every time.

    Raises:
        InputError: a file is missing or damaged.
    """
    ids = [f"zeroad/{template.name}" + (f"+{number}" if number else "") for number in range(1 + EXTRA_LOOKS)]
    seen: set[tuple[tuple[str, str], ...]] = set()
    for object_id in [] if all(skip(object_id) for object_id in ids) else ids:
        rng = Streams(0).numpy("zeroad", object_id)
        assembler = Assembler(archive, random_pick(rng), DYES[int(rng.integers(len(DYES)))])
        pieces = assembler.pieces(template.actor)
        parts = [piece.actor for piece in pieces]
        words = label(template, parts)
        if words is None or not pieces or is_held_out(parts):
            return
        look = tuple((piece.actor, piece.texture_name) for piece in pieces)
        if look in seen:
            continue  # chance chose the same again, or nothing about it is random
        seen.add(look)
        if skip(object_id):
            continue
        yield SourceObject(
            id=object_id,
            source="zeroad",
            licence=LICENCE,
            author=AUTHOR,
            captions=words.captions,
            category=words.category,
            plan=words.plan,
            variant_of=f"zeroad/{RANK.sub('', template.name)}",
            rigged=words.category in VARIED,
            **(cut_at_ground(soup(pieces)) if stands_on_land(template, words) else soup(pieces)),
        )
        if words.category not in VARIED:
            return


def stands_on_land(template: Template, words: Label) -> bool:
    """True for what has foundations or roots under the ground, which nobody means to see."""
    return words.category in ("building", "tree", "plant") and not AFLOAT.search(template.name)


def soup(pieces: list[Piece]) -> Soup:
    """Pieces as the arrays of a `SourceObject`."""
    which = np.repeat(np.arange(len(pieces)), [len(piece.faces) for piece in pieces])
    offsets = np.cumsum([0, *(len(piece.vertices) for piece in pieces)])
    faces = [piece.faces + offset for piece, offset in zip(pieces, offsets[:-1], strict=True)]
    return {
        "vertices": np.concatenate([piece.vertices for piece in pieces]),
        "faces": np.concatenate(faces),
        "corner_colors": np.ones((len(which), 3, 3), np.float32),
        "corner_uv": np.concatenate([piece.mesh.uv[piece.faces] for piece in pieces]),
        "texture_index": which,
        "textures": tuple(piece.texture for piece in pieces),
    }


def cut_at_ground(whole: Soup) -> Soup:
    """A soup without what lies below y = 0; triangles that cross the ground are cut along it."""
    vertices, faces, uv, which = (whole[key] for key in ("vertices", "faces", "corner_uv", "texture_index"))
    height = vertices[faces][..., 1]  # (F, 3)
    above = (height >= 0).all(1)
    new_vertices, new_uv, new_which = [], [], []
    for face in np.flatnonzero((height > 0).any(1) & ~above):
        corners = np.concatenate([vertices[faces[face]], uv[face]], 1)  # (3, 5)
        ring = []
        for start, end in zip(corners, np.roll(corners, -1, 0), strict=True):
            if start[1] >= 0:
                ring.append(start)
            if (start[1] >= 0) != (end[1] >= 0):
                ring.append(start + (end - start) * start[1] / (start[1] - end[1]))
        for second, third in pairwise(ring[1:]):
            triangle = np.stack([ring[0], second, third])
            new_vertices.append(triangle[:, :3])
            new_uv.append(triangle[:, 3:])
            new_which.append(which[face])
    count = len(new_which)
    added = np.arange(3 * count).reshape(count, 3) + len(vertices)
    return whole | {
        "vertices": np.concatenate([vertices, np.reshape(new_vertices, (-1, 3))]),
        "faces": np.concatenate([faces[above], added]),
        "corner_colors": np.ones((above.sum() + count, 3, 3), np.float32),
        "corner_uv": np.concatenate([uv[above], np.reshape(new_uv, (-1, 3, 2))]).astype(np.float32),
        "texture_index": np.concatenate([which[above], np.array(new_which, np.int64)]),
    }


def _ancestry(archive: Archive, name: str) -> Iterator[ElementTree.Element]:
    """A template's root element and those of its ancestors, nearest first."""
    paths = [f"{TEMPLATES}{folder}{name}.xml" for folder in ("", "mixins/", "special/filter/")]
    root = archive.xml(next((path for path in paths if path in archive.names), paths[0]))
    yield root
    for parent in reversed([p for p in root.get("parent", "").split("|") if p]):  # "mixin|base"
        yield from _ancestry(archive, parent)
