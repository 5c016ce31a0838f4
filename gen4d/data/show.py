"""Built shards -> a page to look at: four views, a photo and the words of every object."""

import html
from pathlib import Path

import numpy as np
from PIL import Image

from gen4d.data.shards import StoredObject, places
from gen4d.data.summary import statistics
from gen4d.streams import Streams

SHOWN_VIEWS = (0, 1, 2, 4)  # front, right, back, top
STYLE = (
    "body{font:13px sans-serif;margin:1em;background:#fafafa}figure{display:inline-block;width:640px;margin:4px;"
    "background:#fff;border:1px solid #ddd;padding:4px;vertical-align:top}figcaption{overflow-wrap:anywhere}"
    "img{max-width:100%}small{color:#666}"
)


GROUND = 225
COLUMNS = 5  # strips side by side in the one picture of a sample


def write_sheet(folder: Path, out: Path, sample: int | None = None) -> Path:
    """Write `out/index.html` and a picture an object; returns the page.

    Args:
        sample: show so many random objects only, the same ones every time, and all of them in `out/sheet.png` too.
    """
    pictures = out / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    chosen, figures, strips = places(folder), [], []
    if sample is not None and sample < len(chosen):
        rows = Streams(0).numpy("show").choice(len(chosen), sample, replace=False)
        chosen = [chosen[row] for row in sorted(rows.tolist())]
    for number, place in enumerate(chosen):
        stored, name = place.read(), f"{number:05d}.jpg"
        picture = strip(stored)
        Image.fromarray(picture).save(pictures / name, quality=88)
        figures.append(_figure(stored, f"pictures/{name}"))
        if sample is not None:
            strips.append(picture)
    if strips:
        Image.fromarray(_tiled(strips)).save(out / "sheet.png")
    page = out / "index.html"
    counts = html.escape(statistics(folder))
    page.write_text(
        f"<!doctype html><meta charset=utf-8><title>gen4d data</title><style>{STYLE}</style><pre>{counts}</pre>"
        + "".join(figures),
        "utf-8",
    )
    return page


def strip(stored: StoredObject) -> np.ndarray:
    """Front, right, back, top and one photo of an object side by side, (S, 5 S, 3) uint8."""
    shown = stored.maps[list(SHOWN_VIEWS)]
    views = np.where(shown[..., 3:4] > 0, shown[..., :3], GROUND).astype(np.uint8)  # white things show on it
    return np.concatenate([*views, stored.pictures[0]], 1)


def _tiled(strips: list[np.ndarray]) -> np.ndarray:
    """Strips (S, W, 3) in rows of `COLUMNS`, the last row filled up with white."""
    blank = [np.full_like(strips[0], 255)] * (-len(strips) % COLUMNS)
    whole = [*strips, *blank]
    return np.concatenate([np.concatenate(whole[row : row + COLUMNS], 1) for row in range(0, len(whole), COLUMNS)])


def _figure(stored: StoredObject, source: str) -> str:
    record = stored.record
    facts = [record.id, record.licence, record.author, record.category, record.plan, record.split]
    facts += ["rigged"] * record.rigged
    return (
        f'<figure><img loading="lazy" src="{source}"><figcaption>{html.escape(" · ".join(record.captions))}<br>'
        f"<small>{html.escape(' | '.join(fact for fact in facts if fact))}</small></figcaption></figure>"
    )
