"""What a mood does to a body: posture, size and pace of its movements."""

from dataclasses import dataclass

from gen4d.motion.config import MotionConfig


@dataclass(frozen=True)
class Mood:
    """Factors and additions to a neutral movement.

    Fields:
        pace: factor on speed and tempo.
        swing: factor on arm swing, hip sway and other free amplitudes.
        bounce: factor on vertical motion.
        lean_deg: of the trunk, forward; negative is upright and proud.
        nod_deg: of the head, downward.
        crouch: how far the body is lowered, in leg lengths.
        noise: factor on irregularity.
    """

    pace: float = 1.0
    swing: float = 1.0
    bounce: float = 1.0
    lean_deg: float = 0.0
    nod_deg: float = 0.0
    crouch: float = 0.0
    noise: float = 1.0


MOODS = {
    "neutral": Mood(),
    "happy": Mood(pace=1.12, swing=1.35, bounce=1.5, lean_deg=-3.0, nod_deg=-6.0),
    "sad": Mood(pace=0.75, swing=0.5, bounce=0.6, lean_deg=9.0, nod_deg=22.0),
    "tired": Mood(pace=0.7, swing=0.65, bounce=0.7, lean_deg=12.0, nod_deg=16.0, crouch=0.02, noise=1.5),
    "proud": Mood(pace=0.95, swing=1.2, bounce=1.15, lean_deg=-6.0, nod_deg=-9.0),
    "sneaky": Mood(pace=0.6, swing=0.55, bounce=0.4, lean_deg=16.0, nod_deg=-6.0, crouch=0.12),
    "angry": Mood(pace=1.2, swing=1.3, bounce=1.2, lean_deg=7.0, nod_deg=7.0),
    "nervous": Mood(pace=1.15, swing=0.7, bounce=0.8, lean_deg=4.0, nod_deg=4.0, crouch=0.03, noise=3.0),
    "heavy": Mood(pace=0.8, swing=0.8, bounce=1.3, lean_deg=5.0, nod_deg=3.0, crouch=0.03),
    "drunk": Mood(pace=0.75, swing=1.3, bounce=1.0, lean_deg=3.0, nod_deg=8.0, crouch=0.02, noise=6.0),
}


def mood_of(cfg: MotionConfig) -> Mood:
    """The mood a config asks for."""
    return MOODS[cfg.style]


def tempo(cfg: MotionConfig) -> float:
    """How much quicker than usual a movement plays."""
    return cfg.speed * mood_of(cfg).pace
