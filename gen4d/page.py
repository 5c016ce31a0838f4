"""The page a user looks at to see what happened to a photo, and which option mends it: one file, nothing fetched."""

import base64
import html
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from gen4d.context import Context
from gen4d.motion.kinematics import forward_kinematics
from gen4d.structures import Asset, MultiView, Skeleton

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; color: #222; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
img { max-width: 100%; border-radius: 6px; background: #f2f2f2; }
.row { display: flex; gap: 1rem; flex-wrap: wrap; } figure { margin: 0; flex: 1 1 16rem; }
figcaption { color: #666; font-size: .85rem; }
.warning { background: #fff4d6; padding: .5rem .8rem; border-radius: 6px; }
td { padding: .1rem 1rem .1rem 0; } code { background: #f2f2f2; padding: 0 .25rem; }
"""
REMEDIES = (
    ("The subject is wrong or ragged", "--mask FILE, --subject left|right|largest|x,y"),
    ("It faces the wrong way", "--azimuth DEG: 0 where the photo shows its front, 90 its left side, -90 its right"),
    ("Its shape is not what you want", "--way views or --way puppet, --photo-back FILE, --photo-right FILE"),
    ("It moves as something else", "--plan biped, quadruped, bird, fish, vehicle, ...; --prompt 'a brown horse'"),
)


def keep_picture(ctx: Context, name: str, image: torch.Tensor) -> None:
    """Leave a picture (H, W, 3) float in [0, 1] in the run folder, where there is one."""
    if ctx.run_folder is not None:
        pixels = (image.clamp(0, 1) * 255 + 0.5).byte().numpy()
        Image.fromarray(pixels).save(ctx.run_folder / f"{name}.png")


def keep_views(ctx: Context, views: MultiView) -> None:
    """Leave the six views' colours side by side."""
    keep_picture(ctx, "views", torch.cat(list(views.albedo.cpu()), 1))


def page_of_run(
    asset: Asset, report: dict[str, object], warnings: list[str], pictures: Path, previews: dict[str, Path]
) -> str:
    """The page of one run as HTML text.

    Args:
        report: the run's report; its `facts` are shown.
        pictures: the run folder; photo.png, matte.png, views.png and likeness.png are shown where they are.
        previews: caption -> picture file of the finished asset.
    """
    parts = [f"<h1>{html.escape(asset.name)}</h1>"]
    parts += [f'<p class="warning">{html.escape(sentence)}</p>' for sentence in warnings]
    rows = (
        ("The photo", (("photo", "as it was given"), ("matte", "its subject"))),
        ("Imagined views", (("views", "front, right, back, left, top, bottom"),)),
        ("Likeness", (("likeness", "the photo's subject; the asset from the same side, without light"),)),
    )
    for title, figures in rows:
        shown = [_figure(pictures / f"{name}.png", caption) for name, caption in figures]
        parts.append(_section(title, "".join(shown)))
    parts.append(_section("The asset", "".join(_figure(path, caption) for caption, path in previews.items())))
    if asset.skeleton is not None:
        parts.append(_section(f"Skeleton: {asset.skeleton.plan}, {len(asset.skeleton)} joints", _bones(asset.skeleton)))
        clips = ", ".join(f"{clip.name} ({float(clip.times[-1]):.1f} s)" for clip in asset.clips)
        parts.append(f"<h2>Clips</h2><p>{html.escape(clips) or 'none'}</p>")
    facts = report.get("facts")
    if isinstance(facts, dict):
        parts.append(
            _section("Numbers", _table([(f"<code>{html.escape(str(k))}</code>", v) for k, v in facts.items()]))
        )
    parts.append(_section("If something is wrong", _table([(why, f"<code>{how}</code>") for why, how in REMEDIES])))
    body = "\n".join(parts)
    head = f'<meta charset="utf-8"><title>{html.escape(asset.name)}</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def _section(title: str, content: str) -> str:
    return f'<h2>{html.escape(title)}</h2><div class="row">{content}</div>' if content else ""


def _table(rows: list[tuple[str, object]]) -> str:
    return "<table>" + "".join(f"<tr><td>{left}</td><td>{right}</td></tr>" for left, right in rows) + "</table>"


def _figure(path: Path, caption: str) -> str:
    """An embedded picture, or nothing where the file is not there."""
    if not path.is_file():
        return ""
    kind = {".png": "png", ".gif": "gif"}[path.suffix]
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    source = f'<img src="data:image/{kind};base64,{data}" alt="{html.escape(caption)}">'
    return f"<figure>{source}<figcaption>{html.escape(caption)}</figcaption></figure>"


def _bones(skeleton: Skeleton) -> str:
    """Two line drawings of the rest pose: from the front and from its left side."""
    joint_to_world = forward_kinematics(skeleton, skeleton.rest_rotation[None], 0, skeleton.rest_translation[:1])[0]
    places = joint_to_world[:, :3, 3].double().numpy()
    drawings = []
    for caption, across in (("from the front", places[:, 0]), ("from its left", -places[:, 2])):
        points = np.stack([across, -places[:, 1]], 1)
        low, span = points.min(0), max(float(np.ptp(points, 0).max()), 1e-6)
        points = (points - low) / span * 260 + 20
        lines = "".join(
            f'<line x1="{points[j, 0]:.1f}" y1="{points[j, 1]:.1f}" x2="{points[p, 0]:.1f}" y2="{points[p, 1]:.1f}" '
            'stroke="#386" stroke-width="3" stroke-linecap="round"/>'
            for j, p in enumerate(skeleton.parents.tolist())
            if p > 0
        )
        picture = f'<svg viewBox="0 0 300 300" width="260" role="img">{lines}</svg>'
        drawings.append(f"<figure>{picture}<figcaption>{caption}</figcaption></figure>")
    return "".join(drawings)
