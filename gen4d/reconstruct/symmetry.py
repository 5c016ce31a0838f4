"""Left and right alike: found in the six views, and enforced on them where it is there.

A prior draws the two sides of a thing independently, so each carries the other's errors as holes and crusts. Where the
views are their own mirror images but for such errors, the mean of both is nearer to what is meant than either.
"""

from dataclasses import dataclass, replace

import torch

from gen4d.structures import MultiView

MIRROR_ORDER = [0, 3, 2, 1, 4, 5]  # front, left, back, right, top, bottom: what each view becomes when x is negated
SOLID = 0.5
# Likeness from which on views count as symmetric: overlap of the mattes, and mean difference of depth in cube sides.
# Views without noise are taken at their word; imagined ones are never closer than this to their mirror images.
EXACT_IOU, EXACT_DEPTH = 0.985, 0.004
NOISY_IOU, NOISY_DEPTH = 0.92, 0.04


@dataclass(frozen=True)
class MirrorLikeness:
    """How like views are to their mirror images: overlap of mattes in [0, 1], depth difference in cube sides."""

    iou: float
    depth: float

    def symmetric(self, *, noisy: bool) -> bool:
        """Whether the difference is less than views of a symmetric thing have."""
        iou, depth = (NOISY_IOU, NOISY_DEPTH) if noisy else (EXACT_IOU, EXACT_DEPTH)
        return self.iou >= iou and self.depth <= depth


def mirrored(views: MultiView) -> MultiView:
    """The six canonical views of the thing with x negated."""
    flipped = {name: getattr(views, name)[MIRROR_ORDER].flip(2) for name in ("albedo", "alpha", "depth", "normal")}
    flipped["normal"] = flipped["normal"] * torch.tensor([-1.0, 1.0, 1.0], device=views.normal.device)
    return replace(views, **flipped)


def mirror_likeness(views: MultiView) -> MirrorLikeness:
    """Compare views with their mirror images; no likeness at all where nothing is shown."""
    other = mirrored(views)
    first, second = views.alpha[..., 0] > SOLID, other.alpha[..., 0] > SOLID
    both, union = first & second, first | second
    if not bool(both.any()):
        return MirrorLikeness(0.0, 1.0)
    gap = (views.depth - other.depth).abs()[..., 0][both]
    return MirrorLikeness(float(both.sum() / union.sum()), float(gap.mean()))


def symmetrised(views: MultiView) -> MultiView:
    """The mean of views and their mirror images; colours stay each side's own where it has any."""
    other = mirrored(views)
    weight = (views.alpha + other.alpha).clamp(min=1e-6)  # protects pixels that neither shows
    shown = views.alpha + other.alpha > 0
    depth = (views.depth * views.alpha + other.depth * other.alpha) / weight
    normal = torch.nn.functional.normalize(views.normal * views.alpha + other.normal * other.alpha, dim=-1)
    return MultiView(
        albedo=torch.where(views.alpha > 0, views.albedo, other.albedo),
        alpha=(views.alpha + other.alpha) / 2,
        depth=torch.where(shown, depth, 1.0),
        normal=torch.where(shown, normal, 0.0),
        camera=views.camera,
    )
