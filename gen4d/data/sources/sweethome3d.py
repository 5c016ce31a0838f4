"""Furniture catalogues of Debian's `sweethome3d-furniture`: five zips of OBJ models with a properties file.

Licences differ by catalogue: Blend Swap CC-0 is public domain, the others are CC-BY; each object names its creator.
"""

import re
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from PIL import Image

from gen4d.data.articles import with_article
from gen4d.data.captions import PERSON
from gen4d.data.objects import NO_TEXTURE, SourceObject
from gen4d.data.records import Rejection, unreadable
from gen4d.errors import InputError

TEXTURE_LIMIT = 512  # px; larger textures cannot be seen at 128 px a view
# Held out for evaluation (catalogue, model); "" matches any catalogue. Compared without case and punctuation.
HELD_OUT = (
    ("", "horse2"), ("blendswap", "hamburger"), ("", "reflexcamera"), ("", "bulldog"), ("", "winchestersofa"),
    ("", "sofawhitebeige"), ("scopia", "bus"), ("scopia", "bicycle"), ("", "daftruck"), ("", "backpack"), ("", "radio"),
    ("", "cuckooclock"), ("", "siamesecat"), ("scopia", "rabbit"), ("", "wheelbarrow"),
)  # fmt: skip
SKIPPED_CATEGORIES = ("staircases",)
NO_WORDS = ("blend swap", "scpts", "haussmann")  # tags that name where a model comes from
SPELLED = {
    "trunck": "trunk", "hashtray": "ashtray", "mocassin": "moccasin", "barnum": "canopy tent", "male": "man",
    "female": "woman", "frame h i an": "picture frame", "frame chambord": "picture frame",
}  # fmt: skip
POSED = re.compile(r"^(holding|sitting|lying down) (\w+)$|^mannequin (\w+)$")


def unpack(archives: Path, folder: Path) -> None:
    """Unpack the `.sh3f` zips of a folder, each whole into a folder of its own; what is there already is kept.

    Raises:
        InputError: a zip is truncated or damaged, or there is neither a zip nor a catalogue unpacked before.
    """
    found = sorted(archives.rglob("*.sh3f"))
    if not found and not any(folder.glob("*/PluginFurnitureCatalog.properties")):
        raise InputError(f"{archives.name}: it holds no catalogues, files that end in .sh3f.")
    for archive in found:
        target = folder / archive.stem
        if target.exists():
            continue
        partial = target.with_name(f".{target.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        try:
            with zipfile.ZipFile(archive) as opened:
                opened.extractall(partial)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            shutil.rmtree(partial, ignore_errors=True)
            raise InputError(f"{archive.name}: it is truncated or damaged ({error}).") from error
        partial.replace(target)


def iterate(folder: Path, skip: Callable[[str], bool] = lambda _: False) -> Iterator[SourceObject | Rejection]:
    """Yield every object of the unpacked catalogues whose id is not skipped, without the held-out ones.

    In place of a model that cannot be read its rejection is yielded.

    Raises:
        InputError: a catalogue folder holds no properties file.
    """
    for catalogue in sorted(p for p in folder.iterdir() if p.is_dir() and p.suffix != ".partial"):
        table = read_properties(catalogue / "PluginFurnitureCatalog.properties")
        for index in sorted(table, key=int):
            entry = table[index]
            if is_held_out(catalogue.name, entry) or entry.get("category", "").lower() in SKIPPED_CATEGORIES:
                continue
            if skip(object_id(catalogue, entry)):
                continue
            try:
                yield load(catalogue, entry)
            except (InputError, ValueError, KeyError, IndexError, OSError) as error:
                yield unreadable(object_id(catalogue, entry), error)


def read_properties(path: Path) -> dict[str, dict[str, str]]:
    """Entries of a Java properties file with keys `field#number`, as number -> field -> value."""
    if not path.exists():
        raise InputError(f"{path.parent.name}: it holds no {path.name}; unpack the .sh3f archives first.")
    table: dict[str, dict[str, str]] = {}
    for line in path.read_text("latin-1").splitlines():
        match = re.match(r"([A-Za-z]+)#(\d+)\s*=\s*(.*)", line)
        if match:
            value = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), match[3]).strip()
            table.setdefault(match[2], {})[match[1]] = value
    return table


def is_held_out(catalogue: str, entry: dict[str, str]) -> bool:
    """True for the objects kept for evaluation, by the file name of their model or their catalogue id."""
    names = {_letters(Path(entry.get("model", "")).stem), _letters(entry.get("id", "").split("#")[-1])}
    return any(_letters(catalogue).startswith(where) and what in names for where, what in HELD_OUT)


def object_id(catalogue: Path, entry: dict[str, str]) -> str:
    """The id of an entry: `sweethome3d/CATALOGUE/NAME`."""
    return f"sweethome3d/{catalogue.name}/{entry['id'].split('#')[-1]}"


