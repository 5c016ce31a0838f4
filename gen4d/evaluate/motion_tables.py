"""The measures of clips as lines of text."""

from gen4d.evaluate.motion import ClipMeasures

MOTION_HEADER = (
    f"{'clip':<14}{'s':>5}{'loop':>5}{'m/s':>6}{'skate':>7}{'5cm':>6}{'steps':>6}{'duty':>6}{'seam':>8}{'v-jump':>7}"
    f"{'sink mm':>8}{'float mm':>9}{'volume':>7}{'inside':>7}{'turn':>5}{'bones':>8}  beyond its limit"
)


def motion_row(clip: ClipMeasures) -> str:
    """One clip as a line under `MOTION_HEADER`."""

    def number(value: float | None, digits: int) -> str:
        return "-" if value is None else f"{value:.{digits}f}"

    steps = "-" if clip.steps is None else "yes" if clip.steps else "NO"
    seam = "-" if clip.seam is None else f"{clip.seam:.0e}"
    return (
        f"{clip.name[:13]:<14}{clip.seconds:>5.1f}{'yes' if clip.loop else 'no':>5}{clip.speed:>6.2f}"
        f"{number(clip.foot_skate, 3):>7}{number(clip.loose_skate, 2):>6}{steps:>6}{number(clip.duty, 2):>6}{seam:>8}"
        f"{number(clip.velocity_mismatch, 3):>7}{clip.penetration_mm:>8.2f}{clip.floating_mm:>9.1f}"
        f"{clip.volume_change:>7.3f}{clip.self_penetration:>7.3f}{clip.turn_deg:>5.0f}{clip.bone_drift:>8.0e}"
        f"  {', '.join(clip.faults())}"
    )
