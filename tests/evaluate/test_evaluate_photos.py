"""`gen4d eval photo`: the boundary measure in closed form, refusals counted, likeness of the written file."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gen4d.config import load_config
from gen4d.errors import InputError
from gen4d.evaluate.kept_photos import evaluate_photos
from gen4d.evaluate.photo_tables import contact_sheet, photo_row, photo_summary
from gen4d.evaluate.photos import boundary_f, pictures_of

SMALL = {
    "photo.way": "puppet",
    "photo.subject_size": 128,
    "puppet.resolution": 96,
    "surface.faces": 1500,
    "surface.texture_size": 128,
}


def test_boundary_f_of_shifted_squares() -> None:
    true, near, far = (np.zeros((100, 100), bool) for _ in range(3))
    true[20:80, 20:80], near[20:80, 21:81], far[20:80, 40:100] = True, True, True
    assert boundary_f(true, true) == 1 and boundary_f(near, true) == pytest.approx(1)
    assert boundary_f(far, true) < 0.45 and boundary_f(far & False, true) == 0


def write_pictures(folder: Path) -> None:
    pixels = np.full((120, 160, 3), 240, np.uint8)
    pixels[30:100, 50:90] = (200, 60, 40)
    mask = np.zeros((120, 160), np.uint8)
    mask[30:100, 50:90] = 255
    Image.fromarray(pixels).save(folder / "box.png")
    Image.fromarray(mask).save(folder / "box_mask.png")
    Image.fromarray(np.full((60, 60, 3), 200, np.uint8)).save(folder / "nothing.png")


def test_a_folder_is_measured(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    box, nothing = evaluate_photos(tmp_path, load_config(None, SMALL), None)
    assert box.valid and box.way == "puppet" and box.iou > 0.92 and box.psnr > 22
    assert box.matte_iou is not None and box.matte_iou > 0.95 and box.boundary is not None and box.boundary > 0.9
    assert nothing.refused and not nothing.valid and "refused" in photo_row(nothing)
    summary = photo_summary([box, nothing])
    assert summary["valid"] == 0.5 and summary["refused"] == 0.5 and summary["iou_good"] == 1
    assert contact_sheet([box, nothing]).shape == (192, 3 * 4 * 192, 3)


def test_kept_results_are_not_made_again(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    cfg, keep = load_config(None, SMALL), tmp_path / "kept"
    first = list(evaluate_photos(tmp_path, cfg, None, keep))
    (tmp_path / "box.png").write_bytes(b"no picture any more")
    (keep / "nothing.png.json").unlink()  # this one is made again
    second = list(evaluate_photos(tmp_path, cfg, None, keep))
    assert [photo_row(r)[:60] for r in first] == [photo_row(r)[:60] for r in second]
    assert np.abs(first[0].tiles.numpy() - second[0].tiles.numpy()).max() <= 0.5 / 255 + 1e-6
    (keep / "box.png.json").write_text("{}")
    with pytest.raises(InputError, match="no kept result"):
        list(evaluate_photos(tmp_path, cfg, None, keep))


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no pictures"):
        pictures_of(tmp_path)
    with pytest.raises(InputError, match="no folder"):
        pictures_of(tmp_path / "missing")
