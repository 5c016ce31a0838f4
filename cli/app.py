"""The `gen4d` program: its commands, and what an error looks like from outside.

Exit codes: 0 done, 1 our fault, 2 the user can mend it, 130 interrupted. One sentence on stderr says what happened.
"""

import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import typer

from gen4d import __version__
from gen4d.errors import Gen4dError

from . import data, evaluate, train
from .animate import animate
from .convert import convert
from .doctor import doctor
from .export_nerfstudio import export_nerfstudio
from .image_to_3d import image_to_3d
from .inspect import inspect
from .reconstruct import reconstruct
from .refine import refine
from .retarget import retarget
from .rig import rig
from .text_to_3d import text_to_3d
from .view import view
from .views import views

DEBUG_HELP = "With --debug, anywhere on the line, an error shows its traceback."
MAX_MESSAGE = 600  # characters; errors of other libraries can fill a page
INTERRUPTED = 130  # 128 + SIGINT, as shells have it
TERMINATED = 143  # 128 + SIGTERM


def build_app() -> typer.Typer:
    """All commands in one program. Plain help: rich takes longer to import than the rest together."""
    app = typer.Typer(
        help="From a prompt or one photo to an animated GLB that plays in a game engine.",
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    for command in (
        text_to_3d,
        image_to_3d,
        animate,
        views,
        reconstruct,
        refine,
        rig,
        retarget,
        inspect,
        view,
        convert,
        export_nerfstudio,
        doctor,
    ):
        app.command(command.__name__.replace("_", "-"), epilog=DEBUG_HELP)(command)
    app.add_typer(data.app, name="data", epilog=DEBUG_HELP)
    app.add_typer(evaluate.app, name="eval", epilog=DEBUG_HELP)
    app.add_typer(train.app, name="train", epilog=DEBUG_HELP)

    @app.callback(invoke_without_command=True)
    def _program(version: bool = typer.Option(False, "--version", help="Print the version and leave.")) -> None:
        if version:
            print(f"gen4d {__version__}")
            raise typer.Exit

    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; no traceback reaches the user without --debug."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    try:
        with _termination_unwinds():
            return int(build_app()(words, prog_name="gen4d", standalone_mode=False) or 0)
    except Gen4dError as error:
        return _fail(_one_line(error), error.exit_code, debug)
    except (KeyboardInterrupt, typer.Abort):
        return _fail("interrupted; nothing was written.", INTERRUPTED, debug)
    except BrokenPipeError:  # the reader of our output left, as `head` does
        sys.stderr.close()
        return 1
    except MemoryError:
        return _fail("out of memory; try --preset draft or fewer --faces.", 1, debug)
    except Exception as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # raised for a bare `gen4d`; its text is the help
            print(error, file=sys.stderr)
            return 2
        if usage := _usage_error(error):
            return _fail(*usage, debug)
        told = "" if debug else " Run again with --debug for the traceback."
        return _fail(f"this is a bug in gen4d ({type(error).__name__}: {_one_line(error)}).{told}", 1, debug)


def _fail(sentence: str, exit_code: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    print(f"gen4d: {sentence}", file=sys.stderr)
    return exit_code


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:MAX_MESSAGE]


def _usage_error(error: Exception) -> tuple[str, int] | None:
    """Sentence and exit code of a mistyped command line, or None for any other error.

    Older typers raise click's exceptions and newer ones their own copies of them; both have `format_message`.
    """
    message = getattr(error, "format_message", None)
    if message is None:
        return None
    text = " ".join(message().split())
    if near := getattr(error, "possibilities", None):
        text = f"no such option: {getattr(error, 'option_name', '')} (did you mean '{near[0]}'?)"
    return f"{text[0].lower()}{text[1:]}{'' if text.endswith(('.', '?')) else '.'}", 2


@contextmanager
def _termination_unwinds() -> Iterator[None]:
    """Let SIGTERM unwind the stack, so that half-written results are removed; afterwards all is as it was."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread may set handlers
        yield
        return

    def leave(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(TERMINATED)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
