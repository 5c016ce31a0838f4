"""The photo's own options: the way, the report page, more photos, and what happens to wrong ones."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from program import Gen4d

pytestmark = pytest.mark.usefixtures("ball_prior")
QUICK = "--faces 400 --texture-size 64 --set photo.subject_size=64 --set puppet.resolution=64"


def picture(path: str, color: tuple[int, int, int] = (200, 40, 30)) -> None:
    """A tall block on white."""
    pixels = np.full((96, 96, 3), 255, np.uint8)
    pixels[10:86, 38:58] = color
    Image.fromarray(pixels).save(path)


def test_a_photo_the_views_do_not_show_is_inflated_and_told(gen4d: Gen4d) -> None:
    picture("tall.png")
    outcome = gen4d(f"image-to-3d tall.png {QUICK} -o tall.glb --report --json")
    assert outcome.code == 0, outcome.err
    result = json.loads(outcome.out)
    assert result["facts"]["photo.way"] == "puppet" and result["facts"]["photo.likeness_iou"] > 0.9
    assert any("--way views" in sentence for sentence in result["warnings"])
    page = Path(result["files"]["page"]).read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") == 5 and "--way" in page  # photo, matte, views, likeness, preview


def test_a_puppet_with_another_back(gen4d: Gen4d) -> None:
    picture("tall.png")
    picture("back.png", (30, 60, 190))
    outcome = gen4d(f"image-to-3d tall.png --photo-back back.png --way puppet {QUICK} -o tall.glb --json")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["warnings"] == [] and not Path("tall.report.html").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--photo-back missing.png", "missing.png: file not found"),
        ("--way puppets", "photo.way: got 'puppets'"),
        ("--azimuth 400", "photo.azimuth_deg: got 400"),
        ("--subject middle", "photo.subject: got 'middle'"),
        ("--subject 500,20", "lies outside"),
    ],
)
def test_wrong_options_are_one_sentence(gen4d: Gen4d, options: str, said: str) -> None:
    picture("tall.png")
    outcome = gen4d(f"image-to-3d tall.png {options} {QUICK}")
    assert outcome.code == 2 and said in outcome.err and "Traceback" not in outcome.err
    assert not Path("out").exists()
