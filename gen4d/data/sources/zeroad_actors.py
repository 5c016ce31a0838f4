"""0 A.D. actors -> pieces of textured mesh: variants are chosen, props attached, the idle pose taken.

An actor has groups of variants; one variant of each group is chosen and they are laid over one another. A variant
names a mesh, textures, animations, an object colour and props: other actors, each attached to a point of the mesh.
"""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image
from scipy.ndimage import distance_transform_edt

from gen4d.data.sources.zeroad_formats import NO_BONE, PmdMesh, PsaClip, parse_pmd, parse_psa, skin_vertices
from gen4d.errors import InputError

TEXTURE_LIMIT = 512  # px; larger textures cannot be seen at 128 px a view
MAX_DEPTH = 5  # a ship carries a rower who wears a helmet with a crest
CACHED_IMAGES = 256
OPAQUE_TEXEL = 128
MIN_FACE_OPACITY = 0.1  # a cut-out face that shows less than this of itself is dropped
SOLID_OPACITY = 0.8  # a piece whose faces show more than this of themselves, on average, counts as solid
# Points of a triangle at which its opacity is read.
FACE_SAMPLES = np.array([(i, j, 8 - i - j) for i in range(9) for j in range(9 - i)], np.float32) / 8
# What is not part of the object: missiles that appear in flight, smoke, dust, blood.
SKIPPED_POINTS = ("projectile", "loaded-")
SKIPPED_PROPS = ("particle/", "props/units/blood", "props/special/common/garrison_flag", "props/structures/decals/")

SMALLEST_AREA = 1e-9  # square metres

Pick = Callable[[list[float]], int]
Color = tuple[float, float, float]


class Archive:
    """The files of the game's `public` mod, read from its zip or from a folder it was unpacked into."""

    def __init__(self, folder: Path) -> None:
        archive = folder if folder.is_file() else next(iter(sorted(folder.rglob("public.zip"))), None)
        self.zip = self.root = None
        try:
            if archive is not None:
                self.zip = zipfile.ZipFile(archive)
                self.names = frozenset(self.zip.namelist())
            else:
                templates = next(iter(sorted(folder.rglob("simulation/templates"))), None)
                if templates is None:
                    raise InputError(f"{folder}: it holds neither public.zip nor simulation/templates of 0 A.D.")
                self.root = templates.parent.parent
                files = (path for path in self.root.rglob("*") if path.is_file())
                self.names = frozenset(path.relative_to(self.root).as_posix() for path in files)
        except zipfile.BadZipFile as error:
            raise InputError(f"{archive}: it is not a zip file, or it is cut off.") from error
        self.mesh = lru_cache(maxsize=None)(self._mesh)
        self.clip = lru_cache(maxsize=CACHED_IMAGES)(self._clip)
        self.image = lru_cache(maxsize=CACHED_IMAGES)(self._image)
        self.xml = lru_cache(maxsize=None)(self._xml)

    def read(self, path: str) -> bytes:
        """The bytes of one file.

        Raises:
            InputError: it is missing or damaged.
        """
        if path not in self.names:
            raise InputError(f"{path}: not in the 0 A.D. data.")
        try:
            if self.zip is not None:
                return self.zip.read(path)
            assert self.root is not None
            return (self.root / path).read_bytes()
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise InputError(f"{path}: it cannot be read ({error}).") from error

    def _xml(self, path: str) -> ElementTree.Element:
        try:
            return ElementTree.fromstring(self.read(path))
        except ElementTree.ParseError as error:
            raise InputError(f"{path}: {error}.") from error

    def _mesh(self, name: str) -> PmdMesh:
        return parse_pmd(self._converted(f"art/meshes/{name}", "pmd"))

    def _clip(self, name: str) -> PsaClip:
        return parse_psa(self._converted(f"art/animation/{name}", "psa"))

    def _converted(self, path: str, kind: str) -> bytes:
        """The game keeps what it converted beside the name of what it was made from."""
        converted = f"{path}.cached.{kind}"
        return self.read(converted if converted in self.names else path)

    def _image(self, name: str) -> np.ndarray:
        """(H, W, 4) uint8."""
        path = f"art/textures/skins/{name}"
        try:
            picture = Image.open(io.BytesIO(self._converted(path, "dds"))).convert("RGBA")
        except (OSError, NotImplementedError, SyntaxError) as error:
            raise InputError(f"{path}: Pillow cannot read it ({error}).") from error
        picture.thumbnail((TEXTURE_LIMIT, TEXTURE_LIMIT), Image.Resampling.BOX)
        return np.asarray(picture)


@dataclass(frozen=True)
class Look:
    """The variants of an actor laid over one another."""

    mesh: str = ""
    texture: str = ""
    material: str = "default.xml"
    color: Color | None = None
    props: dict[str, tuple[str, ...]] = field(default_factory=dict)
    animations: tuple[ElementTree.Element, ...] = ()


