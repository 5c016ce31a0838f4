"""What a check has to say."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One remark on a file.

    Fields:
        severity: an error makes the file unfit for use, a warning deserves a look.
        code: short and stable, for scripts.
        sentence: for people.
    """

    severity: Literal["error", "warning"]
    code: str
    sentence: str


def error(code: str, sentence: str) -> Finding:
    """A finding that makes the file unfit for use."""
    return Finding("error", code, sentence)


def warning(code: str, sentence: str) -> Finding:
    """A finding that deserves a look."""
    return Finding("warning", code, sentence)
