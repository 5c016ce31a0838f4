"""Cut-outs against true mattes: a plain picture is right, a wrong mask is counted as wrong."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gen4d.errors import InputError
from gen4d.evaluate.mattes import evaluate_mattes, matte_row, matte_sheet, matte_summary, matte_table
from gen4d.photo.config import PhotoConfig

CFG = PhotoConfig(matte="plain")


def write(folder: Path, name: str, shift: int = 0) -> None:
    """A red block before white, and a mask that is moved by some pixels."""
    pixels = np.full((90, 120, 3), 250, np.uint8)
    pixels[20:70, 30:80] = (190, 30, 40)
    Image.fromarray(pixels).save(folder / f"{name}.png")
    mask = np.zeros((90, 120), np.uint8)
    mask[20:70, 30 + shift : 80 + shift] = 255
    Image.fromarray(mask).save(folder / f"{name}_mask.png")


def test_right_and_wrong_mattes_are_told_apart(tmp_path: Path) -> None:
    write(tmp_path, "block_right")
    write(tmp_path, "other_wrong", shift=25)
    results = list(evaluate_mattes(tmp_path, CFG))
    right, wrong = results
    assert right.iou > 0.97 and right.boundary > 0.99
    assert wrong.iou == pytest.approx(1 / 3, abs=0.03)
    rows = {row["kind"]: row for row in matte_summary(results, 0.5)}
    assert rows["all"]["wrong_unwarned"] == rows["other"]["wrong_unwarned"] == 1
    assert rows["block"]["good"] == 1.0 and rows["all"]["pictures"] == 2
    assert "block_right" in matte_row(right) and len(matte_table(list(rows.values())).splitlines()) == 4
    assert matte_sheet(results, columns=2).shape == (320, 320, 3)


def test_a_folder_without_true_mattes_is_refused(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(InputError, match="no picture has its true matte"):
        list(evaluate_mattes(tmp_path, CFG))