@dataclass(frozen=True)
class Piece:
    """One mesh of an assembled object, in the object's frame.

    Fields:
        vertices: (V, 3) float64, posed.
        mesh: its own data, in the bind pose.
        texture: (H, W, 4) uint8.
        actor: the actor it came from; texture_name: the file.
        carrier: bone of the outermost mesh it hangs on, `NO_BONE` where it moves with the object or its own bones.
    """

    vertices: np.ndarray
    mesh: PmdMesh
    faces: np.ndarray
    texture: np.ndarray
    texture_name: str
    actor: str
    carrier: int


@dataclass(frozen=True)
class Assembler:
    """How an actor is put together.

    Fields:
        pick: chooses a variant by the frequencies of a group.
        player_color: sRGB in [0, 1], painted where a texture leaves room for the player's colour.
        posed: take the first frame of the idle animation; False keeps the bind pose.
    """

    archive: Archive
    pick: Pick
    player_color: Color
    posed: bool = True

    def pieces(self, actor: str) -> list[Piece]:
        """All meshes of an actor and its props.

        Raises:
            InputError: a file is missing or damaged.
        """
        return list(self._pieces(actor, "", MAX_DEPTH))

    def look(self, actor: str) -> Look:
        """Choose one variant of each group and lay them over one another; later groups win."""
        root = self.archive.xml(f"art/actors/{actor}")
        if root.tag == "qualitylevels":
            root = _best_quality(root, self.archive, actor)
        look = Look(material=root.findtext("material", "default.xml").strip())
        for group in root.findall("group"):
            variants = [self._variant(variant) for variant in group.findall("variant")]
            if not variants:
                continue
            frequencies = [_frequency(parts) for parts in variants]
            if not any(frequencies):
                frequencies = [1.0] * len(variants)
            for part in variants[self.pick(frequencies)]:
                look = _laid_over(look, part)
        return look

    def idle(self, look: Look, preferred_id: str = "") -> ElementTree.Element | None:
        """The idle animation of a look: the one with the same id as its carrier's, else the most frequent."""
        candidates = [a for a in look.animations if a.get("name", "").lower() == "idle"]
        same = [a for a in candidates if preferred_id and a.get("id") == preferred_id]
        return max(same or candidates, key=lambda a: float(a.get("frequency", 1)), default=None)

    def _variant(self, element: ElementTree.Element) -> list[ElementTree.Element]:
        """A variant and, before it, the files it builds on."""
        name = element.get("file")
        if not name:
            return [element]
        return [*self._variant(self.archive.xml(f"art/variants/{name}")), element]

    def _pieces(self, actor: str, animation_id: str, depth: int) -> Iterator[Piece]:
        look = self.look(actor)
        if not look.mesh:
            return
        mesh = self.archive.mesh(look.mesh)
        animation = self.idle(look, animation_id) if self.posed and len(mesh.rest) else None
        frame = mesh.rest
        if animation is not None:
            animation_id = animation.get("id", "")
            if (clip := self.archive.clip(animation.get("file", ""))).frames.shape[1] == len(mesh.rest):
                frame = clip.frames[0]
        if look.texture:
            yield from self._own_piece(actor, look, mesh, frame)
        if depth:
            for point_name, actors in look.props.items():
                yield from self._attached(mesh, frame, point_name, actors, animation_id, depth - 1)

    def _own_piece(self, actor: str, look: Look, mesh: PmdMesh, frame: np.ndarray) -> Iterator[Piece]:
        # The mesh of the actor itself, without the faces that nobody can see; one that only carries others has a
        # single triangle of no size.
        vertices = skin_vertices(mesh, frame) if len(mesh.rest) else mesh.vertices
        faces = mesh.faces[_areas(vertices, mesh.faces) > SMALLEST_AREA]
        texture = self._texture(look)
        if texture[..., 3].min() < OPAQUE_TEXEL:
            opacity = _opacity(texture, mesh.uv[faces])
            faces, opacity = faces[opacity >= MIN_FACE_OPACITY], opacity[opacity >= MIN_FACE_OPACITY]
            if len(faces) and opacity.mean() > SOLID_OPACITY:
                texture = np.concatenate([texture[..., :3], np.full_like(texture[..., 3:], 255)], -1)
        if len(faces):
            yield Piece(vertices, mesh, faces, texture, look.texture, actor, NO_BONE)

    def _attached(
        self, mesh: PmdMesh, frame: np.ndarray, point_name: str, actors: tuple[str, ...], animation_id: str, depth: int
    ) -> Iterator[Piece]:
        # The props at one point of a mesh; at a point the mesh lacks there are none, as in the engine.
        point = mesh.prop_point(point_name)
        if point_name.startswith(SKIPPED_POINTS) or (point is None and point_name != "root"):
            return
        to_object, bone = np.eye(4), NO_BONE
        if point is not None:
            bone = point.bone if point.bone < len(frame) else NO_BONE
            to_object = point.matrix if bone == NO_BONE else frame[bone] @ point.matrix
        for actor in actors:
            if actor.startswith(SKIPPED_PROPS):
                continue
            for piece in self._pieces(actor, animation_id, depth):
                yield replace(piece, vertices=piece.vertices @ to_object[:3, :3].T + to_object[:3, 3], carrier=bone)

    def _texture(self, look: Look) -> np.ndarray:
        """The base texture with its alpha put to the use its material defines."""
        material = self.archive.xml(f"art/materials/{look.material}")
        defines = {d.get("name") for d in material.iter("define") if d.get("value") == "1"}
        image = self.archive.image(look.texture)
        if "USE_TRANSPARENT" in defines:
            return _filled(image)
        color = None
        if "USE_PLAYERCOLOR" in defines:
            color = self.player_color
        elif "USE_OBJECTCOLOR" in defines:
            color = look.color
        return _painted(image, color or (1.0, 1.0, 1.0))


