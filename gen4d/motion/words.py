"""Free words to an order of clips: "a fox trots quickly, looks left, then sits" -> trot, look, sit.

A small grammar: a clause is a verb with its adverbs; commas, "then", "and" and "before" put clauses in order; of two
joined by "while" the first gives the movement. An unknown verb gets the nearest known one, by spelling or, where the
caller passes a text encoder, by meaning, and the run is warned.
"""

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass

import torch

from gen4d.context import Context
from gen4d.errors import InputError
from gen4d.motion.config import StyleName

EncodeText = Callable[[list[str]], torch.Tensor]  # texts -> (N, D) unit rows

# verb -> the clips that show it, best first; the first one a body has is taken.
VERBS: dict[str, tuple[str, ...]] = {
    "idle": ("idle",), "stand": ("idle",), "wait": ("idle",), "rest": ("idle",), "breathe": ("idle",),
    "hover": ("idle", "fly"), "pause": ("idle",), "stop": ("idle",),
    "walk": ("walk", "slither", "swim", "drive", "hop", "idle"), "stroll": ("walk", "slither", "swim", "drive"),
    "march": ("walk",), "sneak": ("walk", "slither"), "creep": ("walk", "slither"), "limp": ("walk",),
    "stagger": ("walk",), "wander": ("walk", "slither", "swim", "drive"), "crawl": ("walk", "slither"),
    "run": ("run", "gallop", "rush", "dart", "drive"), "sprint": ("run", "gallop", "rush", "dart", "drive"),
    "jog": ("run", "trot", "rush"), "rush": ("run", "gallop", "rush", "dart", "drive"),
    "chase": ("run", "gallop", "rush", "dart"), "flee": ("run", "gallop", "rush", "dart", "fly"),
    "trot": ("trot", "run", "walk"), "gallop": ("gallop", "run", "trot"), "canter": ("gallop", "run"),
    "jump": ("jump", "hop"), "leap": ("jump", "hop"), "hop": ("hop", "jump"), "bounce": ("hop", "jump"),
    "fly": ("fly", "idle"), "flap": ("fly",), "glide": ("glide", "fly", "swim"), "soar": ("glide", "fly"),
    "swim": ("swim", "walk"), "dart": ("dart", "run", "rush"), "slither": ("slither", "walk"),
    "roll": ("drive", "spin"), "drive": ("drive",), "reverse": ("reverse",), "steer": ("steer", "turn"),
    "turn": ("turn", "spin"), "rotate": ("spin", "turn", "turntable"), "spin": ("spin", "turn"),
    "look": ("look", "idle"), "glance": ("look",), "watch": ("look",), "search": ("look",), "sniff": ("look", "eat"),
    "attack": ("attack",), "bite": ("attack",), "strike": ("attack",), "punch": ("attack",), "hit": ("attack",),
    "fight": ("attack",), "fire": ("attack",), "lunge": ("attack",), "kick": ("kick", "attack"),
    "flinch": ("hit",), "recoil": ("hit",), "stumble": ("hit",),
    "sit": ("sit", "lie", "crouch", "idle"), "lie": ("lie", "sit", "idle"), "sleep": ("lie", "sit", "idle"),
    "crouch": ("crouch", "sit", "lie"), "duck": ("crouch", "sit"), "squat": ("crouch", "sit"),
    "kneel": ("crouch", "sit"), "wave": ("wave",), "greet": ("wave",), "salute": ("wave",), "beckon": ("wave",),
    "bow": ("bow", "eat"), "nod": ("bow", "look"), "cheer": ("cheer", "wave", "hop"), "celebrate": ("cheer", "dance"),
    "clap": ("cheer",), "dance": ("dance", "sway", "hop"), "sway": ("sway", "idle", "wind"),
    "eat": ("eat", "look"), "graze": ("eat",), "drink": ("eat",), "peck": ("eat",), "feed": ("eat",),
    "shake": ("shake", "hit"), "tremble": ("shake",), "shiver": ("shake",), "wilt": ("wilt", "death"),
    "rear": ("rear", "attack"),
    "die": ("death", "fall"), "collapse": ("death", "fall"), "fall": ("fall", "death"), "faint": ("death", "fall"),
}  # fmt: skip
IRREGULAR = {
    "ran": "run", "sat": "sit", "lay": "lie", "lies": "lie", "lying": "lie", "dies": "die", "dying": "die",
    "dead": "die",
    "flies": "fly", "flew": "fly", "flying": "fly", "swam": "swim", "ate": "eat", "fell": "fall", "stood": "stand",
    "bit": "bite", "fought": "fight", "slept": "sleep", "hits": "hit", "drove": "drive", "knelt": "kneel",
    "crept": "creep", "snuck": "sneak", "leapt": "leap", "struck": "strike", "shook": "shake", "fled": "flee",
    "drank": "drink",
}  # fmt: skip
PACE = {
    "slowly": 0.6, "slow": 0.6, "calmly": 0.75, "gently": 0.75, "leisurely": 0.75, "lazily": 0.65, "steadily": 1.0,
    "quickly": 1.5, "quick": 1.5, "fast": 1.6, "faster": 1.8, "rapidly": 1.6, "swiftly": 1.5, "hastily": 1.5,
    "suddenly": 1.4, "frantically": 1.9, "briskly": 1.3,
}  # fmt: skip
MOODS: dict[str, StyleName] = {
    "happily": "happy", "happy": "happy", "cheerfully": "happy", "joyfully": "happy", "playfully": "happy",
    "sadly": "sad", "sad": "sad", "gloomily": "sad", "tiredly": "tired", "tired": "tired", "wearily": "tired",
    "exhausted": "tired", "proudly": "proud", "proud": "proud", "confidently": "proud", "sneakily": "sneaky",
    "stealthily": "sneaky", "carefully": "sneaky", "quietly": "sneaky", "angrily": "angry", "angry": "angry",
    "furiously": "angry", "aggressively": "angry", "nervously": "nervous", "nervous": "nervous", "anxiously": "nervous",
    "heavily": "heavy", "clumsily": "drunk", "drunkenly": "drunk", "drunk": "drunk",
}  # fmt: skip
VERB_MOODS: dict[str, StyleName] = {
    "sneak": "sneaky",
    "creep": "sneaky",
    "stagger": "drunk",
    "limp": "tired",
    "march": "proud",
}
COUNTS = {"once": 1, "twice": 2, "thrice": 3, "two": 2, "three": 3, "four": 4, "five": 5}
BREAKS = re.compile(r"[,;.]|\bthen\b|\band\b|\bbefore\b|\bafterwards\b|\bfinally\b|\bnext\b")
BESIDE = re.compile(r"\bwhile\b|\bas (?:it|he|she|they)\b")
MAX_CLAUSES = 24


