"""The command line: parse, call gen4d, show. One command a file, no numerics."""

from .app import main

__all__ = ["main"]