def random_pick(rng: np.random.Generator) -> Pick:
    """A pick that follows the frequencies."""
    return lambda frequencies: int(rng.choice(len(frequencies), p=np.array(frequencies) / sum(frequencies)))


def _best_quality(root: ElementTree.Element, archive: Archive, actor: str) -> ElementTree.Element:
    """The actor a set of quality levels means for fast machines: its last."""
    last = root.findall("actor")[-1]
    if last.get("inline") is not None:
        inline = root.find("inline")
        if inline is None:
            raise InputError(f"{actor}: it refers to an inline actor and holds none.")
        return inline
    name = last.get("file")
    return last if name is None else archive.xml(f"art/actors/{name}")


def _frequency(parts: list[ElementTree.Element]) -> float:
    return next((float(p.get("frequency", 0)) for p in reversed(parts) if p.get("frequency") is not None), 0.0)


def _laid_over(look: Look, variant: ElementTree.Element) -> Look:
    """A look with one more variant on top."""
    props = dict(look.props)
    added: dict[str, tuple[str, ...]] = {}
    for prop in variant.iterfind("props/prop"):
        point, actor = prop.get("attachpoint", ""), prop.get("actor", "")
        added[point] = (*added.get(point, ()), *([actor] if actor else []))  # an empty actor takes the prop away
    props.update(added)
    textures = {t.get("name"): t.get("file", "") for t in variant.iterfind("textures/texture")}
    color = variant.findtext("color")
    animations = tuple(variant.iterfind("animations/animation"))
    replaced = {a.get("name", "").lower() for a in animations}
    kept = tuple(a for a in look.animations if a.get("name", "").lower() not in replaced)
    return replace(
        look,
        mesh=variant.findtext("mesh", look.mesh).strip(),
        texture=textures.get("baseTex", look.texture),
        color=look.color if color is None else _color(color),
        props=props,
        animations=kept + animations,
    )


def _color(text: str) -> Color:
    red, green, blue = (float(part) / 255 for part in text.split()[:3])
    return red, green, blue


def _painted(image: np.ndarray, color: Color) -> np.ndarray:
    """Where alpha is low, the texture is multiplied by the colour; the result is opaque."""
    alpha = image[..., 3:] / 255
    painted = image[..., :3] * (alpha + (1 - alpha) * np.array(color))
    return np.concatenate([np.rint(painted), np.full_like(alpha, 255)], -1).astype(np.uint8)


def _filled(image: np.ndarray) -> np.ndarray:
    """A cut-out whose see-through texels take the colour of the nearest solid one, so that edges do not bleed."""
    clear = image[..., 3] < OPAQUE_TEXEL
    if not clear.any() or clear.all():
        return image
    row, column = distance_transform_edt(clear, return_distances=False, return_indices=True)
    return np.concatenate([image[row, column, :3], image[..., 3:]], -1)


def _areas(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    a, b, c = np.moveaxis(vertices[faces], 1, 0)
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2


def _opacity(texture: np.ndarray, corner_uv: np.ndarray) -> np.ndarray:
    """Share of each face (F, 3, 2) that its texture leaves solid, (F,)."""
    uv = np.einsum("sk,fkc->fsc", FACE_SAMPLES, corner_uv) % 1.0
    height, width = texture.shape[:2]
    column, row = (uv[..., 0] * width).astype(int) % width, (uv[..., 1] * height).astype(int) % height
    return (texture[row, column, 3] >= OPAQUE_TEXEL).mean(1)
