"""Reading picture files: every kind comes out right, everything else is one clear sentence."""

import contextlib
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gen4d.errors import InputError
from gen4d.photo.load import read_photo

RAMP = np.linspace(0, 255, 64).astype(np.uint8)[None, :].repeat(32, 0)  # (32, 64), dark left to bright right
COLOR = np.stack([RAMP, RAMP[:, ::-1], np.full_like(RAMP, 100)], -1)


def save(image: Image.Image, path: Path, **options: object) -> Path:
    image.save(path, **options)
    return path


def png_header(width: int, height: int) -> bytes:
    """A PNG that holds a header and no picture."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + b"\0\0\0\x10IDAT"
    )


def expect_refusal(path: Path, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read_photo(path, 512)
    message = str(caught.value)
    assert "\n" not in message and message.endswith(".") and str(path) in message


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I", "I;16", "F"])
def test_every_mode_becomes_float_rgba(tmp_path: Path, mode: str) -> None:
    if mode in ("I", "I;16"):
        image = Image.fromarray(RAMP.astype(np.uint16) * 257)
        image = image.convert("I") if mode == "I" else image
    elif mode == "F":
        image = Image.fromarray(RAMP.astype(np.float32) / 255)
    else:
        image = Image.fromarray(COLOR).convert(mode)
    photo = read_photo(save(image, tmp_path / "a.tif" if mode != "P" else tmp_path / "a.png"), 512)
    assert photo.shape == (32, 64, 4) and photo.dtype == torch.float32
    assert photo[..., 3].min() == 1
    if mode in ("I", "I;16", "F"):
        assert np.abs(photo[..., 0].numpy() - RAMP / 255).max() <= 1.01 / 255
    elif mode in ("RGB", "RGBA", "CMYK"):
        assert np.abs(photo[..., :3].numpy() - COLOR / 255).max() <= 1.01 / 255


def test_png_of_16_bits_keeps_white_and_grey(tmp_path: Path) -> None:
    path = save(Image.fromarray(np.linspace(0, 65535, 32 * 32).astype(np.uint16).reshape(32, 32)), tmp_path / "a.png")
    grey = read_photo(path, 512)[..., 0].flatten()
    assert grey[-1] == 1 and grey[0] == 0
    assert torch.allclose(grey, torch.linspace(0, 1, 1024), atol=1 / 255)


def test_palette_transparency_is_kept(tmp_path: Path) -> None:
    image = Image.fromarray((RAMP > 128).astype(np.uint8), "P")
    image.putpalette([255, 0, 0, 0, 0, 255])
    photo = read_photo(save(image, tmp_path / "a.png", transparency=0), 512)
    assert torch.equal(photo[0, :, 3], torch.from_numpy((RAMP[0] > 128).astype(np.float32)))


def test_first_frame_of_an_animation(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (32, 32), c) for c in ("red", "blue")]
    photo = read_photo(save(frames[0], tmp_path / "a.gif", save_all=True, append_images=frames[1:]), 512)
    assert photo[5, 5, 0] == 1 and photo[5, 5, 2] == 0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(tmp_path: Path, orientation: int) -> None:
    upright = Image.fromarray(COLOR)
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the transposition a camera of this orientation would store
    stored = upright.transpose(Image.Transpose(undo[orientation])) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = read_photo(save(stored, tmp_path / "a.png", exif=exif), 512)
    assert np.array_equal(photo[..., :3].numpy(), np.asarray(upright, dtype=np.float32) / 255)


@given(width=st.integers(16, 90), height=st.integers(16, 90), limit=st.integers(16, 64))
@settings(max_examples=15, deadline=None)
def test_reduction_keeps_aspect_and_limit(
    tmp_path_factory: pytest.TempPathFactory, width: int, height: int, limit: int
):
    path = save(Image.new("RGB", (width, height), "green"), tmp_path_factory.mktemp("photo") / "a.png")
    got = read_photo(path, limit).shape[:2]
    assert max(got) == min(limit, max(width, height))
    scale = max(got) / max(width, height)
    assert abs(got[0] - height * scale) <= 0.51 and abs(got[1] - width * scale) <= 0.51


def test_reduction_weighs_colour_by_alpha(tmp_path: Path) -> None:
    picture = np.zeros((64, 64, 4), np.uint8)  # invisible black around a red disc must not darken its edge
    picture[16:48, 15:47] = (255, 0, 0, 255)
    photo = read_photo(save(Image.fromarray(picture), tmp_path / "a.png"), 24)
    assert photo[photo[..., 3] > 0.1][:, 0].min() > 0.98


def test_colour_profile_is_applied(tmp_path: Path) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain = read_photo(save(Image.fromarray(COLOR), tmp_path / "a.png"), 512)
    tagged = read_photo(save(Image.fromarray(COLOR), tmp_path / "b.png", icc_profile=profile), 512)
    assert (plain - tagged).abs().max() <= 2 / 255
    broken = read_photo(save(Image.fromarray(COLOR), tmp_path / "c.png", icc_profile=b"no profile"), 512)
    assert torch.equal(plain, broken)


def test_refuses_what_is_no_picture(tmp_path: Path) -> None:
    expect_refusal(tmp_path / "absent.png", "does not exist")
    expect_refusal(tmp_path, "is a folder")
    for name, data, words in [
        ("a.txt", b"hello", "not a picture"),
        ("b.png", b"", "is empty"),
        ("c.heic", b"\0\0\0\x18ftypheic" + b"\0" * 99, "HEIC"),
        ("d.svg", b"<?xml version='1.0'?><svg></svg>", "SVG"),
    ]:
        (tmp_path / name).write_bytes(data)
        expect_refusal(tmp_path / name, words)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif", "tif", "bmp"])
def test_refuses_truncated_files(tmp_path: Path, suffix: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    path = save(Image.fromarray(noise), tmp_path / f"a.{suffix}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    expect_refusal(path, "damaged|not a picture")


@pytest.mark.parametrize(("width", "height"), [(30_000, 30_000), (12_000, 9_000), (9_000, 8_000)])
def test_refuses_large_pictures_by_header(tmp_path: Path, width: int, height: int) -> None:
    path = tmp_path / "a.png"  # below, between and above Pillow's own two limits; there is no picture to decode
    path.write_bytes(png_header(width, height))
    expect_refusal(path, "megapixels")


def test_refuses_tiny_pictures(tmp_path: Path) -> None:
    expect_refusal(save(Image.new("RGB", (1, 1)), tmp_path / "a.png"), "1 x 1 pixels")


@given(st.binary(max_size=200), st.integers(0, 400))
@settings(max_examples=40, deadline=None)
def test_damaged_bytes_never_escape_as_other_errors(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, place: int
) -> None:
    path = save(Image.fromarray(COLOR), tmp_path_factory.mktemp("photo") / "a.png")
    data = bytearray(path.read_bytes())
    data[place : place + len(noise)] = noise
    path.write_bytes(bytes(data))
    with contextlib.suppress(InputError):
        assert read_photo(path, 64).shape[-1] == 4