@dataclass(frozen=True)
class Act:
    """One movement of an order.

    Fields:
        clip: name of the clip.
        pace: factor on its speed.
        style: mood, or None for the run's own.
        rounds: how often it plays.
        is_mirrored: to the right, where the clip itself goes to the left.
    """

    clip: str
    pace: float = 1.0
    style: StyleName | None = None
    rounds: int = 1
    is_mirrored: bool = False


def read_motion(text: str, known: tuple[str, ...], ctx: Context, encode: EncodeText | None = None) -> tuple[Act, ...]:
    """Read an order of movements.

    Args:
        known: names of the clips the body has.
        encode: a text encoder for verbs the grammar does not know; None: the nearest spelling counts.

    Raises:
        InputError: the text names no movement, or more than `MAX_CLAUSES`.
    """
    clauses = [BESIDE.split(clause)[0] for clause in BREAKS.split(text.lower())]
    clauses = [clause for clause in clauses if re.search(r"[a-z]", clause)]
    if len(clauses) > MAX_CLAUSES:
        raise InputError(f"--motion: it has {len(clauses)} clauses; at most {MAX_CLAUSES} are read.")
    acts = [act for clause in clauses if (act := _act(clause, known, ctx, encode)) is not None]
    if not acts:
        raise InputError(
            f"--motion: '{text[:60]}' names no movement; say what the subject does, such as 'walks, then waves'."
        )
    return tuple(acts)


def verb_of(word: str) -> str | None:
    """The verb a word is a form of: trots, trotting, trotted -> trot; None for any other word."""
    if word in IRREGULAR:
        return IRREGULAR[word]
    stems = [word]
    for ending in ("s", "es", "ing", "ed", "d"):
        if word.endswith(ending):
            stem = word[: -len(ending)]
            stems += [stem, stem + "e"] + ([stem[:-1]] if len(stem) > 2 and stem[-1] == stem[-2] else [])
    if word.endswith("ies"):
        stems.append(word[:-3] + "y")
    return next((stem for stem in stems if stem in VERBS), None)


def _act(clause: str, known: tuple[str, ...], ctx: Context, encode: EncodeText | None) -> Act | None:
    words = re.findall(r"[a-z]+|\d+", clause)
    verbs = [verb for word in words if (verb := verb_of(word))]
    verb = verbs[0] if verbs else _nearest(words, ctx, encode)
    if verb is None:
        return None
    pace = next((PACE[word] for word in words if word in PACE), 1.0)
    moods: list[StyleName] = [MOODS[word] for word in words if word in MOODS]
    style = moods[0] if moods else VERB_MOODS.get(verb)
    numbers = [int(word) for word in words if word.isdigit()] + [COUNTS[word] for word in words if word in COUNTS]
    clip = next((name for name in VERBS[verb] if name in known), None)
    if clip is None:
        close = difflib.get_close_matches(verb, known, n=1, cutoff=0.5)
        clip = close[0] if close else known[0]
        ctx.warn(f"motion: this body cannot {verb}, so it plays '{clip}' instead.")
    rounds = min(numbers[0], 10) if numbers else 2 if clip in ("walk", "run", "trot", "gallop") else 1
    return Act(clip, pace, style, max(rounds, 1), "right" in words)


def _nearest(words: list[str], ctx: Context, encode: EncodeText | None) -> str | None:
    """The known verb nearest to a clause without one, or None where nothing in it looks like a verb."""
    candidates = [word for word in words if len(word) > 3 and word not in PACE and word not in MOODS]
    if not candidates:
        return None
    if encode is not None:
        features = encode([" ".join(words), *VERBS])  # in one call: a lazy encoder is loaded in it
        verb = list(VERBS)[int((features[1:] @ features[0]).argmax())]
    else:
        ranked = [(difflib.SequenceMatcher(None, word, verb).ratio(), verb) for word in candidates for verb in VERBS]
        verb = max(ranked)[1]
    ctx.warn(f"motion: '{' '.join(words)}' is not a movement that is known; the nearest is '{verb}'.")
    return verb
