"""What people hand in by mistake: each ends in a framed subject or in one sentence, and no metadata goes along."""

from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image, ImageDraw
from PIL.TiffImagePlugin import IFDRational

from gen4d import pipeline
from gen4d.config import load_config
from gen4d.context import Context
from gen4d.errors import InputError
from gen4d.export.glb import write_glb
from gen4d.photo.config import PhotoConfig
from gen4d.photo.load import read_photo
from gen4d.photo.subject import Subject, load_subject
from gen4d.streams import Streams

SMALL = PhotoConfig(subject_size=128, working_size=200)
SECRETS = (b"Nokia-3310-SECRET", b"Rosebud Lane 7", b"a private remark")


def disc(width: int = 120, height: int = 120) -> np.ndarray:
    """A red disc on a pale wall, (H, W, 3) uint8."""
    y, x = np.mgrid[0:height, 0:width]
    inside = np.hypot(x - width / 2, y - height / 2) < 0.35 * min(width, height)
    return np.where(inside[..., None], [200, 40, 30], [230, 228, 222]).astype(np.uint8)


def framed(path: Path) -> tuple[Subject | None, list[str]]:
    """The subject and the warnings, or None and the sentence it was refused with."""
    ctx = Context(Streams(0))
    try:
        return load_subject(path, None, SMALL, ctx), list(ctx.warnings)
    except InputError as error:
        assert str(error).endswith(".") and "\n" not in str(error)
        return None, [str(error)]


@pytest.mark.parametrize("mode", ["RGB", "CMYK", "L", "P", "1", "I;16"])
@pytest.mark.parametrize("kind", ["png", "tif", "gif", "jpg", "webp"])
def test_every_mode_of_every_kind_gives_the_subject(tmp_path: Path, mode: str, kind: str) -> None:
    grey = Image.fromarray(disc()).convert("L")
    image = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(disc())
    image = image if mode == "I;16" else image.convert(mode, dither=Image.Dither.NONE)
    path = tmp_path / f"disc.{kind}"
    try:
        if mode == "I;16" and kind not in ("png", "tif"):
            raise ValueError("Pillow cuts it to 8 bits")
        image.save(path)
    except (OSError, KeyError, ValueError):
        pytest.skip(f"Pillow writes no {mode} as {kind}")
    subject, _ = framed(path)
    assert subject is not None and not subject.whole
    coverage = float((subject.picture[..., 3] > 0.5).float().mean())
    assert coverage == pytest.approx(np.pi / 4 / 1.1**2, abs=0.03)


@pytest.mark.parametrize(("kind", "options"), [("gif", {}), ("webp", {}), ("png", {}), ("tif", {})])
def test_of_several_frames_the_first_is_taken(tmp_path: Path, kind: str, options: dict[str, object]) -> None:
    frames = [Image.fromarray(disc()), Image.fromarray(np.full((120, 120, 3), 9, np.uint8))]
    path = tmp_path / f"two.{kind}"
    frames[0].save(path, save_all=True, append_images=frames[1:], **options)
    photo = read_photo(path, 512)
    assert torch.allclose(photo[60, 60, :3], torch.tensor([200, 40, 30]) / 255, atol=0.06)


@pytest.mark.parametrize(("width", "height"), [(2000, 40), (40, 2000)])
def test_a_strip_of_one_to_fifty(tmp_path: Path, width: int, height: int) -> None:
    Image.fromarray(disc(width, height)).save(tmp_path / "strip.png")
    subject, said = framed(tmp_path / "strip.png")
    assert subject is not None or "--mask" in said[0]
    if subject is not None and not subject.whole:
        assert float((subject.picture[64, 64, 0] - 200 / 255).abs()) < 0.1


def test_a_picture_that_is_all_subject_is_said(tmp_path: Path) -> None:
    Image.fromarray(skimage.data.chelsea()[180:295, 20:140]).save(tmp_path / "fur.png")
    subject, said = framed(tmp_path / "fur.png")
    assert subject is None or said, "a cut through fur needs a warning"


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_picture_of_nothing_is_refused(tmp_path: Path, level: int) -> None:
    Image.fromarray(np.full((100, 100, 3), level, np.uint8)).save(tmp_path / "nothing.png")
    subject, said = framed(tmp_path / "nothing.png")
    assert subject is None and "--mask" in said[0]


def test_a_scanned_text_is_refused_or_said(tmp_path: Path) -> None:
    page = Image.fromarray(np.full((300, 220, 3), 250, np.uint8))
    pen = ImageDraw.Draw(page)
    for row in range(20, 280, 14):
        pen.text((15, row), "It was a bright cold day in April, and", fill=(20, 20, 25))
    page.save(tmp_path / "page.png")
    subject, said = framed(tmp_path / "page.png")
    assert subject is None or said, "a page of text becomes something only with a warning"


def test_no_metadata_reaches_any_output(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x013B] = "Nokia-3310-SECRET", "Nokia-3310-SECRET", "Rosebud Lane 7"
    exif.get_ifd(0x8825)[2] = (IFDRational(52), IFDRational(31), IFDRational(12))
    exif.get_ifd(0x8825)[29] = "Rosebud Lane 7"
    photo = tmp_path / "in" / "disc.jpg"
    photo.parent.mkdir()
    Image.fromarray(disc()).save(photo, exif=exif, comment=b"a private remark")
    stored = photo.read_bytes()
    assert all(secret in stored for secret in SECRETS), "the test's own photo lost what it should hide"
    run = tmp_path / "run"
    run.mkdir()
    cfg = load_config(
        None,
        {
            "photo.way": "puppet",
            "photo.subject_size": 128,
            "puppet.resolution": 96,
            "surface.faces": 1500,
            "surface.texture_size": 128,
        },
    )
    ctx = Context(Streams(0), run_folder=run)
    asset = pipeline.build_from_photo(pipeline.photo_prompt(photo, cfg, ctx), None, cfg, ctx)
    write_glb(asset, run / "disc.glb", cfg.export)
    written = [path for path in run.rglob("*") if path.is_file()]
    assert {path.suffix for path in written} >= {".glb", ".png"}
    for path in written:
        held = path.read_bytes()
        assert not any(secret in held for secret in (*SECRETS, b"Exif", b"eXIf")), path.name