def load(catalogue: Path, entry: dict[str, str]) -> SourceObject:
    """Read one model with its labels."""
    soup = _load_obj(catalogue / entry["model"].lstrip("/"))
    if "modelRotation" in entry:
        rotation = np.array(entry["modelRotation"].split(), np.float64).reshape(3, 3)
        soup["vertices"] = soup["vertices"] @ rotation.T
    category = entry.get("category", "").lower()
    words = captions(entry, category)
    return SourceObject(
        id=object_id(catalogue, entry),
        source="sweethome3d",
        licence="CC0-1.0" if "CC-0" in catalogue.name else "CC-BY-3.0",
        author=entry.get("creator", "unknown"),
        captions=words,
        category=category,
        plan="biped" if category == "characters" and PERSON.search(words[0]) else "",
        variant_of=re.sub(r"[0-9]+$", "", object_id(catalogue, entry)),
        **soup,
    )


def captions(entry: dict[str, str], category: str) -> tuple[str, ...]:
    """What people would type for a catalogue entry."""
    name = re.sub(r"\(.*?\)|\b\d\w*|(?<=[a-z]{4})\d+", " ", entry.get("name", "").lower())  # but "mp3"
    name = re.sub(r"\s+", " ", re.sub(r"[^a-z0-9' -]| - ", " ", name)).strip() or category
    for wrong, right in SPELLED.items():
        name = re.sub(rf"\b{wrong}\b", right, name)
    name = POSED.sub(_posed, name)
    thing = with_article(name)
    words = [thing]
    tags = [t.strip().lower() for t in entry.get("tags", "").split(",") if t.strip()]
    words += [
        f"{thing}, {tag}"  # a tag is another word for the thing, seldom one to put before its name
        for tag in [tag for tag in tags if tag not in NO_WORDS][:2]
        if tag not in name and re.fullmatch("[a-z -]+", tag)
    ]
    if category and category not in ("miscellaneous", name):
        words.append(f"{thing}, {category}")
    return tuple(dict.fromkeys(words))


def _posed(found: re.Match[str]) -> str:
    """ "holding man" -> "man holding something", "sitting boy" -> "boy sitting"."""
    doing, person, shown = found.groups()
    if shown:
        return f"mannequin of a {shown}"
    return f"{person} holding something" if doing == "holding" else f"{person} {doing}"


def _load_obj(path: Path) -> dict[str, Any]:
    # With maintain_order trimesh drops the uv of every file whose faces name texture coordinates in another order.
    scene = trimesh.load(path, process=False)
    parts = list(scene.geometry.values()) if isinstance(scene, trimesh.Scene) else [scene]
    vertices, faces, colors, uvs, which = [], [], [], [], []
    textures: list[np.ndarray] = []
    offset = 0
    for part in parts:
        if not isinstance(part, trimesh.Trimesh) or not len(part.faces):
            continue
        triangles = np.asarray(part.faces, np.int64)
        color, image = _material(part)
        uv = getattr(part.visual, "uv", None)
        if uv is None and image is not None:  # a texture nobody can place; its mean colour is the best there is
            color, image = _mean_color(image), None
        vertices.append(np.asarray(part.vertices, np.float64))
        faces.append(triangles + offset)
        colors.append(np.broadcast_to(color, (len(triangles), 3, 3)))
        if image is not None and uv is not None and len(uv) == len(part.vertices):
            flipped = np.stack([uv[:, 0], 1 - uv[:, 1]], 1)
            uvs.append(flipped[triangles])
            which.append(np.full(len(triangles), len(textures)))
            textures.append(image)
        else:
            uvs.append(np.zeros((len(triangles), 3, 2)))
            which.append(np.full(len(triangles), NO_TEXTURE))
        offset += len(part.vertices)
    if not faces:
        raise InputError(f"{path.name}: no triangles.")
    return {
        "vertices": np.concatenate(vertices),
        "faces": np.concatenate(faces),
        "corner_colors": np.concatenate(colors).astype(np.float32),
        "corner_uv": np.nan_to_num(np.concatenate(uvs)).astype(np.float32),
        "texture_index": np.concatenate(which).astype(np.int64),
        "textures": tuple(textures),
    }


def _material(part: trimesh.Trimesh) -> tuple[np.ndarray, np.ndarray | None]:
    """sRGB colour (3,) in [0, 1] and a texture; MTL colours are taken as sRGB, as the catalogue shows them."""
    material = getattr(part.visual, "material", None)
    if material is None:
        return np.full(3, 0.8, np.float32), None
    color = np.asarray(material.main_color[:3], np.float32) / 255
    image = getattr(material, "image", None)
    if image is None:
        return color, None
    picture = image.convert("RGBA")
    picture.thumbnail((TEXTURE_LIMIT, TEXTURE_LIMIT), Image.Resampling.BOX)
    return np.ones(3, np.float32), np.asarray(picture)


def _mean_color(image: np.ndarray) -> np.ndarray:
    """The mean sRGB colour (3,) in [0, 1] of a texture (H, W, 4) uint8 where it is solid."""
    solid = image[..., 3] > 127
    return (image[solid] if solid.any() else image.reshape(-1, 4))[:, :3].mean(0).astype(np.float32) / 255


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
