"""Every error gen4d raises on purpose, each with the exit code the command line gives it.

A message is one sentence that says where (a dotted path or a file), what was got, what is allowed and how to mend it.
"""


class Gen4dError(Exception):
    """Base of all errors raised on purpose; `exit_code` is 2 where the user can mend it, 1 where we must."""

    exit_code = 1


class ConfigError(Gen4dError):
    """An unknown or out-of-range option, preset or plan."""

    exit_code = 2


class InputError(Gen4dError):
    """A file, photo, mesh or prompt that cannot be used as given."""

    exit_code = 2


class OutputError(Gen4dError):
    """A result that cannot be written: the folder is read-only, or the disk is full."""

    exit_code = 2


class MissingDependency(Gen4dError):
    """An optional package is needed and absent; the message carries the pip line."""

    exit_code = 2


class ShapeError(Gen4dError):
    """An array whose shape, dtype or range breaks the contract of the value it is part of."""


class CheckpointError(Gen4dError):
    """A weights file that is missing, damaged, or made for another architecture."""

    exit_code = 2


class NumericsError(Gen4dError):
    """A loop met NaN or infinity; the message names the step and the term."""
