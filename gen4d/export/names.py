"""Names that survive engines and file systems: folders, nodes, joints and clips."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable

MAX_SLUG_CHARACTERS = 48
MAX_NAME_CHARACTERS = 63  # Blender 3.4 and 4.5 cut object and bone names at 63 bytes

# Letters that Unicode does not decompose into a base letter and an accent.
_UNDECOMPOSED_LOWER = {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŋ": "n"}
_UNDECOMPOSED = str.maketrans(
    {"ı": "i", **_UNDECOMPOSED_LOWER, **{key.upper(): value.capitalize() for key, value in _UNDECOMPOSED_LOWER.items()}}
)
# Device names that Windows refuses as file names, with any extension.
_WINDOWS_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


def slug(text: str) -> str:
    """A folder or file name for a prompt: `A paper plane!` becomes `a-paper-plane`.

    Accents are folded; a text without any Latin letter or digit is named after its hash, so that two such prompts do
    not meet in one folder. The result is never empty and has at most `MAX_SLUG_CHARACTERS` characters of [a-z0-9-].
    """
    words = re.findall(r"[a-z0-9]+", _fold(text).casefold())
    if not words:
        return f"asset-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    result = words[0][:MAX_SLUG_CHARACTERS]
    for word in words[1:]:
        if len(result) + 1 + len(word) > MAX_SLUG_CHARACTERS:
            break
        result += f"-{word}"
    return f"{result}-asset" if result in _WINDOWS_DEVICES else result


def safe_name(text: str, fallback: str = "asset") -> str:
    """A name for a node, joint or clip that no engine rewrites: only [A-Za-z0-9_-], at most `MAX_NAME_CHARACTERS`.

    three.js drops `[].:/` from node names and turns spaces into underscores, Godot replaces `.:@/%"`; a clip bound to
    the old name would then move nothing.
    """
    cleaned = re.sub(r"[^A-Za-z0-9-]+", "_", _fold(text))
    return cleaned[:MAX_NAME_CHARACTERS].strip("_") or fallback


def unique_names(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """The same names, with `_2`, `_3` ... appended where one was already used (here or in `taken`)."""
    used = set(taken)
    result = []
    for name in names:
        candidate, copy = name, 1
        while candidate in used:
            copy += 1
            suffix = f"_{copy}"
            candidate = name[: MAX_NAME_CHARACTERS - len(suffix)] + suffix
        used.add(candidate)
        result.append(candidate)
    return result


def _fold(text: str) -> str:
    """Latin letters without accents; everything else is left for the caller to replace."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_UNDECOMPOSED))
    return "".join(c for c in decomposed if not unicodedata.combining(c))
